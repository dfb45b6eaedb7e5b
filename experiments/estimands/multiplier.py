"""How much more a set of factors does together than apart, on the scales that a sceptic asks for.

The last axis of `v` holds the mean values of the 2**k cells of a full factorial (`experiments.estimands.factorial`),
in persons or, where a function says shares, as a share of the cohort. Functions of means take any leading axes and
do not judge; those of replicates, float64[R, 2**k], give the number with its interval and a note that says why it is
missing, in the words of the tables.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from scipy.special import logit

from experiments.estimands.estimate import Estimate
from experiments.estimands.factorial import members, singles
from experiments.estimands.ratios import fieller
from experiments.estimands.resample import Sample, interval

Scale = Literal["cloglog", "logit"]
MISSING = Estimate(np.nan, np.nan, np.nan)
UNBOUNDED = "interval not bounded"


def effect(v: np.ndarray, mask: int) -> np.ndarray:
    """v(S) - v(none)."""
    return v[..., mask] - v[..., 0]


def single_effects(v: np.ndarray, mask: int) -> np.ndarray:
    """The effect of each factor of S alone, float64[..., |S|]."""
    return v[..., singles(mask)] - v[..., :1]


def sum_of_singles(v: np.ndarray, mask: int) -> np.ndarray:
    """The sum over i in S of effect({i})."""
    return single_effects(v, mask).sum(axis=-1)


def excess(v: np.ndarray, mask: int) -> np.ndarray:
    """effect(S) - sum of single effects, in the outcome's unit."""
    return effect(v, mask) - sum_of_singles(v, mask)


def ratio(v: np.ndarray, mask: int) -> np.ndarray:
    """M(S) = effect(S) / sum of single effects; NaN where the sum is 0."""
    return divide(effect(v, mask), sum_of_singles(v, mask))


