"""Many runs: each arm of a comparison with each seed, one after the other in this process, or by the runner."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from experiments import runner
from experiments.compare import BASELINE
from experiments.errors import InputError
from experiments.placing import reason
from experiments.recording import OutcomesMeasure
from experiments.records import DONE, Records
from sim.checkpoint import CheckpointError
from sim.kernels.advance import advance_villages
from sim.scenario import Scenario
from sim.simulation import Run, reopen, simulate, start_world

MONTHS_KEPT = 12  # months of a run between two checkpoints
Progress = Callable[[int, int, int], None]  # runs finished, months done of the present run, its months


class Task(NamedTuple):
    """One run to make."""

    arm: str
    scenario: Scenario
    seed: int


def arm_name(scenario: Scenario) -> str:
    """The packages of a scenario joined by `+`, or `baseline` where it has none."""
    return "+".join(scenario.packages) or BASELINE


def tasks(arms: Mapping[str, Scenario], seeds: Sequence[int]) -> list[Task]:
    """Every arm with every seed, seeds outermost: what is done so far is always paired."""
    return [Task(arm, scenario, seed) for seed in seeds for arm, scenario in arms.items()]


def run_many(
    todo: Sequence[Task],
    *,
    engine: str = "kernel",
    threads: int | None = None,
    by_village: bool = False,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
) -> Iterator[tuple[Task, pd.DataFrame]]:
    """Make the runs in order; yield each with its tidy outcomes.

    checkpoint: for a single run, the file it is saved in after the spin-up and every `MONTHS_KEPT` months, and from
    which it goes on if the file is there. Raises InputError where the file holds another run.
    """
    for finished, task in enumerate(todo):

        def report(done: int, total: int, finished: int = finished) -> None:
            if progress is not None:
                progress(finished, done, total)

        if checkpoint is None:
            outcomes = simulate(
                task.scenario, seed=task.seed, engine=engine, threads=threads, by_village=by_village, progress=report
            ).outcomes  # the run itself is not kept: two large ones have no room
        else:
            run = _begun(task, checkpoint, engine, threads, by_village, report)
            while run.month < task.scenario.months:
                until = min(run.month + MONTHS_KEPT, task.scenario.months)
                run.advance(until, threads, report, task.scenario.spin_up)
                _save(run, checkpoint)
            outcomes = run.outcomes
        yield task, outcomes


def _begun(
    task: Task, path: Path, engine: str, threads: int | None, by_village: bool, report: Callable[[int, int], None]
) -> Run:
    """The run of a task from its checkpoint, or spun up and saved there."""
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: no such folder; expected one for the checkpoint")
    if not path.exists():
        world, state = start_world(task.scenario, engine, threads, report)
        run = Run(world, state, task.seed, engine, by_village)
        del state
        _save(run, path)
        return run
    try:
        run = reopen(path)
    except CheckpointError as error:
        raise InputError(str(error)) from error
    here = (task.scenario.hash, task.seed, engine, by_village)
    if here != (run.scenario.hash, run.seed, run.engine, run.by_village):
        raise InputError(f"{path} holds another run, of {run.scenario.name} with seed {run.seed}: choose another file")
    return run


def _save(run: Run, path: Path) -> None:
    try:
        run.checkpoint(path)
    except OSError as error:
        raise InputError(f"cannot write to {path}: {reason(error)}") from error


def run_recorded(
    todo: Sequence[Task],
    records: Records,
    measure: OutcomesMeasure,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: runner.ShowProgress | None = None,
) -> Iterator[tuple[Task, pd.DataFrame]]:
    """Make the runs that are not recorded, on processes; yield each in order with its tidy outcomes.

    Raises RuntimeError with the traceback of a run that failed.
    """
    made = [runner.Task(task.scenario, task.seed, measure) for task in todo]
    runner.execute(made, records, workers=workers, scheduler=scheduler, progress=progress)
    for task, one in zip(todo, made, strict=True):
        record = records.get(runner.digest(one))
        assert record is not None
        if record.status != DONE:
            raise RuntimeError(f"{task.arm} with seed {task.seed} failed:\n{record.traceback}")
        yield task, measure.table(task.scenario, task.seed, record.payload)


def is_compiled() -> bool:
    """Whether compiled code of an earlier run is kept."""
    return bool(advance_villages.is_kept)
