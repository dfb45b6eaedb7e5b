"""How often the intervals of the estimands hold what was planted in the toys.

`python -m tests.studies.coverage` writes docs/validation.md.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from scipy.special import logit as log_odds

from experiments.estimands import doses, factorial, mechanism, multiplier, sampling, stopping
from experiments.estimands.estimate import Estimate
from experiments.estimands.ratios import fieller
from experiments.estimands.resample import interval
from experiments.laboratory.worlds import Replicate
from tests import toys
from tests.toys import COHORT, Noise, Toy
from tests.tuning import factorial_of, null_of, outcomes, planted

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"
REPETITIONS = 400
SIZES = (8, 32, 64, 128)
CONFIDENCE = 0.95

NAMES = ("a", "b", "c")
WHOLE = 2 ** len(NAMES) - 1
NORMAL = Noise(shared=8.0, spread=0.3, own=3.0)
SKEWED = NORMAL._replace(is_skewed=True)
FACTORS = (0.0, 0.5, 1.0, 1.5, 2.0)
SWITCHES = {"peer_feedback": 0.3, "job_rationing": 0.15}
OFF = {f"mechanisms.{name}": False for name in SWITCHES}
TRAINING = toys.replicates(64, first=900_000_000)  # seeds that no repetition has


class Line(NamedTuple):
    """How often one estimand's interval held the truth."""

    toy: str
    luck: str
    estimand: str
    replicates: int
    held: int
    repetitions: int

    @property
    def share(self) -> float:
        return self.held / self.repetitions

    @property
    def error(self) -> float:
        """Binomial standard error of the share if the interval covers as said."""
        return float(np.sqrt(CONFIDENCE * (1 - CONFIDENCE) / self.repetitions))


Found = dict[str, tuple[Estimate, np.ndarray | float]]  # estimand -> estimate, truth
Measure = Callable[[Toy, list[Replicate]], Found]


def additive(noise: Noise) -> Toy:
    return toys.additive({"a": 30.0, "b": 50.0, "c": 40.0}, noise=noise)


def multiplicative(noise: Noise) -> Toy:
    return toys.multiplicative({"a": 0.3, "b": 0.5, "c": 0.4}, noise=noise)


def sub_additive(noise: Noise) -> Toy:
    return toys.sub_additive({"a": 0.3, "b": 0.6, "c": 0.4}, noise=noise)


def logit(noise: Noise) -> Toy:
    return toys.logit(0.08, dict.fromkeys(NAMES, 0.7), outcomes=(toys.AT_HOME,), noise=noise)


def hazard(noise: Noise) -> Toy:
    return toys.hazard(0.002, dict.fromkeys(NAMES, 0.7), horizons=(60,), noise=noise)


FACTORIALS: tuple[Callable[[Noise], Toy], ...] = (additive, multiplicative, sub_additive, logit, hazard)


def of_factorial(toy: Toy, seeds: list[Replicate], groups: np.ndarray | None = None) -> Found:
    """Everything that the full factorial alone says."""
    values, truth = factorial_of(toy, seeds), planted(toy)

    def plain(v: np.ndarray) -> np.ndarray:
        parts = (multiplier.effect(v, WHOLE), multiplier.excess(v, WHOLE))
        return np.stack([*parts, factorial.dividends(v)[..., -1], factorial.contrasts(v)[..., 3]], axis=-1)

    many, shares = interval(values, plain, groups), interval(values, factorial.shapley, groups)
    names = ("effect", "excess", "dividend of all", "contrast of a and b")
    found: Found = {name: (part(many, n), plain(truth)[n]) for n, name in enumerate(names)}
    found["Shapley value of b"] = (part(shares, 1), factorial.shapley(truth)[1])
    found["multiplier"] = (multiplier.multiplier(values, WHOLE, groups)[0], multiplier.ratio(truth, WHOLE))
    scale = "cloglog" if toy.outcomes[0].is_cumulative else "logit"
    control = multiplier.scaled_multiplier(values / COHORT, WHOLE, scale, groups)[0]  # type: ignore[arg-type]
    found["scale control"] = (control, multiplier.scale_control(truth / COHORT, WHOLE, scale))  # type: ignore[arg-type]
    beyond = multiplier.bliss_estimates(values / COHORT, WHOLE, groups)[1]
    found["Bliss excess"] = (beyond, multiplier.bliss_excess(truth / COHORT, WHOLE))
    return found


