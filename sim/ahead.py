"""The first run on a machine: a second process compiles what will be needed later.

Nearly two thirds of compiling are `advance_villages`, which the first month begins with. Meanwhile a process of its
own lives two months of a small world without it, and so leaves all other kernels in the cache, where this process
finds them. Nothing waits for it: what it has not done, or if it fails, this process compiles itself.
"""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.draws import stream_seed
from sim.fast import FastEngine
from sim.kernels import advance
from sim.month import run_month
from sim.population import build_world, first_state
from sim.results import Recorder
from sim.scenario import Scenario
from sim.state import Status
from sim.world import INTENT_BASIC, INTENT_ENTERPRISE, INTENT_POST, INTENT_SKILLED, MOST_SECTORS

WORKERS, MONTHS = 2000, 2  # of the small world
FORGOTTEN = 900  # seconds after which nobody compiles any more


@contextmanager
def compiling_ahead(scenario: Scenario, processors: int) -> Iterator[None]:
    """Have a second process compile, as long as the block lasts, if nothing is compiled and there is a processor."""
    mark = Path(os.environ["NUMBA_CACHE_DIR"]).absolute() / "compiling"
    if processors < 2 or advance.advance_villages.is_kept or not _taken(mark):
        yield
        return
    process = _begun(small(scenario), mark.parent)
    try:
        yield
    finally:
        if process is not None:
            process.terminate()
            process.wait()
        with suppress(OSError):
            mark.unlink()


def small(scenario: Scenario) -> Scenario:
    """The place with few workers; kernels are compiled for the same types."""
    workers = sum(county.workers for county in scenario.counties)
    return replace(scenario, scale=max(scenario.scale, workers // WORKERS), people=None, resolved={})


def _taken(mark: Path) -> bool:
    """Whether we were the first to leave the mark: one such process is enough for all that start at once."""
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        if mark.exists() and time.time() - mark.stat().st_mtime > FORGOTTEN:  # by a process that was killed
            mark.unlink()
        mark.touch(exist_ok=False)
    except OSError:
        return False
    return True


def _begun(scenario: Scenario, cache: Path) -> "subprocess.Popen[bytes] | None":
    """The second process, which has read the scenario; None where there can be none."""
    command = [sys.executable, "-c", "from sim.ahead import main; main()"]
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    here = Path(__file__).parents[1]  # where `sim` is found
    process = None
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=here,
            env=environment,
        )  # fmt: skip
        assert process.stdin is not None
        with process.stdin as pipe:
            pickle.dump(scenario, pipe)
    except (OSError, ValueError):  # no processes here, or it ended at once
        pass
    return process


class _Idle(FastEngine):
    """The engine without the worker phases: some apply for everything, so that the markets have work."""

    def advance(self, world: Any, state: Any, levers: Any, month: Any) -> Any:
        """Nothing happens to the workers, but all apply for something."""
        done = super().advance(world, state, levers, month)
        everybody = np.full((len(world.weight), MOST_SECTORS, MOST_SECTORS), 0xFFFFFFFF, np.uint32)
        home = self._holders(world, state, month, everybody, tuple(Status)[:-1])
        self.release(world, state, home, np.zeros(len(home.who), np.uint8), done[0])
        kinds = np.resize(np.array([INTENT_BASIC, INTENT_SKILLED, INTENT_POST], np.uint8), len(home.who))
        self.jobs = home._replace(intent=kinds)
        self.enterprises = home._replace(intent=np.full_like(kinds, INTENT_ENTERPRISE))
        if levers.courses:
            self.courses = home._replace(intent=np.full_like(kinds, np.flatnonzero(levers.offers_course)[0] + 1))
        return done


def main() -> None:
    """Compile all but `advance_villages`, for the scenario on standard input."""
    scenario = pickle.load(sys.stdin.buffer)
    advance.advance_villages = lambda *_: None
    world = build_world(scenario)
    state, seed = first_state(world), stream_seed(scenario.population_seed, "population")
    runner, recorder = _Idle(world, 1), Recorder(world, 0, False)
    for month in range(MONTHS):
        recorder.add(month, run_month(world, state, runner, seed, seed), state, full=True)
