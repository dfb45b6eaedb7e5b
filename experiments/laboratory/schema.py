"""What an experiment file may hold: the keys of `guiyan multiplier`, each with its range and default."""

from typing import Annotated, Any, Literal

from pydantic import Field

from scenarios.schema import Strict, quantity

LARGEST_SEED = 2**63 - 1
CONTROLS = ("null", "sham", "budget", "doses", "prior", "classes")
QUANTITIES = ("multiplier", "excess", "effect")
Control = Literal["null", "sham", "budget", "doses", "prior", "classes"]
Name = Annotated[str, Field(min_length=1, description="a name")]
Horizon = Annotated[int, quantity("months after the packages start", 1, 1200)]
Count = Annotated[int, quantity("seeds", 2, 100_000)]
DoseFactor = Annotated[float, quantity("multiple of the chosen dose", 0.01, 100)]


class Seeds(Strict):
    """Seeds of the runs: `count` of them for each population, from `from` on."""

    from_: Annotated[int, quantity("seed", 0, LARGEST_SEED, alias="from")] = 1
    count: Count = 16


class Precision(Strict):
    """Add seeds until an interval of the whole package is no wider than asked."""

    half_width: Annotated[float, quantity("half the interval's width", 1e-9)]
    outcome: Name = "return"
    horizon: Horizon | None = None
    quantity: Literal["multiplier", "excess", "effect"] = "multiplier"
    at_least: Count | None = None
    at_most: Count = 128


class Prior(Strict):
    """Draws over parameters that no data identify: dotted key -> [low, high]."""

    draws: Annotated[int, quantity("draws", 4, 100_000)] = 32
    seeds: Annotated[int, quantity("seeds a draw", 1, 1000)] = 4
    parameters: dict[str, list[float]] | None = None


class Null(Strict):
    """The world without coded mechanisms: which outcomes it is matched to, and when."""

    outcomes: Annotated[list[Name], Field(min_length=1)] | None = None
    horizon: Horizon | None = None
    decompose: bool = False


class ExperimentFile(Strict):
    """An experiment file; `seeds`, `controls` and lists may also be given in short."""

    place: Annotated[str, Field(min_length=1, description="a place's name or file")]
    instruments: list[Name]
    seeds: Seeds = Seeds()
    populations: Annotated[int, quantity("populations", 1, 1000)] = 1
    horizons: Annotated[list[Horizon], Field(min_length=1)] | None = None
    outcomes: Annotated[list[Name], Field(min_length=1)] | None = None
    overrides: dict[str, Any] = Field(default_factory=dict)
    precision: Precision | None = None
    controls: list[Control] = Field(default=["sham"])
    dose_factors: list[DoseFactor] = Field(default=[0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
    largest_dose: Annotated[float, quantity("multiple of the chosen dose", 1, 1000)] = 10.0
    budget: Annotated[float, quantity("yuan", 1)] | None = None
    training_seeds: Annotated[int, quantity("seeds", 1, 1000)] = 4
    prior: Prior = Prior()
    null: Null = Null()
