"""The population as arrays: one table of columns, 48 bytes a worker, and its invariants.

Workers are sorted by village; a village owns `capacity` places (a multiple of 32), of which some are
vacant. A person is (village key, place, generation). Narrow traits share 16 bits (`flags`, see FLAGS)
and a byte (`qualification`: certificate grade in the low 3 bits, banked credits in the upper 5), because
the state of 300 million workers has to fit a 24 GiB machine.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from sim.alignment import aligned, aligned_copy
from sim.packs import packed

PLACES_MULTIPLE = 32
NEVER = 255  # months since the last return of one who never returned; no child
LONGEST = 254  # months are counted up to here in a byte
CLOSED = 65535  # age of an enterprise that closed this month, until the firm table is merged


class Status(IntEnum):
    """Where a worker is and what he or she does."""

    OUT_PROVINCE = 0
    IN_PROVINCE = 1
    FARM = 2
    SEARCHING = 3
    WAGE_BASIC = 4
    WAGE_SKILLED = 5
    OWNER = 6
    POST = 7
    VACANT = 8  # a place without a person


class Column(NamedTuple):
    """A column of the population: name, dtype, unit, meaning."""

    name: str
    dtype: str
    unit: str
    meaning: str


COLUMNS = (
    Column("age", "int16", "months", "age"),
    Column("generation", "uint8", "count", "how many persons held this place before"),
    Column("schooling", "uint8", "years", "schooling"),
    Column("flags", "uint16", "bits", "narrow traits, see FLAGS"),
    Column("child_age", "uint8", "months", "age of the youngest dependent child, 255: none"),
    Column("skill", "float32", "0..1", "human capital"),
    Column("qualification", "uint8", "bits", "certificate grade (3 bits), banked credits (5 bits)"),
    Column("home_ties", "float32", "0..1", "social capital at home"),
    Column("destination_ties", "float32", "0..1", "social capital at the destination"),
    Column("belonging", "float32", "0..1", "belonging, at home only"),
    Column("savings", "int32", "yuan", "financial capital"),
    Column("debt", "int32", "yuan", "debt, formal and kin"),
    Column("status", "uint8", "code", "see Status"),
    Column("sector", "uint8", "index", "sector of a job at home or of an enterprise"),
    Column("months_in_status", "uint8", "months", "months in the present status, at most 254"),
    Column("income_before", "uint16", "yuan a month", "net income before the last return"),
    Column("migrations", "uint8", "count", "departures so far"),
    Column("months_since_return", "uint8", "months", "since the last return, at most 254; 255: never returned"),
    Column("rejections", "uint8", "count", "job applications rejected and not yet forgotten"),
    Column("known", "uint32", "bits", "instruments known"),
    Column("used", "uint32", "bits", "instruments used"),
)

# flags: name -> (first bit, number of bits)
FLAGS = {
    "male": (0, 1),
    "household": (1, 2),  # 0 ordinary, 1 poverty-lifted, 2 relocated
    "elder": (3, 1),  # a parent in need of care
    "spouse": (4, 1),  # the spouse lives along away
    "passive": (5, 1),  # the last return was passive
    "defaulted": (6, 1),
    "skilled_before": (7, 1),  # rung before the last return: 1 skilled
    "founded": (8, 1),  # founded an enterprise since the policies started
    "newcomer": (9, 1),  # entered after the policies started
    "health": (10, 4),  # 0..15
}
MALE, HOUSEHOLD_SHIFT, ELDER, SPOUSE = 1, 1, 8, 16
PASSIVE, DEFAULTED, SKILLED_BEFORE, FOUNDED, NEWCOMER = 32, 64, 128, 256, 512
HEALTH_SHIFT, HEALTH_MASK = 10, 15 << 10
GRADE_MASK, CREDIT_SHIFT = 7, 3


@packed
class People(NamedTuple):
    """The population's columns, each an array over all places of all villages."""

    age: np.ndarray
    generation: np.ndarray
    schooling: np.ndarray
    flags: np.ndarray
    child_age: np.ndarray
    skill: np.ndarray
    qualification: np.ndarray
    home_ties: np.ndarray
    destination_ties: np.ndarray
    belonging: np.ndarray
    savings: np.ndarray
    debt: np.ndarray
    status: np.ndarray
    sector: np.ndarray
    months_in_status: np.ndarray
    income_before: np.ndarray
    migrations: np.ndarray
    months_since_return: np.ndarray
    rejections: np.ndarray
    known: np.ndarray
    used: np.ndarray


@packed
class Firms(NamedTuple):
    """Enterprises in worker order; those of village v are start[v]:start[v + 1]."""

    start: np.ndarray  # int64[V + 1]
    owner: np.ndarray  # int64[F], the owner's place in the population
    luck: np.ndarray  # float32[F], permanent luck, log points
    capital: np.ndarray  # int32[F], yuan
    jobs: np.ndarray  # uint8[F], jobs offered
    age: np.ndarray  # uint16[F], months
    rent_free: np.ndarray  # uint8[F], months without rent left
    profit: np.ndarray  # int32[F], profit of the last month, yuan


