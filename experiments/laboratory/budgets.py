"""What the same money buys: the package against the best single instrument and the best mix on its budget.

The budget is what the package spends, discounted, up to the last horizon, the mean over replicates, unless one is
given. Every alternative gets one dose for all seeds, by root finding on its simulated mean spend. Which single
instrument and which mix are the best is decided on training seeds; effects are those of the scored seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.estimands import multiplier
from experiments.estimands.estimate import Estimate
from experiments.estimands.resample import interval
from experiments.laboratory.factorial import MISSING, RATIO, Cells, Row, bounds, estimand, estimates, groups_of
from experiments.laboratory.mixes import best_mix
from experiments.laboratory.search import rising_root
from experiments.laboratory.tables import doses_text
from experiments.laboratory.worlds import Evaluator, Replicate, Values, arm

TOLERANCE = 0.005  # of the budget
LADDER = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0)  # multiples of the dose that spends the budget, for effect against spend
PACKAGE, MIX = "package", "best_mix"
CANNOT = "cannot absorb the budget"
Doses = dict[str, float]


class Alternative(NamedTuple):
    """One way to spend the budget."""

    name: str
    doses: Doses
    spend: float  # yuan up to the last horizon, mean over the scored replicates
    note: str


def mean_spend(values: Values) -> np.ndarray:
    """Yuan of all packages up to the last horizon, float64[arms], the mean over replicates that did not fail."""
    return np.nanmean(values.spend[:, :, :, -1].sum(axis=2), axis=1)


def scaled(doses: Mapping[str, float], factor: float) -> Doses:
    """All doses times a factor."""
    return {name: factor * dose for name, dose in doses.items()}


def spending(
    evaluator: Evaluator, replicates: Sequence[Replicate], name: str, doses: Doses, budget: float, largest: float
) -> Alternative:
    """The multiple of some doses that spends the budget, or all it can with no dose above the largest."""

    def spend_of(factor: float) -> float:
        return float(mean_spend(evaluator([arm(scaled(doses, factor))], replicates))[0])

    root = rising_root(spend_of, budget, 1.0, TOLERANCE, largest / max(*doses.values(), 1e-9))
    if not root.is_reachable:
        return Alternative(name, scaled(doses, root.at), root.value, CANNOT)
    note = "" if root.is_met else f"spends {root.value / budget:.3f} of the budget: the spend has steps"
    return Alternative(name, scaled(doses, root.at), root.value, note)


class Budgets:
    """The comparison on equal budgets of one experiment."""

    def __init__(
        self,
        evaluator: Evaluator,
        cells: Cells,
        training: Sequence[Replicate],
        budget: float | None,
        objective: int,
        largest: float,
    ) -> None:
        """Search doses up to `largest`; the best mix is that for outcome number `objective` at the last horizon."""
        self.evaluator, self.cells, self.training = evaluator, cells, tuple(training)
        self.groups = groups_of(cells.replicates)
        self.objective, self.largest = objective, largest
        own = float(np.nanmean(cells.spend[:, cells.whole, :, -1].sum(axis=1)))
        self.budget = own if budget is None else budget
        self.alternatives = self._alternatives(budget is not None) if self.budget > 0 else []
        if self.alternatives:
            arms = [arm(), *(arm(one.doses) for one in self.alternatives)]
            self.scored = np.moveaxis(evaluator(arms, cells.replicates).outcomes, 0, 1)  # [R, none and each, O, H]
            self.trained = np.nanmean(evaluator(arms, self.training).outcomes, axis=1)  # [none and each, O, H]
            self.curves = self._curves()

    def _alternatives(self, is_given: bool) -> list[Alternative]:
        names = self.cells.names
        whole: Doses = dict.fromkeys(names, 1.0)
        package = Alternative(PACKAGE, whole, self.budget, "")
        if is_given:
            package = self._spending(PACKAGE, whole)
        alone = [self._spending(f"{name} alone", {**dict.fromkeys(names, 0.0), name: 1.0}) for name in names]
        starts = [package.doses, *(one.doses for one in alone)]
        self.mixes = best_mix(self.evaluator, self.training, starts, self.budget, self.objective)
        return [package, *alone, self._spending(MIX, self.mixes[0].doses)]

    def _spending(self, name: str, doses: Doses) -> Alternative:
        return spending(self.evaluator, self.cells.replicates, name, doses, self.budget, self.largest)

    def _curves(self) -> list[tuple[list[Doses], Values]]:
        """Effect against spend of each alternative but the package, on the training replicates."""
        found = []
        for one in self.alternatives:
            most = self.largest / max(one.doses.values())
            ladder = [scaled(one.doses, factor) for factor in LADDER if factor <= max(most, 1.0)]
            values = self.evaluator([arm(), *(arm(doses) for doses in ladder)], self.training)
            found.append((ladder, values))
        return found

    def budget_rows(self) -> Iterator[Row]:
        """Every alternative's effect, and the package's over it."""
        for place, one in enumerate(self.alternatives):
            for o, outcome, h, horizon in self.cells.each():
                effect, ratio, note = self._compare(place, o, h)
                yield {
                    "alternative": one.name,
                    "budget": self.budget,
                    "spend": one.spend,
                    "doses": doses_text(one.doses),
                    "outcome": outcome.id,
                    "horizon": horizon,
                    **bounds("effect", effect, "low", "high"),
                    **bounds("ratio", ratio),
                    "note": "; ".join(part for part in (one.note, note) if part),
                    "cost_factor_flip": np.nan if place == 0 else self._flip(place, o, h),
                }

    def estimand_rows(self) -> Iterator[Row]:
        """The package's effect over that of the best single instrument and of the best mix."""
        last = len(self.alternatives) - 1
        objective = self.cells.outcomes[self.objective].id
        for o, outcome, h, horizon in self.cells.each():
            if not self.alternatives:
                for quantity in ("equal_budget_best_single", "equal_budget_best_mix"):
                    note = "the package spends nothing"
                    yield estimand(self.cells, self.cells.whole, outcome, horizon, RATIO, quantity, MISSING, note)
                continue
            effects = self.trained[1:, o, h] - self.trained[0, o, h]
            best = 1 + int(np.nanargmax(effects[1:last]))
            for quantity, place, why in (
                ("equal_budget_best_single", best, self.alternatives[best].name),
                ("equal_budget_best_mix", last, f"chosen for {objective} after {self.cells.horizons[-1]} months"),
            ):
                _, ratio, note = self._compare(place, o, h)
                notes = "; ".join(part for part in (why, self.alternatives[place].note, note) if part)
                yield estimand(self.cells, self.cells.whole, outcome, horizon, RATIO, quantity, ratio, notes)

    def _compare(self, place: int, o: int, h: int) -> tuple[Estimate, Estimate, str]:
        """An alternative's effect, the package's effect over it, and why that is no number."""
        values = self.scored[:, [0, 1, 1 + place], o, h]  # none, package, alternative
        effect = interval(values, lambda mean: mean[..., 2] - mean[..., 0], self.groups)
        if not effect.low > 0:
            return effect, MISSING, "effect not above 0"
        if place == 0:
            return effect, Estimate(1.0, 1.0, 1.0), ""
        ratio = interval(
            values,
            lambda mean: multiplier.divide(mean[..., 1] - mean[..., 0], mean[..., 2] - mean[..., 0]),
            self.groups,
        )
        return effect, ratio, multiplier.bounded(ratio)

    def _flip(self, place: int, o: int, h: int) -> float:
        """The factor on the alternative's costs at which it does as much as the package on the same budget.

        At costs times c the budget buys what budget / c buys now: c = budget / the spend at which the alternative's
        effect, interpolated between its doses, is the package's. NaN where no dose tried is enough.
        """
        spend, effect = self._curve(place, o, h)
        spend, effect = np.append(0.0, spend), np.append(0.0, effect)
        wanted = self.trained[1, o, h] - self.trained[0, o, h]
        above = np.flatnonzero(effect >= wanted)
        if not wanted > 0 or len(above) == 0:
            return np.nan
        right = int(above[0])
        share = (wanted - effect[right - 1]) / (effect[right] - effect[right - 1])
        needed = spend[right - 1] + share * (spend[right] - spend[right - 1])
        return float(self.budget / needed) if needed > 0 else np.nan

    def _curve(self, place: int, o: int, h: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean spend and effect along an alternative's ladder of doses."""
        _, values = self.curves[place]
        mean = np.nanmean(values.outcomes[:, :, o, h], axis=1)
        return mean_spend(values)[1:], mean[1:] - mean[0]

    def frontier_rows(self) -> Iterator[Row]:
        """Effect against spend of everything tried, on the training replicates."""
        tried: dict[str, tuple[str, Doses]] = {}
        last = len(self.alternatives) - 1
        for place, (ladder, _) in enumerate(self.curves if self.alternatives else []):
            kind = "package" if place == 0 else "mix" if place == last else "alone"
            for doses in ladder:
                tried.setdefault(doses_text(doses), (kind, doses))
        for mix in self.mixes if self.alternatives else []:
            tried.setdefault(doses_text(mix.doses), ("mix", mix.doses))
        if not tried:
            return
        names = list(tried)
        values = self.evaluator([arm(), *(arm(doses) for _, doses in tried.values())], self.training)
        spend, groups = mean_spend(values)[1:], groups_of(self.training)
        for o, outcome, h, horizon in self.cells.each():
            at = np.moveaxis(values.outcomes[:, :, o, h], 0, 1)
            found = estimates(at, lambda mean: mean[..., 1:] - mean[..., :1], groups)
            efficient = is_efficient(spend, np.array([one.value for one in found]))
            order = sorted(range(len(names)), key=lambda place: (spend[place], names[place]))
            for place in order:
                yield {
                    "doses": names[place],
                    "spend": float(spend[place]),
                    "outcome": outcome.id,
                    "horizon": horizon,
                    **bounds("effect", found[place], "low", "high"),
                    "kind": tried[names[place]][0],
                    "is_efficient": bool(efficient[place]),
                }


def is_efficient(spend: np.ndarray, effect: np.ndarray) -> np.ndarray:
    """bool[n]: points than which no other has more effect for no more money, nor as much for less."""
    dominated = (spend[None, :] <= spend[:, None]) & (effect[None, :] >= effect[:, None])
    strictly = (spend[None, :] < spend[:, None]) | (effect[None, :] > effect[:, None])
    return ~(dominated & strictly).any(axis=1) & np.isfinite(effect)
