"""Makes the runs of a sweep, or of one shard, and leaves its tables: the same however they were made.

OUT/
  experiment.json            whose folder it is
  sweep.json                 what was asked last
  records.sqlite             every run (experiments.records)
  plan.sqlite                which run is which (experiments.sweeps.plan)
  progress.json              how far the command is, or was
  shards/2-of-8.sqlite       runs of a shard; 2-of-8.plan.sqlite and 2-of-8.json beside it
  results.parquet            the tidy table
  tables/NAME.csv            summary, runs, failures
  manifest.json              what was run, with what; written last
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from experiments.batches import source_hash
from experiments.errors import InputError
from experiments.laboratory.folder import ExperimentFolder
from experiments.laboratory.worlds import Arm
from experiments.placing import write_text
from experiments.records import DONE, Records
from experiments.runner import Progress, Summary, Task, digest, execute
from experiments.store import RECORDS
from experiments.strict_json import to_json
from experiments.sweeps.factors import DOSES
from experiments.sweeps.plan import Plan, Planned
from experiments.sweeps.reading import value_at
from experiments.sweeps.sweep import WHOLE, Cell, Shard, Sweep

SWEEP, PLAN, PROGRESS, SHARDS = "sweep.json", "plan.sqlite", "progress.json", "shards"
NOTED = 2.0  # seconds between two notes of the progress
Say = Callable[[str], None]


class Files(NamedTuple):
    """The files that one process of a sweep writes."""

    records: Path
    plan: Path
    progress: Path


def files_of(folder: Path, shard: Shard = WHOLE) -> Files:
    """Where a sweep, or a shard of it, keeps its runs."""
    if shard.count == 1:
        return Files(folder / RECORDS, folder / PLAN, folder / PROGRESS)
    below = folder / SHARDS
    return Files(below / f"{shard}.sqlite", below / f"{shard}.plan.sqlite", below / f"{shard}.json")


def every_file(folder: Path) -> list[Files]:
    """The files of the whole sweep and of every shard that are there, the whole first."""
    found = [files_of(folder)]
    for path in sorted((folder / SHARDS).glob("*-of-*.plan.sqlite")):
        name = path.name.removesuffix(".plan.sqlite")
        found.append(Files(path.with_name(f"{name}.sqlite"), path, path.with_name(f"{name}.json")))
    return [one for one in found if one.records.is_file() and one.plan.is_file()]


class Made(NamedTuple):
    """What a call of `make` did."""

    folder: ExperimentFolder
    plan: Path
    records: Path
    summary: Summary


def claim(sweep: Sweep, out: Path) -> ExperimentFolder:
    """The sweep's folder, new or to be gone on with. Another sweep of the same places may take its runs up."""
    identity = {"kind": "sweep", "places": [sweep.place_name(number) for number in range(len(sweep.places))]}
    return ExperimentFolder(out, identity)


def make(
    sweep: Sweep,
    folder: ExperimentFolder,
    *,
    shard: Shard = WHOLE,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[Progress], None] | None = None,
    say: Say = lambda _: None,
) -> Made:
    """Make the runs that are not there yet; those of shards are taken up first, unless this is one."""
    files = files_of(folder.folder, shard)
    files.records.parent.mkdir(exist_ok=True)
    identity = identity_of(sweep)
    folder.write(SWEEP, to_json(_note(sweep, identity), indent=2) + "\n")
    with Records(files.records) as records, Plan(files.plan, identity) as plan:
        if shard.count == 1:
            absorb_shards(records, folder.folder, say)
        runs = Runs(sweep, shard, records, plan)
        note = _Note(files.progress, sweep.runs_of(shard), runs, progress)
        note.write()
        summary = execute(
            runs, records, workers=workers, scheduler=scheduler, progress=note.show, total=sweep.runs_of(shard)
        )
        note.write(is_over=True)
    return Made(folder, files.plan, files.records, summary._replace(reused=summary.reused + runs.known))


class Runs:
    """The tasks that are missing, made one after the other; what is recorded needs no scenario."""

    def __init__(self, sweep: Sweep, shard: Shard, records: Records, plan: Plan) -> None:
        self._sweep, self._shard, self._records, self._plan = sweep, shard, records, plan
        self.known = 0  # runs passed over, because they are recorded

    def __iter__(self) -> Iterator[Task]:
        for cells in _by_world(self._sweep.cells(self._shard)):
            place, world, _ = cells[0]
            planned = {(run.cell, run.seed): run for run in self._plan.of_world(place, world)}
            done = {key for key, status in self._records.statuses(_digests(planned)).items() if status == DONE}
            for cell in cells:
                yield from self._of_cell(cell, planned, done)

    def write(self) -> None:
        """Put the runs that were asked for into the plan."""
        self._plan.write()

    def _of_cell(self, cell: Cell, planned: dict[tuple[Cell, int], Planned], done: set[str]) -> Iterator[Task]:
        for seed in self._sweep.seeds:
            run = planned.get((cell, seed))
            if run is not None and run.digest in done:
                self.known += 1
                continue
            yield self._task(cell, seed)

    def _task(self, cell: Cell, seed: int) -> Task:
        scenario = self._sweep.scenarios(cell.place).scenario(self._sweep.arm_of(cell))
        task = Task(scenario, seed, self._sweep.measure(scenario))
        months = ",".join(map(str, task.measure.months))
        self._plan.note(Planned(*cell, seed, digest(task), months, scenario.policy_start))
        return task


