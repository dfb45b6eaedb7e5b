"""Quality of a return: three sub-indices kept apart, and a composite (ODD, outcomes)."""

import numpy as np

from sim.arithmetic import ONE, clip, logarithm, logistic
from sim.compilation import rule

f32 = np.float32


@rule
def income_growth(now, before):
    """Growth of income since before the return, log points.  [Q5]

    ln(max(now, 1) / max(before, 1)). now, before: yuan a month. Source: Li 2025 (income growth).
    income_growth(3000, 3000) = 0.
    """
    return logarithm(max(now, ONE) / max(before, ONE))


@rule
def income_index(growth, reference):
    """Income growth against the income before the return, 0..1: one half is no change.  [Q1]

    logistic(growth / reference). growth, reference: log points. Source: form assumption. income_index(0, 0.5) = 0.5.
    """
    return logistic(growth / reference)


@rule
def occupation_index(rung_now, rung_before):
    """Occupational step, 0..1: one half is no change.  [Q2]

    (rung_now - rung_before + 3) / 6. rungs: 0 farm or searching, 1 basic job or post, 2 skilled job, 3 owner.
    Source: Li 2025 (occupational upgrading); equal steps assumption. occupation_index(3, 1) = 5/6.
    """
    return (rung_now - rung_before + f32(3)) * f32(1 / 6)


@rule
def social_index(belonging, home_ties):
    """Social relations, 0..1: the mean of belonging and home ties.  [Q3]

    Source: Li 2025 (reconstruction of social relations); equal weights assumption. social_index(0.2, 0.6) = 0.4.
    """
    return clip((belonging + home_ties) * f32(0.5), f32(0), ONE)


@rule
def composite(income, occupation, social, weight_income, weight_occupation, weight_social):
    """Weighted composite of the three sub-indices, 0..1.  [Q4]

    sum of weight * index / sum of weights. composite(1, 0.5, 0, 1, 1, 1) = 0.5.
    """
    total = weight_income + weight_occupation + weight_social
    return (weight_income * income + weight_occupation * occupation + weight_social * social) / total
