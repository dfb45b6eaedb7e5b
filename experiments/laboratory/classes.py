"""Who only the package brings home: classes of response patterns over the 2^k worlds of each seed.

Everyone's luck is the same in all worlds of a seed, so each member of the cohort has a pattern of 2^k responses; it
falls into one of `experiments.laboratory.patterns.CLASSES`. Persons are counted seed by seed and averaged. They are
those still in the workforce at the horizon, who are the same in all worlds of a seed, because nothing that ends a
working life depends on policy: so the classes add up to the indicator `cohort`.

A pattern comes from one coupling of the worlds' noise and from everybody's exposure: who is rationed out makes room
for another. Two counts beside each class tell how far that goes:

    placebo           patterns over 2^k worlds without any package that differ in who comes first where places are
                      short (`placebo_arm`): what chance alone puts into a class
    independent_luck  the cells of a pattern taken from different seeds of the same population, none twice: what the
                      class would hold if the worlds shared the people and not their luck. Counted over persons who
                      are in the workforce in all these seeds, scaled to the cohort; needs as many seeds for a
                      population as there are cells
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.estimands.factorial import label, subsets
from experiments.laboratory import patterns
from experiments.laboratory.factorial import estimates, groups_of
from experiments.laboratory.needs import NEEDS
from experiments.laboratory.patterns import CLASSES
from experiments.laboratory.responses import Payloads, Question, Responses, bits_of, respond, unique_rows
from experiments.laboratory.worlds import Arm, Replicate, arm
from experiments.persons import weights

if TYPE_CHECKING:
    import pandas as pd


Row = tuple[Any, ...]
PLACEBO_KEY = "rationing_salt"
MOST_PATTERNS = 256  # rows of the table of patterns; what is rarer is summed up by class
OTHER = "other"


def tables(
    payloads: Payloads,
    packages: Sequence[str],
    horizons: Sequence[int],
    replicates: Sequence[Replicate],
    *,
    outcome: str = "return",
    horizon: int | None = None,
    placebo: Payloads | None = None,
) -> "dict[str, pd.DataFrame]":
    """The tables classes, patterns, profiles and missing, for one outcome at one horizon.

    payloads    what `experiments.persons.Capture` noted in a cell (bit b: packages[b] present) of a replicate
    horizons    months after the packages start, in the order of the payloads' rows
    outcome     one of `experiments.persons.OUTCOMES`
    horizon     one of `horizons`; None: the last
    placebo     the same for the worlds of `placebo_arm`, cells 1 and up; None: the column stays empty
    Replicates with a failed run are left out. Persons are real ones, the mean over replicates.
    """
    asked = Question(tuple(packages), outcome, list(horizons).index(horizons[-1] if horizon is None else horizon))
    seen = [one for one in (respond(payloads, replicate, asked) for replicate in replicates) if one is not None]
    if not seen:
        return {name: _frame([], COLUMNS[name]) for name in COLUMNS}
    rows = {
        "classes": _class_rows(seen, placebo_counts(payloads, placebo, seen, asked), independent_luck(seen)),
        "patterns": _pattern_rows(seen, asked),
        "profiles": _profile_rows(seen),
        "missing": _missing_rows(seen, asked),
    }
    return {name: _frame(rows[name], COLUMNS[name]) for name in COLUMNS}


COLUMNS = {
    "classes": ("class", "persons", "low", "high", "share", "placebo", "independent_luck"),
    "patterns": ("pattern", "class", "minimal_sets", "persons"),
    "profiles": ("class", "trait", "group", "persons", "share", "cohort_share"),
    "missing": ("class", "cell", "need", "share"),
}


def placebo_arm(mask: int) -> Arm:
    """The world that stands for a cell in the placebo: no package, another order where places are short."""
    return arm({}, {PLACEBO_KEY: mask})


def placebo_counts(
    payloads: Payloads, placebo: Payloads | None, seen: Sequence[Responses], asked: Question
) -> np.ndarray:
    """Real persons by class over the placebo worlds, mean over the replicates that have them all; else NaN."""
    nobody = np.full(len(CLASSES), np.nan)
    if placebo is None:
        return nobody
    counts = []
    for replicate in [one.replicate for one in seen]:
        base = payloads(0, replicate)
        cells = [base, *(placebo(mask, replicate) for mask in range(1, 1 << len(asked.packages)))]
        known = [cell for cell in cells if cell is not None]
        if base is not None and len(known) == len(cells):
            bits, present = bits_of(known, asked)
            counts.append(np.bincount(patterns.classify(bits[present]), weights(base)[present], len(CLASSES)))
    return np.mean(counts, axis=0) if counts else nobody


def independent_luck(seen: Sequence[Responses]) -> np.ndarray:
    """Real persons by class, cell m of seed r taken from the population's m-th next seed; NaN without seeds enough."""
    counts = []
    for population in sorted({one.replicate.population for one in seen}):
        mine = [one for one in seen if one.replicate.population == population]
        cells = mine[0].pattern.shape[1]
        for r in range(len(mine) if len(mine) >= cells else 0):
            worlds = [mine[(r + mask) % len(mine)] for mask in range(cells)]
            counts.append(_mixed_counts(worlds))
    return np.mean(counts, axis=0) if counts else np.full(len(CLASSES), np.nan)


