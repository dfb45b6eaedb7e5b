"""What the rules of a month read and nobody changes: geography, the month's levers, scratch space."""

from typing import NamedTuple

import numpy as np

from sim.packs import packed
from sim.state import CountyState, Firms, People, VillageState


@packed
class Geography(NamedTuple):
    """Villages in order; V villages, E directed ties, N places."""

    start: np.ndarray  # int64[V + 1], first place of each village; multiples of 32
    county: np.ndarray  # int32[V]
    key: np.ndarray  # uint32[V], stable key
    neighbour_start: np.ndarray  # int64[V + 1]
    neighbour: np.ndarray  # int32[E]
    remoteness: np.ndarray  # float32[V], hours
    land: np.ndarray  # float32[V], mu per worker
    registered: np.ndarray  # int32[V], workers at the start


@packed
class Levers(NamedTuple):
    """Instruments in a month; I instruments, V villages."""

    key: np.ndarray  # uint32[I], stable key of the id
    in_force: np.ndarray  # uint8[I]
    official: np.ndarray  # float32[I], chance a month of contact to hear officially
    effect: np.ndarray  # float32[I, PersonChannel], dose x ramp x channel; 0 when not in force
    acts: np.ndarray  # uint32[PersonChannel], bits of the instruments that act on each channel this month
    reach: np.ndarray  # uint32[V], bits of the instruments that cover each village
    sexes: np.ndarray  # uint8[I], bit 0 female, bit 1 male
    households: np.ndarray  # uint8[I], bit = household kind
    statuses: np.ndarray  # uint16[I], bit = status
    serves: np.ndarray  # uint32[S], bits of the instruments that serve enterprises of a sector
    age_from: np.ndarray  # int32[I], months, inclusive
    age_below: np.ndarray  # int32[I], months, exclusive
    skill_from: np.ndarray  # float32[I]
    skill_below: np.ndarray  # float32[I]
    offers_course: np.ndarray  # uint8[I], in force and with a course
    courses: np.uint32  # their bits: a use of one is a place taken, whatever else it does
    offers_enterprise: np.ndarray  # uint8[I], in force and used at founding


@packed
class Month(NamedTuple):
    """The calendar, the drivers from outside and the area levers of one month."""

    calendar: np.int64  # months since January 2000: the moment of every draw
    seed: np.uint64  # individual luck
    population_seed: np.uint64  # lifelong traits
    policy_months: np.int64  # months since the policies started, this one included; 0 before
    festival: np.float32
    wage_out: np.float32
    wage_in: np.float32
    wage_local: np.float32
    living_out: np.float32
    living_in: np.float32
    unemployment_out: np.float32
    unemployment_in: np.float32
    layoff_out: np.float32
    layoff_in: np.float32
    closure: np.float32
    farm_index: np.float32
    entrants_share: np.float32
    services: np.ndarray  # float32[V, 3], schooling, health, transport with levers
    official: np.ndarray  # float32[C], added chance to hear officially
    logistics: np.ndarray  # float32[C]
    price: np.ndarray  # float32[S], crowded price
    sector_skilled_share: np.ndarray  # float32[S]
    sector_profit: np.ndarray  # float32[S]
    entry_capital: np.ndarray  # float32[S], yuan
    needs_premises: np.ndarray  # uint8[S]
    open_cumulative: np.ndarray  # float32[C, 2, S], cumulative shares of last month's vacancies
    entrant_schooling: np.ndarray  # float32[K, 2], (cumulative share, years)
    entry_age_from: np.float32  # years
    entry_age_span: np.float32  # years, inclusive


@packed
class Scene(NamedTuple):
    """All that a worker phase looks at or changes: who, where, when."""

    geography: Geography
    people: People
    firms: Firms
    counties: CountyState
    villages: VillageState
    levers: Levers
    month: Month


@packed
class Listed(NamedTuple):
    """Workers of a batch of villages who weigh a move; entries for M of them and a few more."""

    who: np.ndarray  # int64[M], place
    village: np.ndarray  # int32[M]
    trigger: np.ndarray  # uint8[M], what happened this month (TRIGGER bits)
    income: np.ndarray  # float32[M], yuan
    peers: np.ndarray  # float32[M], pull of the village's peers
    owners: np.ndarray  # float32[M], owners' share around the village


