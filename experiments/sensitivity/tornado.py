"""One parameter at a time: what the answer becomes at each end of its range, the others as the place has them."""

from collections.abc import Iterator, Sequence

import numpy as np

from experiments.estimands.resample import interval
from experiments.laboratory.factorial import Row, groups_of
from experiments.laboratory.ranges import Range
from experiments.laboratory.worlds import Replicate
from experiments.sensitivity.responses import STATISTICS, Responses

ENDS = ("low", "high")


def points(ranges: Sequence[Range]) -> list[dict[str, object]]:
    """The place as it is, then the low and the high end of each parameter."""
    return [{}, *({one.key: float(end)} for one in ranges for end in (one.low, one.high))]


def rows(responses: Responses, ranges: Sequence[Range], replicates: Sequence[Replicate]) -> Iterator[Row]:
    """The answer at both ends of every parameter, and how far that is from the base, paired by replicate."""
    groups = groups_of(replicates)
    for key, answer in responses.each():
        cells = responses.cells(key)
        for p, one in enumerate(ranges):
            for e, end in enumerate(ENDS):
                place = 1 + 2 * p + e
                value, low, high = _difference(cells[0], cells[place], str(key["quantity"]), groups)
                yield {
                    **key,
                    "parameter": one.key,
                    "end": end,
                    "setting": (one.low, one.high)[e],
                    "base": float(answer[0]),
                    "value": float(answer[place]),
                    "difference": value,
                    "low": low,
                    "high": high,
                    "note": "" if value == value else "no number at the base or here",
                }


def differences(responses: Responses, ranges: Sequence[Range]) -> Iterator[float]:
    """How far the answer at each end is from the base, in the order of `rows`."""
    for _, answer in responses.each():
        yield from (float(one - answer[0]) for one in answer[1 : 1 + len(ENDS) * len(ranges)])


def _difference(
    base: np.ndarray, other: np.ndarray, quantity: str, groups: np.ndarray | None
) -> tuple[float, float, float]:
    """A quantity at a point less that at the base, with its interval; float64[R, K] each, paired."""
    count = base.shape[1]

    def statistic(mean: np.ndarray) -> np.ndarray:
        return STATISTICS[quantity](mean[..., count:]) - STATISTICS[quantity](mean[..., :count])

    found = interval(np.concatenate([base, other], axis=1), statistic, groups)
    return float(found.value), float(found.low), float(found.high)
