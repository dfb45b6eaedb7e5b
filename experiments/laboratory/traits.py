"""Groups of the cohort by what its members were like in the month before the packages started.

Terciles and quartiles are of the cohort itself, each member counting once; equal values stay together, so a group
may be larger than its share.
"""

from typing import NamedTuple

import numpy as np

from sim.outcomes import AGE_BAND_STARTS, AGE_BANDS, HOUSEHOLDS, SEXES


class Grouping(NamedTuple):
    """A trait's groups, in order, and the group of each member."""

    trait: str
    groups: tuple[str, ...]
    code: np.ndarray  # int64[n]


def groupings(payload: dict[str, np.ndarray]) -> list[Grouping]:
    """Age, skill, savings, household, sex and remoteness of the cohort; from a payload with traits."""
    hours = payload["village_remoteness"][payload["person_village"]]
    bands = np.searchsorted(np.array(AGE_BAND_STARTS) * 12, payload["person_age"], side="right")
    return [
        Grouping("age", AGE_BANDS, bands),
        Grouping("skill", ("low", "middle", "high"), quantile_of(payload["person_skill"], 3)),
        Grouping("savings", ("first", "second", "third", "fourth"), quantile_of(payload["person_savings"], 4)),
        Grouping("household", HOUSEHOLDS, payload["person_household"].astype(np.int64)),
        Grouping("sex", SEXES, payload["person_male"].astype(np.int64)),
        Grouping("remoteness", ("near", "middle", "far"), quantile_of(hours, 3)),
    ]


def quantile_of(values: np.ndarray, parts: int) -> np.ndarray:
    """int64[n]: which of `parts` equal parts each value lies in, 0 the lowest."""
    if len(values) == 0:
        return np.zeros(0, np.int64)
    cuts = np.quantile(values.astype(np.float64), np.arange(1, parts) / parts)
    return np.searchsorted(cuts, values.astype(np.float64), side="left")
