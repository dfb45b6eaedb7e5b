"""How far a sweep is: what is recorded against what was asked for, and how fast it goes."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from experiments.records import DONE, FAILED
from experiments.sweeps.making import every_file
from experiments.sweeps.tables import SweepRuns

STALE = 60.0  # seconds after its last note from which on a process is taken to be gone


class Status(NamedTuple):
    """The state of a sweep's folder."""

    runs: int  # asked for
    done: int
    failed: int
    processes: int  # commands at work
    runs_a_second: float  # of those; NaN where none is at work

    @property
    def left(self) -> int:
        """Runs that were not made yet."""
        return self.runs - self.done - self.failed

    @property
    def seconds_left(self) -> float:
        """As the present rate has it; NaN where nothing is at work."""
        return self.left / self.runs_a_second if self.runs_a_second > 0 else float("nan")

    def plain(self) -> dict[str, Any]:
        """For programs."""
        return {**self._asdict(), "left": self.left, "seconds_left": self.seconds_left}


def status_of(folder: Path) -> Status:
    """The state of a folder; while the sweep runs, of a moment ago."""
    with SweepRuns(folder) as runs:
        counts = Counter(status for _, status in runs.statuses())
        asked = int(runs.note["runs"])
    notes = [note for one in every_file(folder) if (note := _note(one.progress)) is not None]
    at_work = [note for note in notes if not note["is_over"] and time.time() - note["updated"] < STALE]
    rate = sum(note["made"] / note["seconds"] for note in at_work if note["seconds"] > 0)
    return Status(asked, counts[DONE], counts[FAILED], len(at_work), rate if at_work else float("nan"))


def _note(path: Path) -> dict[str, Any] | None:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return dict(note) if isinstance(note, dict) else None
