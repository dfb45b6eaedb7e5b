"""An ensemble's draws as worlds to run, and the tables of `run` and `compare` over them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments import compare, summary
from experiments.calibration.ensemble import Ensemble
from experiments.calibration.posterior import quantiles
from experiments.calibration.uncertainty import decompose, predictive
from experiments.compare import BASELINE

if TYPE_CHECKING:
    from sim.scenario import Scenario

MARK = "+draw-"  # between an arm's or scenario's name and the number of its draw
LEVELS = (0.025, 0.5, 0.975)


def of_draw(scenario: "Scenario", draw: int) -> "Scenario":
    """The scenario under a name that says its draw, so that tidy outcomes tell the draws apart."""
    return replace(scenario, name=f"{scenario.name}{MARK}{draw}")


def split(outcomes: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Outcomes by draw, their scenario the arm alone."""
    arm = outcomes["scenario"].str.rpartition(MARK)
    outcomes = outcomes.assign(scenario=arm[0])
    return {int(draw): rows for draw, rows in outcomes.groupby(arm[2].astype(int))}


def weighted(outcomes: pd.DataFrame, ensemble: Ensemble) -> pd.DataFrame:
    """Outcomes of all draws whose plain mean over the rows is the weighted one over the draws."""
    draw = outcomes["scenario"].str.rpartition(MARK)[2].astype(int).to_numpy()
    return outcomes.assign(value=outcomes["value"] * ensemble.weight[draw] * len(ensemble.weight))


def averaged(tables: Mapping[int, pd.DataFrame], weight: np.ndarray) -> pd.DataFrame:
    """Tables of the same rows, one a draw: numbers weighted, the rest that of the first."""
    frames = list(tables.values())
    found = frames[0].copy()
    for column in found.select_dtypes("floating"):
        found[column] = np.average([one[column] for one in frames], axis=0, weights=weight)
    return found


def uncertainty_of_run(outcomes: Mapping[int, pd.DataFrame], ensemble: Ensemble, start: int) -> pd.DataFrame:
    """Stocks at the end and flows of the last whole year, with their uncertainty by source.

    Columns: indicator, unit, period (`end` or the year), mean, low, high (95 % of one future, the structural part
    included where it is known), sd_parameters, sd_seeds, sd_structure (missing: not known).
    """
    values = {draw: _last(rows, start) for draw, rows in outcomes.items()}
    first = next(iter(values.values()))
    rows = []
    for key in first.index:
        each = np.array([one.loc[key].to_numpy() for one in values.values()])
        indicator, unit, period = key
        relative = ensemble.discrepancy.get(indicator, np.nan)
        structure = relative * abs(float(np.average(each.mean(axis=1), weights=ensemble.weight)))
        parts = decompose(each, ensemble.weight, structure)
        low, _, high = predictive(each, ensemble.weight, LEVELS, structure)
        rows.append((indicator, unit, period, parts.mean, low, high, *parts[1:]))
    names = "indicator unit period mean low high sd_parameters sd_seeds sd_structure"
    return pd.DataFrame(rows, columns=names.split())


def _last(outcomes: pd.DataFrame, start: int) -> pd.DataFrame:
    """Values by (indicator, unit, period) and seed: headline stocks at the end, flows of the last whole year."""
    rows = outcomes[outcomes["dimension"] == "all"].astype({"indicator": str, "unit": str})
    end = rows["month"].max()
    stocks = rows[(rows["month"] == end) & rows["indicator"].isin(summary.HEADLINE_STOCKS)].assign(period="end")
    years = 2000 + (start + rows["month"]) // 12
    whole = years.map(rows["month"].groupby(years).nunique()) == 12
    if whole.any():
        last = years[whole].max()
        of_year = rows[(years == last) & rows["indicator"].isin(summary.HEADLINE_FLOWS)].assign(period=str(last))
        stocks = pd.concat([stocks, of_year])
    return stocks.pivot_table(
        index=["indicator", "unit", "period"], columns="seed", values="value", aggfunc="sum", sort=False
    )


