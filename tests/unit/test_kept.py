"""Scenarios of what comes with the program are kept on disk, are the same from there, and never out of date."""

import dataclasses
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scenarios
from scenarios import kept, resolve


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for what is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "guiyan" / "scenarios"


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of one type, all the way down."""
    if type(one) is not type(other):
        return False
    if dataclasses.is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.mark.parametrize(
    ("place", "packages", "changes"),
    [
        ("zhaotong", [], None),
        ("zhaotong", ["training+credit", "industry"], {"scale": "500", "instruments.certification.dose": 2.5}),
        ("china", "services", {"scale": 1000}),
    ],
)
def test_a_kept_scenario_is_the_one_resolved(
    place: str, packages: Any, changes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = scenarios.load(place, packages, changes)
    monkeypatch.setattr(resolve, "resolve", None)  # nobody resolves it again
    again = scenarios.load(place, packages, changes)
    assert again is not first and same(first, again)
    assert again.hash == first.hash and again.world_hash == first.world_hash


def test_what_is_asked_for_tells_scenarios_apart() -> None:
    asked: list[tuple[str, list[str], dict[str, Any]]] = [
        ("zhaotong", [], {}),
        ("china", [], {}),
        ("zhaotong", ["training"], {}),
        ("zhaotong", ["training", "credit"], {}),
        ("zhaotong", [], {"scale": 100}),
        ("zhaotong", [], {"scale": "100"}),
        ("zhaotong", [], {"months": 100}),
    ]
    paths = [kept.path_of(place, packages, changes) for place, packages, changes in asked]
    assert None not in paths and len(set(paths)) == len(asked)
    assert kept.path_of("zhaotong", ["credit+training"], {}) == paths[3]


def test_files_and_what_is_unknown_are_resolved_every_time(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Path(scenarios.__file__).parent
    assert kept.path_of(here / "zhaotong.yaml", [], {}) is None
    assert kept.path_of("zhaotong", [here / "packages" / "training.yaml"], {}) is None
    assert kept.path_of("zhaotong", [], {"scale": Path("x")}) is None
    for packages, changes in ((["trainin"], {}), (["training"], {"scale": -1}), (["training+"], {})):
        with pytest.raises(scenarios.ScenarioError):
            scenarios.load("zhaotong", packages, changes)
    monkeypatch.chdir(tmp_path)
    Path("training").write_text("a file of a package's name", encoding="utf-8")
    assert kept.path_of("zhaotong", ["training"], {}) is None
    assert not folder.exists() or not list(folder.iterdir())


def test_any_edit_of_the_files_it_was_made_from_makes_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(kept.HERE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(kept, "HERE", copy)
    seen = set()
    for name, line in (("kinds.yaml", ""), ("kinds.yaml", "# a note\n"), ("packages/credit.yaml", "# a note\n")):
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write(line)
        kept._sources.cache_clear()
        seen.add(kept.path_of("zhaotong", ["training"], {}))
    kept._sources.cache_clear()
    assert len(seen) == 3


def test_a_damaged_one_is_made_anew(folder: Path) -> None:
    first = scenarios.load("zhaotong", [], {"scale": 1000})
    (path,) = folder.iterdir()
    whole = path.read_text(encoding="utf-8")
    changed = json.loads(whole)
    changed["data"]["months"] += 1
    for text in (whole[: len(whole) // 2], "[]", "", json.dumps(changed)):
        path.write_text(text, encoding="utf-8")
        assert kept.read(path) is None
        assert same(scenarios.load("zhaotong", [], {"scale": 1000}), first)
        assert path.read_text(encoding="utf-8") == whole


def test_large_ones_are_checked_against_memory_every_time(folder: Path) -> None:
    scenarios.load("zhaotong", [], {"scale": 2})
    assert not list(folder.iterdir())


def test_only_so_many_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_FILES", 2)
    for age, months in enumerate((13, 14, 15)):
        scenarios.load("zhaotong", [], {"months": months})
        path = kept.path_of("zhaotong", [], {"months": months})
        assert path is not None
        os.utime(path, (age, age))
    assert sorted(json.loads(path.read_text())["data"]["months"] for path in folder.iterdir()) == [14, 15]
