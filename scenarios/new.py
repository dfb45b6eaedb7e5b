"""Writes scenario files to start from: a commented place, or a package with one instrument of a kind."""

import os
import re
import tempfile
from pathlib import Path

from scenarios.errors import Position, ScenarioError, between, fail, shown, suggestion
from scenarios.files import HERE, SUFFIXES
from scenarios.instruments import kinds
from scenarios.load import validate
from scenarios.reading import display
from scenarios.schema import Kind

TEMPLATE = HERE / "template.yaml"
ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
ELIGIBILITY = {  # an example of each field, as a comment
    "sexes": "[female]",
    "households": "[poverty_lifted, relocated]",
    "statuses": "[out_province, in_province, farm, searching]",
    "age_from": "20",
    "age_below": "45",
    "skill_from": "0.3",
    "skill_below": "0.7",
    "counties": "[COUNTY]",
    "villages": "[COUNTY-00012]",
    "sectors": "[SECTOR]",
}


def place_text(name: str, en: str | None = None, zh: str | None = None) -> str:
    """The template place under another id and name; valid as it is."""
    text = TEMPLATE.read_text(encoding="utf-8")
    title = en or name.replace("_", " ").capitalize()
    names = f"name: {{en: {_quoted(title)}, zh: {_quoted(zh or title)}}}"
    text = text.replace("# A county of your own.", f"# {title}.", 1)
    text = text.replace("\nid: template ", f"\nid: {name} ", 1)
    return text.replace("\nname: {en: Template county, zh: 模板县} ", f"\n{names} ", 1)


def package_text(name: str, kind_id: str, en: str | None = None, zh: str | None = None) -> str:
    """A package of one instrument of a kind, every key explained; valid as it is."""
    kind = _kind(kind_id)
    title = en or name.replace("_", " ").capitalize()
    names = f"{{en: {_quoted(title)}, zh: {_quoted(zh or title)}}}"
    lines = [
        f"# {kind.name.en} ({kind.name.zh}): {' '.join(kind.meaning.en.split())}",
        f"# Use it by its file: guiyan run zhaotong --package {name}.yaml",
        "schema: package",
        f"id: {name}",
        f"name: {names}",
        "# policy_precision, whole_chain_service, industry_ecology or urban_rural_integration",
        "pillar: policy_precision",
        "# for_workers: 100000   amounts of the whole place are then for so many workers, and follow the place's size",
        "instruments:",
        f"  - id: {name}_instrument",
        f"    kind: {kind_id}",
        f"    name: {names}",
        "    dose: 1  # multiple of the channels (of the places, for courses); 0: only who has heard of it",
        "    channels:  # values at dose 1",
        *_channel_lines(kind),
        *_capacity_lines(kind),
        f"    # what the costs stand for: {kind.cost}",
        "    unit_cost: {value: 0, source: assumption}  # yuan a use",
        "    fixed_cost: {value: 0, source: assumption}  # yuan a month for the whole place",
        *_awareness_lines(kind),
        "    start: 0  # months after policy_start",
        "    ramp: 0  # months from the start to full strength",
        "    lag: 0  # months between start and first effect",
        "    # end: 36   first month without it",
        *(["    # sectors: [SECTOR]   sectors it acts on; left out: all"] if kind.sectors else []),
        "    # eligibility:   who may use it; left out: everybody" if kind.eligibility else "",
        *(f"    #   {field}: {ELIGIBILITY[field]}" for field in kind.eligibility),
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _channel_lines(kind: Kind) -> list[str]:
    lines = []
    for name, one in kind.channels.items():
        meaning = f"{one.unit}, a number{between(one.low, one.high)}"
        lines.append(f'      {name}: {{value: {one.value:g}, source: "{one.source}"}}  # {meaning}')
    return lines


def _capacity_lines(kind: Kind) -> list[str]:
    if kind.capacity == "none":
        return []
    text = "capacity: {value: 1000, source: assumption}  # uses a year in the whole place"
    return [f"    {text}"] if kind.capacity == "required" else [f"    # {text}; left out: not limited"]


def _awareness_lines(kind: Kind) -> list[str]:
    if kind.scope != "person":
        return []
    return ["    awareness: {value: 0.05, source: assumption}  # chance a month of contact to hear of it officially"]


def _kind(name: str) -> Kind:
    if name not in kinds():
        raise ScenarioError(f'unknown kind "{name}"{suggestion(name, kinds())}')
    return kinds()[name]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def target(name: str) -> tuple[str, Path]:
    """The id and the file that a name or path stands for; ScenarioError for a name that cannot be an id."""
    path = Path(name)
    if path.suffix not in SUFFIXES:
        path = path.with_name(f"{path.name}.yaml")
    found = path.stem
    if not ID.fullmatch(found):
        valid = re.sub(r"[^a-z0-9_]+", "_", found.lower()).strip("_")
        hint = f'; did you mean "{valid}"?' if ID.fullmatch(valid) else ""
        raise ScenarioError(f"expected an id of small letters, digits and _ (got {shown(found)}){hint}")
    return found, path


def write(text: str, path: Path, force: bool = False) -> None:
    """Check a scenario's text and write it to `path`, beside it first; ScenarioError where that cannot be."""
    where = Position(display(path))
    if path.exists() and not force:
        raise fail(where, "", "there is such a file; expected another name, or --force to replace it")
    if not path.parent.is_dir():
        raise fail(where, "", f"there is no folder {display(path.parent)}; expected one that exists")
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=".yaml", dir=path.parent)
    except OSError as error:
        raise fail(where, "", f"cannot be written: {(error.strerror or 'no reason given').lower()}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(beside, 0o644)
        validate(Path(beside))
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
