"""County markets: matching, wages, industry (ODD section 3f)."""

import numpy as np

from sim.arithmetic import ONE, ZERO, clip, exponential, logarithm, logistic
from sim.compilation import rule

f32 = np.float32


@rule
def matches(efficiency, seekers, vacancies, elasticity):
    """Expected hires of a month.  [M1]

    min(efficiency * seekers^elasticity * vacancies^(1 - elasticity), seekers, vacancies): Cobb-Douglas
    matching (Petrongolo and Pissarides 2001). seekers, vacancies: workers. matches(0.5, 100, 100, 0.5) = 50.
    """
    some = min(seekers, vacancies)
    flow = efficiency * exponential(
        elasticity * logarithm(max(seekers, ONE)) + (ONE - elasticity) * logarithm(max(vacancies, ONE))
    )
    return min(flow, some) if some > ZERO else ZERO


@rule
def development_next(development, attractor, speed):
    """Development of a county's sector after a month.  [M2]

    development + speed * (attractor - development), at least 0.05. Source: model.md 3f; speed assumption.
    development_next(1, 2, 0.1) = 1.1.
    """
    return max(development + speed * (attractor - development), f32(0.05))


@rule
def attractor(endowment, programme, agglomeration, skilled, logistics, congestion):
    """Where a sector's development is drawn to.  [M3]

    max(endowment + programme + agglomeration + skilled + logistics - congestion, 0.05), in units of the average
    sector. Source: model.md 3f. attractor(1, 0.2, 0, 0, 0, 0.1) = 1.1.
    """
    return max(endowment + programme + agglomeration + skilled + logistics - congestion, f32(0.05))


@rule
def agglomeration_threshold(density, threshold, width, strength):
    """Pull of firms on firms, with a threshold: small seeds fade, large ones grow.  [M4]

    strength * (logistic((density - threshold) / width) - logistic(-threshold / width)). density: firms of the
    sector per 100 workers of the county. Source: model.md 3f; Krugman 1991 (direction); sizes assumption.
    agglomeration_threshold(0, 1, 0.3, 0.5) = 0.
    """
    return strength * (logistic((density - threshold) / width) - logistic(-threshold / width))


@rule
def agglomeration_smooth(density, threshold, strength):
    """The same pull without a threshold: linear, equal at twice the threshold.  [M5]

    strength * density / (2 * threshold). Used when `agglomeration_threshold` is off.
    agglomeration_smooth(1, 0.5, 0.3) = 0.3.
    """
    return strength * density / (threshold + threshold)


@rule
def crowded_price(mean_excess, crowding):
    """Price of a sector's goods when all counties push it.  [M6]

    1 / (1 + crowding * max(mean_excess, 0)). mean_excess: workers' mean over counties of development above
    endowment. Source: Li 2025, Chen 2026 (differentiation); form assumption. crowded_price(0, 1) = 1.
    """
    return ONE / (ONE + crowding * max(mean_excess, ZERO))


@rule
def wage_factor_next(factor, tightness, reference, response, speed, low, high):
    """How local wages answer tightness: the factor on the base wage after a month.  [M7]

    factor + speed * (1 + response * (tightness - reference) - factor), held in [low, high]. tightness:
    vacancies / (vacancies + seekers). Source: model.md 3f; size assumption.
    wage_factor_next(1, 0.5, 0.5, 1, 0.1, 0.5, 2) = 1.
    """
    target = ONE + response * (tightness - reference)
    return clip(factor + speed * (target - factor), low, high)


@rule
def job_capacity(base, development, initial_development, elasticity):
    """Base jobs of a sector as its development moves.  [M8]

    base * (1 + elasticity * (development / initial_development - 1)), at least 0. base: jobs at the start.
    Source: model.md 3f; elasticity assumption. job_capacity(100, 1.1, 1, 0.5) = 105.
    """
    return max(base * (ONE + elasticity * (development / initial_development - ONE)), ZERO)


@rule
def rounded_by_draw(x, u):
    """A whole number with the right mean: floor(x + u).  [M9]

    u uniform in [0, 1), the same in all worlds. Source: model.md 3f. rounded_by_draw(2.3, 0.5) = 2.
    """
    return np.floor(x + u)


@rule
def office_delay(friction, coordination):
    """Chance that an office other than the first misses an application this month.  [M10]

    friction * (1 - coordination), coordination held in 0..1. friction: chance without coordination. Source: Li 2025
    (departments work apart); form and size assumption. office_delay(0.4, 0.25) = 0.3.
    """
    return friction * (ONE - clip(coordination, ZERO, ONE))


@rule
def chain_jobs(per_enterprise, enterprises, completeness):
    """Jobs that firms of a chain bring to where enterprises of the chain already are.  [M11]

    per_enterprise * enterprises * completeness. enterprises: real number in the county's sector; completeness: share
    of the chain's sectors with an enterprise in the county, 0..1. Source: NDRC 2021 (anchor firms draw up- and
    downstream firms); form assumption. chain_jobs(2, 10, 0.5) = 10.
    """
    return per_enterprise * enterprises * completeness
