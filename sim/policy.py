"""Instruments as levers: what each month's policies do, through declared channels only."""

from dataclasses import replace
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from sim.draws import stable_key
from sim.scenario import Eligibility, Instrument, Scenario
from sim.state import Budget, Status
from sim.villages import Villages
from sim.world import Levers


class PersonChannel(IntEnum):
    """Acts on those who know the instrument, are eligible and use it. Levers of several instruments add."""

    COURSE_GAIN = 0  # skill a course gives at skill 0
    COURSE_FIT = 1  # share of the misfit of content removed (firm-ordered courses)
    COURSE_UPTAKE = 2  # share of the unwillingness removed (off-season timing, follow-up)
    CERTIFICATE = 3  # chance added that a course ends with a certificate
    CREDIT_BANK = 4  # credits banked per course beyond the first
    LOAN_CHANCE = 5  # log odds added to the chance of a formal loan
    LOAN_CAP = 6  # yuan added to the cap of a formal loan
    INTEREST_CUT = 7  # share a year taken off the interest
    GRANT = 8  # yuan paid at founding
    RENT_FREE = 9  # months without rent
    TAX_CUT = 10  # share of tax and fees removed
    AFTERCARE = 11  # share of the exit hazard removed
    TRUTH = 12  # weight of truth added to what is believed of jobs
    FRESHNESS = 13  # weight of last month added against the lagged rate
    BELONGING = 14  # added to the monthly growth of belonging of those at home
    HOME_TIES = 15  # share of the gap of home ties regained a month by those away
    AWAY_INCOME = 16  # share added to income away
    PROTECTION = 17  # share of the city's barriers removed
    REFERRAL = 18  # chance a month that a worker who searches is noticed, known or not


class AreaChannel(IntEnum):
    """Acts on a county (or the villages named) for everybody. Levers of several instruments add."""

    PREMISES = 0  # sites, real number in the whole place
    DEVELOPMENT = 1  # index added to the attractor of the instrument's sectors
    JOBS_BASIC = 2  # basic jobs, real number in the whole place
    JOBS_SKILLED = 3  # skilled jobs, real number in the whole place
    MATCHING = 4  # share added to the efficiency of matching
    SCHOOLING = 5  # added to the service, 0..1
    HEALTH = 6  # added to the service, 0..1
    TRANSPORT = 7  # added to the service, 0..1
    POSTS = 8  # public-welfare posts, real number in the whole place
    WORKSHOPS = 9  # aid-workshop jobs, real number in the whole place
    LOGISTICS = 10  # share of the market distance bridged
    OFFICIAL = 11  # chance a month of contact added to hearing of any instrument in force
    CHAIN_JOBS = 12  # jobs of outside firms for each enterprise of the instrument's sectors, at a complete chain
    CHAIN_DEVELOPMENT = 13  # index added for each enterprise of them per 100 workers, at a complete chain
    COORDINATION = 14  # share of the friction between offices removed
    ALERT = 15  # share of a county's workers who apply for jobs from which on help is given; dose and ramp leave it


CHANNELS: dict[str, PersonChannel | AreaChannel] = {
    **{member.name.lower(): member for member in PersonChannel},
    **{member.name.lower(): member for member in AreaChannel},
}
MOST_INSTRUMENTS = 32

HOUSEHOLD_BITS = {"ordinary": 1, "poverty_lifted": 2, "relocated": 4}
SEX_BITS = {"female": 1, "male": 2}
# a worker who makes use of one of these counts as a user; the other channels on persons count nobody
USED_CHANNELS = (
    PersonChannel.COURSE_GAIN, PersonChannel.CERTIFICATE, PersonChannel.CREDIT_BANK, PersonChannel.LOAN_CHANCE,
    PersonChannel.LOAN_CAP, PersonChannel.INTEREST_CUT, PersonChannel.GRANT, PersonChannel.RENT_FREE,
    PersonChannel.TAX_CUT, PersonChannel.AFTERCARE, PersonChannel.AWAY_INCOME, PersonChannel.REFERRAL,
)  # fmt: skip
CHAIN_CHANNELS = (AreaChannel.CHAIN_JOBS, AreaChannel.CHAIN_DEVELOPMENT)
ENTERPRISE_CHANNELS = (PersonChannel.LOAN_CHANCE, PersonChannel.LOAN_CAP, PersonChannel.GRANT, PersonChannel.RENT_FREE)


