"""The result of `sensitivity` and `replications` on the console: the first outcome at the last horizon."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from experiments.cli.console import put, put_table

if TYPE_CHECKING:
    import pandas as pd

    Tables = Mapping[str, pd.DataFrame]


def put_study(tables: "Tables", heading: str) -> None:
    """Everything a reader needs first; the folder has the rest."""
    put(heading)
    _put_strengths(tables, "morris", "Morris: mu*, the mean change over a parameter's whole range", "mu_star")
    _put_sobol(tables)
    _put_tornado(tables)
    _put_strengths(tables, "regional", "Regional: Kolmogorov-Smirnov distance", "distance")
    _put_box(tables)
    _put_seeds(tables)


def _headline(table: "pd.DataFrame | None") -> "pd.DataFrame | None":
    if table is None or table.empty:
        return None
    rows = table[table["outcome"] == table["outcome"].iloc[0]]
    return rows[rows["horizon"] == rows["horizon"].max()]


def _title(text: str, rows: "pd.DataFrame") -> str:
    from experiments.outcomes import NAMES

    outcome = str(rows["outcome"].iloc[0])
    return f"{text}; {NAMES.get(outcome, outcome)}, {rows['horizon'].iloc[0]} months"


def _put_strengths(tables: "Tables", name: str, title: str, column: str) -> None:
    """One number with its interval, parameters by answers."""
    rows = _headline(tables.get(name))
    if rows is None:
        return
    group = "quantity" if "quantity" in rows else "criterion"
    answers = list(dict.fromkeys(rows[group]))
    lines = []
    for parameter, of_parameter in rows.groupby("parameter", sort=False):
        by = of_parameter.set_index(group)
        lines.append([str(parameter), *(_cell(by.loc[one], column) for one in answers)])
    put_table(_title(title, rows), ["", *answers], lines, numbers_from=1)
    _put_notes(rows, group)


def _put_sobol(tables: "Tables") -> None:
    rows = _headline(tables.get("sobol"))
    if rows is None:
        return
    answers = list(dict.fromkeys(rows["quantity"]))
    lines = []
    for parameter, of_parameter in rows.groupby("parameter", sort=False):
        by = of_parameter.set_index(["quantity", "order"])
        cells = [_cell(by.loc[(one, order)], "index") for one in answers for order in ("first", "total")]
        lines.append([str(parameter), *cells])
    headings = [f"{one}\n{order}" for one in answers for order in ("first", "total")]
    put_table(_title("Sobol indices", rows), ["", *headings], lines, numbers_from=1)
    _put_notes(rows, "quantity")


def _put_tornado(tables: "Tables") -> None:
    rows = _headline(tables.get("tornado"))
    if rows is None:
        return
    answers = list(dict.fromkeys(rows["quantity"]))
    lines = []
    for (parameter, setting), some in rows.groupby(["parameter", "setting"], sort=False):
        by = some.set_index("quantity")
        lines.append([f"{parameter} = {setting:g}", *(_cell(by.loc[one], "difference") for one in answers)])
    put_table(_title("One at a time: difference to the place as it is", rows), ["", *answers], lines, numbers_from=1)


def _put_box(tables: "Tables") -> None:
    rows = _headline(tables.get("box"))
    if rows is None:
        return
    lines = [
        [str(row["parameter"]), number(row["low"]), number(row["high"]), number(row["p_value"])]
        for _, row in rows[rows["is_restricted"]].iterrows()
    ]
    title = _title(f"PRIM: the box of {rows['criterion'].iloc[0]}", rows)
    if not lines:
        put(f"{title}: {rows['note'].iloc[0] or 'no restriction'}")
        return
    put_table(title, ["", "from", "to", "p"], lines, numbers_from=1)
    boxes = _headline(tables.get("boxes"))
    if boxes is not None and boxes["is_chosen"].any():
        one = boxes[boxes["is_chosen"]].iloc[0]
        put(f"coverage {one['coverage']:.2f}, density {one['density']:.2f}, {one['mass']:.0%} of the worlds")


def _put_seeds(tables: "Tables") -> None:
    rows = _headline(tables.get("seeds_needed"))
    if rows is None:
        return
    lines = [
        [
            str(row["quantity"]),
            _cell(row, "value"),
            number(row["half_width"]),
            number(row["asked"]),
            "-" if row["seeds_needed"] != row["seeds_needed"] else f"{int(row['seeds_needed']):,}",
        ]
        for _, row in rows.iterrows()
    ]
    title = _title(f"From {int(rows['seeds'].max())} seeds", rows)
    put_table(title, ["", "value", "half width", "asked", "seeds needed"], lines, numbers_from=1)
    _put_notes(rows, "quantity")


def _put_notes(rows: "pd.DataFrame", group: str) -> None:
    """Why numbers are missing, each reason once."""
    noted = rows[rows["note"] != ""] if "note" in rows else rows.iloc[:0]
    for note, some in noted.groupby("note", sort=False):
        put(f"{', '.join(dict.fromkeys(some[group]))}: {note}")


def _cell(row: Any, column: str) -> str:
    """A number over its interval, where it has one."""
    value = number(row[column])
    low, high = row.get("low"), row.get("high")
    if low is None or low != low:
        return value
    return f"{value}\n{number(low)} to {number(high)}"


def number(value: float) -> str:
    """A number of any size with as many digits as a reader needs; `-` where there is none."""
    if value != value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
