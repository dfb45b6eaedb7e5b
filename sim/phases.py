"""What one phase of a month hands to the next, the same for both engines."""

from typing import NamedTuple

import numpy as np

from sim.outcomes import Tallies
from sim.population import World
from sim.world import Month


class Applicants(NamedTuple):
    """Places whose worker applies for something, in order, with what the markets need to know."""

    who: np.ndarray  # int64[n]
    intent: np.ndarray  # uint8[n]
    village: np.ndarray  # int32[n]
    county: np.ndarray  # int32[n]
    key: np.ndarray  # uint32[n], village key
    place: np.ndarray  # uint32[n]
    priority: np.ndarray  # uint32[n]
    cell: np.ndarray  # uint8[n]

    def select(self, which: np.ndarray | slice) -> "Applicants":
        """Those where a mask is true, or a part of them; in order."""
        return Applicants(*(column[which] for column in self))


def empty_applicants(who: np.ndarray) -> Applicants:
    """What is to be filled in of some places."""
    kinds = (np.uint8, np.int32, np.int32, np.uint32, np.uint32, np.uint32, np.uint8)
    return Applicants(who, *(np.empty(len(who), kind) for kind in kinds))


class Counts(NamedTuple):
    """What is filled, before the markets open: simulated workers and enterprises."""

    filled: np.ndarray  # int64[C, S, 2]
    posts: np.ndarray  # int64[C, 2]
    firm_jobs: np.ndarray  # int64[C, S]
    firms: np.ndarray  # int64[C, S]
    premises: np.ndarray  # int64[C]


class MonthResult(NamedTuple):
    """A month's integers and county series."""

    tallies: Tallies
    uses: np.ndarray  # int64[I, C]
    county: dict[str, np.ndarray]  # float64[C], simulated units; see outcomes.COUNTY_SERIES and RATES
    histogram: np.ndarray  # int64[C, bins]
    aware: np.ndarray  # int64[32, C], workers who know each instrument
    certified: np.ndarray  # int64[C, 2], workers, and those at home with a certificate
    strength: np.ndarray  # float64[I], dose x ramp
    dose: np.ndarray  # float64[I]
    sector_jobs: np.ndarray  # int64[C, S]


class Book(NamedTuple):
    """This month's running tallies, shared by all phases."""

    flows: np.ndarray  # int64[C, CELLS, Flow]
    ledger: np.ndarray  # int64[C, Ledger]
    uses: np.ndarray  # int64[I, C]


def rationing_salt(world: World, month: Month) -> int:
    """What the draws of who comes first are also keyed by: 0 before the packages start (see `Scenario`)."""
    return world.scenario.rationing_salt if month.policy_months > 0 else 0
