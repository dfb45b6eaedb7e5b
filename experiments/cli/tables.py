"""The results of `run` and `compare` on the console, and as plain data for `--json`."""

from typing import TYPE_CHECKING, Any

from experiments.cli.console import count, estimate, put, put_table
from experiments.outcomes import NAMES

if TYPE_CHECKING:
    import pandas as pd

    from experiments.analyses import Tables


def put_run(tables: "Tables", heading: str) -> None:
    """Final stocks, yearly flows, instruments, and the fit where there is one."""
    from experiments.summary import HEADLINE_FLOWS, HEADLINE_STOCKS

    put(heading)
    stocks = tables["stocks"].set_index("indicator").reindex(HEADLINE_STOCKS)
    rows = [[name, row["unit"], count(row["first"]), count(row["last"])] for name, row in stocks.iterrows()]
    put_table("Stocks", ["", "", "first month", "last month"], rows, numbers_from=2)
    flows = tables["flows"].set_index("indicator").reindex(HEADLINE_FLOWS).drop(columns="unit")
    rows = [[name, *map(count, row)] for name, row in flows.iterrows()]
    put_table("Flows a year", ["", *flows.columns], rows, numbers_from=1)
    used = [
        [row["instrument"], count(row["aware"]), count(row["uses"]), count(row["cost"])]
        for _, row in tables["instruments"].iterrows()
    ]
    put_table("Instruments", ["", "aware at the end", "uses", "cost, yuan"], used, numbers_from=1)
    if "fit" in tables:
        _put_fit(tables["fit"])
    if "uncertainty" in tables:
        _put_uncertainty(tables["uncertainty"])


def put_comparison(tables: "Tables", heading: str) -> None:
    """Effects of all arms, then the multipliers, both at the last horizon."""
    put(heading)
    effects = tables["effects"]
    last = effects["horizon"].max()
    effects = effects[effects["horizon"] == last]
    rows = []
    for outcome, of_arms in effects.groupby("outcome", sort=False):
        cells = [estimate(row["effect"], row["low"], row["high"]) for _, row in of_arms.iterrows()]
        rows.append([f"{NAMES[outcome]}\n{of_arms['unit'].iloc[0]}", count(of_arms["baseline"].iloc[0]), *cells])
    arms = [arm.replace("+", "\n+ ") for arm in effects["arm"].drop_duplicates()]
    title = f"Effects {last} months after the packages start, of the cohort, against the same seeds' baseline"
    put_table(title, ["", "baseline", *arms], rows, numbers_from=1)
    if len(tables["multiplier"]):
        multipliers = tables["multiplier"]
        for package, of_package in multipliers[multipliers["horizon"] == last].groupby("package", sort=False):
            _put_multiplier(str(package), of_package, last)


def run_as_json(tables: "Tables") -> dict[str, Any]:
    """The tables of a run, rows as objects."""
    return {name: _records(table) for name, table in tables.items()}


def comparison_as_json(tables: "Tables") -> dict[str, Any]:
    """The tables of a comparison, rows as objects, single effects of a package as one object."""
    multipliers = []
    for row in _records(tables["multiplier"]):
        single = {
            name.removeprefix("effect_of_"): value for name, value in row.items() if name.startswith("effect_of_")
        }
        rest = {name: value for name, value in row.items() if not name.startswith("effect_of_")}
        own = set(row["package"].split("+"))
        multipliers.append({**rest, "single_effects": {name: value for name, value in single.items() if name in own}})
    return {"effects": _records(tables["effects"]), "multipliers": multipliers}


def _put_multiplier(package: str, rows: "pd.DataFrame", horizon: int) -> None:
    """One package's table, with the notes on numbers that are missing."""
    singles = package.split("+")
    shown: list[list[str]] = []
    missing: dict[str, list[str]] = {}
    for _, row in rows.iterrows():
        name = NAMES[row["outcome"]]
        parts = [count(row[f"effect_of_{single}"], signed=True) for single in singles]
        sums = estimate(row["sum"], row["sum_low"], row["sum_high"])
        together = estimate(row["package_effect"], row["package_low"], row["package_high"])
        excess = estimate(row["excess"], row["excess_low"], row["excess_high"])
        shown.append([name, *parts, sums, together, excess, _ratio(row)])
        if row["note"]:
            missing.setdefault(row["note"], []).append(name)
    title = f"Multiplier of {package} {horizon} months after the start, persons (jobs for jobs)"
    headings = ["", *singles, "sum", "package", "excess", "multiplier"]
    put_table(title, headings, shown, numbers_from=1)
    for reason, names in missing.items():
        put(f"{reason}: {', '.join(names)}")


def _ratio(row: "pd.Series") -> str:
    if row["multiplier"] != row["multiplier"]:
        return "n/a"
    if row["multiplier_low"] != row["multiplier_low"]:
        return f"{row['multiplier']:.2f}\nnot bounded"
    return f"{row['multiplier']:.2f}\n{row['multiplier_low']:.2f} to {row['multiplier_high']:.2f}"


def _put_fit(fit: "pd.DataFrame") -> None:
    rows, above = [], ""
    for _, row in fit.iterrows():
        digits = 0 if abs(row["data"]) >= 1000 else 2
        numbers = [f"{row[name]:,.{digits}f}" for name in ("data", "model", "discrepancy")]
        within = {True: "yes", False: "no"}.get(row["within"], "")
        figure = ["", ""] if row["id"] == above else [row["id"], row["figure"]]
        rows.append([*figure, row["period"], row["use"], row["unit"], *numbers, within])
        above = row["id"]
    headings = ["", "figure", "period", "use", "unit", "data", "model", "model - data", "within"]
    put_table("Model against data; an initial condition or input is not a target", headings, rows, numbers_from=5)


def _put_uncertainty(table: "pd.DataFrame") -> None:
    """Intervals of one future, and the deviation that each source brings; `-`: not known."""
    deviations = ("sd_parameters", "sd_seeds", "sd_structure")
    rows = [
        [
            row["indicator"],
            row["period"],
            row["unit"],
            count(row["mean"]),
            f"{count(row['low'])} to {count(row['high'])}",
        ]
        + [count(row[name]) for name in deviations]
        for _, row in table.iterrows()
    ]
    headings = ["", "", "", "mean", "95 % of one future", "of parameters", "of seeds", "of the model"]
    put_table("Uncertainty over the ensemble: standard deviations by source", headings, rows, numbers_from=3)


def _records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
