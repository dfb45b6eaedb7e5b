"""Random utility: what each place and activity is worth to a worker (ODD section 3d)."""

import numpy as np

from sim.arithmetic import HALF, ONE, ZERO, clip, exponential, logarithm, logistic
from sim.compilation import rule

f32 = np.float32


@rule
def income_utility(income, unit, weight):
    """Utility of an expected monthly net income, which may be negative.  [U1]

    weight * asinh(income / (2 * unit)): for income well above `unit` this is weight * ln(income / unit),
    and it passes through zero smoothly. income, unit: yuan a month. Source: model.md 3d (the transform of
    income is stated); Burbidge, Magee and Robb 1988. income_utility(0, 500, 2) = 0.
    """
    x = abs(income) / (unit + unit)
    y = logarithm(x + np.sqrt(x * x + ONE)) * weight
    return y if income >= ZERO else -y


@rule
def away_income(wage, power, unemployment, shield, ties, living_cost, support):
    """Expected monthly net income at a destination.  [U2]

    wage * power * (1 - unemployment * (1 - shield * ties)) * (1 + support) - living_cost. wage,
    living_cost: yuan a month; power: earning power x age factor; unemployment: 0..1; ties: destination
    ties. Source: model.md 3d. away_income(5000, 1, 0.1, 0, 0, 1500, 0) = 3000.
    """
    return wage * power * (ONE - unemployment * (ONE - shield * ties)) * (ONE + support) - living_cost


@rule
def believed_chance(recent, stale, freshness, weight_of_truth, prior):
    """Believed monthly chance to find a job at home.  [U3]

    w * (f * recent + (1 - f) * stale) + (1 - w) * prior, all 0..1: the county's true rate as it was last
    month and `lag` months ago, mixed with a pessimistic prior; w = f = 1 is perfect information.
    Source: model.md 3d. believed_chance(0.4, 0.2, 0.5, 0.5, 0.1) = 0.2.
    """
    w = clip(weight_of_truth, ZERO, ONE)
    f = clip(freshness, ZERO, ONE)
    return w * (f * recent + (ONE - f) * stale) + (ONE - w) * prior


@rule
def chance_over_horizon(monthly, months):
    """Chance that something with this monthly chance has happened after some months.  [U4]

    1 - (1 - monthly)^months. monthly: 0..1. Source: arithmetic of independent months.
    chance_over_horizon(0.5, 2) = 0.75.
    """
    return ONE - exponential(months * logarithm(max(ONE - monthly, f32(1e-6))))


@rule
def mixed_income(chance, income, fallback):
    """Expected income with a chance of one income and the other otherwise.  [U5]

    chance * income + (1 - chance) * fallback, yuan a month. mixed_income(0.25, 4000, 1000) = 1750.
    """
    return chance * income + (ONE - chance) * fallback


@rule
def peer_pull(share, success, failure, threshold, width, weight_failure, switch):
    """Pull of peers who returned or own, own and neighbouring villages.  [U6]

    switch * (logistic((share + success - threshold) / width) - weight_failure * failure), less the value
    at share = success = 0, so that nobody's peers pull when there are none. shares: 0..1. Source:
    model.md 3d; threshold form assumption (Granovetter 1978). peer_pull(0, 0, 0, 0.25, 0.08, 1.5, 1) = 0.
    """
    pulled = logistic((share + success - threshold) / width) - logistic(-threshold / width)
    return switch * (pulled - weight_failure * failure)


@rule
def peer_pull_smooth(share, success, failure, slope, weight_failure, switch):
    """The same pull without a threshold: proportional to the share.  [U7]

    switch * (slope * (share + success) - weight_failure * failure). Used when the mechanism
    `peer_threshold` is off. Source: linear alternative to [U6]. peer_pull_smooth(0.2, 0.1, 0, 2, 1, 1) = 0.6.
    """
    return switch * (slope * (share + success) - weight_failure * failure)


@rule
def utility(income, family, ties, amenity, belonging, peers, cost, attachment):
    """Systematic utility of an alternative: the sum of its weighted parts.  [U8]

    income + family + ties + amenity + belonging + peers - cost + attachment, all in utility. Source:
    model.md 3d. utility(1, 2, 3, 4, 5, 6, 7, 8) = 22.
    """
    return income + family + ties + amenity + belonging + peers - cost + attachment


@rule
def gumbel(u, scale):
    """A Gumbel error of the given scale from a uniform draw, centred on zero.  [U9]

    scale * (-ln(-ln(u)) - 0.5772): type I extreme value, the error of the logit (McFadden 1974). u is held
    in [2^-25, 1 - 2^-24]. gumbel(0.36787944, 1) = -0.57721566.
    """
    held = clip(u, f32(2.0**-25), f32(1.0 - 2.0**-24))
    return scale * (-logarithm(-logarithm(held)) - f32(0.57721566))


