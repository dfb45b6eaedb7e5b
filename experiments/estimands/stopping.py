"""When there are replicates enough: until the interval of the chosen estimand is as narrow as asked.

Looked at a few times only, each with more replicates than the last, because an interval that is looked at often
enough is narrow by chance. A fixed-width rule covers as said when the width asked is small (Chow and Robbins 1965);
the floor keeps it from stopping on a lucky first few. What it covers here: tests/studies/test_coverage.py.
"""

import math
from typing import NamedTuple

from experiments.estimands.estimate import Estimate


class Rule(NamedTuple):
    """A floor and a ceiling of replicates, and between them the half width to reach."""

    half_width: float  # in the estimand's unit, or as a share of its value
    is_relative: bool = False
    floor: int = 16
    ceiling: int = 256
    growth: float = 2.0  # at most so many times the replicates at the next look; above 1

    def is_met(self, estimate: Estimate) -> bool:
        """Whether the wider side of the interval is as narrow as asked; never while a bound is missing."""
        return width_ratio(self, estimate) <= 1


def width_ratio(rule: Rule, estimate: Estimate) -> float:
    """The wider half of the interval over the half width asked; infinite while a bound is missing."""
    asked = rule.half_width * (abs(estimate.value) if rule.is_relative else 1.0)
    half = max(estimate.high - estimate.value, estimate.value - estimate.low)
    if math.isnan(estimate.low + estimate.high + estimate.value):
        return math.inf
    return half / asked if asked > 0 else math.inf if half > 0 else 0.0


def next_replicates(rule: Rule, estimate: Estimate | None, replicates: int) -> int:
    """How many replicates to have at the next look; as many as there are means stop.

    At first the floor. Then what the present interval promises (half widths go with one over the root of the
    number), at least an eighth more and at most `growth` times as many, and never more than the ceiling.
    """
    if estimate is None or replicates < rule.floor:
        return max(rule.floor, replicates)
    if replicates >= rule.ceiling or rule.is_met(estimate):
        return replicates
    most = math.ceil(rule.growth * replicates)
    promised = min(replicates * width_ratio(rule, estimate) ** 2, most)
    return min(max(math.ceil(promised), replicates + math.ceil(replicates / 8)), most, rule.ceiling)
