"""What a run came to: stocks at its end, flows by year, instruments. Tables in, tables out."""

import pandas as pd

from sim.outcomes import INDICATORS, Flow

FLOWS = frozenset(indicator.name for indicator in INDICATORS if isinstance(indicator.parts[0], Flow))
HEADLINE_STOCKS = (
    "workers",
    "out_province",
    "in_province",
    "farm",
    "searching",
    "wage_basic",
    "wage_skilled",
    "owners",
    "posts",
    "returnees",
    "good_quality_returnees",
    "skilled_workers",
    "enterprise_jobs",
)
HEADLINE_FLOWS = (
    "returns",
    "returns_active",
    "returns_passive",
    "departures_out",
    "departures_in",
    "hires",
    "foundings",
    "closures",
    "courses",
    "loans",
)


def stocks(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The whole place's stocks and rates at the end of the first and of the last month, means over seeds.

    Index: indicator. Columns: unit, first, last.
    """
    rows = _whole_place(outcomes)
    rows = rows[~rows["indicator"].isin(FLOWS)]
    first, last = (rows[rows["month"] == month] for month in (rows["month"].min(), rows["month"].max()))
    table = last.groupby("indicator", sort=False).agg(unit=("unit", "first"), last=("value", "mean"))
    table.insert(1, "first", first.groupby("indicator")["value"].mean())
    return table


def yearly_flows(outcomes: pd.DataFrame, start: int) -> pd.DataFrame:
    """The whole place's flows summed over calendar years, means over seeds; `start` as in a scenario.

    Index: indicator. Columns: unit, and a year each, `2020`, or `2020 (6 months)` where it is not whole.
    """
    rows = _whole_place(outcomes)
    rows = rows[rows["indicator"].isin(FLOWS)]
    years = 2000 + (start + rows["month"]) // 12
    months = rows["month"].groupby(years).nunique()
    label = {year: f"{year}" if months[year] == 12 else f"{year} ({months[year]} months)" for year in months.index}
    rows = rows.assign(year=years.map(label))
    sums = rows.groupby(["indicator", "year", "seed"], sort=False)["value"].sum()
    table = sums.groupby(["indicator", "year"], sort=False).mean().unstack("year")
    table.insert(0, "unit", rows.groupby("indicator")["unit"].first())
    return table


def instruments(outcomes: pd.DataFrame) -> pd.DataFrame:
    """What each instrument came to, means over seeds.

    Index: instrument. Columns: aware (persons at the end), uses (persons over the run), cost (yuan, same).
    """
    rows = outcomes[outcomes["dimension"] == "instrument"]
    rows = rows.astype({"group": str, "indicator": str})
    by_seed = rows.groupby(["group", "indicator", "seed"], sort=False)["value"]
    sums = by_seed.sum().groupby(["group", "indicator"], sort=False).mean().unstack()
    if "aware" in sums:
        last = rows[(rows["month"] == rows["month"].max()) & (rows["indicator"] == "aware")]
        sums["aware"] = last.groupby("group")["value"].mean()
    return sums.reindex(columns=["aware", "uses", "cost"])


def _whole_place(outcomes: pd.DataFrame) -> pd.DataFrame:
    rows = outcomes[outcomes["dimension"] == "all"]
    return rows.astype({"indicator": str, "unit": str})
