"""Household and life events (ODD sections 3c and 3g): hazards depend on exogenous traits only."""

import numpy as np

from sim.arithmetic import HALF, ONE, ZERO, exponential
from sim.compilation import rule

f32 = np.float32


@rule
def leaving_hazard(base, growth, age, onset):
    """Monthly hazard to leave the workforce for good (death, leaving the register).  [D1]

    base * exp(growth * max(age - onset, 0)): Gompertz's law of mortality beyond an onset. age, onset:
    years. Source: Gompertz form; level assumption. leaving_hazard(0.0005, 0.1, 40, 40) = 0.0005.
    """
    return base * exponential(growth * max(age - onset, ZERO))


@rule
def event_hazard(base, age, onset, slope):
    """Monthly hazard of illness, or of a parent coming to need care, rising with age.  [D2]

    base * (1 + slope * max(age - onset, 0)). age, onset: years; slope: per year. Source: assumption.
    event_hazard(0.002, 50, 40, 0.1) = 0.004.
    """
    return base * (ONE + slope * max(age - onset, ZERO))


@rule
def birth_hazard(base, age, peak, half_width):
    """Monthly hazard that a child is born to the household.  [D3]

    base * max(1 - ((age - peak) / half_width)^2, 0). age, peak, half_width: years. Source: assumption.
    birth_hazard(0.01, 27, 27, 10) = 0.01.
    """
    gap = (age - peak) / half_width
    return base * max(ONE - gap * gap, ZERO)


@rule
def layoff_hazard(base, age, onset, slope, shock):
    """Monthly hazard to be laid off.  [D4]

    base * (1 + slope * max(age - onset, 0)) + shock, at most 1. age, onset: years; shock: added hazard
    of a closure or a fall of demand. Source: model.md 3c (rising after 50); level assumption.
    layoff_hazard(0.01, 60, 50, 0.05, 0) = 0.015.
    """
    return min(base * (ONE + slope * max(age - onset, ZERO)) + shock, ONE)


@rule
def family_pull(preschool, school, elder, schooling_service, health_service, weight_school, weight_elder):
    """How strongly family draws a worker home, in units of utility before the spouse anchors.  [D5]

    preschool + weight_school * school * (1/2 + schooling_service) + weight_elder * elder * (1/2 +
    health_service). preschool: the weighted pull of a pre-school child; school, elder: 0 or 1; services
    0..1. Source: parameters.csv (children), signs configurable. family_pull(0, 1, 0, 0.5, 0.5, 0.6, 0.4) = 0.6.
    """
    child = preschool + weight_school * school * (HALF + schooling_service)
    return child + weight_elder * elder * (HALF + health_service)


@rule
def anchored(pull, spouse, anchor):
    """Family pull left when the spouse lives with the worker away.  [D6]

    pull * (1 - anchor * spouse). spouse: 0 or 1; anchor: 0..1. Source: NBS (spouse accompanies), size
    assumption. anchored(1, 1, 0.6) = 0.4.
    """
    return pull * (ONE - anchor * spouse)
