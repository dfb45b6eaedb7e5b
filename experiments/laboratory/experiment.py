"""The question with nothing left open: what every other file of the laboratory is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from experiments.laboratory.ranges import Range
from experiments.laboratory.worlds import Replicate
from experiments.outcomes import Outcome

TRAINING_OFFSET = 1_000_000_000  # training seeds begin here, so that no number of scored seeds ever meets them
INTERCEPTS = {  # what moves an outcome's level without touching any instrument
    "return": "parameters.decision.home_intercept",
    "at_home": "parameters.decision.home_intercept",
    "quality_return": "parameters.decision.home_intercept",
    "enterprise": "parameters.decision.enterprise_intercept",
    "enterprise_alive": "parameters.decision.enterprise_intercept",
    "jobs": "parameters.decision.enterprise_intercept",
}


class Precision(NamedTuple):
    """When to stop adding seeds."""

    outcome: str
    horizon: int
    quantity: str
    half_width: float
    at_least: int
    at_most: int


class Prior(NamedTuple):
    """Draws over the parameters, and seeds of each."""

    draws: int
    seeds: int
    ranges: tuple[Range, ...]
    ensemble: str = ""  # sha256 of the file whose draws take the place of the prior's
    points: tuple[tuple[float, ...], ...] = ()  # those draws, in the order of the ranges


class Null(NamedTuple):
    """What the world without mechanisms is matched to."""

    outcomes: tuple[str, ...]
    horizon: int
    decompose: bool


@dataclass(frozen=True)
class Experiment:
    """A checked experiment with nothing left open."""

    place: str  # name, or a file's path
    packages: tuple[str, ...]  # ids, the factors, in the order given
    files: tuple[Path, ...]  # their files, in the same order
    seeds: tuple[int, int]  # first, and how many for each population
    populations: tuple[int, ...]  # population seeds
    horizons: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    overrides: Mapping[str, Any]
    precision: Precision | None
    controls: tuple[str, ...]
    dose_factors: tuple[float, ...]
    largest_dose: float  # up to which equal budgets are searched
    budget: float | None
    training_seeds: int
    prior: Prior
    null: Null
    scenario: Any  # sim.scenario.Scenario with every package

    def replicates(self, count: int | None = None, first: int | None = None) -> tuple[Replicate, ...]:
        """Seeds of every population in turn: more of them only lengthen the tuple."""
        start = self.seeds[0] if first is None else first
        number, populations = self.seeds[1] if count is None else count, len(self.populations)
        return tuple(
            Replicate(population, start + populations * i + p)
            for i in range(number)
            for p, population in enumerate(self.populations)
        )

    def training(self) -> tuple[Replicate, ...]:
        """Replicates on which doses are chosen; none of them is ever scored."""
        return self.replicates(self.training_seeds, self.seeds[0] + TRAINING_OFFSET)

    def plain(self) -> dict[str, Any]:
        """Everything but the scenario as its file would have it, file names without folders."""
        return {
            "schema": "experiment",
            "place": Path(self.place).name,
            "instruments": list(self.packages),
            "seeds": {"from": self.seeds[0], "count": self.seeds[1]},
            "populations": len(self.populations),
            "horizons": list(self.horizons),
            "outcomes": [outcome.id for outcome in self.outcomes],
            "overrides": dict(self.overrides),
            "precision": None if self.precision is None else self.precision._asdict(),
            "controls": list(self.controls),
            "dose_factors": list(self.dose_factors),
            "largest_dose": self.largest_dose,
            "budget": self.budget,
            "training_seeds": self.training_seeds,
            "prior": {
                "draws": self.prior.draws,
                "seeds": self.prior.seeds,
                "parameters": {one.key: [one.low, one.high] for one in self.prior.ranges},
                **({"ensemble": self.prior.ensemble} if self.prior.ensemble else {}),
            },
            "null": {**self.null._asdict(), "outcomes": list(self.null.outcomes)},
        }
