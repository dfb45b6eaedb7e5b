"""The command `forecast`: predictive intervals from an ensemble."""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli import arguments, console
from experiments.cli.progress import Lines
from experiments.cli.score import folder_of, number

if TYPE_CHECKING:
    import pandas as pd

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
OPTIONS = (
    click.option("--from", "first", required=True, metavar="YYYY-MM", help="First month to forecast."),
    click.option("--months", type=click.IntRange(1, 600), default=24, show_default=True, help="Months to forecast."),
    click.option("--ensemble", type=arguments.FILE, required=True, metavar="FILE", help="Of a calibration."),
    arguments.DRAWS,
    click.option("--indicators", multiple=True, metavar="A,B", help="Series [default: six of the usual]."),
    click.option("--truth", type=arguments.FILE, metavar="FILE", help="CSV of indicator, month, value: coverage."),
    click.option("--seeds", type=click.IntRange(1, 1000), default=2, show_default=True, help="Seeds of a draw."),
    click.option("--seed", type=arguments.SEED, default=1, show_default=True, help="First seed."),
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
def forecast(given: list[str], /, place: str, **options: Any) -> None:
    """Forecast monthly series from an ensemble, with predictive intervals.

    \b
    guiyan forecast zhaotong --from 2024-01 --months 24 --ensemble results/fit/ensemble.yaml
    """
    from experiments import forecast as work
    from experiments import manifest, runs
    from experiments.records import Records

    if not MONTH.fullmatch(options["first"]):
        raise click.BadParameter(f"expected a month such as 2024-01 (got '{options['first']}')", param_hint="'--from'")
    changed = arguments.overrides(options["changes"], scale=options["scale"])
    span, base = work.span_of(options["first"], options["months"], place, changed)
    ensemble = arguments.ensemble_of(options, base.data["id"], changed)
    assert ensemble is not None  # the option is required
    truth = work.read_truth(options["truth"], span) if options["truth"] else ()
    listed = [part.strip() for item in options["indicators"] for part in item.split(",")] or list(work.USUAL)
    names = work.require_series([*listed, *(one.series for one in truth)])
    seeds = arguments.seeds(options["seed"], options["seeds"])
    scenario, started = work.scenario_of(base), time.perf_counter()
    identity = {"kind": "forecast", "place": Path(place).name, "hash": scenario.hash, "ensemble": ensemble.digest}
    with folder_of(options["out"], identity) as folder:
        if not runs.is_compiled():
            console.say(console.COMPILING)
        console.say(f"{len(ensemble.weight)} draws, {len(seeds)} seeds each, {scenario.months} months")
        how = {"workers": options["workers"], "scheduler": options["scheduler"], "progress": Lines().show}
        with Records(folder.records) as records:
            values = work.simulate(base, ensemble, seeds, names, records, **how)
        tables = {"forecast": work.table(values, names, ensemble, scenario.start, span)}
        if truth:
            tables["coverage"] = work.coverage(tables["forecast"], truth)
        if options["out"] is not None:
            made = manifest.manifest("forecast", {"baseline": scenario}, seeds, given, started)
            made |= {"ensemble": ensemble.digest, "draws": len(ensemble.weight), "from": options["first"]}
            picture = _figure(tables["forecast"], truth, ensemble, scenario, len(seeds), options["language"])
            folder.finish(made, tables, {"forecast": picture})
    if options["as_json"]:
        rows = {name: table.to_dict("records") for name, table in tables.items()}
        console.put_json({"command": "forecast", "place": base.data["id"], "hash": scenario.hash, **rows})
    else:
        _show(tables, f"{scenario.title_en}: {len(ensemble.weight)} draws, {len(seeds)} seeds each")
    if options["out"] is not None:
        console.say(f"tables, figure, records and manifest: {options['out']}")


def _figure(table: "pd.DataFrame", truth: Any, ensemble: Any, scenario: Any, seeds: int, language: str) -> Any:
    from experiments import forecast as work
    from experiments.figures import forecast as drawing
    from experiments.figures import style
    from experiments.figures.words import source_line

    names = work.names_of(list(dict.fromkeys(table["indicator"])), language)
    source = source_line(scenario.resolved["name"][language], seeds, scenario.scale, language, len(ensemble.weight))
    return style.render(drawing.draw(table, [tuple(one) for one in truth], names, source, language))


def _show(tables: "dict[str, pd.DataFrame]", heading: str) -> None:
    """Each series at the beginning, every December and the end of the forecast; coverage where truth was given."""
    console.put(heading)
    rows = tables["forecast"]
    rows = rows[rows["part"] == "forecast"]
    ends = {rows["month"].iloc[0], rows["month"].iloc[-1]}
    rows = rows[rows["month"].isin(ends) | rows["month"].str.endswith("-12")]
    lines = [
        [row["indicator"], row["unit"], row["month"], number(row["median"]),
         f"{number(row['q10'])} to {number(row['q90'])}",
         f"{number(row['q025'])} to {number(row['q975'])}", number(row["sd_parameters"]), number(row["sd_seeds"]),
         number(row["sd_structure"]) or "-"]
        for _, row in rows.iterrows()
    ]  # fmt: skip
    headings = ["", "", "month", "median", "80 %", "95 %", "sd: parameters", "seeds", "model"]
    console.put_table("Predictive intervals", headings, lines, numbers_from=3)
    if "coverage" in tables:
        lines = [
            [row["indicator"], f"{row['level']:.0%}", f"{row['held']} of {row['of']}", f"{row['share']:.2f}",
             f"{row['low']:.2f} to {row['high']:.2f}"]
            for _, row in tables["coverage"].iterrows()
        ]  # fmt: skip
        console.put_table("What came true", ["", "interval", "held", "share", "95 %"], lines, numbers_from=1)
