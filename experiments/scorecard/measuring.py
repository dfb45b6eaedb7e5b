"""What the scorecard keeps of a run: every month's series, and what becomes of people and enterprises in one year."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.measure import Measured
from experiments.observing import FORMAT, SERIES, Observer
from sim.scenario import Scenario
from sim.simulation import Run, simulate
from sim.state import Status

AGES = ((16, 30), (30, 40), (40, 50), (50, 70))  # years
FIRM_AGES = ((0, 12), (12, 24), (24, 36), (36, 60), (60, 1200))  # months
YEAR = (36, 48)  # months of the run between which fates are followed
GRADE = 7  # bits of the certificate's grade
FATES = (
    *(f"return {first}" for first, _ in AGES),
    "peer slope",
    *(f"exit {first}" for first, _ in FIRM_AGES),
    "exit certified",
    "exit uncertified",
)


@dataclass(frozen=True)
class ScoreMeasure:
    """Payload: `series`, float64[months, SERIES]; `fates`, float64[FATES], NaN for a run that ends before."""

    months: int

    @property
    def canonical(self) -> str:
        """What makes two measures of a run the same."""
        return json.dumps({"kind": "score", "format": FORMAT, "months": self.months, "year": YEAR}, sort_keys=True)

    def __call__(self, scenario: Scenario, seed: int) -> Measured:
        """Run the scenario with the seed."""
        from time import perf_counter

        started = perf_counter()
        seen = Observer(simulate(scenario, seed, months=0, threads=1))
        fates = dict.fromkeys(FATES, np.nan)
        if self.months >= YEAR[1]:
            seen.advance(YEAR[0])
            before = _note(seen.run)
            seen.advance(YEAR[1])
            fates = _fates(before, seen.run)
        seen.advance(self.months)
        payload = {"series": seen.series, "fates": np.array([fates[name] for name in FATES])}
        return Measured(payload, perf_counter() - started, seen.worker_months)


def column(name: str) -> int:
    """The place of a series in a payload."""
    return SERIES.index(name)


def _note(run: Run) -> dict[str, Any]:
    """Who is where before the year."""
    people, firms = run.state.people, run.state.firms
    return {
        "status": people.status.copy(),
        "age": people.age / 12,
        "generation": people.generation.copy(),
        "returned_share": run.state.villages.returned_share.copy(),
        "certified": people.qualification & GRADE > 0,
        "debt": people.debt.copy(),
        "owner": firms.owner.copy(),
        "firm_age": firms.age.copy(),
    }


def _fates(before: dict[str, Any], run: Run) -> dict[str, float]:
    """What has become of them a year on: those away by age, enterprises by age, indebted owners by certificate.

    Also the slope of a village's returns in the year on the share of its workers who had returned before.
    """
    people, status, age = run.state.people, before["status"], before["age"]
    same = people.generation == before["generation"]
    away = same & (status <= Status.IN_PROVINCE)
    returned = away & (people.months_since_return < 12)
    found = {f"return {a}": _share(returned, away & (age >= a) & (age < b)) for a, b in AGES}
    start = run.world.geography.start
    village = np.repeat(np.arange(len(start) - 1), np.diff(start))
    rate = np.bincount(village, weights=returned) / np.maximum(np.bincount(village, weights=away), 1)
    varies = len(rate) > 1 and np.ptp(before["returned_share"]) > 0
    found["peer slope"] = float(np.polyfit(before["returned_share"], rate, 1)[0]) if varies else np.nan
    owner, firm_age = before["owner"], before["firm_age"]
    gone = ~(same[owner] & (people.status[owner] == Status.OWNER))
    found |= {f"exit {a}": _share(gone, (firm_age >= a) & (firm_age < b)) for a, b in FIRM_AGES}
    owes, certified = before["debt"][owner] > 0, before["certified"][owner]
    found["exit certified"] = _share(gone, owes & certified)
    found["exit uncertified"] = _share(gone, owes & ~certified)
    return found


def _share(event: np.ndarray, group: np.ndarray) -> float:
    """Share of a group for whom an event holds; NaN of nobody."""
    return float(event[group].mean()) if group.any() else float("nan")
