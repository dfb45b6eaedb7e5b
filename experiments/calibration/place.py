"""Calibration of a place: files in, a folder with tables, figures and the ensemble out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments import manifest as manifests
from experiments.batches import source_hash
from experiments.calibration import tables
from experiments.calibration.ensemble import Ensemble, write_ensemble
from experiments.calibration.figures_of_runs import PointFigures, TaskOf, months_to_cover, tasks_of_place
from experiments.calibration.matching import Observed
from experiments.calibration.priors import Priors, read_priors
from experiments.calibration.targets import Target, Targets, default_file, read_targets
from experiments.calibration.work import Calibration, Result, Say, Settings
from experiments.laboratory.folder import ExperimentFolder
from experiments.laboratory.worlds import Replicate
from experiments.records import Records
from experiments.versions import versions
from sim.folders import whole

if TYPE_CHECKING:
    from experiments.runner import ShowProgress, Summary
    from sim.scenario import Scenario

ENSEMBLE, DESIGNS = "ensemble.yaml", "designs"


class Question(NamedTuple):
    """What is to be calibrated, to what, and how."""

    place: str
    overrides: Mapping[str, Any]
    scenario: "Scenario"
    targets: Targets
    priors: Priors
    replicates: tuple[Replicate, ...]
    settings: Settings

    @property
    def months(self) -> int:
        """Months a run needs."""
        return months_to_cover(self.targets.fitted, self.scenario)

    def identity(self) -> dict[str, Any]:
        """What makes it the same calibration again; how many draws are kept does not."""
        settings = self.settings._asdict()
        settings.pop("draws")
        return {
            "kind": "calibration",
            "place": Path(self.place).name,
            "hash": self.scenario.hash,
            "targets": self.targets.digest,
            "priors": self.priors.digest,
            "replicates": [list(one) for one in self.replicates],
            "settings": settings,
            "model": source_hash(),
        }


class Found(NamedTuple):
    """A calibration's tables and ensemble, and what it took."""

    question: Question
    result: Result
    tables: dict[str, Any]
    ensemble: Ensemble
    summary: "Summary"


def ask(
    place: str,
    overrides: Mapping[str, Any],
    targets: Path | None,
    priors: Path | None,
    seeds: Sequence[int],
    settings: Settings,
) -> Question:
    """The question with its files read and checked; files that are not given are those of the place."""
    import scenarios

    scenario = scenarios.load(place, overrides=overrides)
    name = scenario.resolved["id"]
    read = read_targets(targets or default_file(name, "targets.csv"))
    ranges = read_priors(priors or default_file(name, "priors.yaml"))
    first = scenario.population_seed
    replicates = tuple(Replicate(first + k, seed) for k, seed in enumerate(seeds))
    question = Question(place, overrides, scenario, read, ranges, replicates, settings)
    months_to_cover(read.fitted, scenario)
    return question


def calibrate(
    question: Question,
    folder: ExperimentFolder,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: "ShowProgress | None" = None,
    say: Say = lambda _: None,
    task_of: TaskOf | None = None,
) -> Found:
    """Make the runs that the folder does not have, then tables and ensemble.

    task_of  what makes a point a run (None: the place itself); a test puts a toy there
    """
    fitted, priors = question.targets.fitted, question.priors
    make = task_of or tasks_of_place(question.place, question.overrides, priors, fitted, question.months)
    observed = Observed(*(question.targets.column(name) for name in ("value", "error", "discrepancy", "weight")))
    with (
        Records(folder.records) as records,
        PointFigures(make, question.replicates, len(fitted), records, workers, scheduler, progress) as figures,
    ):

        def simulate(shares: np.ndarray) -> np.ndarray:
            return figures(priors.natural(shares))

        kept = KeptDesigns(folder.folder / DESIGNS)
        work = Calibration(simulate, observed, len(priors.ranges), question.settings, kept, say)
        result = work.run()
        summary = figures.summary
    found = tables.tables_of(result, priors, fitted, observed)
    ensemble = _ensemble(question, result)
    write_ensemble(ensemble, folder.folder / ENSEMBLE)
    return Found(question, result, found, ensemble, summary)


class KeptDesigns:
    """Designs as CSV files of a folder, written whole: points of the unit cube, numbers in full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, offered: Callable[[], np.ndarray]) -> np.ndarray:
        path = self._folder / f"{name}.csv"
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole(path) as partial:
                np.savetxt(partial, offered(), fmt="%.17g", delimiter=",")
        return np.loadtxt(path, delimiter=",", ndmin=2)


def _ensemble(question: Question, result: Result) -> Ensemble:
    """The checked draws that were taken, with what they come from."""
    kept = np.flatnonzero(result.taken)
    values = question.priors.natural(result.checked.shares[kept])
    last = result.reports[-1].left
    provenance = {
        "hash": question.scenario.hash,
        "model": source_hash(),
        "targets_sha256": question.targets.digest,
        "priors_sha256": question.priors.digest,
        "fitted": [one.key for one in question.targets.fitted],
        "scale": question.scenario.scale,
        "months": question.months,
        "replicates": [list(one) for one in question.replicates],
        "settings": question.settings._asdict(),
        "effective_draws": round(result.effective, 2),
        "not_ruled_out": float(f"{last.share:.3g}"),
        "cutoff": round(last.cutoff, 4),
        "versions": versions(),
    }
    weight = result.taken[kept] / result.taken.sum()
    discrepancy = {key: float(f"{value:.4g}") for key, value in question.targets.series_discrepancy().items()}
    return Ensemble(
        question.scenario.resolved["id"], question.priors.ranges, values, weight, discrepancy, provenance, ""
    )


def manifest_of(found: Found, arguments: Sequence[str], started: float) -> dict[str, Any]:
    """What was run, with what; `started` is the `time.perf_counter()` at the start."""
    question, took = found.question, found.summary
    seeds = [one.seed for one in question.replicates]
    return {
        **manifests.manifest("calibrate", {"baseline": question.scenario}, seeds, arguments, started),
        "identity": question.identity(),
        "targets": [_plain(one) for one in question.targets.all],
        "failed_points": found.result.failed,
        "runs": took._asdict(),
    }


def _plain(target: Target) -> dict[str, Any]:
    return {**target._asdict(), "years": str(target.years)}
