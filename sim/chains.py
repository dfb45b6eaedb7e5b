"""What firms bring that follow an enterprise of their chain: jobs and development, county by county (rule M11)."""

import numpy as np

from sim.arithmetic import f32
from sim.policy import AreaLevers, completeness_of
from sim.rules import market as rules


def jobs_of_chains(area: AreaLevers, enterprises: np.ndarray, weight: np.ndarray, skilled: np.ndarray) -> np.ndarray:
    """Jobs that chains bring (rule M11), real, float64[C, S, 2].

    enterprises int64[C, S], simulated; weight float64[C]; skilled float[S], share of jobs.
    """
    jobs = np.zeros((*enterprises.shape, 2))
    for chain in area.chains:
        complete = completeness_of(chain, enterprises)
        for c, s in np.ndindex(enterprises.shape):
            if chain.sectors[s]:
                real = f32(enterprises[c, s] * weight[c])
                brought = float(rules.chain_jobs(f32(chain.jobs), real, complete[c]))
                jobs[c, s] += brought * (1 - float(skilled[s])), brought * float(skilled[s])
    return jobs


def development_of_chains(area: AreaLevers, enterprises: np.ndarray, workers: np.ndarray) -> np.ndarray:
    """Development that programmes and chains add, float32[C, S]; chains by enterprises per 100 workers (rule M11).

    enterprises int64[C, S] and workers int64[C], simulated.
    """
    added = area.development.copy()
    for chain in area.chains:
        complete = completeness_of(chain, enterprises)
        for c, s in np.ndindex(enterprises.shape):
            if chain.sectors[s]:
                density = f32(100) * f32(enterprises[c, s]) / f32(workers[c])
                added[c, s] += rules.chain_jobs(f32(chain.development), density, complete[c])
    return added
