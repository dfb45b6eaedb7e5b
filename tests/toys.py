"""Worlds whose expected values are known in closed form, to take the model's place: each is an `Evaluator`.

    toy = logit(0.05, {"training": 0.7, "credit": 0.7})
    values = toy([arm(), arm(["training"])], replicates(8))

`toy.mean(doses, changes)` is what was planted: the expected outcome, float64[outcomes, horizons], or a number for all.
Luck is added to it without moving it, by keyed draws alone: an arm in a replicate has one value for ever, and all
arms share the replicate's luck. With z of mean 0 and variance 1, each drawn for itself,

    value = mean + population z_p + shared z_s + (mean - mean of no package) (1 + spread z_e) + own z_arm

Changes that a toy understands: `mechanisms.NAME` (false: off) and the intercept `INTERCEPT`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtri
from scipy.special import logit as log_odds

from experiments.laboratory.worlds import Arm, Replicate, Values
from experiments.outcomes import Outcome
from sim.draws import stable_key, stream_seed, uniforms

RETURN = Outcome("return", "cohort_returned", "persons", is_cumulative=True, is_share=True)
AT_HOME = Outcome("at_home", "cohort_at_home", "persons", is_cumulative=False, is_share=True)
JOBS = Outcome("jobs", "cohort_jobs", "jobs", is_cumulative=False, is_share=False)
INTERCEPT = "parameters.decision.home_intercept"  # utility of home, added to a logit toy's
COHORT = 1000.0

Doses = Mapping[str, float]
Changes = Mapping[str, object]
Mean = Callable[[Doses, Changes], float | np.ndarray]


class Noise(NamedTuple):
    """Standard deviations of the luck, in the outcome's unit (`spread`: as a share of the effect)."""

    population: float = 0.0
    shared: float = 20.0
    spread: float = 0.2
    own: float = 2.0
    is_skewed: bool = False  # exponential instead of normal


