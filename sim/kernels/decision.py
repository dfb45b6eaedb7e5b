"""Random utility: the best alternative of each worker who weighs a move this month, in loops over rows of them."""

import numpy as np

from sim.arithmetic import ONE, ZERO, f32, i32, u32, u64
from sim.compilation import part, phase
from sim.draws import Purpose, fill_words, moment_of, unit_of
from sim.kernels.lists import padded
from sim.kernels.luck import fill_luck
from sim.kernels.people import FARM, FIFTEENTH, IN, OUT, OWNER, SEARCHING, VACANT
from sim.kernels.prospects import funds, idea, job_outlook, may_take_skilled_jobs, productivity, sigma_of
from sim.kernels.table import (
    AFTERCARE,
    AWAY_TIES,
    BACK,
    BASIC_BEFORE,
    BASIC_NOW,
    BELONGING,
    CHILD,
    CHOICE,
    DEVELOPMENT,
    ENTRY,
    ENTRY_CAPITAL,
    ERROR_HOME,
    ERRORS,
    EXPECTED,
    FAMILY,
    FLAGS,
    FRESHNESS,
    GRADE,
    GRANT,
    HEALTH_CARE,
    HOME_TIES,
    IDEA,
    INCOME,
    LAID_OFF,
    LAND,
    LIKES_ENTERPRISE,
    LIKES_HOME,
    LIKES_IN,
    LIKES_OUT,
    LOAN_CAP,
    LOAN_CHANCE,
    LOGISTICS,
    MIGRATIONS,
    NEST,
    OWNERS,
    PAY_FARM,
    PEERS,
    POWER,
    PRICE,
    PROFIT_FACTOR,
    PROTECTION,
    REJECTIONS,
    REMOTENESS,
    RENT,
    RENT_FREE,
    ROW,
    SAVINGS,
    SCHOOLING,
    SCHOOLS,
    SKILL,
    SKILLED_BEFORE,
    SKILLED_NOW,
    SKILLED_SHARE,
    STATUS,
    SUPPORT,
    TAX_CUT,
    TOLERANCE,
    TRANSPORT,
    TRUTH,
    VALUE_ENTERPRISE,
    VALUE_FARM,
    VALUE_IN,
    VALUE_OUT,
    VALUE_PRESENT,
    VALUE_SEARCH,
    VALUE_WAGE,
    WAGE_FACTOR,
    YEARS,
    look_up,
    look_up_levers,
    look_up_sector,
)
from sim.rules.decision import (
    amenity_utility,
    away_income,
    city_barrier,
    considering_chance,
    farm_pay,
    income_utility,
    mixed_income,
    moves_in_closure,
    moving_cost,
    risk_cost,
    utility,
)
from sim.rules.enterprise import believed_survival, entry_chance_gated, entry_chance_smooth, monthly_profit
from sim.rules.household import anchored, family_pull
from sim.rules.human_capital import age_factor, earning_power
from sim.state import DEFAULTED, ELDER, HEALTH_SHIFT, SPOUSE
from sim.world import (
    CHOOSE_ENTERPRISE,
    CHOOSE_FARM,
    CHOOSE_IN,
    CHOOSE_OUT,
    CHOOSE_SEARCH,
    CHOOSE_STAY,
    CHOOSE_WAGE,
    TRIGGER_FAMILY,
    TRIGGER_LAID_OFF,
)

u8 = np.uint8
CONSIDER = u32(Purpose.CONSIDER)
IMPOSSIBLE = f32(-1e9)
# rows of errors of the alternatives
ERROR_OUT, ERROR_IN, ERROR_WAGE, ERROR_ENTERPRISE, ERROR_FARM, ERROR_SEARCH = (
    ERRORS + u64(k) * ROW for k in (CHOOSE_OUT, CHOOSE_IN, CHOOSE_WAGE, CHOOSE_ENTERPRISE, CHOOSE_FARM, CHOOSE_SEARCH)
)


@phase
def mark_considering(first, count, village_key, people, month, p, words, trigger, mark):
    """Mark the places whose worker weighs a move this month (rules U13, U21)."""
    statuses = people.status
    fill_words(words, count, month.seed, village_key, moment_of(month.calendar, CONSIDER), u32(0))
    d = p.decision
    usual = considering_chance(d.consider_base, d.consider_festival, month.festival, ZERO)
    calm = moves_in_closure(usual, month.closure)
    pressed = moves_in_closure(ONE, month.closure)
    for j in range(count):
        triggered = (trigger[j] & u8(TRIGGER_FAMILY | TRIGGER_LAID_OFF)) != u8(0)
        chance = pressed if triggered else calm
        mark[j] = u8((unit_of(words[j]) < chance) & (statuses[first + j] < u8(VACANT)))


