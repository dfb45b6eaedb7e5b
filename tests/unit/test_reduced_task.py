"""The reduced task of `make bench`: a worker's month by hand, and the same task in every implementation."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.bench.peers import arrays, by_hand, compiled, loop, objects
from tests.bench.peers import task as t

MONTHS, COUNT = 12, 20_000


@pytest.fixture(scope="module")
def task() -> t.Task:
    """Some villages."""
    return t.make(COUNT)


@pytest.fixture(scope="module")
def ours(task: t.Task) -> compiled.Peer:
    """The project's own, after some months."""
    peer = compiled.Peer(task)
    peer.advance(MONTHS)
    return peer


class Sure:
    """A generator whose every number is the same."""

    def __init__(self, value: float) -> None:
        self.value = value

    def random(self) -> float:
        """The number."""
        return self.value


def test_a_month_by_hand(task: t.Task) -> None:
    model = objects.Migration(task)
    worker = next(iter(model.agents_by_type[objects.Worker]))
    worker.status, worker.age, worker.skill, worker.ties, worker.savings = t.SEARCHING, 40.0, 0.5, 0.4, 0.0
    worker.village.peers = 0.5
    model.random = Sure(0.1)
    worker.step()
    # u = -2.2 + 0.45 + 0.44 + 0.9 = -0.41, p = 0.399; 0.06 p 0.5 = 0.012 < 0.1, but + 0.25 p = 0.112 > 0.1: hired
    assert worker.status == t.EMPLOYED and worker.age == pytest.approx(40 + 1 / 12)
    assert worker.skill == pytest.approx(0.501) and worker.ties == pytest.approx(0.4 * 0.985 + 0.012)
    assert worker.savings == pytest.approx(3.5 * 0.501 - 1.0)


@pytest.mark.parametrize("make", [arrays.Peer, loop.Peer, objects.Migration])
def test_every_implementation_does_the_same_task(make: type, task: t.Task, ours: compiled.Peer) -> None:
    peer = make(task)
    peer.advance(MONTHS)
    if make is objects.Migration:
        workers = peer.agents_by_type[objects.Worker]
        columns = [np.array(workers.get(name)) for name in t.Workers._fields]
    else:
        columns = list(peer.workers)
    # luck differs, so shares by status differ by sampling: five deviations of the difference of two shares
    shares, own = np.array(t.shares(columns[0])), np.array(t.shares(ours.workers.status))
    assert (np.abs(shares - own) < 5 * np.sqrt(2 * own * (1 - own) / len(columns[0]))).all()
    for column, other in zip(columns[1:], ours.workers[1:], strict=True):
        assert np.mean(column) == pytest.approx(np.mean(other), rel=0.01)
    np.testing.assert_allclose(columns[1], ours.workers.age, rtol=1e-5)  # nothing random moves an age


def test_threads_change_no_bit(task: t.Task, ours: compiled.Peer) -> None:
    peer = compiled.Peer(task, threads=3)
    peer.advance(MONTHS)
    for column, other in zip(peer.workers, ours.workers, strict=True):
        np.testing.assert_array_equal(column, other)


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++")
def test_by_hand_the_bits_are_the_same(task: t.Task, ours: compiled.Peer, tmp_path: Path) -> None:
    try:
        peer = compiled.Peer(task, kernel=by_hand.build(tmp_path, fused=False))
    except by_hand.MissingCompiler as error:
        pytest.skip(str(error))
    peer.advance(MONTHS)
    for column, other in zip(peer.workers, ours.workers, strict=True):
        np.testing.assert_array_equal(column, other)
