"""What one phase of a month hands to the next, the same for both engines; who applies is `sim.world.Applicants`."""

from typing import NamedTuple

import numpy as np

from sim.outcomes import Tallies
from sim.population import World
from sim.world import Month


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
