"""A calibration of runs without a world, as its own process, for a test to kill and to take up again.

python toy_calibration.py FOLDER SECONDS_A_RUN
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.calibration import matching, posterior
from experiments.calibration.ensemble import Ensemble, write_ensemble
from experiments.calibration.figures_of_runs import PointFigures
from experiments.calibration.matching import Observed
from experiments.calibration.place import KeptDesigns
from experiments.calibration.work import Calibration, Settings
from experiments.laboratory.ranges import Range
from experiments.laboratory.worlds import Replicate
from experiments.measure import Measured
from experiments.records import Records
from experiments.runner import Task

SETTINGS = Settings(waves=2, points=24, rounds=1, checked=16, draws=16)
SHORT = {(matching, "POPULATION"): 400, (posterior, "LENGTH"): 400, (posterior, "BURN_IN"): 200}
RANGES = (Range("parameters.decision.out_intercept", 0.0, 1.0), Range("parameters.decision.in_intercept", 0.0, 1.0))


@dataclass(frozen=True)
class PointScenario:
    """What the runner asks of a scenario: a point."""

    point: tuple[float, ...]
    world_hash: str = "world"

    @property
    def resolved(self) -> dict:
        return {"point": list(self.point)}

    @property
    def hash(self) -> str:
        return f"point {self.point}"


@dataclass(frozen=True)
class PointMeasure:
    """Two figures of a point with keyed luck, made slowly."""

    seconds: float
    canonical: str = "point"

    def __call__(self, scenario: PointScenario, seed: int) -> Measured:
        time.sleep(self.seconds)
        a, b = scenario.point
        luck = np.random.default_rng([seed, int(a * 2**40), int(b * 2**40)]).normal(0, 0.02, 2)
        return Measured({"figures": np.array([a + b, a - b]) + luck}, self.seconds + 1e-3, 1.0)


def calibrate(folder: Path, seconds: float) -> None:
    """Calibrate into a folder; what is there is gone on with."""
    folder.mkdir(exist_ok=True)
    ones = np.ones(2)
    observed = Observed(np.array([1.0, 0.2]), 0.05 * ones, 0 * ones, ones)
    replicates = [Replicate(0, 1), Replicate(1, 2)]

    def task_of(point: np.ndarray, replicate: Replicate) -> Task:
        return Task(PointScenario(tuple(map(float, point))), replicate.seed, PointMeasure(seconds))

    with Records(folder / "records.sqlite") as records, PointFigures(task_of, replicates, 2, records, 1) as figures:
        result = Calibration(figures, observed, 2, SETTINGS, KeptDesigns(folder / "designs")).run()
    kept = np.flatnonzero(result.taken)
    weight = result.taken[kept] / result.taken.sum()
    made = Ensemble("toy", RANGES, result.checked.shares[kept], weight, {}, {}, "")
    write_ensemble(made, folder / "ensemble.yaml")


if __name__ == "__main__":
    for name, value in SHORT.items():
        setattr(*name, value)
    import toy_calibration  # so that what is sent to processes is the module's, not this script's

    toy_calibration.calibrate(Path(sys.argv[1]), float(sys.argv[2]))
