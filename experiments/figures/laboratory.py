"""Which figures a multiplier experiment has: each from the tables that it needs, if they are there."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

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
from experiments.figures.words import source_line


class Source(NamedTuple):
    """Where the numbers of an experiment's figures come from."""

    place: str
    scale: int
    replicates: int  # of the factorial and the controls
    training: int  # replicates of the frontier, on which the best mix is chosen
    prior: int  # replicates of each draw of the prior

    @classmethod
    def of(cls, place: str, scale: int, replicates: int, experiment: Mapping[str, Any]) -> "Source":
        """Of an experiment in plain form; an empty one has no controls."""
        populations = int(experiment.get("populations", 1))
        training = int(experiment.get("training_seeds", replicates)) * populations
        prior = int((experiment.get("prior") or {}).get("seeds", replicates)) * populations
        return cls(place, scale, replicates, training, prior)

    def line(self, figure: str, language: str) -> str:
        """The line under a figure."""
        seeds = {"frontier": self.training, "prior": self.prior}.get(figure, self.replicates)
        return source_line(self.place, seeds, self.scale, language)


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
    "profiles": Entry(profiles.draw, ("profiles",), ("classes",)),
    "village_map": Entry(village_map.draw, ("villages",), ("ties",)),
    "equal_budget": Entry(equal_budget.draw, ("budget",)),
    "frontier": Entry(frontier.draw, ("frontier",)),
    "dose_response": Entry(dose_response.draw, ("dose_response",), ("doses",)),
    "isoboles": Entry(isoboles.draw, ("isoboles",)),
}


def drawn(
    tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], source: Source, language: str = "en"
) -> Iterator[tuple[str, Figure]]:
    """Every figure whose tables are there and not empty, with its name.

    `names` gives packages and counties their names in the language; `source` says where the numbers come from.
    """
    for name, entry in FIGURES.items():
        if not absent(tables, entry.needs):
            given = [tables.get(table, pd.DataFrame()) for table in (*entry.needs, *entry.uses)]
            yield name, entry.draw(*given, names, source.line(name, language), language)


def figures_of(
    tables: Mapping[str, pd.DataFrame],
    names: Mapping[str, str],
    source: Source,
    language: str = "en",
    suffixes: Collection[str] = tuple(style.UNDATED),
) -> dict[str, dict[str, bytes]]:
    """The files of every figure that can be drawn, by name and suffix."""
    return {name: style.render(figure, suffixes) for name, figure in drawn(tables, names, source, language)}