USUAL = Noise()
QUIET = Noise(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Toy:
    """An evaluator with a planted mean, luck about it, and costs in proportion to the dose that is used."""

    mean: Mean
    packages: tuple[str, ...]
    noise: Noise = USUAL
    outcomes: tuple[Outcome, ...] = (RETURN,)
    horizons: tuple[int, ...] = (60,)
    prices: Doses = field(default_factory=dict)  # yuan for a dose of 1 over the longest horizon; 1e6 where not named
    capacities: Doses = field(default_factory=dict)  # the dose beyond which nothing more is used or spent

    def used(self, doses: Doses) -> dict[str, float]:
        """The doses that the capacities leave, of every package."""
        return {name: min(doses.get(name, 0.0), self.capacities.get(name, math.inf)) for name in self.packages}

    def planted(self, doses: Doses, changes: Changes | None = None) -> np.ndarray:
        """The expected outcomes, float64[outcomes, horizons]."""
        shape = (len(self.outcomes), len(self.horizons))
        return np.broadcast_to(self.mean(self.used(doses), changes or {}), shape).astype(float)

    def __call__(self, arms: Sequence[Arm], replicates: Sequence[Replicate]) -> Values:
        people = [f"{one.population}" for one in replicates]
        runs = [f"{one.population}:{one.seed}" for one in replicates]
        lift, stir = self._luck("population", people), self._luck("shared", runs)
        effect_luck = 1.0 + self.noise.spread * self._luck("spread", runs)
        shared = self.noise.population * lift + self.noise.shared * stir
        outcomes, spend = [], []
        for arm in arms:
            doses, changes = dict(arm.doses), dict(arm.changes)
            none, mean = self.planted({}, changes), self.planted(doses, changes)
            own = self.noise.own * self._luck(repr(arm), runs)
            outcomes.append(none + shared + (mean - none) * effect_luck + own)
            spend.append(np.broadcast_to(self._spend(doses), (len(runs), len(self.packages), len(self.horizons))))
        cohort = np.full((len(arms), len(runs), len(self.horizons)), COHORT)
        return Values(np.array(outcomes), cohort, np.array(spend))

    def _luck(self, what: str, keys: Sequence[str]) -> np.ndarray:
        """Keyed draws of mean 0 and variance 1, float64[keys, outcomes, horizons]."""
        size, seed = len(self.outcomes) * len(self.horizons), stream_seed(0, f"toy {what}")
        places = np.array([stable_key(key) for key in keys], np.uint32)
        units = np.stack([uniforms(seed, places, place, 0, 0) for place in range(size)], axis=1) + 2.0**-25
        luck = -np.log1p(-units) - 1.0 if self.noise.is_skewed else ndtri(units)
        return luck.reshape(len(keys), len(self.outcomes), len(self.horizons))

    def _spend(self, doses: Doses) -> np.ndarray:
        """Yuan by package and horizon, in proportion to dose and time."""
        used = self.used(doses)
        total = np.array([self.prices.get(name, 1e6) * used[name] for name in self.packages])
        return total[:, None] * np.array(self.horizons) / max(self.horizons)


def replicates(count: int, first: int = 1, per_population: int = 1) -> list[Replicate]:
    """Replicates with a population each, or several of one population after another."""
    return [Replicate(first + k // per_population, first + k) for k in range(count)]


def additive(effects: Doses, base: float = 100.0, **options: object) -> Toy:
    """base + sum of effect x dose: no excess at any order."""

    def mean(doses: Doses, changes: Changes) -> float:
        return base + sum(effects[name] * doses[name] for name in effects)

    return Toy(mean, tuple(effects), **options)  # type: ignore[arg-type]


def multiplicative(gains: Doses, base: float = 100.0, **options: object) -> Toy:
    """base x product of (1 + gain x dose): two gains g have multiplier 1 + g / 2."""

    def mean(doses: Doses, changes: Changes) -> float:
        return base * math.prod(1.0 + gains[name] * doses[name] for name in gains)

    return Toy(mean, tuple(gains), **options)  # type: ignore[arg-type]


def sub_additive(strengths: Doses, base: float = 100.0, room: float = 400.0, **options: object) -> Toy:
    """base + room (1 - exp(-sum of strength x dose)): the packages compete for the same people.

    A package of strength s has elasticity s / (exp(s) - 1) at dose 1, and half its marginal effect at ln(2) / s.
    """

    def mean(doses: Doses, changes: Changes) -> float:
        return base - room * math.expm1(-sum(strengths[name] * doses[name] for name in strengths))

    return Toy(mean, tuple(strengths), **options)  # type: ignore[arg-type]


def logit(baseline: float, shifts: Doses, **options: object) -> Toy:
    """A share of the cohort with utility additive in the doses: a multiplier from the curve alone."""

    def mean(doses: Doses, changes: Changes) -> float:
        return COHORT * float(expit(log_odds(baseline) + _utility(shifts, doses, changes)))

    return Toy(mean, tuple(shifts), **options)  # type: ignore[arg-type]


def hazard(monthly: float, shifts: Doses, horizons: tuple[int, ...] = (12, 36, 60), **options: object) -> Toy:
    """Ever by month t with an additive logit each month: share 1 - (1 - h)^t."""

    def mean(doses: Doses, changes: Changes) -> np.ndarray:
        chance = float(expit(log_odds(monthly) + _utility(shifts, doses, changes)))
        return -COHORT * np.expm1(np.array(horizons) * math.log1p(-chance))

    return Toy(mean, tuple(shifts), horizons=horizons, **options)  # type: ignore[arg-type]


def mechanism(
    shifts: Doses, strengths: Doses, baseline: float = 0.05, lift: float = 0.2, boost: float = 0.25, **options: object
) -> Toy:
    """A logit toy with mechanisms of known strength, each with its switch `mechanisms.NAME`.

    A mechanism that is on adds `lift` to everyone's utility (so the null's intercept must be re-tuned), raises what
    a single package gives by the share `boost` (so the null's doses must be re-tuned), and adds its strength x the
    product of the doses of every pair of packages: only this last is mechanism excess.
    """

    def mean(doses: Doses, changes: Changes) -> float:
        on = [strength for name, strength in strengths.items() if changes.get(f"mechanisms.{name}", True)]
        total = sum(doses.values())
        pairs = (total**2 - sum(dose**2 for dose in doses.values())) / 2
        stronger = {name: shift * (1.0 + boost * len(on)) for name, shift in shifts.items()}
        utility = _utility(stronger, doses, changes) + lift * len(on) + sum(on) * pairs
        return COHORT * float(expit(log_odds(baseline) + utility))

    return Toy(mean, tuple(shifts), **options)  # type: ignore[arg-type]


def _utility(shifts: Doses, doses: Doses, changes: Changes) -> float:
    """Sum of shift x dose, with the change of the intercept."""
    return sum(shifts[name] * doses[name] for name in shifts) + float(changes.get(INTERCEPT, 0.0))  # type: ignore[arg-type]
