"""One worker, readably: a light view on a row of the population, and what that worker weighs and does.

Everything here is plain Python calling the scalar rules; `sim.kernels` does the same fast.
"""

from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from sim import arithmetic, draws
from sim.arithmetic import f32
from sim.draws import Purpose
from sim.policy import PersonChannel
from sim.population import World
from sim.rules import accounts, decision, enterprise, household, human_capital, quality, social_capital
from sim.state import COLUMNS, FLAGS, NEVER, State, Status
from sim.world import (
    INTENT_BASIC,
    INTENT_ENTERPRISE,
    INTENT_PASSIVE,
    INTENT_POST,
    INTENT_SECTOR_SHIFT,
    INTENT_SKILLED,
    Levers,
    Month,
)


def as_floats(module: ModuleType) -> Any:
    """A module's rules as functions that return np.float32 (compiled ones hand Python a double)."""

    def single(rule: Any) -> Any:
        return lambda *arguments: f32(rule(*arguments))

    rules = {name: single(one) for name, one in vars(module).items() if hasattr(one, "py_func")}
    return SimpleNamespace(**rules)


ACCOUNTS, DECISION, ENTERPRISE = as_floats(accounts), as_floats(decision), as_floats(enterprise)
HOUSEHOLD, SKILL, TIES = as_floats(household), as_floats(human_capital), as_floats(social_capital)
QUALITY, MATH = as_floats(quality), as_floats(arithmetic)
ONE, ZERO, HALF, TWELFTH, FIFTEENTH = f32(1), f32(0), f32(0.5), f32(1 / 12), f32(1 / 15)
IMPOSSIBLE = f32(-1e9)
STAY, OUT, IN, WAGE, FOUND, FARM, SEARCH = "stay", "out", "in", "wage", "found", "farm", "search"


class Context(NamedTuple):
    """Where and when a worker lives: what is the same for a whole village this month."""

    world: World
    state: State
    levers: Levers
    month: Month
    village: int
    county: int
    peers: np.float32  # pull of peers
    owners_around: np.float32  # owners' share, own village and neighbours
    aware_near: np.ndarray  # float32[32], neighbours' mean share who know each instrument

    @property
    def p(self) -> Any:
        """The parameters."""
        return self.world.scenario.parameters


class WorkerView:
    """A worker as an object: every column of the population is an attribute, and so is every narrow trait."""

    __slots__ = ("place", "row", "state", "village", "world")

    def __init__(self, world: World, state: State, row: int, village: int) -> None:
        self.world = world
        self.state = state
        self.row = row
        self.village = village
        self.place = row - int(world.geography.start[village])

    def __getattr__(self, name: str) -> Any:
        if name in FLAGS:
            shift, bits = FLAGS[name]
            return (int(self.state.people.flags[self.row]) >> shift) & ((1 << bits) - 1)
        column = getattr(self.state.people, name)[self.row]
        return column if column.dtype == np.float32 else int(column)

    def put(self, **changes: Any) -> None:
        """Set columns or narrow traits."""
        people = self.state.people
        for name, value in changes.items():
            if name in FLAGS:
                shift, bits = FLAGS[name]
                mask = ((1 << bits) - 1) << shift
                people.flags[self.row] = (int(people.flags[self.row]) & ~mask & 0xFFFF) | (int(value) << shift)
            else:
                getattr(people, name)[self.row] = value

    @property
    def key(self) -> int:
        """The village's stable key: with place and generation, the person's."""
        return int(self.world.geography.key[self.village])

    @property
    def is_present(self) -> bool:
        """Whether a person holds this place."""
        return bool(self.status != Status.VACANT)

    @property
    def is_away(self) -> bool:
        """Whether the worker works away from the county."""
        return bool(self.status <= Status.IN_PROVINCE)

    @property
    def is_home(self) -> bool:
        """Whether the worker lives at home."""
        return self.is_present and not self.is_away

    @property
    def years(self) -> np.float32:
        """Age in years."""
        return f32(self.age) * TWELFTH

    @property
    def grade(self) -> int:
        """Certificate grade, 0..5."""
        return int(self.qualification & 7)

    @property
    def credits(self) -> int:
        """Courses banked, 0..31."""
        return int(self.qualification >> 3)

    @property
    def is_returnee(self) -> bool:
        """At home after having been away."""
        return self.is_home and bool(self.months_since_return != NEVER)

    def word(self, month: Month, purpose: Purpose, subkey: int = 0) -> int:
        """A keyed 32-bit word of this month's luck."""
        moment = np.uint32(int(month.calendar) * 256 + purpose)
        key, place = np.uint32(self.key), np.uint32(self.place)
        return int(draws.draw_word(month.seed, key, place, moment, np.uint32(subkey)))

    def unit(self, month: Month, purpose: Purpose, subkey: int = 0) -> np.float32:
        """A keyed uniform of this month's luck."""
        return f32(self.word(month, purpose, subkey) >> 8) * draws.UNIT

    def four(self, month: Month, purpose: Purpose, subkey: int = 0, lifelong: bool = False) -> tuple[np.float32, ...]:
        """Four keyed uniforms: of this month's luck, or of the person for life."""
        seed = month.population_seed if lifelong else month.seed
        moment = np.uint32((self.generation if lifelong else int(month.calendar)) * 256 + purpose)
        key, place = np.uint32(self.key), np.uint32(self.place)
        return tuple(map(f32, draws.draw_four(seed, key, place, moment, np.uint32(subkey))))

    def effect(self, month: Month, purpose: Purpose, key: int, deviation: np.float32) -> np.float32:
        """A permanent effect of the person (rule U10)."""
        return DECISION.normal_like(*self.four(month, purpose, key, lifelong=True), deviation)


