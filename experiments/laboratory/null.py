"""The null world: all coded mechanisms off, levels re-tuned, and what the package does there.

For one outcome at one horizon: an intercept is moved until v(none) is that of the world as it is, then one dose
factor for each instrument until its effect alone is. What the package still does beyond the sum at those doses is
the arithmetic's doing; `experiments.estimands.mechanism` takes it from the multiplier, re-fitting within resamples.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.estimands import mechanism, multiplier
from experiments.estimands.factorial import members
from experiments.laboratory.factorial import MISSING, RATIO, Cells, Row, bounds, estimand, groups_of
from experiments.laboratory.search import between
from experiments.laboratory.worlds import Evaluator, arm

Changes = dict[str, object]
LEVEL_TOLERANCE = 0.002  # of v(none), for the tuned intercept; the match that is asked for is mechanism.TOLERANCE
FIRST_STEP, FARTHEST = 0.25, 4.0  # of the intercept's search, utility
BESIDE = (-0.2, -0.1, 0.1, 0.2)  # points of the level's curve about the tuned intercept, utility
FIRST_FACTORS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
LARGEST_FACTOR = 32.0
REFINEMENTS = 8
SHIFT_MOVED = 0.1  # utility
DOSES_MOVED = 0.2  # share of the tuned dose


class Intercept(NamedTuple):
    """The parameter that sets an outcome's level."""

    key: str
    value: float  # in the world as it is


class Target(NamedTuple):
    """What a null is matched to: one outcome at one horizon, by index."""

    outcome: int
    horizon: int
    intercept: Intercept


class Fitted(NamedTuple):
    """A tuned null, or why there is none."""

    null: mechanism.Null | None
    note: str
    tuned: dict[str, float]  # the intercept and each instrument's dose factor, as far as found


class NullWorlds:
    """Tunes worlds without some mechanisms to the world as it is."""

    def __init__(self, evaluator: Evaluator, cells: Cells) -> None:
        self.evaluator, self.cells = evaluator, cells

    def on(self, target: Target) -> np.ndarray:
        """The world as it is, float64[R, 2**k]."""
        return self.cells.values[:, :, target.outcome, target.horizon]

    def fit(self, target: Target, off: Sequence[str]) -> Fitted:
        """The world without the mechanisms `off`, tuned; worlds are asked for as the search goes."""
        return _Fit(self, target, {f"mechanisms.{name}": False for name in off}).fitted()