@phase
def decide(begin, count, scene, p, listed, table):
    """The best alternative of the listed begin..begin+count-1 (rules U1 to U20), in the row CHOICE.

    count: a multiple of LANES, at most CHUNK.
    """
    rows, numbers, bits, month = table.rows, table.numbers, table.bits, scene.month
    look_up(begin, count, scene, p, listed, table)
    fill_luck(count, scene.counties.development.shape[1], month, p, rows, bits)
    look_up_sector(begin, count, scene, p, listed, table)
    look_up_levers(count, scene.levers, table)
    weigh_home(count, p, rows, numbers)
    weigh_away(count, month, p, rows, numbers)
    weigh_jobs_and_farm(count, month, p, rows, numbers)
    raise_funds(count, p, rows, numbers)
    weigh_enterprise(count, p, rows, numbers)
    choose_best(count, rows, numbers)


@part
def flagged(flags, bit):
    """1 if a flag is set, else 0."""
    return ONE if (flags & i32(bit)) != i32(0) else ZERO


@part
def pay_utility(pay, d):
    """Utility of an income (rule U1)."""
    return income_utility(pay, d.income_unit, d.income_weight)


@part
def home_utility(pay, m, amenity, cost, attachment, rows, d):
    """Utility of living at home on some income (rule U8)."""
    near, belonging = d.home_tie_weight * rows[HOME_TIES + m], d.belonging_weight * rows[BELONGING + m]
    family, peers = rows[FAMILY + m], rows[PEERS + m]
    return utility(pay_utility(pay, d), family, near, amenity, belonging, peers, cost, attachment)


@part
def amenity_of(m, rows, d):
    """Utility of the village's services (rule U15)."""
    return amenity_utility(rows[SCHOOLS + m], rows[HEALTH_CARE + m], rows[TRANSPORT + m], d.amenity_weight)


@phase
def weigh_home(count, p, rows, numbers):
    """Earning power, the family's pull, the cost of the way back, the attachment to home."""
    d, h, life = p.decision, p.human_capital, p.household
    pull_preschool, distance_out = life.pull_preschool, d.move_distance_out
    for m in range(padded(count)):
        power = earning_power(rows[SCHOOLING + m], rows[SKILL + m], h.power_per_schooling, h.power_per_skill)
        rows[POWER + m] = power * (ONE + h.certificate_premium * rows[GRADE + m])
    for m in range(padded(count)):
        child, flags, s = numbers[CHILD + m], numbers[FLAGS + m], numbers[STATUS + m]
        preschool = pull_preschool if child < i32(72) else ZERO
        elder, spouse = flagged(flags, ELDER), flagged(flags, SPOUSE)
        schooling, care = rows[SCHOOLS + m], rows[HEALTH_CARE + m]
        pull = family_pull(preschool, at_school(child), elder, schooling, care, life.pull_school, life.pull_elder)
        rows[FAMILY + m] = anchored(pull, spouse, life.spouse_anchor)
        distance = distance_out if s == i32(OUT) else ONE
        back = moving_cost(d.move_cost, d.move_cost_per_hour, rows[REMOTENESS + m], distance)
        rows[BACK + m] = back if s <= i32(IN) else ZERO
        rows[NEST + m] = rows[ERROR_HOME + m] + rows[LIKES_HOME + m] + d.home_intercept


@part
def at_school(child):
    """1 if a child of so many months is of school age, else 0."""
    return ONE if (child >= i32(72)) & (child < i32(180)) else ZERO