def _by_world(cells: Iterator[Cell]) -> Iterator[list[Cell]]:
    """The cells of each world of a place together."""
    group: list[Cell] = []
    for cell in cells:
        if group and group[-1][:2] != cell[:2]:
            yield group
            group = []
        group.append(cell)
    if group:
        yield group


def _digests(planned: dict[tuple[Cell, int], Planned]) -> list[str]:
    return sorted({run.digest for run in planned.values()})


def identity_of(sweep: Sweep) -> str:
    """sha256 of everything that digests follow from: the sweep, the scenario files, the model, what is kept."""
    asked = {**sweep.plain(), "points": [list(point) for point in sweep.points]}
    parts: list[Any] = [asked, source_hash()]
    for place in range(len(sweep.places)):
        made = sweep.scenarios(place)
        parts += [made.resolved(), sweep.measure(made.scenario(Arm())).canonical]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def absorb_shards(records: Records, folder: Path, say: Say) -> int:
    """Take up the runs of every shard in a folder, and their number."""
    count = 0
    for path in sorted((folder / SHARDS).glob("*-of-*.sqlite")):
        if not path.name.endswith(".plan.sqlite"):
            count += records.absorb(path)
            say(f"took up the runs of {SHARDS}/{path.name}")
    return count


def merge(out: Path, others: Sequence[Path], say: Say = lambda _: None) -> int:
    """Take up the runs of other sweeps' folders, and of every shard in them and here; how many were there."""
    if not (out / SWEEP).is_file():
        raise InputError(f"{out} holds no {SWEEP}; expected the folder of a sweep")
    count = 0
    with Records(out / RECORDS) as records:
        for folder in (out, *others):
            store = folder / RECORDS
            there = absorb_shards(records, folder, say)
            if folder != out and store.is_file():
                there += records.absorb(store)
                say(f"took up the runs of {store}")
            if folder != out and not there:
                raise InputError(f"{folder} holds no runs; expected the folder of a sweep")
            count += there
    return count


def _note(sweep: Sweep, identity: str) -> dict[str, Any]:
    """What is known of a sweep without its scenario files."""
    resolved = [sweep.scenarios(place).resolved() for place in range(len(sweep.places))]
    keys = [one.key for one in sweep.factors]
    note: dict[str, Any] = {
        **sweep.plain(),
        "identity": identity,
        "runs": sweep.runs,
        "factors": keys,
        "values": [list(point) for point in sweep.points],
        "own": [[1.0 if key.startswith(DOSES) else value_at(data, key) for key in keys] for data in resolved],
        "programmes": [len(data["programmes"]) for data in resolved],
    }
    if sweep.ensemble is not None:
        one = sweep.ensemble
        drawn = [one.changes(draw) for draw in range(sweep.draws)]
        note |= {"weights": one.weight.tolist(), "drawn": [[changes.get(key) for key in keys] for changes in drawn]}
        note["discrepancy"] = one.discrepancy
    return note


class _Note:
    """The progress in a file that others read, every few seconds, and on to whoever listens."""

    def __init__(self, path: Path, total: int, runs: Runs, listener: Callable[[Progress], None] | None) -> None:
        self._path, self._total, self._runs, self._listener = path, total, runs, listener
        self._written = 0.0
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Note how far it is, now and then; and which runs were asked for, before anybody looks."""
        self._runs.write()
        known = self._runs.known
        progress = progress._replace(total=max(progress.total - known, progress.finished))
        self._last = progress
        if self._listener is not None:
            self._listener(progress)
        if time.monotonic() - self._written >= NOTED:
            self.write()

    def write(self, is_over: bool = False) -> None:
        """Replace the file."""
        self._written = time.monotonic()
        made = 0 if self._last is None else self._last.finished
        seconds = 0.0 if self._last is None else self._last.seconds
        content = {
            "runs": self._total,
            "made": made,
            "seconds": round(seconds, 3),
            "updated": round(time.time(), 3),
            "process": os.getpid(),
            "is_over": is_over,
        }
        write_text(self._path, to_json(content) + "\n")
