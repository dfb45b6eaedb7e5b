"""The model's figures at points of the prior, by many runs on the shared runner and store.

A point is run in some replicates, each with a population and a luck of its own: the seed is what is averaged over, and
never a parameter.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from experiments.calibration.priors import Priors
from experiments.calibration.targets import Target
from experiments.errors import InputError
from experiments.executors import Crew, open_crew
from experiments.laboratory.worlds import Replicate
from experiments.measure import Measured
from experiments.measurement import MEASURES, Calendar, Period
from experiments.observing import FORMAT, SERIES, Observer
from experiments.records import DONE, Records
from experiments.runner import ShowProgress, Summary, Task, digest, execute
from scenarios.building import scenario_of
from scenarios.resolve import Resolution, resolve
from sim.scenario import Scenario

TaskOf = Callable[[np.ndarray, Replicate], Task]


@dataclass(frozen=True)
class FigureMeasure:
    """Keeps some figures of a run: payload `figures`, float64[T]; `asked` are pairs of an id and years."""

    months: int
    asked: tuple[tuple[str, str], ...]

    @property
    def canonical(self) -> str:
        """What makes two measures of a run the same."""
        asked = {"kind": "figures", "format": FORMAT, "months": self.months, "asked": [list(one) for one in self.asked]}
        return json.dumps(asked, sort_keys=True)

    def __call__(self, scenario: Scenario, seed: int) -> Measured:
        """Run the scenario with the seed."""
        from time import perf_counter

        from sim.simulation import simulate

        started = perf_counter()
        seen = Observer(simulate(scenario, seed, months=0, threads=1))
        seen.advance(self.months)
        seconds = perf_counter() - started
        figures = measured(seen.series, scenario, self.asked)
        return Measured({"figures": figures}, seconds, seen.worker_months)


def measured(series: np.ndarray, scenario: Scenario, asked: Sequence[tuple[str, str]]) -> np.ndarray:
    """Figures float64[T] of the monthly SERIES of a run; NaN where the run does not cover one."""
    calendar = Calendar(pd.DataFrame(series, columns=list(SERIES)), scenario.start)
    return np.array([MEASURES[name](calendar, Period.read(years), scenario) for name, years in asked])


def months_to_cover(targets: Sequence[Target], scenario: Scenario) -> int:
    """Months that a run needs for all figures; InputError where that is more than the scenario has."""
    needed = max(12 * (one.years.last + 1 - 2000) - scenario.start for one in targets)
    if needed > scenario.months:
        last = max(targets, key=lambda one: one.years.last)
        raise InputError(
            f"targets: {last.key} needs {needed} months, and the run has {scenario.months}; "
            f"expected --set months={needed} or a target of an earlier year"
        )
    return needed


class PointFigures:
    """Figures of points, float64[n, replicates, T], NaN where a run failed. Runs that are recorded are not made again.

    task_of     a point (values of the parameters) and a replicate -> the run to make; its payload has `figures`
    records     the store
    workers, scheduler, progress  as `experiments.runner.execute` takes them; processes stay until `close`
    """

    def __init__(
        self,
        task_of: TaskOf,
        replicates: Sequence[Replicate],
        count: int,
        records: Records,
        workers: int | None = None,
        scheduler: str | None = None,
        progress: ShowProgress | None = None,
    ) -> None:
        self._task_of, self._replicates, self._count = task_of, tuple(replicates), count
        self._records, self._workers, self._scheduler, self._progress = records, workers, scheduler, progress
        self._crew: Crew | None = None
        self.summary = Summary()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._crew is not None:
            self._crew.close()
            self._crew = None

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Figures of points float64[n, P], the parameters' own values."""
        if self._crew is None:
            self._crew = open_crew(self._workers, self._scheduler)
        tasks = [self._task_of(point, one) for point in points for one in self._replicates]
        done = execute(tasks, self._records, progress=self._progress, crew=self._crew)
        self.summary = self.summary.joined(done)
        places: dict[str, list[int]] = {}
        for place, task in enumerate(tasks):
            places.setdefault(digest(task), []).append(place)
        found = np.full((len(tasks), self._count), np.nan)
        for record in self._records.get_many(list(places)):
            if record.status == DONE:
                found[places[record.digest]] = record.payload["figures"]
        return found.reshape(len(points), len(self._replicates), self._count)


def tasks_of_place(
    place: str, overrides: Mapping[str, Any], priors: Priors, targets: Sequence[Target], months: int
) -> TaskOf:
    """How a point of a place's prior becomes a run.

    The files are read once: points differ in constants and populations alone, so that their scenarios are those that
    `scenarios.load` gives, hash for hash. The first point goes through it, for what no range can check.
    """
    base = resolve(place, [], overrides)
    measure = FigureMeasure(months, tuple((one.id, str(one.years)) for one in targets))
    keys = [one.key for one in priors.ranges]
    checked: list[bool] = []

    def task_of(point: np.ndarray, replicate: Replicate) -> Task:
        changes = dict(zip(keys, map(float, point), strict=True))
        if not checked:
            resolve(place, [], {**overrides, **changes})
            checked.append(True)
        return Task(with_constants(base, changes, replicate.population), replicate.seed, measure)

    return task_of


def with_constants(base: Resolution, changes: Mapping[str, float], population: int | None = None) -> Scenario:
    """The scenario of a resolution with other constants, `parameters.GROUP.NAME`, and another population's seed."""
    constants = {group: dict(members) for group, members in base.data["parameters"].items()}
    for key, value in changes.items():
        _, group, name = key.split(".")
        constants[group][name] = value
    data = {**base.data, "parameters": constants}
    if population is not None:
        data["population"] = {**base.data["population"], "seed": population}
    return scenario_of(replace(base, data=data))
