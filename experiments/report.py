"""A result as one self-contained page: the question, the answer with its interval, controls, figures, tables."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from experiments.figures.reading import largest, listed, members
from experiments.placing import asked_for
from experiments.reporting.answer import first_sentence, second_sentence
from experiments.reporting.reading import Result, read_result
from experiments.reporting.sections import not_computed, prior_ranges, sections, settings
from experiments.reporting.tables import Reader, as_estimands
from experiments.reporting.words import REPORT, say

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = "-report.html"
MOST_SEEDS = 12  # that are listed one by one


class Picture(NamedTuple):
    """A figure in the page: its question, and the file as a data address."""

    question: str
    data: str


def write(folder: Path, language: str = "en", target: Path | None = None) -> Path:
    """Write the report of a result folder and return its path; it appears when it is complete.

    Without a target it lies beside the folder, for a result holds nothing but what its command left. Raises
    InputError where the folder is no sound result, or the file cannot be written.
    """
    content = page(read_result(folder), language)
    folder = folder.absolute()
    path = (target or folder.with_name(folder.name + SUFFIX)).absolute()
    with asked_for(path, ".html") as partial:
        partial.write_text(content, encoding="utf-8")
    return path


def page(result: Result, language: str) -> str:
    """The page as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    tables, manifest = dict(result.tables), result.manifest
    if result.kind == "compare" and "multiplier" in tables:
        tables["estimands"] = as_estimands(tables["multiplier"])
    reader = Reader(language, names_of(manifest, tables, language))
    pictures = dict(_pictures(result.kind, tables, manifest, reader))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    place = _scenario(manifest)["resolved"]["name"].get(language, "")
    return environment.get_template("report.html.j2").render(
        words={key: say(key, language) for key in REPORT if "{" not in REPORT[key][0]},
        language="en" if language == "en" else "zh-CN",
        title=say("title", language, place=place),
        question=_question(tables, place, reader),
        answer=[
            first_sentence(tables, manifest, reader.names, language),
            second_sentence(tables, reader.names, language),
        ],
        sections=list(sections(tables, pictures, reader)),
        pictures=pictures,
        settings=settings(manifest, reader),
        ranges=prior_ranges(manifest, reader),
        reproduction=_reproduction(manifest),
        failed=_failed(manifest, tables, language),
        absent=not_computed(tables, language),
        show_table=lambda table: say("show_table", language, caption=table.caption, rows=len(table.rows)),
        figure_of=lambda name: say("figure_of", language, question=pictures[name].question),
        made_with=_made_with(manifest["versions"].get("guiyan", ""), language),
    )


def names_of(manifest: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], language: str) -> dict[str, str]:
    """Packages and counties by id in the language: as the manifest has them, else as the program's own files do."""
    given = (manifest.get("names") or {}).get(language) or {}
    counties = {
        county["id"]: county["name"][language] for county in _scenario(manifest)["resolved"].get("counties", [])
    }
    cells = set(tables["effects"]["arm"]) if "effects" in tables else set()
    wanted = {part for cell in cells for part in cell.split("+")} - set(given)
    if not wanted:
        return {**counties, **given}
    import scenarios

    shipped = {item["id"]: item[f"name_{language}"] for item in scenarios.available()["packages"]}
    return {**counties, **{name: shipped[name] for name in wanted & set(shipped)}, **given}


def _scenario(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Any of the scenarios; what is read of it is the same in all."""
    return dict(next(iter(manifest["scenarios"].values())))


def _question(tables: Mapping[str, pd.DataFrame], place: str, reader: Reader) -> str:
    if "estimands" not in tables:
        return reader.say("question_open", place=place)
    package = members(largest(tables["estimands"]["package"]))
    return reader.say("question", package=listed(package, reader.names, reader.language), place=place)


def _pictures(
    kind: str, tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], reader: Reader
) -> Iterator[tuple[str, Picture]]:
    """Every figure that the tables allow, drawn in the language."""
    from experiments.figures import laboratory, packages, style

    scenario = _scenario(manifest)["resolved"]
    count = int(manifest.get("replicates") or len(manifest["seeds"]))
    place = scenario["name"].get(reader.language, "")
    source = laboratory.Source.of(place, scenario["scale"], count, manifest.get("experiment") or {})
    found = laboratory.drawn(tables, reader.names, source, reader.language)
    if kind == "compare":
        multiplier = tables.get("multiplier", pd.DataFrame())
        one = packages.draw(
            tables["effects"], multiplier, reader.names, source.line("packages", reader.language), reader.language
        )
        found = iter([("packages", one)])
    for name, figure in found:
        data = b64encode(style.render(figure, ("svg",))["svg"]).decode()
        yield name, Picture(figure.get_suptitle(), f"data:image/svg+xml;base64,{data}")


def _reproduction(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Command, seeds, versions and hashes."""
    seeds = manifest["seeds"]
    is_run = len(seeds) > 2 and seeds == list(range(seeds[0], seeds[0] + len(seeds)))
    listing = f"{seeds[0]} ... {seeds[-1]}" if is_run or len(seeds) > MOST_SEEDS else ", ".join(map(str, seeds))
    hashes = {arm: scenario["hash"] for arm, scenario in manifest["scenarios"].items()}
    model = manifest.get("model_hash") or (manifest.get("runs") or {}).get("source")
    return {
        "command": manifest["command"],
        "seeds": listing,
        "versions": manifest["versions"],
        "model": model,
        "hashes": hashes,
    }


def _made_with(version: str, language: str) -> str:
    """The program and its version, which sources that are not installed have not."""
    known = version if version[:1].isdigit() else ""
    return say("made_with", language, version=known).replace(" .", ".").replace(" ）", "）")


def _failed(manifest: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], language: str) -> str:
    count = int(manifest.get("failed_runs") or (len(tables["failures"]) if "failures" in tables else 0))
    return say("failed", language, count=count) if count else ""
