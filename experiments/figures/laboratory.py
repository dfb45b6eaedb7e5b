"""Which figures a multiplier experiment has: each from the tables that it needs, if they are there."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import (
    dose_response,
    equal_budget,
    frontier,
    interactions,
    isoboles,
    multiplier,
    patterns,
    prior,
    profiles,
    shapley,
    style,
    village_map,
    waterfall,
)
from experiments.figures.reading import absent


class Entry(NamedTuple):
    """A figure: how it is drawn, the tables without which it is not, and those it also uses."""

    draw: Callable[..., Figure]
    needs: tuple[str, ...]
    uses: tuple[str, ...] = ()


FIGURES: dict[str, Entry] = {
    "multiplier": Entry(multiplier.draw, ("estimands",)),
    "prior": Entry(prior.draw, ("prior",), ("prior_summary", "prior_drivers")),
    "waterfall": Entry(waterfall.draw, ("interactions",), ("cells",)),
    "interactions": Entry(interactions.draw, ("cells",)),
    "shapley": Entry(shapley.draw, ("shapley",)),
    "patterns": Entry(patterns.draw, ("patterns", "cells")),
    "profiles": Entry(profiles.draw, ("profiles",)),
    "village_map": Entry(village_map.draw, ("villages",), ("ties",)),
    "equal_budget": Entry(equal_budget.draw, ("budget",)),
    "frontier": Entry(frontier.draw, ("frontier",)),
    "dose_response": Entry(dose_response.draw, ("dose_response",), ("doses",)),
    "isoboles": Entry(isoboles.draw, ("isoboles",)),
}


def drawn(
    tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], source: str, language: str = "en"
) -> Iterator[tuple[str, Figure]]:
    """Every figure whose tables are there and not empty, with its name.

    `names` gives packages and counties their names in the language; `source` is the line of the source.
    """
    for name, entry in FIGURES.items():
        if not absent(tables, entry.needs):
            given = [tables.get(table, pd.DataFrame()) for table in (*entry.needs, *entry.uses)]
            yield name, entry.draw(*given, names, source, language)


def figures_of(
    tables: Mapping[str, pd.DataFrame],
    names: Mapping[str, str],
    source: str,
    language: str = "en",
    suffixes: Collection[str] = tuple(style.UNDATED),
) -> dict[str, dict[str, bytes]]:
    """The files of every figure that can be drawn, by name and suffix."""
    return {name: style.render(figure, suffixes) for name, figure in drawn(tables, names, source, language)}
