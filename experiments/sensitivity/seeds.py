"""How many seeds an estimate needs: how its spread and its interval settle as seeds are added.

From the seeds that were run, samples of n are drawn with replacement (keyed, so always the same ones). For each n:
the half width of the 95 % interval that n seeds give, its middle and its 95 % band over the samples; and the
coefficient of variation of the answer over seeds with its band, whose settling says when the spread itself is known
(Lee et al. 2015, JASSS 18(4)4; Lorscheid et al. 2012). Seeds beyond those that were run follow from the half width
of all of them, which falls with the square root of their number.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np

from experiments.estimands import multiplier
from experiments.estimands.ratios import student
from experiments.estimands.resample import interval
from experiments.laboratory.factorial import Row
from experiments.sensitivity.responses import MULTIPLIER, STATISTICS, Responses
from sim.draws import stream_seed, uniforms

SEEDS = 32  # that are run, unless another number is asked for
SAMPLES = 200
FEW, MANY = 2, 10**12  # seeds that are ever said to be needed
FEWEST = 3  # seeds of the smallest sample
BAND = (0.5, 0.025, 0.975)
MOST = 0.25  # of the samples may have no number; else the middle is not told


def sizes(count: int) -> list[int]:
    """Numbers of seeds to look at: all up to 8, then by about a fifth more each time, the last all of them."""
    found = []
    n = min(FEWEST, count)
    while n < count:
        found.append(n)
        n = n + 1 if n < 8 else max(n + 1, math.ceil(1.2 * n))
    return [*found, count]


def rows(responses: Responses) -> Iterator[Row]:
    """How half width and coefficient of variation settle, for each outcome, horizon and quantity."""
    for key, _ in responses.each():
        cells = _known(responses.cells(key)[0])
        quantity = str(key["quantity"])
        for n in sizes(len(cells)) if len(cells) >= FEWEST else ():
            yield {**key, "seeds": n, **_settled(cells, quantity, n)}


def need_rows(responses: Responses, half_width: float | None, relative: float | None) -> Iterator[Row]:
    """The answer of all seeds with its interval, and the seeds that the asked half width takes."""
    for key, _ in responses.each():
        cells = _known(responses.cells(key)[0])
        statistic, count = STATISTICS[str(key["quantity"])], len(cells)
        found = interval(cells, statistic)
        half = max(found.high - found.value, found.value - found.low)
        asked = half_width if relative is None else relative * abs(found.value)
        note = "" if half == half else "no number, or one seed: no interval"
        yield {
            **key,
            "seeds": count,
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "half_width": half,
            "asked": np.nan if asked is None else asked,
            "seeds_needed": np.nan if asked is None or not asked > 0 or half != half else _needed(half, asked, count),
            "note": note,
        }


def _needed(half: float, asked: float, count: int) -> int:
    """The least number whose interval is as narrow: half widths go with Student's t over the root of the number."""
    spread = half * math.sqrt(count) / student(count)

    def is_enough(n: int) -> bool:
        return student(n) * spread / math.sqrt(n) <= asked

    high = FEW
    while not is_enough(high) and high < MANY:
        high *= 2
    return bisect_left(range(high), True, lo=FEW, key=is_enough)


def _known(cells: np.ndarray) -> np.ndarray:
    """The seeds without a failure, float64[R, K]."""
    return cells[np.isfinite(cells).all(axis=1)]


def _settled(cells: np.ndarray, quantity: str, n: int) -> Row:
    """Half width and coefficient of variation of n seeds, over samples of them."""
    chosen = cells[_samples(len(cells), n)]  # [samples, n, K]
    value, each = _linear(chosen, quantity)
    spread = np.std(each, axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variation = spread / np.abs(value)
    half = student(n) * spread / np.sqrt(n)
    return {
        **dict(zip(("half_width", "half_low", "half_high"), _band(half), strict=True)),
        **dict(zip(("variation", "variation_low", "variation_high"), _band(variation), strict=True)),
    }


def _linear(chosen: np.ndarray, quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """A quantity of float64[samples, n, K], and what each seed adds to it, float64[samples, n].

    Of a ratio of means what a seed adds is linearised: (numerator - ratio x denominator) over the mean denominator.
    """
    means = chosen.mean(axis=1)
    value = STATISTICS[quantity](means)
    if quantity != MULTIPLIER:
        return value, STATISTICS[quantity](chosen)
    whole = chosen.shape[2] - 1
    added = multiplier.sum_of_singles(chosen, whole)
    rest = multiplier.effect(chosen, whole) - value[:, None] * added
    return value, multiplier.divide(rest, added.mean(axis=1)[:, None])


def _band(values: np.ndarray) -> Sequence[float]:
    """Middle and 95 % band; NaN where too many samples have no number."""
    known = values[np.isfinite(values)]
    if len(known) < (1 - MOST) * len(values):
        return (np.nan, np.nan, np.nan)
    return [float(one) for one in np.quantile(known, BAND)]


def _samples(count: int, n: int) -> np.ndarray:
    """Samples of n of `count` seeds, int64[samples, n]; of all seeds there is one, themselves."""
    if n == count:
        return np.arange(count)[None]
    places = np.arange(SAMPLES * n, dtype=np.uint32)
    units = uniforms(stream_seed(n, "replications"), places, 0, 0, 0).astype(float)
    return (units * count).astype(np.int64).reshape(SAMPLES, n)