class Chain(NamedTuple):
    """An instrument that draws firms to enterprises of its sectors, in a month."""

    sectors: np.ndarray  # bool[S]
    covered: np.ndarray  # bool[C]
    jobs: float  # for each enterprise, at a complete chain
    development: float  # for each enterprise per 100 workers, at a complete chain


class AreaLevers(NamedTuple):
    """What area channels add in a month; C counties, S sectors, V villages. Real numbers, not yet rounded."""

    premises: np.ndarray  # float64[C], real sites
    development: np.ndarray  # float32[C, S]
    jobs: np.ndarray  # float64[C, S, 2], real jobs
    posts: np.ndarray  # float64[C, 2], real public-welfare posts and workshop jobs
    matching: np.ndarray  # float32[C]
    services: np.ndarray  # float32[V, 3], those of the villages and what is added, 0..1
    logistics: np.ndarray  # float32[C]
    official: np.ndarray  # float32[C]
    coordination: np.ndarray  # float32[C]
    alert: np.ndarray  # float32[I, C], share of applicants from which an instrument aids
    chains: tuple[Chain, ...]
    capacity: np.ndarray  # float64[I, C], real uses this month; infinite where not limited
    strength: np.ndarray  # float64[I], dose x ramp for costs
    dose: np.ndarray  # float64[I], for costs


def strength_at(instrument: Instrument, month: int) -> float:
    """Ramp of an instrument in a month of the run: 0 before its start and lag, 1 at full strength.

    Linear over `ramp` months: (months since start and lag + 1) / ramp, at most 1; 0 from `end` on.
    """
    since = month - instrument.start - instrument.lag
    if since < 0 or (instrument.end is not None and month >= instrument.end):
        return 0.0
    return min((since + 1) / instrument.ramp, 1.0) if instrument.ramp > 0 else 1.0


def is_in_force(instrument: Instrument, month: int) -> bool:
    """Whether people can hear of it: from its start (before any lag) until its end."""
    return month >= instrument.start and (instrument.end is None or month < instrument.end)


def _bits(names: tuple[str, ...], bits: dict[str, int], everybody: int) -> int:
    return sum(bits[name] for name in names) if names else everybody


def reach_of(scenario: Scenario, villages: Villages) -> np.ndarray:
    """uint32[V]: bits of the instruments that cover each village, by their eligible counties and villages."""
    reach = np.zeros(len(villages.id), np.uint32)
    for k, instrument in enumerate(scenario.instruments):
        eligible, covered = instrument.eligibility, np.ones(len(villages.id), bool)
        if eligible.counties:
            covered &= np.array([eligible.covers(county) for county in scenario.counties])[villages.county]
        if eligible.villages:
            named = set(eligible.villages)
            covered &= np.array([village in named for village in villages.id])
        reach |= covered.astype(np.uint32) << np.uint32(k)
    return reach


class LeverBook:
    """The levers of a scenario, month by month. Months in which every instrument is as strong share them."""

    def __init__(self, scenario: Scenario, villages: Villages) -> None:
        self.scenario, self.villages = scenario, villages
        self.reach = reach_of(scenario, villages)
        self._latest: tuple[Any, tuple[Levers, AreaLevers]] | None = None
        self._months = np.array(sorted({change.month for one in scenario.instruments for change in one.changes}))
        self._changed: tuple[int, tuple[Instrument, ...]] = 0, scenario.instruments  # by changes that took place

    def at(self, month: int, budget: Budget | None = None) -> tuple[Levers, AreaLevers]:
        """Levers on persons and on areas in a month of the run; nobody changes them.

        budget: doses of an adaptive programme in that month (`State.budget`); None: those the instruments declare.
        """
        instruments = self._instruments_at(month) if budget is None else instruments_at(self.scenario, month, budget)
        state = [(strength_at(one, month), is_in_force(one, month), one.dose, one.channels) for one in instruments]
        if self._latest is None or self._latest[0] != state:
            scenario = replace(self.scenario, instruments=instruments)
            levers = person_levers(scenario, self.reach, month)
            self._latest = state, (levers, area_levers(scenario, self.villages, self.reach, month))
        return self._latest[1]

    def _instruments_at(self, month: int) -> tuple[Instrument, ...]:
        """The instruments in a month of the run, made anew only when one of their channels changes."""
        changes = int(np.searchsorted(self._months, month, "right"))
        if changes != self._changed[0]:
            self._changed = changes, instruments_at(self.scenario, month)
        return self._changed[1]


