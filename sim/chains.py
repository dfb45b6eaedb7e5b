"""What firms bring that follow an enterprise of their chain: jobs and development, county by county (rule M11)."""

import numpy as np

from sim.arithmetic import f32
from sim.kernels.counties import fill_brought
from sim.policy import AreaLevers, Chain, completeness_of


def jobs_of_chains(area: AreaLevers, enterprises: np.ndarray, weight: np.ndarray, skilled: np.ndarray) -> np.ndarray:
    """Jobs that chains bring (rule M11), real, float64[C, S, 2].

    enterprises int64[C, S], simulated; weight float64[C]; skilled float[S], share of jobs.
    """
    jobs = np.zeros((*enterprises.shape, 2))
    share = skilled.astype(np.float64)
    for chain in area.chains:
        real = (enterprises * weight[:, None]).astype(np.float32)
        brought = _brought(chain, chain.jobs, real, enterprises).astype(np.float64)
        jobs += np.stack([brought * (1 - share), brought * share], axis=-1)
    return jobs


def development_of_chains(area: AreaLevers, enterprises: np.ndarray, workers: np.ndarray) -> np.ndarray:
    """Development that programmes and chains add, float32[C, S]; chains by enterprises per 100 workers (rule M11).

    enterprises int64[C, S] and workers int64[C], simulated.
    """
    added = area.development.copy()
    density = f32(100) * enterprises.astype(np.float32) / workers.astype(np.float32)[:, None]
    for chain in area.chains:
        added += _brought(chain, chain.development, density, enterprises)
    return added


def _brought(chain: Chain, amount: float, held: np.ndarray, enterprises: np.ndarray) -> np.ndarray:
    """What a chain brings to counties that hold so many enterprises, float32[C, S]; nothing to other sectors."""
    brought = np.zeros(held.shape, np.float32)
    fill_brought(f32(amount), held, completeness_of(chain, enterprises), brought)
    return brought * chain.sectors
