"""Mechanism excess: what a package's multiplier owes to the coded mechanisms, beyond the curve of a probability.

M_on(S) - M_null(S). The null world has all mechanism switches off, intercepts re-tuned so that v(none) is that of
the world as it is, and one dose factor per instrument so that each single effect is. The tuning has sampling error
like everything else, so it is done again within every resample: the intercept and the doses on interpolated curves,
the package at the re-fitted tuning by a local linear model. Source: the project's definition.

What has to be run, for one outcome at one horizon and one package S of k instruments, in the same replicates as the
world `on` (float64[R, 2**k], the factorial of S alone: `factorial.within`):

    1. the null's v(none) at some intercept shifts;                    tuned_shift = fit(shifts, v(none), v_on(none))
    2. at that shift, each instrument alone at some doses, from 0 up;  tuned = fit(doses, effects, effects_on)
    3. the shift and the doses so found, run too and added to the curves (which are exact there), again from 1 until
       `gaps` are within TOLERANCE;
    4. the package at the tuned doses, and at doses a little off, one moved at a time: up, or up and down;
    5. where the shift is to be re-fitted as well: v(none), the singles and the package at the tuned doses, with the
       shift moved a little.

A `Null` holds what came out. `mechanism_excess` gives the estimates, `decompose` their Shapley values over groups of
switches.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from experiments.estimands import factorial, multiplier
from experiments.estimands.curves import crossing, interpolate
from experiments.estimands.estimate import Estimate
from experiments.estimands.resample import interval

TOLERANCE = 0.01  # of a single effect, and of v(none): how well a null has to match; the project's definition
fit = crossing  # fit(inputs[..., G], outputs[..., G], target[...]): the first input that gives the target, else NaN


class Shifts(NamedTuple):
    """The null's intercept: v(none) along it, and everything at a shift a little off. R replicates, k instruments."""

    shifts: np.ndarray  # float64[G], ascending, the tuned one among them
    baselines: np.ndarray  # float64[R, G], v(none) at each shift
    tuned: float
    moved: float  # a shift a little off
    at_moved: np.ndarray  # float64[R, k + 2]: v(none), each single at its tuned dose, the package


class Null(NamedTuple):
    """What was run of a null world, for one outcome and horizon. R replicates, k instruments, m moves."""

    doses: np.ndarray  # float64[k, D], factors of each instrument: ascending from 0, the tuned one among them
    singles: np.ndarray  # float64[R, k, D], each instrument alone at each of its doses (0: v(none))
    tuned: np.ndarray  # float64[k], the factors at which the package was run
    package: np.ndarray  # float64[R], the package at the tuned doses
    moves: np.ndarray  # float64[m, k], the doses off the tuned ones; k rows (up) or 2k (up and down)
    moved: np.ndarray  # float64[R, m], the package at those
    intercept: Shifts | None = None  # None: the shift is taken as known


class MechanismExcess(NamedTuple):
    """The estimates, and why one is missing. `persons` needs no ratio: effect_on(S) - effect_null(S)."""

    on: Estimate  # M_on(S)
    null: Estimate  # M_null(S)
    excess: Estimate  # M_on(S) - M_null(S)
    persons: Estimate  # in the outcome's unit
    note: str


def mechanism_excess(
    on: np.ndarray, null: Null, groups: np.ndarray | None = None, names: Sequence[str] = ()
) -> MechanismExcess:
    """The mechanism excess of the whole package, from on float64[R, 2**k] and the null in the same replicates."""
    whole = on.shape[-1] - 1
    values = np.concatenate([on, _flat(null)], axis=1)
    values, groups = multiplier.complete(values, groups)
    k = len(null.tuned)
    doubtful = multiplier.not_positive(values[:, : whole + 1], whole, groups, names)
    found = interval(values, partial(_numbers, null=null), groups)
    estimates = [Estimate(*(float(bound[n]) for bound in found)) for n in range(4)]
    lost = unmatched(values.mean(axis=0)[: whole + 1], _means(null, values.mean(axis=0)[whole + 1 :]))
    if lost:
        wanted = [(names[n] if names else f"factor {n + 1}") if n < k else "v(none)" for n in lost]
        note = f"not identified: nothing in the null gives {', '.join(wanted)}"
        return MechanismExcess(multiplier.MISSING if doubtful else estimates[0], *[multiplier.MISSING] * 3, note)
    if doubtful:
        return MechanismExcess(*[multiplier.MISSING] * 3, estimates[3], doubtful)
    return MechanismExcess(*estimates, multiplier.bounded(estimates[2]))


