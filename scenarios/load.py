"""`load` and `validate`: a scenario for the simulated world, from names, files and overrides."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenarios.resolve import Resolution
    from sim.scenario import Scenario

# Imports stand inside the functions: `import scenarios` costs a command line next to nothing.


def load(
    name_or_path: str | Path,
    packages: Iterable[str | Path] | str | Path = (),
    overrides: Mapping[str, Any] | None = None,
) -> "Scenario":
    """The resolved scenario of a place with packages.

    name_or_path  a place that comes with the program, or a YAML file
    packages      names or files; "a+b" and "a,b" are the union of a and b; order does not matter
    overrides     dotted key -> value, such as {"scale": 100, "instruments.certification.dose": 2};
                  strings are read as YAML reads them

    Raises ScenarioError, with one message that names every problem found.
    """
    from scenarios.resolve import resolve

    return scenario_of(resolve(name_or_path, packages, overrides))


def validate(path: str | Path) -> str:
    """Check a file, and say what it is: "place" or "package". Raises ScenarioError."""
    from scenarios.files import kind_of_file
    from scenarios.resolve import check_package, resolve

    kind = kind_of_file(Path(path))
    if kind == "place":
        resolve(Path(path))
    else:
        check_package(Path(path))
    return kind


def scenario_of(resolution: "Resolution") -> "Scenario":
    """The frozen scenario of resolved data."""
    from scenarios import constants
    from scenarios.copies import expanded
    from scenarios.months import month_number
    from sim.scenario import InitialStocks, Scenario, VillageOptions

    data = resolution.data
    options = {key: data["population"][key] for key in VillageOptions.__dataclass_fields__}
    titles = [data["name"], *_package_names(resolution)]
    sectors = [sector["id"] for sector in data["sectors"]]
    programmes = [_instrument(one, True) for one in data["programmes"]]
    return Scenario(
        name="+".join([data["id"], *data["packages"]]),
        title_en=" + ".join(title["en"] for title in titles),
        title_zh=" + ".join(title["zh"] for title in titles),
        packages=tuple(data["packages"]),
        start=month_number(data["start"]),
        spin_up=data["spin_up"],
        months=data["months"],
        policy_start=data["policy_start"],
        rationing_salt=data["rationing_salt"],
        scale=data["scale"],
        population_seed=data["population"]["seed"],
        village_options=VillageOptions(**options),
        counties=tuple(_county(one, sectors) for one in expanded(data["id"], data["counties"])),
        sectors=tuple(_sector(one) for one in data["sectors"]),
        instruments=(*programmes, *(_instrument(one, False) for one in data["instruments"])),
        parameters=constants.build(data["parameters"], data["mechanisms"]),
        demography=_demography(data),
        initial=InitialStocks(**data["initial"]),
        adaptive=tuple(_adaptive(name, one) for name, one in data.get("adaptive", {}).items()),
        **_monthly(data),
        by_county=data.get("outcomes_by", "kind") == "county",
        graph=resolution.graph,
        people=resolution.records,
        resolved=data,
        hash=resolution.hash,
        world_hash=resolution.world_hash,
    )


def _package_names(resolution: "Resolution") -> list[dict[str, str]]:
    """The names of the packages, in the order of their ids."""
    by_id = {package.id: package.name.model_dump() for package, _ in resolution.packages}
    return [by_id[name] for name in sorted(by_id)]


def _named(one: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data with the name as name_en and name_zh."""
    rest = {key: value for key, value in one.items() if key != "name"}
    return {**rest, "name_en": one["name"]["en"], "name_zh": one["name"]["zh"]}


def _county(one: Mapping[str, Any], sectors: list[str]) -> Any:
    from sim.scenario import County, InitialStocks

    changed: dict[str, Any] = {"endowment": tuple(one["endowment"][sector] for sector in sectors)}
    if "initial" in one:
        changed["initial"] = InitialStocks(**one["initial"])
    return County(**{**_named(one), **changed})


def _sector(one: Mapping[str, Any]) -> Any:
    from sim.scenario import Sector

    return Sector(**_named(one))


def _instrument(one: Mapping[str, Any], is_programme: bool) -> Any:
    from sim.scenario import Change, Eligibility, Instrument

    eligibility: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in one["eligibility"].items()
    }
    changed = {
        "channels": dict(one["channels"]),
        "sectors": tuple(one["sectors"]),
        "is_programme": is_programme,
        "eligibility": Eligibility(**eligibility),
        "changes": tuple(Change(change["month"], dict(change["channels"])) for change in one.get("changes", ())),
    }
    return Instrument(**{**_named(one), **changed})


def _adaptive(package: str, one: Mapping[str, Any]) -> Any:
    from sim.scenario import Adaptive

    return Adaptive(package=package, **{**one, "instruments": tuple(one["instruments"])})


def _demography(data: Mapping[str, Any]) -> Any:
    import numpy as np

    from sim.scenario import Demography

    people = data["demography"]
    yearly = _span(data, people["entrants"])
    return Demography(
        age_bands=tuple((band["from"], band["below"], band["share"]) for band in people["age_bands"]),
        male_share=people["male_share"],
        schooling_shares=tuple((one["years"], one["share"]) for one in people["schooling"]),
        entrant_schooling_shares=tuple((one["years"], one["share"]) for one in people["entrant_schooling"]),
        entry_ages=(people["entry_ages"]["from"], people["entry_ages"]["to"]),
        entrants_share=np.array([value / 12.0 for value in yearly], np.float32),
    )


def _span(data: Mapping[str, Any], declared: Mapping[str, Any]) -> list[float]:
    """A declared series over all months of spin-up and run."""
    from scenarios.months import month_number
    from scenarios.series import values

    return values(declared, month_number(data["start"]) - data["spin_up"], data["spin_up"] + data["months"])


def _monthly(data: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of a scenario: every series, and the festival's months."""
    from datetime import date

    import numpy as np

    from scenarios.months import month_number
    from scenarios.series import festival_months

    first, count = month_number(data["start"]) - data["spin_up"], data["spin_up"] + data["months"]
    dates = {int(year): date.fromisoformat(day) for year, day in data["spring_festival"].items()}
    return {
        "series": {name: np.array(_span(data, one), np.float32) for name, one in data["series"].items()},
        "festival": np.array(festival_months(dates, first, count), np.uint8),
    }
