"""Which figures a sensitivity study has: each from the tables that it needs, if they are there."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import discovery, morris, regional, replications, sobol, style, tornado
from experiments.figures.reading import absent, headline


class Entry(NamedTuple):
    """A figure: how it is drawn, and the tables without which it is not."""

    draw: Callable[..., Figure]
    needs: tuple[str, ...]


FIGURES: dict[str, Entry] = {
    "morris": Entry(morris.draw, ("morris",)),
    "sobol": Entry(sobol.draw, ("sobol",)),
    "tornado": Entry(tornado.draw, ("tornado",)),
    "regional": Entry(regional.draw, ("regional", "worlds")),
    "prim": Entry(discovery.draw, ("boxes", "box", "worlds")),
    "replications": Entry(replications.draw, ("replications", "seeds_needed")),
}


def figures_of(
    tables: Mapping[str, pd.DataFrame],
    source: str,
    language: str = "en",
    suffixes: Collection[str] = tuple(style.UNDATED),
) -> dict[str, dict[str, bytes]]:
    """The files of every figure that can be drawn, by name and suffix."""
    return {
        name: style.render(entry.draw(*(tables[one] for one in entry.needs), source, language), suffixes)
        for name, entry in FIGURES.items()
        if not absent(tables, entry.needs) and _is_told(tables, entry)
    }


def _is_told(tables: Mapping[str, pd.DataFrame], entry: Entry) -> bool:
    """Whether the headline outcome is among the rows of every table: PRIM has no boxes where all worlds agree."""
    first = headline(tables[entry.needs[-1]])["outcome"].iloc[0]
    return all(headline(tables[name])["outcome"].iloc[0] == first for name in entry.needs)
