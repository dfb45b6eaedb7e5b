"""Reads a sweep file or a command line, checks it against places and program, fills in every default."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from experiments.calibration.ensemble import Ensemble, read_ensemble
from experiments.errors import InputError
from experiments.laboratory.arms import LARGEST_DOSE
from experiments.laboratory.schema import LARGEST_SEED
from experiments.request import Given, request, written_out
from experiments.sweeps.designs import DRAWN, GRID, SOBOL
from experiments.sweeps.factors import DOSES, Factor, parse
from experiments.sweeps.schema import SweepFile
from experiments.sweeps.sweep import BASELINE, Sweep
from scenarios.errors import Problems, ScenarioError, shown, suggestion
from scenarios.files import find, is_file_name, shipped_packages, shipped_places
from scenarios.overrides import OF_PACKAGES
from scenarios.resolve import Sources, read_sources, resolve_sources
from scenarios.spot import Spot
from scenarios.validation import validated

LENGTHS = {"months", "policy_start"}  # keys that decide how far a run reaches
POINTS = 64  # of a drawn design, unless another number is asked for
LISTS = ("place", "packages", "horizons", "methods", "outcomes")  # may be written as one value
File = TypeVar("File", bound=BaseModel)


def read_sweep(path: Path | None, given: Given) -> Sweep:
    """A sweep from a file, from a command line, or from a file with parts of it changed.

    given  lies over the file
    Raises ScenarioError naming every problem found.
    """
    spot = tree(path, given, "sweep")
    file = checked(SweepFile, spot)
    reader = Checks(spot)
    places = reader.places(file.place)
    arms, files = reader.arms(file.packages)
    factors = reader.factors(file.vary)
    if file.packages is None and (dosed := [one.key.removeprefix(DOSES) for one in factors if _is_dose(one)]):
        arms, files = reader.arms(["+".join(dosed)], "vary")
    spot.problems.raise_any()
    factors = reader.against_places(factors, places, files, arms, file.overrides)
    reader.horizons(file.horizons, places, factors, file.overrides)
    points = _points(file, factors, spot)
    first, count = file.seeds.from_, file.seeds.count
    if first + count - 1 > LARGEST_SEED:
        spot.wrong(f"expected at most {LARGEST_SEED - count + 1} as the first seed (got {first})", "seeds", "from")
    horizons = None if file.horizons is None else tuple(sorted(set(file.horizons)))
    ensemble = reader.ensemble(file.ensemble, file.draws, places, file.overrides)
    spot.problems.raise_any()
    return Sweep(
        places=places,
        files=tuple(files.values()),
        arms=arms,
        factors=factors,
        design=file.design,
        count=points,
        seeds=range(first, first + count),
        horizons=horizons,
        overrides=dict(file.overrides),
        ensemble=ensemble,
    )


def tree(path: Path | None, given: Given, schema: str) -> Spot:
    """A file's tree with options laid over it; what is written in short is written out."""
    node = request(path, given, schema, "--vary or --packages", lambda one: written_out(one, LISTS))
    return Spot(node, Problems())


def checked(model: type[File], spot: Spot) -> File:
    """The tree as its model; ScenarioError where it does not fit."""
    file = validated(model, spot)
    spot.problems.raise_any()
    assert file is not None
    return file


def _points(file: SweepFile, factors: Sequence[Factor], spot: Spot) -> int:
    """Points that a drawn design is to have; what the design cannot do with the factors is noted."""
    if file.design == GRID:
        for one in factors:
            if not one.is_listed and one.count is None:
                text = one.text()
                spot.wrong(f"a grid needs a number of values, such as {text}:5 (got {text})", "vary", one.key)
    if file.design not in DRAWN:
        if file.points is not None:
            spot.wrong(f"expected the design lhs or sobol with points (got {file.design})", "points")
        return 0
    if not factors:
        spot.wrong(f"the design {file.design} draws what is varied; expected at least one key to vary", "vary")
    count = POINTS if file.points is None else file.points
    if file.design == SOBOL and count & (count - 1):
        near = 1 << count.bit_length() - 1
        spot.wrong(f"expected a power of 2 for sobol, such as {near} or {2 * near} (got {count})", "points")
    return count


