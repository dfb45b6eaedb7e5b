"""The scorecard of a place: runs of the baseline, of a shock and of the packages, and the table from them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.calibration.figures_of_runs import measured
from experiments.calibration.targets import Targets
from experiments.errors import InputError
from experiments.estimands import ratios
from experiments.laboratory.arms import ArmScenarios
from experiments.laboratory.simulated import SimulatedWorlds
from experiments.laboratory.worlds import Replicate, arm
from experiments.measurement import MEASURES
from experiments.records import DONE, Records
from experiments.runner import ShowProgress, Task, digest, execute
from experiments.scorecard import two_forms
from experiments.scorecard.measuring import ScoreMeasure
from experiments.scorecard.patterns import (
    BASE,
    LATER,
    PACKAGE,
    SHOCK,
    SHOCK_LAYOFFS,
    SHOCK_MONTH,
    SINGLES,
    TWICE,
    Payloads,
    Runs,
    patterns,
)

if TYPE_CHECKING:
    from sim.scenario import Scenario

PACKAGES = (*SINGLES, *two_forms.PACKAGES)
COLUMNS = (
    *("kind", "id", "pattern", "pattern_zh", "unit", "period", "place", "model", "low", "high", "seeds", "data"),
    *("expected_low", "expected_high", "verdict", "sure", "use", "evidence"),
)


def scenarios_of(place: str, overrides: Mapping[str, Any], with_claims: bool) -> "dict[str, Scenario]":
    """The arms to run: the baseline, the shock where the run is long enough, and with claims the packages.

    Those of targeting come later (`targeted`), for their doses take runs to find.
    """
    arms = _arms(place, overrides, with_claims)
    base = arms.scenario(arm())
    found = {BASE: base}
    if base.months > LATER:
        found[SHOCK] = shocked(base)
    if with_claims:
        if base.months <= base.policy_start:
            raise InputError(
                f"policy_start: the packages start in month {base.policy_start}, and the run ends after {base.months}; "
                "expected an earlier start, a longer run, or --no-claims"
            )
        found |= {single: arms.scenario(arm([single])) for single in SINGLES}
        found[PACKAGE] = arms.scenario(arm(SINGLES))
        found |= {TWICE.format(single): arms.scenario(arm({single: 2.0})) for single in SINGLES}
        found |= two_forms.scenarios_of_mix(arms)
    return found


def targeted(
    place: str, overrides: Mapping[str, Any], seeds: Sequence[int], records: Records, **how: Any
) -> "dict[str, Scenario]":
    """Two more arms: every tier with its own support and with another's, at doses that cost as much."""
    arms = _arms(place, overrides, True)
    base = arms.scenario(arm())
    replicates = [Replicate(base.population_seed, seed) for seed in seeds]
    horizons = [base.months - base.policy_start]
    with SimulatedWorlds(place, PACKAGES, horizons=horizons, overrides=overrides, records=records, **how) as worlds:
        doses = two_forms.equal_cost(worlds, replicates)
    return two_forms.scenarios_of_targeting(arms, doses)


def _arms(place: str, overrides: Mapping[str, Any], with_claims: bool) -> ArmScenarios:
    """Every package of the claims is there, so that a key of any of their instruments may be set."""
    return ArmScenarios(place, PACKAGES if with_claims else (), overrides)


def shocked(scenario: "Scenario") -> "Scenario":
    """The scenario with a fifth of those beyond the province laid off in one month."""
    changed = scenario.series["layoff_out"].copy()
    changed[scenario.spin_up + SHOCK_MONTH] = SHOCK_LAYOFFS
    mark = f"{scenario.hash}-shock-{SHOCK_MONTH}-{SHOCK_LAYOFFS}"
    return replace(scenario, series={**scenario.series, "layoff_out": changed}, hash=mark)


