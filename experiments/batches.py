"""Runs in batches: what a worker process gets and gives back, and which batch is the next one.

A batch holds runs of one world, so that the process that makes it spins that world up once, and is to take about
a second: long enough that dispatch and records cost little, short enough that little is lost with a process.
"""

import math
import pickle
import re
import statistics
import threading
import traceback
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

from experiments.errors import InputError
from experiments.measure import Measured
from experiments.records import DONE, FAILED, pack
from sim import compilation
from sim.scenario import Scenario

SECONDS = 1.0  # that a batch is to take
LARGEST = 256  # runs in a batch, however short they are
SHARES = 2  # a process never takes more than one of so many shares of its part of what is left: the end is even
ROOT = Path(__file__).resolve().parents[1]
DIED_TWICE = "the run ended its process twice (killed, or a fault in compiled code); nothing else is known\n"


class Kept(Protocol):
    """What to keep of a run: `experiments.measure.Measure`, or any other that can be pickled."""

    @property
    def canonical(self) -> str:
        """What makes two measures of a run the same."""
        ...

    def __call__(self, scenario: Scenario, seed: int) -> Measured:
        """Make the run."""
        ...


class Task(NamedTuple):
    """One run to make."""

    scenario: Scenario
    seed: int
    measure: Kept


class Batch(NamedTuple):
    """Some runs of one world, by digest; `strikes` counts the processes that a single run has ended."""

    world: str
    tasks: tuple[tuple[str, Task], ...]
    strikes: int = 0

    def packed(self) -> bytes:
        """As sent to a process: a scenario that several runs share goes once."""
        return pickle.dumps(self.tasks)

    def halves(self) -> "list[Batch]":
        """The batch cut in two."""
        middle = len(self.tasks) // 2
        return [Batch(self.world, self.tasks[:middle]), Batch(self.world, self.tasks[middle:])]


class Made(NamedTuple):
    """What has become of a run; seconds and worker-months of a failed one are 0."""

    digest: str
    status: str
    payload: bytes
    traceback: str
    simulate_seconds: float
    worker_months: float


@cache
def source_hash() -> str:
    """The model's source, as read when first asked."""
    return compilation.source_hash()


_one_at_a_time = threading.Lock()  # threads of one process would share its worlds


def run_batch(packed: bytes, source: str) -> list[Made]:
    """Make the runs of a batch, in a process that must have the same source of the model."""
    if source_hash() != source:
        raise InputError(f"a worker has another version of the model ({source_hash()}, expected {source}): install one")
    with _one_at_a_time:
        return [_made(digest, task) for digest, task in pickle.loads(packed)]


def _made(digest: str, task: Task) -> Made:
    try:
        measured = task.measure(task.scenario, task.seed)
        return Made(
            digest, DONE, pack(measured.payload), "", float(measured.simulate_seconds), float(measured.worker_months)
        )
    except Exception as error:
        return Made(digest, FAILED, b"", traceback_text(error), 0.0, 0.0)


def traceback_text(error: Exception) -> str:
    """The traceback, without what differs from machine to machine: folders and addresses."""
    text = "".join(traceback.format_exception(error))
    text = re.sub(r'File "([^"]+)"', lambda match: f'File "{_short(match[1])}"', text)
    return re.sub(r"\b0x[0-9a-fA-F]{6,}", "0x...", text)


def _short(file: str) -> str:
    """A file relative to the program or to the installed libraries; else its name."""
    path = Path(file)
    if path.is_relative_to(ROOT):
        return path.relative_to(ROOT).as_posix().rpartition("site-packages/")[2]
    return path.as_posix().rpartition("site-packages/")[2] if "site-packages" in path.parts else path.name


class Queue:
    """Runs that wait, world by world in the order given, cut into batches as they are asked for."""

    def __init__(self, tasks: Iterable[tuple[str, Task]] = ()) -> None:
        self._worlds: OrderedDict[str, deque[tuple[str, Task]]] = OrderedDict()
        self._again: deque[Batch] = deque()
        self._seconds: dict[str, float] = {}  # world that waits -> seconds a run
        self._latest: float | None = None  # the same of the last world heard of
        self._left = 0
        self.to_come = 0  # runs that will be added, as far as is known: they count for what is even
        self.add(tasks)

    def __bool__(self) -> bool:
        return bool(self._worlds or self._again)

    def __len__(self) -> int:
        """Runs that wait for their first batch."""
        return self._left

    def add(self, tasks: Iterable[tuple[str, Task]]) -> None:
        """More runs, behind those that wait."""
        for digest, task in tasks:
            world = task.scenario.world_hash or task.scenario.hash
            self._worlds.setdefault(world, deque()).append((digest, task))
            self._left += 1

    def next(self, known: Sequence[str], taken: Collection[str], lanes: int) -> Batch | None:
        """The next batch for one of `lanes` processes, if anything waits.

        known  worlds that the process has at hand, the last first: more of those first
        taken  worlds that some process is at: others first, and if there are none, the one with most to do
        """
        if self._again:
            return self._again.popleft()
        if not self._worlds:
            return None
        free = (world for world in self._worlds if world not in taken)
        most = max(self._worlds, key=lambda world: len(self._worlds[world]))
        world = next((one for one in known if one in self._worlds), None) or next(free, most)
        return self._cut(world, lanes)

    def put_back(self, batch: Batch) -> None:
        """Runs that were not made, to go next."""
        self._again.append(batch)

    def learn(self, batch: Batch, made: Sequence[Made]) -> None:
        """How long runs of a world take; the median, for the first may have spun the world up."""
        done = [one.simulate_seconds for one in made if one.status == DONE]
        if done:
            seconds = statistics.median(done)
            self._latest = (self._seconds.get(batch.world, seconds) + seconds) / 2
            if batch.world in self._worlds:
                self._seconds[batch.world] = self._latest

    def _cut(self, world: str, lanes: int) -> Batch:
        waiting = self._worlds[world]
        seconds = self._seconds.get(world, self._latest)
        wanted = 1 if seconds is None else LARGEST if seconds * LARGEST < SECONDS else int(SECONDS / seconds)
        fair = math.ceil((self._left + self.to_come) / (SHARES * max(lanes, 1)))
        size = max(1, min(wanted, fair, LARGEST, len(waiting)))
        tasks = tuple(waiting.popleft() for _ in range(size))
        self._left -= size
        if not waiting:
            del self._worlds[world]
            self._seconds.pop(world, None)
        return Batch(world, tasks)
