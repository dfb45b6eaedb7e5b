"""What the files may hold: pydantic models with units and ranges; unknown keys are refused."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


def quantity(unit: str, low: float | None = None, high: float | None = None, **more: Any) -> FieldInfo:
    """A number's unit and inclusive range."""
    return Field(ge=low, le=high, json_schema_extra={"unit": unit}, **more)  # type: ignore[no-any-return]


Id = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60, description="an id of small letters, digits and _")
]
Month = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="a month such as 2020-01", json_schema_extra={"unit": "month"}
    ),
]
Year = Annotated[str, Field(pattern=r"^\d{4}$", description="a year such as 2020")]
FileName = Annotated[str, Field(min_length=1, description="a file, relative to this one")]
Share = Annotated[float, quantity("share", 0, 1)]
Persons = Annotated[float, quantity("persons", 0)]
Growth = Annotated[float, quantity("share a year", -0.5, 1)]
Sex = Literal["female", "male"]
Household = Literal["ordinary", "poverty_lifted", "relocated"]
Status = Literal["out_province", "in_province", "farm", "searching", "wage_basic", "wage_skilled", "owner", "post"]


class Strict(BaseModel):
    """Takes no unknown key, turns no word into a number, and knows no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class Name(Strict):
    """A name in both languages."""

    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]


class CsvGraph(Strict):
    """A village graph as two tables: nodes (id and attributes) and edges (source, target, kind)."""

    nodes: FileName
    edges: FileName


class Microdata(Strict):
    """Persons of a survey or a register: a CSV, Parquet or Stata file, one row a person or a kind of person."""

    file: FileName
    columns: dict[str, str] = {}  # our column -> the file's; without it the file has our names
    codes: dict[str, dict[str, str]] = {}  # our column -> the file's word or number -> ours
    encoding: Annotated[str, Field(min_length=1, description="an encoding such as gbk")] | None = None


class Population(Strict):
    """How people and villages are made."""

    seed: Annotated[int, quantity("seed", 0, 2**63 - 1)] = 0
    workers_per_village: Annotated[int, quantity("simulated workers", 20, 2000)] = 500
    size_spread: Annotated[float, quantity("share", 0, 0.9)] = 0.3
    neighbours: Annotated[int, quantity("road ties a village", 1, 32)] = 4
    kin_ties: Annotated[int, quantity("kin ties a village", 0, 32)] = 2
    cross_county_share: Share = 0.1
    graph: FileName | CsvGraph | None = None
    microdata: Microdata | None = None
    margins: Annotated[list[FileName], Field(min_length=1)] | None = None


class Initial(Strict):
    """Stocks of the first month, real persons in the whole place, or in one county."""

    out_province: Persons
    in_province: Persons
    in_county: Persons
    posts: Persons
    owners: Persons
    skilled_workers: Persons


class CountyInitial(Initial):
    """Stocks of one county; complete, since a list of counties is never inherited in part."""


class Destinations(Strict):
    """What the two destinations are called here, where they are not a province's."""

    out_province: Name
    in_province: Name


RelativeSpread = Annotated[float, quantity("share of the mean, to either side", 0, 0.9)]


class Spread(Strict):
    """How far the counties of a kind lie around its means, each uniform; what is left out does not vary."""

    workers: RelativeSpread = 0.0
    poverty_lifted: RelativeSpread = 0.0
    relocated: RelativeSpread = 0.0
    remoteness_hours: RelativeSpread = 0.0
    land_mu: RelativeSpread = 0.0
    schooling: RelativeSpread = 0.0
    health: RelativeSpread = 0.0
    transport: RelativeSpread = 0.0
    endowment: RelativeSpread = 0.0
    out_province: RelativeSpread = 0.0
    in_province: RelativeSpread = 0.0


