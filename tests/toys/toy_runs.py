"""Runs without a world: measures that return at once, dawdle, raise or end their process, as a test asks.

Kept in a folder of its own, which tests put on the path, so that worker processes can import it too.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from experiments.measure import Measured
from experiments.records import Records
from experiments.runner import Task, execute


@dataclass(frozen=True)
class ToyScenario:
    """What the runner asks of a scenario."""

    name: str
    world_hash: str = "world"
    resolved: dict = field(default_factory=lambda: {"months": 3})

    @property
    def hash(self) -> str:
        return f"hash of {self.name}"


@dataclass(frozen=True)
class ToyMeasure:
    """Two arrays that follow from scenario and seed. What it does besides is no part of what it measures."""

    log: str  # folder in which every run that begins leaves a file, SEED-NUMBER, with its process's number
    raises: tuple[int, ...] = ()
    kills: tuple[int, ...] = ()
    kills_once: tuple[int, ...] = ()
    seconds: float = 0.0
    canonical: str = "toy"

    def __call__(self, scenario: ToyScenario, seed: int) -> Measured:
        before = begun(Path(self.log)).count(seed)
        (Path(self.log) / f"{seed}-{before}").write_text(str(os.getpid()))
        if seed in self.raises:
            raise ZeroDivisionError(f"seed {seed} of {scenario.name}, {object()}")
        if seed in self.kills or (seed in self.kills_once and before == 0):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.seconds)
        values = np.array([seed / 3, np.nan, len(scenario.name)])
        return Measured({"values": values, "seed": np.array([seed], np.int64)}, max(self.seconds, 1e-3), 5.0)


def begun(log: Path) -> list[int]:
    """The seed of every run that was begun, as often as it was."""
    return [int(path.name.partition("-")[0]) for path in log.iterdir()]


def processes(log: Path) -> set[int]:
    """The processes that began runs."""
    return {int(text) for path in log.iterdir() if (text := path.read_text())}


def tasks(log: Path, seeds: range, **does: object) -> list[Task]:
    """Every seed in two scenarios of one world and one of another."""
    measure = ToyMeasure(str(log), **does)
    scenarios = [ToyScenario("a"), ToyScenario("b"), ToyScenario("c", "other world")]
    return [Task(scenario, seed + 1000 * k, measure) for k, scenario in enumerate(scenarios) for seed in seeds]


def drive(path: str, log: str, seeds: str, seconds: str) -> None:
    """A driver, for a test to kill: two processes."""
    execute(tasks(Path(log), range(int(seeds)), seconds=float(seconds)), Records(path), workers=2)


if __name__ == "__main__":
    import toy_runs  # so that what is sent to processes is the module's, not this script's

    toy_runs.drive(*sys.argv[1:])
