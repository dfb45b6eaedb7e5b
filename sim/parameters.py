"""The model's constants, grouped as the ODD groups them: names and types only.

Values, units, domains and sources stand in `scenarios/parameters.yaml`; the loader fills these tuples
as float32 and refuses a name that is missing on either side.
"""

from typing import NamedTuple

import numpy as np

from sim.packs import packed

Real = np.float32


@packed
class HumanCapital(NamedTuple):
    """Skill, certificates, health, earnings (ODD 3a)."""

    ceiling_base: Real
    ceiling_per_schooling: Real
    learning_away: Real
    learning_farm: Real
    learning_basic: Real
    learning_skilled: Real
    learning_owner: Real
    fade_idle: Real
    fade_age: Real
    fade_age_onset: Real
    fade_illness: Real
    spillover: Real
    schooling_bonus: Real
    unwilling_share: Real
    misfit_share: Real
    misfit_value: Real
    apply_chance: Real
    repeat_factor: Real
    certificate_base: Real
    certificate_per_credit: Real
    certificate_per_skill: Real
    certificate_next_grade: Real
    skilled_bar: Real
    power_per_schooling: Real
    power_per_skill: Real
    certificate_premium: Real
    age_peak: Real
    age_half_width: Real
    age_floor: Real
    health_loss: Real
    health_recovery: Real


@packed
class SocialCapital(NamedTuple):
    """Ties, belonging, awareness (ODD 3b)."""

    home_tie_growth: Real
    home_tie_decay: Real
    festival_visit: Real
    destination_tie_growth: Real
    destination_tie_decay: Real
    belonging_start: Real
    belonging_base: Real
    belonging_contact: Real
    belonging_work: Real
    belonging_exclusion: Real
    belonging_failure: Real
    contact_rate: Real
    own_village_weight: Real
    word_strength: Real
    official_chance: Real
    forgetting: Real


@packed
class Household(NamedTuple):
    """Life and household events, lay-offs (ODD 3c, 3g): exogenous to policy."""

    leave_base: Real
    leave_growth: Real
    leave_onset: Real
    ill_base: Real
    ill_onset: Real
    ill_slope: Real
    elder_base: Real
    elder_onset: Real
    elder_slope: Real
    elder_end: Real
    birth_base: Real
    birth_peak: Real
    birth_half_width: Real
    spouse_chance: Real
    layoff_away: Real
    layoff_basic: Real
    layoff_skilled: Real
    layoff_post: Real
    layoff_onset: Real
    layoff_slope: Real
    pull_preschool: Real
    pull_school: Real
    pull_elder: Real
    spouse_anchor: Real


@packed
class Decision(NamedTuple):
    """Random utility (ODD 3d)."""

    consider_base: Real
    consider_festival: Real
    income_weight: Real
    income_unit: Real
    home_tie_weight: Real
    destination_tie_weight: Real
    amenity_weight: Real
    belonging_weight: Real
    peer_weight: Real
    peer_threshold: Real
    peer_width: Real
    peer_failure: Real
    peer_own_weight: Real
    move_cost: Real
    move_distance_out: Real
    move_cost_per_hour: Real
    barrier_base: Real
    barrier_child: Real
    home_intercept: Real
    out_intercept: Real
    in_intercept: Real
    enterprise_intercept: Real
    search_intercept: Real
    place_deviation: Real
    enterprise_deviation: Real
    error_scale: Real
    nest_deviation: Real
    search_horizon: Real
    truth_weight: Real
    freshness: Real
    experience_span: Real
    information_lag: Real
    prior_chance: Real
    rejection_weight: Real
    unemployment_shield: Real
    laid_off_unemployment: Real
    risk_weight: Real


