"""Counties that are known as kinds only: one entry stands for so many counties that spread around its means.

Workers and stocks of an entry are those of all its counties together and are dealt out whole, by largest remainders;
its shares and indices are means over the counties' workers, and stay so. Who is larger or more remote than others is
drawn, keyed by the place's and the county's id: geography, which no seed moves.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Plain = dict[str, Any]

# Append only: a trait's number is part of what its draws are keyed by. Endowments follow by the order of sectors.
TRAITS = (
    "workers",
    "poverty_lifted",
    "relocated",
    "remoteness_hours",
    "land_mu",
    "schooling",
    "health",
    "transport",
    "out_province",
    "in_province",
)
FIRST_ENDOWMENT = 16
MEANS = TRAITS[1:8]


def copy_ids(name: str, copies: int) -> list[str]:
    """Ids of the counties of a kind: the kind's with a number, from 1."""
    width = max(3, len(str(copies)))
    return [f"{name}_{number:0{width}d}" for number in range(1, copies + 1)]


def county_ids(counties: Iterable[Any]) -> list[str]:
    """Ids of all counties that entries (with `id` and `copies`) stand for."""
    return [name for one in counties for name in ([one.id] if one.copies is None else copy_ids(one.id, one.copies))]


def expanded(place: str, counties: Sequence[Mapping[str, Any]]) -> list[Plain]:
    """Every single county of resolved entries, in their order; those of a kind have the key `kind`."""
    found: list[Plain] = []
    for one in counties:
        found += [dict(one)] if one.get("copies") is None else _copies(place, one)
    return found


def _copies(place: str, kind: Mapping[str, Any]) -> list[Plain]:
    """The counties of a kind."""
    ids, spread = copy_ids(kind["id"], kind["copies"]), kind.get("spread") or {}
    factors = _factors(place, ids, spread, list(kind["endowment"]))
    size = factors.pop("workers")
    workers = _dealt(kind["workers"] - len(ids), size) + 1  # nobody's county is empty
    total = int(workers.sum())
    columns: Plain = {"workers": workers.tolist()}
    for name in MEANS:
        columns[name] = _around(kind[name], factors[name], workers, total)
    endowment = {
        name: _around(mean, factors[f"endowment.{name}"], workers, total) for name, mean in kind["endowment"].items()
    }
    stocks = {name: column.tolist() for name, column in _stocks(kind.get("initial"), workers, factors).items()}
    shared = {key: value for key, value in kind.items() if key not in ("copies", "spread")}
    counties = []
    for at, name in enumerate(ids):
        number = str(at + 1)
        one = {
            **shared,
            "id": name,
            "kind": kind["id"],
            "name": {"en": f"{kind['name']['en']}, {number}", "zh": f"{kind['name']['zh']}{number}"},
            **{key: column[at] for key, column in columns.items()},
            "endowment": {sector: column[at] for sector, column in endowment.items()},
        }
        if stocks:
            one["initial"] = {key: column[at] for key, column in stocks.items()}
        counties.append(one)
    return counties


def _factors(
    place: str, ids: list[str], spread: Mapping[str, float | None], sectors: list[str]
) -> "dict[str, np.ndarray]":
    """Trait -> float64[copies], uniform within `spread` of 1; 1 where none is stated."""
    import numpy as np

    from sim.draws import Purpose, stable_key, uniforms

    keys = np.array([stable_key(f"{place}/{name}") for name in ids], np.uint32)
    numbered = [(name, number, spread.get(name)) for number, name in enumerate(TRAITS)]
    numbered += [
        (f"endowment.{name}", FIRST_ENDOWMENT + at, spread.get("endowment")) for at, name in enumerate(sectors)
    ]
    factors = {}
    for name, number, half in numbered:
        drawn = 2.0 * uniforms(0, keys, number, 0, Purpose.COUNTY).astype(np.float64) - 1.0
        factors[name] = 1.0 + (half or 0.0) * drawn
    return factors


def _stocks(
    initial: Mapping[str, float] | None, workers: "np.ndarray", factors: "dict[str, np.ndarray]"
) -> "dict[str, np.ndarray]":
    """The stocks of each county, int64[copies]: employment off the farm in proportion to workers, and within it more
    away where less is in the county."""
    if initial is None:
        return {}
    found = {name: _dealt(amount, workers * factors.get(name, 1.0)) for name, amount in initial.items()}
    away = found["out_province"] + found["in_province"]
    found["in_county"] = _dealt(round(initial["in_county"]) + int(away.sum()), workers) - away
    return found


def _dealt(amount: float, weight: "np.ndarray") -> "np.ndarray":
    """An amount in whole persons, dealt out by weight: largest remainders, int64[n]."""
    from sim.microdata import allot

    return allot(weight, round(amount))


def _around(mean: float, factor: "np.ndarray", workers: "np.ndarray", total: int) -> list[float]:
    """Values in proportion to the factors whose mean over the workers is `mean`."""
    weighed = math.fsum((workers * factor).tolist()) / total
    return [mean * one / weighed for one in factor.tolist()]
