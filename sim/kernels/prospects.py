"""What a worker expects of a job at home and of an enterprise: the parts of a decision."""

import numpy as np

from sim.arithmetic import HALF, ONE, ZERO, f32, u32, whole
from sim.compilation import phase
from sim.draws import Purpose, draw_four, moment_of
from sim.kernels.eligibility import for_sector, person_lever
from sim.kernels.luck import L_SECTOR
from sim.policy import PersonChannel
from sim.rules.decision import (
    believed_chance,
    chance_over_horizon,
    discouraged,
    local_pay,
    mixed_income,
    normal_like,
    peer_pull,
    peer_pull_smooth,
    skilled_share_of_search,
)
from sim.rules.enterprise import (
    believed_survival,
    ces_normalised,
    credit_chance,
    entry_chance_gated,
    entry_chance_smooth,
    idea_strength,
    kin_credit,
    market_access,
    monthly_profit,
    relative_input,
)
from sim.state import DEFAULTED, GRADE_MASK

u8, u16, i64 = np.uint8, np.uint16, np.int64
PERSON_ENTERPRISE = u32(Purpose.PERSON_ENTERPRISE)
C_GRANT = i64(PersonChannel.GRANT)
C_TRUTH, C_FRESH = i64(PersonChannel.TRUTH), i64(PersonChannel.FRESHNESS)
C_LOAN, C_CAP = i64(PersonChannel.LOAN_CHANCE), i64(PersonChannel.LOAN_CAP)
C_FREE, C_TAX, C_CARE = i64(PersonChannel.RENT_FREE), i64(PersonChannel.TAX_CUT), i64(PersonChannel.AFTERCARE)


@phase
def person_effect(month, village_key, place, generation, purpose, key, deviation):
    """A permanent effect of a person, approximately normal (rule U10)."""
    a, b, c, d = draw_four(month.population_seed, village_key, place, moment_of(generation, purpose), key)
    return normal_like(a, b, c, d, deviation)


@phase
def best_sector(month, county, luck, m, development):
    """The sector the worker would found in: development x price x profit x a permanent taste."""
    best, choice = ZERO, 0
    for s in range(development.shape[1]):
        score = development[county, s] * month.price[s] * month.sector_profit[s] * (HALF + luck[L_SECTOR + s, m])
        if score > best:
            best, choice = score, s
    return choice


@phase
def loan_terms(i, village, people, levers, p, need, own, held):
    """Chance of a formal loan and its cap in yuan, with the instruments among the bits `held`."""
    e = p.enterprise
    certificate = ONE if (people.qualification[i] & u8(GRADE_MASK)) != u8(0) else ZERO
    defaulted = ONE if (people.flags[i] & u16(DEFAULTED)) != u16(0) else ZERO
    collateral = min(own / max(need, ONE), ONE)
    guarantee = e.loan_level + person_lever(i, village, people, levers, C_LOAN, held)
    chance = credit_chance(
        ZERO, collateral, certificate, guarantee, defaulted, e.loan_collateral, e.loan_certificate, e.loan_default
    )
    return chance, e.loan_cap + person_lever(i, village, people, levers, C_CAP, held)


@phase
def finance(i, village, people, levers, p, need, held):
    """What the worker could put into an enterprise, whole yuan: own, kin, grant, chance of a loan, the loan.

    Wanted is `desired_scale` times the entry capital; kin fill up to the entry capital, a loan up to what is
    wanted or its cap.
    """
    e = p.enterprise
    want = e.desired_scale * need
    own = whole(min(e.own_share * f32(people.savings[i]), want))
    grant = whole(person_lever(i, village, people, levers, C_GRANT, held))
    kin = whole(min(kin_credit(e.kin_most, people.home_ties[i]), max(need - own - grant, ZERO)))
    chance, cap = loan_terms(i, village, people, levers, p, need, own, held)
    loan = whole(min(max(want - own - kin - grant, ZERO), cap))
    return own, kin, grant, chance, loan


@phase
def productivity_of(i, people, p, capital, development, price, remoteness, logistics):
    """Productivity of worker i with some capital in a sector (rules E1 to E3)."""
    e = p.enterprise
    ties = people.home_ties[i]
    market = market_access(
        development, price, remoteness, e.market_per_hour, logistics, people.destination_ties[i], e.channel_weight
    )
    sigma = e.sigma if p.mechanisms.enterprise_complementarity > ZERO else f32(1e6)
    return ces_normalised(
        relative_input(people.skill[i], e.mean_skill),
        relative_input(capital, e.mean_capital),
        relative_input(market, e.mean_market),
        relative_input(ties, e.mean_ties),
        e.share_skill,
        e.share_capital,
        e.share_market,
        e.share_ties,
        sigma,
    )


