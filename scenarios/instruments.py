"""From declared instruments to those the world runs: kinds, defaults, eligibility, times."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from scenarios.checks import check_names
from scenarios.errors import Problems, ScenarioError, between, suggestion
from scenarios.files import HERE
from scenarios.reading import read_shipped
from scenarios.schema import Eligibility, Instrument, Kind
from scenarios.spot import Spot
from scenarios.validation import validated

KINDS = HERE / "kinds.yaml"
OF_PLACE = "in the whole place"  # in the unit of channels that count for the place, not for one person
Plain = dict[str, Any]


class Setting(NamedTuple):
    """What an instrument is checked against; counties and sectors are None for a package on its own."""

    spin_up: int
    policy_start: int
    awareness: float
    counties: tuple[str, ...] | None
    sectors: tuple[str, ...] | None
    has_village: Callable[[str], bool] | None
    friction: bool | None  # whether the place states the friction between offices


@cache
def kinds() -> dict[str, Kind]:
    """Every declared kind of instrument, by name."""
    problems = Problems()
    models = {name: validated(Kind, Spot(node, problems)) for name, node in read_shipped(KINDS).value.items()}
    problems.raise_any()
    return {name: model for name, model in models.items() if model is not None}


def resolved(instrument: Instrument, spot: Spot, setting: Setting, programme: bool, share: float = 1.0) -> Plain | None:
    """One instrument with every default filled in, as plain data; None, with problems noted, if it is wrong.

    Times are months from the scenario's start. A programme without a start is at full strength when the
    spin-up begins; a package's start counts from `policy_start`. What is stated for the whole place (uses,
    jobs, posts, sites, fixed costs) is multiplied by `share`: the place's workers to those of the package.
    """
    before = len(spot.problems)
    kind = _kind_of(instrument, spot.at("kind"))
    if kind is None:
        return None
    _check_channels(instrument.channels, instrument.kind, kind, spot)
    _check_changes(instrument, kind, spot.at("changes"))
    _check_fields(instrument, kind, spot)
    check_names(instrument.sectors, setting.sectors, "sector", spot.at("sectors"))
    _check_honoured(instrument, kind, spot.at("eligibility"))
    _check_eligibility(instrument.eligibility, setting, spot.at("eligibility"))
    if instrument.kind == "coordination" and setting.friction is False:
        spot.wrong(
            "coordination removes friction between offices, and the scenario states none; expected a value of "
            "parameters.market.office_friction beside it (a chance from 0 to 1), such as 0.2",
            "kind",
        )
    start, end = _times(instrument, setting, programme)
    if end is not None and end <= start:
        spot.wrong(f"expected more than start (got {instrument.end})", "end")
    if len(spot.problems) > before:
        return None
    channels = {name: instrument.channels.get(name, one.value) for name, one in kind.channels.items()}
    plain = {
        **instrument.model_dump(),
        "capacity": None if instrument.capacity is None else instrument.capacity * share,
        "fixed_cost": instrument.fixed_cost * share,
        "channels": _of_place(channels, kind, share),
        "awareness": setting.awareness if instrument.awareness is None else instrument.awareness,
        "start": start,
        "end": end,
        "office": instrument.office or kind.office,
        "dose_scales_capacity": kind.dose_scales_capacity,
        "changes": [
            {"month": origin_of(setting, programme) + one.month, "channels": _of_place(one.channels, kind, share)}
            for one in instrument.changes
        ],
    }
    if not plain["changes"]:
        del plain["changes"]
    return plain


def _of_place(channels: Mapping[str, float], kind: Kind, share: float) -> dict[str, float]:
    """The channels, with those that count for the whole place multiplied by `share`."""
    return {name: value * (share if OF_PLACE in kind.channels[name].unit else 1.0) for name, value in channels.items()}


def origin_of(setting: Setting, programme: bool) -> int:
    """The month of the run from which an instrument's own times count."""
    return 0 if programme else setting.policy_start


def _kind_of(instrument: Instrument, spot: Spot) -> Kind | None:
    """The kind of an instrument; None, with the problem noted, if it is unknown."""
    kind = kinds().get(instrument.kind)
    if kind is None:
        spot.wrong(f'unknown kind "{instrument.kind}"{suggestion(instrument.kind, kinds())}')
        return None
    return kind


def _check_changes(instrument: Instrument, kind: Kind, spot: Spot) -> None:
    """Channels of each change against the kind, and months in rising order."""
    months = [one.month for one in instrument.changes]
    if sorted(set(months)) != months:
        spot.wrong(f"expected months in rising order, each once (got {months})")
    for i, one in enumerate(instrument.changes):
        _check_channels(one.channels, instrument.kind, kind, spot.at(i))


