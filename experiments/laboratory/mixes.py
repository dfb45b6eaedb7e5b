"""The best mix of instruments for a budget: which doses do most, by an evolution strategy.

CMA-ES (Hansen 2016; package `cma`, ask and tell) searches shares of the budget. Its luck is keyed, and every mix
it asks for goes through the evaluator, so a search that was interrupted goes the same way again without a new run.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from experiments.laboratory.worlds import Evaluator, Replicate, arm
from sim.draws import stable_key, stream_seed, uniforms

EVALUATIONS = 60  # mixes tried at most, beside those that the search starts from
FIRST_STEP = 0.25  # of the shares, which lie between 0 and 1
LADDER = (0.1, 0.25, 0.5, 0.75, 1.0)  # of the dose at which an instrument alone spends the budget
Doses = dict[str, float]


class Mix(NamedTuple):
    """Doses tried on the training seeds."""

    doses: Doses
    spend: float  # yuan up to the last horizon
    effect: float  # on the objective
    score: float  # the effect, less where the mix spends too much


def best_mix(
    evaluator: Evaluator, training: Sequence[Replicate], starts: Sequence[Doses], budget: float, objective: int
) -> list[Mix]:
    """Every mix tried, the best first.

    starts     doses of the package and then of each instrument alone, all of which spend the budget (or all they can)
    objective  index of the outcome whose effect at the last horizon is to be large
    """
    search = _Search(evaluator, training, starts, budget, objective)
    tried = search.score(list(starts))
    strategy = _strategy(search.shares_of(starts[0]))
    while len(tried) + strategy.popsize <= EVALUATIONS + len(starts):
        asked = strategy.ask()
        found = search.score([search.doses_of(shares) for shares in asked])
        strategy.tell(asked, [-one.score for one in found])
        tried += found
        if strategy.stop():
            break
    return sorted(tried, key=lambda one: -one.score)


def _strategy(start: np.ndarray) -> Any:
    """CMA-ES on shares in [0, 1] with keyed normal draws."""
    import cma

    calls = iter(range(10**9))

    def normal(rows: int, columns: int) -> np.ndarray:
        seed = stream_seed(next(calls), "best mix")
        keys = np.array([stable_key(f"{row}:{column}") for row in range(rows) for column in range(columns)], np.uint32)
        return ndtri(uniforms(seed, keys, 0, 0, 0).astype(float) + 2.0**-25).reshape(rows, columns)

    options = {"bounds": [0, 1], "seed": np.nan, "randn": normal, "verbose": -9, "verb_log": 0, "verb_disp": 0}
    return cma.CMAEvolutionStrategy(start, FIRST_STEP, options)


class _Search:
    """Turns shares of the budget into doses, and doses into a score."""

    def __init__(
        self,
        evaluator: Evaluator,
        training: Sequence[Replicate],
        starts: Sequence[Doses],
        budget: float,
        objective: int,
    ) -> None:
        self.evaluator, self.training = evaluator, training
        self.budget, self.objective = budget, objective
        self.names = list(starts[0])
        self.most = np.array([alone[name] for name, alone in zip(self.names, starts[1:], strict=True)])
        arms = [arm({name: share * most}) for name, most in zip(self.names, self.most, strict=True) for share in LADDER]
        spent = self._spend(evaluator(arms, training)).reshape(len(self.names), len(LADDER))
        self.ladder = np.maximum.accumulate(spent, axis=1)  # rises, so that it can be inverted

    def _spend(self, values: Any) -> np.ndarray:
        return np.nanmean(values.spend[:, :, :, -1].sum(axis=2), axis=1)

    def shares_of(self, doses: Doses) -> np.ndarray:
        """The shares of the budget that some doses spend, each instrument alone, the largest scaled to 1 at most."""
        steps = np.append(0.0, LADDER)
        spend = np.array(
            [
                np.interp(doses[name] / most, steps, np.append(0.0, ladder))
                for name, most, ladder in zip(self.names, self.most, self.ladder, strict=True)
            ]
        )
        return spend / spend.sum() if spend.sum() > 0 else np.full(len(spend), 1 / len(spend))

    def doses_of(self, shares: np.ndarray) -> Doses:
        """Doses at which each instrument alone spends its share of the budget, shares scaled to add up to 1."""
        shares = np.asarray(shares) / max(float(np.sum(shares)), 1e-12)
        steps = np.append(0.0, LADDER)
        return {
            name: float(most * np.interp(share * self.budget, np.append(0.0, ladder), steps))
            for name, most, ladder, share in zip(self.names, self.most, self.ladder, shares, strict=True)
        }

    def score(self, mixes: Sequence[Doses]) -> list[Mix]:
        """Effect and spend of each; the effect of one that spends too much is scaled down by the square of it."""
        values = self.evaluator([arm(), *(arm(doses) for doses in mixes)], self.training)
        mean = np.nanmean(values.outcomes[:, :, self.objective, -1], axis=1)
        spend, effect = self._spend(values)[1:], mean[1:] - mean[0]
        penalty = np.minimum(1.0, self.budget / np.maximum(spend, 1e-9)) ** 2
        score = np.where(effect > 0, effect * penalty, effect)
        known = score[np.isfinite(score)]
        score = np.where(np.isfinite(score), score, known.min() - 1.0 if len(known) else 0.0)  # failed: worst of all
        return [
            Mix(doses, float(one_spend), float(one_effect), float(one_score))
            for doses, one_spend, one_effect, one_score in zip(mixes, spend, effect, score, strict=True)
        ]