@packed
class Applicants(NamedTuple):
    """Places whose worker applies for something, in order, with what the markets need to know."""

    who: np.ndarray  # int64[n]
    intent: np.ndarray  # uint8[n], INTENT bits; of a course its instrument plus one, of a holder the status
    village: np.ndarray  # int32[n]
    county: np.ndarray  # int32[n]
    key: np.ndarray  # uint32[n], village key
    place: np.ndarray  # uint32[n]
    priority: np.ndarray  # uint32[n], the smallest comes first
    cell: np.ndarray  # uint8[n], cell of the tallies

    def select(self, which: np.ndarray | slice) -> "Applicants":
        """Those where a mask is true, or a part of them; in order."""
        if not isinstance(which, slice):
            which = np.flatnonzero(which)  # once for all columns
        return Applicants(*(column[which] for column in self))


@packed
class Applications(NamedTuple):
    """One thread's lists of applicants, filled to their lengths."""

    jobs: Applicants  # and posts
    enterprises: Applicants
    courses: Applicants
    lengths: np.ndarray  # int64[3]


@packed
class Table(NamedTuple):
    """Rows of CHUNK entries one behind the other; as the distance is known, LLVM sees that they do not overlap."""

    rows: np.ndarray  # float32[rows * CHUNK]
    numbers: np.ndarray  # int32[rows * CHUNK]
    bits: np.ndarray  # uint32[rows * CHUNK]


@packed
class Scratch(NamedTuple):
    """One thread's working space, an entry for each place of the largest village or batch; nothing outlives a batch."""

    words: np.ndarray  # uint32[M], random words
    trigger: np.ndarray  # uint8[M], what happened to each place this month (TRIGGER bits)
    gain: np.ndarray  # float32[M], a lever, a hazard or a draw
    visit: np.ndarray  # float32[M], a lever, ties or a draw
    income: np.ndarray  # float32[M], yuan; earning power on the way there
    cell: np.ndarray  # uint8[M], cell of the tallies
    intent: np.ndarray  # uint8[M], what each place applies for (INTENT bits), 0: nothing
    course: np.ndarray  # uint8[M], the instrument whose course it applies for, plus one; 0: none
    chosen: np.ndarray  # int32[M], compacted places
    few: np.ndarray  # int32[M], places among the compacted ones
    known: np.ndarray  # uint32[M], instruments known by the compacted places
    used: np.ndarray  # uint32[M], instruments used by them
    near: np.ndarray  # float32[32], of the village's neighbours: the mean share who know each instrument
    mark: np.ndarray  # uint8[M], 1 for the places to be listed
    mark_words: np.ndarray  # uint64[M / 8], the same memory, so that eight unmarked places are skipped at once
    table: Table  # of a chunk of places or of listed workers
    listed: Listed  # who weighs a move
    packed: np.ndarray  # int64[WORDS * CHUNK], what each place of a chunk adds to the tallies, in groups of four words
    tally: np.ndarray  # int64[CELLS, WORDS], their sums, not yet added to the stocks


@packed
class Sums(NamedTuple):
    """One thread's sums of a month, whole numbers; the threads' sums are added up."""

    flows: np.ndarray  # int64[C, CELLS, Flow]
    ledger: np.ndarray  # int64[C, Ledger]
    uses: np.ndarray  # int64[I, C]
    stocks: np.ndarray  # int64[C, CELLS, Stock]
    histogram: np.ndarray  # int64[C, bins + 1], incomes; the last: vacant places
    aware: np.ndarray  # int64[C, 32], workers who know each instrument
    certified: np.ndarray  # int64[C, 2], workers, and those at home with a certificate
    filled: np.ndarray  # int64[C, S, 2], jobs filled
    posts: np.ndarray  # int64[C, 2]
    firm_jobs: np.ndarray  # int64[C, S]
    firm_number: np.ndarray  # int64[C, S]
    premises: np.ndarray  # int64[C, 1], sites in use


# trigger bits of a month
TRIGGER_FAMILY, TRIGGER_LAID_OFF, TRIGGER_QUIT = 1, 2, 8
# intent: kind in the low 3 bits, sector in the next 3, passive trigger in bit 6
INTENT_NONE, INTENT_BASIC, INTENT_SKILLED, INTENT_ENTERPRISE, INTENT_POST = 0, 1, 2, 3, 4
INTENT_KIND, INTENT_SECTOR_SHIFT, INTENT_PASSIVE = 7, 3, 64
MOST_SECTORS = 8
CHUNK = 256  # entries of a row
BATCH = 8192  # places of a batch of villages: what its phases hand on stays in the second cache
WORDS = 16  # of a place's part of the tallies: see sim.kernels.census
# what a worker chooses; the first six are also the numbers of the alternatives' errors
CHOOSE_OUT, CHOOSE_IN, CHOOSE_WAGE, CHOOSE_ENTERPRISE, CHOOSE_FARM, CHOOSE_SEARCH, CHOOSE_STAY = 0, 1, 2, 3, 4, 5, 6
