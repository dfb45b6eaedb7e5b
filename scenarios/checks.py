"""What must hold between the values of a place, beyond the range of each."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from scenarios.copies import copy_ids, county_ids, expanded
from scenarios.errors import suggestion
from scenarios.months import EPOCH, month_number
from scenarios.schema import AgeBand, County, Initial, Place, SchoolingShare
from scenarios.spot import Spot

MOST_SECTORS = 8  # a worker's record has three bits for the sector applied to
BYTES_PER_WORKER = 63  # state (48), vacant places (7), enterprises and working space
SHARE_TOLERANCE = 1e-6


def check_place(place: Place, spot: Spot) -> None:
    """Note every contradiction between the values of a place."""
    check_ids(place.counties, spot.at("counties"))
    check_ids(place.sectors, spot.at("sectors"))
    check_ids(place.programmes, spot.at("programmes"))
    _check_times(place, spot)
    sectors = [sector.id for sector in place.sectors]
    for i, county in enumerate(place.counties):
        _check_county(county, sectors, spot.at("counties", i))
    if len(sectors) > MOST_SECTORS:
        spot.wrong(f"expected at most {MOST_SECTORS} sectors (got {len(sectors)})", "sectors")
    _check_whole((sector.job_share for sector in place.sectors), "job_share", spot.at("sectors"))
    _check_demography(place, spot.at("demography"))
    _check_initial(place, spot.at("initial"))
    _check_either(place, spot)
    _check_kinds(place, spot)
    _check_memory(place, spot.at("scale"))


def check_ids(items: Sequence[Any], spot: Spot) -> None:
    """Note every id that two items of a list share."""
    seen: set[str] = set()
    for i, item in enumerate(items):
        if item.id in seen:
            spot.wrong(f'there twice; expected another id than "{item.id}" for one of them', i, "id")
        seen.add(item.id)


def check_names(names: Sequence[str], valid: Sequence[str] | None, what: str, spot: Spot) -> None:
    """Note every name of a list that the place does not have; `valid` None: no place to check against."""
    for i, name in enumerate(names):
        if valid is not None and name not in valid:
            message = f'unknown {what} "{name}"{suggestion(name, valid)}'
            spot.problems.add(spot.at(i).position, spot.key, message)


def _check_either(place: Place, spot: Spot) -> None:
    """Note two keys of which only one can hold."""
    if place.population.microdata is not None and place.population.margins is not None:
        spot.wrong("expected either microdata or margins, not both", "population", "margins")
    if place.festival is not None and place.spring_festival is not None:
        spot.wrong("expected either festival or spring_festival, not both", "festival")


def _check_times(place: Place, spot: Spot) -> None:
    if place.policy_start > place.months:
        allowed = f"a whole number from 0 to {place.months}, the months of the run"
        spot.wrong(f"expected {allowed} (got {place.policy_start})", "policy_start")
    if month_number(place.start) < place.spin_up:
        limit = f"a month at least spin_up ({place.spin_up} months) after {EPOCH}-01"
        spot.wrong(f"expected {limit} (got {place.start})", "start")


def _check_county(county: County, sectors: list[str], spot: Spot) -> None:
    special = county.poverty_lifted + county.relocated
    if special > 1.0 + SHARE_TOLERANCE:
        spot.wrong(f"poverty_lifted and relocated add to {special:.6g}; expected at most 1")
    for name in county.endowment:
        if name not in sectors:
            spot.wrong(f'unknown sector "{name}"{suggestion(name, sectors)}', "endowment", name)
    for name in sectors:
        if name not in county.endowment:
            spot.wrong("missing; expected a number for each sector", "endowment", name)


def _check_kinds(place: Place, spot: Spot) -> None:
    """Kinds of counties: what goes with `copies`, ids that do not meet, and counties that their spread leaves sound."""
    kinds = [(i, one) for i, one in enumerate(place.counties) if one.copies is not None]
    for i, one in enumerate(place.counties):
        if one.copies is None and one.spread is not None:
            spot.wrong("expected copies beside it, the number of counties that spread", "counties", i, "spread")
        elif one.copies is not None and one.copies > one.workers:
            spot.wrong(f"expected at most {one.workers:,}, the workers (got {one.copies:,})", "counties", i, "copies")
    if not kinds:
        if place.outcomes_by is not None:
            spot.wrong("expected a county with copies; without, outcomes are by county", "outcomes_by")
        return
    _check_apart(place, kinds[0][0], spot)
    ids = Counter([*county_ids(place.counties), *(one.id for _, one in kinds)])
    for i, one in kinds:
        twice = [name for name in (one.id, *copy_ids(one.id, one.copies or 0)) if ids[name] > 1]
        if twice:
            spot.wrong(f'another county comes to be "{twice[0]}", too; expected another id', "counties", i, "id")
    if len(spot.problems) == 0:
        plain = [one.model_dump(by_alias=True) for one in place.counties]
        for i, _ in kinds:
            for county in expanded(place.id, plain[i : i + 1]):
                _check_copy(county, spot.at("counties", i, "spread"))
                if len(spot.problems):
                    return


def _check_apart(place: Place, first: int, spot: Spot) -> None:
    """Note what names counties one by one beside kinds of counties."""
    for name in ("graph", "microdata", "margins"):
        if getattr(place.population, name) is not None:
            spot.wrong(
                f"expected no copies beside population.{name}, which names counties", "counties", first, "copies"
            )


def _check_copy(county: dict[str, Any], spot: Spot) -> None:
    """Note what is out of range in a county of a kind."""
    expect = f"in {county['id']}; expected a smaller spread"
    for name in ("poverty_lifted", "relocated", "schooling", "health", "transport"):
        if county[name] > 1.0:
            spot.wrong(f"{name} comes to {county[name]:.4g} {expect}", name)
    if county["poverty_lifted"] + county["relocated"] > 1.0 + SHARE_TOLERANCE:
        spot.wrong(f"poverty_lifted and relocated add to more than 1 {expect}")
    stocks = county.get("initial")
    if stocks is not None and stocks["posts"] + stocks["owners"] > stocks["in_county"]:
        spot.wrong(f"{stocks['in_county']:,} in_county, fewer than posts and owners, {expect}")


def _check_whole(shares: Iterable[float], what: str, spot: Spot) -> None:
    """Note shares that do not add to one."""
    total = sum(shares)
    if abs(total - 1.0) > SHARE_TOLERANCE:
        spot.wrong(f"the values of {what} add to {total:.6g}; expected 1")


def _check_demography(place: Place, spot: Spot) -> None:
    people = place.demography
    _check_bands(people.age_bands, spot.at("age_bands"))
    _check_schooling(people.schooling, spot.at("schooling"))
    _check_schooling(people.entrant_schooling, spot.at("entrant_schooling"))
    first, last = people.entry_ages.from_, people.entry_ages.to
    if first > last:
        spot.wrong(f"expected at most {last}, the value of to (got {first})", "entry_ages", "from")


def _check_bands(bands: Sequence[AgeBand], spot: Spot) -> None:
    for i, band in enumerate(bands):
        if band.from_ >= band.below:
            end = f"{band.below:g}, the value of below"
            spot.wrong(f"expected less than {end} (got {band.from_:g})", i, "from")
    for i, (one, other) in enumerate(pairwise(bands), start=1):
        if other.from_ < one.below:
            end = f"{one.below:g}, where the band before ends"
            spot.wrong(f"expected at least {end} (got {other.from_:g})", i, "from")
    _check_whole((band.share for band in bands), "share", spot)


def _check_schooling(shares: Sequence[SchoolingShare], spot: Spot) -> None:
    years = [one.years for one in shares]
    if sorted(set(years)) != years:
        spot.wrong(f"expected years in rising order, each once (got {years})")
    _check_whole((one.share for one in shares), "share", spot)


def _check_initial(place: Place, spot: Spot) -> None:
    own = [county.initial for county in place.counties]
    if place.initial is None and None in own:
        where = spot if own.count(None) == len(own) else spot.above.at("counties", own.index(None), "initial")
        where.wrong("missing; expected the stocks of the first month, of the place or of every county")
    elif place.initial is not None and own.count(None) < len(own):
        spot.wrong("expected the stocks of the place or of every county, not both")
    elif place.initial is not None:
        _check_stocks(place.initial, sum(county.workers for county in place.counties), "the counties' workers", spot)
    else:
        for i, county in enumerate(place.counties):
            assert county.initial is not None
            here = spot.above.at("counties", i, "initial")
            _check_stocks(county.initial, county.workers, "the county's workers", here)


def _check_stocks(stocks: Initial, total: float, holders: str, spot: Spot) -> None:
    known = stocks.out_province + stocks.in_province + stocks.in_county
    for names, amount, limit, whole in (
        ("out_province, in_province and in_county", known, total, holders),
        ("skilled_workers", stocks.skilled_workers, total, holders),
        ("posts and owners", stocks.posts + stocks.owners, stocks.in_county, "in_county"),
    ):
        if amount > limit:
            spot.wrong(f"{names} come to {amount:,.0f}; expected at most {limit:,.0f}, {whole}")


def _check_memory(place: Place, spot: Spot) -> None:
    """Note a population that this machine has no memory for, before it is tried."""
    workers = sum(county.workers for county in place.counties) / place.scale
    needed, free = workers * BYTES_PER_WORKER, available_memory()
    if free is not None and needed > free:
        need = f"{workers:,.0f} simulated workers need about {needed / 1e9:,.1f} GB of memory"
        spot.wrong(f"{need}, {free / 1e9:,.1f} GB are free; expected a larger scale (got {place.scale})")


def available_memory() -> int | None:
    """Bytes of memory that a new program could take; None where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
