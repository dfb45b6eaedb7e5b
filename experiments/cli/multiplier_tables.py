"""The result of `multiplier` on the console: the answer, then the numbers, then what was not asked."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from experiments.cli.console import count, estimate, put, put_table

if TYPE_CHECKING:
    import pandas as pd

    Tables = Mapping[str, pd.DataFrame]

CONTROLS = {  # quantity -> heading
    "multiplier": "multiplier",
    "scale_control": "on its\nscale",
    "null_multiplier": "null",
    "mechanism_excess": "mechanism\nexcess",
    "sham": "sham",
    "equal_budget_best_single": "same budget,\nbest single",
    "equal_budget_best_mix": "same budget,\nbest mix",
}


def put_experiment(tables: "Tables", heading: str, not_run: Sequence[str], drawn_from: str = "prior") -> None:
    """Everything a reader needs first; the folder has the rest. `drawn_from`: the prior, or the ensemble."""
    from experiments.laboratory.summary import answer, whole_of
    from experiments.outcomes import NAMES

    estimands = tables["estimands"]
    last = int(estimands["horizon"].max())
    put(heading)
    for line in answer(tables, str(estimands["outcome"].iloc[0]), last):
        put(line)
    _put_effects(tables, whole_of(tables), last, NAMES)
    _put_ratios(tables, whole_of(tables), NAMES)
    _put_shapley(tables, last, NAMES)
    _put_budget(tables, last, NAMES)
    _put_prior(tables, last, NAMES, drawn_from)
    _put_classes(tables)
    if not_run:
        put(f"not run: {', '.join(not_run)} (--controls {','.join(not_run)})")


def _put_effects(tables: "Tables", whole: str, last: int, names: Mapping[str, str]) -> None:
    """Single effects, their sum, the package and the excess at the last horizon."""
    cells, estimands = tables["cells"], tables["estimands"]
    alone = list(dict.fromkeys(cells.loc[cells["size"] == 1, "cell"]))
    rows = []
    for outcome, of_outcome in cells[cells["horizon"] == last].groupby("outcome", sort=False):
        cell = of_outcome.set_index("cell")
        parts = [estimate(*cell.loc[name, ["effect", "effect_low", "effect_high"]]) for name in alone]
        of_whole = _of(estimands, whole, outcome, last)
        sums = [
            estimate(*of_whole.loc[name, ["value", "low", "high"]]) for name in ("sum_of_singles", "effect", "excess")
        ]
        rows.append([f"{names.get(str(outcome), str(outcome))}\n{cell['unit'].iloc[0]}", *parts, *sums])
    title = f"Effects {last} months after the start, members of the cohort, against the same seeds' baseline"
    put_table(title, ["", *alone, "sum", "together", "excess"], rows, numbers_from=1)


def _put_ratios(tables: "Tables", whole: str, names: Mapping[str, str]) -> None:
    """The multiplier and its controls by outcome and horizon, and why numbers are missing."""
    estimands = tables["estimands"]
    there = [quantity for quantity in CONTROLS if quantity in set(estimands["quantity"])]
    rows: list[list[str]] = []
    missing: dict[str, list[str]] = {}
    for (outcome, horizon), _ in estimands.groupby(["outcome", "horizon"], sort=False):
        of_whole = _of(estimands, whole, outcome, horizon)
        name = names.get(str(outcome), str(outcome))
        rows.append([name, str(horizon), *(_ratio(of_whole, quantity) for quantity in there)])
        note = of_whole.loc["multiplier", "note"]
        if note:
            missing.setdefault(note, []).append(f"{name} {horizon}")
    title = f"Multiplier of {whole} and its controls, by months after the start"
    put_table(title, ["", "months", *(CONTROLS[quantity] for quantity in there)], rows, numbers_from=1)
    for reason, where in missing.items():
        put(f"{reason}: {', '.join(where)}")


def _put_shapley(tables: "Tables", last: int, names: Mapping[str, str]) -> None:
    table = tables["shapley"]
    rows = []
    for outcome, of_outcome in table[table["horizon"] == last].groupby("outcome", sort=False):
        shares = [f"{row['value']:+,.0f}\n{_share(row['share'])}" for _, row in of_outcome.iterrows()]
        rows.append([names.get(str(outcome), str(outcome)), *shares])
    headings = ["", *dict.fromkeys(table["instrument"])]
    put_table(f"Shapley values after {last} months: shares of the effect together", headings, rows, numbers_from=1)


def _put_budget(tables: "Tables", last: int, names: Mapping[str, str]) -> None:
    table = tables.get("budget")
    if table is None or table.empty:
        return
    outcome = table["outcome"].iloc[0]
    chosen = table[(table["horizon"] == last) & (table["outcome"] == outcome)]
    rows = [
        [
            row["alternative"],
            count(row["spend"] / 1e6),
            _doses(row["doses"]),
            estimate(row["effect"], row["low"], row["high"]),
            _bounds(row["ratio"], row["ratio_low"], row["ratio_high"]),
            _plain(row["cost_factor_flip"]),
            row["note"],
        ]
        for _, row in chosen.iterrows()
    ]
    title = f"The same budget, {count(chosen['budget'].iloc[0] / 1e6)} million yuan: {names.get(outcome, outcome)}"
    put_table(
        title, ["", "spent", "doses", "effect", "package over it", "cost factor to tie", ""], rows, numbers_from=1
    )


def _put_prior(tables: "Tables", last: int, names: Mapping[str, str], drawn_from: str) -> None:
    table = tables.get("prior_summary")
    if table is None or table.empty:
        return
    rows = []
    for _, row in table[(table["horizon"] == last) & (table["quantity"] == "multiplier")].iterrows():
        interval = _bounds(row["median"], row["low"], row["high"])
        outcome = str(row["outcome"])
        rows.append([names.get(outcome, outcome), interval, _plain(row["probability_above_one"]), str(row["draws"])])
    put_table(
        f"Multiplier over the {drawn_from}, {last} months",
        ["", "median", "share above 1", "draws"],
        rows,
        numbers_from=1,
    )
    sources = tables["prior_sources"]
    rows = [
        [names.get(row["outcome"], row["outcome"]), row["quantity"], count(row["mean"]), count(row["sd_parameters"]),
         count(row["sd_seeds"])]
        for _, row in sources[sources["horizon"] == last].iterrows()
    ]  # fmt: skip
    headings = ["", "", "mean", "of parameters", "of seeds"]
    put_table("Where its spread comes from: standard deviations; the model's own error is not known", headings, rows,
              numbers_from=2)  # fmt: skip
    drivers = tables["prior_drivers"]
    drivers = drivers[(drivers["horizon"] == last) & (drivers["outcome"] == drivers["outcome"].iloc[0])]
    rows = [
        [row["parameter"], _bounds(row["rank_correlation"], row["low"], row["high"])] for _, row in drivers.iterrows()
    ]
    put_table("What drives it: rank correlation", ["", drivers["quantity"].iloc[0]], rows, numbers_from=1)


def _put_classes(tables: "Tables") -> None:
    table = tables.get("classes")
    if table is None or table.empty:
        return
    rows = [
        [
            row["class"].replace("_", " "),
            estimate(row["persons"], row["low"], row["high"], signed=False),
            f"{row['share']:.1%}",
            count(row["placebo"]),
            count(row["independent_luck"]),
        ]
        for _, row in table.iterrows()
    ]
    headings = ["", "persons", "share", "placebo", "independent luck"]
    put_table("Who comes home in which worlds", headings, rows, numbers_from=1)


def _of(estimands: "pd.DataFrame", whole: str, outcome: object, horizon: object) -> "pd.DataFrame":
    """The whole package's rows for an outcome and horizon, by quantity."""
    here = (estimands["package"] == whole) & (estimands["outcome"] == outcome) & (estimands["horizon"] == horizon)
    return estimands[here].set_index("quantity")


def _ratio(rows: "pd.DataFrame", quantity: str) -> str:
    if quantity not in rows.index:
        return "-"
    return _bounds(*rows.loc[quantity, ["value", "low", "high"]])


def _bounds(value: float, low: float, high: float) -> str:
    if value != value:
        return "n/a"
    return f"{value:.2f}\nnot bounded" if low != low else f"{value:.2f}\n{low:.2f} to {high:.2f}"


def _share(value: float) -> str:
    return "-" if value != value else f"{value:.0%}"


def _doses(text: str) -> str:
    """Doses a line each, with three digits; without what is left out."""
    given = (one.partition("=") for one in text.split(";"))
    return "\n".join(f"{name} {float(factor):.3g}" for name, _, factor in given if float(factor) > 0)


def _plain(value: float) -> str:
    return "-" if value != value else f"{value:.2f}"
