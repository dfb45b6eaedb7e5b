"""The command `places`: the same package in several places, beside what each of them has."""

from typing import TYPE_CHECKING, Any

import click

from experiments.cli import arguments, console
from experiments.cli.simulations import Work

if TYPE_CHECKING:
    import pandas as pd

    from experiments.runs import Task
    from sim.scenario import Scenario

SHOWN = {  # what a place has -> digits
    "away_share": 2,
    "wage_ratio": 2,
    "services": 2,
    "remoteness_hours": 1,
    "land_mu": 1,
    "specialisation": 2,
    "seekers_per_vacancy": 1,
    "owners_per_10000": 0,
}
OUTCOMES = ("return", "enterprise", "quality_return", "at_home", "jobs")
OWN = "record"  # as --package: the package of record of each place


class PlacesWork(Work):
    """The work of several places: one place after the other, since only a few spun-up worlds are kept."""

    def tasks(self) -> "list[Task]":
        """The runs to make: place by place, its two arms together."""
        from experiments.runs import Task

        names = list(self.arms)
        pairs = [names[i : i + 2] for i in range(0, len(names), 2)]
        return [Task(arm, self.arms[arm], seed) for pair in pairs for seed in self.seeds for arm in pair]


@click.command()
@click.argument("names", metavar="[PLACE]...", nargs=-1)
@click.option(
    "--package", default="common", show_default=True, metavar="NAME|FILE", help="The package; `record`: each its own."
)
@arguments.options(arguments.SIMULATION)
@click.pass_obj
def places(given: list[str], /, names: tuple[str, ...], package: str, **options: Any) -> None:
    """Run one package in several places: effects for each 10,000 workers beside each place's endowment.

    Without PLACE, in all places that come with the program but china and the template; with `--package record`,
    in those that have a package of record (`guiyan list`).
    """
    from experiments import analyses

    changed = arguments.overrides(options["changes"], scale=options["scale"], months=options["months"])
    baselines, arms, label = _arms(names or _all(package == OWN), package, changed)
    work = PlacesWork("places", "+".join(baselines), arms, changed, given, options)
    found = work.do(
        lambda outcomes: analyses.tables_of_places(outcomes, baselines, label),
        lambda _, tables: analyses.figures_of_places(tables, baselines, work.seeds, options["language"]),
    )
    if options["as_json"]:
        tables = {name: table.to_dict("records") for name, table in found.items()}
        console.put_json({"command": "places", "package": label, "seeds": list(work.seeds)} | tables)
    else:
        _put(found, label)
    work.say_where()


def _all(with_record: bool) -> list[str]:
    """The single places that come with the program; only those with a package of record, if that is meant."""
    from scenarios.files import shipped_packages, shipped_places

    names = [name for name in shipped_places() if name not in ("china", "template")]
    return [name for name in names if not with_record or f"{name}_record" in shipped_packages()]


def _arms(
    names: "tuple[str, ...] | list[str]", package: str, changed: dict[str, Any]
) -> "tuple[dict[str, Scenario], dict[str, Scenario], str]":
    """The baseline of each place by its id; all arms; what the package is called."""
    from pathlib import Path

    from scenarios.overrides import OF_PACKAGES

    baselines: dict[str, Scenario] = {}
    arms: dict[str, Scenario] = {}
    of_place = {key: value for key, value in changed.items() if not key.startswith(OF_PACKAGES)}
    label = "record" if package == OWN else Path(package).stem
    for name in names:
        base = arguments.load(name, (), of_place)
        place = base.resolved["id"]
        if place in baselines:
            raise click.BadParameter(f"{place} is given twice; expected each place once", param_hint="PLACE")
        chosen = f"{place}_record" if package == OWN else package
        baselines[place] = arms[place] = base
        arms[f"{place}+{label}"] = arguments.load(name, (chosen,), changed)
    return baselines, arms, label


def _put(found: "dict[str, pd.DataFrame]", label: str) -> None:
    """Endowments and effects in one table, then how far the instruments were used."""
    from experiments.outcomes import NAMES

    has, does = found["endowments"].set_index("place"), found["effects"]
    rows = []
    for place, of_place in does.groupby("place", sort=False):
        effect = of_place.set_index("outcome")
        cells = [console.estimate(*effect.loc[one, ["effect", "low", "high"]]) for one in OUTCOMES]
        have = [f"{has.loc[place, name]:,.{digits}f}" for name, digits in SHOWN.items()]
        rows.append([str(place), str(of_place["horizon"].iloc[0]), *have, *cells])
    title = f"{label} in each place: effects so many months after the start, for each 10,000 of the cohort"
    words = [name.replace("_", "\n") for name in ("months", *SHOWN)]
    outcomes = [NAMES[one].replace(" ", "\n") for one in OUTCOMES]
    console.put_table(title, ["", *words, *outcomes], rows, numbers_from=1)
    _put_flows(found["flows"])
    used = found["use"]
    rows = [
        [row.place, row.instrument, f"{100 * row.aware:.0f} %", f"{row.uses:,.0f}", f"{row.cost:,.0f}"]
        for row in used.itertuples()
    ]
    title = "How far it is used, for each 10,000 workers over the run"
    console.put_table(title, ["", "instrument", "aware at the end", "uses", "cost, yuan"], rows, numbers_from=2)


def _put_flows(flows: "pd.DataFrame") -> None:
    """On which way it works: changes of flows, places as rows."""
    names = list(flows["flow"].drop_duplicates())
    rows = []
    for place, of_place in flows.groupby("place", sort=False):
        effect = of_place.set_index("flow")
        cells = [console.estimate(*effect.loc[one, ["effect", "low", "high"]]) for one in names]
        base = [console.count(effect.loc[one, "baseline"]) for one in names]
        rows.append([str(place), *(cell for pair in zip(base, cells, strict=True) for cell in pair)])
    headings = [word for name in names for word in (f"{name}\nbaseline", "change")]
    title = "On which way it works: flows from its start to the end of the run, for each 10,000 workers"
    console.put_table(title, ["", *headings], rows, numbers_from=1)
