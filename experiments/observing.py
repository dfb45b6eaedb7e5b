"""What is seen of a run, month by month: the whole place's indicators, and what only the state shows.

The indicators are those of the tidy table. The others, EXTRA, describe enterprises and their owners, which
administrative series and surveys count and the table does not:

    employed_over_50       persons in transfer employment aged 50 and older
    returnee_owners        owners who have been away and come back
    returnee_owners_male   of these, men
    returnee_owners_age    of these, mean age, years
    returnee_owners_aware  of these, those who know a programme in force that helps to found (START_UP_KINDS)
    firm_exits             enterprises that were there a month before and are not, whatever became of the owner
    firm_exits_under_5     of these, those younger than five years
    owners_male, owners_age, owners_skill_gap, firms_under_5   of all owners; skill above the mean worker's; a share
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from experiments.measure import INDICATORS, Measured, indicators_of_month
from sim.scenario import Scenario
from sim.simulation import Run, simulate
from sim.state import MALE, NEVER, Status

FORMAT = 1  # raise it when a series changes its meaning: no earlier record is then taken for a new one
EXTRA = (
    "employed_over_50",
    "returnee_owners",
    "returnee_owners_male",
    "returnee_owners_age",
    "returnee_owners_aware",
    "firm_exits",
    "firm_exits_under_5",
    "owners_male",
    "owners_age",
    "owners_skill_gap",
    "firms_under_5",
)
SERIES = (*INDICATORS, *EXTRA)
START_UP_KINDS = ("guarantee_loan", "interest_subsidy", "startup_grant", "incubation", "land_supply", "tax_relief")
EMPLOYED = (Status.OUT_PROVINCE, Status.IN_PROVINCE, Status.WAGE_BASIC, Status.WAGE_SKILLED, Status.OWNER, Status.POST)
IS_EMPLOYED = np.isin(np.arange(len(Status)), EMPLOYED)  # by status
FIFTY, FIVE_YEARS = 600, 60  # months


@dataclass(frozen=True)
class SeriesMeasure:
    """Keeps some monthly series of the first `months` months: payload `series`, float64[months, names]."""

    months: int
    names: tuple[str, ...]

    @property
    def canonical(self) -> str:
        """What makes two measures of a run the same."""
        asked = {"kind": "series", "format": FORMAT, "months": self.months, "names": list(self.names)}
        return json.dumps(asked, sort_keys=True)

    def __call__(self, scenario: Scenario, seed: int) -> Measured:
        """Run the scenario with the seed."""
        from time import perf_counter

        started = perf_counter()
        seen = Observer(simulate(scenario, seed, months=0, threads=1))
        seen.advance(self.months)
        seconds = perf_counter() - started
        columns = [SERIES.index(name) for name in self.names]
        return Measured({"series": seen.series[:, columns]}, seconds, seen.worker_months)


class _Enterprises(NamedTuple):
    """Enterprises at the end of a month."""

    owner: np.ndarray  # int64[F], places in the population
    generation: np.ndarray  # uint8[F], of the owner
    age: np.ndarray  # int64[F], months


class Observer:
    """Advances a run and notes every month's SERIES."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._weight, self._county = run.world.weight, _county_of_place(run)
        self._before = self._enterprises()
        self._rows: list[np.ndarray] = []

    @property
    def series(self) -> np.ndarray:
        """float64[months done, SERIES]; NaN where undefined."""
        return np.array(self._rows)

    @property
    def worker_months(self) -> float:
        """Simulated workers at the end x months of the run."""
        return float(np.count_nonzero(self.run.state.people.status != Status.VACANT) * self.run.month)

    def advance(self, months: int) -> None:
        """Run until `months` months are done."""
        self.run.advance(months, threads=1, progress=lambda *_: self._note())

    def _note(self) -> None:
        """Keep what the month that is just done shows."""
        extra = {**self._of_workers(), **self._of_owners(), **self._of_exits()}
        shown = indicators_of_month(self.run.recorder)
        self._rows.append(np.concatenate([shown, [extra[name] for name in EXTRA]]))

    def _persons(self, places: np.ndarray) -> float:
        """Simulated workers at some places as real persons."""
        return float(np.bincount(self._county[places], minlength=len(self._weight)) @ self._weight)

    def _of_workers(self) -> dict[str, float]:
        people = self.run.state.people
        employed = IS_EMPLOYED[people.status] & (people.age >= FIFTY)
        return {"employed_over_50": self._persons(np.flatnonzero(employed))}

    def _of_owners(self) -> dict[str, float]:
        people, firms = self.run.state.people, self.run.state.firms
        owners = firms.owner
        back = owners[people.months_since_return[owners] != NEVER]
        workers = people.status != Status.VACANT
        knows = back[(people.known[back] & self._start_up_bits()) != 0]
        gap = float(_mean(people.skill[owners]) - people.skill[workers].astype(np.float64).mean())
        return {
            "returnee_owners": self._persons(back),
            "returnee_owners_male": self._persons(back[(people.flags[back] & MALE) != 0]),
            "returnee_owners_age": _mean(people.age[back]) / 12,
            "returnee_owners_aware": self._persons(knows),
            "owners_male": _mean((people.flags[owners] & MALE) != 0),
            "owners_age": _mean(people.age[owners]) / 12,
            "owners_skill_gap": gap,
            "firms_under_5": _mean(firms.age < FIVE_YEARS),
        }

    def _start_up_bits(self) -> np.uint32:
        """Bits of the programmes in force that help to found."""
        month = self.run.month - 1
        bits = 0
        for k, one in enumerate(self.run.scenario.instruments):
            in_force = one.start <= month and (one.end is None or month < one.end)
            bits |= (one.is_programme and one.kind in START_UP_KINDS and in_force) << k
        return np.uint32(bits)

    def _of_exits(self) -> dict[str, float]:
        """Enterprises gone since the month before."""
        before, now = self._before, self._enterprises()
        age = np.full(len(self._county), -1)
        age[now.owner] = now.age
        gone = (age[before.owner] < before.age + 1) | (
            self.run.state.people.generation[before.owner] != before.generation
        )
        self._before = now
        young = gone & (before.age < FIVE_YEARS)
        return {
            "firm_exits": self._persons(before.owner[gone]),
            "firm_exits_under_5": self._persons(before.owner[young]),
        }

    def _enterprises(self) -> _Enterprises:
        firms, people = self.run.state.firms, self.run.state.people
        return _Enterprises(
            firms.owner.copy(), people.generation[firms.owner].copy(), np.minimum(firms.age.astype(np.int64), 60_000)
        )


def _county_of_place(run: Run) -> np.ndarray:
    """County of every place, int[N]."""
    geography = run.world.geography
    return np.repeat(geography.county, np.diff(geography.start))


def _mean(values: Sequence[float] | np.ndarray) -> float:
    """Mean, NaN of nothing."""
    return float(np.asarray(values, np.float64).mean()) if len(values) else float("nan")
