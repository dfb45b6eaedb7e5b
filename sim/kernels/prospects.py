"""What a worker expects of a job at home and of an enterprise: from numbers alone, for one worker or for a loop."""

import numpy as np

from sim.arithmetic import HALF, ONE, ZERO, f32, u32, u64, whole
from sim.compilation import part, phase
from sim.draws import Purpose, draw_four, moment_of
from sim.kernels.eligibility import person_lever
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
from sim.rules.enterprise import ces_normalised, credit_chance, idea_strength, kin_credit, market_access, relative_input
from sim.state import DEFAULTED, GRADE_MASK

u8, u16, i64 = np.uint8, np.uint16, np.int64
PERSON_ENTERPRISE = u32(Purpose.PERSON_ENTERPRISE)
C_GRANT = i64(PersonChannel.GRANT)
C_LOAN, C_CAP = i64(PersonChannel.LOAN_CHANCE), i64(PersonChannel.LOAN_CAP)


@phase
def person_effect(month, village_key, place, generation, purpose, key, deviation):
    """A permanent effect of a person, approximately normal (rule U10)."""
    a, b, c, d = draw_four(month.population_seed, village_key, place, moment_of(generation, purpose), key)
    return normal_like(a, b, c, d, deviation)


@part
def funds(savings, home_ties, certificate, defaulted, need, grant, guarantee, more_loan, e):
    """What a worker could put into an enterprise, whole yuan: own, kin, grant, chance of a loan, the loan.

    certificate, defaulted: 0 or 1; grant, guarantee, more_loan: what instruments add. Wanted is `desired_scale`
    times the entry capital `need`; kin fill up to it, a loan up to what is wanted or its cap.
    """
    want = e.desired_scale * need
    own = whole(min(e.own_share * savings, want))
    given = whole(grant)
    kin = whole(min(kin_credit(e.kin_most, home_ties), max(need - own - given, ZERO)))
    collateral = min(own / max(need, ONE), ONE)
    chance = credit_chance(
        ZERO, collateral, certificate, e.loan_level + guarantee, defaulted, e.loan_collateral, e.loan_certificate,
        e.loan_default,
    )  # fmt: skip
    loan = whole(min(max(want - own - kin - given, ZERO), e.loan_cap + more_loan))
    return own, kin, given, chance, loan


@phase
def finance(i, village, people, levers, p, need, held):
    """The funds of worker i, with the instruments among the bits `held`."""
    certificate = ONE if (people.qualification[i] & u8(GRADE_MASK)) != u8(0) else ZERO
    defaulted = ONE if (people.flags[i] & u16(DEFAULTED)) != u16(0) else ZERO
    grant = person_lever(i, village, people, levers, C_GRANT, held)
    guarantee = person_lever(i, village, people, levers, C_LOAN, held)
    more = person_lever(i, village, people, levers, C_CAP, held)
    savings, ties = f32(people.savings[i]), people.home_ties[i]
    return funds(savings, ties, certificate, defaulted, need, grant, guarantee, more, p.enterprise)


@phase
def sigma_of(p):
    """The elasticity of substitution in force: without the mechanism, inputs are all but perfect substitutes."""
    return p.enterprise.sigma if p.mechanisms.enterprise_complementarity > ZERO else f32(1e6)


@part
def productivity(skill, capital, home_ties, away_ties, development, price, remoteness, logistics, e, sigma):
    """Productivity of a worker with some capital in a sector (rules E1 to E3)."""
    market = market_access(development, price, remoteness, e.market_per_hour, logistics, away_ties, e.channel_weight)
    return ces_normalised(
        relative_input(skill, e.mean_skill),
        relative_input(capital, e.mean_capital),
        relative_input(market, e.mean_market),
        relative_input(home_ties, e.mean_ties),
        e.share_skill,
        e.share_capital,
        e.share_market,
        e.share_ties,
        sigma,
    )


@part
def idea(skill, migrations, owner_share, effect, e, span):
    """Strength of a worker's idea (rule E9); effect: the permanent one; span: migrations that make experience full."""
    experience = min(migrations / span, ONE)
    return idea_strength(skill, experience, owner_share, effect, e.idea_skill, e.idea_experience, e.idea_peers)


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


@part
def may_take_skilled_jobs(grade, skill, open_gate, bar):
    """1 of the certified, and (gate open) of the skilled enough; else 0."""
    return ONE if (grade > ZERO) | (open_gate & (skill >= bar)) else ZERO


@part
def job_outlook(
    truth, fresh, basic, basic_before, skilled, skilled_before, may_take, rejections, wage, wage_factor, power,
    premium, d,
):  # fmt: skip
    """Believed chance over the search horizon, expected pay of a job at home in yuan a month, skilled share of search.

    truth, fresh: what instruments add to them; basic, skilled: true chances to find a job, last month and before.
    """
    true, new = d.truth_weight + truth, d.freshness + fresh
    chance_basic = believed_chance(basic, basic_before, new, true, d.prior_chance)
    chance_skilled = believed_chance(skilled, skilled_before, new, true, d.prior_chance)
    share = skilled_share_of_search(chance_skilled, chance_basic, premium, may_take)
    chance = discouraged(mixed_income(share, chance_skilled, chance_basic), rejections, d.rejection_weight)
    pay = mixed_income(share, local_pay(wage, wage_factor, power, premium), local_pay(wage, wage_factor, power, ZERO))
    return chance_over_horizon(chance, d.search_horizon), pay, share


@phase
def job_sector(county, tier, u, month):
    """The sector in which a worker applies: in proportion to last month's vacancies."""
    s, last, c, t = u64(0), u64(month.open_cumulative.shape[2] - 1), u64(county), u64(tier)
    while s < last and u >= month.open_cumulative[c, t, s]:
        s += u64(1)
    return s