class County(Strict):
    """One labour market, means over its villages; with `copies` so many: workers and stocks of all of them together."""

    id: Id
    name: Name
    workers: Annotated[int, quantity("persons, rural-registered, 16 to 69", 1, 2_000_000_000)]
    poverty_lifted: Share
    relocated: Share
    remoteness_hours: Annotated[float, quantity("hours to the county seat", 0, 24)]
    land_mu: Annotated[float, quantity("mu per worker", 0, 1000)]
    schooling: Share
    health: Share
    transport: Share
    endowment: dict[Id, Annotated[float, quantity("index, 1 is the average sector", 0, 10)]]
    initial: CountyInitial | None = None
    copies: Annotated[int, quantity("counties of this kind", 1, 10_000)] | None = None
    spread: Spread | None = None


class Sector(Strict):
    """An industry of every county."""

    id: Id
    name: Name
    entry_capital: Annotated[float, quantity("yuan", 0, 100_000_000)]
    needs_premises: Annotated[bool, Field(json_schema_extra={"unit": "switch"})]
    job_share: Annotated[float, quantity("share of base jobs; shares add to 1", 0, 1)]
    skilled_share: Annotated[float, quantity("share of the sector's jobs", 0, 1)]
    profit_factor: Annotated[float, quantity("ratio to enterprise.profit_scale", 0, 10)] = 1.0


class AgeBand(Strict):
    """A share of the workers by age, even within the band."""

    from_: Annotated[float, quantity("years", 16, 70, alias="from")]
    below: Annotated[float, quantity("years", 16, 70)]
    share: Share


class SchoolingShare(Strict):
    """A share of the workers by years at school."""

    years: Annotated[int, quantity("years", 0, 22)]
    share: Share


class EntryAges(Strict):
    """Ages at which people enter, both included."""

    from_: Annotated[int, quantity("years", 16, 30, alias="from")]
    to: Annotated[int, quantity("years", 16, 30)]


class Series(Strict):
    """A monthly series in one of three forms: `years`, `otherwise` (with `months`), or `csv`."""

    years: dict[Year, float] | None = None
    months: dict[Month, float] | None = None
    otherwise: float | None = None
    csv: FileName | None = None
    growth_before: Growth | None = None
    growth_after: Growth | None = None


class Demography(Strict):
    """Who is there at the start and who enters."""

    age_bands: Annotated[list[AgeBand], Field(min_length=1)]
    male_share: Share
    schooling: Annotated[list[SchoolingShare], Field(min_length=1)]
    entrant_schooling: Annotated[list[SchoolingShare], Field(min_length=1)]
    entry_ages: EntryAges
    entrants: Annotated[
        Series, Field(json_schema_extra={"unit": "share of the initial workers a year", "low": 0, "high": 1})
    ]


class Eligibility(Strict):
    """Who may use an instrument; a list left out means everybody."""

    sexes: list[Sex] = []
    households: list[Household] = []
    statuses: list[Status] = []
    age_from: Annotated[float, quantity("years", 0, 120)] = 0.0
    age_below: Annotated[float, quantity("years", 0, 200)] = 200.0
    skill_from: Annotated[float, quantity("skill", 0, 1)] = 0.0
    skill_below: Annotated[float, quantity("skill", 0, 2)] = 2.0
    counties: list[str] = []
    villages: list[str] = []
    sectors: list[str] = []


class Change(Strict):
    """Other values of an instrument's channels from a month on: demand moves, a course goes out of date."""

    month: Annotated[int, quantity("months, counted as start is", -12000, 12000)]
    channels: Annotated[dict[str, float], Field(min_length=1)]


class Instrument(Strict):
    """One policy instrument, acting through the channels of its kind."""

    id: Id
    kind: str
    name: Name
    dose: Annotated[float, quantity("multiple of the channels", 0, 1000)] = 1.0
    channels: dict[str, float] = {}
    sectors: list[str] = []
    capacity: Annotated[float, quantity("uses a year in the whole place", 0)] | None = None
    office: Id | None = None
    unit_cost: Annotated[float, quantity("yuan a use", 0)] = 0.0
    fixed_cost: Annotated[float, quantity("yuan a month at dose 1", 0)] = 0.0
    awareness: Annotated[float, quantity("chance a month of contact", 0, 1)] | None = None
    start: Annotated[int, quantity("months", -12000, 12000)] | None = None
    end: Annotated[int, quantity("months", -12000, 12000)] | None = None
    ramp: Annotated[int, quantity("months", 0, 600)] = 0
    lag: Annotated[int, quantity("months", 0, 600)] = 0
    eligibility: Eligibility = Eligibility()
    changes: list[Change] = []


