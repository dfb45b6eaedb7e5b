"""The sham control: a package of k instruments against k times the dose of one of them.

Whatever a package gains because effects bend with their size, one instrument gains by its own dose.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from experiments.estimands import factorial, multiplier
from experiments.estimands.estimate import Estimate
from experiments.laboratory.factorial import RATIO, Cells, Row, estimand, groups_of
from experiments.laboratory.worlds import Arm, Evaluator, arm


def sham_arms(names: tuple[str, ...], sizes: Sequence[int]) -> list[Arm]:
    """Each instrument alone at as many times its dose as the packages have instruments, sizes outermost."""
    return [arm({name: float(size)}) for size in sizes for name in names]


def sham_rows(evaluator: Evaluator, cells: Cells) -> Iterator[Row]:
    """The sham ratio of every package; its note has each instrument's own."""
    sizes = sorted({mask.bit_count() for mask in cells.packages})
    many = np.moveaxis(evaluator(sham_arms(cells.names, sizes), cells.replicates).outcomes, 0, 1)
    count, groups = len(cells.names), groups_of(cells.replicates)
    for o, outcome, h, horizon in cells.each():
        for mask in cells.packages:
            members, block = factorial.members(mask), sizes.index(mask.bit_count()) * count
            names = [cells.names[b] for b in members]
            once = cells.values[:, [0, *factorial.singles(mask)], o, h]
            of_size = many[:, [block + b for b in members], o, h]
            found, note = multiplier.sham_estimates(np.concatenate([once, of_size], axis=1), groups, names)
            own = "; ".join(f"{name} {value:.3f}" for name, value in zip(names, found.value[1:], strict=True))
            whole = Estimate(*(float(bound[0]) for bound in found))
            yield estimand(cells, mask, outcome, horizon, RATIO, "sham", whole, note or own)
