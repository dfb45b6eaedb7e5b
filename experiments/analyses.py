"""From outcomes to tables and figures: what `run` and `compare` print and leave behind."""

from collections.abc import Mapping, Sequence

import pandas as pd

from experiments import compare, places, summary, validate_series
from experiments.calibration import arms as draws
from experiments.calibration.ensemble import Ensemble
from sim.scenario import Scenario

Tables = dict[str, pd.DataFrame]
Figures = dict[str, dict[str, bytes]]


def tables_of_run(
    outcomes: pd.DataFrame, scenario: Scenario, targets: pd.DataFrame | None, ensemble: Ensemble | None = None
) -> Tables:
    """Stocks, flows by year and instruments; with targets, the table of model against data.

    Over an ensemble, the draws' weighted means, and where the uncertainty comes from.
    """
    if ensemble is not None:
        by_draw = draws.split(outcomes)
        each = {draw: tables_of_run(rows, scenario, targets) for draw, rows in by_draw.items()}
        names = next(iter(each.values()))
        found = {
            name: draws.averaged({draw: one[name] for draw, one in each.items()}, ensemble.weight) for name in names
        }
        if "fit" in found:
            found["fit"] = validate_series.judged(found["fit"])
        return found | {"uncertainty": draws.uncertainty_of_run(by_draw, ensemble, scenario.start)}
    tables = {
        "stocks": summary.stocks(outcomes).reset_index(),
        "flows": summary.yearly_flows(outcomes, scenario.start).reset_index(),
        "instruments": summary.instruments(outcomes).reset_index(names="instrument"),
    }
    if targets is not None:
        tables["fit"] = validate_series.fit_table(outcomes, scenario, targets)
    return tables


def tables_of_comparison(outcomes: pd.DataFrame, scenario: Scenario, ensemble: Ensemble | None = None) -> Tables:
    """Effects of every arm, and multipliers of the combined ones; `scenario` is any arm's."""
    span = (scenario.policy_start, scenario.months)
    if ensemble is not None:
        return draws.comparison(draws.split(outcomes), ensemble, *span)
    return {"effects": compare.effects(outcomes, *span), "multiplier": compare.multipliers(outcomes, *span)}


def tables_of_places(outcomes: pd.DataFrame, baselines: Mapping[str, Scenario], package: str) -> Tables:
    """What each place has, what the package does there, and how far its instruments are used."""
    return {
        "endowments": places.endowments(baselines, outcomes),
        "effects": places.effects(baselines, package, outcomes),
        "flows": places.flows(baselines, package, outcomes),
        "use": places.use(baselines, package, outcomes),
    }


def figures_of_places(
    tables: Tables, baselines: Mapping[str, Scenario], seeds: Sequence[int], language: str
) -> Figures:
    """Effects in each place beside its endowment."""
    from experiments.figures import places as figure
    from experiments.figures import style
    from experiments.figures.words import word

    names = {name: _title(scenario, language) for name, scenario in baselines.items()}
    counted = word("one_seed", language) if len(seeds) == 1 else word("seeds", language, count=len(seeds))
    source = word("places_source", language, seeds=counted)
    return {"places": style.render(figure.draw(tables["effects"], tables["endowments"], names, source, language))}


def figures_of_run(
    outcomes: pd.DataFrame,
    scenario: Scenario,
    targets: pd.DataFrame | None,
    language: str,
    ensemble: Ensemble | None = None,
) -> Figures:
    """The course of a run; with targets, the observed shares in it; over an ensemble, its weighted mean."""
    from experiments.figures import series, style

    if ensemble is not None:
        outcomes = draws.weighted(outcomes, ensemble)

    festivals = [month for month in range(scenario.months) if scenario.festival[scenario.spin_up + month]]
    figure = series.draw(
        outcomes,
        scenario.start,
        festivals,
        _source(outcomes, scenario, language, ensemble),
        observed=None if targets is None else validate_series.observed_shares(scenario, targets),
        policy_start=scenario.policy_start if scenario.packages else None,
        language=language,
    )
    return {"series": style.render(figure)}


def figures_of_comparison(
    outcomes: pd.DataFrame,
    tables: Tables,
    arms: Mapping[str, Scenario],
    language: str,
    ensemble: Ensemble | None = None,
) -> Figures:
    """Single effects against packages."""
    from experiments.figures import packages, style

    baseline = arms[compare.BASELINE]
    names = {arm: _title(scenario, language) for arm, scenario in arms.items()}
    prefix = f"{names[compare.BASELINE]} + "
    figure = packages.draw(
        tables["effects"],
        tables["multiplier"],
        {arm: name.removeprefix(prefix) for arm, name in names.items()},
        _source(outcomes, baseline, language, ensemble),
        language,
    )
    return {"packages": style.render(figure)}


def _source(outcomes: pd.DataFrame, scenario: Scenario, language: str, ensemble: Ensemble | None = None) -> str:
    from experiments.figures.words import source_line

    drawn = 0 if ensemble is None else len(ensemble.weight)
    return source_line(_title(scenario, language), outcomes["seed"].nunique(), scenario.scale, language, drawn)


def _title(scenario: Scenario, language: str) -> str:
    return scenario.title_zh if language == "zh" else scenario.title_en