class Observed(Strict):
    """What counts as a result, and for how much: what befalls, within the period, those who came to use it then."""

    uses: Annotated[float, quantity("results a use", 0, 1000)] = 0.0
    hires: Annotated[float, quantity("results a user hired in the county", 0, 1000)] = 0.0
    foundings: Annotated[float, quantity("results an enterprise founded by a user", 0, 1000)] = 0.0
    returns: Annotated[float, quantity("results a user who moves home", 0, 1000)] = 0.0


class Adaptive(Strict):
    """Periodic evaluation that moves budget between instruments of the package, of equal planned cost in all."""

    instruments: Annotated[list[Id], Field(min_length=2)]
    review: Annotated[int, quantity("months of a period", 1, 600)] = 12
    lag: Annotated[int, quantity("months from the end of a period to its review", 0, 600)] = 3
    noise: Annotated[float, quantity("relative standard deviation of each figure", 0, 10)] = 0.2
    observed: Observed = Observed(hires=1.0, foundings=1.0)
    step: Annotated[float, quantity("share of the budget, most that a review moves", 0, 1)] = 0.1
    floor: Annotated[float, quantity("share of the budget, least of an instrument", 0, 1)] = 0.05


class Place(Strict):
    """A place file, with what it extends merged in."""

    id: Id
    name: Name
    start: Month
    spin_up: Annotated[int, quantity("months", 0, 600)] = 60
    months: Annotated[int, quantity("months", 1, 1200)] = 72
    policy_start: Annotated[int, quantity("month of the run", 0, 1200)] = 12
    rationing_salt: Annotated[int, quantity("number", 0, 2**32 - 1)] = 0
    scale: Annotated[int, quantity("persons per simulated worker", 1, 10_000_000)] = 50
    population: Population = Population()
    counties: Annotated[list[County], Field(min_length=1)]
    outcomes_by: Annotated[Literal["county", "kind"], Field(json_schema_extra={"unit": "dimension"})] | None = None
    sectors: Annotated[list[Sector], Field(min_length=1)]
    demography: Demography
    initial: Initial | None = None
    series: dict[str, Series]
    spring_festival: FileName | None = None
    festival: FileName | None = None
    destinations: Destinations | None = None
    parameters: dict[str, dict[str, float]] = {}
    mechanisms: dict[str, bool] = {}
    programmes: list[Instrument] = []


class Package(Strict):
    """A package file: instruments added to the baseline."""

    id: Id
    name: Name
    pillar: Literal["policy_precision", "whole_chain_service", "industry_ecology", "urban_rural_integration"]
    for_workers: Annotated[float, quantity("persons, rural-registered, 16 to 69", 1)] | None = None
    instruments: Annotated[list[Instrument], Field(min_length=1)]
    adaptive: Adaptive | None = None


class Constant(Strict):
    """One constant of parameters.yaml."""

    value: float
    unit: str
    low: float
    high: float
    meaning: str
    source: str


class Switch(Strict):
    """One switch of parameters.yaml."""

    value: bool
    meaning: str


class KindChannel(Strict):
    """A channel that a kind of instrument may act through, with its value at dose 1 by default."""

    value: float
    unit: str
    low: float
    high: float
    source: str


class Kind(Strict):
    """A kind of instrument (kinds.yaml)."""

    scope: Literal["person", "area"]
    name: Name
    meaning: Name
    channels: dict[str, KindChannel] = {}
    dose_scales_capacity: bool = False
    capacity: Literal["required", "optional", "none"] = "none"
    sectors: bool = False
    eligibility: list[str] = []
    office: Id = "human_resources"
    cost: str
