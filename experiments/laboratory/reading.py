"""Reads an experiment file or a command line, checks it against place and program, fills in every default."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.laboratory.experiment import INTERCEPTS, TRAINING_OFFSET, Experiment, Null, Precision, Prior
from experiments.laboratory.factorial import FULL_UP_TO
from experiments.laboratory.ranges import default_ranges, ranges_of
from experiments.laboratory.schema import CONTROLS, LARGEST_SEED, ExperimentFile
from experiments.outcomes import Outcome, horizons_within
from experiments.request import Given, request, written_out
from scenarios.errors import Problems, suggestion
from scenarios.files import find, is_file_name, read_package, shipped_packages, shipped_places
from scenarios.load import load
from scenarios.reading import Node, from_plain
from scenarios.spot import Spot
from scenarios.validation import validated

NULL_OUTCOMES = ("return", "enterprise")  # what a null is matched to unless the file says otherwise
MOST_INSTRUMENTS = 12
LISTS = ("instruments", "outcomes", "horizons", "controls", "dose_factors")  # may be written as one value


def read_experiment(path: Path | None, given: Given, outcomes: Sequence[Outcome]) -> Experiment:
    """An experiment from a file, from a command line, or from a file with parts of it changed.

    given     key of the file -> (the option that said so, value); lies over the file
    outcomes  every outcome there is
    Raises ScenarioError naming every problem found.
    """
    node = request(path, given, "experiment", "--instruments", _spread)
    problems = Problems()
    spot = Spot(node, problems)
    file = validated(ExperimentFile, spot)
    problems.raise_any()
    assert file is not None
    return _Resolver(file, spot, outcomes).experiment()


def _spread(node: Node) -> Node:
    """What is written in short, in full: a number of seeds, one value for a list, all or none of the controls."""
    node = written_out(node, LISTS)
    value = dict(node.value)
    if "controls" in value and isinstance(value["controls"].value, list):  # YAML reads a bare null as nothing
        named = [replace(item, value="null") if item.value is None else item for item in value["controls"].value]
        value["controls"] = replace(value["controls"], value=named)
    words = value["controls"].plain() if "controls" in value else []
    if words in (["all"], ["none"]):
        chosen = CONTROLS if words == ["all"] else ()
        value["controls"] = from_plain(list(chosen), value["controls"].position)
    return replace(node, value=value)


class _Resolver:
    """Fills in what a valid file leaves open, and notes what contradicts the place or the program."""

    def __init__(self, file: ExperimentFile, spot: Spot, outcomes: Sequence[Outcome]) -> None:
        self.file, self.spot, self.problems = file, spot, spot.problems
        self.known = {outcome.id: outcome for outcome in outcomes}

    def experiment(self) -> Experiment:
        """The experiment; ScenarioError where anything does not hold."""
        files = self._packages()
        place = self._relative(self.file.place, "place")
        scenario = self._scenario(place, files)
        chosen = self._outcomes(self.file.outcomes or list(self.known), "outcomes")
        horizons = self._horizons(scenario.months - scenario.policy_start)
        self.problems.raise_any()
        self._doses()
        precision, null, prior = self._precision(horizons), self._null(chosen, horizons), self._prior()
        first, count = self.file.seeds.from_, self.file.seeds.count
        self._largest_seed(first, max(count, 0 if precision is None else precision.at_most))
        self.problems.raise_any()
        return Experiment(
            place=str(place),
            packages=tuple(files),
            files=tuple(files.values()),
            seeds=(first, count),
            populations=tuple(scenario.population_seed + p for p in range(self.file.populations)),
            horizons=horizons,
            outcomes=tuple(self.known[name] for name in chosen),
            overrides=dict(self.file.overrides),
            precision=precision,
            controls=tuple(name for name in CONTROLS if name in self.file.controls),
            dose_factors=tuple(sorted({*self.file.dose_factors, 1.0})),
            largest_dose=self.file.largest_dose,
            budget=self.file.budget,
            training_seeds=self.file.training_seeds,
            prior=prior,
            null=null,
            scenario=scenario,
        )

    def _relative(self, name: str, *steps: str | int) -> str:
        """A file as named by an experiment file stands beside it; by the command line, in the current folder."""
        here = self.spot.at(*steps)
        return str(here.folder / name) if is_file_name(name) and here.position.line is not None else name

    def _packages(self) -> dict[str, Path]:
        """File of each package by its id, in the order given."""
        if len(self.file.instruments) < 2:
            self.spot.wrong(f"expected at least 2 instruments (got {len(self.file.instruments)})", "instruments")
        if "classes" in self.file.controls and len(self.file.instruments) > FULL_UP_TO:
            message = f"classes needs every combination; expected at most {FULL_UP_TO} instruments, or no classes"
            self.spot.wrong(message, "controls")
        if len(self.file.instruments) > MOST_INSTRUMENTS:
            message = f"expected at most {MOST_INSTRUMENTS} instruments (got {len(self.file.instruments)})"
            self.spot.wrong(message, "instruments")
        files: dict[str, Path] = {}
        owners: dict[str, str] = {}
        for i, name in enumerate(self.file.instruments):
            here = self.spot.at("instruments", i)
            if not is_file_name(name) and name not in shipped_packages():
                hint = suggestion(name, shipped_packages())
                here.wrong(f'unknown package "{name}"; expected a name or a file ending in .yaml{hint}')
                continue
            path = find(self._relative(name, "instruments", i), shipped_packages(), "package")
            tree = read_package(path)
            identity = tree.child("id")
            package = str(identity.value) if identity is not None else name
            if package in files:
                here.wrong(f'"{package}" is there twice; expected each instrument once')
            files[package] = path
            self._separable(package, tree, owners, here)
        self.problems.raise_any()
        return files

    def _separable(self, package: str, tree: Node, owners: dict[str, str], here: Spot) -> None:
        """Note an instrument that two packages share: it could not have a dose in each."""
        items = tree.child("instruments")
        for item in items.value if items is not None and isinstance(items.value, list) else ():
            identity = item.child("id")
            name = str(identity.value) if identity is not None else ""
            other = owners.setdefault(name, package)
            if other != package:
                message = f'"{package}" and "{other}" share the instrument "{name}"; expected factors without overlap'
                here.wrong(message)

    def _scenario(self, place: str, files: Mapping[str, Path]) -> Any:
        if not is_file_name(place) and place not in shipped_places():
            hint = suggestion(place, shipped_places())
            self.spot.wrong(f'unknown place "{place}"; expected a name or a file ending in .yaml{hint}', "place")
            self.problems.raise_any()
        return load(place, list(files.values()), self.file.overrides)

    def _outcomes(self, names: Iterable[str], *steps: str) -> list[str]:
        chosen: list[str] = []
        for i, name in enumerate(names):
            if name not in self.known:
                self.spot.wrong(f'unknown outcome "{name}"{suggestion(name, self.known)}', *steps, i)  # type: ignore[arg-type]
            elif name not in chosen:
                chosen.append(name)
        return chosen

    def _horizons(self, after: int) -> tuple[int, ...]:
        """Months after the start, rising; without any given, the usual ones that the run reaches."""
        if after < 1:
            message = "the packages start when the run has ended; expected a later end (months) or an earlier start"
            self.spot.wrong(message, "overrides")
            return (1,)
        for i, horizon in enumerate(self.file.horizons or ()):
            if horizon > after:
                message = f"beyond the run: expected at most {after} months after the packages start (got {horizon})"
                self.spot.wrong(message, "horizons", i)
        return tuple(sorted(set(self.file.horizons or horizons_within(after))))

    def _one_horizon(self, horizon: int | None, horizons: Sequence[int], *steps: str) -> int:
        if horizon is not None and horizon not in horizons:
            listed = ", ".join(map(str, horizons))
            self.spot.wrong(f"expected one of the horizons {listed} (got {horizon})", *steps)
        return horizons[-1] if horizon is None else horizon

    def _doses(self) -> None:
        factors = self.file.dose_factors
        if len(set(factors)) < 2:
            self.spot.wrong(f"expected at least 2 different factors (got {len(set(factors))})", "dose_factors")

    def _precision(self, horizons: Sequence[int]) -> Precision | None:
        asked = self.file.precision
        if asked is None:
            return None
        self._named(asked.outcome, self.file.outcomes or list(self.known), "precision", "outcome")
        horizon = self._one_horizon(asked.horizon, horizons, "precision", "horizon")
        at_least = self.file.seeds.count if asked.at_least is None else asked.at_least
        at_most = max(asked.at_most, at_least) if "at_most" not in asked.model_fields_set else asked.at_most
        if at_most < at_least:
            self.spot.wrong(
                f"expected at least {at_least}, the seeds to begin with (got {at_most})", "precision", "at_most"
            )
        return Precision(asked.outcome, horizon, asked.quantity, asked.half_width, at_least, at_most)

    def _named(self, name: str, valid: Sequence[str], *steps: str | int) -> None:
        if name not in valid:
            self.spot.wrong(f'unknown outcome "{name}"{suggestion(name, valid)}', *steps)

    def _null(self, outcomes: Sequence[str], horizons: Sequence[int]) -> Null:
        matchable = [name for name in outcomes if name in INTERCEPTS]
        usual = [name for name in NULL_OUTCOMES if name in matchable]
        names = self.file.null.outcomes or usual or matchable[:1]
        for i, name in enumerate(names):
            self._named(name, matchable, "null", "outcomes", i)
        if not names and "null" in self.file.controls:
            allowed = ", ".join(INTERCEPTS)
            self.spot.wrong(f"null needs an outcome that a level can be set for; expected one of {allowed}", "outcomes")
        horizon = self._one_horizon(self.file.null.horizon, horizons, "null", "horizon")
        return Null(tuple(dict.fromkeys(names)), horizon, self.file.null.decompose)

    def _prior(self) -> Prior:
        asked = self.file.prior
        if asked.parameters is None:
            ranges = default_ranges()
        else:
            ranges = ranges_of(asked.parameters, self.spot.at("prior", "parameters"))
        return Prior(asked.draws, asked.seeds, ranges)

    def _largest_seed(self, first: int, count: int) -> None:
        last = first + TRAINING_OFFSET + max(count, self.file.training_seeds) * self.file.populations
        if last > LARGEST_SEED:
            self.spot.wrong(
                f"expected at most {LARGEST_SEED - last + first} as the first seed (got {first})", "seeds", "from"
            )
