"""Scenarios of what comes with the program, resolved once on a machine: checking takes a good part of a small run.

What is kept is found by all that it was made from, so nothing kept is ever out of date.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from scenarios.errors import ScenarioError
from scenarios.files import HERE, shipped_packages, shipped_places, split_names
from scenarios.resolved import Resolved
from sim.compilation import source_hash
from sim.folders import cache_folder, whole

MOST_FILES = 200
MOST_WORKERS = 1_000_000  # simulated: whether a machine has the memory for more is looked up anew each time


def path_of(place: str | Path, packages: Sequence[str | Path], changes: Mapping[str, Any]) -> Path | None:
    """Where a scenario of a shipped place and packages is kept, whether or not it is there; None for any other."""
    try:
        names = split_names(packages)
        if place not in shipped_places() or not set(names) <= set(shipped_packages()):
            return None
        asked = json.dumps([place, sorted(map(str, set(names))), sorted(changes.items())])
    except (ScenarioError, TypeError):  # bad names; values that are no words or numbers, or no order among the keys
        return None
    return cache_folder("scenarios") / f"{hashlib.sha256((_sources() + asked).encode()).hexdigest()[:32]}.json"


@cache
def _sources() -> str:
    """A hash of all that scenarios are made from: this folder's files, and the world's."""
    digest = hashlib.sha256(source_hash().encode())
    for path in sorted(path for path in HERE.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        digest.update(path.relative_to(HERE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def read(path: Path) -> Resolved | None:
    """What is kept there; None where nothing is, or not as it was left."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(path.read_bytes())
        resolved = Resolved(kept["data"], kept["titles"], None, None)
        if resolved.hash == kept["hash"]:
            return resolved
    return None


def leave(path: Path, resolved: Resolved) -> None:
    """Keep a scenario, unless it is large or brings a graph or records along; the oldest go when there are many."""
    workers = sum(county["workers"] for county in resolved.data["counties"]) / resolved.data["scale"]
    if workers > MOST_WORKERS or resolved.graph is not None or resolved.records is not None:
        return
    with suppress(OSError):
        text = json.dumps({"data": resolved.data, "titles": dict(resolved.titles), "hash": resolved.hash})
        with whole(path) as partial:
            partial.write_text(text, encoding="utf-8")
        files = sorted(path.parent.glob("*.json"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in files[MOST_FILES:]:
            old.unlink(missing_ok=True)
