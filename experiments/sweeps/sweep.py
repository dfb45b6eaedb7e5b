"""A sweep with nothing left open, and its runs in their one order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from experiments.calibration.ensemble import Ensemble
from experiments.laboratory.arms import ArmScenarios
from experiments.laboratory.worlds import Arm, arm
from experiments.measure import Measure
from experiments.outcomes import horizons_within
from experiments.sweeps.designs import Points, points_of
from experiments.sweeps.factors import DOSES, Factor
from sim.scenario import Scenario

BASELINE = "none"


class Shard(NamedTuple):
    """One of `count` parts of a sweep, numbered from 1: every `count`-th world, so that parts share none."""

    number: int = 1
    count: int = 1

    def holds(self, place: int) -> bool:
        """Whether the part has a world, by its place in the order."""
        return place % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}-of-{self.count}"


WHOLE = Shard()


class Cell(NamedTuple):
    """A place, a world and an arm, by number; every seed of it is a run. Each draw of an ensemble is a world."""

    place: int
    world: int  # point x draws + draw
    arm: int


@dataclass(frozen=True)
class Sweep:
    """A checked sweep."""

    places: tuple[str, ...]  # names, or files' paths
    files: tuple[Path, ...]  # of the packages of all arms
    arms: tuple[tuple[str, ...], ...]  # ids of the packages of each
    factors: tuple[Factor, ...]
    design: str
    count: int  # points, where the design draws them
    seeds: range
    horizons: tuple[int, ...] | None  # months after the packages start; None: the usual ones of each run
    overrides: Mapping[str, Any]
    ensemble: Ensemble | None = None

    @cached_property
    def points(self) -> Points:
        """The values of every factor in every point."""
        return points_of(self.design, self.factors, self.count)

    @property
    def draws(self) -> int:
        """Draws of the ensemble that every point is run with; 1 without one."""
        return 1 if self.ensemble is None else len(self.ensemble.weight)

    @property
    def worlds(self) -> int:
        """Worlds of a place: points times draws."""
        return len(self.points) * self.draws

    @property
    def runs(self) -> int:
        """Runs of all shards."""
        return len(self.places) * self.worlds * len(self.arms) * len(self.seeds)

    def runs_of(self, shard: Shard) -> int:
        """Runs of one shard."""
        groups = len(self.places) * self.worlds
        return len(range(shard.number - 1, groups, shard.count)) * len(self.arms) * len(self.seeds)

    def cells(self, shard: Shard = WHOLE) -> Iterator[Cell]:
        """Every cell in order: places, worlds, arms. What a shard runs shares its spin-up."""
        for place in range(len(self.places)):
            for world in range(self.worlds):
                if shard.holds(place * self.worlds + world):
                    yield from (Cell(place, world, number) for number in range(len(self.arms)))

    def arm_of(self, cell: Cell) -> Arm:
        """Doses and changes of a cell; a dose counts where the arm holds its package."""
        values = self.settings(cell.world)
        doses = {name: float(values.get(f"{DOSES}{name}", 1.0)) for name in self.arms[cell.arm]}
        return arm(doses, {key: value for key, value in values.items() if not key.startswith(DOSES)})

    def settings(self, world: int) -> dict[str, Any]:
        """The values of a world by key, without those that stay the place's own; a point's lie over a draw's."""
        point, draw = divmod(world, self.draws)
        pairs = zip(self.factors, self.points[point], strict=True)
        drawn: dict[str, Any] = {} if self.ensemble is None else self.ensemble.changes(draw)
        return drawn | {factor.key: value for factor, value in pairs if value is not None}

    def scenarios(self, place: int) -> ArmScenarios:
        """What makes the scenarios of a place; kept until another place is asked for."""
        if place not in self._latest:
            self._latest.clear()
            self._latest[place] = ArmScenarios(self.places[place], self.files, self.overrides)
        return self._latest[place]

    @cached_property
    def _latest(self) -> dict[int, ArmScenarios]:
        return {}

    def measure(self, scenario: Scenario) -> Measure:
        """What is kept of a run: the horizons that it reaches, or its end."""
        after = scenario.months - scenario.policy_start
        reached = tuple(one for one in self.horizons or horizons_within(after) if one <= after)
        return Measure(tuple(scenario.policy_start + horizon for horizon in reached or (after,)))

    def arm_name(self, number: int) -> str:
        """An arm as tables show it."""
        return "+".join(self.arms[number]) or BASELINE

    def place_name(self, number: int) -> str:
        """A place as tables show it: without folders."""
        return Path(self.places[number]).name

    def plain(self) -> dict[str, Any]:
        """Everything as its file would have it, file names without folders."""
        vary = {one.key: list(one.values) if one.is_listed else one.text() for one in self.factors}
        return {
            "schema": "sweep",
            "place": [self.place_name(number) for number in range(len(self.places))],
            "packages": [self.arm_name(number) for number in range(len(self.arms))],
            "vary": vary,
            "design": self.design,
            "points": len(self.points),
            "seeds": {"from": self.seeds.start, "count": len(self.seeds)},
            "horizons": None if self.horizons is None else list(self.horizons),
            "overrides": dict(self.overrides),
            **({} if self.ensemble is None else self.ensemble.identity()),
        }
