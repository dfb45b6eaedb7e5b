"""A sensitivity study with nothing left open, and its reading from a file or a command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.calibration.ensemble import Ensemble
from experiments.laboratory.factorial import FULL_UP_TO
from experiments.laboratory.ranges import Range, default_ranges
from experiments.laboratory.schema import LARGEST_SEED
from experiments.laboratory.worlds import Replicate
from experiments.outcomes import Outcome, horizons_within
from experiments.sensitivity.regions import Criterion, parse
from experiments.sensitivity.schema import METHODS, StudyFile
from experiments.sweeps.factors import DOSES, Factor
from experiments.sweeps.reading import Checks, Given, checked, tree
from scenarios.errors import suggestion
from scenarios.load import load
from scenarios.spot import Spot

SEEDS = 4  # of every world, unless another number is asked for
USUAL = ("value>0", "effect>0", "excess>0")  # what makes a world behavioural, by the number of packages


@dataclass(frozen=True)
class Study:
    """A checked study."""

    place: str
    packages: tuple[str, ...]
    files: tuple[Path, ...]
    ranges: tuple[Range, ...]
    methods: tuple[str, ...]
    trajectories: int
    keep: int  # parameters that Sobol varies after Morris
    samples: int  # base sample of Sobol, a power of 2
    pairs: bool
    worlds: int  # drawn for regional and prim
    criterion: Criterion
    half_width: float | None  # that replications are to reach
    relative: float | None  # the same as a share of the value
    seeds: range
    horizons: tuple[int, ...]
    outcomes: tuple[Outcome, ...]
    overrides: Mapping[str, Any]
    scenario: Any  # sim.scenario.Scenario with every package
    ensemble: Ensemble | None = None  # whose draws every point is run with

    def replicates(self) -> tuple[Replicate, ...]:
        """Every seed in the place's own population."""
        return tuple(Replicate(self.scenario.population_seed, seed) for seed in self.seeds)

    def plain(self) -> dict[str, Any]:
        """Everything but the scenario as its file would have it, file names without folders."""
        return {
            "schema": "sensitivity",
            "place": Path(self.place).name,
            "packages": list(self.packages),
            "vary": {one.key: f"{one.low:g}:{one.high:g}" for one in self.ranges},
            "methods": list(self.methods),
            "trajectories": self.trajectories,
            "keep": self.keep,
            "samples": self.samples,
            "pairs": self.pairs,
            "worlds": self.worlds,
            "criterion": str(self.criterion),
            "half_width": self.half_width,
            "relative": self.relative,
            "seeds": {"from": self.seeds.start, "count": len(self.seeds)},
            "horizons": list(self.horizons),
            "outcomes": [one.id for one in self.outcomes],
            "overrides": dict(self.overrides),
            **({} if self.ensemble is None else self.ensemble.identity()),
        }


def read_study(path: Path | None, given: Given, outcomes: Sequence[Outcome], seeds: int = SEEDS) -> Study:
    """A study from a file, from a command line, or from a file with parts of it changed.

    given     lies over the file
    outcomes  every outcome there is
    seeds     how many, unless the file or the command line says so
    Raises ScenarioError naming every problem found.
    """
    spot = tree(path, given, "sensitivity")
    file = checked(StudyFile, spot)
    reader = Checks(spot)
    places = reader.places(file.place)
    arms, files = reader.arms(["+".join(file.packages)] if file.packages else None)
    if len(files) > FULL_UP_TO:
        spot.wrong(f"expected at most {FULL_UP_TO} packages (got {len(files)})", "packages")
    factors = () if file.vary is None else reader.factors(file.vary)
    spot.problems.raise_any()
    factors = reader.against_places(factors, places, files, arms, file.overrides)
    ranges = default_ranges() if file.vary is None else tuple(_range(one, spot) for one in factors)
    scenario = load(places[0], list(files.values()), file.overrides)
    horizons = _horizons(file.horizons, scenario.months - scenario.policy_start, spot)
    chosen = _outcomes(file.outcomes, outcomes, spot)
    criterion = _criterion(file.criterion, len(files), spot)
    if file.samples & (file.samples - 1):
        near = 1 << file.samples.bit_length() - 1
        spot.wrong(f"expected a power of 2, such as {near} or {2 * near} (got {file.samples})", "samples")
    first, count = file.seeds.from_, seeds if file.seeds.count is None else file.seeds.count
    if first + count - 1 > LARGEST_SEED:
        spot.wrong(f"expected at most {LARGEST_SEED - count + 1} as the first seed (got {first})", "seeds", "from")
    ensemble = reader.ensemble(file.ensemble, file.draws, places, file.overrides)
    spot.problems.raise_any()
    return Study(
        place=places[0],
        packages=tuple(files),
        files=tuple(files.values()),
        ranges=ranges,
        methods=tuple(name for name in METHODS if name in file.methods),
        trajectories=file.trajectories,
        keep=file.keep,
        samples=file.samples,
        pairs=file.pairs,
        worlds=file.worlds,
        criterion=criterion,
        half_width=file.half_width,
        relative=file.relative,
        seeds=range(first, first + count),
        horizons=horizons,
        outcomes=chosen,
        overrides=dict(file.overrides),
        scenario=scenario,
        ensemble=ensemble,
    )


def _range(one: Factor, spot: Spot) -> Range:
    """A factor as a range; what is no range of numbers is noted."""
    here = spot.at("vary", one.key)
    if one.is_listed or one.count is not None or one.spacing is not None:
        here.wrong("expected the two ends of a range, such as 0.3:20")
    elif one.key.startswith(DOSES) or one.is_whole:
        here.wrong("expected a parameter, such as enterprise.sigma; sweep varies doses and whole numbers")
    return Range(one.key, one.low, one.high)


def _horizons(asked: Sequence[int] | None, after: int, spot: Spot) -> tuple[int, ...]:
    for i, horizon in enumerate(asked or ()):
        if horizon > after:
            message = f"beyond the run: expected at most {after} months after the packages start (got {horizon})"
            spot.wrong(message, "horizons", i)
    return tuple(sorted(set(asked or horizons_within(after))))


def _outcomes(names: Sequence[str] | None, known: Sequence[Outcome], spot: Spot) -> tuple[Outcome, ...]:
    by_id = {one.id: one for one in known}
    for i, name in enumerate(names or ()):
        if name not in by_id:
            spot.wrong(f'unknown outcome "{name}"{suggestion(name, by_id)}', "outcomes", i)
    return tuple(by_id[name] for name in dict.fromkeys(names or by_id) if name in by_id)


def _criterion(text: str | None, packages: int, spot: Spot) -> Criterion:
    usual = parse(USUAL[min(packages, 2)], packages)
    try:
        return usual if text is None else parse(text, packages)
    except ValueError as error:
        spot.wrong(str(error), "criterion")
        return usual