class _Fit:
    """One search."""

    def __init__(self, worlds: NullWorlds, target: Target, switches: Changes) -> None:
        self.worlds, self.target, self.switches = worlds, target, switches
        self.names = worlds.cells.names
        self.on = worlds.on(target)
        self.kept = np.isfinite(self.on).all(axis=1)  # replicates without a failed run so far
        self.levels: dict[float, np.ndarray] = {}  # intercept -> v(none), float64[R]

    def values(self, doses: Sequence[Mapping[str, float]], intercept: float) -> np.ndarray:
        """Outcomes of some doses in the null at an intercept, float64[R, len(doses)]."""
        changes: Changes = {**self.switches, self.target.intercept.key: intercept}
        arms = [arm(dict(one), changes) for one in doses]
        values = self.worlds.evaluator(arms, self.worlds.cells.replicates).outcomes
        found = values[:, :, self.target.outcome, self.target.horizon].T
        self.kept &= np.isfinite(found).all(axis=1)
        return np.where(self.kept[:, None], found, np.nan)

    def level(self, intercept: float) -> float:
        """Mean v(none) at an intercept."""
        if intercept not in self.levels:
            self.levels[intercept] = self.values([{}], intercept)[:, 0]
        return float(np.nanmean(self.levels[intercept]))

    @property
    def mean_on(self) -> np.ndarray:
        """The world as it is, means over the replicates kept, float64[2**k]."""
        return np.nanmean(self.on[self.kept], axis=0)

    def fitted(self) -> Fitted:
        """The tuned null; tuned anew, from runs that are known by then, where a run fails on the way."""
        while True:
            before = self.kept.copy()
            found = self._fitted()
            if not self.kept.any():
                return Fitted(None, "not identified: every replicate has a failed run", {})
            if (self.kept == before).all():
                return found
            self.levels.clear()

    def _fitted(self) -> Fitted:
        intercept = self._tune_intercept()
        if intercept is None:
            return Fitted(None, "not identified: no intercept gives v(none)", {})
        curves = self._tune_doses(intercept)
        tuned = self._tuned(*curves)
        found = {self.target.intercept.key: intercept, **dict(zip(self.names, map(float, tuned), strict=True))}
        if np.isnan(tuned).any():
            lost = [name for name, factor in zip(self.names, tuned, strict=True) if np.isnan(factor)]
            return Fitted(None, f"not identified: no dose in the null gives {', '.join(lost)}", found)
        null = self._package(intercept, *curves, tuned)
        gaps = mechanism.gaps(self.on[self.kept], _of_replicates(null, self.kept))
        worst = float(np.max(np.abs(gaps)))
        if not worst <= mechanism.TOLERANCE:
            return Fitted(None, f"not identified: the nearest null is {worst:.1%} off", found)
        return Fitted(null, "", found)

    def _tune_intercept(self) -> float | None:
        """The intercept at which v(none) is that of the world as it is; None where none within reach is."""
        wanted, start = float(self.mean_on[0]), self.target.intercept.value
        here = (start, self.level(start))
        way = 1.0 if here[1] < wanted else -1.0
        step = FIRST_STEP
        while abs(here[1] - wanted) > LEVEL_TOLERANCE * abs(wanted):
            if step > FARTHEST:
                return None
            there = (start + way * step, self.level(start + way * step))
            if (there[1] - wanted) * way >= 0:
                low, high = sorted((here, there))
                root = between(self.level, wanted, low, high, LEVEL_TOLERANCE)
                return root.at if abs(root.value - wanted) <= mechanism.TOLERANCE * abs(wanted) else None
            here, step = there, 2.0 * step
        return here[0]

    def _tune_doses(self, intercept: float) -> tuple[np.ndarray, np.ndarray]:
        """Doses float64[k, D] and outcomes float64[R, k, D], refined about the doses that match."""
        count = len(self.names)
        wanted = multiplier.single_effects(self.mean_on, self.worlds.cells.whole)
        doses = np.tile(FIRST_FACTORS, (count, 1))
        values = self._alone(doses, intercept)
        for _ in range(REFINEMENTS):
            effects = np.nanmean(values, axis=0)
            effects = effects - effects[:, :1]
            tuned = mechanism.fit(doses, effects, wanted)
            if self._is_matched(doses, effects, wanted, tuned):
                break
            more = np.array([_next(doses[b], tuned[b], effects[b], wanted[b]) for b in range(count)])[:, None]
            doses = np.concatenate([doses, more], axis=1)
            values = np.concatenate([values, self._alone(more, intercept)], axis=2)
            order = np.argsort(doses, axis=1)
            doses = np.take_along_axis(doses, order, axis=1)
            values = np.take_along_axis(values, order[None], axis=2)
        return doses, values

    def _is_matched(self, doses: np.ndarray, effects: np.ndarray, wanted: np.ndarray, tuned: np.ndarray) -> bool:
        """Whether every instrument has been run at a dose whose effect is the wanted one, well within tolerance."""
        nearest = np.abs(effects / wanted[:, None] - 1.0).min(axis=1)
        return bool((nearest <= mechanism.TOLERANCE / 2).all())

    def _tuned(self, doses: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The dose run that matches best, NaN where none comes near."""
        wanted = multiplier.single_effects(self.mean_on, self.worlds.cells.whole)
        effects = np.nanmean(values, axis=0)
        gaps = np.abs((effects - effects[:, :1]) / wanted[:, None] - 1.0)
        best = np.argmin(gaps, axis=1)
        rows = np.arange(len(doses))
        return np.where(gaps[rows, best] <= mechanism.TOLERANCE, doses[rows, best], np.nan)

    def _alone(self, doses: np.ndarray, intercept: float) -> np.ndarray:
        """Each instrument alone at each of its doses, float64[R, k, D]."""
        asked = [{name: float(dose)} for name, row in zip(self.names, doses, strict=True) for dose in row]
        return self.values(asked, intercept).reshape(-1, *doses.shape)

    def _package(self, intercept: float, doses: np.ndarray, values: np.ndarray, tuned: np.ndarray) -> mechanism.Null:
        """The package at the tuned doses and about them, and all of it at an intercept moved a little."""
        steps = np.diag(DOSES_MOVED * tuned)
        moves = np.concatenate([tuned + steps, tuned - steps])
        named = [dict(zip(self.names, map(float, row), strict=True)) for row in (tuned, *moves)]
        together = self.values(named, intercept)
        for beside in BESIDE:
            self.level(intercept + beside)
        shifts = np.array(sorted(self.levels))
        moved = intercept + SHIFT_MOVED
        alone = [{name: float(factor)} for name, factor in zip(self.names, tuned, strict=True)]
        return mechanism.Null(
            doses=doses,
            singles=values,
            tuned=tuned,
            package=together[:, 0],
            moves=moves,
            moved=together[:, 1:],
            intercept=mechanism.Shifts(
                shifts=shifts,
                baselines=np.stack([self.levels[shift] for shift in shifts], axis=1),
                tuned=intercept,
                moved=moved,
                at_moved=self.values([{}, *alone, named[0]], moved),
            ),
        )


def _next(doses: np.ndarray, tuned: float, effects: np.ndarray, wanted: float) -> float:
    """The dose to try next: where the curve meets the target, else further out, else between two that were tried."""
    if np.isnan(tuned) and effects[-1] < wanted and doses[-1] < LARGEST_FACTOR:
        return float(2.0 * doses[-1])
    if not np.isnan(tuned) and np.abs(doses - tuned).min() > 1e-6 * max(tuned, 1e-3):
        return float(tuned)
    at = 1 if np.isnan(tuned) else max(1, int(np.searchsorted(doses, tuned)))
    at = min(at, len(doses) - 1)
    while doses[at] - doses[at - 1] < 1e-6 and at + 1 < len(doses):
        at += 1
    return float((doses[at - 1] + doses[at]) / 2)


def _of_replicates(null: mechanism.Null, kept: np.ndarray) -> mechanism.Null:
    """The null of some replicates, bool[R]."""
    assert null.intercept is not None
    intercept = null.intercept._replace(
        baselines=null.intercept.baselines[kept], at_moved=null.intercept.at_moved[kept]
    )
    return null._replace(
        singles=null.singles[kept], package=null.package[kept], moved=null.moved[kept], intercept=intercept
    )


def null_rows(worlds: NullWorlds, targets: Sequence[Target], switches: Sequence[str]) -> tuple[list[Row], list[Row]]:
    """Rows of estimands (null_multiplier, mechanism_excess) and of the null's tuning, for the whole package."""
    cells = worlds.cells
    groups, found, tuning = groups_of(cells.replicates), [], []
    for target in targets:
        outcome, horizon = cells.outcomes[target.outcome], cells.horizons[target.horizon]
        on = worlds.on(target)
        doubtful = multiplier.not_positive(multiplier.complete(on, groups)[0], cells.whole, None, cells.names)
        fitted = Fitted(None, doubtful, {}) if doubtful else worlds.fit(target, switches)
        ratio = excess = MISSING
        note = fitted.note
        if fitted.null is not None:
            estimates = mechanism.mechanism_excess(on, fitted.null, groups, cells.names)
            ratio, excess, note = estimates.null, estimates.excess, estimates.note
        for quantity, estimate in (("null_multiplier", ratio), ("mechanism_excess", excess)):
            found.append(estimand(cells, cells.whole, outcome, horizon, RATIO, quantity, estimate, note))
        for key, value in fitted.tuned.items():
            tuning.append({"outcome": outcome.id, "horizon": horizon, "what": key, "value": value, "note": fitted.note})
    return found, tuning


# Groups of switches whose shares in the mechanism excess are told apart; every switch belongs to one (tests).
SWITCH_GROUPS: dict[str, tuple[str, ...]] = {
    "enterprise": ("enterprise_complementarity", "entry_gate"),
    "peers": ("peer_feedback", "peer_threshold"),
    "agglomeration": ("agglomeration", "agglomeration_threshold"),
    "rationing": ("job_rationing", "premises_rationing", "credit_rationing", "training_rationing"),
    "labour": ("certificate_gate", "skill_spillover", "displacement"),
}


def decomposition_rows(
    worlds: NullWorlds, targets: Sequence[Target], groups_of_switches: Mapping[str, Sequence[str]]
) -> Iterator[Row]:
    """Each group's Shapley share of the mechanism excess, from worlds in which only some groups are on."""
    cells, names = worlds.cells, list(groups_of_switches)
    for target in targets:
        outcome, horizon = cells.outcomes[target.outcome], cells.horizons[target.horizon]
        key = {"outcome": outcome.id, "horizon": horizon}
        fits: list[mechanism.Null | None] = []
        notes: list[str] = []
        for mask in range(2 ** len(names) - 1):
            kept = {switch for b in members(mask) for switch in groups_of_switches[names[b]]}
            every = [switch for group in groups_of_switches.values() for switch in group]
            fitted = worlds.fit(target, [switch for switch in every if switch not in kept])
            fits.append(fitted.null)
            if fitted.null is None:
                on = "+".join(names[b] for b in members(mask)) or "none"
                notes.append(f"with {on} on: {fitted.note}")
        if notes:
            for name in names:
                yield {**key, "group": name, **bounds("value", MISSING, "low", "high"), "note": notes[0]}
            continue
        shares = mechanism.decompose(worlds.on(target), [*fits, None], groups_of(cells.replicates))
        total = float(np.sum(shares.value))
        for name, value, low, high in zip(names, *map(np.atleast_1d, shares), strict=True):
            share = float(value) / total if total else np.nan
            yield {**key, "group": name, "value": float(value), "low": float(low), "high": float(high), "share": share}


def runs_of_decomposition(packages: int, replicates: int, groups: int) -> int:
    """About how many runs the decomposition takes: worlds x (intercepts, doses, package, moved)."""
    per_world = 12 + packages * (len(FIRST_FACTORS) + 3) + (1 + 2 * packages) + (packages + 2)
    return (2**groups - 1) * per_world * replicates
