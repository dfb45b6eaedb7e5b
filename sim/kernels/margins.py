"""From a month's integers to real persons: sums by county and by trait, in the order of counties and cells."""

import numpy as np

from sim.compilation import kernel

i64, f64 = np.int64, np.float64


@kernel
def fill_margins(tally, weight, margins, whole, by_cell, by_county, by_trait):
    """Weighted sums of a tally, which is read once.

    tally int64[C, CELLS, K]; weight float64[C], real persons per simulated worker; margins int64[CELLS, M]: the rows of
    by_trait that a cell is part of; whole int64[K] and by_cell float64[CELLS, K], 0 (scratch); by_county float64[C, K]
    and by_trait float64[T, K], 0 (outputs).
    """
    for c in range(tally.shape[0]):
        persons = weight[c]
        for k in range(whole.shape[0]):
            whole[k] = i64(0)
        for cell in range(tally.shape[1]):
            for k in range(whole.shape[0]):
                whole[k] += tally[c, cell, k]
                by_cell[cell, k] += persons * f64(tally[c, cell, k])
        for k in range(whole.shape[0]):
            by_county[c, k] = persons * f64(whole[k])
    for cell in range(by_cell.shape[0]):
        for margin in range(margins.shape[1]):
            row = margins[cell, margin]
            for k in range(whole.shape[0]):
                by_trait[row, k] += by_cell[cell, k]
