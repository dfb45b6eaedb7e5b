"""People that a place brings along: weighted records, replicated into the villages.

A record is a person of a survey or a cell of a table; what it leaves out is drawn as for everybody else,
given what it states. Counts are whole numbers by the weights, and who lives where is keyed, so the same
records and `population.seed` give the same people.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.alignment import aligned
from sim.kernels.birth import DRAWS, locate
from sim.kernels.given import resettle
from sim.parameters import Parameters
from sim.scenario import Records
from sim.state import CREDIT_SHIFT, ELDER, HEALTH_MASK, HEALTH_SHIFT, HOUSEHOLD_SHIFT, LONGEST, MALE, People, Status

STREAM = "microdata"  # the random numbers of this file: who lives where, months of age within a band
DRAWN = 9  # row of the stocks for those whose status is drawn
CERTAIN = np.float32(1e9)  # a stock that leaves no other status, whatever the age
STOCK_OF_STATUS = {  # status -> place among (out, in, wage, owner, post); none: farm
    Status.OUT_PROVINCE: 0,
    Status.IN_PROVINCE: 1,
    Status.WAGE_BASIC: 2,
    Status.WAGE_SKILLED: 2,
    Status.OWNER: 3,
    Status.POST: 4,
}
TINY = 1e-9  # a count this close below a whole number is that number


def allot(weight: np.ndarray, total: int, groups: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Whole numbers int64[R] that add to `total`, each within 1 of its share by weight float64[R].

    groups: labels int[R] of margins that the rounding should keep. Shares are rounded down; each unit left
    goes to the record whose margins lack most, then the one of largest remainder, then the first. Without
    groups this is the method of largest remainders. Raises ValueError where no weight is above zero.
    """
    if not weight.sum() > 0:
        raise ValueError("no weight is above zero")
    wanted = weight * (total / weight.sum())
    count = np.floor(wanted + TINY).astype(np.int64)
    left = int(total - count.sum())
    remainder = np.where(wanted > count, wanted - count, 0.0)
    if not groups:
        count[np.lexsort((np.arange(len(count)), -remainder))[:left]] += 1
        return count
    lack = [np.bincount(group, weights=wanted - count) for group in groups]
    open_ = remainder > 0
    for _ in range(left):
        need = np.sum([of_group[group] for of_group, group in zip(lack, groups, strict=True)], axis=0)
        candidates = np.flatnonzero(open_) if open_.any() else np.arange(len(count))
        best = candidates[np.lexsort((candidates, -remainder[candidates], -np.round(need[candidates], 9)))[0]]
        count[best] += 1
        open_[best] = False
        for of_group, group in zip(lack, groups, strict=True):
            of_group[group[best]] -= 1.0
    return count


def choose(records: Records, county: np.ndarray, priority: np.ndarray, counties: int) -> np.ndarray:
    """The record of each worker, int64[n]; county int[n] and keyed priority uint32[n] of the workers.

    Each county's workers are shared out over its own records, or over those of no county.
    """
    chosen = np.zeros(len(county), np.int64)
    for c in range(counties):
        here = np.flatnonzero(county == c)
        own = np.flatnonzero((records.county == c) | (records.county < 0))
        labels = [np.unique(group[own], return_inverse=True)[1] for group in records.groups]
        count = allot(records.weight[own], len(here), labels)
        chosen[here[np.argsort(priority[here], kind="stable")]] = np.repeat(own, count)
    return chosen


def settle(
    records: Records,
    people: People,
    who: np.ndarray,
    geography: Any,
    seed: np.uint64,
    given_seed: np.uint64,
    purposes: tuple[int, int],
    parameters: Parameters,
    stocks: np.ndarray,
    sectors: np.ndarray,
) -> None:
    """Give the first population the records' traits, in place, and draw the rest anew from them.

    who: occupied places int64[n], ascending; seed: the population's; given_seed: the stream's of this file;
    purposes: of the draws for who lives where, and for the months of age; stocks and sectors as `populate`
    takes them. Where a record states nothing, its person is the one `populate` made, to the bit.
    """
    village, place = np.empty(len(who), np.int32), np.empty(len(who), np.uint32)
    key, priority, month = (np.empty(len(who), np.uint32) for _ in range(3))
    locate(who, geography, given_seed, purposes[0], village, key, place, priority)
    locate(who, geography, given_seed, purposes[1], village, key, place, month)
    chosen = choose(records, geography.county[village], priority, int(geography.county.max()) + 1)
    given = {name: values[chosen] for name, values in records.given.items()}
    _set_traits(people, who, given, month)
    rows = np.zeros((DRAWN + 1, len(stocks)), np.float32)
    rows[DRAWN] = stocks
    for status, at in STOCK_OF_STATUS.items():
        rows[status, at] = CERTAIN
    status = given.get("status", np.full(len(who), np.nan))
    row = np.where(np.isnan(status), DRAWN, status).astype(np.int64)
    draws = aligned(DRAWS, np.float32)
    resettle(who, village, place, row, geography, people, seed, parameters, rows, sectors, draws)
    _set_rest(people, who, given)


def _stated(given: dict[str, np.ndarray], name: str, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places and values of those whose record states a trait."""
    values = given.get(name)
    if values is None:
        return who[:0], np.zeros(0)
    known = ~np.isnan(values)
    return who[known], values[known]


def _set_traits(people: People, who: np.ndarray, given: dict[str, np.ndarray], month: np.ndarray) -> None:
    """What the draws of the rest depend on: age, sex, household, schooling, certificate."""
    if "age" in given:
        at, age = _stated(given, "age", who)
        span = given["age_span"][~np.isnan(given["age"])]
        within = np.floor(month[~np.isnan(given["age"])] / 2.0**32 * span)
        people.age[at] = (age + within).astype(np.int16)
    for name, shift, mask in (("male", 0, MALE), ("household", HOUSEHOLD_SHIFT, 3 << HOUSEHOLD_SHIFT)):
        at, values = _stated(given, name, who)
        people.flags[at] = (people.flags[at] & (0xFFFF ^ mask)) | (values.astype(np.uint16) << shift)
    at, values = _stated(given, "schooling", who)
    people.schooling[at] = values.astype(np.uint8)
    at, values = _stated(given, "grade", who)
    grade = values.astype(np.uint8)
    people.qualification[at] = grade | ((grade > 0).astype(np.uint8) << CREDIT_SHIFT)


def _set_rest(people: People, who: np.ndarray, given: dict[str, np.ndarray]) -> None:
    """What nothing else is drawn from."""
    for name in ("status", "sector", "skill", "savings", "debt", "home_ties", "destination_ties", "migrations"):
        at, values = _stated(given, name, who)
        column = getattr(people, name)
        column[at] = values.astype(column.dtype)
    at, values = _stated(given, "child_age", who)
    people.child_age[at] = values.astype(np.uint8)
    at, values = _stated(given, "months_since_return", who)
    home = people.status[at] > Status.IN_PROVINCE
    people.months_since_return[at[home]] = np.minimum(values[home], LONGEST).astype(np.uint8)
    people.migrations[at[home]] = np.maximum(people.migrations[at[home]], 1)
    for name, shift, mask in (("elder", ELDER.bit_length() - 1, ELDER), ("health", HEALTH_SHIFT, HEALTH_MASK)):
        at, values = _stated(given, name, who)
        people.flags[at] = (people.flags[at] & (0xFFFF ^ mask)) | (values.astype(np.uint16) << shift)