def of_doses(toy: Toy, seeds: list[Replicate]) -> Found:
    """Sham, dose-response and a comparison at equal spend. The truth of a curve is that of its planted points."""
    alone = [{"b": factor} for factor in FACTORS]
    values = outcomes(toy, [(dose, {}) for dose in alone], seeds)
    truth = np.array([toy.planted(dose)[0, -1] for dose in alone])
    found: Found = {}
    for name, statistic in (("elasticity", doses.elasticity), ("half-marginal dose", doses.half_marginal_dose)):
        of_means = partial(lambda v, f: f(FACTORS, v - v[..., :1]), f=statistic)
        found[name] = (interval(values, of_means), of_means(truth))
    arms = [{}, *({name: 1.0} for name in NAMES), *({name: 3.0} for name in NAMES)]
    more = outcomes(toy, [(dose, {}) for dose in arms], seeds)
    found["sham"] = (part(multiplier.sham_estimates(more)[0], 0), multiplier.sham(planted_at(toy, arms))[0])
    package = factorial_of(toy, seeds)[:, WHOLE]
    ratio = fieller(package - more[:, 0], more[:, 5] - more[:, 0])
    expected = (planted(toy)[WHOLE] - truth[0]) / (planted_at(toy, arms)[5] - truth[0])
    found["package over b at the same spend"] = (ratio, expected)
    return found


def of_mechanisms(toy: Toy, seeds: list[Replicate]) -> Found:
    """The mechanism excess. The null is tuned on other seeds than those it is scored on."""
    truth, on = planted(toy), factorial_of(toy, seeds)
    found = mechanism.mechanism_excess(on, null_of(toy, OFF, TRAINING, seeds))
    without = pure_logit(truth)
    excess = (truth[-1] - without) / multiplier.sum_of_singles(truth, WHOLE)
    return {
        "mechanism excess": (found.excess, excess),
        "mechanism excess, persons": (found.persons, truth[-1] - without),
    }


def of_many(toy: Toy, seeds: list[Replicate]) -> Found:
    """A sampled Shapley value against that of all coalitions; orders are drawn anew each time."""
    orders = sampling.orders(len(toy.packages), 16, seeds[0].seed)
    held = [{toy.packages[b]: 1.0 for b in factorial.members(int(mask))} for mask in sampling.coalitions(orders)]
    values = outcomes(toy, [(dose, {}) for dose in held], seeds)
    found = sampling.sampled_shapley(values, orders).estimate
    return {"sampled Shapley value": (part(found, 3), factorial.shapley(planted(toy))[3])}


def of_stopping(toy: Toy, first: int, rule: stopping.Rule) -> Found:
    """The excess when replicates are added until its interval is narrow."""
    count = stopping.next_replicates(rule, None, 0)
    while True:
        values = factorial_of(toy, toys.replicates(count, first))
        found = multiplier.estimate(values, multiplier.excess, WHOLE)
        more = stopping.next_replicates(rule, found, count)
        if more == count:
            return {"excess, stopped at a width": (found, multiplier.excess(planted(toy), WHOLE))}
        count = more


def pure_logit(v: np.ndarray) -> float:
    """What the package would give if utility were additive and the single effects what they are, persons."""
    utility = log_odds(v / COHORT)
    return COHORT * float(expit(utility[0] + multiplier.sum_of_singles(utility, len(v) - 1)))


def planted_at(toy: Toy, arms: list[dict[str, float]]) -> np.ndarray:
    """The expected value of some doses."""
    return np.array([toy.planted(dose)[0, -1] for dose in arms])


def part(estimate: Estimate, n: int) -> Estimate:
    """One number of an estimate of several."""
    return Estimate(*(float(bound[n]) for bound in estimate))  # type: ignore[index]


def count(what: Callable[[int], Found], repetitions: int, key: tuple[str, str, int]) -> Iterator[Line]:
    """Repeat with seeds of their own; a missing interval does not hold the truth."""
    held: dict[str, int] = {}
    for repetition in range(repetitions):
        for name, (estimate, truth) in what(repetition).items():
            held[name] = held.get(name, 0) + bool(estimate.low <= truth <= estimate.high)
    toy, luck, size = key
    yield from (Line(toy, luck, name, size, hits, repetitions) for name, hits in held.items())