def _mixed_counts(worlds: Sequence[Responses]) -> np.ndarray:
    """Real persons by class where cell m comes from the m-th of these replicates, scaled to the first's cohort."""
    first, *others = worlds
    shared = first.key
    for other in others:
        shared = np.intersect1d(shared, other.key, assume_unique=True)
    columns = []
    for mask, one in enumerate(worlds):
        at = np.searchsorted(one.key, shared)
        columns.append(one.pattern[one.row[at], mask])
    weight = first.weight[np.searchsorted(first.key, shared)]
    scale = first.weight.sum() / weight.sum() if len(shared) else np.nan
    return np.bincount(patterns.classify(np.stack(columns, axis=1)), weight, len(CLASSES)) * scale


def _class_rows(seen: Sequence[Responses], placebo: np.ndarray, independent: np.ndarray) -> Iterator[Row]:
    counts = np.array([one.by_class() for one in seen])
    found = estimates(counts, lambda mean: mean, groups_of([one.replicate for one in seen]))
    everybody = sum(one.value for one in found)
    for c in _occurring(seen):
        value, low, high = found[c]
        least = max(low, 0.0) if np.isfinite(low) else low  # the interval of a rare class would reach below nobody
        yield CLASSES[c], value, least, high, value / everybody, placebo[c], independent[c]


def _occurring(seen: Sequence[Responses]) -> list[int]:
    """Classes to report: all that the number of instruments allows."""
    k = patterns.instruments_of(seen[0].pattern)
    absent = {"only_by_several"} if k < 4 else set()
    absent |= {"only_by_pair"} if k < 3 else set()
    absent |= {"only_by_package", "crowded_out", "mixed"} if k < 2 else set()
    return [c for c, name in enumerate(CLASSES) if name not in absent]


def _pattern_rows(seen: Sequence[Responses], asked: Question) -> Iterator[Row]:
    """The commonest patterns by class; the rest of each class in one row."""
    occurring, index = unique_rows(np.concatenate([one.pattern for one in seen]))
    persons = np.bincount(index, np.concatenate([one.by_pattern for one in seen]), len(occurring)) / len(seen)
    number = patterns.classify(occurring)
    commonest = np.argsort(-persons, kind="stable")[:MOST_PATTERNS]
    kept = np.zeros(len(occurring), bool)
    kept[commonest] = True
    for c, name in enumerate(CLASSES):
        for u in commonest[number[commonest] == c]:
            row = occurring[u]
            yield patterns.text_of(row), name, patterns.minimal_sets(row, asked.packages), float(persons[u])
        rest = persons[(number == c) & ~kept]
        if len(rest):
            yield OTHER, name, "", float(rest.sum())


def _profile_rows(seen: Sequence[Responses]) -> Iterator[Row]:
    by_class = np.mean([one.by_class() for one in seen], axis=0)
    for trait, group in seen[0].profile:
        persons = np.mean([one.profile[trait, group] for one in seen], axis=0)
        for c in _occurring(seen):
            share = persons[c] / by_class[c] if by_class[c] else np.nan
            yield CLASSES[c], trait, group, persons[c], share, persons.sum() / by_class.sum()


def _missing_rows(seen: Sequence[Responses], asked: Question) -> Iterator[Row]:
    """Of each class, the share that lacks something in each cell."""
    by_class = np.mean([one.by_class() for one in seen], axis=0)
    lacking = np.mean([one.lacking for one in seen], axis=0)
    for c in _occurring(seen):
        for mask in subsets(len(asked.packages)):
            for need, name in enumerate(NEEDS):
                share = lacking[mask, need, c] / by_class[c] if by_class[c] else np.nan
                yield CLASSES[c], label(mask, asked.packages), name, share


def _frame(rows: "Iterator[Row] | list[Row]", columns: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(columns))
