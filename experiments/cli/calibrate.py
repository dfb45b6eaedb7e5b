"""The command `calibrate`: from evidence and priors to a posterior ensemble."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import arguments, console
from experiments.cli.progress import Lines

if TYPE_CHECKING:
    from experiments.calibration.place import Found

OPTIONS = (
    click.option("--targets", type=arguments.FILE, metavar="FILE", help="Figures to fit, CSV [default: the place's]."),
    click.option("--priors", type=arguments.FILE, metavar="FILE", help="Ranges, YAML [default: the place's]."),
    click.option("--seeds", type=click.IntRange(2, 1000), default=2, show_default=True, help="Replicates of a point."),
    click.option("--seed", type=arguments.SEED, default=1, show_default=True, help="First seed."),
    click.option("--waves", type=click.IntRange(1, 20), default=3, show_default=True, help="Waves of matching."),
    click.option("--points", type=click.IntRange(20, 100_000), default=250, show_default=True, help="Points a wave."),
    click.option("--draws", type=click.IntRange(8, 10_000), default=64, show_default=True, help="Of the ensemble."),
    click.option("--checked", type=click.IntRange(8, 100_000), default=128, show_default=True, help="Draws simulated."),
    click.option("--design-seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the designs."),
    arguments.SCALE,
    arguments.changes,
    arguments.WORKERS,
    arguments.SCHEDULER,
    click.option("--out", type=arguments.FOLDER, metavar="DIR", help="Default: calibration-PLACE; goes on from there."),
    arguments.LANG,
    arguments.as_json,
)


@click.command()
@arguments.place
@arguments.options(OPTIONS)
@click.pass_obj
def calibrate(given: list[str], /, place: str, **options: Any) -> None:
    """Fit a place's parameters to its evidence: history matching, then a posterior ensemble.

    \b
    guiyan calibrate zhaotong --scale 200 --out results/fit
    guiyan run zhaotong --ensemble results/fit/ensemble.yaml
    """
    from experiments import runs
    from experiments.calibration.place import ask, manifest_of
    from experiments.calibration.place import calibrate as work
    from experiments.calibration.work import Settings
    from experiments.laboratory.folder import ExperimentFolder

    settings = Settings(
        waves=options["waves"],
        points=options["points"],
        checked=options["checked"],
        draws=options["draws"],
        design_seed=options["design_seed"],
    )
    seeds = arguments.seeds(options["seed"], options["seeds"])
    changed = arguments.overrides(options["changes"], scale=options["scale"])
    started, question = (
        time.perf_counter(),
        ask(place, changed, options["targets"], options["priors"], seeds, settings),
    )
    out = options["out"] or Path(f"calibration-{question.scenario.resolved['id']}")
    folder = ExperimentFolder(out, question.identity())
    if not runs.is_compiled():
        console.say(console.COMPILING)
    how = {"workers": options["workers"], "scheduler": options["scheduler"], "progress": Lines().show}
    found = work(question, folder, say=console.say, **how)
    folder.finish(manifest_of(found, given, started), found.tables, _figures(found, options["language"]))
    if options["as_json"]:
        console.put_json(_as_json(found, out))
    else:
        _show(found)
    console.say(f"ensemble, tables, figures, records and manifest: {out}")


def _figures(found: "Found", language: str) -> dict[str, dict[str, bytes]]:
    from experiments.figures import calibration, style

    name = found.question.scenario.resolved["name"][language]
    source = calibration.source_of(name, found.question.scenario.scale, len(found.question.replicates), language)
    return {
        "identifiability": style.render(calibration.draw_parameters(found.tables["parameters"], source, language)),
        "fit": style.render(calibration.draw_fit(found.tables["fit"], source, language)),
    }


def _as_json(found: "Found", out: Path) -> dict[str, Any]:
    """The result for programs."""
    return {
        "command": "calibrate",
        "place": found.ensemble.place,
        "hash": found.question.scenario.hash,
        "scale": found.question.scenario.scale,
        "draws": len(found.ensemble.weight),
        "effective_draws": found.result.effective,
        "failed_points": found.result.failed,
        "out": str(out),
        **{name: found.tables[name].to_dict("records") for name in ("waves", "fit", "parameters", "directions")},
    }


def _show(found: "Found") -> None:
    """Waves, fit and parameters on the console."""
    tables, question = found.tables, found.question
    console.put(
        f"{question.scenario.title_en}: {len(question.targets.fitted)} figures, {len(question.priors.ranges)} "
        f"parameters, {len(question.replicates)} replicates a point, one simulated worker for "
        f"{question.scenario.scale:,} persons"
    )
    rows = [
        [row["wave"], f"{row['points']}", f"{row['failed']}", f"{row['share_left']:.2g}", f"{row['cutoff']:.2f}",
         f"{row['explained_median']:.2f}", f"{row['explained_least']:.2f}", row["least_explained"]]
        for _, row in tables["waves"].iterrows()
    ]  # fmt: skip
    headings = ["", "points", "failed", "share left", "bound", "explained, median", "least", "of"]
    console.put_table("Waves: what is not ruled out of the prior", headings, rows, numbers_from=1)
    rows = [
        [row["id"], row["figure"], row["years"], row["unit"], _number(row["data"]), _number(row["model"]),
         f"{_number(row['model_low'])} to {_number(row['model_high'])}", f"{row['implausibility']:.1f}",
         {True: "yes", False: "no"}.get(row["within"], "")]
        for _, row in tables["fit"].iterrows()
    ]  # fmt: skip
    headings = ["", "figure", "years", "unit", "data", "model", "90 % of draws", "implausibility", "within"]
    console.put_table("Model against data, posterior", headings, rows, numbers_from=4)
    rows = [
        [row["parameter"].partition(".")[2], f"{row['prior_low']:g} to {row['prior_high']:g}", f"{row['median']:.3g}",
         f"{row['low']:.3g} to {row['high']:.3g}", f"{row['width']:.2f}", f"{row['contraction']:.2f}", row["says"]]
        for _, row in tables["parameters"].iterrows()
    ]  # fmt: skip
    headings = ["parameter", "prior", "median", "90 %", "width of the prior's", "contraction", "data"]
    console.put_table("What the data say of the parameters", headings, rows, numbers_from=1)
    known = int((tables["directions"]["variance_left"] < 0.5).sum())
    console.put(
        f"{known} of {len(tables['directions'])} directions of parameter space are known to less than half the prior's "
        f"variance; {found.result.effective:.0f} effective draws of {len(found.result.weight)} simulated"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
