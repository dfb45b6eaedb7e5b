"""What the world is told: one frozen, resolved scenario. Built by `scenarios.load`, read by `sim`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.parameters import Parameters


@dataclass(frozen=True)
class InitialStocks:
    """What is known of the first month (spin-up is raked to it), real persons in the whole place or a county."""

    out_province: float
    in_province: float
    in_county: float  # wage jobs, owners and posts together
    posts: float  # public-welfare posts and workshop jobs together, part of in_county
    owners: float
    skilled_workers: float  # certified


@dataclass(frozen=True)
class County:
    """One labour market. Shares are 0..1; services 0..1; endowment in units of the average sector."""

    id: str
    name_en: str
    name_zh: str
    workers: int  # registered rural workers aged 16 to 69, real persons
    poverty_lifted: float
    relocated: float
    remoteness_hours: float
    land_mu: float  # per worker; 15 mu are one hectare
    schooling: float
    health: float
    transport: float
    endowment: tuple[float, ...]  # one for each sector
    initial: InitialStocks | None = None  # its own stocks; None: its share, by workers, of the place's
    kind: str = ""  # id of the kind of counties that it is one of; "": it stands for itself


@dataclass(frozen=True)
class Sector:
    """An industry of every county."""

    id: str
    name_en: str
    name_zh: str
    entry_capital: float  # yuan
    needs_premises: bool  # land or plant that is rationed
    job_share: float  # of the county's base jobs; shares add to 1
    skilled_share: float  # of the sector's jobs
    profit_factor: float  # relative to `enterprise.profit_scale`


@dataclass(frozen=True)
class Eligibility:
    """Who may use an instrument. Empty tuples mean everybody; bounds are inclusive below, exclusive above."""

    sexes: tuple[str, ...] = ()  # "female", "male"
    households: tuple[str, ...] = ()  # "ordinary", "poverty_lifted", "relocated"
    statuses: tuple[str, ...] = ()  # names of sim.state.Status in lower case
    age_from: float = 0.0
    age_below: float = 200.0
    skill_from: float = 0.0
    skill_below: float = 2.0
    counties: tuple[str, ...] = ()
    villages: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()  # for instruments used at founding or by owners

    def covers(self, county: County) -> bool:
        """Whether a county is covered, by its own name or its kind's."""
        return not self.counties or county.id in self.counties or (bool(county.kind) and county.kind in self.counties)


@dataclass(frozen=True)
class Change:
    """From `month` of the run on, channels of an instrument have other values (at dose 1): its effectiveness moves."""

    month: int  # from the scenario's start
    channels: Mapping[str, float]


@dataclass(frozen=True)
class Instrument:
    """One policy instrument: data that acts only through its channels."""

    id: str
    kind: str
    name_en: str
    name_zh: str
    dose: float
    channels: Mapping[str, float]  # channel name (sim.policy) -> value at dose 1
    sectors: tuple[str, ...]  # sectors it develops or creates jobs in; empty: all
    capacity: float | None  # uses a year in the whole place, real persons; None: not limited
    unit_cost: float  # yuan a use at dose 1; where the dose scales what a use gives, it scales its cost
    fixed_cost: float  # yuan a month for the whole place at dose 1
    awareness: float  # chance a month of contact to hear of it officially
    start: int  # month from the scenario's start; negative: runs from before
    end: int | None  # first month without it; None: never ends
    ramp: int  # months from start to full strength
    lag: int  # months between start and first effect
    office: str  # id of the office that gives it
    is_programme: bool  # part of the baseline
    dose_scales_capacity: bool  # dose scales places rather than the effect on one person
    eligibility: Eligibility = field(default_factory=Eligibility)
    changes: tuple[Change, ...] = ()  # in the order of their months


@dataclass(frozen=True)
class Adaptive:
    """A package that evaluates and reallocates (`sim.adaptive`)."""

    package: str
    instruments: tuple[str, ...]  # ids of those whose doses it moves
    review: int  # months of a period
    lag: int  # months between the end of a period and its review
    noise: float  # relative standard deviation of each figure seen
    observed: Mapping[str, float]  # uses, hires, foundings, returns -> what one is worth
    step: float  # largest share of the budget that a review moves
    floor: float  # least share of each instrument


