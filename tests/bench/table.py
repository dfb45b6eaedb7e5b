"""The tidy table of measurements and how repetitions are taken: interleaved, so that ratios hold on a busy machine."""

import csv
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

BEGUN = time.monotonic()


class Row(NamedTuple):
    """A measured quantity: median, smallest and largest of its repetitions."""

    group: str
    item: str
    workers: int
    threads: int
    quantity: str
    unit: str
    median: float
    low: float
    high: float
    repetitions: int
    note: str = ""


def summarised(
    group: str, item: str, workers: int, threads: int, quantity: str, unit: str, values: Sequence[float], note: str = ""
) -> Row:
    """A row from repetitions; NaN where there are none, and the note says why."""
    nothing = float("nan")
    found = (statistics.median(values), min(values), max(values)) if values else (nothing, nothing, nothing)
    return Row(group, item, workers, threads, quantity, unit, *found, len(values), note)


def interleaved(work: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, list[float]]:
    """What each piece of work returns in each repetition; all of them take turns."""
    found: dict[str, list[float]] = {name: [] for name in work}
    for n in range(repetitions):
        for name, one in work.items():
            found[name].append(one())
        say(f"  repetition {n + 1} of {repetitions}")
    return found


def ratios(values: Sequence[float], over: Sequence[float]) -> list[float]:
    """Ratio repetition by repetition."""
    return [a / b for a, b in zip(values, over, strict=True)]


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes, s."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def say(message: str) -> None:
    """A line of progress with the seconds since the start, on standard error."""
    print(f"{time.monotonic() - BEGUN:6.0f} s  {message}", file=sys.stderr, flush=True)


def write(rows: Iterable[Row], path: Path) -> None:
    """Write the table as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Row._fields)
        writer.writerows(rows)


def read(path: Path) -> list[Row]:
    """Read it back."""
    kinds = Row.__annotations__
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(**{name: kinds[name](text) for name, text in row.items()}) for row in csv.DictReader(file)]
