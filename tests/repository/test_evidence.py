"""Every policy and every system of the sources is answered: by an instrument, an observable and a test, or a reason."""

import ast
import csv
import re
from pathlib import Path

import pytest

from scenarios.files import HERE
from scenarios.instruments import kinds
from scenarios.schema import Eligibility, Instrument

WORD = re.compile(r"`([a-z0-9_*]+)`")
KINDLESS = ("any", "none")
SYSTEMS = {"A": 8, "B": 5, "C": 11, "D": 12, "E": 4, "F": 12, "G": 5}
NOT_INDICATORS = {
    "dose",
    "multiplier",
    "excess",
    "profit",
    "qualification",
    "uses",
    "cost",
}  # estimands and columns that show a system
CONSTANTS = {"information_lag", "office_friction"}  # of parameters.yaml, named in the table of policies


@pytest.fixture(scope="module")
def catalogue() -> list[dict[str, str]]:
    """The rows of the catalogue of policies."""
    with (HERE / "evidence" / "policies.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(path: Path, columns: int) -> dict[str, list[str]]:
    """The rows of a document's tables that begin with an id, by id."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"[A-Z]\d+", cells[0]):
            assert len(cells) == columns and cells[0] not in found, line
            found[cells[0]] = cells
    return found


@pytest.fixture(scope="module")
def policies(root: Path) -> dict[str, list[str]]:
    """The rows of docs/policies.md: id, name, Chinese name, kinds, channels and settings."""
    return rows(root / "docs" / "policies.md", 5)


def test_every_policy_of_the_catalogue_has_its_row_with_its_names(
    catalogue: list[dict[str, str]], policies: dict[str, list[str]]
) -> None:
    assert len(catalogue) == 149 and all(row["name_zh"] and row["source"] for row in catalogue)
    assert {row["id"]: [row["name_en"], row["name_zh"]] for row in catalogue} == {
        key: cells[1:3] for key, cells in policies.items()
    }


def test_kinds_channels_and_packages_of_the_table_exist(policies: dict[str, list[str]]) -> None:
    packages = {path.stem for path in (HERE / "packages").glob("*.yaml")}
    programmes = set(re.findall(r"- id: (base_\w+)", (HERE / "zhaotong.yaml").read_text(encoding="utf-8")))
    settings = set(Instrument.model_fields) | set(Eligibility.model_fields) | CONSTANTS
    for key, (_, _, _, stated, how) in policies.items():
        named = WORD.findall(stated) or [stated]
        assert set(named) <= set(kinds()) or named[0] in KINDLESS, f"{key}: {stated}"
        channels = {channel for kind in named if kind in kinds() for channel in kinds()[kind].channels}
        groups = {word for word in WORD.findall(how) if "*" in word and any(Path(one).match(word) for one in packages)}
        known = channels | settings | packages | programmes | set(kinds()) | groups
        assert set(WORD.findall(how)) <= known, f"{key}: {set(WORD.findall(how)) - known}"
        assert how, key


def test_every_kind_is_asked_for_by_a_policy_of_the_sources(policies: dict[str, list[str]]) -> None:
    assert {word for cells in policies.values() for word in WORD.findall(cells[3])} == set(kinds())


def test_few_policies_cannot_be_expressed(policies: dict[str, list[str]]) -> None:
    assert sorted(key for key, cells in policies.items() if cells[3] == "none") == ["I14", "P27", "P29"]


def test_every_system_is_listed_and_its_tests_exist(root: Path) -> None:
    systems = rows(root / "docs" / "systems.md", 5)
    assert list(systems) == [f"{group}{n}" for group, count in SYSTEMS.items() for n in range(1, count + 1)]
    indicators = set(re.findall(r"^\| `(\w+)` \|", (root / "docs" / "results.md").read_text("utf-8"), re.MULTILINE))
    for key, (_, _, observable, tests, remark) in systems.items():
        assert set(WORD.findall(observable)) <= indicators | NOT_INDICATORS, key
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        assert named or (tests == "none" and "left out" in remark), key
        for path, name in named:
            defined = [node.name for node in ast.walk(ast.parse((root / path).read_text(encoding="utf-8")))
                       if isinstance(node, ast.FunctionDef)]  # fmt: skip
            assert name in defined, f"{key}: {path}::{name}"


def test_pillars_creations_and_tiers_load_together() -> None:
    import scenarios

    groups = ("pillar_", "creation_", "tier_")
    named = sorted(path.stem for path in (HERE / "packages").glob("*.yaml") if path.stem.startswith(groups))
    scenario = scenarios.load("zhaotong", named)
    assert len(named) == 14 and len(scenario.instruments) == 31
    ids = {name: set(re.findall(r"^  - id: (\w+)", (HERE / "packages" / f"{name}.yaml").read_text("utf-8"), re.M))
           for name in named}  # fmt: skip
    assert sum(len(one) for one in ids.values()) == len(set.union(*ids.values()))
    by_id = {one.id: one for one in scenario.instruments}
    for name in (one for one in set.union(*ids.values()) if one.endswith("_misplaced")):
        wrong, right = by_id[name], by_id[name.removesuffix("_misplaced")]
        for field in ("kind", "channels", "capacity", "unit_cost", "fixed_cost", "awareness"):  # at equal cost
            assert getattr(wrong, field) == getattr(right, field), (name, field)
        assert wrong.eligibility != right.eligibility