def instruments_at(scenario: Scenario, month: int, budget: Budget | None = None) -> tuple[Instrument, ...]:
    """The instruments with the channels and doses that they have in a month of the run."""
    if budget is None and not any(one.changes for one in scenario.instruments):
        return scenario.instruments
    found = []
    for k, one in enumerate(scenario.instruments):
        channels = dict(one.channels)
        for change in one.changes:
            if month >= change.month:
                channels.update(change.channels)
        found.append(replace(one, channels=channels, dose=one.dose if budget is None else float(budget.dose[k])))
    return tuple(found)


def person_levers(scenario: Scenario, reach: np.ndarray, month: int) -> Levers:
    """Instruments in a month of the run, as arrays for the rules. A policy never changes a parameter."""
    instruments = scenario.instruments
    count = len(instruments)
    effect = np.zeros((count, len(PersonChannel)), np.float32)
    in_force = np.zeros(count, np.uint8)
    for k, instrument in enumerate(instruments):
        strength = strength_at(instrument, month)
        in_force[k] = is_in_force(instrument, month)
        # where dose scales places, what one place does stays as it is, unless there is none
        dose = float(instrument.dose > 0) if instrument.dose_scales_capacity else instrument.dose
        for name, value in instrument.channels.items():
            channel = CHANNELS[name]
            if isinstance(channel, PersonChannel):
                effect[k, channel] = value * dose * strength
    status_bits = {status.name.lower(): 1 << status for status in Status if status != Status.VACANT}
    rules = [instrument.eligibility for instrument in instruments]
    offers_course = np.array(
        [effect[k, PersonChannel.COURSE_GAIN] > 0 and one.dose > 0 for k, one in enumerate(instruments)], np.uint8
    )
    return Levers(
        key=np.array([stable_key(instrument.id) for instrument in instruments], np.uint32),
        in_force=in_force,
        official=np.array([instrument.awareness for instrument in instruments], np.float32),
        effect=effect,
        acts=(effect != 0).T.astype(np.uint32) @ (np.uint32(1) << np.arange(count, dtype=np.uint32)),
        reach=reach,
        sexes=np.array([_bits(rule.sexes, SEX_BITS, 3) for rule in rules], np.uint8),
        households=np.array([_bits(rule.households, HOUSEHOLD_BITS, 7) for rule in rules], np.uint8),
        statuses=np.array([_bits(rule.statuses, status_bits, 255) for rule in rules], np.uint16),
        serves=np.array(
            [
                sum(1 << k for k, rule in enumerate(rules) if not rule.sectors or sector.id in rule.sectors)
                for sector in scenario.sectors
            ],
            np.uint32,
        ),
        age_from=np.array([round(rule.age_from * 12) for rule in rules], np.int32),
        age_below=np.array([round(rule.age_below * 12) for rule in rules], np.int32),
        skill_from=np.array([rule.skill_from for rule in rules], np.float32),
        skill_below=np.array([rule.skill_below for rule in rules], np.float32),
        offers_course=offers_course,
        courses=np.uint32(sum(1 << int(k) for k in np.flatnonzero(offers_course))),
        offers_enterprise=(effect[:, list(map(int, ENTERPRISE_CHANNELS))] != 0).any(axis=1).astype(np.uint8),
    )


def _county_of_village(scenario: Scenario, village: str) -> str:
    """The county of a village: a graph that was read says it, a generated id begins with it."""
    if scenario.graph is not None:
        return str(scenario.graph.nodes[village]["county"])
    return village.rsplit("-", 1)[0]


def county_shares(scenario: Scenario, instrument: Instrument) -> np.ndarray:
    """float64[C]: how an instrument's places are spread over the counties it covers, by registered workers."""
    eligible = instrument.eligibility
    if not eligible.counties and eligible.villages:
        eligible = Eligibility(counties=tuple(_county_of_village(scenario, village) for village in eligible.villages))
    workers = np.array([one.workers if eligible.covers(one) else 0 for one in scenario.counties], np.float64)
    return workers / workers.sum()


