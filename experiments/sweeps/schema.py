"""What a sweep file may hold: the keys of `guiyan sweep`, each with its range and default."""

from typing import Annotated, Any, Literal

from pydantic import Field

from experiments.laboratory.schema import LARGEST_SEED, Horizon, Name
from scenarios.schema import Strict, quantity


class Seeds(Strict):
    """Seeds of every world: `count` of them from `from` on."""

    from_: Annotated[int, quantity("seed", 0, LARGEST_SEED, alias="from")] = 1
    count: Annotated[int, quantity("seeds", 1, 100_000)] = 1


class SweepFile(Strict):
    """A sweep file; `place`, `packages`, `horizons` and `seeds` may also be given in short."""

    place: Annotated[list[Name], Field(min_length=1, description="a place's name or file, or a list of them")]
    packages: Annotated[list[Name], Field(min_length=1)] | None = None
    vary: dict[str, Any] = Field(default_factory=dict)
    design: Literal["grid", "lhs", "sobol", "one-at-a-time"] = "grid"
    points: Annotated[int, quantity("points", 1, 1_000_000)] | None = None
    seeds: Seeds = Seeds()
    horizons: Annotated[list[Horizon], Field(min_length=1)] | None = None
    overrides: dict[str, Any] = Field(default_factory=dict)
    ensemble: Name | None = None
    draws: Annotated[int, quantity("draws", 2, 100_000)] | None = None
