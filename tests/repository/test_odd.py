"""The ODD describes the code: equations, switches, statuses, kinds, constants, state; the glossary is one."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios.instruments import kinds
from sim.outcomes import COUNTY_SERIES, INDICATORS, RATES
from sim.parameters import Mechanisms, Parameters
from sim.policy import CHANNELS
from sim.state import COLUMNS, FLAGS, Status

DEFINITION = re.compile(r"^\*\*\[([A-Z]\d+)\]\*\* `(\w+)`", re.MULTILINE)
NUMBER = re.compile(r"\[([A-Z]\d+)\]")
SECTION = re.compile(r"\bODD(?:,? sections?)? (3[a-g](?:(?:,| and) 3[a-g])*)")
WIDEST = 120


@pytest.fixture(scope="module")
def odd(root: Path) -> str:
    """The ODD's text."""
    return (root / "docs" / "ODD.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def documents(root: Path) -> dict[str, str]:
    """Every document's text, by path."""
    paths = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def claimed(modules: dict[str, ast.Module]) -> Iterator[tuple[str, str]]:
    """Equation number and name of every rule, from the first paragraph of its docstring."""
    for path, tree in modules.items():
        if path.startswith("sim/rules/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    for number in NUMBER.findall((ast.get_docstring(node) or "").split("\n\n")[0]):
                        yield number, node.name


def test_each_equation_is_claimed_by_exactly_one_rule(odd: str, modules: dict[str, ast.Module]) -> None:
    assert sorted(DEFINITION.findall(odd)) == sorted(claimed(modules))


def test_each_equation_is_shown_as_a_formula(odd: str) -> None:
    parts = re.split(DEFINITION, odd)[1:]
    bare = [f"[{number}]" for number, text in zip(parts[::3], parts[2::3], strict=True) if "\n$$ " not in text]
    assert bare == []


def test_no_document_or_code_refers_to_an_equation_or_section_that_is_not_there(
    odd: str, documents: dict[str, str], texts: dict[str, str]
) -> None:
    numbers = {number for number, _ in DEFINITION.findall(odd)}
    code = {path: text for path, text in texts.items() if path.startswith("sim/")}
    for path, text in {**documents, **code}.items():
        assert set(NUMBER.findall(text)) <= numbers, path
        for listed in SECTION.findall(text):
            for section in re.findall(r"3[a-g]", listed):
                assert f"\n### {section}. " in odd, f"{path}: section {section}"


def test_each_indicator_is_listed_among_the_results(root: Path) -> None:
    text = (root / "docs" / "results.md").read_text(encoding="utf-8")
    rows = [(one.name, one.unit, one.name_zh) for one in INDICATORS]
    rows += [(name, unit, name_zh) for name, unit, name_zh, _ in (*COUNTY_SERIES, *RATES)]
    assert [name for name, unit, name_zh in rows if f"| `{name}` | {unit} | {name_zh} |" not in text] == []


NAMED = {
    "mechanism switches": Mechanisms._fields,
    "statuses": [status.name.lower() for status in Status],
    "kinds of instruments": list(kinds()),
    "channels": list(CHANNELS),
    "columns of a worker": [column.name for column in COLUMNS],
    "flags of a worker": list(FLAGS),
}


@pytest.mark.parametrize("what", NAMED)
def test_the_odd_names_all(odd: str, what: str) -> None:
    assert [name for name in NAMED[what] if f"`{name}`" not in odd] == []


def test_the_odd_says_where_each_constant_goes(odd: str) -> None:
    groups = {group: kind._fields for group, kind in Parameters.__annotations__.items() if kind is not Mechanisms}
    shared = Counter(name for fields in [*groups.values(), Mechanisms._fields] for name in fields)
    missing = [
        f"{group}.{name}"
        for group, fields in groups.items()
        for name in fields
        if f"`{group}.{name}`" not in odd
        and not (f"`{name}`" in odd and (shared[name] == 1 or f"`{name}` of the group `{group}`" in odd))
    ]
    assert missing == []


def test_glossary_has_no_term_twice(root: Path) -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", (root / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    terms = [row for row in rows if row[0] != "English" and not set(row[0]) <= set("-: ")]
    assert len(terms) > 50
    for language in (0, 1):
        counted = Counter(row[language].strip().casefold() for row in terms)
        assert [term for term, count in counted.items() if count > 1] == []


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as they are made from the words."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_between_documents_lead_somewhere(root: Path, documents: dict[str, str]) -> None:
    missing = []
    for path, text in documents.items():
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", text):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            found = (root / path).parent / name if name else root / path
            if not found.exists() or (anchor and anchor not in anchors(found.read_text("utf-8"))):
                missing.append(f"{path}: {target}")
    assert missing == []


def test_lines_of_documents_are_short(documents: dict[str, str]) -> None:
    long = [
        f"{path}:{number}"
        for path, text in documents.items()
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > WIDEST and "://" not in line and not line.startswith("|")
    ]
    assert long == []
