"""Morris screening: which parameters matter at all, from few points. Sources: Morris 1991, Campolongo et al. 2007.

An elementary effect is the change of the answer when one parameter moves, over the size of the move as a share of its
range. mu* is the mean of their sizes over trajectories, sigma their standard deviation: large where the effect bends
or hangs on other parameters.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from experiments.laboratory.factorial import Row
from experiments.laboratory.ranges import Range
from experiments.sensitivity.responses import Responses

LEVELS = 4  # of each parameter, as Morris 1991 has it
SEED = 1
FEWEST = 4  # trajectories with a number
RESAMPLES = 1000


def shares(parameters: int, trajectories: int) -> np.ndarray:
    """The points as shares of the ranges, float64[trajectories x (parameters + 1), parameters]."""
    from SALib.sample import morris

    found = morris.sample(problem(parameters), trajectories, num_levels=LEVELS, seed=SEED)
    return np.asarray(found).clip(0.0, 1.0)


def problem(parameters: int) -> dict[str, object]:
    """The unit cube, as SALib takes it."""
    return {"num_vars": parameters, "names": [f"p{i}" for i in range(parameters)], "bounds": [[0.0, 1.0]] * parameters}


def rows(
    responses: Responses, ranges: Sequence[Range], points: np.ndarray, resamples: int = RESAMPLES
) -> Iterator[Row]:
    """mu, mu* with its interval, and sigma of every parameter, for each outcome, horizon and quantity."""
    for key, answer in responses.each():
        found, kept, note = _effects(points, answer, resamples)
        for p, one in enumerate(ranges):
            mu, star, reach, sigma = found[p]
            yield {
                **key,
                "parameter": one.key,
                "mu": mu,
                "mu_star": star,
                "low": max(star - reach, 0.0) if star == star else np.nan,
                "high": star + reach,
                "sigma": sigma,
                "trajectories": kept,
                "note": note,
            }


def order(found: Sequence[Row], ranges: Sequence[Range]) -> list[int]:
    """The parameters by their largest share of mu* over everything that was told, the strongest first."""
    stars = np.array([row["mu_star"] for row in found], float).reshape(-1, len(ranges))
    told = stars[np.nan_to_num(stars).max(axis=1, initial=0.0) > 0]
    strength = (told / told.max(axis=1, keepdims=True)).max(axis=0, initial=0.0)
    return sorted(range(len(ranges)), key=lambda p: (-strength[p], p))


def _effects(points: np.ndarray, answer: np.ndarray, resamples: int) -> tuple[np.ndarray, int, str]:
    """mu, mu*, half its interval, sigma: float64[parameters, 4]; the trajectories they are from; why they are not."""
    from SALib.analyze import morris

    count = points.shape[1]
    known = np.isfinite(answer.reshape(-1, count + 1)).all(axis=1)
    rows_kept, kept = np.repeat(known, count + 1), int(known.sum())
    if kept < FEWEST:
        reason = f"a number along {kept} of {len(known)} trajectories; expected at least {FEWEST}"
        return np.full((count, 4), np.nan), kept, reason
    found = morris.analyze(
        problem(count), points[rows_kept], answer[rows_kept], num_resamples=resamples, num_levels=LEVELS, seed=SEED
    )
    names = ("mu", "mu_star", "mu_star_conf", "sigma")
    return np.stack([np.asarray(found[name], float) for name in names], axis=1), kept, ""
