"""What packages do against the same seeds' baseline, and how much more together than apart.

Tables in, tables out; the `scenario` of the tidy outcomes given here is the arm, one of them `baseline`.
The cohort is fixed: workers registered in the month before the packages start. Outcomes are unconditional
counts of its members, in real persons (jobs for jobs), so nobody is selected by what a policy did.
Differences are taken seed by seed, and intervals see whole seeds, never workers (Student's t over the
paired differences).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from experiments.errors import InputError
from experiments.estimands import ratios
from experiments.estimands.estimate import Estimate
from experiments.outcomes import OUTCOMES as ALL
from experiments.outcomes import Outcome, horizons_within

BASELINE = "baseline"
OUTCOMES = tuple(outcome for outcome in ALL if outcome.id != "income")  # counts of the cohort
INDICATORS = (*(outcome.indicator for outcome in OUTCOMES), "cohort")


def horizons(months: int, policy_start: int) -> list[int]:
    """The horizons within a run, months after the start; the run's own end where all lie beyond it.

    Raises InputError where the packages start after the run has ended.
    """
    after = months - policy_start
    if after < 1:
        raise InputError(
            f"policy_start: the packages start in month {policy_start}, but the run ends after {months}; "
            "expected a month of the run"
        )
    return horizons_within(after)


def effects(outcomes: pd.DataFrame, policy_start: int, months: int) -> pd.DataFrame:
    """Each arm's effect on each outcome at each horizon.

    Columns: arm, outcome, unit, horizon (months after the start), seeds, cohort (members still in the
    workforce then), baseline and value (means over the seeds), effect (mean of the paired differences),
    low, high.
    """
    rows = []
    for outcome, horizon, worlds, cohort in _worlds(outcomes, policy_start, months):
        for arm in worlds.columns.drop(BASELINE):
            paired = worlds[[BASELINE, arm]].dropna()
            base, value = paired.mean()
            effect = ratios.mean((paired[arm] - paired[BASELINE]).to_numpy())
            key = (arm, outcome.id, outcome.unit, horizon, len(paired), cohort)
            rows.append((*key, base, value, *effect))
    names = "arm outcome unit horizon seeds cohort baseline value effect low high"
    return pd.DataFrame(rows, columns=names.split())


def multipliers(outcomes: pd.DataFrame, policy_start: int, months: int) -> pd.DataFrame:
    """What each combined arm (`a+b`) does beyond the sum of its single arms, all of which were run.

    Columns: package, outcome, unit, horizon, seeds, one `effect_of_NAME` for each single arm (missing where
    the package does not hold it), sum, sum_low, sum_high, package_effect, package_low, package_high, excess,
    excess_low, excess_high, multiplier, multiplier_low, multiplier_high, note. The multiplier is the ratio of
    mean effects, and a number only where every single effect is above 0 beyond its interval; `note` says
    why it, or its interval, is missing.
    """
    rows = [
        _multiplier(worlds, package, outcome, horizon)
        for outcome, horizon, worlds, _ in _worlds(outcomes, policy_start, months)
        for package in combined(list(worlds.columns))
    ]
    table = pd.DataFrame(rows)
    first = ["package", "outcome", "unit", "horizon", "seeds"]
    single = [name for name in table if name.startswith("effect_of_")]
    return table[[*first, *single, *table.columns.drop([*first, *single])]] if rows else table


def combined(arms: Sequence[str]) -> list[str]:
    """The arms that join others by `+`, each of which is an arm too."""
    return [arm for arm in arms if "+" in arm and not lacking(arm, arms)]


def lacking(package: str, arms: Sequence[str]) -> list[str]:
    """The parts of a combined arm that were not run alone."""
    return [part for part in package.split("+") if part not in arms]


def _multiplier(worlds: pd.DataFrame, package: str, outcome: Outcome, horizon: int) -> dict[str, object]:
    """A row of `multipliers` from one outcome at one horizon: float64[seeds, arms]."""
    singles = package.split("+")
    paired = worlds[[BASELINE, *singles, package]].dropna()
    effect = paired.sub(paired[BASELINE], axis=0)
    alone = {single: ratios.mean(effect[single].to_numpy()) for single in singles}
    together, added = effect[package].to_numpy(), effect[singles].sum(axis=1).to_numpy()
    row: dict[str, object] = {
        "package": package,
        "outcome": outcome.id,
        "unit": outcome.unit,
        "horizon": horizon,
        "seeds": len(paired),
    }
    row |= {f"effect_of_{single}": estimate.value for single, estimate in alone.items()}
    named = {"sum": ratios.mean(added), "package": ratios.mean(together), "excess": ratios.mean(together - added)}
    ratio, note = _ratio(together, added, alone)
    for name, estimate in {**named, "multiplier": ratio}.items():
        column = "package_effect" if name == "package" else name
        row |= {column: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return row | {"note": note}


def _ratio(together: np.ndarray, added: np.ndarray, alone: dict[str, Estimate]) -> tuple[Estimate, str]:
    """The multiplier where it is a number, and why it or its interval is not one."""
    missing = Estimate(np.nan, np.nan, np.nan)
    if len(together) < 2:
        return missing, "one seed: no interval"
    doubtful = [single for single, estimate in alone.items() if not estimate.low > 0]
    if doubtful:
        return missing, f"effect of {', '.join(doubtful)} alone not above 0"
    ratio = ratios.fieller(together, added)
    return ratio, "interval not bounded" if np.isnan(ratio.low) else ""


def _worlds(
    outcomes: pd.DataFrame, policy_start: int, months: int
) -> Iterator[tuple[Outcome, int, pd.DataFrame, float]]:
    """Each outcome at each horizon, the whole place's counts as float64[seeds, arms], and the cohort."""
    rows = outcomes[(outcomes["dimension"] == "all") & outcomes["indicator"].isin(INDICATORS)]
    arms = list(rows["scenario"].unique())
    rows = rows.astype({"scenario": str, "indicator": str}).set_index(["indicator", "month"]).sort_index()

    def counts(indicator: str, month: int) -> pd.DataFrame:
        return rows.loc[(indicator, month)].pivot(index="seed", columns="scenario", values="value")[arms]

    for outcome in OUTCOMES:
        for horizon in horizons(months, policy_start):
            month = policy_start + horizon - 1
            cohort = float(counts("cohort", month)[BASELINE].mean())
            yield outcome, horizon, counts(outcome.indicator, month), cohort
