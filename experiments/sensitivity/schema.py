"""What a sensitivity file may hold: the keys of `guiyan sensitivity` and `guiyan replications`."""

from typing import Annotated, Any, Literal

from pydantic import Field

from experiments.laboratory.schema import LARGEST_SEED, Horizon, Name
from scenarios.schema import Strict, quantity

METHODS = ("morris", "sobol", "tornado", "regional", "prim")
Method = Literal["morris", "sobol", "tornado", "regional", "prim"]


class Seeds(Strict):
    """Seeds of every world: `count` of them from `from` on."""

    from_: Annotated[int, quantity("seed", 0, LARGEST_SEED, alias="from")] = 1
    count: Annotated[int, quantity("seeds", 1, 100_000)] | None = None


class StudyFile(Strict):
    """A sensitivity file; lists and `seeds` may also be given in short."""

    place: Annotated[list[Name], Field(min_length=1, max_length=1, description="a place's name or file")]
    packages: list[Name] = Field(default_factory=list)
    vary: dict[str, Any] | None = None
    methods: Annotated[list[Method], Field(min_length=1)] = Field(default=["morris", "sobol"])
    trajectories: Annotated[int, quantity("trajectories", 4, 10_000)] = 16
    keep: Annotated[int, quantity("parameters", 1, 100)] = 8
    samples: Annotated[int, quantity("base sample", 2, 65_536)] = 64
    pairs: bool = False
    worlds: Annotated[int, quantity("worlds", 20, 1_000_000)] = 128
    criterion: Name | None = None
    half_width: Annotated[float, quantity("half the interval's width", 1e-12)] | None = None
    relative: Annotated[float, quantity("half the interval's width as a share of the value", 1e-6, 1)] | None = None
    seeds: Seeds = Seeds()
    horizons: Annotated[list[Horizon], Field(min_length=1)] | None = None
    outcomes: Annotated[list[Name], Field(min_length=1)] | None = None
    overrides: dict[str, Any] = Field(default_factory=dict)
    ensemble: Name | None = None
    draws: Annotated[int, quantity("draws", 2, 100_000)] | None = None
