"""Lists of applicants: the same however they are cut into blocks."""

from typing import Any

import numpy as np
import pandas
import pytest

from sim import fast, gathering
from sim.gathering import Lists, empty_applicants, joined
from sim.simulation import simulate
from sim.world import Applicants


def filled(lists: Lists, numbers: list[list[int]], places: int) -> None:
    """Write some numbers to the lists, as a kernel does, with room for so many."""
    lists.make_room(places)
    for which, some in enumerate(numbers):
        begin = int(lists.lengths[which])
        for column in lists.open[which]:
            column[begin : begin + len(some)] = some
        lists.lengths[which] += len(some)


def test_what_was_written_comes_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "BLOCK", 4)
    lists = Lists(2, 100)
    for _ in range(2):  # a second month
        for numbers in ([[1, 2], []], [[3], [4]], [[5, 6, 7], [8, 9]], [[10], []]):
            filled(lists, numbers, 3)
        parts = lists.take()
        assert len(parts) > 1
        one, other = joined(parts)
        assert all(column.tolist() == [1, 2, 3, 5, 6, 7, 10] for column in one)
        assert all(column.tolist() == [4, 8, 9] for column in other)
        assert [column.dtype for column in one] == [column.dtype for column in empty_applicants(0)]


def test_empty_lists_are_empty() -> None:
    lists = Lists(3, 10)
    assert [len(one.who) for one in joined(lists.take())] == [0, 0, 0]
    lists.make_room(10)
    assert [len(one.who) for one in joined([*lists.take(), *Lists(3, 10).take()])] == [0, 0, 0]


def test_a_small_world_has_room_for_itself_only() -> None:
    lists = Lists(1, 640)
    lists.make_room(320)
    assert len(lists.open[0].who) == 640


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_do_not_change_a_run(worlds: Any, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    scenario = worlds.scenario(["training", "credit", "industry"], {"scale": 4, "months": 6, "policy_start": 1})
    plain = simulate(scenario, threads=threads)
    monkeypatch.setattr(gathering, "BLOCK", 1)
    monkeypatch.setattr(fast, "PIECE", 600)
    parts: list[int] = []
    taken = Lists.take

    def take(lists: Lists) -> list[list[Applicants]]:
        found = taken(lists)
        parts.append(len(found))
        return found

    monkeypatch.setattr(Lists, "take", take)
    cut = simulate(scenario, threads=threads)
    assert max(parts) > 2
    pandas.testing.assert_frame_equal(plain.outcomes, cut.outcomes)
    for one, other in zip(plain.state.people, cut.state.people, strict=True):
        assert np.array_equal(one, other)