@packed
class CountyState(NamedTuple):
    """County markets, float32 and integers; C counties, S sectors, tier 0 basic and 1 skilled."""

    development: np.ndarray  # float32[C, S]
    initial_development: np.ndarray  # float32[C, S]
    base_jobs: np.ndarray  # float32[C, S, 2], simulated jobs at the end of the spin-up
    capacity: np.ndarray  # int64[C, S, 2], simulated jobs this month
    vacancies: np.ndarray  # int64[C, S, 2], open jobs before matching, last month
    wage_factor: np.ndarray  # float32[C]
    finding: np.ndarray  # float32[C, 2, 13], hires per applicant: [0] last month, [k] k months before
    base_premises: np.ndarray  # float32[C], simulated sites
    firm_jobs_before: np.ndarray  # int64[C, S], enterprise jobs at the end of the spin-up
    skilled_share: np.ndarray  # float32[C], certified at home, share of workers, last month
    skilled_reference: np.ndarray  # float32[C], the same at the end of the spin-up


@packed
class VillageState(NamedTuple):
    """What the villages' neighbours see next month; V villages, I instruments."""

    returned_share: np.ndarray  # float32[V], returned in the last 24 months and at home, share of workers
    owner_share: np.ndarray  # float32[V]
    failure: np.ndarray  # float32[V], remembered closures, share of workers
    returnee_skill: np.ndarray  # float32[V], mean skill of returnees
    aware_share: np.ndarray  # float32[V, 32], share of workers who know each instrument


class Budget(NamedTuple):
    """What A adaptive programmes (`sim.adaptive`) go by; I instruments, T months done since the packages began."""

    dose: np.ndarray  # float64[I], of this month
    results: np.ndarray  # float64[T, I], what the county could count of their users, before noise
    before: np.ndarray  # uint32[A, places], bits of the instruments used before the programme's present period
    allotted: np.ndarray  # float64[T, I], yuan planned


@dataclass
class State:
    """Everything that changes from month to month."""

    month: int  # months done of spin-up and run: index of the next month in the series
    people: People
    firms: Firms
    counties: CountyState
    villages: VillageState
    budget: Budget | None = None  # None: every instrument has the dose it declares


def empty_people(places: int) -> People:
    """All columns for a number of places, vacant."""
    columns = {column.name: aligned(places, column.dtype, np.zeros) for column in COLUMNS}
    columns["status"][:] = Status.VACANT
    columns["months_since_return"][:] = NEVER
    columns["child_age"][:] = NEVER
    return People(**columns)


def empty_firms(villages: int, firms: int = 0) -> Firms:
    """A firm table for a number of villages."""
    return Firms(
        start=np.zeros(villages + 1, np.int64),
        owner=np.zeros(firms, np.int64),
        luck=np.zeros(firms, np.float32),
        capital=np.zeros(firms, np.int32),
        jobs=np.zeros(firms, np.uint8),
        age=np.zeros(firms, np.uint16),
        rent_free=np.zeros(firms, np.uint8),
        profit=np.zeros(firms, np.int32),
    )


def copy_state(state: State) -> State:
    """A deep copy, so that one spun-up population serves many runs."""
    return State(
        month=state.month,
        people=People(*(aligned_copy(array) for array in state.people)),
        firms=Firms(*(array.copy() for array in state.firms)),
        counties=CountyState(*(array.copy() for array in state.counties)),
        villages=VillageState(*(array.copy() for array in state.villages)),
        budget=None if state.budget is None else Budget(*(array.copy() for array in state.budget)),
    )


def bytes_of(state: State) -> int:
    """Memory of a state in bytes, without the budget of adaptive programmes."""
    return sum(array.nbytes for part in (state.people, state.firms, state.counties, state.villages) for array in part)


def flag(flags: np.ndarray, name: str) -> np.ndarray:
    """Decode one narrow trait of FLAGS, uint16 array -> uint8 array."""
    shift, bits = FLAGS[name]
    return ((flags >> shift) & ((1 << bits) - 1)).astype(np.uint8)


def check(state: State) -> None:
    """Raise AssertionError with the column's name where an invariant is broken."""
    people, firms = state.people, state.firms
    present = people.status != Status.VACANT
    assert people.status.max(initial=0) <= Status.VACANT, "status: unknown code"
    for name in ("skill", "home_ties", "destination_ties", "belonging"):
        values = getattr(people, name)
        assert np.isfinite(values).all(), f"{name}: not finite"
        assert ((values >= 0) & (values <= 1)).all(), f"{name}: outside 0..1"
    assert (people.savings >= 0).all(), "savings: negative"
    assert (people.debt >= 0).all(), "debt: negative"
    assert (people.belonging[present & (people.status <= Status.IN_PROVINCE)] == 0).all(), "belonging: away"
    ages = people.age[present]
    assert ((ages >= 16 * 12) & (ages < 70 * 12)).all(), "age: outside 16..69 years"
    owners = np.flatnonzero(people.status == Status.OWNER)
    assert len(owners) == len(firms.owner), "firms: not one for each owner"
    assert (owners == firms.owner).all(), "firms: not in worker order"
    assert firms.start[-1] == len(firms.owner), "firms: table and villages disagree"