@packed
class Enterprise(NamedTuple):
    """Founding, running and losing an enterprise (ODD 3e)."""

    sigma: Real
    share_skill: Real
    share_capital: Real
    share_market: Real
    share_ties: Real
    mean_skill: Real
    mean_capital: Real
    mean_market: Real
    mean_ties: Real
    profit_scale: Real
    luck_deviation: Real
    rent: Real
    tax_rate: Real
    jobs_mean: Real
    jobs_elasticity: Real
    exit_base: Real
    exit_bump: Real
    exit_peak: Real
    exit_elasticity: Real
    exit_loss_factor: Real
    closing_value: Real
    desired_scale: Real
    own_share: Real
    kin_most: Real
    loan_cap: Real
    loan_level: Real
    loan_collateral: Real
    loan_certificate: Real
    loan_default: Real
    interest_rate: Real
    repayment_months: Real
    default_debt: Real
    default_ties: Real
    idea_skill: Real
    idea_experience: Real
    idea_peers: Real
    idea_deviation: Real
    idea_threshold: Real
    entry_steepness: Real
    survival_prior: Real
    channel_weight: Real
    market_per_hour: Real


@packed
class Market(NamedTuple):
    """Matching, wages, industry (ODD 3f)."""

    match_efficiency: Real
    match_elasticity: Real
    match_per_hour: Real
    seek_farm: Real
    seek_post: Real
    seek_upgrade: Real
    farm_underemployed_age: Real
    development_speed: Real
    agglomeration: Real
    agglomeration_threshold: Real
    agglomeration_width: Real
    skilled_labour: Real
    congestion: Real
    logistics: Real
    crowding: Real
    job_elasticity: Real
    displacement: Real
    wage_response: Real
    wage_speed: Real
    wage_low: Real
    wage_high: Real
    tightness_reference: Real
    vacancy_start: Real
    premises_slack: Real
    jobs_trend: Real
    demand_response: Real
    skilled_premium: Real
    failure_memory: Real
    office_friction: Real


@packed
class Money(NamedTuple):
    """Household money (ODD 3e, accounts)."""

    subsistence: Real
    consumption_share: Real
    farm_income: Real
    farm_land: Real
    farm_land_weight: Real
    search_income: Real
    post_wage: Real
    workshop_wage: Real


@packed
class Quality(NamedTuple):
    """Return quality (ODD outcomes)."""

    income_reference: Real
    good_bar: Real
    weight_income: Real
    weight_occupation: Real
    weight_social: Real


@packed
class Start(NamedTuple):
    """The first population and entrants (ODD, initialisation)."""

    skill_low: Real
    skill_spread: Real
    second_grade_share: Real
    high_grade_share: Real
    child_share: Real
    child_share_other: Real
    elder_share: Real
    elder_growth: Real
    prime_factor: Real
    skilled_job_share: Real
    months_spread: Real
    home_ties_away: Real
    home_ties_home: Real
    home_ties_spread: Real
    destination_ties_low: Real
    destination_ties_spread: Real
    belonging_low: Real
    belonging_spread: Real
    migrated_share: Real
    migrations_spread: Real
    return_gap: Real
    return_spread: Real
    income_before: Real
    savings_scale: Real
    workshop_share: Real
    enterprise_age: Real
    entrant_skill_low: Real
    entrant_skill_spread: Real
    entrant_home_ties: Real


@packed
class Mechanisms(NamedTuple):
    """Switches of the coded complementarities: 1 on, 0 off (its smooth or slack alternative)."""

    enterprise_complementarity: Real
    peer_feedback: Real
    peer_threshold: Real
    agglomeration: Real
    agglomeration_threshold: Real
    entry_gate: Real
    certificate_gate: Real
    job_rationing: Real
    premises_rationing: Real
    credit_rationing: Real
    training_rationing: Real
    skill_spillover: Real
    displacement: Real


@packed
class Parameters(NamedTuple):
    """All groups together."""

    human_capital: HumanCapital
    social_capital: SocialCapital
    household: Household
    decision: Decision
    enterprise: Enterprise
    market: Market
    money: Money
    quality: Quality
    start: Start
    mechanisms: Mechanisms
