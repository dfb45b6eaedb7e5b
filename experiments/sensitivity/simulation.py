"""A study on the simulated model: evaluator, tables, figures, manifest."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments import manifest as manifests
from experiments.laboratory.folder import ExperimentFolder
from experiments.laboratory.tables import frame
from experiments.sensitivity.study import Study
from experiments.sensitivity.work import Say, Sensitivity, Tables

if TYPE_CHECKING:
    from experiments.runner import Progress, Summary

SENSITIVITY, REPLICATIONS = "sensitivity", "replications"


class Result(NamedTuple):
    """What came of a study."""

    kind: str
    study: Study
    tables: Tables
    summary: "Summary"

    def heading(self) -> str:
        """What was run, in a line."""
        one, seeds = self.study.scenario, self.study.seeds
        packages = "+".join(self.study.packages) or "no package"
        drawn = "" if self.study.ensemble is None else f" in each of {len(self.study.ensemble.weight)} draws"
        return (
            f"{one.resolved['name']['en']}, {packages}: {one.months} months, "
            f"seeds {seeds.start} to {seeds.stop - 1}{drawn}, one simulated worker for {one.scale:,} persons"
        )

    def as_json(self, out: Path | None) -> dict[str, Any]:
        """The result for programs: what was asked, and every table but the worlds and the runs."""
        shown = {name: table for name, table in self.tables.items() if name not in ("worlds", "runs", "failures")}
        return {
            "command": self.kind,
            **self.study.plain(),
            "hash": self.study.scenario.hash,
            "failed_runs": len(self.tables["failures"]),
            "out": None if out is None else str(out),
            "tables": {name: table.to_dict("records") for name, table in shown.items()},
        }

    def figures(self, language: str) -> dict[str, dict[str, bytes]]:
        """The files of every figure whose tables are there."""
        from experiments.figures.sensitivity import figures_of
        from experiments.figures.words import source_line

        one = self.study.scenario
        source = source_line(one.resolved["name"][language], len(self.study.seeds), one.scale, language)
        return figures_of(self.tables, source, language)

    def manifest(self, arguments: Sequence[str], started: float) -> dict[str, Any]:
        """What was run, with what; `started` is the `time.perf_counter()` at the start."""
        took = self.summary
        arms = {"+".join(self.study.packages) or "none": self.study.scenario}
        return {
            **manifests.manifest(self.kind, arms, list(self.study.seeds), arguments, started),
            "study": self.study.plain(),
            "failed_runs": len(self.tables["failures"]),
            "runs": {**took._asdict(), "overhead_seconds": took.overhead_seconds},
        }


def claim(kind: str, study: Study, out: Path) -> ExperimentFolder:
    """The study's folder, new or to be gone on with."""
    name = Path(study.place).name
    identity: Mapping[str, Any] = {
        "kind": kind, "place": name, "packages": study.packages, "hash": study.scenario.hash
    }  # fmt: skip
    return ExperimentFolder(out, identity)


def run_study(
    kind: str,
    study: Study,
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
        study.place,
        study.files,
        horizons=study.horizons,
        outcomes=study.outcomes,
        overrides=study.overrides,
        records=folder.records,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    ) as worlds:
        work = Sensitivity(worlds, study.ranges, study.replicates(), say, study.ensemble)
        tables = work.replications(study.half_width, study.relative) if kind == REPLICATIONS else studied(work, study)
        tables["runs"] = frame("runs", worlds.runs())
        tables["failures"] = frame("failures", worlds.failures)
        return Result(kind, study, tables, worlds.summary)


def studied(work: Sensitivity, study: Study) -> Tables:
    """The tables of every method that was asked for. After Morris, Sobol varies the strongest parameters only."""
    tables: Tables = {}
    strongest = list(range(len(work.ranges)))
    if "morris" in study.methods:
        screened, strongest = work.morris(study.trajectories)
        tables |= screened
    if "sobol" in study.methods:
        kept = strongest[: study.keep]
        if len(kept) < len(work.ranges):
            names = ", ".join(work.ranges[p].key for p in kept)
            work.say(f"sobol: the {len(kept)} strongest of Morris: {names}")
        tables |= work.sobol(study.samples, study.pairs, kept)
    if "tornado" in study.methods:
        tables |= work.tornado()
    if drawn := [name for name in study.methods if name in ("regional", "prim")]:
        tables |= work.regions(study.worlds, study.criterion, drawn)
    return tables