def decompose(on: np.ndarray, worlds: Sequence[Null | None], groups: np.ndarray | None = None) -> Estimate:
    """Shapley values of g groups of switches in M_on(S) - M_null(S), arrays of g; they add up to it.

    worlds[T] is the world in which only the groups of mask T are on, tuned as the null is; the last, with all on, is
    the world as it is: None.
    """
    parts = [np.zeros((len(on), 0)) if world is None else _flat(world) for world in worlds]
    cells = on.shape[1]
    ends = np.cumsum([cells, *(part.shape[1] for part in parts)])

    def shares(means: np.ndarray) -> np.ndarray:
        here, ratios = means[..., :cells], []
        for world, start, end in zip(worlds, ends[:-1], ends[1:], strict=True):
            if world is None:
                ratios.append(multiplier.ratio(here, cells - 1))
            else:
                ratios.append(_numbers(np.concatenate([here, means[..., start:end]], axis=-1), null=world)[..., 1])
        return factorial.shapley(np.stack(ratios, axis=-1))

    return interval(np.concatenate([on, *parts], axis=1), shares, groups)


def gaps(on: np.ndarray, null: Null) -> np.ndarray:
    """How far the null's means at the tuned doses are from what they have to match, as shares: each single effect,
    then v(none). float64[k + 1]."""
    means, off = on.mean(axis=0), _means(null, _flat(null).mean(axis=0))
    wanted = np.append(multiplier.single_effects(means, len(means) - 1), means[0])
    return multiplier.divide(np.append(*_tuned_effects(off)) - wanted, wanted)


def unmatched(on: np.ndarray, null: Null) -> list[int]:
    """The instruments (0 to k - 1), and k for v(none), that no tuning on the grids matches; of means."""
    shift, doses = _refit(on, null)
    lost = [int(n) for n in np.flatnonzero(np.isnan(doses))]
    return [len(null.tuned)] if np.isnan(shift) else lost


def _numbers(means: np.ndarray, null: Null) -> np.ndarray:
    """M_on, M_null, their difference, and the difference of effects, from the means of `on` and a flat null."""
    cells = 2 ** len(null.tuned)
    on, null = means[..., :cells], _means(null, means[..., cells:])
    off = _package_effect(on, null)
    whole = cells - 1
    together, added = multiplier.effect(on, whole), multiplier.sum_of_singles(on, whole)
    on_ratio, null_ratio = multiplier.divide(together, added), multiplier.divide(off, added)
    return np.stack([on_ratio, null_ratio, on_ratio - null_ratio, together - off], axis=-1)


def _package_effect(on: np.ndarray, null: Null) -> np.ndarray:
    """The package's effect in the null at the re-fitted shift and doses, NaN where nothing matches."""
    shift, doses = _refit(on, null)
    gradient = np.linalg.pinv(null.moves - null.tuned)  # least squares: central differences where both ways are there
    by_dose = (null.moved - null.package[..., None]) @ gradient.T
    effect = null.package - null.singles[..., 0, 0] + np.sum(by_dose * (doses - null.tuned), axis=-1)
    return effect + shift * _shift_slopes(null)[..., -1]


def _refit(on: np.ndarray, null: Null) -> tuple[np.ndarray, np.ndarray]:
    """The shift (from the tuned one) and the doses at which v(none) and the single effects are those of `on`."""
    wanted = multiplier.single_effects(on, on.shape[-1] - 1)
    shift = np.zeros(on.shape[:-1])
    if null.intercept is not None:
        shift = fit(null.intercept.shifts, null.intercept.baselines, on[..., 0]) - null.intercept.tuned
    wanted = wanted - shift[..., None] * _shift_slopes(null)[..., :-1]
    effects = null.singles - null.singles[..., :1]
    return shift, fit(null.doses, effects, wanted)


def _shift_slopes(null: Null) -> np.ndarray:
    """What a unit of shift does to each single effect and to the package's at the tuned doses, float64[..., k + 1]."""
    alone, none = _tuned_effects(null)
    here = np.concatenate([alone, (null.package - none)[..., None]], axis=-1)
    if null.intercept is None:
        return np.zeros_like(here)
    there = null.intercept.at_moved[..., 1:] - null.intercept.at_moved[..., :1]
    return (there - here) / (null.intercept.moved - null.intercept.tuned)


def _tuned_effects(null: Null) -> tuple[np.ndarray, np.ndarray]:
    """The single effects at the tuned doses, float64[..., k], and v(none)."""
    none = null.singles[..., 0, 0]
    return interpolate(null.doses, null.singles, null.tuned) - none[..., None], none


def _flat(null: Null) -> np.ndarray:
    """All that was run of a null, replicate by replicate: float64[R, ...]."""
    parts = [null.singles.reshape(len(null.package), -1), null.package[:, None], null.moved]
    if null.intercept is not None:
        parts += [null.intercept.baselines, null.intercept.at_moved]
    return np.concatenate(parts, axis=1)


def _means(null: Null, means: np.ndarray) -> Null:
    """The null with means float64[..., ...] of `_flat` in the place of replicates."""
    lead, (k, grid), (moves, _) = means.shape[:-1], null.doses.shape, null.moves.shape
    sizes = [k * grid, 1, moves]
    if null.intercept is not None:
        sizes.append(len(null.intercept.shifts))
    singles, package, moved, *rest = np.split(means, np.cumsum(sizes), axis=-1)
    intercept = null.intercept and null.intercept._replace(baselines=rest[0], at_moved=rest[1])
    return null._replace(
        singles=singles.reshape(*lead, k, grid), package=package[..., 0], moved=moved, intercept=intercept
    )