@phase
def weigh_away(count, month, p, rows, numbers):
    """Values of working outside and inside the province."""
    d, h = p.decision, p.human_capital
    risk_out, risk_in, risk_laid_off = month.unemployment_out, month.unemployment_in, d.laid_off_unemployment
    for m in range(padded(count)):
        s, laid_off, far = numbers[STATUS + m], numbers[LAID_OFF + m] != i32(0), rows[AWAY_TIES + m]
        strength = rows[POWER + m] * age_factor(rows[YEARS + m], h.age_peak, h.age_half_width, h.age_floor)
        barrier = city_barrier(d.barrier_base, d.barrier_child, at_school(numbers[CHILD + m]), rows[PROTECTION + m])
        risk = risk_laid_off if laid_off & (s == i32(OUT)) else risk_out
        support, shield = rows[SUPPORT + m], d.unemployment_shield
        pay = away_income(month.wage_out, strength, risk, shield, far, month.living_out, support)
        cost = moving_cost(d.move_cost, d.move_cost_per_hour, rows[REMOTENESS + m], d.move_distance_out)
        hurdle = barrier + (ZERO if s <= i32(IN) else cost)
        likes, ties = rows[LIKES_OUT + m] + d.out_intercept + rows[ERROR_OUT + m], d.destination_tie_weight * far
        rows[VALUE_OUT + m] = utility(pay_utility(pay, d), ZERO, ties, ZERO, ZERO, ZERO, hurdle, likes)
        risk = risk_laid_off if laid_off & (s == i32(IN)) else risk_in
        pay = away_income(month.wage_in, strength, risk, shield, far, month.living_in, support)
        cost = moving_cost(d.move_cost, d.move_cost_per_hour, rows[REMOTENESS + m], ONE)
        hurdle = barrier + (ZERO if s <= i32(IN) else cost)
        likes = rows[LIKES_IN + m] + d.in_intercept + rows[ERROR_IN + m]
        rows[VALUE_IN + m] = utility(pay_utility(pay, d), ZERO, ties, ZERO, ZERO, ZERO, hurdle, likes)


@phase
def weigh_jobs_and_farm(count, month, p, rows, numbers):
    """Values of a job at home, of the farm and of searching at home; of the present activity at home."""
    d, money, premium, wage = p.decision, p.money, p.market.skilled_premium, month.wage_local
    open_gate, bar = p.mechanisms.certificate_gate == ZERO, p.human_capital.skilled_bar
    for m in range(padded(count)):
        health = f32((numbers[FLAGS + m] >> i32(HEALTH_SHIFT)) & i32(15)) * FIFTEENTH
        pay = farm_pay(
            money.farm_income, month.farm_index, rows[LAND + m], money.farm_land, money.farm_land_weight, health
        )
        rows[PAY_FARM + m] = pay
        amenity, back = amenity_of(m, rows, d), rows[BACK + m]
        rows[VALUE_FARM + m] = home_utility(pay, m, amenity, back, rows[NEST + m] + rows[ERROR_FARM + m], rows, d)
    for m in range(padded(count)):
        amenity, back, nest = amenity_of(m, rows, d), rows[BACK + m], rows[NEST + m]
        may_take = may_take_skilled_jobs(rows[GRADE + m], rows[SKILL + m], open_gate, bar)
        chance, pay_job, share = job_outlook(
            rows[TRUTH + m], rows[FRESHNESS + m], rows[BASIC_NOW + m], rows[BASIC_BEFORE + m], rows[SKILLED_NOW + m],
            rows[SKILLED_BEFORE + m], may_take, rows[REJECTIONS + m], wage, rows[WAGE_FACTOR + m], rows[POWER + m],
            premium, d,
        )  # fmt: skip
        rows[SKILLED_SHARE + m] = share
        pay = mixed_income(chance, pay_job, money.search_income)
        searching = nest + d.search_intercept + rows[ERROR_SEARCH + m]
        rows[VALUE_SEARCH + m] = home_utility(pay, m, amenity, back, searching, rows, d)
        pay = mixed_income(chance, pay_job, rows[PAY_FARM + m])
        rows[VALUE_WAGE + m] = home_utility(pay, m, amenity, back, nest + rows[ERROR_WAGE + m], rows, d)


@phase
def raise_funds(count, p, rows, numbers):
    """What each worker expects to put into an enterprise, and the chance that entry is possible."""
    e, d, gated = p.enterprise, p.decision, p.mechanisms.entry_gate > ZERO
    for m in range(padded(count)):
        need, ties = rows[ENTRY_CAPITAL + m], rows[HOME_TIES + m]
        certificate = ONE if rows[GRADE + m] > ZERO else ZERO
        own, kin, grant, chance, loan = funds(
            rows[SAVINGS + m], ties, certificate, flagged(numbers[FLAGS + m], DEFAULTED), need, rows[GRANT + m],
            rows[LOAN_CHANCE + m], rows[LOAN_CAP + m], e,
        )  # fmt: skip
        expected = own + kin + grant + chance * loan
        strength = idea(rows[SKILL + m], rows[MIGRATIONS + m], rows[OWNERS + m], rows[IDEA + m], e, d.experience_span)
        firm = entry_chance_gated((own + kin + grant + loan) / need, strength, e.idea_threshold)
        smooth = entry_chance_smooth(expected / need, strength, e.idea_threshold, e.entry_steepness)
        rows[EXPECTED + m] = expected
        rows[ENTRY + m] = firm if gated else smooth