def area_levers(scenario: Scenario, villages: Villages, reach: np.ndarray, month: int) -> AreaLevers:
    """What area channels add in a month of the run, composed by addition so that order never matters."""
    counties, sectors = len(scenario.counties), len(scenario.sectors)
    count = len(scenario.instruments)
    area = AreaLevers(
        premises=np.zeros(counties),
        development=np.zeros((counties, sectors), np.float32),
        jobs=np.zeros((counties, sectors, 2)),
        posts=np.zeros((counties, 2)),
        matching=np.zeros(counties, np.float32),
        services=np.array(villages.amenity, np.float32),
        logistics=np.zeros(counties, np.float32),
        official=np.zeros(counties, np.float32),
        coordination=np.zeros(counties, np.float32),
        alert=np.zeros((count, counties), np.float32),
        chains=tuple(
            chain for k, one in enumerate(scenario.instruments) if (chain := chain_of(scenario, one, month)) is not None
        ),
        capacity=np.full((count, counties), np.inf),
        strength=np.zeros(count),
        dose=np.array([one.dose for one in scenario.instruments], np.float64),
    )
    for k, instrument in enumerate(scenario.instruments):
        strength = strength_at(instrument, month)
        area.strength[k] = strength * instrument.dose
        shares = county_shares(scenario, instrument)
        if instrument.capacity is not None:
            dose = instrument.dose if instrument.dose_scales_capacity else 1.0
            area.capacity[k] = instrument.capacity / 12.0 * strength * dose * shares
        for name, value in instrument.channels.items():
            channel = CHANNELS[name]
            if channel == AreaChannel.ALERT:
                area.alert[k] = value
            elif isinstance(channel, AreaChannel) and channel not in CHAIN_CHANNELS:
                _add_area_lever(
                    area, scenario, instrument, channel, value * strength * instrument.dose, shares, reach >> k & 1
                )
    np.clip(area.services, 0, 1, out=area.services)
    return area


def chain_of(scenario: Scenario, instrument: Instrument, month: int) -> Chain | None:
    """What an instrument draws along chains in a month of the run; None if nothing."""
    strength = strength_at(instrument, month) * instrument.dose
    jobs, development = (strength * instrument.channels.get(channel.name.lower(), 0.0) for channel in CHAIN_CHANNELS)
    if jobs == 0 and development == 0:
        return None
    named = instrument.sectors
    sectors = np.array([not named or sector.id in named for sector in scenario.sectors])
    return Chain(sectors, county_shares(scenario, instrument) > 0, jobs, development)


def completeness_of(chain: Chain, enterprises: np.ndarray) -> np.ndarray:
    """float32[C]: share of a chain's sectors with an enterprise; enterprises int64[C, S]. 0 where not covered."""
    present: np.ndarray = (enterprises[:, chain.sectors] > 0).mean(axis=1) * chain.covered
    return present.astype(np.float32)


def _add_area_lever(
    area: AreaLevers,
    scenario: Scenario,
    instrument: Instrument,
    channel: AreaChannel,
    value: float,
    shares: np.ndarray,
    reach: np.ndarray,
) -> None:
    """Add one instrument's area channel of a given strength."""
    covered = (shares > 0).astype(np.float32)
    weights = np.array(
        [s.job_share if not instrument.sectors or s.id in instrument.sectors else 0.0 for s in scenario.sectors]
    )
    pushed = weights > 0
    weights = weights / weights.sum()
    if channel == AreaChannel.PREMISES:
        area.premises[:] += value * shares
    elif channel == AreaChannel.DEVELOPMENT:
        area.development[:] += np.float32(value) * covered[:, None] * pushed[None, :].astype(np.float32)
    elif channel in (AreaChannel.JOBS_BASIC, AreaChannel.JOBS_SKILLED):
        tier = 0 if channel == AreaChannel.JOBS_BASIC else 1
        area.jobs[:, :, tier] += value * shares[:, None] * weights[None, :]
    elif channel in (AreaChannel.POSTS, AreaChannel.WORKSHOPS):
        area.posts[:, 0 if channel == AreaChannel.POSTS else 1] += value * shares
    elif channel in (AreaChannel.SCHOOLING, AreaChannel.HEALTH, AreaChannel.TRANSPORT):
        area.services[:, channel - AreaChannel.SCHOOLING] += np.float32(value) * reach.astype(np.float32)
    else:
        column = {
            AreaChannel.MATCHING: area.matching,
            AreaChannel.LOGISTICS: area.logistics,
            AreaChannel.OFFICIAL: area.official,
            AreaChannel.COORDINATION: area.coordination,
        }[channel]
        column[:] += np.float32(value) * covered
