"""Skill, certificates, health and what they earn (ODD section 3a)."""

import numpy as np

from sim.arithmetic import ONE, ZERO, clip, exponential
from sim.compilation import rule

f32 = np.float32


@rule
def skill_ceiling(schooling, base, per_year):
    """Skill that learning by doing can reach.  [H1]

    ceiling = min(1, base + per_year * schooling). schooling: years, 0..19; base, per_year: skill.
    Source: assumption (schooling raises the ceiling, model.md 3a). skill_ceiling(9, 0.3, 0.04) = 0.66.
    """
    return min(base + per_year * schooling, ONE)


@rule
def skill_next(skill, ceiling, learning_rate, fade_rate, spillover):
    """Skill after a month of learning by doing, fading and spillover from returnees.  [H2]

    skill + learning_rate * max(ceiling - skill, 0) - fade_rate * skill + spillover, held in 0..1.
    rates: per month; spillover: skill a month. Source: assumption (form); model.md 3a (direction).
    skill_next(0.5, 0.7, 0.01, 0, 0) = 0.502.
    """
    grown = skill + learning_rate * max(ceiling - skill, ZERO) - fade_rate * skill + spillover
    return clip(grown, ZERO, ONE)


@rule
def fade_rate(idle_rate, age_rate, age, onset, health, illness_rate):
    """Monthly rate at which skill fades: idleness, age beyond an onset, poor health.  [H3]

    idle_rate + age_rate * max(age - onset, 0) / 10 + illness_rate * (1 - health). age, onset: years;
    health: 0..1; rates: per month. Source: assumption. fade_rate(0.002, 0.001, 60, 50, 1, 0.01) = 0.003.
    """
    return idle_rate + age_rate * max(age - onset, ZERO) * f32(0.1) + illness_rate * (ONE - health)


@rule
def skill_spillover(rate, returnee_share, returnee_skill, skill, switch):
    """Skill the untrained pick up from returnees of their village.  [H4]

    switch * rate * returnee_share * max(returnee_skill - skill, 0). shares and skills: 0..1; rate: per
    month; switch: 0 or 1. Source: Li 2025 (knowledge spillover); size assumption.
    skill_spillover(0.02, 0.5, 0.6, 0.4, 1) = 0.002.
    """
    return switch * rate * returnee_share * max(returnee_skill - skill, ZERO)


@rule
def training_gain(gain, fit, skill, schooling, schooling_bonus):
    """Skill gained from one course.  [H5]

    gain * fit * (1 - skill) * max(1 + schooling_bonus * (schooling - 9) / 3, 0). gain: skill; fit: share
    of the content that fits, 0..1. Source: model.md 3a; interaction with schooling positive (parameters.csv,
    returns to training). training_gain(0.1, 1, 0.4, 9, 0.2) = 0.06.
    """
    bonus = max(ONE + schooling_bonus * (schooling - f32(9)) * f32(1 / 3), ZERO)
    return gain * fit * (ONE - skill) * bonus


@rule
def certificate_chance(base, per_credit, per_skill, credits, skill, added):
    """Chance that a course ends with a certificate of the next grade.  [H6]

    min(base + per_credit * credits + per_skill * skill + added, 1). credits: courses banked; added: by
    certification instruments. Source: assumption (form); level fitted to skilled stock (targets Z6).
    certificate_chance(0.05, 0.02, 0.1, 2, 0.5, 0) = 0.14.
    """
    return clip(base + per_credit * credits + per_skill * skill + added, ZERO, ONE)


@rule
def earning_power(schooling, skill, per_year, per_skill):
    """What a worker earns relative to one with 9 years of schooling and skill 0.3.  [H7]

    exp(per_year * (schooling - 9) + per_skill * (skill - 0.3)): Mincer's log-linear form (Mincer 1974).
    per_year, per_skill: log points. earning_power(9, 0.3, 0.04, 0.5) = 1.
    """
    return exponential(per_year * (schooling - f32(9)) + per_skill * (skill - f32(0.3)))


@rule
def age_factor(age, peak, half_width, floor):
    """How age scales what an employer away pays or whom he takes.  [H8]

    max(1 - ((age - peak) / half_width)^2, floor). age, peak, half_width: years; floor: 0..1. Source:
    assumption, hump as in Mincer profiles; ageing lowers outside work (NBS: mean age out 39).
    age_factor(38, 38, 30, 0.4) = 1.
    """
    gap = (age - peak) / half_width
    return max(ONE - gap * gap, floor)


@rule
def health_next(level, ill, loss, recovery):
    """Health level after a month, in steps of 0..15.  [H9]

    min(15, level + recovery), less `loss` steps if ill falls this month (ill is 0 or 1), never below 0.
    Source: assumption. health_next(15, 1, 6, 1) = 9.
    """
    return max(min(level + recovery, f32(15)) - loss * ill, ZERO)