def factorial_lines(make: Callable[[Noise], Toy], size: int, noise: Noise, repetitions: int) -> list[Line]:
    """Everything that a full factorial says."""
    toy = make(noise)
    return fresh(make.__name__, toy, of_factorial, size, repetitions)


def population_lines(populations: int, each: int, repetitions: int) -> list[Line]:
    """The same with several seeds of one population, whose effects and levels are alike."""
    toy, size = hazard(NORMAL._replace(population=10.0)), populations * each

    def once(n: int) -> Found:
        seeds = [Replicate(1 + n * populations + k // each, 1 + n * size + k) for k in range(size)]
        groups = np.array([one.population for one in seeds])
        level = interval(factorial_of(toy, seeds)[:, 0], lambda v: v, groups)
        return {**of_factorial(toy, seeds, groups), "v(none)": (level, planted(toy)[0])}

    return list(count(once, repetitions, (f"hazard, {populations} populations of {each}", "normal", size)))


def fresh(
    name: str, toy: Toy, what: Callable[[Toy, list[Replicate]], Found], size: int, repetitions: int
) -> list[Line]:
    """Estimands from `size` replicates, with a population each, that no other repetition has."""
    key = (name, "skewed" if toy.noise.is_skewed else "normal", size)
    return list(count(lambda n: what(toy, toys.replicates(size, 1 + n * size)), repetitions, key))


def other_lines(size: int, repetitions: int) -> Iterator[Line]:
    """What takes more than the factorial."""
    yield from fresh("sub_additive", sub_additive(NORMAL), of_doses, size, repetitions)
    yield from mechanism_lines(size, repetitions)
    ten = toys.logit(0.05, {f"factor_{n}": 0.05 * (n + 1) for n in range(10)}, noise=NORMAL)
    yield from fresh("logit of 10", ten, of_many, size, repetitions)


def mechanism_lines(size: int, repetitions: int) -> Iterator[Line]:
    """Mechanism excess where there is one, and where there is none."""
    for name, strengths in (("mechanism", SWITCHES), ("no mechanism", dict.fromkeys(SWITCHES, 0.0))):
        toy = toys.mechanism({"a": 0.5, "b": 0.7, "c": 0.4}, strengths, noise=NORMAL)
        yield from fresh(name, toy, of_mechanisms, size, repetitions)


def stopping_lines(repetitions: int) -> list[Line]:
    """The coverage at the moment of stopping, at a width that some tens of replicates reach."""
    toy, rule = hazard(NORMAL), stopping.Rule(half_width=15.0, floor=16, ceiling=256)
    key = ("hazard", "normal", rule.ceiling)
    return list(count(lambda n: of_stopping(toy, 1 + n * rule.ceiling, rule), repetitions, key))


def lines(repetitions: int = REPETITIONS) -> Iterator[Line]:
    """The whole study."""
    for size in SIZES:
        for make in FACTORIALS:
            yield from factorial_lines(make, size, NORMAL, repetitions)
        yield from factorial_lines(sub_additive, size, SKEWED, repetitions)
    for size in (32, 64):
        yield from other_lines(size, repetitions)
    yield from population_lines(16, 4, repetitions)
    yield from population_lines(8, 8, repetitions)
    yield from stopping_lines(repetitions)


def page(found: list[Line]) -> str:
    """The study as a page of Markdown."""
    head = f"""# What the intervals cover

How often the 95 % interval of each estimand held the value planted in a toy world, in {found[0].repetitions}
repetitions on seeds of their own; a share has a binomial standard error of {100 * found[0].error:.1f} points.
Written by `python -m tests.studies.coverage`; toys in `tests/toys.py`. "skewed" luck is exponential.

| toy | luck | replicates | estimand | covered, % |
|---|---|---|---|---|
"""
    rows = [
        f"| {line.toy} | {line.luck} | {line.replicates} | {line.estimand} | {100 * line.share:.1f} |" for line in found
    ]
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(list(lines())), encoding="utf-8")
