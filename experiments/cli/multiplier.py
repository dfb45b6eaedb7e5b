"""The command `multiplier`: one experiment from its question to its tables, figures and answer."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import arguments, console
from experiments.cli.progress import Lines

if TYPE_CHECKING:
    from experiments.laboratory.experiment import Experiment
    from experiments.laboratory.simulation import Result

SOME_FAILED = 1
OPTIONS = (
    click.option("--instruments", multiple=True, metavar="NAME|FILE", help="Packages, the factors: a,b,c; repeats."),
    click.option("--seeds", type=int, metavar="N", help="Seeds for each population [default: 16]."),
    click.option("--seed", type=int, metavar="N", help="First seed [default: 1]."),
    click.option("--populations", type=int, metavar="N", help="Populations, each with all seeds [default: 1]."),
    arguments.MONTHS,
    arguments.SCALE,
    arguments.changes,
    click.option("--outcomes", metavar="A,B", help="Outcomes [default: all]."),
    click.option("--horizons", metavar="N,N", help="Months after the start [default: 12,36,60]."),
    click.option(
        "--controls", metavar="A,B|all|none", help="null, sham, budget, doses, prior, classes [default: sham]."
    ),
    click.option(
        "--precision", metavar="WIDTH|K=V,K=V", help="Add seeds until half the multiplier's interval is WIDTH."
    ),
    arguments.ENSEMBLE,
    arguments.DRAWS,
    arguments.WORKERS,
    arguments.SCHEDULER,
    arguments.RESUMED,
    arguments.LANG,
    arguments.as_json,
)


@click.command()
@click.argument("target", metavar="EXPERIMENT.yaml|PLACE")
@arguments.options(OPTIONS)
@click.pass_obj
def multiplier(given: list[str], /, target: str, **options: Any) -> None:
    """Measure how much more packages do together than apart, with its controls.

    \b
    guiyan multiplier zhaotong --instruments training,credit,industry --seeds 16 --out results/m
    guiyan multiplier experiment.yaml --out results/m
    """
    from experiments import runs
    from experiments.laboratory.simulation import run_experiment

    experiment = _drawn(_experiment(target, options), options)
    started, out = time.perf_counter(), options["out"]
    with _folder(experiment, out) as folder:
        if not runs.is_compiled():
            console.say(console.COMPILING)
        how = {"workers": options["workers"], "scheduler": options["scheduler"], "progress": Lines().show}
        result = run_experiment(experiment, folder, say=console.say, **how)
        if out is not None:
            console.say("drawing the figures ...")
            folder.finish(result.manifest(given, started), result.tables, result.figures(options["language"]))
    _show(result, options)
    if failed := len(result.tables["failures"]):
        console.say(f"{failed} runs failed; replicates with a failed run are left out (table failures)")
        sys.exit(SOME_FAILED)


def _experiment(target: str, options: Mapping[str, Any]) -> "Experiment":
    """The experiment of a file, or of a place with options; options lie over a file."""
    from experiments.laboratory.reading import read_experiment
    from experiments.outcomes import OUTCOMES

    given = _given(options)
    is_place = bool(options["instruments"]) and not _is_experiment(target)
    if is_place:
        return read_experiment(None, {"place": ("PLACE", target), **given}, OUTCOMES)
    if not _is_yaml(target):
        raise click.UsageError(f"expected --instruments with the place {target}, such as --instruments training,credit")
    return read_experiment(Path(target), given, OUTCOMES)


def _drawn(experiment: "Experiment", options: Mapping[str, Any]) -> "Experiment":
    """The experiment with an ensemble's draws in place of the prior's; they are run as the control `prior`."""
    from dataclasses import replace

    place = experiment.scenario.resolved["id"]
    ensemble = arguments.ensemble_of({**options, "draws": None}, place, experiment.overrides)
    if ensemble is None:
        arguments.ensemble_of(options, place, {})  # refuses --draws alone
        return experiment
    points = ensemble.equal(options["draws"] or len(ensemble.weight))
    asked = experiment.prior._replace(
        draws=len(points), ranges=ensemble.ranges, ensemble=ensemble.digest, points=tuple(map(tuple, points.tolist()))
    )
    return replace(experiment, prior=asked, controls=tuple(dict.fromkeys([*experiment.controls, "prior"])))


def _is_yaml(target: str) -> bool:
    return target.endswith((".yaml", ".yml")) or Path(target).is_file()


def _is_experiment(target: str) -> bool:
    """Whether a file is there and no place: an option may change its instruments."""
    from scenarios.reading import read_yaml

    if not _is_yaml(target) or not Path(target).is_file():
        return False
    schema = read_yaml(Path(target)).child("schema")
    return schema is None or schema.value == "experiment"


def _given(options: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """What the options change, by key of the file, each with the option that says so."""
    from scenarios.reading import scalar_of

    seeds = {"count": options["seeds"], "from": options["seed"]}
    changed = arguments.overrides(options["changes"], scale=options["scale"], months=options["months"])
    found: dict[str, tuple[str, Any]] = {
        "instruments": ("--instruments", _listed(options["instruments"])),
        "seeds": ("--seeds", {key: value for key, value in seeds.items() if value is not None}),
        "populations": ("--populations", options["populations"]),
        "overrides": ("--set", changed),
        "outcomes": ("--outcomes", _listed([options["outcomes"] or ""])),
        "horizons": ("--horizons", [scalar_of(item) for item in _listed([options["horizons"] or ""])]),
        "controls": ("--controls", _listed([options["controls"] or ""])),
        "precision": ("--precision", _precision(options["precision"])),
    }
    return {key: value for key, value in found.items() if value[1] not in (None, {}, [])}


def _listed(items: Any) -> list[str]:
    """The items between commas; a file that is there is one."""
    return [
        part.strip()
        for item in items
        for part in ([item] if item and Path(item).is_file() else item.split(","))
        if item and (part.strip() or "," in item)
    ]


def _precision(text: str | None) -> dict[str, Any]:
    """A half width, or KEY=VALUE pairs of the file's `precision`."""
    from scenarios.reading import scalar_of

    if text is None:
        return {}
    pairs = [item.partition("=") for item in text.split(",")]
    if len(pairs) == 1 and not pairs[0][1]:
        return {"half_width": scalar_of(text)}
    for key, equals, value in pairs:
        if not (key.strip() and equals and value.strip()):
            hint = "expected a half width, or KEY=VALUE pairs such as half_width=0.1,outcome=enterprise"
            raise click.BadParameter(f"{hint} (got '{text}')", param_hint="'--precision'")
    return {key.strip(): scalar_of(value.strip()) for key, _, value in pairs}