def eligible(w: WorkerView, k: int, levers: Levers) -> bool:
    """Whether the worker may use instrument k: reach, sex, household, status, age, skill."""
    fits = levers.sexes[k] >> w.male & 1 and levers.households[k] >> w.household & 1
    fits = fits and levers.statuses[k] >> w.status & 1 and levers.reach[w.village] >> k & 1
    aged = levers.age_from[k] <= w.age < levers.age_below[k]
    return bool(fits and aged and levers.skill_from[k] <= w.skill < levers.skill_below[k])


def lever(w: WorkerView, levers: Levers, channel: PersonChannel, held: int) -> np.float32:
    """Sum of a channel over the held instruments that the worker may use."""
    total = ZERO
    for k in range(len(levers.key)):
        if held >> k & 1 and levers.effect[k, channel] != 0 and eligible(w, k, levers):
            total = total + levers.effect[k, channel]
    return total


def resident_lever(w: WorkerView, levers: Levers, channel: PersonChannel, bits: int) -> np.float32:
    """Sum of a channel over the instruments whose bit is set, for every resident of the villages covered."""
    total = ZERO
    for k in range(len(levers.key)):
        if bits >> k & 1 and levers.reach[w.village] >> k & 1:
            total = total + levers.effect[k, channel]
    return total


def keep_for_sector(held: int, sector: int, levers: Levers) -> int:
    """The held bits whose instruments serve enterprises of a sector."""
    return held & int(levers.serves[sector])


def earning_power(w: WorkerView, p: Any) -> np.float32:
    """What the worker earns relative to the reference worker, with the premium of certificates (rule H7)."""
    h = p.human_capital
    power = SKILL.earning_power(f32(w.schooling), w.skill, h.power_per_schooling, h.power_per_skill)
    return power * (ONE + h.certificate_premium * f32(w.grade))


def hump(w: WorkerView, p: Any) -> np.float32:
    """Age factor away (rule H8)."""
    h = p.human_capital
    return SKILL.age_factor(w.years, h.age_peak, h.age_half_width, h.age_floor)


def pay_on_farm(w: WorkerView, c: Context) -> np.float32:
    """Net income of a month on the farm (rule U18)."""
    m, land = c.p.money, c.world.geography.land[c.village]
    health = f32(w.health) * FIFTEENTH
    return DECISION.farm_pay(m.farm_income, c.month.farm_index, land, m.farm_land, m.farm_land_weight, health)