def _check_channels(channels: Mapping[str, float], named: str, kind: Kind, spot: Spot) -> None:
    for name, value in channels.items():
        channel = kind.channels.get(name)
        if channel is None:
            hint = suggestion(name, kind.channels)
            spot.wrong(f'not a channel of the kind "{named}"{hint}', "channels", name)
        elif not channel.low <= value <= channel.high:
            span = f"a number{between(channel.low, channel.high)} ({channel.unit})"
            spot.wrong(f"expected {span} (got {value!r})", "channels", name)


def _check_fields(instrument: Instrument, kind: Kind, spot: Spot) -> None:
    """Capacity and sectors against the kind."""
    if kind.capacity == "required" and instrument.capacity is None:
        spot.wrong("missing; expected a number of at least 0 (uses a year in the whole place)", "capacity")
    if kind.capacity == "none" and instrument.capacity is not None:
        spot.wrong(f'the kind "{instrument.kind}" rations nothing; expected no capacity', "capacity")
    if instrument.sectors and not kind.sectors:
        instead = "; who may use it stands in eligibility.sectors" if "sectors" in kind.eligibility else ""
        spot.wrong(f'the kind "{instrument.kind}" acts on no sector; expected no sectors{instead}', "sectors")


def _check_honoured(instrument: Instrument, kind: Kind, spot: Spot) -> None:
    """Fields of eligibility that the kind would have to ignore are refused."""
    everybody = Eligibility()
    for field in sorted(instrument.eligibility.model_fields_set):
        given = getattr(instrument.eligibility, field)
        if field not in kind.eligibility and given != getattr(everybody, field):
            honoured = f"expected only {', '.join(kind.eligibility)}" if kind.eligibility else "expected none"
            spot.wrong(f'the kind "{instrument.kind}" does not tell people apart by this; {honoured}', field)


def _check_eligibility(eligibility: Eligibility, setting: Setting, spot: Spot) -> None:
    """Bounds in order, and names that exist."""
    for low, high in (("age_from", "age_below"), ("skill_from", "skill_below")):
        if getattr(eligibility, low) >= getattr(eligibility, high):
            spot.wrong(f"expected less than {high} (got {getattr(eligibility, low):g})", low)
    check_names(eligibility.counties, setting.counties, "county", spot.at("counties"))
    check_names(eligibility.sectors, setting.sectors, "sector", spot.at("sectors"))
    for i, village in enumerate(eligibility.villages):
        if setting.has_village is not None and not setting.has_village(village):
            spot.wrong(f'unknown village "{village}"; expected an id such as COUNTY-00012', "villages", i)


def _times(instrument: Instrument, setting: Setting, programme: bool) -> tuple[int, int | None]:
    """Start and end in months from the scenario's start."""
    origin = origin_of(setting, programme)
    if instrument.start is not None:
        start = origin + instrument.start
    else:
        start = -(setting.spin_up + instrument.ramp + instrument.lag) if programme else origin
    return start, None if instrument.end is None else origin + instrument.end


def united(programmes: list[Plain], packaged: list[tuple[Spot, Plain]]) -> list[Plain]:
    """The instruments of all packages, sorted by id; the same one in two packages counts once.

    Raises ScenarioError where two that differ, or a programme and an instrument, share an id, and where
    ids share a key of the random numbers or are more than a worker's memory holds.
    """
    from sim.policy import MOST_INSTRUMENTS

    taken = {programme["id"] for programme in programmes}
    found: dict[str, Plain] = {}
    for spot, one in packaged:
        if one["id"] in taken:
            raise spot.at("id").error("the place has a programme with this id; expected another id")
        if found.setdefault(one["id"], one) != one:
            raise spot.at("id").error("two packages differ in the instrument of this id; expected another id")
    chosen = [found[name] for name in sorted(found)]
    if len(programmes) + len(chosen) > MOST_INSTRUMENTS:
        count = f"{len(programmes)} programmes and {len(chosen)} instruments of packages"
        raise ScenarioError(f"packages: {count}; expected at most {MOST_INSTRUMENTS} together")
    _require_distinct_keys([one["id"] for one in programmes + chosen])
    return chosen


def _require_distinct_keys(ids: list[str]) -> None:
    """ScenarioError where two ids give the same key of the random numbers."""
    from sim.draws import stable_key

    keys: dict[int, str] = {}
    for name in ids:
        other = keys.setdefault(stable_key(name), name)
        if other != name:
            message = f'"{other}" and "{name}" share a key of the random numbers; expected another id for one'
            raise ScenarioError(f"instruments: {message}")
