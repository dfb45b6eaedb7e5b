"""Simulation-based calibration: posteriors of data made by the model with known parameters, many times over.

`python tests/studies/calibration.py` prints the table; the toy is that of `tests/calibration_toys.py`. Parameters are
drawn from the prior, data are made from them, the whole calibration is run, and the rank of the truth within the
ensemble is noted: intervals hold the truth as often as they say (Talts et al. 2018; Cook, Gelman and Rubin 2006).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from experiments.calibration import posterior
from experiments.calibration.work import Calibration, Settings
from tests import calibration_toys as toys

REPETITIONS = 40
SETTINGS = Settings(waves=2, points=80, rounds=2, checked=150, draws=100)
LEVELS = (0.5, 0.9)


class Line(NamedTuple):
    """One parameter's coverage of an interval, of the emulated chains or of the checked ensemble."""

    sample: str
    parameter: int
    level: float
    held: int
    of: int
    contraction: float


def repetition(number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank of the truth in chains and ensemble, and contraction, float64[P] each."""
    rng = np.random.default_rng([20, number])
    truth = rng.random(toys.PARAMETERS)
    observed = toys.observed(truth, rng)
    settings = SETTINGS._replace(design_seed=number)
    result = Calibration(toys.simulate(3, 1000 * number), observed, toys.PARAMETERS, settings).run()
    weight = result.taken / result.taken.sum()
    emulated = (result.chains.points < truth).mean(axis=0)
    checked = (weight[:, None] * (result.checked.shares < truth)).sum(axis=0)
    contraction = np.array([one.contraction for one in posterior.learned(result.chains.points)])
    return emulated, checked, contraction


def lines(repetitions: int = REPETITIONS) -> Iterator[Line]:
    """Coverage over the repetitions."""
    emulated, checked, contraction = (np.array(part) for part in zip(*map(repetition, range(repetitions)), strict=True))
    for sample, ranks in (("chains", emulated), ("ensemble", checked)):
        for parameter in range(toys.PARAMETERS):
            for level in LEVELS:
                inside = np.abs(ranks[:, parameter] - 0.5) <= level / 2
                mean = float(contraction[:, parameter].mean())
                yield Line(sample, parameter, level, int(inside.sum()), repetitions, mean)


if __name__ == "__main__":
    for line in lines():
        print(*line, sep="\t")