def scale_control(shares: np.ndarray, mask: int, scale: Scale) -> np.ndarray:
    """The multiplier on a scale on which additive hazards, or additive utility, have none; NaN for shares of 0 or 1.

    (g(v(S)) - g(v(none))) / sum over i of (g(v(i)) - g(v(none))), with g(p) = ln(-ln(1 - p)) for what has ever
    happened by t (`cloglog`), ln(p / (1 - p)) for what is so at t (`logit`).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = np.log(-np.log1p(-np.asarray(shares, float))) if scale == "cloglog" else logit(shares)
    return ratio(np.where(np.isfinite(scaled), scaled, np.nan), mask)


def bliss(shares: np.ndarray, mask: int) -> np.ndarray:
    """The share that S has if its factors reach people independently of one another.

    v(none) + (1 - v(none)) (1 - product over i in S of (1 - p_i)), p_i = effect({i}) / (1 - v(none)). For shares with
    effects of at least 0. Source: Bliss 1939.
    """
    rest = 1.0 - shares[..., 0]
    missed = np.prod(1.0 - divide(single_effects(shares, mask), rest[..., None]), axis=-1)
    return shares[..., 0] + rest * (1.0 - missed)


def bliss_excess(shares: np.ndarray, mask: int) -> np.ndarray:
    """The share of S less the share that `bliss` predicts."""
    return shares[..., mask] - bliss(shares, mask)


def multiplier(
    values: np.ndarray, mask: int, groups: np.ndarray | None = None, names: Sequence[str] = ()
) -> tuple[Estimate, str]:
    """The ratio of mean effects with Fieller's interval.

    A number only where every single effect is above 0 beyond its interval; otherwise the excess stands alone.
    """
    values, groups = complete(values, groups)
    if note := not_positive(values, mask, groups, names):
        return MISSING, note
    found = fieller(effect(values, mask), sum_of_singles(values, mask), groups)
    return found, bounded(found)


def scaled_multiplier(
    shares: np.ndarray, mask: int, scale: Scale, groups: np.ndarray | None = None, names: Sequence[str] = ()
) -> tuple[Estimate, str]:
    """`scale_control` of shares float64[R, 2**k] with its interval; a number only where `multiplier` is one."""
    shares, groups = complete(shares, groups)
    mean = shares.mean(axis=0)[[0, *singles(mask), mask]]
    if (mean <= 0).any() or (mean >= 1).any():
        return MISSING, "a share is 0 or 1: the scale has no value there"
    if note := not_positive(shares, mask, groups, names):
        return MISSING, note
    found = interval(shares, lambda v: scale_control(v, mask, scale), groups)
    return found, bounded(found)


def bliss_estimates(shares: np.ndarray, mask: int, groups: np.ndarray | None = None) -> tuple[Estimate, Estimate, str]:
    """`bliss` and `bliss_excess` of shares float64[R, 2**k] with their intervals."""
    shares, groups = complete(shares, groups)
    mean = shares.mean(axis=0)
    if not len(shares) or mean[0] >= 1:
        return MISSING, MISSING, "nobody is left to reach"
    if (single_effects(mean, mask) < 0).any():
        return MISSING, MISSING, "a single effect is below 0"
    predicted, beyond = (interval(shares, lambda v, f=f: f(v, mask), groups) for f in (bliss, bliss_excess))
    return predicted, beyond, ""


def sham(values: np.ndarray) -> np.ndarray:
    """More of the same instead of more instruments: what a k-fold dose does to a dose's effect.

    values float64[..., 1 + 2k]: v(none), each of k instruments alone, each alone at k times its dose, capacity,
    budget and eligibility. Gives float64[..., 1 + k]: sum of effect_i(k) / k over sum of effect_i(1), then
    effect_i(k) / (k effect_i(1)) for each. A package whose multiplier is no larger than this owes it to its size.
    """
    effects = values[..., 1:] - values[..., :1]
    k = effects.shape[-1] // 2
    once, more = effects[..., :k], effects[..., k:] / k
    whole = divide(more.sum(axis=-1), once.sum(axis=-1))
    return np.concatenate([whole[..., None], divide(more, once)], axis=-1)


def sham_estimates(
    values: np.ndarray, groups: np.ndarray | None = None, names: Sequence[str] = ()
) -> tuple[Estimate, str]:
    """`sham` of float64[R, 1 + 2k] with its intervals, arrays of 1 + k; numbers only where the single effects are."""
    values, groups = complete(values, groups)
    k = values.shape[1] // 2
    once = np.zeros((len(values), 2**k))
    once[:, [0, *singles(2**k - 1)]] = values[:, : k + 1]
    if note := not_positive(once, 2**k - 1, groups, names):
        missing = np.full(1 + k, np.nan)
        return Estimate(missing, missing, missing), note
    return interval(values, sham, groups), ""


def not_positive(values: np.ndarray, mask: int, groups: np.ndarray | None = None, names: Sequence[str] = ()) -> str:
    """Why a ratio to the sum of single effects is no number, or an empty note; `names` are those of all factors."""
    if Sample(values, groups).count < 2:
        return "one replicate: no interval"
    alone = interval(values, lambda v: single_effects(v, mask), groups)
    factors = [b for b, low in zip(members(mask), alone.low, strict=True) if not low > 0]
    doubtful = ", ".join(names[b] if names else f"factor {b + 1}" for b in factors)
    return f"effect of {doubtful} alone not above 0" if doubtful else ""


def estimate(
    values: np.ndarray, statistic: Callable[[np.ndarray, int], np.ndarray], mask: int, groups: np.ndarray | None = None
) -> Estimate:
    """A statistic of means and mask, such as `effect` or `excess`, with its interval."""
    return interval(values, lambda v: statistic(v, mask), groups)


def complete(values: np.ndarray, groups: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """The replicates without a NaN."""
    values = np.asarray(values, float)
    known = ~np.isnan(values).any(axis=1)
    return values[known], None if groups is None else np.asarray(groups)[known]


def bounded(found: Estimate) -> str:
    """The note of an estimate: empty, or that its interval is not bounded."""
    return UNBOUNDED if np.isnan(found.low) else ""


def divide(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """top / bottom, NaN where bottom is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom == 0, np.nan, np.divide(top, bottom))
