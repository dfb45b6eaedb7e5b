"""The commands `sensitivity` and `replications`: what an answer hangs on, and how many seeds it needs."""

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
    from experiments.sensitivity.simulation import Result
    from experiments.sensitivity.study import Study

SOME_FAILED = 1
SHARED_BEFORE = (
    click.option("--packages", multiple=True, metavar="A,B", help="Packages, the factors of the multiplier."),
    click.option("--seeds", type=int, metavar="N", help="Seeds of every world [default: 4; replications: 32]."),
    click.option("--seed", type=int, metavar="N", help="First seed [default: 1]."),
    arguments.MONTHS,
    arguments.SCALE,
    arguments.changes,
    click.option("--outcomes", metavar="A,B", help="Outcomes [default: all]."),
    click.option("--horizons", metavar="N,N", help="Months after the start [default: 12,36,60]."),
)
SHARED_AFTER = (arguments.WORKERS, arguments.SCHEDULER, arguments.RESUMED, arguments.LANG, arguments.as_json)
METHODS = (
    click.option("--vary", multiple=True, metavar="KEY=A:B", help="Ranges [default: what no data identify]; repeat."),
    click.option("--methods", metavar="A,B", help="morris, sobol, tornado, regional, prim [default: morris,sobol]."),
    click.option("--trajectories", type=int, metavar="N", help="Of Morris [default: 16]."),
    click.option("--keep", type=int, metavar="N", help="Strongest of Morris that Sobol varies [default: 8]."),
    click.option("--samples", type=int, metavar="N", help="Base sample of Sobol, a power of 2 [default: 64]."),
    click.option("--pairs", is_flag=True, help="Sobol indices of pairs, too; nearly twice the points."),
    click.option("--worlds", type=int, metavar="N", help="Drawn for regional and prim [default: 128]."),
    click.option("--criterion", metavar="QUANTITY>N", help="When a world counts [default: excess>0]."),
    arguments.ENSEMBLE,
    arguments.DRAWS,
)
WIDTHS = (
    click.option("--half-width", type=float, metavar="W", help="Half width of the interval that is asked for."),
    click.option("--relative", type=float, metavar="W", help="The same as a share of the value."),
)


@click.command()
@click.argument("target", metavar="STUDY.yaml|PLACE")
@arguments.options(SHARED_BEFORE, METHODS, SHARED_AFTER)
@click.pass_obj
def sensitivity(given: list[str], /, target: str, **options: Any) -> None:
    """Say which parameters outcomes and the multiplier hang on, and in which worlds the package pays.

    \b
    guiyan sensitivity zhaotong --packages credit,industry --scale 1000 --out results/sensitivity
    guiyan sensitivity zhaotong --packages credit,industry --methods tornado,regional,prim --criterion "multiplier>1"
    """
    _run("sensitivity", given, target, options)


@click.command()
@click.argument("target", metavar="STUDY.yaml|PLACE")
@arguments.options(SHARED_BEFORE, WIDTHS, SHARED_AFTER)
@click.pass_obj
def replications(given: list[str], /, target: str, **options: Any) -> None:
    """Say how many seeds an estimate needs: how its spread and interval settle as seeds are added.

    \b
    guiyan replications zhaotong --packages credit,industry --scale 1000 --seeds 64 --relative 0.1
    """
    _run("replications", given, target, options)


def _run(kind: str, given: list[str], target: str, options: Mapping[str, Any]) -> None:
    """One study from its question to its tables and figures."""
    from experiments import runs
    from experiments.sensitivity.simulation import run_study

    study = _study(kind, target, options)
    if study.ensemble is not None:
        arguments.say_of_ensemble(study.ensemble, (one.key for one in study.ranges))
    started, out = time.perf_counter(), options["out"]
    with _folder(kind, study, out) as folder:
        if not runs.is_compiled():
            console.say(console.COMPILING)
        how = {"workers": options["workers"], "scheduler": options["scheduler"]}
        with console.Runs() as progress:
            result = run_study(kind, study, folder, progress=progress.show, say=console.say, **how)
        if out is not None:
            console.say("drawing the figures ...")
            folder.finish(result.manifest(given, started), result.tables, result.figures(options["language"]))
    if options["as_json"]:
        console.put_json(result.as_json(out))
    else:
        from experiments.cli import sensitivity_tables

        sensitivity_tables.put_study(result.tables, result.heading())
    _say_what_it_took(result, out)
    if failed := len(result.tables["failures"]):
        console.say(f"{failed} runs failed; seeds with a failed run are left out (table failures)")
        sys.exit(SOME_FAILED)


def _say_what_it_took(result: "Result", out: Path | None) -> None:
    took = result.summary
    if took.done:
        share = took.overhead_seconds / took.process_seconds
        console.say(
            f"{took.done:,} runs made, {took.reused:,} known; {took.done / took.wall_seconds:.1f} runs a second; "
            f"overhead {took.overhead_seconds:,.1f} s ({share:.0%} of the processes' time)"
        )
    if out is not None:
        console.say(f"tables, figures, records and manifest: {out}")


def _study(kind: str, target: str, options: Mapping[str, Any]) -> "Study":
    """The study of a file, or of a place with options; options lie over a file."""
    from experiments.outcomes import OUTCOMES
    from experiments.sensitivity.seeds import SEEDS as OF_REPLICATIONS
    from experiments.sensitivity.study import SEEDS, read_study

    given = _given(options)
    usual = OF_REPLICATIONS if kind == "replications" else SEEDS
    if arguments.has_schema(target, "sensitivity"):
        return read_study(Path(target), given, OUTCOMES, usual)
    return read_study(None, {"place": ("PLACE", target), **given}, OUTCOMES, usual)


def _given(options: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """What the options change, by key of the file, each with the option that says so."""
    from scenarios.reading import scalar_of

    seeds = {"count": options["seeds"], "from": options["seed"]}
    changed = arguments.overrides(options["changes"], scale=options["scale"], months=options["months"])
    found: dict[str, tuple[str, Any]] = {
        "packages": ("--packages", arguments.items(options["packages"])),
        "vary": ("--vary", arguments.varied(options.get("vary", ()))),
        "seeds": ("--seeds", {key: value for key, value in seeds.items() if value is not None}),
        "overrides": ("--set", changed),
        "outcomes": ("--outcomes", _listed(options["outcomes"])),
        "horizons": ("--horizons", [scalar_of(item) for item in _listed(options["horizons"])]),
        "methods": ("--methods", _listed(options.get("methods"))),
        "pairs": ("--pairs", options.get("pairs") or None),
        "ensemble": ("--ensemble", None if options.get("ensemble") is None else str(options["ensemble"])),
        "draws": ("--draws", options.get("draws")),
    }
    for key in ("trajectories", "keep", "samples", "worlds", "criterion", "half_width", "relative"):
        found[key] = (f"--{key.replace('_', '-')}", options.get(key))
    return {key: value for key, value in found.items() if value[1] not in (None, {}, [])}


@contextmanager
def _folder(kind: str, study: "Study", out: Path | None) -> Iterator[Any]:
    """The folder that holds the records: the user's, or one that goes when the command ends."""
    from experiments.sensitivity.simulation import claim

    if out is not None:
        yield claim(kind, study, out)
        return
    with TemporaryDirectory(prefix="guiyan-") as temporary:
        yield claim(kind, study, Path(temporary) / kind)


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]
