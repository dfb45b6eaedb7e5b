"""The locks name no host, carry hashes, and hold what pyproject.toml asks for."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(
    r"(?P<requirement>[a-z0-9-]+(?:\[[a-z0-9,-]+\])?==\S+(?: ; [^:/@]+?)?)(?: --hash=sha256:[0-9a-f]{64})+"
)


def pins(text: str) -> list[Requirement]:
    """The requirements of a lock; fails on any line but `name==version ; marker` with hashes."""
    lines = re.sub(r" \\\n\s+", " ", text).splitlines()
    matches = [PIN.fullmatch(line) for line in lines]
    assert [line for line, match in zip(lines, matches, strict=True) if not match] == []
    return [Requirement(match["requirement"]) for match in matches if match]


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    """pyproject.toml, parsed."""
    return tomllib.loads((root / "pyproject.toml").read_text())


def lock(root: Path, name: str) -> list[Requirement]:
    """The requirements of requirements/`name`.txt."""
    return pins((root / "requirements" / f"{name}.txt").read_text())


def missing(wanted: list[str], locked: list[Requirement]) -> list[str]:
    """The requirements that no pin meets on some Python: each needs a pin, and each of its pins must do."""
    lacking = []
    for requirement in map(Requirement, wanted):
        versions = [
            str(pin.specifier).removeprefix("==") for pin in locked if pin.name == canonicalize_name(requirement.name)
        ]
        if not versions or not all(requirement.specifier.contains(version) for version in versions):
            lacking.append(str(requirement))
    return lacking


def test_runtime_lock_holds_the_dependencies_and_the_build(root: Path, project: dict) -> None:
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["build"]
    assert missing(wanted + project["build-system"]["requires"], lock(root, "runtime")) == []


def test_development_lock_holds_the_runtime_lock_and_the_tools(root: Path, project: dict) -> None:
    development = lock(root, "development")
    assert missing(project["dependency-groups"]["development"], development) == []
    assert {str(pin) for pin in lock(root, "runtime")} <= {str(pin) for pin in development}


def test_development_lock_names_the_extras_that_its_packages_ask_for(root: Path) -> None:
    """pip takes `coverage[toml]` for unpinned where only `coverage` is, as soon as there is a newer one."""
    pinned = {canonicalize_name(pin.name): pin.extras for pin in lock(root, "development") if not pin.marker}
    asked = {
        (canonicalize_name(wanted.name), extra)
        for name in pinned
        for wanted in map(Requirement, requires(name) or [])
        if canonicalize_name(wanted.name) in pinned
        and any(not wanted.marker or wanted.marker.evaluate({"extra": one}) for one in ("", *pinned[name]))
        for extra in wanted.extras
    }
    assert ("coverage", "toml") in asked
    assert {(name, extra) for name, extra in asked if extra not in pinned[name]} == set()


def test_frames_lock_holds_what_is_compared_with(root: Path, project: dict) -> None:
    assert missing(project["dependency-groups"]["frames"], lock(root, "frames")) == []


@pytest.mark.parametrize(
    "line",
    [
        "numpy==2.4.6",
        "numpy>=2 --hash=sha256:" + 64 * "0",
        "numpy @ https://example.org/numpy.whl --hash=sha256:" + 64 * "0",
        "--index" + "-url https://example.org",
    ],
)
def test_a_line_without_version_or_hash_or_with_a_host_is_refused(line: str) -> None:
    with pytest.raises(AssertionError):
        pins(line)
    assert len(pins("numpy==2.4.6 ; python_full_version < '3.12' \\\n    --hash=sha256:" + 64 * "0")) == 1
