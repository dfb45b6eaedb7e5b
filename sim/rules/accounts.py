"""Household money in whole yuan (ODD, accounts)."""

import numpy as np

from sim.arithmetic import ZERO, whole
from sim.compilation import rule

f32 = np.float32


@rule
def consumption(income, subsistence, share):
    """Planned consumption of a month, whole yuan.  [A1]

    round(subsistence + share * max(income - subsistence, 0)). Source: Keynesian consumption with a subsistence
    level (Stone 1954); sizes assumption. consumption(3000, 1000, 0.5) = 2000.
    """
    return whole(subsistence + share * max(income - subsistence, ZERO))


@rule
def interest_due(debt, yearly_rate, cut):
    """Interest of a month, whole yuan.  [A2]

    round(debt * max(yearly_rate - cut, 0) / 12). debt: yuan. interest_due(12000, 0.06, 0.01) = 50.
    """
    return whole(debt * max(yearly_rate - cut, ZERO) * f32(1 / 12))


@rule
def principal_due(debt, months):
    """Repayment of a month, whole yuan: a fixed share, at least 100 yuan, never more than the debt.  [A3]

    min(max(round(debt / months), 100), debt). principal_due(36000, 36) = 1000.
    """
    return min(max(whole(debt / months), f32(100)), debt)
