"""What is kept of a run: the whole place's indicators and each instrument's cost, at a few months; persons on request.

Payload; H months asked for, K = len(INDICATORS), I instruments in the scenario's order (programmes first):

    indicators  float64[H, K]  the month's value; NaN where undefined
    spend       float64[H, I]  fiscal cost from the run's first month to this one, discounted to the month in which
                               the packages start, yuan of the scenario's prices
    uses        float64[H, I]  uses over the same months, real persons

and, with `persons`, what `experiments.persons.Capture` notes.
"""

import json
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from sim.outcomes import COUNTY_SERIES, RATES, Flow, Ledger, Stock
from sim.outcomes import INDICATORS as DECLARED
from sim.results import Recorder
from sim.scenario import Scenario
from sim.simulation import Run, simulate
from sim.state import Status

FORMAT = 1  # raise it when an array of the payload changes its meaning: no earlier record is then taken for a new one
INDICATORS = (*(one.name for one in DECLARED), *(name for name, *_ in (*COUNTY_SERIES, *RATES)))
DISCOUNT_RATE = Decimal("0.03")  # a year, real; assumption
# decimal, because the library's power may differ between processors in its last bit
MONTHLY_DISCOUNT = float((1 + DISCOUNT_RATE) ** (Decimal(-1) / 12))
COST, USES = 0, 1  # columns of `Recorder.instruments`

Payload = dict[str, np.ndarray]


class Measured(NamedTuple):
    """A run's payload, and what it took, which is no part of a record."""

    payload: Payload
    simulate_seconds: float  # wall time inside the simulation, spin-up included where it was not at hand
    worker_months: float  # simulated workers at the end x months of the run


@dataclass(frozen=True)
class Measure:
    """Simulates a run and keeps what the months ask for; `months` are numbers of months done, ascending."""

    months: tuple[int, ...]
    persons: bool = False

    def __post_init__(self) -> None:
        if not self.months or self.months[0] < 1 or list(self.months) != sorted(set(self.months)):
            raise ValueError(f"months: expected numbers of months done, ascending, from 1 on (got {self.months})")

    @property
    def canonical(self) -> str:
        """What makes two measures of a run the same."""
        asked = {"kind": "outcomes", "format": FORMAT, "months": list(self.months), "persons": self.persons}
        return json.dumps(asked, sort_keys=True)

    def __call__(self, scenario: Scenario, seed: int) -> Measured:
        """Run the scenario with the seed up to the last month; raises ValueError where that is beyond its own."""
        if self.months[-1] > scenario.months:
            raise ValueError(f"months: expected at most {scenario.months}, the scenario's own (got {self.months[-1]})")
        clock = _Clock()
        with clock:
            run = simulate(scenario, seed, months=0, threads=1)
        follow = self._followed(run, clock)
        indicators = []
        for month in self.months:
            with clock:
                run.advance(month, threads=1, recorded=(month,))
            indicators.append(indicators_of_month(run.recorder))
            if follow is not None:
                follow.at_horizon()
        payload = {"indicators": np.array(indicators), **_ledgers(run.recorder, self.months, scenario.policy_start)}
        payload |= {} if follow is None else follow.payload()
        workers = int(np.count_nonzero(run.state.people.status != Status.VACANT))
        return Measured(payload, clock.seconds, float(workers * run.month))

    def _followed(self, run: Run, clock: "_Clock") -> Any:
        """What follows the cohort, begun in the month before the packages start; None if nobody is followed."""
        if not self.persons:
            return None
        from experiments.persons import Capture

        follow = Capture(run)
        with clock:
            run.advance(run.scenario.policy_start, threads=1, recorded=())
        follow.before_start()
        return follow


class _Clock(AbstractContextManager["_Clock"]):
    """Adds up the wall time spent inside `with`."""

    seconds = 0.0

    def __enter__(self) -> "_Clock":
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._begun


def discounts(months: int, start: int) -> np.ndarray:
    """float64[months]: what a yuan of each month is worth in month `start`.

    MONTHLY_DISCOUNT ** (month - start): the standard present value (assumption: the rate), by repeated products.
    """
    distance = np.arange(months) - start
    powers = np.cumprod(np.append(1.0, np.full(max(months, start), MONTHLY_DISCOUNT)))[np.abs(distance)]
    return np.where(distance >= 0, powers, 1.0 / powers)


def _places(parts: tuple[tuple[IntEnum, ...], ...], filler: int) -> np.ndarray:
    """int64[most parts, n]: where each part stands among the tallies, `filler` where there is none."""
    first = {kind: sum(len(one) for one in TALLIES[:k]) for k, kind in enumerate(TALLIES)}
    places = [[first[type(part)] + part for part in one] for one in parts]
    most = max(map(len, places))
    return np.array([[*one, *[filler] * (most - len(one))] for one in places]).T


TALLIES: tuple[type[IntEnum], ...] = (Stock, Flow, Ledger)
NOTHING, ONE = (sum(map(len, TALLIES)) + k for k in range(2))  # places of a 0 and of a 1 behind the tallies
PARTS = _places(tuple(one.parts for one in DECLARED), NOTHING)
OVER = _places(tuple(one.over for one in DECLARED), NOTHING)
OVER[0, [not one.over for one in DECLARED]] = ONE
FACTORS = np.array([one.factor for one in DECLARED], np.float64)


def indicators_of_month(recorder: Recorder) -> np.ndarray:
    """float64[K]: the last month's indicators of the whole place, as the tidy table has them."""
    tallies = np.concatenate([recorder.stocks[-1][0], recorder.flows[-1][0], recorder.ledger[-1][0], (0.0, 1.0)])
    with np.errstate(invalid="ignore", divide="ignore"):
        # sums part by part, in the order in which they are declared
        values = sum(tallies[PARTS]) * FACTORS / sum(tallies[OVER])
    return np.concatenate([values, recorder.county[-1][0]])


def _ledgers(recorder: Recorder, months: tuple[int, ...], policy_start: int) -> Payload:
    """Cumulated cost and uses of each instrument at the months."""
    monthly = np.stack(recorder.instruments)
    done = np.array(months) - 1
    cost = monthly[:, :, COST] * discounts(len(monthly), policy_start)[:, None]
    return {"spend": np.cumsum(cost, axis=0)[done], "uses": np.cumsum(monthly[:, :, USES], axis=0)[done]}
