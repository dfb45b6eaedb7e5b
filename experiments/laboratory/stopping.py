"""How many seeds: the number asked for, or as many as a requested precision takes."""

from collections.abc import Callable, Sequence

from experiments.estimands import multiplier
from experiments.estimands.estimate import Estimate
from experiments.estimands.stopping import Rule, next_replicates
from experiments.laboratory.experiment import Experiment, Precision
from experiments.laboratory.factorial import Cells, groups_of
from experiments.laboratory.worlds import Replicate


def seeds_needed(
    evaluate: Callable[[Sequence[Replicate]], Cells], experiment: Experiment, say: Callable[[str], None]
) -> int:
    """Seeds for each population: evaluates cells on more and more, until the interval is as narrow as asked."""
    asked = experiment.precision
    if asked is None:
        return experiment.seeds[1]
    rule = Rule(asked.half_width, floor=asked.at_least, ceiling=asked.at_most)
    seeds, estimate = 0, None
    while (wanted := next_replicates(rule, estimate, seeds)) > seeds:
        seeds = wanted
        cells = evaluate(experiment.replicates(seeds))
        estimate, note = estimate_of(asked, cells)
        say(f"{seeds} seeds: {asked.quantity} {_text(estimate)}{f' ({note})' if note else ''}")
    return seeds


def estimate_of(asked: Precision, cells: Cells) -> tuple[Estimate, str]:
    """The whole package's estimate that the precision is asked for."""
    o, h = [one.id for one in cells.outcomes].index(asked.outcome), cells.horizons.index(asked.horizon)
    values, groups = cells.values[:, :, o, h], groups_of(cells.replicates)
    if asked.quantity == "multiplier":
        return multiplier.multiplier(values, cells.whole, groups, cells.names)
    statistic = multiplier.effect if asked.quantity == "effect" else multiplier.excess
    return multiplier.estimate(values, statistic, cells.whole, groups), ""


def _text(estimate: Estimate) -> str:
    return f"{estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g})"
