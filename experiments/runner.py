"""Makes many runs, over processes of this machine or a Dask cluster, and records them.

    summary = execute([Task(scenario, seed, Measure((18, 42)))], Records("runs.sqlite"), workers=2)

A run that is recorded is not made again. Batches that have come back are recorded together, in one transaction, before
more are sent out, so killing anything at any moment costs a few seconds of work and no record. A run that raises is
recorded with its traceback, and the others go on; the next call tries it again. A run whose process dies goes again
on its own, and is recorded as failed when it ends a second process.

Tasks may be an iterator that makes each as it is asked for: only a few hundred are held at a time, so memory does not
grow with the number of runs.
"""

import time
from collections.abc import Callable, Iterable, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import NamedTuple

from experiments.batches import DIED_TWICE, LARGEST, Batch, Made, Queue, Task, run_batch, source_hash
from experiments.executors import Crew, Lane, open_crew
from experiments.records import DONE, FAILED, Entry, Records, digest_of
from experiments.versions import versions

__all__ = ["Progress", "Summary", "Task", "digest", "execute"]
STRIKES = 2  # processes a single run may end
GLANCE = 0.25  # seconds for which tasks are read at a time: the processes are not to wait for it
PULSE = 1.0  # seconds between two signs of progress while nothing comes back


class Progress(NamedTuple):
    """How far a call of `execute` is; runs that were recorded before do not count."""

    finished: int  # runs, the failed ones included
    total: int
    failed: int
    seconds: float  # since the call
    worker_months_a_second: float  # simulated ones
    seconds_left: float  # NaN until a run is finished


class Summary(NamedTuple):
    """What a call of `execute` did. Failed runs are none of the done ones."""

    done: int = 0  # made
    reused: int = 0  # recorded before
    failed: int = 0
    wall_seconds: float = 0.0
    simulate_seconds: float = 0.0  # inside the simulation, summed over processes
    worker_months: float = 0.0  # simulated
    process_seconds: float = 0.0  # wall x processes

    @property
    def overhead_seconds(self) -> float:
        """What the processes spent on other things than simulating: wall x processes - simulating."""
        return self.process_seconds - self.simulate_seconds

    def joined(self, other: "Summary") -> "Summary":
        """Two calls, one after the other, as one."""
        return Summary(*(mine + its for mine, its in zip(self, other, strict=True)))


ShowProgress = Callable[[Progress], None]


def digest(task: Task) -> str:
    """The address of a run in a store."""
    return digest_of(task.scenario.hash, task.seed, task.measure.canonical, source_hash())


def execute(
    tasks: Iterable[Task],
    records: Records,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: ShowProgress | None = None,
    crew: Crew | None = None,
    total: int | None = None,
) -> Summary:
    """Make the runs that are not recorded, and record them.

    tasks      a collection, or an iterator that is read a window at a time
    workers    processes of this machine; None: one for each processor. One worker is this process itself: that
               saves the start-up and keeps the worlds at hand; the code path and the records are the same
    scheduler  address of a Dask scheduler, instead of `workers`
    crew       an open crew, instead of both; it stays open, with the worlds its processes have at hand
    total      tasks that an iterator will give, for the progress; known of a collection
    """
    started = time.perf_counter()
    source = _Source(tasks, records, total)
    todo = source.read()
    if not todo:
        return Summary(reused=source.reused, wall_seconds=time.perf_counter() - started)
    chosen = open_crew(workers, scheduler) if crew is None else crew
    sweep = _Sweep(todo, source, records, chosen, progress, started)
    try:
        sweep.run()
    except BaseException:
        chosen.abort()
        raise
    finally:
        if crew is None:
            chosen.close()
    return sweep.counted()._replace(reused=source.reused)


class _Source:
    """The runs asked for, each once, read a window at a time; those that are recorded are only counted."""

    def __init__(self, tasks: Iterable[Task], records: Records, total: int | None) -> None:
        self.unread = len(tasks) if isinstance(tasks, Sized) else total or 0  # at most; 0 where it is not known
        self._tasks, self._records = iter(tasks), records
        self._seen: set[str] = set()
        self.reused = 0

    def read(self) -> dict[str, Task]:
        """The next tasks to make, by digest; none at the end."""
        while window := self._window():
            self.unread = max(self.unread - len(window), 0)
            by_digest = {digest(task): task for task in window}
            wanted = {key: task for key, task in by_digest.items() if key not in self._seen}
            self._seen.update(wanted)
            known = self._records.statuses(list(wanted))
            todo = {key: task for key, task in wanted.items() if known.get(key) != DONE}
            self.reused += len(wanted) - len(todo)
            if todo:
                return todo
        self.unread = 0
        return {}

    def _window(self) -> list[Task]:
        """Some tasks: as many as the largest batch holds, or as are made in a moment."""
        window, begun = [], time.perf_counter()
        for task in self._tasks:
            window.append(task)
            if len(window) == LARGEST or time.perf_counter() - begun >= GLANCE:
                break
        return window