@dataclass(frozen=True)
class VillageOptions:
    """How the village graph is generated (`sim.villages.generate`)."""

    workers_per_village: int
    size_spread: float
    neighbours: int
    kin_ties: int
    cross_county_share: float


@dataclass(frozen=True)
class Demography:
    """Who is born and who enters."""

    age_bands: tuple[tuple[float, float, float], ...]  # (from year, below year, share), shares add to 1
    male_share: float
    schooling_shares: tuple[tuple[int, float], ...]  # (years, share)
    entrant_schooling_shares: tuple[tuple[int, float], ...]
    entry_ages: tuple[int, int]  # years, from and to inclusive
    entrants_share: np.ndarray  # float32[all months]: entrants a month as a share of the initial workers


@dataclass(frozen=True, eq=False)
class Records:
    """People that a place brings along, R weighted records (`sim.microdata`).

    given: trait -> float64[R], NaN where a record does not state it. age and age_span (months: the age is
    uniform in [age, age + age_span)), male (0, 1), household (0 ordinary, 1 poverty-lifted, 2 relocated),
    schooling (years), grade (certificate, 0..5), status (code), sector (index), skill, home_ties and
    destination_ties (0..1), savings and debt (yuan), child_age (months; 255: none), elder (0, 1),
    health (0..15), migrations (count), months_since_return (months).
    """

    county: np.ndarray  # int32[R], index; -1: of every county
    weight: np.ndarray  # float64[R], persons
    given: Mapping[str, np.ndarray]
    groups: tuple[np.ndarray, ...] = ()  # int64[R] each: margins that whole numbers should keep


@dataclass(frozen=True)
class Scenario:
    """A resolved scenario. Every array covers the spin-up and the run: index 0 is its first month.

    `spin_up` months run before `start`; a run has `months` months from `start`; month t of the run is
    index `spin_up + t` of the series. `policy_start` is the month of the run in which packages begin.
    """

    name: str
    title_en: str
    title_zh: str
    packages: tuple[str, ...]
    start: int  # months since January 2000
    spin_up: int
    months: int
    policy_start: int
    scale: int
    population_seed: int
    rationing_salt: int  # another order of who comes first where places are scarce, from policy_start on
    village_options: VillageOptions
    counties: tuple[County, ...]
    sectors: tuple[Sector, ...]
    instruments: tuple[Instrument, ...]  # programmes first, at most 32
    parameters: Parameters
    demography: Demography
    initial: InitialStocks
    series: Mapping[str, np.ndarray]  # name (SERIES) -> float32[all months]
    festival: np.ndarray  # uint8[all months]: 1 in the months around the Spring Festival
    adaptive: tuple[Adaptive, ...] = ()
    by_county: bool = False  # outcomes of each county, too, where counties are of kinds; else of each kind
    graph: Any = None  # networkx.Graph read from a file, or None: generate
    people: Records | None = None  # records of people, or None: drawn from the demography
    resolved: Mapping[str, Any] = field(default_factory=dict)  # plain JSON-able, what `guiyan show` prints
    hash: str = ""  # sha256 over `resolved`
    world_hash: str = ""  # the same without what cannot touch the spin-up: packages, months, policy_start, names

    @property
    def all_months(self) -> int:
        """Length of the series: spin-up and run."""
        return self.spin_up + self.months


SERIES = {
    "wage_out": "yuan a month, mean wage of workers beyond the province",
    "wage_in": "yuan a month, mean wage of workers in the province outside the county",
    "wage_local": "yuan a month, mean wage of basic jobs in the county",
    "living_out": "yuan a month, living cost beyond the province",
    "living_in": "yuan a month, living cost in the province",
    "unemployment_out": "share, chance to be without work beyond the province",
    "unemployment_in": "share, chance to be without work in the province",
    "layoff_out": "per month, added lay-off hazard beyond the province (demand shocks)",
    "layoff_in": "per month, added lay-off hazard in the province (demand shocks)",
    "closure": "share, mobility closure: moves and away work suspended for this share",
    "farm_index": "index, farm income relative to the base year",
    "local_demand": "index, demand from outside for base jobs in the county",
}
