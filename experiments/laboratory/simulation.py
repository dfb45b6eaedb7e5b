"""An experiment on the simulated model: evaluator, tables, persons, figures, manifest."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments import manifest as manifests
from experiments.laboratory import null, summary
from experiments.laboratory.experiment import INTERCEPTS, Experiment
from experiments.laboratory.folder import ExperimentFolder
from experiments.laboratory.tables import frame
from experiments.laboratory.work import Laboratory, Say
from experiments.laboratory.worlds import Replicate

if TYPE_CHECKING:
    from experiments.runner import Progress, Summary

Tables = dict[str, Any]  # name -> pandas DataFrame


class Result(NamedTuple):
    """What came of an experiment."""

    experiment: Experiment
    replicates: tuple[Replicate, ...]  # those of the factorial
    tables: Tables
    summary: "Summary"

    def heading(self) -> str:
        """What was run, in a line."""
        one, first, last = self.experiment.scenario, self.replicates[0].seed, self.replicates[-1].seed
        people = len(self.experiment.populations)
        return (
            f"{one.resolved['name']['en']}: {one.months} months, seeds {first} to {last}"
            f"{f' over {people} populations' if people > 1 else ''}, one simulated worker for {one.scale:,} persons"
        )

    def as_json(self, out: Path | None) -> dict[str, Any]:
        """The result for programs: what was run, and by outcome and horizon what was found."""
        experiment, one = self.experiment, self.experiment.scenario
        return {
            "command": "multiplier",
            "place": one.resolved["id"],
            "instruments": list(experiment.packages),
            "package": summary.whole_of(self.tables),
            "hash": one.hash,
            "seeds": [replicate.seed for replicate in self.replicates],
            "populations": list(experiment.populations),
            "months": one.months,
            "policy_start": one.policy_start,
            "scale": one.scale,
            "controls": list(experiment.controls),
            "failed_runs": len(self.tables["failures"]),
            "out": None if out is None else str(out),
            "outcomes": summary.as_plain(self.tables),
        }

    def figures(self, language: str) -> dict[str, dict[str, bytes]]:
        """The files of every figure whose tables are there."""
        from experiments.figures.laboratory import Source, figures_of

        one = self.experiment.scenario
        place = one.resolved["name"][language]
        source = Source.of(place, one.scale, len(self.replicates), self.experiment.plain())
        return figures_of(self.tables, names(self.experiment, language), source, language)

    def manifest(self, arguments: Sequence[str], started: float) -> dict[str, Any]:
        """What was run, with what; `started` is the `time.perf_counter()` at the start."""
        from experiments.laboratory.arms import ArmScenarios
        from experiments.laboratory.worlds import Arm, arm

        experiment, took = self.experiment, self.summary
        scenarios = ArmScenarios(experiment.place, experiment.files, experiment.overrides)
        arms = {
            "none": scenarios.scenario(Arm()),
            summary.whole_of(self.tables): scenarios.scenario(arm(experiment.packages)),
        }
        seeds = [replicate.seed for replicate in self.replicates]
        return {
            **manifests.manifest("multiplier", arms, seeds, arguments, started),
            "populations": list(experiment.populations),
            "replicates": len(self.replicates),
            "experiment": experiment.plain(),
            "names": {language: names(experiment, language) for language in ("en", "zh")},
            "failed_runs": len(self.tables["failures"]),
            "runs": {
                **took._asdict(),
                "overhead_seconds": took.overhead_seconds,
                "worker_months_a_second": took.worker_months / took.wall_seconds if took.wall_seconds else None,
            },
        }


def names(experiment: Experiment, language: str) -> dict[str, str]:
    """Packages and counties by id, in a language."""
    from scenarios.files import read_package

    found = {county["id"]: county["name"][language] for county in experiment.scenario.resolved["counties"]}
    for package, path in zip(experiment.packages, experiment.files, strict=True):
        found[package] = read_package(path).plain()["name"][language]
    return found


def run_experiment(
    experiment: Experiment,
    folder: ExperimentFolder,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: "Callable[[Progress], None] | None" = None,
    say: Say = lambda _: None,
) -> Result:
    """Make the runs that the folder does not have, and every table."""
    from experiments.laboratory.simulated import SimulatedWorlds

    with SimulatedWorlds(
        experiment.place,
        experiment.files,
        horizons=experiment.horizons,
        outcomes=experiment.outcomes,
        overrides=experiment.overrides,
        records=folder.records,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    ) as worlds:
        has_classes = "classes" in experiment.controls
        follow = worlds.follow if has_classes else None
        laboratory = Laboratory(worlds, experiment, switches(), intercepts(experiment), follow=follow, say=say)
        cells = laboratory.cells()
        tables: Tables = laboratory.tables(cells)
        if has_classes:
            from experiments.laboratory.who import person_tables

            say("classes: who comes home in which worlds")
            tables |= person_tables(worlds, experiment, cells, folder.folder)
        tables["runs"] = frame("runs", worlds.runs())
        tables["failures"] = frame("failures", worlds.failures)
        return Result(experiment, cells.replicates, tables, worlds.summary)


def switches() -> tuple[str, ...]:
    """Names of all mechanisms."""
    from scenarios.constants import table

    return tuple(table().switches)


def intercepts(experiment: Experiment) -> dict[str, null.Intercept]:
    """What sets each outcome's level, with its value in the experiment's scenario."""
    resolved = experiment.scenario.resolved
    found = {}
    for outcome, key in INTERCEPTS.items():
        _, group, name = key.split(".")
        found[outcome] = null.Intercept(key, float(resolved["parameters"][group][name]))
    return found
