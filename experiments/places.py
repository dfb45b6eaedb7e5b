"""The same package in several places: what it achieves for each ten thousand workers, beside what each place has.

Tables in, tables out. Effects are those of `experiments.compare`, divided by the place's cohort; they have
intervals over seeds. What a place has is read from its scenario, what happened there from its baseline.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments import compare
from experiments.estimands import ratios
from sim.scenario import Scenario

PER = 10_000  # workers of the cohort
ENDOWMENTS = {  # column -> unit and meaning
    "workers": "persons, rural-registered, 16 to 69",
    "away_share": "share of workers away in the first month",
    "wage_ratio": "local wage to the wage beyond the province, when packages start",
    "schooling_years": "years at school, mean",
    "services": "0..1, mean of schools, clinics and transport",
    "remoteness_hours": "hours to the county seat, mean",
    "land_mu": "mu a worker",
    "poverty_lifted": "share of workers",
    "specialisation": "endowment of the strongest sector, 1: the average sector",
    "seekers_per_vacancy": "persons a job, baseline, last year before the horizon",
    "owners_per_10000": "enterprises for each 10,000 workers, baseline, when packages start",
}
FLOWS = {  # flow -> the indicators it is the sum of
    "vacancies": ("vacancies",),
    "hires": ("hires",),
    "departures": ("departures_out", "departures_in"),
    "returns": ("returns",),
    "foundings": ("foundings",),
    "closures": ("closures",),
}


def endowments(scenarios: Mapping[str, Scenario], outcomes: pd.DataFrame) -> pd.DataFrame:
    """What each place has: one row a place, columns `place` and ENDOWMENTS.

    scenarios: the baseline of each place, by its id; outcomes: tidy, `scenario` being the place's id for the
    baseline. Means over counties are weighted by their workers.
    """
    rows = []
    for name, scenario in scenarios.items():
        workers = np.array([county.workers for county in scenario.counties], float)

        def mean(values: Sequence[float], weight: np.ndarray = workers) -> float:
            return float(np.average(values, weights=weight))

        at = scenario.spin_up + min(scenario.policy_start, scenario.months - 1)
        services = [(c.schooling + c.health + c.transport) / 3 for c in scenario.counties]
        best = [max(c.endowment) for c in scenario.counties]
        stocks = scenario.initial
        years, shares = np.array(scenario.demography.schooling_shares, float).T
        rows.append(
            {
                "place": name,
                "workers": workers.sum(),
                "away_share": (stocks.out_province + stocks.in_province) / workers.sum(),
                "wage_ratio": float(scenario.series["wage_local"][at] / scenario.series["wage_out"][at]),
                "schooling_years": float(np.average(years, weights=shares)),
                "services": mean(services),
                "remoteness_hours": mean([c.remoteness_hours for c in scenario.counties]),
                "land_mu": mean([c.land_mu for c in scenario.counties]),
                "poverty_lifted": mean([c.poverty_lifted for c in scenario.counties]),
                "specialisation": mean(best),
                **_of_baseline(outcomes, name, scenario),
            }
        )
    return pd.DataFrame(rows, columns=["place", *ENDOWMENTS])


def _of_baseline(outcomes: pd.DataFrame, name: str, scenario: Scenario) -> dict[str, float]:
    """What the runs without the package tell of a place."""
    rows = outcomes[(outcomes["scenario"] == name) & (outcomes["dimension"] == "all")]

    def mean(indicator: str, first: int, count: int) -> float:
        of = rows[(rows["indicator"] == indicator) & rows["month"].between(first, first + count - 1)]
        return float(of["value"].mean())

    end = scenario.months
    start = min(scenario.policy_start, end - 1)
    return {
        "seekers_per_vacancy": mean("seekers", end - 12, 12) / max(mean("vacancies", end - 12, 12), 1e-9),
        "owners_per_10000": PER * mean("owners", start, 1) / mean("workers", start, 1),
    }


def effects(scenarios: Mapping[str, Scenario], package: str, outcomes: pd.DataFrame) -> pd.DataFrame:
    """What the package does in each place, at its last horizon, for each 10,000 of the cohort.

    outcomes: tidy, `scenario` being `PLACE` or `PLACE+package`. Columns: place, outcome, unit, horizon, seeds,
    cohort, baseline, effect, low, high; all but the first six for each 10,000 of the cohort.
    """
    parts = []
    for name, scenario in scenarios.items():
        own = outcomes[outcomes["scenario"].isin([name, f"{name}+{package}"])]
        arm = own.assign(scenario=own["scenario"].map({name: compare.BASELINE, f"{name}+{package}": package}))
        table = compare.effects(arm, scenario.policy_start, scenario.months)
        table = table[table["horizon"] == table["horizon"].max()]
        scale = PER / table["cohort"]
        scaled = {column: table[column] * scale for column in ("baseline", "effect", "low", "high")}
        parts.append(table.assign(place=name, **scaled))
    columns = ["place", "outcome", "unit", "horizon", "seeds", "cohort", "baseline", "effect", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def flows(scenarios: Mapping[str, Scenario], package: str, outcomes: pd.DataFrame) -> pd.DataFrame:
    """On which way the package works in each place: flows of everybody from its start to the end of the run.

    Columns: place, flow, baseline, effect, low, high: sums for each 10,000 workers; intervals over the seeds.
    """
    rows = []
    for name, scenario in scenarios.items():
        workers = sum(county.workers for county in scenario.counties)
        arms = [name, f"{name}+{package}"]
        own = outcomes[outcomes["scenario"].isin(arms) & (outcomes["dimension"] == "all")]
        own = own[own["month"] >= scenario.policy_start].astype({"indicator": str})
        for flow, indicators in FLOWS.items():
            of_flow = own[own["indicator"].isin(indicators)]
            if of_flow.empty:
                continue
            sums = of_flow.pivot_table(index="seed", columns="scenario", values="value", aggfunc="sum", observed=True)
            sums = PER * sums[arms] / workers
            effect = ratios.mean((sums[arms[1]] - sums[arms[0]]).to_numpy())
            rows.append((name, flow, sums[arms[0]].mean(), *effect))
    return pd.DataFrame(rows, columns=["place", "flow", "baseline", "effect", "low", "high"])


def use(scenarios: Mapping[str, Scenario], package: str, outcomes: pd.DataFrame) -> pd.DataFrame:
    """How far the package's own instruments are used in each place: the first step of what they do.

    Columns: place, instrument, aware (share of workers, last month), uses and cost (yuan) for each 10,000 workers
    over the whole run, means over the seeds.
    """
    rows = []
    for name, scenario in scenarios.items():
        workers = sum(county.workers for county in scenario.counties)
        own = outcomes[(outcomes["scenario"] == f"{name}+{package}") & (outcomes["dimension"] == "instrument")]
        running = {one.id for one in scenario.instruments}
        for group, of_one in own[~own["group"].isin(running)].groupby("group", observed=True, sort=True):
            by_seed = of_one.pivot_table(
                index="seed", columns="indicator", values="value", aggfunc="sum", observed=True
            ).mean()
            last = of_one[(of_one["indicator"] == "aware") & (of_one["month"] == of_one["month"].max())]
            row = (name, str(group), float(last["value"].mean()) / workers, by_seed["uses"], by_seed["cost"])
            rows.append((*row[:3], PER * row[3] / workers, PER * row[4] / workers))
    return pd.DataFrame(rows, columns=["place", "instrument", "aware", "uses", "cost"])
