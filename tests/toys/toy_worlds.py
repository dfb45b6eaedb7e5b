"""Commands over worlds that cost nothing: what a run keeps follows from its scenario and seed at once.

As a script, a driver for a test to kill: toy_worlds.py LOG SECONDS COMMAND ...
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.measure import INDICATORS, Measured

Patch = Callable[[Any, str, Any], None]


@dataclass(frozen=True)
class PlainMeasure:
    """Indicators that are plain functions of sigma, the packages and the seed."""

    months: tuple[int, ...]
    log: str = ""  # folder in which every run that begins leaves a file with its process's number
    seconds: float = 0.0
    raises: tuple[int, ...] = ()  # seeds

    @property
    def canonical(self) -> str:
        return f"plain {self.months}"

    def __call__(self, scenario: Any, seed: int) -> Measured:
        if self.log:
            (Path(self.log) / f"{scenario.hash[:16]}-{seed}-{time.monotonic_ns()}").write_text(str(os.getpid()))
        if seed in self.raises:
            raise ZeroDivisionError(f"seed {seed}")
        time.sleep(self.seconds)
        sigma = float(scenario.parameters.enterprise.sigma)
        level = 100.0 * sigma + seed + 10.0 * len(scenario.packages) ** 2
        values = level + np.arange(len(INDICATORS)) + np.array(self.months)[:, None]
        spend = np.ones((len(self.months), len(scenario.instruments)))
        return Measured({"indicators": values, "spend": spend, "uses": spend}, 0.001, 1.0)


def plant(patch: Patch, log: str = "", seconds: float = 0.0, raises: tuple[int, ...] = ()) -> None:
    """Put the measure in the simulation's place, for sweeps and for the laboratory's worlds."""
    from experiments.laboratory.simulated import SimulatedWorlds
    from experiments.sweeps.sweep import Sweep

    of_sweep, of_worlds = Sweep.measure, SimulatedWorlds._measure
    here = sys.modules.get("toy_worlds", sys.modules[__name__])  # so that processes find the class

    def plain(months: tuple[int, ...]) -> Any:
        return here.PlainMeasure(months, log, seconds, raises)

    patch(Sweep, "measure", lambda self, scenario: plain(of_sweep(self, scenario).months))
    patch(SimulatedWorlds, "_measure", lambda self, arm, persons=False: plain(of_worlds(self, arm, persons).months))


if __name__ == "__main__":
    import toy_worlds

    from experiments.cli import main

    toy_worlds.plant(setattr, sys.argv[1], float(sys.argv[2]))
    main(sys.argv[3:])
