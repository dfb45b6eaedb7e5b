"""From resolved data to the frozen scenario that the simulated world reads."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from scenarios.copies import expanded
from scenarios.monthly import festival_months, values
from scenarios.months import month_number
from scenarios.resolved import Resolved
from sim.parameters import Parameters
from sim.scenario import (
    Adaptive,
    Change,
    County,
    Demography,
    Eligibility,
    InitialStocks,
    Instrument,
    Scenario,
    Sector,
    VillageOptions,
)


def scenario_of(resolved: Resolved) -> Scenario:
    """The frozen scenario of resolved data."""
    data = resolved.data
    options = {key: data["population"][key] for key in VillageOptions.__dataclass_fields__}
    titles = [data["name"], *(resolved.titles[name] for name in data["packages"])]
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
        parameters=_parameters(data["parameters"], data["mechanisms"]),
        demography=_demography(data),
        initial=InitialStocks(**data["initial"]),
        adaptive=tuple(_adaptive(name, one) for name, one in data.get("adaptive", {}).items()),
        **_monthly(data),
        by_county=data.get("outcomes_by", "kind") == "county",
        graph=resolved.graph,
        people=resolved.records,
        resolved=data,
        hash=resolved.hash,
        world_hash=resolved.world_hash,
    )


def _named(one: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data with the name as name_en and name_zh."""
    rest = {key: value for key, value in one.items() if key != "name"}
    return {**rest, "name_en": one["name"]["en"], "name_zh": one["name"]["zh"]}


def _county(one: Mapping[str, Any], sectors: list[str]) -> Any:
    changed: dict[str, Any] = {"endowment": tuple(one["endowment"][sector] for sector in sectors)}
    if "initial" in one:
        changed["initial"] = InitialStocks(**one["initial"])
    return County(**{**_named(one), **changed})


def _sector(one: Mapping[str, Any]) -> Any:
    return Sector(**_named(one))


def _instrument(one: Mapping[str, Any], is_programme: bool) -> Any:
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
    return Adaptive(package=package, **{**one, "instruments": tuple(one["instruments"])})


def _parameters(constants: Mapping[str, Mapping[str, float]], switches: Mapping[str, bool]) -> Parameters:
    """The constants as the world reads them, float32; a switch is 1 or 0."""
    groups: dict[str, Mapping[str, Any]] = {**constants, "mechanisms": switches}
    return Parameters(
        **{
            group: kind(**{name: np.float32(value) for name, value in groups[group].items()})
            for group, kind in Parameters.__annotations__.items()
        }
    )


def _demography(data: Mapping[str, Any]) -> Any:
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
    return values(declared, month_number(data["start"]) - data["spin_up"], data["spin_up"] + data["months"])


def _monthly(data: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of a scenario: every series, and the festival's months."""
    first, count = month_number(data["start"]) - data["spin_up"], data["spin_up"] + data["months"]
    dates = {int(year): date.fromisoformat(day) for year, day in data["spring_festival"].items()}
    return {
        "series": {name: np.array(_span(data, one), np.float32) for name, one in data["series"].items()},
        "festival": np.array(festival_months(dates, first, count), np.uint8),
    }
