"""simulate(scenario, seed) -> Run: the whole model, without Mesa, without files."""

import os
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from sim import checkpoint
from sim.agents import ReadableEngine
from sim.ahead import compiling_ahead
from sim.draws import stream_seed
from sim.fast import FastEngine
from sim.month import run_month
from sim.phases import MonthResult
from sim.policy import LeverBook
from sim.population import World, build_world, first_state
from sim.raking import settle_at_start
from sim.results import Recorder, workers_table
from sim.scenario import Scenario
from sim.state import State, bytes_of, copy_state

Progress = Callable[[int, int], None]
ENGINES = {"kernel": FastEngine, "agents": ReadableEngine}
PLACES_A_THREAD = 1 << 15  # below it a second thread costs more than it brings
WORLDS_KEPT = 2
LARGEST_KEPT = 1 << 30  # bytes of a state that is kept for the next run; a larger one is never in memory twice

_worlds: OrderedDict[tuple[str, str], tuple[World, State]] = OrderedDict()


def usable_threads() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def suitable_threads(world: World) -> int:
    """Threads for a world of this size: every processor, but one for a small world."""
    return max(1, min(usable_threads(), int(world.geography.start[-1]) // PLACES_A_THREAD))


def start_world(
    scenario: Scenario, engine: str = "kernel", threads: int | None = None, progress: Progress | None = None
) -> tuple[World, State]:
    """The world and its state in the scenario's first month: built, spun up and raked.

    Depends on the place, scale, `population.seed` and parameters, never on a run's seed or on packages, so
    it is kept for the next run of the same place, unless it is large. The state returned is the caller's own.
    """
    key = (scenario.world_hash, engine)
    found = _worlds.get(key) if scenario.world_hash else None
    if found is None:
        # packages take no part in the spin-up, whenever they start: one spin-up serves them all
        programmes = tuple(one for one in scenario.instruments if one.is_programme)
        spun_up = replace(scenario, instruments=programmes, adaptive=())
        with compiling_ahead(spun_up, usable_threads() if engine == "kernel" else 1):
            found = _spin_up(build_world(spun_up), engine, threads, progress)
    kept, state = found
    world = replace(kept, scenario=scenario, levers=LeverBook(scenario, kept.villages))
    if bytes_of(state) > LARGEST_KEPT:
        return world, state
    _worlds[key] = found
    _worlds.move_to_end(key)
    while len(_worlds) > WORLDS_KEPT:
        _worlds.popitem(last=False)
    return world, copy_state(state)


def _spin_up(world: World, engine: str, threads: int | None, progress: Progress | None) -> tuple[World, State]:
    """Run the months before the start on the population's own luck, then rake to the known stocks."""
    threads, months = threads or suitable_threads(world), world.scenario.spin_up
    state = first_state(world, threads)
    seed = stream_seed(world.scenario.population_seed, "population")
    runner = ENGINES[engine](world, threads)
    if progress:
        progress(0, months + world.scenario.months)
    for month in range(months):
        run_month(world, state, runner, stream_seed(world.scenario.population_seed, "spin-up"), seed, full=False)
        if progress:
            progress(month + 1, months + world.scenario.months)
    runner.close()
    return settle_at_start(world, state)


class Run:
    """A simulated run. `outcomes` is a tidy table; `workers()` the final state."""

    def __init__(self, world: World, state: State, seed: int, engine: str, by_village: bool = False) -> None:
        self.world = world
        self.state = state
        self.seed = seed
        self.engine = engine
        self.by_village = by_village
        self.recorder = Recorder(world, seed, by_village)

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return self.world.scenario

    @property
    def month(self) -> int:
        """Months of the run done so far."""
        return self.state.month - self.scenario.spin_up

    @property
    def outcomes(self) -> Any:
        """Tidy pandas DataFrame: scenario, seed, month, place, dimension, group, indicator, value, unit."""
        return self.recorder.table()

    def workers(self) -> Any:
        """The final state: a pandas DataFrame, one row a worker, sorted by worker key, without vacant places."""
        return workers_table(self.world, self.state)

    def checkpoint(self, path: str | os.PathLike[str]) -> None:
        """Save everything needed to go on: one uncompressed .npz, written beside and renamed into place."""
        kept = {name: getattr(self.recorder, name) for name in checkpoint.RECORDS}
        scenario, months = self.scenario, self.recorder.months
        saved = checkpoint.Saved(
            scenario, self.seed, self.engine, self.by_village, self.world.weight, self.state, months, kept
        )
        checkpoint.save(saved, path)

    def advance(
        self,
        months: int,
        threads: int | None = None,
        progress: Progress | None = None,
        skip: int = 0,
        recorded: Collection[int] | None = None,
    ) -> None:
        """Run until `months` months are done.

        recorded: numbers of months done whose outcomes are kept; None keeps every month's. What happens does not
        depend on it, but a month whose population is not counted costs less; costs are kept of every month.
        """
        runner = ENGINES[self.engine](self.world, threads or suitable_threads(self.world))
        population = stream_seed(self.scenario.population_seed, "population")
        luck = stream_seed(self.seed, "luck")
        try:
            while self.month < months:
                full = recorded is None or self.month + 1 in recorded
                # what a month left is given away at once: of 2,800 counties it is large
                self.record(run_month(self.world, self.state, runner, luck, population, full), full)
                if progress:
                    progress(skip + self.month, skip + months)
        finally:
            runner.close()

    def record(self, result: MonthResult, full: bool = True) -> None:
        """Keep what a month left; if not `full`, only what the instruments cost."""
        self.recorder.add(self.month - 1, result, self.state, full)


def simulate(
    scenario: Scenario,
    seed: int = 1,
    months: int | None = None,
    engine: str = "kernel",
    threads: int | None = None,
    by_village: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run a scenario with one seed.

    months: how many from the scenario's start (None: its own `months`). engine: "kernel" or "agents", equal bit
    for bit. threads: None uses every processor, or one for few workers; the result does not depend on it.
    progress(done, total) is called after every month. Raises ValueError for an unknown engine or a number of months
    outside 0..scenario.months.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine: expected one of {', '.join(ENGINES)} (got {engine!r})")
    months = scenario.months if months is None else months
    if not 0 <= months <= scenario.months:
        raise ValueError(f"months: expected 0 to {scenario.months}, the scenario's own (got {months})")
    world, state = start_world(scenario, engine, threads, progress)
    run = Run(world, state, seed, engine, by_village)
    run.advance(months, threads, progress, scenario.spin_up)
    return run


def reopen(path: str | os.PathLike[str]) -> Run:
    """The run that a checkpoint holds, to be looked at or advanced. Raises CheckpointError for anything else."""
    saved = checkpoint.load(path)
    world = replace(build_world(saved.scenario), weight=saved.weight)
    run = Run(world, saved.state, saved.seed, saved.engine, saved.by_village)
    run.recorder.months = saved.months
    for name, kept in saved.records.items():
        setattr(run.recorder, name, kept)
    return run


def resume(path: str | os.PathLike[str], months: int | None = None, threads: int | None = None) -> Run:
    """Go on from a checkpoint up to `months` months in all (None: the scenario's own number)."""
    run = reopen(path)
    most = run.scenario.months
    months = most if months is None else months
    if not run.month <= months <= most:
        raise ValueError(f"months: expected {run.month} (done) to {most} (the scenario's) (got {months})")
    run.advance(months, threads)
    return run
