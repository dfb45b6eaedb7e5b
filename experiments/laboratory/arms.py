"""From an arm to its scenario: doses, capacities and changes laid on the experiment's place.

Reading the files takes most of the time of `scenarios.load`, so they are read once, resolved once for each set of
changes, and arms and populations are cut out of what was resolved: the scenarios are those that `scenarios.load`
gives, hash for hash.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from experiments.errors import InputError
from experiments.laboratory.worlds import Arm, Changes
from scenarios.building import scenario_of
from scenarios.files import package_files
from scenarios.resolve import Resolution, Sources, read_sources, resolve_sources
from sim.scenario import Scenario

LARGEST_DOSE = 1000.0  # as the schema of instruments has it
RESOLUTIONS_KEPT, SCENARIOS_KEPT = 8, 1024
Kept = TypeVar("Kept")


class ArmScenarios:
    """The scenarios of an experiment.

    place      name or file
    packages   names or files; "a+b" is one factor. Their ids, in this order, are `packages`
    overrides  dotted key -> value, for every arm; a key of an instrument counts where the arm holds it
    Raises ScenarioError for what the files do not allow, InputError for packages that cannot be told apart.
    """

    def __init__(
        self, place: str | Path, packages: Sequence[str | Path], overrides: Mapping[str, Any] | None = None
    ) -> None:
        self._place, self._overrides = place, dict(overrides or {})
        self._sources: Sources | None = None
        self._files = [package_files([package]) for package in packages]
        self._resolutions: OrderedDict[Changes, Resolution] = OrderedDict()
        self._scenarios: OrderedDict[tuple[Arm, int], Scenario] = OrderedDict()
        base = self._resolution(())
        instruments = {file.resolve(): package for file, package in zip(self._all(), base.packages, strict=True)}
        members = [[instruments[file.resolve()][0] for file in files] for files in self._files]
        self.packages = tuple("+".join(sorted({package.id for package in some})) for some in members)
        self._members = {
            name: {package.id for package in some} for name, some in zip(self.packages, members, strict=True)
        }
        self.instruments = {
            name: tuple(sorted({one.id for package in some for one in package.instruments}))
            for name, some in zip(self.packages, members, strict=True)
        }
        self._require_distinct()

    def resolved(self) -> dict[str, Any]:
        """The place with every package, as plain data."""
        return self._resolution(()).data

    def scenario(self, arm: Arm, population: int | None = None) -> Scenario:
        """The scenario of an arm for a population's seed (None: the place's own)."""
        if population is None:
            population = self._resolution(arm.changes).data["population"]["seed"]
        return _kept(
            self._scenarios, (arm, population), SCENARIOS_KEPT, lambda: self._cut(arm.doses, arm.changes, population)
        )

    def _cut(self, doses: Sequence[tuple[str, float]], changes: Changes, population: int) -> Scenario:
        whole = self._resolution(changes)
        if unknown := [name for name, _ in doses if name not in self.packages]:
            raise ValueError(f"{unknown[0]}: no package of the experiment; expected one of {', '.join(self.packages)}")
        factors = {one: factor for name, factor in doses for one in self.instruments[name]}
        members = set().union(*(self._members[name] for name, _ in doses))
        data = {
            **whole.data,
            "population": {**whole.data["population"], "seed": population},
            "packages": sorted(members),
            "instruments": [
                _dosed(one, factors[one["id"]]) for one in whole.data["instruments"] if one["id"] in factors
            ],
        }
        blocks = {name: block for name, block in data.pop("adaptive", {}).items() if name in members}
        if blocks:
            data["adaptive"] = blocks
        return scenario_of(replace(whole, data=data))

    def _resolution(self, changes: Changes) -> Resolution:
        """The place with all packages and some changes."""

        def read() -> Resolution:
            if self._sources is None:
                self._sources = read_sources(self._place, list(self._all()))
            return resolve_sources(self._sources, {**self._overrides, **dict(changes)})

        return _kept(self._resolutions, changes, RESOLUTIONS_KEPT, read)

    def _all(self) -> list[Path]:
        """The file of every package, each once, in order."""
        return list({file.resolve(): file for files in self._files for file in files}.values())

    def _require_distinct(self) -> None:
        if len(set(self.packages)) < len(self.packages):
            raise InputError(f"packages: one is named twice in {', '.join(self.packages)}; expected each once")
        owner: dict[str, str] = {}
        for name, instruments in self.instruments.items():
            for one in instruments:
                other = owner.setdefault(one, name)
                if other != name:
                    raise InputError(
                        f'packages: "{other}" and "{name}" share the instrument "{one}", so that neither can be dosed '
                        "alone; expected packages without a common instrument"
                    )


def _dosed(one: dict[str, Any], factor: float) -> dict[str, Any]:
    """An instrument at a factor of its dose; places and fixed cost grow alike, by the dose where it scales them.

    Fixed cost always grows with the dose (`sim.results`), places only for some kinds (`dose_scales_capacity`).
    """
    dose = one["dose"] * factor
    if not (math.isfinite(dose) and 0 <= dose <= LARGEST_DOSE):
        raise InputError(f"dose of {one['id']}: {dose:g}; expected 0 to {LARGEST_DOSE:g}")
    changed = {**one, "dose": dose}
    if one["capacity"] is not None and not one["dose_scales_capacity"]:
        changed["capacity"] = one["capacity"] * factor
    return changed


def _kept(memory: OrderedDict[Any, Kept], key: Any, most: int, make: Callable[[], Kept]) -> Kept:
    """What `memory` has of a key, or what is made now; the least recently used goes when there are more than `most`."""
    if key not in memory:
        memory[key] = make()
        while len(memory) > most:
            memory.popitem(last=False)
    memory.move_to_end(key)
    return memory[key]