def run(
    arms: "Mapping[str, Scenario]",
    seeds: Sequence[int],
    records: Records,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: ShowProgress | None = None,
) -> Payloads:
    """Payloads of every arm and seed; InputError where a run failed, with the end of its traceback."""
    measure = ScoreMeasure(next(iter(arms.values())).months)
    tasks = {(name, seed): Task(one, seed, measure) for name, one in arms.items() for seed in seeds}
    execute(tasks.values(), records, workers=workers, scheduler=scheduler, progress=progress)
    found = {one.digest: one for one in records.get_many([digest(task) for task in tasks.values()])}
    for (name, seed), task in tasks.items():
        record = found[digest(task)]
        if record.status != DONE:
            last = record.traceback.strip().rpartition("\n")[2]
            raise InputError(f"{name}, seed {seed}: the run failed: {last}")
    return {name: [found[digest(tasks[name, seed])].payload for seed in seeds] for name in arms}


def scorecard(payloads: Payloads, scenario: "Scenario", targets: Targets | None) -> pd.DataFrame:
    """Every figure of the targets and every pattern, model against evidence.

    model, low, high: mean over seeds with its 95 % t interval. verdict: pass or miss by the mean, where something is
    expected; sure: whether the whole interval agrees. Without intervals (one seed) nothing is sure.
    """
    rows = [*_figures(payloads, scenario, targets), *_patterns(payloads, scenario)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _figures(payloads: Payloads, scenario: "Scenario", targets: Targets | None) -> list[dict[str, Any]]:
    rows = []
    for one in targets.all if targets is not None else ():
        values = [np.nan] * len(payloads[BASE])
        if one.id in MEASURES:
            asked = [(one.id, str(one.years))]
            values = [float(measured(payload["series"], scenario, asked)[0]) for payload in payloads[BASE]]
        low, high = one.low, one.high
        if math.isnan(low) and not math.isnan(one.tolerance):
            low, high = one.value - one.tolerance, one.value + one.tolerance
        is_judged = one.use in ("fit", "check")
        row = _row(values, low if is_judged else math.nan, high if is_judged else math.nan)
        words = f"{one.source}{f'; {one.note}' if one.note else ''}"
        key = {"kind": "figure", "id": one.id, "pattern": one.figure, "pattern_zh": one.figure_zh, "unit": one.unit}
        rest = {"period": str(one.years), "place": one.place, "data": one.value, "use": one.use, "evidence": words}
        rows.append({**key, **row, **rest})
    return rows


def _patterns(payloads: Payloads, scenario: "Scenario") -> list[dict[str, Any]]:
    rows = []
    for one in patterns(Runs(payloads, scenario.months // 12)):
        is_expected = math.isfinite(one.low) or math.isfinite(one.high)
        row = _row(one.values, one.low if is_expected else math.nan, one.high if is_expected else math.nan)
        key = {"kind": one.kind, "id": "", "pattern": one.name, "pattern_zh": one.name_zh, "unit": one.unit}
        rest = {"period": "", "place": scenario.resolved["name"]["en"], "data": math.nan, "use": "report"}
        rows.append({**key, **row, **rest, "evidence": one.evidence})
    return rows


def _row(values: Sequence[float], low: float, high: float) -> dict[str, Any]:
    """Mean, interval and verdict of one value a seed."""
    known = np.array(values, float)
    if not len(known) or not np.isfinite(known).all():
        return {"seeds": int(np.isfinite(known).sum()), "verdict": "", "sure": None}
    estimate = ratios.mean(known)
    row = {"model": estimate.value, "low": estimate.low, "high": estimate.high, "seeds": len(known)}
    row |= {"expected_low": low, "expected_high": high, "verdict": "", "sure": None}
    if not math.isnan(low):
        ends = [_is_within(end, low, high) for end in (estimate.low, estimate.high)]
        misses_all = not any(ends) and bool(estimate.high <= low or estimate.low >= high)
        is_in = _is_within(estimate.value, low, high)
        row |= {"verdict": "pass" if is_in else "miss", "sure": all(ends) if is_in else misses_all}
    return row


def _is_within(value: float, low: float, high: float) -> bool:
    """Whether a value is what is expected; a bound that stands alone is not included: `above 0`, `below 1`."""
    from_low = value > low if math.isinf(high) else value >= low
    return bool(from_low and (value < high if math.isinf(low) else value <= high))
