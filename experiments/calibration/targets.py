"""What a place is fitted to: figures with their error, the model's own discrepancy and a weight, from a CSV file.

A target's error is the standard deviation of the observation (half a stated tolerance, a quarter of a stated range:
assumptions); its discrepancy is that of the model at its best parameters, judged before any fit and never fitted. The
weight is the power to which its likelihood is raised: figures that go astray together count for less than one each.

`use` says what a figure is for:

    fit      a target
    check    compared after the fit only
    input    sets a parameter, a series or a programme
    initial  sets the initial stocks
    none     the model has nothing to compare with it; the note says why
"""

import hashlib
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

import scenarios
from experiments.errors import InputError
from experiments.measurement import MEASURES, Period
from experiments.validate_series import is_within
from scenarios.errors import Position, Problems, shown, suggestion
from scenarios.reading import display, from_plain
from scenarios.spot import Spot
from scenarios.tables import read_table

EVIDENCE = Path(scenarios.__file__).parent / "evidence"
USES = ("fit", "check", "input", "initial", "none")
COLUMNS = (
    *("id", "figure", "figure_zh", "years", "value", "low", "high", "tolerance", "error", "discrepancy", "weight"),
    *("use", "series", "unit", "place", "period", "source", "note"),
)
NUMBERS = ("value", "low", "high", "tolerance", "error", "discrepancy", "weight")
NAN = math.nan


class Target(NamedTuple):
    """One figure; NaN where a number is not stated."""

    id: str  # of `experiments.measurement.MEASURES`
    figure: str
    figure_zh: str
    years: Period  # of the model that it is compared with
    value: float
    low: float
    high: float
    tolerance: float
    error: float
    discrepancy: float
    weight: float
    use: str
    series: str  # monthly series whose relative discrepancy this one tells, or ""
    unit: str
    place: str
    period: str  # of the evidence
    source: str
    note: str

    @property
    def key(self) -> str:
        """What names the figure: its id and years."""
        return f"{self.id} {self.years}"

    def holds(self, model: float) -> bool | None:
        """Whether a value of the model lies in the stated range or tolerance; None where neither is stated."""
        return is_within(model, self.value, self.low, self.high, self.tolerance)


class Targets(NamedTuple):
    """The figures of a file, in its order, and the file's sha256."""

    all: tuple[Target, ...]
    digest: str

    @property
    def fitted(self) -> tuple[Target, ...]:
        """Those that parameters are fitted to."""
        return tuple(one for one in self.all if one.use == "fit")

    def column(self, name: str) -> np.ndarray:
        """A number of every fitted target, float64[T]."""
        return np.array([getattr(one, name) for one in self.fitted])

    def series_discrepancy(self) -> dict[str, float]:
        """Monthly series -> its relative discrepancy (standard deviation over value): the largest of its targets."""
        found: dict[str, float] = {}
        for one in self.fitted:
            if one.series:
                found[one.series] = max(found.get(one.series, 0.0), one.discrepancy / abs(one.value))
        return found


def default_file(place: str, what: str) -> Path:
    """The file that comes with the program for a place: `targets.csv` or `priors.yaml`; InputError without one."""
    path = EVIDENCE / f"{place}_{what}"
    if not path.is_file():
        known = sorted(one.name.removesuffix(f"_{what}") for one in EVIDENCE.glob(f"*_{what}"))
        option = f"--{what.partition('.')[0]}"
        raise InputError(f"{option}: none come with {place}; expected {option} FILE (there are some of {known[0]})")
    return path


def read_targets(path: Path) -> Targets:
    """The targets of a file. Raises ScenarioError naming every problem found."""
    problems, found = Problems(), []
    named = Spot(from_plain({}, Position(display(path))), problems)
    for line, row in read_table(path, COLUMNS, named):
        one = _target(row, Position(display(path), line), problems)
        if one is not None:
            found.append(one)
    keys = [one.key for one in found]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        problems.add(Position(display(path)), key, "stands twice; expected each id and years once")
    if not any(one.use == "fit" for one in found) and not len(problems):
        problems.add(Position(display(path)), "use", "no figure is for fitting; expected one with `fit` at least")
    problems.raise_any()
    return Targets(tuple(found), hashlib.sha256(path.read_bytes()).hexdigest())


def _target(row: dict[str, str], where: Position, problems: Problems) -> Target | None:
    """One row; None, with the problems noted, where it is not sound."""
    before, numbers = len(problems), {}
    for name in NUMBERS:
        numbers[name] = _number(row[name], name, where, problems)
    if row["use"] not in USES:
        problems.add(where, "use", f"expected one of {', '.join(USES)} (got {shown(row['use'])})")
    if row["use"] in ("fit", "check") and row["id"] not in MEASURES:
        problems.add(where, "id", f'no measurement equation "{row["id"]}"{suggestion(row["id"], MEASURES)}')
    if row["use"] == "fit":
        for name, least in (("value", None), ("error", 0.0), ("discrepancy", 0.0), ("weight", 0.0)):
            _require(numbers[name], name, least, row[name], where, problems)
    try:
        years = Period.read(row["years"])
    except ValueError:
        message = f"expected a year, `2021-2023` or `end 2023` (got {shown(row['years'])})"
        problems.add(where, "years", message)
        return None
    text = {name: row[name] for name in COLUMNS if name not in (*NUMBERS, "years")}
    return Target(**text, **numbers, years=years) if len(problems) == before else None


def _number(text: str, name: str, where: Position, problems: Problems) -> float:
    try:
        value = float(text) if text else NAN
    except ValueError:
        value = math.inf
    if math.isinf(value):
        problems.add(where, name, f"expected a number, or nothing (got {shown(text)})")
    return value


def _require(value: float, name: str, least: float | None, text: str, where: Position, problems: Problems) -> None:
    """A fitted target states its value, and an error, discrepancy and weight above 0 (discrepancy: or 0)."""
    is_bad = math.isnan(value) or (least is not None and (value < least or (value == 0 and name != "discrepancy")))
    if is_bad and not math.isinf(value):
        span = "a number" if least is None else "a number of at least 0" if name == "discrepancy" else "one above 0"
        problems.add(where, name, f"expected {span} for a figure to fit (got {shown(text)})")
