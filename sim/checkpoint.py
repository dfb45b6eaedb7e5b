"""Save a run and go on from it: one uncompressed .npz without pickles. The only file of `sim` that touches files."""

import dataclasses
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim import parameters as groups
from sim.scenario import (
    Adaptive,
    Change,
    County,
    Demography,
    Eligibility,
    InitialStocks,
    Instrument,
    Records,
    Scenario,
    Sector,
    VillageOptions,
)
from sim.state import Budget, CountyState, Firms, People, State, VillageState

FORMAT = 4  # raise it when what a checkpoint holds changes
STATE_PARTS: dict[str, Any] = {"people": People, "firms": Firms, "counties": CountyState, "villages": VillageState}
RECORDS = ("stocks", "flows", "ledger", "county", "instruments", "sectors", "villages")


class CheckpointError(ValueError):
    """A checkpoint that is missing, cut off, or of another format; its text says which and what to do."""


class Saved(NamedTuple):
    """What a checkpoint holds of a run."""

    scenario: Scenario
    seed: int
    engine: str
    by_village: bool
    weight: np.ndarray  # float64[C], real persons per simulated worker
    state: State
    months: list[int]  # months recorded
    records: dict[str, list[np.ndarray]]  # the recorder's lists, by name (RECORDS)


def save(saved: Saved, path: str | os.PathLike[str]) -> None:
    """Write a run to `path`: beside it first, then renamed into place, so nothing is ever half-written."""
    target = Path(path)
    arrays: dict[str, Any] = {"weight": saved.weight, "months": np.array(saved.months, np.int64)}
    for part in STATE_PARTS:
        for name, array in getattr(saved.state, part)._asdict().items():
            arrays[f"{part}.{name}"] = array
    for name, array in {} if saved.state.budget is None else saved.state.budget._asdict().items():
        arrays[f"budget.{name}"] = array
    for name, kept in saved.records.items():
        arrays[f"record.{name}"] = np.stack(kept) if kept else np.zeros(0)
    header = {
        "format": FORMAT,
        "scenario": _plain(saved.scenario),
        "seed": saved.seed,
        "month": saved.state.month,
        "engine": saved.engine,
        "by_village": saved.by_village,
    }
    arrays["header"] = np.frombuffer(json.dumps(header, allow_nan=False).encode(), np.uint8)
    handle, beside = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent or ".")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str]) -> Saved:
    """The run as it was saved. Raises CheckpointError for a file that is no complete checkpoint."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays.pop("header").tobytes())
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint") from None
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile):
        raise CheckpointError(f"{path}: not a complete checkpoint; run from the start or use another") from None
    if header.get("format") != FORMAT:
        raise CheckpointError(f"{path}: format {header.get('format')}, but this version reads format {FORMAT}")
    parts = {
        part: kind(**{name: arrays[f"{part}.{name}"] for name in kind._fields}) for part, kind in STATE_PARTS.items()
    }
    budget = Budget(**{name: arrays[f"budget.{name}"] for name in Budget._fields}) if "budget.dose" in arrays else None
    return Saved(
        scenario=_scenario(header["scenario"]),
        seed=header["seed"],
        engine=header["engine"],
        by_village=header["by_village"],
        weight=arrays["weight"],
        state=State(month=header["month"], budget=budget, **parts),
        months=[int(month) for month in arrays["months"]],
        records={name: list(arrays[f"record.{name}"]) for name in RECORDS},
    )


def _plain(value: Any) -> Any:
    """A scenario, or a part of one, as what JSON can hold. float32 survives exactly as a double."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "_asdict"):
        return {name: _plain(one) for name, one in value._asdict().items()}
    if isinstance(value, np.ndarray):
        return [None if one != one else one for one in value.tolist()] if value.ndim == 1 else value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "adj"):  # a networkx graph
        from networkx import node_link_data

        return _plain(node_link_data(value, edges="edges"))
    if hasattr(value, "items"):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _scenario(data: dict[str, Any]) -> Scenario:
    """The scenario from its plain form."""
    given = dict(data)
    given["packages"] = tuple(given["packages"])
    given["village_options"] = VillageOptions(**given["village_options"])
    given["counties"] = tuple(_county(one) for one in given["counties"])
    given["sectors"] = tuple(Sector(**one) for one in given["sectors"])
    given["instruments"] = tuple(_instrument(one) for one in given["instruments"])
    given["adaptive"] = tuple(
        Adaptive(**{**one, "instruments": tuple(one["instruments"])}) for one in given["adaptive"]
    )
    given["parameters"] = _parameters(given["parameters"])
    given["demography"] = _demography(given["demography"])
    given["initial"] = InitialStocks(**given["initial"])
    given["series"] = {name: np.array(values, np.float32) for name, values in given["series"].items()}
    given["festival"] = np.array(given["festival"], np.uint8)
    if given["graph"] is not None:
        from networkx import node_link_graph

        given["graph"] = node_link_graph(given["graph"], edges="edges")
    if given["people"] is not None:
        given["people"] = _records(given["people"])
    return Scenario(**given)


def _county(data: dict[str, Any]) -> County:
    """A county from its plain form."""
    initial = None if data["initial"] is None else InitialStocks(**data["initial"])
    return County(**{**data, "endowment": tuple(data["endowment"]), "initial": initial})


def _records(data: dict[str, Any]) -> Records:
    """The records of people from their plain form; null stands for what is not stated."""
    return Records(
        county=np.array(data["county"], np.int32),
        weight=np.array(data["weight"], np.float64),
        given={name: np.array(values, np.float64) for name, values in data["given"].items()},
        groups=tuple(np.array(labels, np.int64) for labels in data["groups"]),
    )


def _instrument(data: dict[str, Any]) -> Instrument:
    """An instrument from its plain form."""
    rule: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in data["eligibility"].items()
    }
    changes = tuple(Change(**one) for one in data["changes"])
    changed = {"sectors": tuple(data["sectors"]), "eligibility": Eligibility(**rule), "changes": changes}
    return Instrument(**{**data, **changed})


def _parameters(data: dict[str, Any]) -> groups.Parameters:
    """The parameters from their plain form."""
    kinds = groups.Parameters.__annotations__
    parts = {name: kinds[name](**{field: np.float32(one) for field, one in data[name].items()}) for name in kinds}
    return groups.Parameters(**parts)


def _demography(data: dict[str, Any]) -> Demography:
    """The demography from its plain form."""
    return Demography(
        age_bands=tuple(tuple(band) for band in data["age_bands"]),
        male_share=data["male_share"],
        schooling_shares=tuple((int(years), share) for years, share in data["schooling_shares"]),
        entrant_schooling_shares=tuple((int(years), share) for years, share in data["entrant_schooling_shares"]),
        entry_ages=(data["entry_ages"][0], data["entry_ages"][1]),
        entrants_share=np.array(data["entrants_share"], np.float32),
    )