def pay_away(w: WorkerView, c: Context, working: np.float32) -> np.float32:
    """Net income of a month away at the present destination (rule U16)."""
    out = w.status == Status.OUT_PROVINCE
    wage, living = (c.month.wage_out, c.month.living_out) if out else (c.month.wage_in, c.month.living_in)
    support = lever(w, c.levers, PersonChannel.AWAY_INCOME, w.known)
    return DECISION.away_pay(wage * (ONE + support), earning_power(w, c.p), hump(w, c.p), working, living)


def monthly_pay(w: WorkerView, c: Context, laid_off: bool) -> np.float32:
    """Net income of this month for everybody but owners, yuan."""
    m, status = c.p.money, w.status
    if w.is_away:
        return pay_away(w, c, ZERO if laid_off else ONE - c.month.closure)
    if status in (Status.WAGE_BASIC, Status.WAGE_SKILLED):
        premium = c.p.market.skilled_premium if status == Status.WAGE_SKILLED else ZERO
        factor = c.state.counties.wage_factor[c.county]
        return DECISION.local_pay(c.month.wage_local, factor, earning_power(w, c.p), premium)
    if status == Status.POST:
        return m.workshop_wage if w.sector == 1 else m.post_wage
    if status == Status.SEARCHING:
        return m.search_income
    return pay_on_farm(w, c) if status == Status.FARM else ZERO


def loan_terms(
    w: WorkerView, c: Context, need: np.float32, own: np.float32, held: int
) -> tuple[np.float32, np.float32]:
    """Chance of a formal loan and its cap in yuan (rule E7)."""
    e = c.p.enterprise
    guarantee = e.loan_level + lever(w, c.levers, PersonChannel.LOAN_CHANCE, held)
    chance = ENTERPRISE.credit_chance(
        ZERO,
        min(own / max(need, ONE), ONE),
        f32(w.grade > 0),
        guarantee,
        f32(w.defaulted),
        e.loan_collateral,
        e.loan_certificate,
        e.loan_default,
    )
    return chance, e.loan_cap + lever(w, c.levers, PersonChannel.LOAN_CAP, held)


def finance(w: WorkerView, c: Context, need: np.float32, held: int) -> tuple[np.float32, ...]:
    """Own funds, kin, grant, chance of a loan, the loan: what could be put into an enterprise, whole yuan."""
    e = c.p.enterprise
    want = e.desired_scale * need
    own = MATH.whole(min(e.own_share * f32(w.savings), want))
    grant = MATH.whole(lever(w, c.levers, PersonChannel.GRANT, held))
    kin = MATH.whole(min(ENTERPRISE.kin_credit(e.kin_most, w.home_ties), max(need - own - grant, ZERO)))
    chance, cap = loan_terms(w, c, need, own, held)
    loan = MATH.whole(min(max(want - own - kin - grant, ZERO), cap))
    return own, kin, grant, chance, loan


def productivity(w: WorkerView, c: Context, capital: np.float32, sector: int) -> np.float32:
    """Productivity with some capital in a sector (rules E1 to E3)."""
    e, month = c.p.enterprise, c.month
    market = ENTERPRISE.market_access(
        c.state.counties.development[c.county, sector],
        month.price[sector],
        c.world.geography.remoteness[c.village],
        e.market_per_hour,
        month.logistics[c.county],
        w.destination_ties,
        e.channel_weight,
    )
    inputs = (
        ENTERPRISE.relative_input(w.skill, e.mean_skill),
        ENTERPRISE.relative_input(capital, e.mean_capital),
        ENTERPRISE.relative_input(market, e.mean_market),
        ENTERPRISE.relative_input(w.home_ties, e.mean_ties),
    )
    sigma = e.sigma if c.p.mechanisms.enterprise_complementarity > 0 else f32(1e6)
    return ENTERPRISE.ces_normalised(*inputs, e.share_skill, e.share_capital, e.share_market, e.share_ties, sigma)


def idea(w: WorkerView, c: Context) -> np.float32:
    """Strength of the worker's idea (rule E9)."""
    e = c.p.enterprise
    effect = w.effect(c.month, Purpose.PERSON_ENTERPRISE, 1, e.idea_deviation)
    experience = min(f32(w.migrations) / c.p.decision.experience_span, ONE)
    return ENTERPRISE.idea_strength(
        w.skill, experience, c.owners_around, effect, e.idea_skill, e.idea_experience, e.idea_peers
    )


