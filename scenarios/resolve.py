"""Files and overrides to a resolved scenario: read, laid together, checked, with hashes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenarios import adaptive, constants, graphs, instruments, overrides, people, series
from scenarios.checks import check_ids, check_place
from scenarios.copies import county_ids, expanded
from scenarios.errors import Problems, suggestion
from scenarios.files import package_files, read_package, read_place
from scenarios.instruments import Setting
from scenarios.months import EPOCH, month_number
from scenarios.reading import Node
from scenarios.resolved import Resolved
from scenarios.schema import Package, Place
from scenarios.spot import Spot
from scenarios.tables import read_festivals, read_spring_festivals
from scenarios.validation import validated

READ_APART: Any = {  # keys that name files, and those that are resolved by themselves
    "programmes": True,
    "spring_festival": True,
    "festival": True,
    "population": {"microdata", "margins"},
}


@dataclass(frozen=True)
class Resolution(Resolved):
    """A resolved scenario, with the trees that know where each value comes from."""

    place: Node
    packages: tuple[tuple[Package, Node], ...]


@dataclass(frozen=True)
class Sources:
    """The files of a place and its packages as read: reading takes most of the time of resolving."""

    place: Node
    packages: tuple[Node, ...]
    tables: dict[str, Any] = field(default_factory=dict)  # what was read of graphs and calendars, and checked


def resolve(
    name: str | Path, packages: Iterable[str | Path] | str | Path = (), changes: Mapping[str, Any] | None = None
) -> Resolution:
    """A place with packages and overrides, validated; ScenarioError naming every problem otherwise."""
    return resolve_sources(read_sources(name, packages), changes)


def read_sources(name: str | Path, packages: Iterable[str | Path] | str | Path = ()) -> Sources:
    """The files of a place and packages, from which any number of changes can be resolved."""
    files = {path.resolve(): path for path in package_files(packages)}
    return Sources(read_place(name), tuple(read_package(path) for path in files.values()))


def resolve_sources(sources: Sources, changes: Mapping[str, Any] | None = None) -> Resolution:
    """`resolve` of files that have been read; the sources stay as they are."""
    keys = [field.alias or key for key, field in Place.model_fields.items()]
    place_tree, trees = overrides.apply(sources.place, list(sources.packages), changes or {}, keys)

    problems = Problems()
    spot = Spot(place_tree, problems)
    place = validated(Place, spot)
    models = [validated(Package, Spot(tree, problems)) for tree in trees]
    problems.raise_any()
    assert place is not None
    chosen = [(model, tree) for model, tree in zip(models, trees, strict=True) if model is not None]
    _check_packages(chosen, problems)
    check_place(place, spot)
    constant_values = constants.resolve_constants(place.parameters, spot.at("parameters"))
    switches = constants.resolve_switches(place.mechanisms, spot.at("mechanisms"))
    declared = _series(place, spot)
    problems.raise_any()

    graph = _graph(place, spot.at("population", "graph"), sources.tables)
    records = _records(place, spot.at("population"), sources.tables)
    data = {
        **place.model_dump(by_alias=True, exclude=READ_APART),
        "demography": {**place.demography.model_dump(by_alias=True), "entrants": declared.pop("entrants")},
        "series": declared,
        "spring_festival": _festivals(place, spot, sources.tables),
        "parameters": constant_values,
        "mechanisms": switches,
        "packages": sorted(package.id for package, _ in chosen),
    }
    data["population"]["graph"] = None if graph is None else graphs.digest(graph)
    data["population"] |= people.digests(place, records)
    _settle_initial(data)
    for part in (data, *data["counties"]):
        for name in ("destinations", "outcomes_by", "copies", "spread"):
            if name in part and part[name] is None:
                del part[name]
    data["programmes"], data["instruments"], blocks = _instruments(place, spot, chosen, data, graph)
    if blocks:
        data["adaptive"] = blocks
    titles = {package.id: package.name.model_dump() for package, _ in chosen}
    return Resolution(data, titles, graph, records, place_tree, tuple(chosen))


def _settle_initial(data: dict[str, Any]) -> None:
    """The place's stocks as the sum of its counties', where they state their own; no key where there is none."""
    own = [county.pop("initial") for county in data["counties"]]
    if data["initial"] is None:
        data["initial"] = {name: sum(stocks[name] for stocks in own) for name in own[0]}
        for county, stocks in zip(data["counties"], own, strict=True):
            county["initial"] = stocks


def _check_packages(chosen: list[tuple[Package, Node]], problems: Problems) -> None:
    """Note packages of two files that share an id, and instruments of one package that do."""
    seen: set[str] = set()
    for package, tree in chosen:
        spot = Spot(tree, problems)
        if package.id in seen:
            spot.wrong(f'two packages have the id "{package.id}"; expected another id for one', "id")
        seen.add(package.id)
        check_ids(package.instruments, spot.at("instruments"))


def _series(place: Place, spot: Spot) -> dict[str, dict[str, Any]]:
    """Every series as plain data (with "entrants"), checked over all months of spin-up and run."""
    from sim.scenario import SERIES

    stated = {**series.UNSTATED, **place.series}
    for name in place.series:
        if name not in SERIES:
            spot.wrong(f'unknown series "{name}"{suggestion(name, SERIES)}', "series", name)
    for name, unit in SERIES.items():
        if name not in stated:
            spot.wrong(f"missing; expected a series ({unit})", "series", name)
    known = {name: (one, spot.at("series", name)) for name, one in stated.items() if name in SERIES}
    known["entrants"] = (place.demography.entrants, spot.at("demography", "entrants"))
    first, count = month_number(place.start) - place.spin_up, place.spin_up + place.months
    declared = {}
    for name, (one, here) in known.items():
        before = len(spot.problems)
        series.check_form(one, here)
        if len(spot.problems) == before:
            declared[name] = series.declaration(one, here)
            series.check_values(name, declared[name], first, count, here)
    return declared


def _festivals(place: Place, spot: Spot, known: dict[str, Any]) -> dict[str, str]:
    """Year -> date of the Spring Festival, or of the place's own festival. `known` keeps what was read."""
    named, own = spot.at("spring_festival"), spot.at("festival")
    key = repr((place.festival, place.spring_festival, place.start, place.spin_up, place.months))
    if key not in known:
        if place.festival is not None:
            first = month_number(place.start) - place.spin_up
            years = range(EPOCH + first // 12, EPOCH + (first + place.spin_up + place.months - 1) // 12 + 1)
            dates = read_festivals(own.folder / place.festival, years, own)
        else:
            path = series.FESTIVALS if place.spring_festival is None else named.folder / place.spring_festival
            dates = read_spring_festivals(path, named)
        known[key] = {str(year): day.isoformat() for year, day in dates.items()}
    return dict(known[key])


def _records(place: Place, spot: Spot, known: dict[str, Any]) -> Any:
    """The records the people of a place come from, checked; else None. `known` keeps what was read."""
    declared, names = place.population, [county.id for county in place.counties]
    key = repr((declared.microdata, declared.margins, names, [sector.id for sector in place.sectors]))
    if key not in known:
        known[key] = people.read(place, spot)
    return known[key]


def _graph(place: Place, spot: Spot, known: dict[str, Any]) -> Any:
    """The village graph of a place that brings one along, checked; else None. `known` keeps what was read."""
    declared = place.population.graph
    if declared is None:
        return None
    file, checked = repr(declared), repr((declared, place.id, place.counties, place.scale))
    if file not in known:
        known[file] = graphs.read_graph(declared, spot)
    if checked not in known:
        graphs.check_graph(known[file], place.id, place.counties, place.scale, spot)
        known[checked] = known[file]
    return known[file]


def _instruments(
    place: Place, spot: Spot, chosen: list[tuple[Package, Node]], data: dict[str, Any], graph: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Programmes in the order of the file, instruments of packages sorted by id, and adaptive blocks by package."""
    setting = Setting(
        spin_up=place.spin_up,
        policy_start=place.policy_start,
        awareness=data["parameters"]["social_capital"]["official_chance"],
        counties=tuple(dict.fromkeys([*(one.id for one in place.counties), *county_ids(place.counties)])),
        sectors=tuple(sector.id for sector in place.sectors),
        has_village=_village_test(place, graph),
        friction="office_friction" in place.parameters.get("market", {}),
    )
    programmes = [
        instruments.resolved(one, spot.at("programmes", i), setting, True) for i, one in enumerate(place.programmes)
    ]
    packaged: list[tuple[Spot, dict[str, Any] | None]] = []
    blocks, spots = {}, {}
    workers = sum(county.workers for county in place.counties)
    for package, tree in chosen:
        share = 1.0 if package.for_workers is None else workers / package.for_workers
        for i, one in enumerate(package.instruments):
            here = Spot(tree, spot.problems, ("instruments", i))
            packaged.append((here, instruments.resolved(one, here, setting, False, share)))
        own = {one["id"]: one for _, one in packaged[-len(package.instruments) :] if one is not None}
        spots[package.id] = Spot(tree, spot.problems, ("adaptive",))
        block = adaptive.resolved(package, spots[package.id], own)
        if block is not None:
            blocks[package.id] = block
    adaptive.check_apart(blocks, spots)
    spot.problems.raise_any()
    ready = [one for one in programmes if one is not None]
    united = instruments.united(ready, [(here, one) for here, one in packaged if one is not None])
    return ready, united, dict(sorted(blocks.items()))


def _village_test(place: Place, graph: Any) -> Callable[[str], bool]:
    """Whether a village id exists: a node of the graph, or one that is generated at scale 1."""
    if graph is not None:
        return lambda village: village in graph
    per_village, counts = place.population.workers_per_village, dict[str, int]()

    def generated(village: str) -> bool:
        if not counts:
            for one in expanded(place.id, [county.model_dump() for county in place.counties]):
                counts[one["id"]] = max(1, int(one["workers"] / per_village + 0.5))
        county, _, number = village.rpartition("-")
        return len(number) == 5 and number.isdecimal() and int(number) < counts.get(county, 0)

    return generated


def check_package(path: Path) -> None:
    """ScenarioError for a package file that no place could use; a place's own names are not known here."""
    problems = Problems()
    spot = Spot(read_package(path), problems)
    package = validated(Package, spot)
    problems.raise_any()
    assert package is not None
    check_ids(package.instruments, spot.at("instruments"))
    setting = Setting(
        spin_up=0, policy_start=0, awareness=0.0, counties=None, sectors=None, has_village=None, friction=None
    )
    found = [
        instruments.resolved(one, spot.at("instruments", i), setting, False)
        for i, one in enumerate(package.instruments)
    ]
    adaptive.resolved(package, spot.at("adaptive"), {one["id"]: one for one in found if one is not None})
    problems.raise_any()