@phase
def weigh_enterprise(count, p, rows, numbers):
    """Value of founding, if it is possible; value of the present activity of those at home."""
    e, d, sigma = p.enterprise, p.decision, sigma_of(p)
    for m in range(padded(count)):
        rent = ZERO if rows[RENT_FREE + m] > ZERO else rows[RENT + m]
        q = productivity(
            rows[SKILL + m], rows[EXPECTED + m], rows[HOME_TIES + m], rows[AWAY_TIES + m], rows[DEVELOPMENT + m],
            rows[PRICE + m], rows[REMOTENESS + m], rows[LOGISTICS + m], e, sigma,
        )  # fmt: skip
        scale = e.profit_scale * rows[PROFIT_FACTOR + m]
        profit = monthly_profit(scale, q, ONE, rent, e.tax_rate, rows[TAX_CUT + m])
        rows[VALUE_ENTERPRISE + m] = profit * believed_survival(e.survival_prior, rows[AFTERCARE + m])
    for m in range(padded(count)):
        s, amenity, nest, entry = numbers[STATUS + m], amenity_of(m, rows, d), rows[NEST + m], rows[ENTRY + m]
        risk = risk_cost(d.risk_weight, rows[TOLERANCE + m])
        bias = nest + d.enterprise_intercept + rows[LIKES_ENTERPRISE + m] - risk + rows[ERROR_ENTERPRISE + m]
        pay = mixed_income(entry, rows[VALUE_ENTERPRISE + m], rows[PAY_FARM + m])
        value = home_utility(pay, m, amenity, rows[BACK + m], bias, rows, d)
        possible = (s != i32(OWNER)) & (entry > ZERO)
        rows[VALUE_ENTERPRISE + m] = value if possible else IMPOSSIBLE
        # at home: the present activity keeps the error and the intercept of its alternative
        on_wage, on_farm = nest + rows[ERROR_WAGE + m], nest + rows[ERROR_FARM + m]
        own = on_farm if s == i32(FARM) else on_wage
        own = bias if s == i32(OWNER) else own
        rows[VALUE_PRESENT + m] = home_utility(rows[INCOME + m], m, amenity, ZERO, own, rows, d)


@phase
def choose_best(count, rows, numbers):
    """The alternative of the largest value; the present one where another is not better."""
    for m in range(padded(count)):
        s = numbers[STATUS + m]
        is_away = s <= i32(IN)
        out, inside, farm, search = (
            rows[VALUE_OUT + m], rows[VALUE_IN + m], rows[VALUE_FARM + m], rows[VALUE_SEARCH + m],
        )  # fmt: skip
        wage, enterprise = rows[VALUE_WAGE + m], rows[VALUE_ENTERPRISE + m]
        present = search if s == i32(SEARCHING) else rows[VALUE_PRESENT + m]
        best = (out if s == i32(OUT) else inside) if is_away else present
        choice = i32(CHOOSE_STAY)
        # in the order in which equal values are told apart: away wage, enterprise, farm, search; at home farm, ...
        better = is_away & (wage > best)
        best, choice = (wage, i32(CHOOSE_WAGE)) if better else (best, choice)
        better = (not is_away) & (s == i32(SEARCHING)) & (farm > best)
        best, choice = (farm, i32(CHOOSE_FARM)) if better else (best, choice)
        better = enterprise > best
        best, choice = (enterprise, i32(CHOOSE_ENTERPRISE)) if better else (best, choice)
        better = is_away & (farm > best)
        best, choice = (farm, i32(CHOOSE_FARM)) if better else (best, choice)
        better = is_away & (search > best)
        best, choice = (search, i32(CHOOSE_SEARCH)) if better else (best, choice)
        better = (not is_away) & (out > best)
        best, choice = (out, i32(CHOOSE_OUT)) if better else (best, choice)
        better = (not is_away) & (inside > best)
        best, choice = (inside, i32(CHOOSE_IN)) if better else (best, choice)
        numbers[CHOICE + m] = choice