def entry_chance(c: Context, ready: np.float32, smooth: np.float32, strength: np.float32) -> np.float32:
    """Chance of entry: every condition must hold (rule E10), or strengths compensate (rule E11)."""
    e = c.p.enterprise
    if c.p.mechanisms.entry_gate > 0:
        return ENTERPRISE.entry_chance_gated(ready, strength, e.idea_threshold)
    return ENTERPRISE.entry_chance_smooth(smooth, strength, e.idea_threshold, e.entry_steepness)


def prospect(w: WorkerView, c: Context, sector: int) -> tuple[np.float32, np.float32]:
    """Expected monthly income of founding in a sector, and the chance that entry is possible."""
    e, month = c.p.enterprise, c.month
    held = keep_for_sector(w.known, sector, c.levers)
    need = month.entry_capital[sector]
    own, kin, grant, chance, loan = finance(w, c, need, held)
    expected = own + kin + grant + chance * loan
    entry = entry_chance(c, (own + kin + grant + loan) / need, expected / need, idea(w, c))
    rent = e.rent if month.needs_premises[sector] else ZERO
    rent = ZERO if lever(w, c.levers, PersonChannel.RENT_FREE, held) > 0 else rent
    tax_cut = lever(w, c.levers, PersonChannel.TAX_CUT, held)
    q = productivity(w, c, expected, sector)
    profit = ENTERPRISE.monthly_profit(e.profit_scale * month.sector_profit[sector], q, ONE, rent, e.tax_rate, tax_cut)
    care = lever(w, c.levers, PersonChannel.AFTERCARE, held)
    return profit * ENTERPRISE.believed_survival(e.survival_prior, care), entry


def qualified(w: WorkerView, p: Any) -> bool:
    """Whether the worker may take skilled jobs: certified, or (gate off) skilled enough."""
    return bool(w.grade > 0 or (p.mechanisms.certificate_gate == 0 and w.skill >= p.human_capital.skilled_bar))


def job_prospect(w: WorkerView, c: Context, power: np.float32) -> tuple[np.float32, np.float32, np.float32]:
    """Chance over the search horizon, expected pay, and skilled share of search, for a job at home."""
    d, month, finding = c.p.decision, c.month, c.state.counties.finding[c.county]
    truth = d.truth_weight + lever(w, c.levers, PersonChannel.TRUTH, w.known)
    fresh = d.freshness + lever(w, c.levers, PersonChannel.FRESHNESS, w.known)
    lag = int(d.information_lag)
    basic, skilled = (
        DECISION.believed_chance(finding[tier, 0], finding[tier, lag], fresh, truth, d.prior_chance) for tier in (0, 1)
    )
    premium = c.p.market.skilled_premium
    share = DECISION.skilled_share_of_search(skilled, basic, premium, f32(qualified(w, c.p)))
    chance = DECISION.discouraged(DECISION.mixed_income(share, skilled, basic), f32(w.rejections), d.rejection_weight)
    factor = c.state.counties.wage_factor[c.county]
    pay_basic = DECISION.local_pay(month.wage_local, factor, power, ZERO)
    pay_skilled = DECISION.local_pay(month.wage_local, factor, power, premium)
    horizon = DECISION.chance_over_horizon(chance, d.search_horizon)
    return horizon, DECISION.mixed_income(share, pay_skilled, pay_basic), share