def comparison(
    outcomes: Mapping[int, pd.DataFrame], ensemble: Ensemble, policy_start: int, months: int
) -> dict[str, pd.DataFrame]:
    """`effects` and `multiplier` as `experiments.compare` has them, over the draws.

    Values are means over draws; intervals hold 95 % of the draws' expected values. `effects` also has the deviations
    sd_parameters and sd_seeds, and sd_structure, which is missing: no target tells the model's error in an effect.
    A multiplier is the median over the draws in which every single effect is above 0, and `defined` their share.
    """
    found = {
        draw: {
            "effects": compare.effects(rows, policy_start, months),
            "multiplier": compare.multipliers(rows, policy_start, months),
        }
        for draw, rows in outcomes.items()
    }
    effects = {draw: one["effects"] for draw, one in found.items()}
    tables = {"effects": _effects(effects, outcomes, ensemble.weight, policy_start)}
    multipliers = {draw: one["multiplier"] for draw, one in found.items()}
    first = next(iter(multipliers.values()))
    tables["multiplier"] = _multipliers(multipliers, ensemble.weight) if len(first) else first
    return tables


def _effects(
    tables: Mapping[int, pd.DataFrame], outcomes: Mapping[int, pd.DataFrame], weight: np.ndarray, policy_start: int
) -> pd.DataFrame:
    table = averaged(tables, weight)
    values = np.array([one["effect"] for one in tables.values()])  # [D, rows]
    bounds = [quantiles(column, LEVELS, weight) for column in values.T]
    table["low"], table["high"] = [one[0] for one in bounds], [one[2] for one in bounds]
    table.insert(4, "draws", len(tables))
    indicator = {one.id: one.indicator for one in compare.OUTCOMES}
    paired = {draw: _wide(rows) for draw, rows in outcomes.items()}
    parts = []
    for _, row in table.iterrows():
        month, name = policy_start + row["horizon"] - 1, indicator[row["outcome"]]
        each = [one.loc[(name, month, row["arm"])] - one.loc[(name, month, BASELINE)] for one in paired.values()]
        parts.append(decompose(np.array([one.to_numpy() for one in each]), weight))
    for name in ("parameters", "seeds", "structure"):
        table[f"sd_{name}"] = [getattr(one, name) for one in parts]
    return table


def _wide(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Values by (indicator, month, arm) and seed."""
    rows = outcomes[(outcomes["dimension"] == "all") & outcomes["indicator"].isin(compare.INDICATORS)]
    rows = rows.astype({"indicator": str, "scenario": str})
    return rows.pivot_table(index=["indicator", "month", "scenario"], columns="seed", values="value")


def _multipliers(tables: Mapping[int, pd.DataFrame], weight: np.ndarray) -> pd.DataFrame:
    """Means of effects and excess, the median of the multiplier, intervals over the draws."""
    table = averaged(tables, weight)
    for name in ("sum", "package", "excess"):
        column = "package_effect" if name == "package" else name
        values = np.array([one[column] for one in tables.values()])
        bounds = [quantiles(one, LEVELS, weight) for one in values.T]
        table[f"{name}_low"], table[f"{name}_high"] = [one[0] for one in bounds], [one[2] for one in bounds]
    ratio, defined, notes = [], [], []
    for row in range(len(table)):
        rows = [one.iloc[row] for one in tables.values()]
        singles = table.iloc[row]["package"].split("+")
        above = np.array([all(one[f"effect_of_{single}"] > 0 for single in singles) for one in rows])
        share = float(weight[above].sum())
        values = np.array(
            [one["package_effect"] / one["sum"] if ok else np.nan for one, ok in zip(rows, above, strict=True)]
        )
        ratio.append(quantiles(values[above], LEVELS, weight[above]) if share >= 0.5 else (np.nan,) * 3)
        defined.append(share)
        notes.append("" if share >= 0.5 else "a single effect is not above 0 in half of the draws or more")
    table["multiplier_low"], table["multiplier"], table["multiplier_high"] = zip(*ratio, strict=True)
    table["defined"], table["note"] = defined, notes
    return table
