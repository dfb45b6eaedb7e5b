"""How many places a village gets: for its workers, for as many as they are expected to become, and for luck."""

import numpy as np

from sim.kernels.birth import fill_leaving_hazards
from sim.kernels.people import OLDEST
from sim.scenario import Scenario
from sim.state import PLACES_MULTIPLE

YEARS_AHEAD = 10  # after the start of the run
# Places for luck, in square roots of a village's workers: about a fifth of them leave in the years looked at, so that
# the number who stay deviates by 0.4, of which this is four. Among 6,106 villages over 11 years the most was 1.3.
LUCK = 1.7


def places_of(scenario: Scenario, registered: np.ndarray) -> np.ndarray:
    """Places of each village, int64[V], for its workers at the start int32[V]; multiples of PLACES_MULTIPLE.

    An entrant who finds no place vacant is lost, so none should: neither the length of a run nor its packages count.
    """
    wanted = registered * most_workers(scenario) + LUCK * np.sqrt(registered)
    return np.ceil(wanted / PLACES_MULTIPLE).astype(np.int64) * PLACES_MULTIPLE


def most_workers(scenario: Scenario) -> float:
    """The most workers expected from the spin-up to YEARS_AHEAD after the start, over those at first; 1 or more.

    Ages move on by a month, leave by rule D1 and at OLDEST; entrants come as the series says, and after the start as
    many as then. Rounded up to a thousandth.
    """
    demography, hazard = scenario.demography, np.empty(OLDEST, np.float32)
    fill_leaving_hazards(scenario.parameters.household, hazard)
    staying = 1 - np.minimum(hazard, 1).astype(np.float64)
    low, high = (12 * years for years in demography.entry_ages)
    entering = np.zeros(OLDEST)
    entering[low : high + 12] = 1 / (high + 12 - low)
    workers, most = ages_at_first(scenario), 1.0
    for month in range(scenario.spin_up + 12 * YEARS_AHEAD):
        workers *= staying
        workers[1:] = workers[:-1]
        workers[0] = 0
        workers += demography.entrants_share[min(month, scenario.spin_up)] * entering
        most = max(most, float(workers.sum()))
    return float(np.ceil(most * 1000) / 1000)


def ages_at_first(scenario: Scenario) -> np.ndarray:
    """Shares of the first workers by age in months, float64[OLDEST]: of the records, or where none says, of the place.

    Within a band of ages every month is alike.
    """
    bands = [(12 * low, 12 * high, share) for low, high, share in scenario.demography.age_bands]
    if scenario.people is not None and "age" in scenario.people.given:
        age, weight = scenario.people.given["age"], scenario.people.weight
        stated = ~np.isnan(age)
        bands = [(low, high, share * weight[~stated].sum()) for low, high, share in bands]
        span = np.maximum(scenario.people.given["age_span"][stated], 1)
        bands += list(zip(age[stated], age[stated] + span, weight[stated], strict=True))
    found = np.zeros(OLDEST)
    for low, high, share in bands:
        first, end = min(int(low), OLDEST - 1), min(int(high), OLDEST)
        found[first : max(end, first + 1)] += share / max(end - first, 1)
    return found / found.sum()
