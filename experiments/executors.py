"""Where runs are made: in this process, in processes of this machine, or by the workers of a Dask cluster.

A crew is some lanes. A lane is one process that makes one batch after the other; it holds one more than it makes,
so that it never waits. All of them run `experiments.batches.run_batch`, so records do not depend on the crew.
"""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from multiprocessing import connection
from typing import Any, Protocol
from urllib.parse import urlsplit

from experiments.errors import InputError
from sim.simulation import WORLDS_KEPT, usable_threads

PRELOADED = ["experiments.batches", "experiments.persons", "sim.simulation"]
STARTS = 3  # processes in a row that end before they are ready: then something is wrong with the machine
LOOK_AGAIN = 2.0  # seconds until a cluster is asked again for its workers
CONNECT = 30.0  # seconds to reach a scheduler


class Lane:
    """One process, by the executor that reaches it."""

    ahead = 2  # batches it may hold
    shares_fate = False  # whether all batches it holds are lost with its process

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = executor
        self.worlds: list[str] = []  # that its process has at hand, the last first

    def submit(self, world: str, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand a batch of a world over."""
        self.worlds = [world, *(one for one in self.worlds if one != world)][:WORLDS_KEPT]
        return self._submit(function, *arguments)

    def restart(self) -> None:
        """Make ready again after the process is gone."""
        self.worlds = []

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        assert self._executor is not None
        return self._executor.submit(function, *arguments)


class Crew(Protocol):
    """Lanes that are there now; more may come, and some may go."""

    def lanes(self) -> Sequence[Lane]:
        """The lanes of this moment."""
        ...

    def is_lost(self, error: BaseException) -> bool:
        """Whether an error of a batch means that its process is gone."""
        ...

    def abort(self) -> None:
        """Stop at once, whatever is under way."""
        ...

    def close(self) -> None:
        """Let the processes go."""
        ...


class HereLane(Lane):
    """This process: a batch is made while it is submitted, so no second one is held."""

    ahead = 1

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


class Here:
    """One worker: this very process. No start-up, and worlds stay at hand from one call to the next."""

    def __init__(self) -> None:
        self._lanes = [HereLane()]

    def lanes(self) -> Sequence[Lane]:
        return self._lanes

    def is_lost(self, error: BaseException) -> bool:
        return False

    def abort(self) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing to let go of."""


class ProcessLane(Lane):
    """One process of this machine, started when first needed; a pool of one, so that it is known what died."""

    shares_fate = True

    def __init__(self, context: Any) -> None:
        super().__init__()
        self._context = context
        self._ready: Future[int] | None = None
        self._failed_starts = 0

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        try:
            if self._executor is None:
                self._executor = ProcessPoolExecutor(1, self._context, initializer=prepare_process)
                self._ready = self._executor.submit(os.getpid)
            return self._executor.submit(function, *arguments)
        except BrokenExecutor as error:  # died while idle
            future: Future[Any] = Future()
            future.set_exception(error)
            return future

    def restart(self) -> None:
        """Start anew at the next batch; RuntimeError where processes end before they are ready."""
        super().restart()
        error = self._ready.exception() if self._ready is not None else None
        self._failed_starts = self._failed_starts + 1 if error is not None else 0
        self.close()
        if self._failed_starts >= STARTS:
            raise RuntimeError(f"{STARTS} worker processes in a row ended before they were ready") from error

    def abort(self) -> None:
        """End the process."""
        super().restart()
        if self._ready is not None and self._ready.done() and not self._ready.exception():
            for process in multiprocessing.active_children():
                if process.pid == self._ready.result():
                    process.terminate()
        self.close(wait=False)

    def close(self, wait: bool = True) -> None:
        """Let the process go when it has done what it holds."""
        if self._executor is not None:
            self._executor.shutdown(wait=wait, cancel_futures=True)
        self._executor = self._ready = None


class Processes:
    """Processes of this machine. They hold no terminal signals and end when this process does, however it ends."""

    def __init__(self, count: int) -> None:
        ways = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
        if "forkserver" in ways:
            context.set_forkserver_preload(PRELOADED)  # modules only: a kernel in the server would cost its forks
        self._lanes = [ProcessLane(context) for _ in range(count)]

    def lanes(self) -> Sequence[Lane]:
        return self._lanes

    def is_lost(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def abort(self) -> None:
        for lane in self._lanes:
            lane.abort()

    def close(self) -> None:
        for lane in self._lanes:
            lane.close()


class Dask:
    """The workers of a Dask cluster, asked for again and again, for a queue may bring them late or take them.

    A lane prefers its worker, because that has the world at hand, and another takes over where it is gone.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise InputError("--scheduler needs dask.distributed: install guiyan[dask]") from error
        from distributed.scheduler import KilledWorker

        self._killed, self._address = KilledWorker, address
        _require_answer(address)
        try:
            self._client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise _no_scheduler(address, error) from error
        self._lanes: dict[str, Lane] = {}
        self._asked = -LOOK_AGAIN

    def lanes(self) -> Sequence[Lane]:
        if time.monotonic() - self._asked >= LOOK_AGAIN:
            self._asked = time.monotonic()
            present = sorted(self._client.nthreads())
            self._lanes = {address: self._lanes.get(address) or self._lane(address) for address in present}
        return list(self._lanes.values())

    def _lane(self, address: str) -> Lane:
        return Lane(self._client.get_executor(workers=[address], allow_other_workers=True, pure=False))

    def is_lost(self, error: BaseException) -> bool:
        if isinstance(error, CancelledError):
            raise InputError(
                f"--scheduler {self._address}: it is gone; what was recorded is kept, run again"
            ) from error
        return isinstance(error, self._killed)

    def abort(self) -> None:
        self._client.close()

    def close(self) -> None:
        self._client.close()


def _require_answer(address: str) -> None:
    """InputError unless something listens there. A client that fails leaves threads behind, so this is asked first."""
    place = urlsplit(address if "://" in address else f"tcp://{address}")
    try:
        if place.scheme not in ("tcp", "tls") or not place.hostname or not place.port:
            raise ValueError("no such address")
        socket.create_connection((place.hostname, place.port), CONNECT).close()
    except (OSError, ValueError) as error:
        raise _no_scheduler(address, error) from error


def _no_scheduler(address: str, error: Exception) -> InputError:
    expected = "expected the address of a running one, such as tcp://node1:8786"
    return InputError(f"--scheduler {address}: no Dask scheduler answers ({error}); {expected}")


def open_crew(workers: int | None = None, scheduler: str | None = None) -> Crew:
    """The crew asked for: a cluster's workers, or so many processes of this machine (None: one a processor)."""
    if scheduler is not None:
        return Dask(scheduler)
    count = usable_threads() if workers is None else workers
    if count < 1:
        raise ValueError(f"workers: expected at least 1 (got {count})")
    return Here() if count == 1 else Processes(count)


def prepare_process() -> None:
    """What a worker process does first: leave the terminal's signals to its driver, and watch that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_driver, daemon=True).start()


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        connection.wait([driver.sentinel])
        os._exit(1)
