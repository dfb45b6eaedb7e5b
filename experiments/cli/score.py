"""The command `score`: every figure and pattern, model against evidence."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import arguments, console
from experiments.cli.progress import Lines

if TYPE_CHECKING:
    import pandas as pd

OPTIONS = (
    click.option("--targets", type=arguments.FILE, metavar="FILE", help="Figures, CSV [default: those of the place]."),
    click.option("--claims/--no-claims", default=True, help="Claims about policy, too."),
    click.option("--seeds", type=click.IntRange(1, 1000), default=8, show_default=True, help="How many seeds."),
    click.option("--seed", type=arguments.SEED, default=1, show_default=True, help="First seed."),
    arguments.MONTHS,
    arguments.SCALE,
    arguments.changes,
    arguments.WORKERS,
    arguments.SCHEDULER,
    arguments.RESUMED,
    arguments.LANG,
    arguments.as_json,
)


@click.command()
@arguments.place
@arguments.options(OPTIONS)
@click.pass_obj
def score(given: list[str], /, place: str, **options: Any) -> None:
    """Compare the model with every figure and pattern of the evidence, with intervals over seeds.

    \b
    guiyan score zhaotong --seeds 8 --out results/score
    """
    from experiments import manifest, runs
    from experiments.records import Records
    from experiments.scorecard import scoring

    changed = arguments.overrides(options["changes"], scale=options["scale"], months=options["months"])
    seeds = arguments.seeds(options["seed"], options["seeds"])
    arms = scoring.scenarios_of(place, changed, options["claims"])
    base = arms["none"]
    targets = _targets(base.resolved["id"], options["targets"])
    started = time.perf_counter()
    with folder_of(options["out"], {"kind": "score", "place": Path(place).name, "hash": base.hash}) as folder:
        if not runs.is_compiled():
            console.say(console.COMPILING)
        how = {"workers": options["workers"], "scheduler": options["scheduler"], "progress": Lines().show}
        with Records(folder.records) as records:
            if options["claims"]:
                console.say("doses at which right and wrong targeting cost as much")
                arms |= scoring.targeted(place, changed, seeds, records, **how)
            console.say(f"{len(arms)} worlds, {len(seeds)} seeds each")
            table = scoring.scorecard(scoring.run(arms, seeds, records, **how), base, targets)
        if options["out"] is not None:
            made = manifest.manifest("score", arms, seeds, given, started)
            folder.finish(made, {"scorecard": table}, {"scorecard": _figure(table, base, len(seeds), options)})
    if options["as_json"]:
        console.put_json({"command": "score", "place": base.resolved["id"], "hash": base.hash, "seeds": list(seeds),
                          "scorecard": table.to_dict("records")})  # fmt: skip
    else:
        _show(table, f"{base.title_en}: seeds {seeds[0]} to {seeds[-1]}, one worker for {base.scale:,} persons")
    if options["out"] is not None:
        console.say(f"table, figure, records and manifest: {options['out']}")


@contextmanager
def folder_of(out: Path | None, identity: dict[str, Any]) -> Iterator[Any]:
    """The folder that holds the records: the user's, or one that goes when the command ends."""
    from experiments.laboratory.folder import ExperimentFolder

    if out is not None:
        yield ExperimentFolder(out, identity)
        return
    with TemporaryDirectory(prefix="guiyan-") as temporary:
        yield ExperimentFolder(Path(temporary) / "result", identity)


def _targets(place: str, file: Path | None) -> Any:
    """The figures of a file, or those that come with the place; without any, patterns alone are scored."""
    from experiments.calibration.targets import default_file, read_targets
    from experiments.errors import InputError

    if file is not None:
        return read_targets(file)
    try:
        return read_targets(default_file(place, "targets.csv"))
    except InputError:
        console.say(f"no figures come with {place}: patterns alone are scored (--targets FILE gives figures)")
        return None


def _figure(table: "pd.DataFrame", base: Any, seeds: int, options: dict[str, Any]) -> dict[str, bytes]:
    from experiments.figures import scorecard, style
    from experiments.figures.words import source_line

    language = options["language"]
    source = source_line(base.resolved["name"][language], seeds, base.scale, language)
    return style.render(scorecard.draw(table, source, language))


def _show(table: "pd.DataFrame", heading: str) -> None:
    """The table by kind, and how many pass."""
    console.put(heading)
    for kind, rows in table.groupby("kind", sort=False):
        lines = [
            [row["id"], row["pattern"], row["period"], row["unit"], number(row["data"]), number(row["model"]),
             span(row["low"], row["high"]), span(row["expected_low"], row["expected_high"]), verdict(row)]
            for _, row in rows.iterrows()
        ]  # fmt: skip
        headings = ["", "", "", "", "data", "model", "95 %", "expected", ""]
        console.put_table(f"{str(kind).capitalize()}s", headings, lines, numbers_from=4)
    judged = table[table["verdict"] != ""]
    passed = int((judged["verdict"] == "pass").sum())
    console.put(f"{passed} of {len(judged)} pass; ? where the interval over seeds holds both")


def verdict(row: Any) -> str:
    """pass or miss, with ? where the interval over seeds does not agree as a whole; the use where nothing is judged."""
    if not row["verdict"]:
        return row["use"] if row["kind"] == "figure" else ""
    return row["verdict"] + ("" if row["sure"] else " ?")


def number(value: float) -> str:
    """A number with as many digits as it needs; nothing where there is none."""
    if value != value:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}" if abs(value) >= 0.1 else f"{value:,.3f}"


def span(low: float, high: float) -> str:
    """An interval, or the one bound that there is."""
    if low != low and high != high:
        return ""
    if high == float("inf"):
        return f"above {number(low)}"
    if low == float("-inf"):
        return f"below {number(high)}"
    return f"{number(low)} to {number(high)}"
