"""Persons' potential outcomes as one compact file: in how many seeds each person responds in each cell.

OUT/persons.parquet, one row a person of a population, sorted by population, place and generation:

    population, place, generation  who: uint64, int32, uint8
    village, county                index of the village and of the county: int32
    weight                         real persons the row stands for: float64
    age, skill, savings, household, male
                                   traits in the month before the packages start (months, 0..1, yuan, codes), in the
                                   first seed in which the person belongs to the cohort
    seeds                          in how many seeds the person belongs to the cohort: uint16
    in_workforce_H                 in how many of them the person is in the workforce H months after the start
    OUTCOME_H_CELL                 in how many of them the outcome holds in a cell, such as return_60_credit+training

OUTCOME_H_CELL / in_workforce_H estimates p_i(S), the probability over luck that person i responds to the instruments
S, the population being fixed. The same runs give the same bytes with the same version of the Parquet library.
"""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.estimands.factorial import label
from experiments.laboratory.responses import Payloads, keys
from experiments.laboratory.worlds import Replicate
from experiments.persons import Payload, holds, weights

TRAITS = ("age", "skill", "savings", "household", "male")


def write(
    path: str | os.PathLike[str],
    payloads: Payloads,
    packages: Sequence[str],
    horizons: Sequence[int],
    replicates: Sequence[Replicate],
    *,
    outcomes: Sequence[str] = ("return",),
) -> None:
    """Write the file; arguments as in `experiments.laboratory.classes.tables`. Whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(path)
    beside = path.with_name(path.name + ".part")
    writer = None
    try:
        for population in sorted({one.population for one in replicates}):
            mine = [one for one in replicates if one.population == population]
            columns = _population(payloads, tuple(packages), horizons, mine, outcomes)
            if columns is not None:
                table = pa.table({"population": np.full(len(columns["place"]), population, np.uint64), **columns})
                writer = writer or pq.ParquetWriter(beside, table.schema, compression="zstd")
                writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
    if writer is not None:
        beside.replace(path)


def _population(
    payloads: Payloads, packages: tuple[str, ...], horizons: Sequence[int], mine: Sequence[Replicate], outcomes: Any
) -> dict[str, np.ndarray] | None:
    """The columns of one population; None if every replicate has a failed run, which leaves it out."""
    bases = [base for base in (payloads(0, one) for one in mine) if base is not None]
    if not bases:
        return None
    who = np.unique(np.concatenate([keys(base) for base in bases]))
    columns: dict[str, np.ndarray] = {}
    counts = {"seeds": np.zeros(len(who), np.uint16)}
    for replicate in reversed(mine):  # the first seed writes its traits last
        found = [payloads(mask, replicate) for mask in range(1 << len(packages))]
        cells = [cell for cell in found if cell is not None]
        if len(cells) < len(found):
            continue
        at = np.searchsorted(who, keys(cells[0]))
        counts["seeds"][at] += 1
        for name, values in _traits(cells[0]).items():
            columns.setdefault(name, np.zeros(len(who), values.dtype))[at] = values
        for row, horizon in enumerate(horizons):
            _add(counts, f"in_workforce_{horizon}", at, holds(cells[0], "in_workforce", row), len(who))
            for mask, outcome in itertools.product(range(len(cells)), outcomes):
                name = f"{outcome}_{horizon}_{label(mask, packages)}"
                _add(counts, name, at, holds(cells[mask], outcome, row), len(who))
    order = sorted(counts, key=lambda name: (name != "seeds", not name.startswith("in_workforce")))
    followed = counts["seeds"] > 0
    together = {**columns, **{name: counts[name] for name in order}}
    return {name: values[followed] for name, values in together.items()} if columns else None


def _traits(base: Payload) -> dict[str, np.ndarray]:
    village = base["person_village"]
    found = {
        "place": base["person_place"],
        "generation": base["person_generation"],
        "village": village,
        "county": base["village_county"][village],
        "weight": weights(base),
    }
    return found | {name: base[f"person_{name}"] for name in TRAITS}


def _add(counts: dict[str, np.ndarray], name: str, at: np.ndarray, responds: np.ndarray, persons: int) -> None:
    counts.setdefault(name, np.zeros(persons, np.uint16))[at] += responds
