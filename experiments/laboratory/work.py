"""From an evaluator and an experiment to every table: the order in which worlds are asked for."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.estimands.factorial import label
from experiments.laboratory import budgets, doses, factorial, null, prior, sham
from experiments.laboratory.experiment import Experiment
from experiments.laboratory.factorial import Cells, Row
from experiments.laboratory.stopping import seeds_needed
from experiments.laboratory.tables import frame
from experiments.laboratory.worlds import Arm, Evaluator, Replicate

if TYPE_CHECKING:
    import pandas as pd

Say = Callable[[str], None]
Intercepts = Mapping[str, null.Intercept]  # by outcome


class Laboratory:
    """One experiment on one evaluator.

    switches    names of all mechanisms, for the null world
    intercepts  what sets the level of each outcome that the null can be matched to
    follow      told of the factorial's worlds before they are asked for, so that their persons are kept
    """

    def __init__(
        self,
        evaluator: Evaluator,
        experiment: Experiment,
        switches: Sequence[str] = (),
        intercepts: Intercepts | None = None,
        switch_groups: Mapping[str, Sequence[str]] = null.SWITCH_GROUPS,
        follow: Callable[[Sequence[Arm], Sequence[Replicate]], None] | None = None,
        say: Say = lambda _: None,
    ) -> None:
        self.evaluator, self.experiment, self.follow, self.say = evaluator, experiment, follow, say
        self.switches, self.intercepts, self.switch_groups = tuple(switches), dict(intercepts or {}), switch_groups

    def cells(self) -> Cells:
        """The factorial, on as many seeds as were asked for or as the precision takes."""
        self.say(f"factorial: {len(factorial.masks_to_run(len(self.evaluator.packages)))} worlds")
        seeds = seeds_needed(self._evaluated, self.experiment, self.say)
        return self._evaluated(self.experiment.replicates(seeds))

    def _evaluated(self, replicates: Sequence[Replicate]) -> Cells:
        if self.follow is not None:
            self.follow(factorial.cell_arms(self.evaluator.packages), replicates)
        return factorial.evaluate_cells(self.evaluator, replicates)

    def tables(self, cells: Cells) -> "dict[str, pd.DataFrame]":
        """The tables of the factorial and of the controls asked for, each control after the other."""
        rows: dict[str, list[Row]] = {
            "cells": list(factorial.cell_rows(cells)),
            "estimands": list(factorial.estimand_rows(cells)),
            "interactions": list(factorial.interaction_rows(cells)),
            "shapley": list(factorial.shapley_rows(cells)),
            "pairing": list(factorial.pairing_rows(cells)),
        }
        controls = {"sham": self._sham, "doses": self._doses, "budget": self._budget, "null": self._null}
        for name, control in controls.items():
            if name in self.experiment.controls:
                for table, more in control(cells).items():
                    rows.setdefault(table, []).extend(more)
        rows["estimands"] = _in_order(rows["estimands"], cells)
        tables = {name: frame(name, found) for name, found in rows.items()}
        if "prior" in self.experiment.controls:
            tables |= self._prior()
        return tables

    def _sham(self, cells: Cells) -> dict[str, list[Row]]:
        self.say("sham: each instrument at as many times its dose as a package has instruments")
        return {"estimands": list(sham.sham_rows(self.evaluator, cells))}

    def _doses(self, cells: Cells) -> dict[str, list[Row]]:
        self.say("dose-response: each instrument alone and within the package, and pairs")
        measured = doses.measure_curves(self.evaluator, cells, self.experiment.dose_factors)
        return {
            "dose_response": list(doses.response_rows(measured, cells)),
            "doses": list(doses.dose_rows(measured, cells)),
            "isoboles": list(doses.isobole_rows(self.evaluator, cells)),
        }

    def _budget(self, cells: Cells) -> dict[str, list[Row]]:
        self.say("equal budgets: doses that spend what the package spends, and the best mix")
        ids = [outcome.id for outcome in cells.outcomes]
        asked = self.experiment.precision
        objective = ids.index(asked.outcome) if asked is not None else 0
        experiment = self.experiment
        found = budgets.Budgets(
            self.evaluator, cells, experiment.training(), experiment.budget, objective, experiment.largest_dose
        )
        return {
            "budget": list(found.budget_rows()),
            "frontier": list(found.frontier_rows()),
            "estimands": list(found.estimand_rows()),
        }

    def _null(self, cells: Cells) -> dict[str, list[Row]]:
        asked = self.experiment.null
        ids = [outcome.id for outcome in cells.outcomes]
        horizon = cells.horizons.index(asked.horizon)
        targets = [null.Target(ids.index(name), horizon, self.intercepts[name]) for name in asked.outcomes]
        worlds = null.NullWorlds(self.evaluator, cells)
        self.say(f"null: all mechanisms off, tuned to {', '.join(asked.outcomes)} after {asked.horizon} months")
        estimands, tuning = null.null_rows(worlds, targets, self.switches)
        found = {"estimands": estimands, "null": tuning}
        if asked.decompose:
            names, runs = len(cells.names), len(cells.replicates) * len(targets)
            cost = null.runs_of_decomposition(names, runs, len(self.switch_groups))
            self.say(f"null: decomposition over {len(self.switch_groups)} groups of mechanisms, about {cost:,} runs")
            found["mechanisms"] = list(null.decomposition_rows(worlds, targets, self.switch_groups))
        return found

    def _prior(self) -> "dict[str, pd.DataFrame]":
        import pandas as pd

        asked = self.experiment.prior
        kind = "ensemble" if asked.points else "prior"
        self.say(f"{kind}: {asked.draws} draws of {len(asked.ranges)} parameters, {asked.seeds} seeds each")
        points = np.array(asked.points) if asked.points else prior.design(asked.ranges, asked.draws)
        draws = prior.measure_prior(self.evaluator, self.experiment.replicates(asked.seeds), asked.ranges, points)
        return {
            "prior": pd.DataFrame(list(prior.prior_rows(draws))),
            "prior_summary": frame("prior_summary", prior.summary_rows(draws)),
            "prior_drivers": frame("prior_drivers", prior.driver_rows(draws)),
            "prior_sources": frame("prior_sources", prior.source_rows(draws)),
        }


def _in_order(rows: list[Row], cells: Cells) -> list[Row]:
    """Rows by package, outcome and horizon, whichever control they come from; else in the order given."""
    package = {label(mask, cells.names): place for place, mask in enumerate(cells.masks)}
    outcome = {one.id: place for place, one in enumerate(cells.outcomes)}
    return sorted(rows, key=lambda row: (package[row["package"]], outcome[row["outcome"]], row["horizon"]))


def failed_replicates(cells: Cells) -> int:
    """Replicates that are left out of some table because a run of theirs failed."""
    return int((~np.isfinite(cells.values[:, list(cells.masks)]).all(axis=(1, 2, 3))).sum())
