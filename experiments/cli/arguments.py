"""Options that several commands share, and what their values mean."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from experiments.calibration.ensemble import Ensemble
    from sim.scenario import Scenario

LARGEST_SEED = 2**63 - 1
FOLDER = click.Path(file_okay=True, path_type=Path)
Decorator = Callable[[Callable[..., None]], Callable[..., None]]

as_json = click.option("--json", "as_json", is_flag=True, help="Print a machine-readable summary instead.")
place = click.argument("place", metavar="PLACE")
changes = click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Override a key of the scenario; repeat for more."
)


def packages(text: str) -> Decorator:
    """`--package`, under its two names."""
    return click.option("--package", "--packages", "packages", multiple=True, metavar="NAME|FILE", help=text)


SEED = click.IntRange(0, LARGEST_SEED)
ENGINE = click.Choice(["kernel", "agents"])
LANGUAGE = click.Choice(["en", "zh"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ENSEMBLE = click.option("--ensemble", type=FILE, metavar="FILE", help="Over the draws of a calibration.")
DRAWS = click.option("--draws", type=click.IntRange(2), metavar="N", help="Draws of the ensemble [default: all].")
MONTHS = click.option("--months", type=click.IntRange(1), metavar="N", help="Months; short for --set months=N.")
SCALE = click.option("--scale", type=click.IntRange(1), metavar="N", help="Persons for one simulated worker.")
WORKERS = click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes [default: one a processor].")
SCHEDULER = click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler to run on instead.")
RESUMED = click.option("--out", type=FOLDER, metavar="DIR", help="Leave everything here; go on from what is there.")
LANG = click.option("--lang", "language", type=LANGUAGE, default="en", help="Language of the figures.")
SIMULATION = (
    click.option("--seed", type=SEED, default=1, show_default=True, help="First seed."),
    click.option("--seeds", type=click.IntRange(1, 100_000), default=1, help="How many seeds [default: 1]."),
    MONTHS,
    SCALE,
    changes,
    click.option("--engine", type=ENGINE, default="kernel", help="Fast or readable; the same numbers."),
    click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help="Threads of a run [default: all]."),
    click.option(
        "--workers", type=click.IntRange(1), metavar="N", help="Make runs on N processes, and go on in --out."
    ),
    SCHEDULER,
    ENSEMBLE,
    DRAWS,
    click.option("--out", type=FOLDER, metavar="DIR", help="Leave the result in this folder."),
    click.option("--by-village", is_flag=True, help="Outcomes of every village, too."),
    LANG,
    as_json,
)


def options(*groups: Iterable[Decorator]) -> Decorator:
    """The options of some groups, in their order."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed([one for group in groups for one in group]):
            command = option(command)
        return command

    return add


def overrides(changes: Iterable[str], **shorthands: int | None) -> dict[str, Any]:
    """`KEY=VALUE` texts and shorthands as scenario overrides; each key once. The loader reads the values."""
    found: dict[str, Any] = {key: value for key, value in shorthands.items() if value is not None}
    for change in changes:
        key, equals, value = (part.strip() for part in change.partition("="))
        if not (key and equals and value):
            raise click.BadParameter(f"expected KEY=VALUE, such as scale=100 (got '{change}')", param_hint="'--set'")
        if key in found:
            raise click.BadParameter(f"{key} is given twice; expected it once", param_hint="'--set'")
        found[key] = value
    return found


def has_schema(target: str, schema: str) -> bool:
    """Whether a target is a file of that schema, or of none; a place's name or file is not."""
    if not (target.endswith((".yaml", ".yml")) or Path(target).is_file()):
        return False
    from scenarios.reading import read_yaml

    found = read_yaml(Path(target)).child("schema")
    return found is None or found.value != "place"


def items(given: Iterable[str]) -> list[str]:
    """The items between commas of repeated options; a file that is there is one."""
    parts = [part.strip() for item in given for part in ([item] if Path(item).is_file() else item.split(","))]
    if not all(parts):
        raise click.BadParameter("expected names between commas, such as a,b", param_hint="'--packages'")
    return parts