def _is_dose(one: Factor) -> bool:
    return one.key.startswith(DOSES)


class Checks:
    """What a sweep's and a sensitivity's file have in common, checked against what there is."""

    def __init__(self, spot: Spot) -> None:
        self.spot = spot

    def places(self, names: Sequence[str]) -> tuple[str, ...]:
        """Places by name or path, each once."""
        found: list[str] = []
        for i, name in enumerate(names):
            here = self.spot.at("place", i)
            if not is_file_name(name) and name not in shipped_places():
                hint = suggestion(name, shipped_places())
                here.wrong(f'unknown place "{name}"; expected a name or a file ending in .yaml{hint}')
            elif (place := self._relative(name, here)) in found:
                here.wrong(f'"{name}" is there twice; expected each place once')
            else:
                found.append(place)
        return tuple(found)

    def arms(
        self, written: Sequence[str] | None, key: str = "packages"
    ) -> tuple[tuple[tuple[str, ...], ...], dict[str, Path]]:
        """The arms, packages joined by +, as ids; and the file of every package by id."""
        files: dict[str, Path] = {}
        arms: list[tuple[str, ...]] = []
        for i, text in enumerate(written or [BASELINE]):
            here = self.spot.at(key, i) if key == "packages" else self.spot.at(key)
            parts = [] if text == BASELINE else [part.strip() for part in text.split("+")]
            ids = [one for part in parts if (one := self._package(part, files, here)) is not None]
            if len(set(ids)) < len(ids):
                here.wrong(f'a package is there twice in "{text}"; expected each once')
            elif len(ids) == len(parts) and tuple(sorted(ids)) in [tuple(sorted(arm)) for arm in arms]:
                here.wrong(f'"{text}" is there twice; expected each once')
            arms.append(tuple(ids))
        return tuple(arms), files

    def factors(self, vary: Mapping[str, Any], key: str = "vary") -> tuple[Factor, ...]:
        """What is varied, in the order of the keys."""
        found = []
        for name, written in sorted(vary.items()):
            try:
                found.append(parse(name, written))
            except ValueError as error:
                self.spot.wrong(str(error), key, name)
        return tuple(found)

    def against_places(
        self,
        factors: Sequence[Factor],
        places: Sequence[str],
        files: Mapping[str, Path],
        arms: Sequence[Sequence[str]],
        overrides: Mapping[str, Any],
        key: str = "vary",
    ) -> tuple[Factor, ...]:
        """The factors, with those that take whole numbers marked; values that a place refuses are noted."""
        held = {name for one in arms for name in one}
        marked = list(factors)
        for place in places:
            sources = read_sources(place, list(files.values()))
            base = resolve_sources(sources, overrides).data
            for i, one in enumerate(marked):
                if _is_dose(one):
                    self._dose(one, held, key)
                    continue
                one = marked[i] = one._replace(is_whole=_is_whole(value_at(base, one.key)))
                self._accepted(one, sources, overrides, key)
        self.spot.problems.raise_any()
        return tuple(marked)

    def ensemble(
        self, name: str | None, draws: int | None, places: Sequence[str], overrides: Mapping[str, Any]
    ) -> Ensemble | None:
        """The ensemble of the one place, thinned to some draws; None without one."""
        here = self.spot.at("ensemble")
        if name is None:
            if draws is not None:
                self.spot.wrong("thins an ensemble; expected a file under `ensemble` as well", "draws")
            return None
        if len(places) > 1:
            here.wrong(f"an ensemble is of one place; expected that place alone (got {', '.join(places)})")
            return None
        path = Path(self._relative(name, here))
        if not path.is_file():
            here.wrong(f"{path}: no such file; expected one that guiyan calibrate has left")
            return None
        found = read_ensemble(path, resolve_sources(read_sources(places[0]), _of_place(overrides)).data["id"])
        for key in sorted(found.keys & set(overrides)):
            self.spot.wrong("the ensemble sets it as well; expected one of the two", "overrides", key)
        return found if draws is None else found.thinned(draws)

    def horizons(
        self,
        asked: Sequence[int] | None,
        places: Sequence[str],
        factors: Sequence[Factor],
        overrides: Mapping[str, Any],
    ) -> None:
        """Note a horizon that no run reaches, unless what is varied may lengthen them."""
        if not asked or {one.key for one in factors} & LENGTHS:
            return
        runs = [resolve_sources(read_sources(place), _of_place(overrides)).data for place in places]
        after = max(data["months"] - data["policy_start"] for data in runs)
        for i, horizon in enumerate(asked):
            if horizon > after:
                message = f"beyond the run: expected at most {after} months after the packages start (got {horizon})"
                self.spot.wrong(message, "horizons", i)

    def _accepted(self, one: Factor, sources: Sources, overrides: Mapping[str, Any], key: str) -> None:
        """Note a value that the place refuses."""
        if one.key in overrides:
            self.spot.wrong("is also among the overrides; expected it in one of them", key, one.key)
            return
        for value in one.levels():
            try:
                resolve_sources(sources, {**overrides, one.key: value})
            except ScenarioError as error:
                for line in str(error).splitlines():
                    self.spot.wrong(line.removeprefix("override: ").removeprefix(f"{one.key}: "), key, one.key)
                return

    def _dose(self, one: Factor, held: set[str], key: str) -> None:
        name = one.key.removeprefix(DOSES)
        if name not in held:
            hint = suggestion(name, held) if held else "; expected it among the packages"
            self.spot.wrong(f'no arm has the package "{name}"{hint}', key, one.key)
        for value in one.levels():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST_DOSE:
                span = f"multiples of the dose from 0 to {LARGEST_DOSE:g}"
                self.spot.wrong(f"expected {span} (got {shown(value)})", key, one.key)

    def _package(self, name: str, files: dict[str, Path], here: Spot) -> str | None:
        """The id of a package by name or file, whose file is noted."""
        if not is_file_name(name) and name not in shipped_packages():
            known = {**shipped_packages(), BASELINE: Path()}
            hint = suggestion(name, known)
            here.wrong(f'unknown package "{name}"; expected a name or a file ending in .yaml{hint}')
            return None
        from scenarios.files import read_package

        path = find(self._relative(name, here), shipped_packages(), "package")
        identity = read_package(path).child("id")
        package = str(identity.value) if identity is not None else name
        if files.setdefault(package, path).resolve() != path.resolve():
            here.wrong(f'another file has the id "{package}"; expected another id for one')
        return package

    def _relative(self, name: str, here: Spot) -> str:
        """A file as named by a file stands beside it; by the command line, in the current folder."""
        return str(here.folder / name) if is_file_name(name) and here.position.line is not None else name


def value_at(data: Any, key: str) -> Any:
    """The value of a dotted key in a resolved scenario; None where there is none. Items of lists go by their ids."""
    node = {**data, "instruments": [*data["programmes"], *data["instruments"]]}
    for step in key.split("."):
        if isinstance(node, list):
            by_id = {one.get("id"): one for one in node if isinstance(one, dict)}
            if step not in by_id and not (step.isdecimal() and int(step) < len(node)):
                return None
            node = by_id[step] if step in by_id else node[int(step)]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            return None
    return node


def _of_place(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides without those of packages, which a place alone need not have."""
    return {key: value for key, value in overrides.items() if not key.startswith(OF_PACKAGES)}


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def require_out(out: Path | None, what: str) -> Path:
    """The folder of a command that cannot do without. InputError where none is given."""
    if out is None:
        raise InputError(f"{what} needs a folder to leave its runs in; expected --out DIR")
    return out
