"""Commands that simulate, and `export`, which reads what they leave."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from experiments.cli import arguments, console, tables

if TYPE_CHECKING:
    import pandas as pd

    from experiments.analyses import Figures, Tables
    from experiments.calibration.ensemble import Ensemble
    from experiments.runs import Task
    from sim.scenario import Scenario

KEPT = ("all", "instrument")  # dimensions that summaries need; the rest goes to the result at once


@click.command()
@arguments.place
@arguments.packages("Packages to add, united into one scenario; repeats, takes a,b and a+b.")
@arguments.options(arguments.SIMULATION)
@click.option("--fit", is_flag=True, help="Also print the model against the place's observed series.")
@click.option(
    "--checkpoint", type=arguments.FOLDER, metavar="FILE", help="Save a long run here; go on from what is there."
)
@click.pass_obj
def run(given: list[str], /, place: str, packages: tuple[str, ...], fit: bool, **options: Any) -> None:
    """Simulate one scenario and print what it came to."""
    changed = _overrides(options)
    several = options["seeds"] > 1 or any(options[name] is not None for name in ("ensemble", "workers", "scheduler"))
    if options["checkpoint"] is not None and several:
        raise click.UsageError("--checkpoint keeps one run; expected no --seeds, --ensemble, --workers or --scheduler")
    scenario = arguments.load(place, packages, changed)
    from experiments import analyses, runs, validate_series

    targets = validate_series.read_targets(scenario) if fit else None
    if fit and packages:
        console.say("note: observed series are of what was in place; this run adds packages to it")
    arms = {runs.arm_name(scenario): scenario}
    drawn = Drawn.of(options, place, packages, changed, arms)
    work = Work("run", place, arms, changed, given, options, drawn)
    found = work.do(
        lambda outcomes: analyses.tables_of_run(outcomes, scenario, targets, work.ensemble),
        lambda outcomes, _: analyses.figures_of_run(outcomes, scenario, targets, options["language"], work.ensemble),
    )
    if options["as_json"]:
        console.put_json(work.summary() | tables.run_as_json(found))
    else:
        tables.put_run(found, work.heading())
    work.say_where()


@click.command()
@arguments.place
@arguments.packages("Arms to compare, each item between commas one: a,b,a+b. The baseline is always added.")
@arguments.options(arguments.SIMULATION)
@click.pass_obj
def compare(given: list[str], /, place: str, packages: tuple[str, ...], **options: Any) -> None:
    """Compare packages with the baseline of the same seeds, and with the sum of their parts."""
    changed = _overrides(options)
    arms = arguments.arms(place, packages, changed)
    from experiments import analyses
    from experiments.compare import BASELINE, horizons, lacking

    baseline = arms[BASELINE]
    horizons(baseline.months, baseline.policy_start)  # refuses a run that ends before the packages start
    for arm in arms:
        if "+" in arm and (parts := lacking(arm, list(arms))):
            console.say(f"no multiplier of {arm}: it needs {', '.join(parts)} among the packages")
    drawn = Drawn.of(options, place, packages, changed, arms)
    work = Work("compare", place, arms, changed, given, options, drawn)
    found = work.do(
        lambda outcomes: analyses.tables_of_comparison(outcomes, baseline, work.ensemble),
        lambda outcomes, found: analyses.figures_of_comparison(
            outcomes, found, arms, options["language"], work.ensemble
        ),
    )
    if options["as_json"]:
        console.put_json(work.summary() | tables.comparison_as_json(found))
    else:
        tables.put_comparison(found, work.heading())
    work.say_where()


@click.command()
@click.argument("results", type=arguments.FOLDER)
@click.option(
    "--format", "suffix", type=click.Choice(["csv", "dta"]), required=True, help="CSV, or Stata 14 and later."
)
@click.option("--out", type=arguments.FOLDER, metavar="FILE", help="Default: beside the outcomes.")
@arguments.as_json
def export(results: Path, suffix: str, out: Path | None, as_json: bool) -> None:
    """Write the outcomes of a result folder as one CSV or Stata file."""
    from experiments import store

    path = store.export(results, suffix, out)
    if as_json:
        console.put_json({"file": str(path), "format": suffix, "bytes": path.stat().st_size})
    else:
        console.put(str(path))


class Drawn(NamedTuple):
    """The arms under every draw of an ensemble."""

    ensemble: "Ensemble"
    arms: "dict[str, Scenario]"  # arm and draw -> scenario

    @classmethod
    def of(
        cls,
        options: Mapping[str, Any],
        place: str,
        packages: tuple[str, ...],
        changed: Mapping[str, Any],
        arms: "Mapping[str, Scenario]",
    ) -> "Drawn | None":
        """What `--ensemble` asks for; None without it."""
        one = next(iter(arms.values()))
        ensemble = arguments.ensemble_of(options, one.resolved["id"], changed)
        if ensemble is None:
            return None
        from experiments.calibration.arms import MARK, of_draw

        console.say(f"{len(ensemble.weight)} draws of {options['ensemble'].name}")
        found = {}
        for draw in range(len(ensemble.weight)):
            drawn = {**changed, **ensemble.changes(draw)}
            if list(arms.values()) == [one]:
                worlds = {next(iter(arms)): arguments.load(place, packages, drawn)}
            else:
                worlds = arguments.arms(place, packages, drawn)
            found |= {f"{arm}{MARK}{draw}": of_draw(world, draw) for arm, world in worlds.items()}
        return cls(ensemble, found)


class Work:
    """A command's simulations: makes the runs, leaves the result where `--out` says, keeps the tables."""

    def __init__(
        self,
        kind: str,
        place: str,
        arms: "Mapping[str, Scenario]",
        changed: Mapping[str, Any],
        given: list[str],
        options: Mapping[str, Any],
        drawn: Drawn | None = None,
    ) -> None:
        self.kind, self.arms, self.given, self.options = kind, arms, given, options
        self.ensemble = None if drawn is None else drawn.ensemble
        self._worlds = arms if drawn is None else drawn.arms
        self.seeds = arguments.seeds(options["seed"], options["seeds"])
        self.request = {
            "kind": kind,
            "place": Path(place).name,
            "arms": list(arms),
            "seeds": [self.seeds[0], self.seeds[-1]],
            "changes": {key: str(value) for key, value in changed.items()},
            "by_village": options["by_village"],
            **({} if drawn is None else {"ensemble": drawn.ensemble.digest, "draws": len(drawn.ensemble.weight)}),
        }

    def do(
        self, analyse: "Callable[[pd.DataFrame], Tables]", draw: "Callable[[pd.DataFrame, Tables], Figures]"
    ) -> "Tables":
        """Make the runs and the tables from them; with `--out`, leave all of it and the figure there."""
        from experiments import manifest

        out, started = self.options["out"], time.perf_counter()
        with self._writer(out) as writer:
            outcomes = self._simulate(writer)
            found = analyse(outcomes)
            if writer is not None:
                made = manifest.manifest(self.kind, self.arms, self.seeds, self.given, started)
                writer.finish(made, found, draw(outcomes, found))
        return found

    def _writer(self, out: Path | None) -> Any:
        if out is None:
            return nullcontext()
        from experiments.store import ResultsWriter

        return ResultsWriter(out, self.request)

    def tasks(self) -> "list[Task]":
        """The runs to make, in order."""
        from experiments import runs

        return runs.tasks(self._worlds, self.seeds)

    def _simulate(self, writer: Any) -> "pd.DataFrame":
        """Make all runs; every row goes to the writer, those of KEPT come back with their arm as scenario."""
        import pandas as pd

        from experiments import runs

        if not runs.is_compiled():
            console.say(console.COMPILING)
        todo, kept = self.tasks(), []
        with self._made(todo, writer) as made:
            for task, outcomes in made:
                if writer is not None:
                    writer.add(outcomes)
                text = outcomes.select_dtypes("category").columns
                needed = outcomes[outcomes["dimension"].isin(KEPT)].astype(dict.fromkeys(text, str))
                kept.append(needed.assign(scenario=task.arm))
        return pd.concat(kept, ignore_index=True)

    @contextmanager
    def _made(self, todo: "list[Task]", writer: Any) -> "Iterator[Iterator[tuple[Task, pd.DataFrame]]]":
        """The runs with their outcomes: from this process with all its threads, or from the runner."""
        from experiments import runs

        options = self.options
        how = {"engine": options["engine"], "by_village": options["by_village"]}
        if not self._is_recorded():
            here = {"threads": options["threads"], "checkpoint": options.get("checkpoint")}
            with console.Progress(len(todo)) as shown:
                yield shown.each(runs.run_many(todo, progress=shown.month, **here, **how))
            return
        from experiments.recording import OutcomesMeasure
        from experiments.records import Records

        with TemporaryDirectory(prefix="guiyan-") as temporary, console.Runs() as progress:
            path = Path(temporary) / "records.sqlite" if writer is None else writer.records
            with Records(path) as records:
                crew = {"workers": options["workers"], "scheduler": options["scheduler"]}
                yield runs.run_recorded(todo, records, OutcomesMeasure(**how), progress=progress.show, **crew)

    def _is_recorded(self) -> bool:
        """Whether the runner makes the runs: when asked to, and over an ensemble unless threads are asked for."""
        is_asked = self.options["workers"] is not None or self.options["scheduler"] is not None
        if is_asked and self.options["threads"] is not None:
            raise click.UsageError("--threads is for runs in one process; expected no --workers and no --scheduler")
        return is_asked or (self.ensemble is not None and self.options["threads"] is None)

    def summary(self) -> dict[str, Any]:
        """What was run, for `--json`."""
        one = next(iter(self.arms.values()))
        out = self.options["out"]
        return {
            "command": self.kind,
            "place": one.resolved["id"],
            "scenarios": {arm: scenario.hash for arm, scenario in self.arms.items()},
            "seeds": list(self.seeds),
            "months": one.months,
            "policy_start": one.policy_start,
            "scale": one.scale,
            "out": None if out is None else str(out),
            **({} if self.ensemble is None else {"draws": len(self.ensemble.weight)}),
        }

    def heading(self) -> str:
        """What was run, in a line; what the destinations are, where they are not a province's."""
        one = next(iter(self.arms.values()))
        named = one.resolved.get("destinations")
        where = "".join(f"; {key}: {name['en']}" for key, name in (named or {}).items())
        seeds = f"seed {self.seeds[0]}"
        if len(self.seeds) > 1:
            seeds = f"seeds {self.seeds[0]} to {self.seeds[-1]}"
        if self.ensemble is not None:
            seeds += f" in each of {len(self.ensemble.weight)} draws"
        return f"{one.title_en}: {one.months} months, {seeds}, one simulated worker for {one.scale:,} persons{where}"

    def say_where(self) -> None:
        """Say where the result lies, if one was asked for."""
        if self.options["out"] is not None:
            console.say(f"outcomes, tables, figures and manifest: {self.options['out']}")


def _overrides(options: Mapping[str, Any]) -> dict[str, Any]:
    return arguments.overrides(options["changes"], scale=options["scale"], months=options["months"])
