"""Founding, running and losing an enterprise (ODD section 3e)."""

import numpy as np

from sim.arithmetic import ONE, ZERO, clip, exponential, logarithm, logistic
from sim.compilation import rule

f32 = np.float32


@rule
def relative_input(value, mean):
    """Log of an input relative to the mean bundle, held in [1/20, 20].  [E1]

    ln(clip(value / mean, 0.05, 20)). The bounds keep powers finite for any sigma. relative_input(1, 1) = 0.
    """
    return logarithm(clip(value / mean, f32(0.05), f32(20)))


@rule
def ces_normalised(skill, capital, market, ties, share_skill, share_capital, share_market, share_ties, sigma):
    """Productivity from four inputs with constant elasticity of substitution, 1 at the mean bundle.  [E2]

    (sum share_i * (x_i / mean_i)^rho)^(1/rho), rho = (sigma - 1) / sigma, from log inputs relative to the
    mean bundle [E1]; shares add to 1. sigma < 1: complements; sigma -> infinity: perfect substitutes; near
    sigma = 1 the second-order expansion of the Cobb-Douglas limit is used. Value and marginal products at the
    mean do not depend on sigma. Source: de La Grandville 1989; Klump, McAdam and Willman 2012.
    ces_normalised(0, 0, 0, 0, .25, .25, .25, .25, 0.5) = 1.
    """
    rho = (sigma - ONE) / sigma
    mean = share_skill * skill + share_capital * capital + share_market * market + share_ties * ties
    a, b, c, d = skill - mean, capital - mean, market - mean, ties - mean
    spread = share_skill * a * a + share_capital * b * b + share_market * c * c + share_ties * d * d
    near = mean + f32(0.5) * rho * spread
    safe = rho if abs(rho) > f32(0.02) else ONE
    total = share_skill * exponential(safe * a) + share_capital * exponential(safe * b)
    total = total + share_market * exponential(safe * c) + share_ties * exponential(safe * d)
    far = mean + logarithm(total) / safe
    return exponential(far if abs(rho) > f32(0.02) else near)


@rule
def market_access(development, price, remoteness, per_hour, logistics, channels, weight_channels):
    """Market an enterprise can reach: its sector's development, less distance, plus outside channels.  [E3]

    development * price * max(1 - per_hour * remoteness * (1 - logistics), 0.1) * (1 + weight_channels *
    channels). remoteness: hours; logistics: 0..1, share of the distance that logistics bridge; channels:
    destination ties, 0..1. Source: Li 2025 (e-commerce needs logistics); form assumption.
    market_access(1, 1, 0, 0.1, 0, 0, 0.5) = 1.
    """
    distance = max(ONE - per_hour * remoteness * (ONE - clip(logistics, ZERO, ONE)), f32(0.1))
    return development * price * distance * (ONE + weight_channels * channels)


@rule
def monthly_profit(scale, productivity, luck, rent, tax_rate, tax_cut):
    """Owner's monthly profit before interest.  [E4]

    p - tax_rate * (1 - tax_cut) * max(p, 0), with p = scale * productivity * luck - rent, yuan a month.
    rent: 0 while rent-free. Source: model.md 3e; scale assumption. monthly_profit(5000, 1, 1, 500, 0, 0) = 4500.
    """
    profit = scale * productivity * luck - rent
    return profit - tax_rate * (ONE - clip(tax_cut, ZERO, ONE)) * max(profit, ZERO)


@rule
def jobs_offered(mean, productivity, elasticity, luck, u):
    """Jobs an enterprise offers: a whole number, right-skewed.  [E5]

    floor(mean * productivity^elasticity * luck + u), u uniform in [0, 1), at most 200. Source: level targets
    Z5; skew model.md 3e. jobs_offered(2, 1, 1, 1, 0.5) = 2.
    """
    return min(np.floor(mean * exponential(elasticity * logarithm(productivity)) * luck + u), f32(200))


@rule
def exit_hazard(base, bump, age, peak, productivity, elasticity, aftercare):
    """Monthly hazard that an enterprise closes.  [E6]

    (base + bump * (age / peak) * exp(1 - age / peak)) * productivity^-elasticity * (1 - aftercare), at most 1.
    age, peak: months; aftercare: 0..0.9. Source: hazard highest in years 3 to 7, mode 3 (SAIC 2013); form
    assumption. exit_hazard(0.01, 0.01, 36, 36, 1, 0.5, 0) = 0.02.
    """
    ratio = age / peak
    hazard = (base + bump * ratio * exponential(ONE - ratio)) * exponential(-elasticity * logarithm(productivity))
    return clip(hazard * (ONE - clip(aftercare, ZERO, f32(0.9))), ZERO, ONE)


@rule
def credit_chance(
    level, collateral, certificate, guarantee, defaulted, weight_collateral, weight_certificate, weight_default
):
    """Chance that a formal loan is granted.  [E7]

    logistic(level + weight_collateral * collateral + weight_certificate * certificate + guarantee -
    weight_default * defaulted). collateral: own funds / need, held to 1; certificate, defaulted: 0 or 1;
    guarantee: log odds added by instruments. Source: loan frictions (Dabie survey: no guarantor 26 %, no
    collateral 20 %); weights assumption. credit_chance(0, 0, 0, 0, 0, 1, 1, 1) = 0.5.
    """
    odds = level + weight_collateral * collateral + weight_certificate * certificate + guarantee
    return logistic(odds - weight_default * defaulted)


@rule
def kin_credit(most, home_ties):
    """What kin can lend: yuan, in proportion to home ties.  [E8]

    most * home_ties. Source: kin are 13.5 % of preferred start-up money (survey); level assumption.
    kin_credit(20000, 0.5) = 10000.
    """
    return most * home_ties


@rule
def idea_strength(skill, experience, peers, effect, weight_skill, weight_experience, weight_peers):
    """How good an idea for an enterprise a worker has.  [E9]

    weight_skill * skill + weight_experience * experience + weight_peers * peers + effect. experience: years
    away or migrations, scaled to 0..1; peers: owners' share, own and neighbouring villages; effect:
    permanent. Source: Demurger and Xu 2011 (experience); weights assumption. idea_strength(1, 0, 0, 0, 1, 1, 1) = 1.
    """
    return weight_skill * skill + weight_experience * experience + weight_peers * peers + effect


@rule
def entry_chance_gated(capital_ratio, idea, threshold):
    """Whether entry is possible when every condition must hold: 1 or 0.  [E10]

    1 if capital_ratio >= 1 and idea >= threshold, else 0 (premises are rationed apart). capital_ratio:
    funds raised / entry capital. Source: model.md 3e. entry_chance_gated(1, 0.5, 0.4) = 1.
    """
    enough = ONE if capital_ratio >= ONE else ZERO
    return enough if idea >= threshold else ZERO


@rule
def entry_chance_smooth(capital_ratio, idea, threshold, steepness):
    """Chance of entry when strengths compensate for one another.  [E11]

    logistic(steepness * (min(capital_ratio, 2) - 1 + idea - threshold)). Used when `entry_gate` is off.
    Source: smooth alternative to [E10]. entry_chance_smooth(1, 0.4, 0.4, 4) = 0.5.
    """
    return logistic(steepness * (min(capital_ratio, f32(2)) - ONE + idea - threshold))


@rule
def believed_survival(prior, aftercare):
    """Share of the planning horizon an enterprise is believed to survive.  [E12]

    1 - prior * (1 - aftercare). prior: believed share lost to failure, 0..1. Source: assumption.
    believed_survival(0.3, 0.5) = 0.85.
    """
    return ONE - prior * (ONE - clip(aftercare, ZERO, ONE))
