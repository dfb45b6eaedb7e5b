"""The reduced task in every implementation: rates and ratios, and whether all of them agree."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.bench.peers import arrays, by_hand, compiled, loop, objects
from tests.bench.peers import task as t
from tests.bench.table import Row, interleaved, ratios, say, seconds_of, summarised

GROUP = "reduced"
OBJECTS, COLUMNS = 100_000, 1_000_000  # workers where each is an object, and where they are arrays
CHECKED = 24  # months after which shares by status are compared
TOLERANCE = 0.01
REPETITIONS = 7
ROOT = Path(__file__).parents[2]
AGAINST = {"Mesa": "Mesa, do", "C++": "C++, AVX2 by hand"}
OURS = "this project's way in numba"


class Entry(NamedTuple):
    """One implementation at work."""

    workers: int
    threads: int
    months: int  # lived at a time
    advance: Callable[[int], object]
    shares: Callable[[], list[float]]


def measure(folder: Path, frames_python: str | None) -> list[Row]:
    """Rates in million worker-months a second, and the ratios to Mesa and to C++."""
    entries, missing = _entries(folder, frames_python)
    found = interleaved({name: lambda one=one: _rate(one) for name, one in entries.items()}, REPETITIONS)
    rows = []
    for name, one in entries.items():
        place = (GROUP, name, one.workers, one.threads)
        rows.append(summarised(*place, "rate", "million worker-months/s", found[name]))
        for word, base in AGAINST.items():
            if base in found:
                rows.append(summarised(*place, f"rate over {word}", "times", ratios(found[name], found[base])))
    return rows + [summarised(GROUP, name, 0, 0, "rate", "", [], why) for name, why in missing.items()]


def _rate(one: Entry) -> float:
    """Million worker-months a second; what runs in another process tells its own seconds."""
    told: list[object] = []
    wall = seconds_of(lambda: told.append(one.advance(one.months)))
    return one.workers * one.months / (told[0] if isinstance(told[0], float) else wall) / 1e6


def _entries(folder: Path, frames_python: str | None) -> tuple[dict[str, Entry], dict[str, str]]:
    """Every implementation that can run here, warmed up and checked; and why the others cannot."""
    few, many = t.make(OBJECTS), t.make(COLUMNS)
    entries: dict[str, Entry] = {}
    missing: dict[str, str] = {}
    for name, order in (("Mesa, do", "do"), ("Mesa, shuffle_do", "shuffle_do")):
        model = objects.Migration(few, order)
        entries[name] = _entry(few, 1, 1, model, lambda model=model: _status_of_objects(model))
    try:
        entries["mesa-frames (polars)"] = _frames(many, folder, frames_python)
    except FileNotFoundError as error:
        missing["mesa-frames (polars)"] = str(error)
    for name, months, peer in (
        ("numpy, float32", 6, arrays.Peer(many)), ("numba as first written", 8, loop.Peer(many)),
        (OURS, 60, compiled.Peer(many)), (f"{OURS}, two threads", 60, compiled.Peer(many, threads=2)),
    ):  # fmt: skip
        threads = 2 if name.endswith("two threads") else 1
        entries[name] = _entry(many, threads, months, peer, lambda peer=peer: peer.workers.status)
    for name, fused, threads in (
        ("C++, AVX2 by hand", False, 1), ("C++, AVX2 by hand, two threads", False, 2),
        ("C++, AVX2 and FMA by hand", True, 1),
    ):  # fmt: skip
        try:
            peer = compiled.Peer(many, threads=threads, kernel=by_hand.build(folder, fused))
            entries[name] = _entry(many, threads, 60, peer, lambda peer=peer: peer.workers.status)
        except by_hand.MissingCompiler as error:
            missing[name] = str(error)
    check(entries)
    return entries, missing


def _entry(task: t.Task, threads: int, months: int, peer: Any, status: Callable[[], np.ndarray]) -> Entry:
    return Entry(len(task.workers.status), threads, months, peer.advance, lambda: t.shares(status()))


def _status_of_objects(model: objects.Migration) -> np.ndarray:
    return np.array(model.agents_by_type[objects.Worker].get("status"))


def check(entries: dict[str, Entry]) -> None:
    """Live CHECKED months with each; RuntimeError where the shares by status differ."""
    found = {}
    for name, one in entries.items():
        one.advance(CHECKED)
        found[name] = one.shares()
        say(f"  {name}: shares by status after {CHECKED} months {np.round(found[name], 4).tolist()}")
    middle = np.median(np.array(list(found.values())), axis=0)
    wrong = [name for name, shares in found.items() if np.abs(np.array(shares) - middle).max() > TOLERANCE]
    if wrong:
        raise RuntimeError(f"not the same task: {', '.join(wrong)}")


def _frames(task: t.Task, folder: Path, python: str | None) -> Entry:
    """mesa-frames in its own Python; FileNotFoundError where it is not installed."""
    if python is None or not Path(python).exists():
        raise FileNotFoundError("mesa-frames is not installed")
    path = folder / "task.npz"
    columns = task.workers._asdict()
    np.savez(path, start=task.start, edges=task.edges, neighbour=task.neighbour, **columns)
    child = subprocess.Popen(
        [python, "-m", "tests.bench.peers.frames", str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
    )  # fmt: skip
    versions = child.stdout.readline()  # type: ignore[union-attr]
    if not versions:
        raise FileNotFoundError(f"mesa-frames does not start in {python}")
    print(f"mesa-frames: {versions.strip()}", file=sys.stderr)
    last: dict[str, Any] = {}

    def advance(months: int) -> float:
        print(months, file=child.stdin, flush=True)
        last.update(json.loads(child.stdout.readline()))  # type: ignore[union-attr]
        return float(last["seconds"])

    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Entry(len(task.workers.status), threads, 6, advance, lambda: last["shares"])