def varied(given: Iterable[str]) -> dict[str, Any]:
    """`KEY=VALUES` texts as the `vary` of a file; parameters may leave out `parameters.`."""
    from scenarios.constants import table

    found: dict[str, Any] = {}
    for text in given:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not (key and equals and value):
            hint = f"expected KEY=VALUES, such as scale=500,1000 or enterprise.sigma=0.3:20:5 (got '{text}')"
            raise click.BadParameter(hint, param_hint="'--vary'")
        if key.partition(".")[0] in table().constants:
            key = f"parameters.{key}"
        if key in found:
            raise click.BadParameter(f"{key} is given twice; expected it once", param_hint="'--vary'")
        found[key] = value
    return found


def seeds(first: int, count: int) -> range:
    """The seeds first, ..., first + count - 1."""
    if first + count - 1 > LARGEST_SEED:
        raise click.BadParameter(f"{first} with {count} seeds goes beyond {LARGEST_SEED}", param_hint="'--seed'")
    return range(first, first + count)


def ensemble_of(options: Mapping[str, Any], place_id: str, changed: Mapping[str, Any]) -> "Ensemble | None":
    """The ensemble that `--ensemble` names, thinned to `--draws`; None without one."""
    if options["ensemble"] is None:
        if options["draws"] is not None:
            raise click.UsageError("--draws thins an ensemble; expected --ensemble FILE as well")
        return None
    from experiments.calibration.ensemble import read_ensemble

    found = read_ensemble(options["ensemble"], place_id)
    found.require_apart(changed)
    say_of_ensemble(found)
    return found if options["draws"] is None else found.thinned(options["draws"])


def say_of_ensemble(ensemble: "Ensemble", varied: Iterable[str] = ()) -> None:
    """Say what to keep in mind: draws of another model, and varied keys that take the place of the draws' values."""
    from experiments.batches import source_hash
    from experiments.cli import console

    if ensemble.provenance.get("model") not in (None, source_hash()):
        console.say(
            "note: the ensemble was fitted with other source code of the model; if results have changed since "
            "(CHANGELOG.md), calibrate again"
        )
    if both := sorted(ensemble.keys & set(varied)):
        console.say(f"note: varied, so not as the draws have them: {', '.join(both)}")


def load(name: str, chosen: Sequence[str], changed: Mapping[str, Any]) -> "Scenario":
    """One scenario of a place with the union of the packages."""
    import scenarios

    return scenarios.load(name, packages=chosen, overrides=changed)


def arms(name: str, chosen: Sequence[str], changed: Mapping[str, Any]) -> "dict[str, Scenario]":
    """The baseline and one arm for each item between commas, by the arm's name, in the order given.

    A change to an instrument or adaptive block applies to the arms that hold it; one that no arm holds is refused.
    """
    items = [part for item in chosen for part in ([item] if Path(item).is_file() else item.split(","))]
    if not items:
        raise click.UsageError("nothing to compare; expected --packages, such as --packages training,credit")
    from experiments.runs import arm_name
    from scenarios.overrides import OF_PACKAGES

    of_place = {key: value for key, value in changed.items() if not key.startswith(OF_PACKAGES)}
    of_packages = set(changed) - set(of_place)
    unused = set(of_packages)
    found = {}
    for packages_of_arm in [[], *([item] for item in items)]:
        scenario = load(name, packages_of_arm, of_place)
        held = {f"instruments.{one.id}" for one in scenario.instruments}
        held |= {f"adaptive.{one.package}" for one in scenario.adaptive}
        own = {key for key in of_packages if ".".join(key.split(".")[:2]) in held}
        if own:
            scenario = load(name, packages_of_arm, {key: changed[key] for key in changed if key in {*of_place, *own}})
        unused -= own
        found[arm_name(scenario)] = scenario
    if unused:
        load(name, items, {key: changed[key] for key in unused})  # raises, and says what there is
    return found
