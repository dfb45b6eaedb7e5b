"""The simulated world as an evaluator: arms and replicates become runs, recorded runs become values."""

import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from experiments.errors import InputError
from experiments.executors import Crew, open_crew
from experiments.laboratory.arms import ArmScenarios
from experiments.laboratory.worlds import Arm, Replicate, Values
from experiments.measure import INDICATORS, Measure, Payload
from experiments.outcomes import HORIZONS, OUTCOMES, Outcome
from experiments.records import DONE, FAILED, Record, Records
from experiments.runner import ShowProgress, Summary, Task, digest, execute

LONGEST = 48  # letters of a changed value in an arm's label


class RunRow(NamedTuple):
    """A row of the table `runs`."""

    digest: str
    arm: str
    population: int
    seed: int
    status: str


class FailureRow(NamedTuple):
    """A row of the table `failures`."""

    digest: str
    arm: str
    seed: int
    traceback: str


class SimulatedWorlds:
    """An `Evaluator` whose worlds are simulated, each once: records answer when they are asked for again.

    place, packages, overrides  as `experiments.laboratory.arms.ArmScenarios` takes them
    records                     a store, or its file
    workers, scheduler          as `experiments.runner.execute` takes them; processes stay until `close`
    progress                    called with a `runner.Progress` while runs are made

    Raises InputError where a horizon lies beyond the scenario's months.
    """

    def __init__(
        self,
        place: str | Path,
        packages: Sequence[str | Path],
        *,
        horizons: Sequence[int] = HORIZONS,
        outcomes: Sequence[Outcome] = OUTCOMES,
        overrides: Mapping[str, Any] | None = None,
        records: Records | str | Path,
        workers: int | None = None,
        scheduler: str | None = None,
        progress: ShowProgress | None = None,
    ) -> None:
        self._scenarios = ArmScenarios(place, packages, overrides)
        self.packages = self._scenarios.packages
        self.outcomes, self.horizons = tuple(outcomes), tuple(horizons)
        self._measure(Arm())  # refuses horizons beyond the run before anything is made
        self.records = records if isinstance(records, Records) else Records(records)
        self._workers, self._scheduler, self._progress = workers, scheduler, progress
        self._crew: Crew | None = None
        self._followed: set[tuple[Arm, Replicate]] = set()  # worlds whose persons were asked for
        self._asked: dict[str, tuple[Arm, Replicate]] = {}  # digest -> world
        self.summary = Summary()  # of all calls

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let processes go; the records stay open."""
        if self._crew is not None:
            self._crew.close()
            self._crew = None

    def __call__(self, arms: Sequence[Arm], replicates: Sequence[Replicate]) -> Values:
        """The values of every arm in every replicate; NaN where a run failed."""
        places = self._made(itertools.product(arms, replicates), len(arms) * len(replicates))
        shape = (len(arms), len(replicates))
        values = Values(
            outcomes=np.full((*shape, len(self.outcomes), len(self.horizons)), np.nan),
            cohort=np.full((*shape, len(self.horizons)), np.nan),
            spend=np.full((*shape, len(self.packages), len(self.horizons)), np.nan),
        )
        rows = [INDICATORS.index(outcome.indicator) for outcome in self.outcomes]
        cohort = INDICATORS.index("cohort")
        for record in self.records.get_many(list(places)):
            if record.status == DONE:
                for a, r in (divmod(place, len(replicates)) for place in places[record.digest]):
                    values.outcomes[a, r] = record.payload["indicators"][:, rows].T
                    values.cohort[a, r] = record.payload["indicators"][:, cohort]
                    values.spend[a, r] = self._spend(arms[a], record.payload["spend"])
        return values

    def follow(self, arms: Sequence[Arm], replicates: Sequence[Replicate]) -> None:
        """Make runs that also keep their persons; from then on they stand for these worlds' plain ones."""
        self.follow_pairs(list(itertools.product(arms, replicates)))

    def follow_pairs(self, worlds: Sequence[tuple[Arm, Replicate]]) -> None:
        """The same where each replicate has arms of its own."""
        self._followed.update(worlds)
        self._made(worlds, len(worlds))

    def payload(self, arm: Arm, replicate: Replicate) -> Payload | None:
        """What was kept of a run, the persons included if it was followed; None where it failed or was never made."""
        record = self.records.get(digest(self._task(arm, replicate)))
        return record.payload if record is not None and record.status == DONE else None

    def runs(self) -> list[RunRow]:
        """Every run asked for, sorted by arm, population and seed."""
        status = self.records.statuses(list(self._asked))
        rows = [
            RunRow(key, label(arm), replicate.population, replicate.seed, status[key])
            for key, (arm, replicate) in self._asked.items()
            if key in status
        ]
        return sorted(rows, key=lambda row: (row.arm, row.population, row.seed, row.digest))

    @property
    def failures(self) -> list[FailureRow]:
        """Those of the runs asked for that failed, with their tracebacks, in the same order."""
        failed = [row for row in self.runs() if row.status == FAILED]
        found: dict[str, Record] = {one.digest: one for one in self.records.get_many([row.digest for row in failed])}
        return [FailureRow(row.digest, row.arm, row.seed, found[row.digest].traceback) for row in failed]

    def _made(self, worlds: Iterable[tuple[Arm, Replicate]], total: int) -> dict[str, list[int]]:
        """Make the runs that are missing; digest -> places of its world among those asked for."""
        places: dict[str, list[int]] = {}

        def tasks() -> Iterator[Task]:
            for place, (arm, replicate) in enumerate(worlds):
                task = self._task(arm, replicate)
                key = digest(task)
                places.setdefault(key, []).append(place)
                self._asked.setdefault(key, (arm, replicate))
                yield task

        if self._crew is None:
            self._crew = open_crew(self._workers, self._scheduler)
        done = execute(tasks(), self.records, progress=self._progress, crew=self._crew, total=total)
        self.summary = self.summary.joined(done)
        return places

    def _task(self, arm: Arm, replicate: Replicate) -> Task:
        scenario = self._scenarios.scenario(arm, replicate.population)
        return Task(scenario, replicate.seed, self._measure(arm, (arm, replicate) in self._followed))

    def _measure(self, arm: Arm, persons: bool = False) -> Measure:
        scenario = self._scenarios.scenario(arm)
        months = tuple(scenario.policy_start + horizon for horizon in self.horizons)
        if months[-1] > scenario.months:
            raise InputError(
                f"horizons: {self.horizons[-1]} months after the packages start is month {months[-1]}, and the run "
                f"ends after {scenario.months}; expected a horizon of at most {scenario.months - scenario.policy_start}"
            )
        return Measure(months, persons)

    def _spend(self, arm: Arm, spend: np.ndarray) -> np.ndarray:
        """float64[P, H] from float64[H, I]: each package's instruments together, 0 for a package not in the arm."""
        column = {one.id: k for k, one in enumerate(self._scenarios.scenario(arm).instruments)}
        held = {name for name, _ in arm.doses}
        rows = [
            spend[:, [column[one] for one in self._scenarios.instruments[name] if name in held]].sum(axis=1)
            for name in self.packages
        ]
        return np.array(rows).reshape(len(self.packages), len(self.horizons))


def label(arm: Arm) -> str:
    """An arm in a line: `none`, `credit+training`, `credit=2+training; mechanisms.peer_threshold=False`."""
    doses = [name if factor == 1.0 else f"{name}={factor:.12g}" for name, factor in arm.doses]
    return "; ".join(["+".join(doses) or "none", *(f"{key}={_shown(value)}" for key, value in arm.changes)])


def _shown(value: object) -> str:
    """A value of a change; a long one, such as a list of villages, by its beginning and its check sum."""
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}...{zlib.crc32(text.encode()):08x}"
