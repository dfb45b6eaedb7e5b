"""What keeps a large place within memory changes no bit: blocks, parts, states that are handed over, checkpoints."""

from pathlib import Path
from typing import Any

import pytest

from experiments import runs
from experiments.errors import InputError
from sim import fast, population, simulation
from sim.simulation import Run, simulate, start_world

SHORT = {"spin_up": 4, "months": 30, "policy_start": 2, "scale": 40, "population.workers_per_village": 60}


@pytest.fixture
def plain(worlds: Any) -> Any:
    return worlds.run(["training", "credit"], SHORT)


def test_blocks_of_any_size_give_the_same_run(worlds: Any, plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "_worlds", type(simulation._worlds)())
    monkeypatch.setattr(population, "BLOCK_PLACES", 1)
    world = population.build_world(plain.scenario)
    assert len(list(population.blocks_of_counties(world))) == len(plain.scenario.counties) == 2
    assert worlds.differences(plain, simulate(plain.scenario)) == []


@pytest.mark.parametrize("deviations", [0, 1000])
def test_who_is_released_does_not_depend_on_how_many_are_looked_at(
    worlds: Any, monkeypatch: pytest.MonkeyPatch, deviations: int
) -> None:
    """With 0, about half of the lists are too short at first; with 1000, everybody who holds a job is listed."""
    falling = SHORT | {"parameters.market.jobs_trend": -0.2, "scale": 4}
    plain = worlds.run(["training", "credit"], falling)
    monkeypatch.setattr(fast, "DEVIATIONS", deviations)
    found, listed = fast.FastEngine._holders, list[int]()

    def noted(self: fast.FastEngine, *arguments: Any) -> Any:
        listed.append(len((holders := found(self, *arguments)).who))
        return holders

    monkeypatch.setattr(fast.FastEngine, "_holders", noted)
    assert worlds.differences(plain, simulate(plain.scenario)) == []
    assert max(listed) > 500 and (deviations > 0 or len(listed) > falling["months"])


def test_threads_with_counties_of_their_own_add_to_the_same_sums(worlds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[1] / "places" / "small.yaml").read_text(encoding="utf-8")
    many = worlds.folder / "many.yaml"
    many.write_text(text.replace("  - id: upper\n", "  - id: upper\n    copies: 9\n"), encoding="utf-8")
    one = worlds.run(worlds.packages, {**SHORT, "scale": 4}, place=many, threads=1)
    assert not fast.FastEngine(one.world, 2).is_apart
    assert worlds.series(one, "applications").max() > fast.FEW
    monkeypatch.setattr(fast, "APART", 3)
    engine = fast.FastEngine(one.world, 3)
    assert engine.is_apart and all(space.sums is engine.spaces[0].sums for space in engine.spaces)
    assert [(space.counties.start, space.counties.stop) for space in engine.spaces] == [(0, 4), (4, 8), (8, 10)]
    assert worlds.differences(one, simulate(one.scenario, threads=3)) == []


def test_a_large_state_is_handed_over_and_not_kept(worlds: Any, plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "_worlds", type(simulation._worlds)())
    monkeypatch.setattr(simulation, "LARGEST_KEPT", 0)
    first, second = start_world(plain.scenario)[1], start_world(plain.scenario)[1]
    assert not simulation._worlds and first.people.age is not second.people.age
    assert worlds.differences(plain, simulate(plain.scenario)) == []


def test_a_run_goes_on_from_its_checkpoint(
    worlds: Any, plain: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, task = tmp_path / "run.npz", runs.Task("both", plain.scenario, 1)
    advance, asked = Run.advance, []

    def stopped(self: Run, months: int, *rest: Any) -> None:
        asked.append(months)
        if len(asked) == 2:
            raise KeyboardInterrupt
        advance(self, months, *rest)

    monkeypatch.setattr(Run, "advance", stopped)
    with pytest.raises(KeyboardInterrupt):
        list(runs.run_many([task], checkpoint=path))
    assert simulation.reopen(path).month == 12
    ((_, outcomes),) = runs.run_many([task], checkpoint=path)
    assert asked == [12, 24, 24, 30]
    assert outcomes.equals(plain.outcomes)
    assert worlds.differences(plain, simulation.reopen(path)) == []
    ((_, again),) = runs.run_many([task], checkpoint=path)  # nothing is left to do
    assert asked == [12, 24, 24, 30] and again.equals(outcomes)
    with pytest.raises(InputError, match=r"run.npz holds another run, of small\+credit\+training with seed 1"):
        list(runs.run_many([task._replace(seed=2)], checkpoint=path))
    with pytest.raises(InputError, match="no such folder"):
        list(runs.run_many([task], checkpoint=tmp_path / "nowhere" / "run.npz"))