@rule
def normal_like(u1, u2, u3, u4, deviation):
    """An approximately normal effect from four uniforms (Irwin-Hall of order four).  [U10]

    deviation * sqrt(3) * (u1 + u2 + u3 + u4 - 2). Source: Irwin 1927, Hall 1927; light tails are an
    assumption. normal_like(0.5, 0.5, 0.5, 0.5, 1) = 0.
    """
    return deviation * f32(1.7320508) * (u1 + u2 + u3 + u4 - f32(2))


@rule
def moving_cost(base, per_hour, remoteness, distance):
    """Utility cost of moving between home and a destination.  [U11]

    base * distance + per_hour * remoteness. remoteness: hours from village to county seat; distance: 1 for
    in_province, the relative cost beyond. Source: assumption (form); distance deters (Zhang and Zhao 2011).
    moving_cost(1, 0.1, 2, 1) = 1.2.
    """
    return base * distance + per_hour * remoteness


@rule
def city_barrier(base, per_child, school, protection):
    """Utility cost of the city's barriers: schooling for children, housing, insecurity.  [U12]

    (base + per_child * school) * (1 - protection), protection held in 0..1. Source: model.md 3d (push).
    city_barrier(0.2, 0.3, 1, 0.5) = 0.25.
    """
    return (base + per_child * school) * (ONE - clip(protection, ZERO, ONE))


@rule
def considering_chance(base, festival, is_festival, trigger):
    """Chance to weigh a move this month: certain on a trigger, high around the Spring Festival.  [U13]

    1 if trigger > 0, else festival if is_festival > 0, else base. Source: model.md 3d; returns peak around
    the festival (targets N6). considering_chance(0.02, 0.3, 0, 0) = 0.02.
    """
    usual = festival if is_festival > ZERO else base
    return ONE if trigger > ZERO else usual


@rule
def risk_cost(weight, tolerance):
    """Utility cost of an enterprise's risk.  [U14]

    weight * (1 - tolerance). tolerance: 0..1. Source: model.md 3d; size assumption. risk_cost(1, 0.25) = 0.75.
    """
    return weight * (ONE - tolerance)


@rule
def amenity_utility(schooling, health, transport, weight):
    """Utility of living with the village's public services.  [U15]

    weight * (mean of the three - 1/2). services: 0..1. Source: Li 2025 (public services); equal weights are
    an assumption. amenity_utility(0.5, 0.5, 0.5, 2) = 0.
    """
    return weight * ((schooling + health + transport) * f32(1 / 3) - HALF)


@rule
def away_pay(wage, power, age_factor, working, living_cost):
    """Net income of a month worked away.  [U16]

    wage * power * age_factor * working - living_cost, yuan a month. working: share of the month with work
    (0 when laid off, less in a closure). away_pay(5000, 1, 1, 1, 1500) = 3500.
    """
    return wage * power * age_factor * working - living_cost


@rule
def local_pay(wage, wage_factor, power, premium):
    """Net income of a month in a job at home.  [U17]

    wage * wage_factor * power * (1 + premium), yuan a month. premium: 0 in a basic job.
    local_pay(3000, 1, 1, 0.3) = 3900.
    """
    return wage * wage_factor * power * (ONE + premium)


@rule
def farm_pay(income, index, land, land_mean, land_weight, health):
    """Net income of a month on the farm.  [U18]

    income * index * (1 - land_weight + land_weight * land / land_mean) * (1/2 + health / 2), yuan a month. land:
    mu per worker; health: 0..1. Source: assumption (form). farm_pay(1200, 1, 1.5, 1.5, 0.5, 1) = 1200.
    """
    return income * index * (ONE - land_weight + land_weight * land / land_mean) * (HALF + HALF * health)


@rule
def skilled_share_of_search(finding_skilled, finding_basic, premium, qualified):
    """Share of a qualified worker's search that goes to skilled jobs.  [U19]

    a / (a + b), a = finding_skilled * (1 + premium), b = finding_basic; 0 for the unqualified. Source: assumption
    (search goes where it pays). skilled_share_of_search(0.1, 0.1, 0, 1) = 0.5.
    """
    a = finding_skilled * (ONE + premium) + f32(1e-6)
    return qualified * a / (a + finding_basic + f32(1e-6))


@rule
def discouraged(chance, rejections, weight):
    """Believed chance after rejections.  [U20]

    chance / (1 + weight * rejections). rejections: remembered count. Source: model.md 3d (a rejected applicant
    learns from it); form assumption. discouraged(0.2, 2, 0.5) = 0.1.
    """
    return chance / (ONE + weight * rejections)


@rule
def moves_in_closure(chance, closure):
    """Chance to weigh a move when mobility is closed in part.  [U21]

    chance * (1 - closure). moves_in_closure(0.2, 0.5) = 0.1.
    """
    return chance * (ONE - closure)
