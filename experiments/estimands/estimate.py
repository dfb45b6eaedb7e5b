"""A number with its interval."""

from typing import NamedTuple


class Estimate(NamedTuple):
    """A point estimate with its 95 % interval; all NaN where it is not identified, the bounds where unbounded."""

    value: float
    low: float
    high: float