@phase
def idea_of(i, people, p, owner_share, effect):
    """Strength of the worker's idea (rule E9); effect: the permanent one."""
    e = p.enterprise
    experience = min(f32(people.migrations[i]) / p.decision.experience_span, ONE)
    return idea_strength(
        people.skill[i], experience, owner_share, effect, e.idea_skill, e.idea_experience, e.idea_peers
    )


@phase
def enterprise_prospect(i, village, county, sector, g, people, levers, month, p, development, peers, idea_effect):
    """Expected monthly income of founding in a sector, and the chance that entry is possible."""
    e = p.enterprise
    held = for_sector(people.known[i], sector, levers)
    need = month.entry_capital[sector]
    own, kin, grant, chance, loan = finance(i, village, people, levers, p, need, held)
    possible = (own + kin + grant + loan) / need
    expected = own + kin + grant + chance * loan
    idea = idea_of(i, people, p, peers, idea_effect)
    if p.mechanisms.entry_gate > ZERO:
        entry = entry_chance_gated(possible, idea, e.idea_threshold)
    else:
        entry = entry_chance_smooth(expected / need, idea, e.idea_threshold, e.entry_steepness)
    q = productivity_of(
        i,
        people,
        p,
        expected,
        development[county, sector],
        month.price[sector],
        g.remoteness[village],
        month.logistics[county],
    )
    rent = e.rent if month.needs_premises[sector] != u8(0) else ZERO
    rent = ZERO if person_lever(i, village, people, levers, C_FREE, held) > ZERO else rent
    scale = e.profit_scale * month.sector_profit[sector]
    tax_cut = person_lever(i, village, people, levers, C_TAX, held)
    profit = monthly_profit(scale, q, ONE, rent, e.tax_rate, tax_cut)
    care = person_lever(i, village, people, levers, C_CARE, held)
    return profit * believed_survival(e.survival_prior, care), entry


@phase
def peers_around(p, returned_own, returned_near, owner_own, owner_near, failure_own, failure_near):
    """Pull of peers from shares in the own and the neighbouring villages (rules U6, U7)."""
    d, w = p.decision, p.decision.peer_own_weight
    share = w * returned_own + (ONE - w) * returned_near
    success = w * owner_own + (ONE - w) * owner_near
    failure = w * failure_own + (ONE - w) * failure_near
    switch = p.mechanisms.peer_feedback
    if p.mechanisms.peer_threshold > ZERO:
        return d.peer_weight * peer_pull(
            share, success, failure, d.peer_threshold, d.peer_width, d.peer_failure, switch
        )
    slope = HALF / d.peer_threshold
    return d.peer_weight * peer_pull_smooth(share, success, failure, slope, d.peer_failure, switch)


@phase
def qualified(i, people, p):
    """1 if the worker may take skilled jobs: certified, or (gate off) skilled enough; else 0."""
    certified = (people.qualification[i] & u8(GRADE_MASK)) != u8(0)
    open_gate = (p.mechanisms.certificate_gate == ZERO) & (people.skill[i] >= p.human_capital.skilled_bar)
    return ONE if certified | open_gate else ZERO


@phase
def job_prospect(i, village, county, people, levers, month, p, wage_factor, finding, power):
    """Believed chance over the search horizon and expected pay of a job at home, yuan a month."""
    d = p.decision
    held = people.known[i]
    truth = d.truth_weight + person_lever(i, village, people, levers, C_TRUTH, held)
    fresh = d.freshness + person_lever(i, village, people, levers, C_FRESH, held)
    lag = i64(d.information_lag)
    rejections = f32(people.rejections[i])
    basic = believed_chance(finding[county, 0, 0], finding[county, 0, lag], fresh, truth, d.prior_chance)
    skilled = believed_chance(finding[county, 1, 0], finding[county, 1, lag], fresh, truth, d.prior_chance)
    share = skilled_share_of_search(skilled, basic, p.market.skilled_premium, qualified(i, people, p))
    chance = discouraged(mixed_income(share, skilled, basic), rejections, d.rejection_weight)
    pay_basic = local_pay(month.wage_local, wage_factor, power, ZERO)
    pay_skilled = local_pay(month.wage_local, wage_factor, power, p.market.skilled_premium)
    return chance_over_horizon(chance, d.search_horizon), mixed_income(share, pay_skilled, pay_basic), share


@phase
def job_sector(county, tier, u, month):
    """The sector in which a worker applies: in proportion to last month's vacancies."""
    s = 0
    while s < month.open_cumulative.shape[2] - 1 and u >= month.open_cumulative[county, tier, s]:
        s += 1
    return s
