"""A sweep from its question to its tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments import manifest as manifests
from experiments.laboratory.worlds import Arm
from experiments.runner import Summary
from experiments.sweeps.export import PARQUET, write
from experiments.sweeps.making import Made
from experiments.sweeps.sweep import Sweep
from experiments.sweeps.tables import SweepRuns

if TYPE_CHECKING:
    import pandas as pd

RESULTS = "results.parquet"


class Result(NamedTuple):
    """What came of a sweep: its tables by name, and what making it took."""

    sweep: Sweep
    tables: "Mapping[str, pd.DataFrame]"
    summary: Summary

    def heading(self) -> str:
        """What was run, in a line."""
        sweep = self.sweep
        places = ", ".join(sweep.place_name(number) for number in range(len(sweep.places)))
        counts = f"{len(sweep.points):,} points, {len(sweep.arms):,} arms, {len(sweep.seeds):,} seeds"
        counts += "" if sweep.ensemble is None else f", {sweep.draws:,} draws"
        return f"{places}: {sweep.design} of {len(sweep.factors)} factors, {counts}: {sweep.runs:,} runs"

    def as_json(self, out: Path | None) -> dict[str, Any]:
        """The result for programs: what was asked, and the summary over seeds."""
        return {
            "command": "sweep",
            **self.sweep.plain(),
            "runs": self.sweep.runs,
            "failed_runs": len(self.tables["failures"]),
            "out": None if out is None else str(out),
            "summary": self.tables["summary"].to_dict("records"),
        }


def finish(sweep: Sweep, made: Made, arguments: Sequence[str], started: float) -> Result:
    """Every table of a sweep that has been made, and its manifest."""
    with SweepRuns(made.folder.folder) as runs:
        tables = {"summary": runs.summary(), "runs": runs.run_table(), "failures": runs.failures()}
        if sweep.ensemble is not None:
            tables["draws"] = sweep.ensemble.table()
        write(runs.tidy(), runs.empty(), PARQUET, made.folder.folder / RESULTS)
    bases = {sweep.place_name(place): sweep.scenarios(place).scenario(Arm()) for place in range(len(sweep.places))}
    took = made.summary
    note = {
        **manifests.manifest("sweep", bases, list(sweep.seeds), arguments, started),
        "sweep": sweep.plain(),
        "failed_runs": len(tables["failures"]),
        "runs": {**took._asdict(), "overhead_seconds": took.overhead_seconds},
    }
    made.folder.finish(note, tables, {})
    return Result(sweep, tables, took)