@contextmanager
def _folder(experiment: "Experiment", out: Path | None) -> Iterator[Any]:
    """The folder that holds the records: the user's, or one that goes when the command ends."""
    from experiments.laboratory.folder import ExperimentFolder

    identity = {"place": Path(experiment.place).name, "packages": experiment.packages, "hash": experiment.scenario.hash}
    if out is not None:
        yield ExperimentFolder(out, identity)
        return
    with TemporaryDirectory(prefix="guiyan-") as temporary:
        yield ExperimentFolder(Path(temporary) / "experiment", identity)


def _show(result: "Result", options: Mapping[str, Any]) -> None:
    """The result on standard output, and what it took on standard error."""
    from experiments.cli import multiplier_tables
    from experiments.laboratory.schema import CONTROLS

    if options["as_json"]:
        console.put_json(result.as_json(options["out"]))
    else:
        not_run = [name for name in CONTROLS if name not in result.experiment.controls]
        drawn_from = "ensemble" if result.experiment.prior.ensemble else "prior"
        multiplier_tables.put_experiment(result.tables, result.heading(), not_run, drawn_from)
    took = result.summary
    if took.done:
        rate, share = took.worker_months / took.wall_seconds / 1e6, took.overhead_seconds / took.process_seconds
        console.say(
            f"{took.done:,} runs made, {took.reused:,} known; {rate:.1f} million worker-months a second; "
            f"overhead {took.overhead_seconds:,.1f} s ({share:.0%} of the processes' time)"
        )
    if options["out"] is not None:
        console.say(f"tables, figures, records and manifest: {options['out']}")
