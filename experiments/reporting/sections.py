"""The sections of a report: which figures and tables stand under which heading, and what was not computed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from experiments.figures.laboratory_words import QUANTITIES, term
from experiments.figures.prior import parameter
from experiments.figures.reading import RATIO, amount, headline, largest
from experiments.reporting import tables as shown
from experiments.reporting.formats import ratio
from experiments.reporting.tables import Reader, Shown
from experiments.reporting.words import SECTIONS_OF_TABLES

Tables = Mapping[str, pd.DataFrame]
Maker = Callable[[Tables, Reader], Shown | None]


class Section(NamedTuple):
    """A section: what it is called, its lines of words (term, meaning), figures by name, and tables."""

    id: str
    title: str
    lines: list[tuple[str, str]]
    figures: list[str]
    tables: list[Shown]


# section -> the figures under it, and its tables: (table that must be there, how it is shown)
LAYOUT: dict[str, tuple[tuple[str, ...], tuple[tuple[str, Maker], ...]]] = {
    "multiplier_section": (
        ("multiplier", "packages"),
        (("estimands", shown.main_table), ("estimands", shown.all_estimands), ("effects", shown.effects_table)),
    ),
    "controls_section": ((), (("null", shown.null_table), ("mechanisms", shown.mechanisms_table))),
    "prior_section": (("prior",), (("prior_summary", shown.prior_table), ("prior_drivers", shown.drivers_table))),
    "parts_section": (
        ("waterfall", "interactions", "shapley"),
        (("shapley", shown.shapley_table), ("interactions", shown.interactions_table), ("cells", shown.cells_table)),
    ),
    "who_section": (
        ("patterns", "profiles", "village_map"),
        (("classes", shown.classes_table), ("missing", shown.missing_table), ("spillovers", shown.spillovers_table)),
    ),
    "budget_section": (("equal_budget", "frontier"), (("budget", shown.budget_table),)),
    "doses_section": (("dose_response", "isoboles"), (("doses", shown.doses_table),)),
    "precision_section": ((), (("pairing", shown.pairing_table),)),
    "failures_section": ((), (("failures", shown.failures_table),)),
}
ABOUT = (
    "multiplier",
    "excess",
    "scale_control",
    "bliss_excess",
    "null_multiplier",
    "mechanism_excess",
    "sham",
    "equal_budget_best_single",
    "equal_budget_best_mix",
)
OF_ESTIMANDS = ("scale_control", "null_multiplier", "mechanism_excess", "sham")


def sections(tables: Tables, drawn: Mapping[str, object], reader: Reader) -> Iterator[Section]:
    """Every section that has something to show."""
    for key, (figures, makers) in LAYOUT.items():
        made = [make(tables, reader) for table, make in makers if table in tables]
        lines = controls(tables, reader) if key == "controls_section" else []
        there = [name for name in figures if name in drawn]
        if lines or there or any(made):
            yield Section(key, reader.say(key), lines, there, [table for table in made if table is not None])


def controls(tables: Tables, reader: Reader) -> list[tuple[str, str]]:
    """Each control that there is, explained, with its number for the headline."""
    if "estimands" not in tables:
        return []
    rows = headline(tables["estimands"])
    by = rows[rows["package"] == largest(tables["estimands"]["package"])].set_index("quantity")
    lines = []
    for name in ABOUT:
        if name in by.index:
            row = by.loc[name]
            number = reader.spread(row, "value", "low", "high", ratio if row["unit"] == RATIO else amount)
            title = f"{term(QUANTITIES, name, reader.language)}: {number}"
            lines.append((title if reader.language == "en" else title.replace(": ", "："), reader.say(f"about_{name}")))
    return lines


def not_computed(tables: Tables, language: str) -> list[str]:
    """What a report could show and this one does not."""
    quantities = set(tables["estimands"]["quantity"]) if "estimands" in tables else set()
    absent = [
        name for name in SECTIONS_OF_TABLES if (name not in quantities if name in OF_ESTIMANDS else name not in tables)
    ]
    return [term(SECTIONS_OF_TABLES, name, language) for name in absent]


def settings(manifest: Mapping[str, Any], reader: Reader) -> list[tuple[str, str]]:
    """What was set: place, length, scale, seeds, horizons, controls, changed values."""
    scenario = next(iter(manifest["scenarios"].values()))
    resolved, experiment = scenario["resolved"], manifest.get("experiment") or {}
    comma = ", " if reader.language == "en" else "、"
    lines = [
        (reader.say("place"), resolved["name"].get(reader.language, "")),
        (reader.say("run_length"), f"{resolved.get('months')}; {resolved.get('policy_start')}"),
        (reader.say("scale"), amount(resolved["scale"])),
    ]
    if "horizons" in experiment:
        lines.append((reader.say("horizons"), comma.join(map(str, experiment["horizons"]))))
    if "populations" in experiment:
        lines.append((reader.say("populations"), str(experiment["populations"])))
    changed = experiment.get("overrides") or (manifest.get("request") or {}).get("changes") or {}
    lines.append((reader.say("overrides"), comma.join(f"{key}={value}" for key, value in changed.items()) or "-"))
    return lines


def prior_ranges(manifest: Mapping[str, Any], reader: Reader) -> Shown | None:
    """Between which values the parameters were drawn, where they were."""
    experiment = manifest.get("experiment") or {}
    ranges = (experiment.get("prior") or {}).get("parameters") or {}
    if not ranges or "prior" not in experiment.get("controls", []):
        return None
    rows = [[parameter(key, reader.language), amount(low), amount(high)] for key, (low, high) in ranges.items()]
    return Shown(reader.say("prior_ranges"), reader.heads("parameter from to"), rows, 1, reader.say("prior_is"))
