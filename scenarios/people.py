"""Where the first population comes from: microdata, marginal tables, or the demography alone."""

from typing import Any

from scenarios import margins, microdata
from scenarios.schema import Place
from scenarios.spot import Spot


def read(place: Place, spot: Spot) -> Any:
    """The records of a place (`sim.scenario.Records`), or None; ScenarioError where a file is wrong."""
    counties = [county.id for county in place.counties]
    sectors = [sector.id for sector in place.sectors]
    records = None
    if place.population.microdata is not None:
        records = microdata.read_people(place.population.microdata, counties, sectors, spot.at("microdata"))
    elif place.population.margins is not None:
        records = margins.read_people(place.population.margins, counties, spot.at("margins"))
    if records is not None:
        _require_everywhere(records, counties, spot)
    return records


def _require_everywhere(records: Any, counties: list[str], spot: Spot) -> None:
    """ScenarioError where a county has nobody to take its people from."""
    for c, name in enumerate(counties):
        own = (records.county == c) | (records.county < 0)
        if not records.weight[own].sum() > 0:
            raise spot.error(f'no person of county "{name}"; expected some in every county')


def digests(place: Place, records: Any) -> dict[str, Any]:
    """What stands for microdata and margins in the resolved scenario: size and hash.

    Empty where a place has neither, so that its hash is what it was before there were such keys.
    """
    key = "microdata" if place.population.microdata is not None else "margins"
    return {} if records is None else {key: microdata.digest(records)}
