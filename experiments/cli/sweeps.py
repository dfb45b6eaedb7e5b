"""The commands `sweep`, `status`, `results` and `merge`: many worlds, and what became of them."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import arguments, console

if TYPE_CHECKING:
    from experiments.sweeps.result import Result
    from experiments.sweeps.sweep import Shard, Sweep

SOME_FAILED = 1
MOST_ROWS = 24  # of the summary on the console
OPTIONS = (
    click.option("--vary", multiple=True, metavar="KEY=VALUES", help="x,y,z or a:b or a:b:n or a:b:n:log; repeat."),
    click.option("--packages", multiple=True, metavar="A,B+C,none", help="Arms [default: none]."),
    click.option("--design", metavar="NAME", help="grid, lhs, sobol or one-at-a-time [default: grid]."),
    click.option("--points", type=int, metavar="N", help="Points of lhs and sobol [default: 64]."),
    click.option("--seeds", type=int, metavar="N", help="Seeds of every world [default: 1]."),
    click.option("--seed", type=int, metavar="N", help="First seed [default: 1]."),
    arguments.MONTHS,
    arguments.SCALE,
    arguments.changes,
    click.option("--horizons", metavar="N,N", help="Months after the start [default: 12,36,60]."),
    arguments.ENSEMBLE,
    arguments.DRAWS,
    click.option("--shard", metavar="I/N", help="Make the I-th of N parts only; needs --out."),
    arguments.WORKERS,
    arguments.SCHEDULER,
    arguments.RESUMED,
    arguments.as_json,
)


@click.command()
@click.argument("target", metavar="SWEEP.yaml|PLACE")
@arguments.options(OPTIONS)
@click.pass_obj
def sweep(given: list[str], /, target: str, **options: Any) -> None:
    """Run many worlds: places, packages, doses and parameters varied together.

    \b
    guiyan sweep zhaotong --vary enterprise.sigma=0.3:20:5:log --packages none,training+credit --seeds 4 --out results/s
    guiyan sweep zhaotong --vary doses.credit=0,0.5,1,2 --vary scale=500,1000
    guiyan sweep sweep.yaml --out results/s --shard 3/8
    """
    from experiments import runs
    from experiments.sweeps.making import make

    asked, shard = _sweep(target, options), _shard(options)
    if asked.ensemble is not None:
        arguments.say_of_ensemble(asked.ensemble, (one.key for one in asked.factors))
    started = time.perf_counter()
    if not runs.is_compiled():
        console.say(console.COMPILING)
    with _folder(asked, options["out"]) as folder:
        drawn = "" if asked.ensemble is None else f", each with {asked.draws:,} draws of the ensemble"
        console.say(f"{asked.runs_of(shard):,} runs of {len(asked.points):,} points{drawn}")
        how = {"workers": options["workers"], "scheduler": options["scheduler"]}
        with console.Runs() as progress:
            made = make(asked, folder, shard=shard, progress=progress.show, say=console.say, **how)
        if shard.count > 1:
            _show_shard(made.summary, shard, options)
        else:
            from experiments.sweeps.result import finish

            result = finish(asked, made, given, started)
            _show(result, options)
        failed = made.summary.failed if shard.count > 1 else len(result.tables["failures"])
    if failed:
        console.say(f"{failed} runs failed (table failures); the same command tries them again")
        sys.exit(SOME_FAILED)


@click.command()
@click.argument("folder", type=arguments.FOLDER)
@arguments.as_json
def status(folder: Path, as_json: bool) -> None:
    """Say how far a sweep is: done, failed, left, how fast. Also while it runs."""
    from experiments.sweeps.state import status_of

    found = status_of(folder)
    if as_json:
        console.put_json(found.plain())
        return
    console.put(f"{found.done:,} of {found.runs:,} runs done, {found.failed:,} failed, {found.left:,} left")
    if found.processes:
        left = f", about {found.seconds_left:,.0f} s left" if found.seconds_left == found.seconds_left else ""
        commands = "1 command" if found.processes == 1 else f"{found.processes} commands"
        console.put(f"{commands} at work: {found.runs_a_second:.2f} runs a second{left}")
    elif found.left:
        console.put("no command is at work; the same command goes on")


@click.command()
@click.argument("folder", type=arguments.FOLDER)
@click.option("--where", multiple=True, metavar="KEY=VALUE", help="Rows with this value; also !=, <, >, <=, >=.")
@click.option("--outcome", multiple=True, metavar="A,B", help="Outcomes or indicators; all [default: outcomes, cost].")
@click.option("--month", multiple=True, metavar="N,N", help="Months after the packages start.")
@click.option("--format", "suffix", type=click.Choice(["csv", "parquet", "dta"]), default="csv", help="Of the table.")
@click.option("--to", "target", type=arguments.FOLDER, metavar="FILE", help="Where [default: csv to the screen].")
def results(folder: Path, where: tuple[str, ...], outcome: tuple[str, ...], month: tuple[str, ...], **how: Any) -> None:
    """Write the tidy table of a sweep: one row for each run, month and outcome. Also while it runs.

    \b
    guiyan results results/s --where packages=training --where sigma<2 --outcome return --month 36
    guiyan results results/s --format dta --to sweep.dta
    """
    from experiments.sweeps import export
    from experiments.sweeps.tables import SweepRuns, chosen_outcomes

    with SweepRuns(folder) as runs:
        outcomes = chosen_outcomes([one for item in outcome for one in _listed(item)])
        conditions = [export.condition(text, runs) for text in where]
        tables = export.filtered(runs, outcomes, conditions, [_month(one) for item in month for one in _listed(item)])
        if how["suffix"] == export.CSV and how["target"] is None:
            for piece in export.csv_lines(tables, runs.empty()):
                click.echo(piece, nl=False)
            return
        path = how["target"] or folder / f"results.{how['suffix']}"
        console.put(str(export.write(tables, runs.empty(), how["suffix"], path)))


@click.command()
@click.argument("folder", type=arguments.FOLDER)
@click.argument("others", type=arguments.FOLDER, nargs=-1)
def merge(folder: Path, others: tuple[Path, ...]) -> None:
    """Take up the runs of shards in FOLDER, and of OTHERS, which are folders of sweeps.

    The sweep's own command then makes what is missing, and the tables.
    """
    from experiments.sweeps.making import merge as take_up

    count = take_up(folder, others, console.say)
    console.put(f"{count:,} runs taken up; now give the sweep's command with --out {folder}")


def _sweep(target: str, options: Mapping[str, Any]) -> "Sweep":
    """The sweep of a file, or of places with options; options lie over a file."""
    from experiments.sweeps.reading import read_sweep

    given = _given(options)
    if arguments.has_schema(target, "sweep"):
        return read_sweep(Path(target), given)
    if not (options["vary"] or options["packages"] or options["ensemble"]):
        raise click.UsageError(f"expected --vary or --packages with the place {target}, such as --vary scale=500,1000")
    places = [target] if Path(target).is_file() else _listed(target)
    return read_sweep(None, {"place": ("PLACE", places), **given})


def _given(options: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """What the options change, by key of the file, each with the option that says so."""
    from scenarios.reading import scalar_of

    seeds = {"count": options["seeds"], "from": options["seed"]}
    found: dict[str, tuple[str, Any]] = {
        "packages": ("--packages", arguments.items(options["packages"])),
        "vary": ("--vary", arguments.varied(options["vary"])),
        "design": ("--design", options["design"]),
        "points": ("--points", options["points"]),
        "seeds": ("--seeds", {key: value for key, value in seeds.items() if value is not None}),
        "horizons": ("--horizons", [scalar_of(item) for item in _listed(options["horizons"] or "")]),
        "overrides": (
            "--set",
            arguments.overrides(options["changes"], scale=options["scale"], months=options["months"]),
        ),
        "ensemble": ("--ensemble", None if options["ensemble"] is None else str(options["ensemble"])),
        "draws": ("--draws", options["draws"]),
    }
    return {key: value for key, value in found.items() if value[1] not in (None, {}, [])}


def _shard(options: Mapping[str, Any]) -> "Shard":
    """The part that was asked for."""
    from experiments.sweeps.sweep import WHOLE, Shard

    text = options["shard"]
    if text is None:
        return WHOLE
    number, slash, count = text.partition("/")
    is_right = slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)
    if not is_right:
        raise click.BadParameter(f"expected I/N, such as 3/8 (got '{text}')", param_hint="'--shard'")
    if options["out"] is None:
        raise click.UsageError("--shard needs a folder to leave its runs in; expected --out DIR")
    return Shard(int(number), int(count))


@contextmanager
def _folder(asked: "Sweep", out: Path | None) -> Iterator[Any]:
    """The folder that holds the records: the user's, or one that goes when the command ends."""
    from experiments.sweeps.making import claim

    if out is not None:
        yield claim(asked, out)
        return
    with TemporaryDirectory(prefix="guiyan-") as temporary:
        yield claim(asked, Path(temporary) / "sweep")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _month(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise click.BadParameter(f"expected months after the start, such as 12 (got '{text}')", param_hint="'--month'")
    return int(text)


def _show_shard(summary: Any, shard: "Shard", options: Mapping[str, Any]) -> None:
    """What a shard has made."""
    found = {"command": "sweep", "shard": str(shard), "done": summary.done, "reused": summary.reused}
    if options["as_json"]:
        console.put_json({**found, "failed_runs": summary.failed, "out": str(options["out"])})
    else:
        console.put(f"shard {shard}: {summary.done:,} runs made, {summary.reused:,} known, {summary.failed:,} failed")


def _show(result: "Result", options: Mapping[str, Any]) -> None:
    """The summary on standard output, and what it took on standard error."""
    if options["as_json"]:
        console.put_json(result.as_json(options["out"]))
    else:
        _put_summary(result)
    took = result.summary
    if took.done:
        rate, share = took.done / took.wall_seconds, took.overhead_seconds / took.process_seconds
        console.say(
            f"{took.done:,} runs made, {took.reused:,} known; {rate:.1f} runs a second; "
            f"overhead {took.overhead_seconds:,.1f} s ({share:.0%} of the processes' time)"
        )
    if options["out"] is not None:
        console.say(f"tables, records and manifest: {options['out']}")


def _put_summary(result: "Result") -> None:
    """The first outcome at the last horizon, cell by cell; the folder has the rest."""
    from experiments.outcomes import NAMES
    from experiments.sweeps.tables import SOURCES

    table = result.tables["summary"]
    console.put(result.heading())
    if table.empty:
        console.put("no run was finished")
        return
    outcome, last = str(table["outcome"].iloc[0]), int(table["horizon"].max())
    rows = table[(table["outcome"] == outcome) & (table["horizon"] == last)]
    sources = [name for name in SOURCES if name in table]
    others = ("horizon", "outcome", "unit", "mean", "low", "high", "failed", *sources)
    keys = [name for name in table if name not in others]
    shown = [
        [
            *(_plain(row[name]) for name in keys),
            console.estimate(row["mean"], row["low"], row["high"], signed=False),
            *(console.count(row[name]) for name in sources),
        ]
        for _, row in rows.head(MOST_ROWS).iterrows()
    ]
    headings = [str(name).rpartition(".")[2] for name in keys]
    title = f"{NAMES.get(outcome, outcome)} {last} months after the packages start, {rows['unit'].iloc[0]}"
    console.put_table(title, [*headings, "mean", *sources], shown, numbers_from=len(keys))
    if len(rows) > MOST_ROWS:
        console.put(f"{len(rows) - MOST_ROWS:,} more rows: --out DIR, then guiyan results DIR")


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