def best_sector(w: WorkerView, c: Context) -> int:
    """The sector the worker would found in: development x price x profit x a permanent taste."""
    development = c.state.counties.development[c.county]
    best, choice = ZERO, 0
    for s in range(len(development)):
        taste = w.four(c.month, Purpose.PERSON_SECTOR, s // 4, lifelong=True)[s % 4]
        score = development[s] * c.month.price[s] * c.month.sector_profit[s] * (HALF + taste)
        if score > best:
            best, choice = score, s
    return choice


def decide(w: WorkerView, c: Context, income: np.float32, laid_off: bool) -> tuple[str, int, np.float32]:
    """The best alternative, the sector of an enterprise, the skilled share of search (rules U1 to U20)."""
    d, life, month = c.p.decision, c.p.household, c.month
    power = earning_power(w, c.p)
    strength = power * hump(w, c.p)
    support = lever(w, c.levers, PersonChannel.AWAY_INCOME, w.known)
    value: dict[str, np.float32] = {}

    child = w.child_age
    preschool = life.pull_preschool if child < 72 else ZERO
    school = f32(72 <= child < 180)
    services = month.services[c.village]
    pull = HOUSEHOLD.family_pull(
        preschool, school, f32(w.elder), services[0], services[1], life.pull_school, life.pull_elder
    )
    family = HOUSEHOLD.anchored(pull, f32(w.spouse), life.spouse_anchor)
    near, far = d.home_tie_weight * w.home_ties, d.destination_tie_weight * w.destination_ties
    amenity = DECISION.amenity_utility(*services, d.amenity_weight)
    belonging = d.belonging_weight * w.belonging
    protection = lever(w, c.levers, PersonChannel.PROTECTION, w.known)
    barrier = DECISION.city_barrier(d.barrier_base, d.barrier_child, school, protection)

    hours = c.world.geography.remoteness[c.village]
    cost = {
        IN: DECISION.moving_cost(d.move_cost, d.move_cost_per_hour, hours, ONE),
        OUT: DECISION.moving_cost(d.move_cost, d.move_cost_per_hour, hours, d.move_distance_out),
    }
    back = cost[OUT if w.status == Status.OUT_PROVINCE else IN] if w.is_away else ZERO

    at_home, at_out, at_in = (w.effect(month, Purpose.PERSON_PLACE, k, d.place_deviation) for k in range(3))
    uniforms = w.four(month, Purpose.ERROR, 0) + w.four(month, Purpose.ERROR, 1)[:2]
    error = dict(
        zip((OUT, IN, WAGE, FOUND, FARM, SEARCH), (DECISION.gumbel(u, d.error_scale) for u in uniforms), strict=True)
    )
    nest = DECISION.normal_like(*w.four(month, Purpose.NEST_ERROR), d.nest_deviation) + at_home + d.home_intercept

    def worth(pay: np.float32) -> np.float32:
        return DECISION.income_utility(pay, d.income_unit, d.income_weight)

    def at_home_value(pay: np.float32, last: np.float32, move: np.float32 = back) -> np.float32:
        return DECISION.utility(worth(pay), family, near, amenity, belonging, c.peers, move, last)

    for place, status, wage, risk, living, liking, intercept in (
        (OUT, Status.OUT_PROVINCE, month.wage_out, month.unemployment_out, month.living_out, at_out, d.out_intercept),
        (IN, Status.IN_PROVINCE, month.wage_in, month.unemployment_in, month.living_in, at_in, d.in_intercept),
    ):
        risk = d.laid_off_unemployment if laid_off and w.status == status else risk
        pay = DECISION.away_income(wage, strength, risk, d.unemployment_shield, w.destination_ties, living, support)
        hurdle = barrier + (ZERO if w.is_away else cost[place])
        value[place] = DECISION.utility(
            worth(pay), ZERO, far, ZERO, ZERO, ZERO, hurdle, liking + intercept + error[place]
        )

    pay_farm = pay_on_farm(w, c)
    chance, pay_job, share = job_prospect(w, c, power)
    value[FARM] = at_home_value(pay_farm, nest + error[FARM])
    pay_search = DECISION.mixed_income(chance, pay_job, c.p.money.search_income)
    value[SEARCH] = at_home_value(pay_search, nest + d.search_intercept + error[SEARCH])

    sector = best_sector(w, c)
    taste = w.effect(month, Purpose.PERSON_ENTERPRISE, 0, d.enterprise_deviation)
    tolerance = w.four(month, Purpose.PERSON_RISK, lifelong=True)[0]
    bias = nest + d.enterprise_intercept + taste - DECISION.risk_cost(d.risk_weight, tolerance) + error[FOUND]
    value[FOUND] = IMPOSSIBLE
    if w.status != Status.OWNER:
        profit, entry = prospect(w, c, sector)
        if entry > 0:
            value[FOUND] = at_home_value(DECISION.mixed_income(entry, profit, pay_farm), bias)

    if w.is_away:
        value[WAGE] = at_home_value(DECISION.mixed_income(chance, pay_job, pay_farm), nest + error[WAGE])
        value[STAY] = value[OUT if w.status == Status.OUT_PROVINCE else IN]
        order: tuple[str, ...] = (STAY, WAGE, FOUND, FARM, SEARCH)
    else:
        # the present activity keeps the error and the intercept of its alternative
        last = {Status.FARM: nest + error[FARM], Status.OWNER: bias}.get(Status(w.status), nest + error[WAGE])
        searching = w.status == Status.SEARCHING
        value[STAY] = value[SEARCH] if searching else at_home_value(income, last, ZERO)
        order = (STAY, FARM, FOUND, OUT, IN) if searching else (STAY, FOUND, OUT, IN)
    best = order[0]
    for alternative in order[1:]:
        if value[alternative] > value[best]:
            best = alternative
    return best, sector, share


def arrive_home(w: WorkerView, c: Context, passive: bool) -> None:
    """What changes with any move home: the clock, what was earned before, belonging starts low."""
    before = MATH.clip(MATH.whole(pay_away(w, c, ONE)), ZERO, f32(65535))
    w.put(
        income_before=int(before),
        spouse=0,
        passive=passive,
        skilled_before=w.grade > 0,
        months_in_status=0,
        months_since_return=0,
        belonging=c.p.social_capital.belonging_start,
        rejections=0,
    )


def depart(w: WorkerView, c: Context, destination: Status) -> None:
    """Leave for a destination; the spouse may come along."""
    w.put(status=destination, months_in_status=0, belonging=0, rejections=0, migrations=min(w.migrations + 1, 255))
    if w.unit(c.month, Purpose.SPOUSE) < c.p.household.spouse_chance:
        w.put(spouse=1)


def job_application(c: Context, tier: int, u: np.float32) -> int:
    """The application for a job of a tier, in a sector drawn in proportion to last month's vacancies."""
    shares = c.month.open_cumulative[c.county, tier]
    sector = 0
    while sector < len(shares) - 1 and u >= shares[sector]:
        sector += 1
    return (INTENT_SKILLED if tier else INTENT_BASIC) | sector << INTENT_SECTOR_SHIFT


def apply_from_choice(w: WorkerView, c: Context, choice: str, sector: int, share: np.float32, passive: bool) -> int:
    """The application that follows from choosing a job or an enterprise."""
    mark = INTENT_PASSIVE if passive else 0
    if choice == FOUND:
        return INTENT_ENTERPRISE | sector << INTENT_SECTOR_SHIFT | mark
    u, v, _, _ = w.four(c.month, Purpose.SECTOR_CHOICE)
    return job_application(c, int(v < share), u) | mark


def needy_class(w: WorkerView) -> int:
    """How hard to employ: 0 hardest, 1, 2."""
    vulnerable, weak = w.household != 0, w.age >= 50 * 12 or w.skill < f32(0.25)
    return (0 if vulnerable else 1) if weak else (1 if vulnerable else 2)


def seek(w: WorkerView, c: Context) -> int:
    """The application of a worker at home who looks for a job or a post this month; 0: none."""
    m, status = c.p.market, w.status
    chance = {Status.SEARCHING: ONE, Status.WAGE_BASIC: m.seek_upgrade}.get(Status(status), ZERO)
    if status == Status.FARM and w.years < m.farm_underemployed_age:
        chance = m.seek_farm
    if not w.unit(c.month, Purpose.SEEK) < chance:
        return 0
    u, v, x, _ = w.four(c.month, Purpose.SECTOR_CHOICE)
    if status == Status.WAGE_BASIC:
        return job_application(c, 1, u) if qualified(w, c.p) else 0
    if needy_class(w) < 2 and x < m.seek_post:
        return INTENT_POST | int(u < HALF) << INTENT_SECTOR_SHIFT
    _, _, share = job_prospect(w, c, ONE)
    return job_application(c, int(v < share), u)


def listed_columns() -> tuple[str, ...]:
    """Names of all columns and narrow traits of a worker."""
    return (*(column.name for column in COLUMNS if column.name != "flags"), *FLAGS)