class _Flight(NamedTuple):
    """A batch under way."""

    lane: Lane
    batch: Batch


class _Sweep:
    """One call's runs: fills the lanes, takes back what they have made, records it, until nothing is left."""

    def __init__(
        self,
        todo: dict[str, Task],
        source: _Source,
        records: Records,
        crew: Crew,
        progress: ShowProgress | None,
        started: float,
    ) -> None:
        self._made = Summary()  # without its clock
        self._todo, self._source, self._records, self._crew = todo, source, records, crew
        self._progress, self._started = progress, started
        self._queue = Queue(todo.items())
        self._flying: dict[Future[list[Made]], _Flight] = {}  # in the order of submission
        self._software = {**versions(), "model": source_hash()}
        self._processes = 0

    def run(self) -> None:
        """Until every run is recorded."""
        while self._fill() or self._queue:
            if self._flying:
                done, _ = wait(self._flying, timeout=PULSE, return_when=FIRST_COMPLETED)
                self._collect(done)
            else:
                time.sleep(PULSE)  # a cluster without workers yet
            self._show()

    def counted(self) -> Summary:
        """What has been made until now."""
        seconds = time.perf_counter() - self._started
        return self._made._replace(wall_seconds=seconds, process_seconds=seconds * self._processes)

    def _fill(self) -> bool:
        """Send batches out, every lane its first before any its second; whether anything is under way."""
        lanes = self._crew.lanes()
        self._processes = max(self._processes, len(lanes))
        if len(self._queue) < LARGEST:
            self._read()
        for held in range(max((lane.ahead for lane in lanes), default=0)):
            for lane in lanes:
                if held < lane.ahead and sum(flight.lane is lane for flight in self._flying.values()) == held:
                    self._send(lane, len(lanes))
        return bool(self._flying)

    def _read(self) -> None:
        """More runs behind those that wait."""
        more = self._source.read()
        self._todo.update(more)
        self._queue.add(more.items())
        self._queue.to_come = self._source.unread

    def _send(self, lane: Lane, lanes: int) -> None:
        taken = {flight.batch.world for flight in self._flying.values()}
        batch = self._queue.next(lane.worlds, taken, lanes)
        if batch is not None:
            future = lane.submit(batch.world, run_batch, batch.packed(), source_hash())
            self._flying[future] = _Flight(lane, batch)

    def _collect(self, done: set[Future[list[Made]]]) -> None:
        """Record what has come back; send again what was lost; raise what is wrong with a process itself."""
        made: list[Made] = []
        wrong: list[BaseException] = []
        for future in [one for one in self._flying if one in done]:
            flight = self._flying.pop(future, None)
            if flight is None:  # lost together with an earlier batch of its lane
                continue
            error = future.exception()
            if error is None:
                made += future.result()
                self._queue.learn(flight.batch, future.result())
            elif self._crew.is_lost(error):
                made += self._lost(flight)
            else:
                wrong.append(error)
        self._record(made)
        if wrong:
            raise wrong[0]

    def _lost(self, flight: _Flight) -> list[Made]:
        """What follows from a process that died at a batch: its runs go again in halves; one alone may fail."""
        failed, batch = [], flight.batch
        if len(batch.tasks) > 1:
            for half in batch.halves():
                self._queue.put_back(half)
        elif batch.strikes + 1 < STRIKES:
            self._queue.put_back(batch._replace(strikes=batch.strikes + 1))
        else:
            failed = [Made(key, FAILED, b"", DIED_TWICE, 0.0, 0.0) for key, _ in batch.tasks]
        if flight.lane.shares_fate:
            for future, other in list(self._flying.items()):
                if other.lane is flight.lane:  # waited behind the one that was being made
                    del self._flying[future]
                    self._queue.put_back(other.batch)
        flight.lane.restart()
        return failed

    def _record(self, made: Sequence[Made]) -> None:
        """Keep some runs in one transaction."""
        if not made:
            return
        entries, resolved = [], {}
        for one in made:
            scenario, seed, measure = self._todo.pop(one.digest)
            resolved[scenario.hash] = scenario.resolved
            key = (one.digest, scenario.hash, int(seed), measure.canonical)
            entries.append(Entry(*key, one.status, one.payload, one.traceback))
        self._records.put_many(entries, resolved, self._software)
        failed = sum(one.status == FAILED for one in made)
        simulated = sum(one.simulate_seconds for one in made)
        months = sum(one.worker_months for one in made)
        new = Summary(len(made) - failed, 0, failed, simulate_seconds=simulated, worker_months=months)
        self._made = self._made.joined(new)

    def _show(self) -> None:
        """Say how far it is."""
        if self._progress is not None:
            now = self.counted()
            finished, seconds = now.done + now.failed, now.wall_seconds
            total = finished + len(self._todo) + self._source.unread
            left = seconds / finished * (total - finished) if finished else float("nan")
            self._progress(Progress(finished, total, now.failed, seconds, now.worker_months / seconds, left))
