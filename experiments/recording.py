"""What is kept of a run so that its tidy outcomes can be made again: everything that its recorder has noted.

Payload, with `RECORDS` as in `sim.checkpoint`: each list of the recorder as one array, the months that it noted, and
the real persons that a simulated worker of each county stands for.
"""

import json
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from experiments.measure import Measured, Payload
from sim.checkpoint import RECORDS
from sim.population import build_world
from sim.results import Recorder
from sim.scenario import Scenario
from sim.simulation import simulate
from sim.state import Status

FORMAT = 1  # raise it when an array of the payload changes its meaning: no earlier record is then taken for a new one


@dataclass(frozen=True)
class OutcomesMeasure:
    """Keeps the outcomes of all months of a run."""

    engine: str = "kernel"
    by_village: bool = False

    @property
    def canonical(self) -> str:
        """What makes two measures of a run the same; the engines agree bit for bit."""
        return json.dumps({"kind": "tidy", "format": FORMAT, "by_village": self.by_village}, sort_keys=True)

    def __call__(self, scenario: Scenario, seed: int) -> Measured:
        """Run the scenario with the seed to its end."""
        started = time.perf_counter()
        run = simulate(scenario, seed, engine=self.engine, threads=1, by_village=self.by_village)
        seconds = time.perf_counter() - started
        payload = {name: np.array(getattr(run.recorder, name)) for name in RECORDS}
        payload |= {"months": np.array(run.recorder.months), "weight": run.world.weight}
        workers = np.count_nonzero(run.state.people.status != Status.VACANT)
        return Measured(payload, seconds, float(workers * run.month))

    def table(self, scenario: Scenario, seed: int, payload: Payload) -> Any:
        """The tidy outcomes of the run, as `sim.simulation.Run` has them."""
        world = replace(build_world(scenario), weight=payload["weight"])
        recorder = Recorder(world, seed, self.by_village)
        recorder.months = payload["months"].tolist()
        for name in RECORDS:
            setattr(recorder, name, list(payload[name]))
        return recorder.table()
