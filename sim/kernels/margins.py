"""From a month's integers to real persons: sums by county and by cell, in the order of the counties."""

import numpy as np

from sim.compilation import kernel

i64, f64 = np.int64, np.float64


@kernel
def fill_margins(tally, weight, whole, by_county, by_cell):
    """Weighted sums of a tally, read once.

    tally int64[C, CELLS, K]; weight float64[C], real persons per simulated worker; whole int64[K] (scratch); by_county
    float64[C, K] (output); by_cell float64[CELLS, K], 0 (output).
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
            by_county[c, k] = f64(whole[k]) * persons
