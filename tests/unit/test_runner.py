"""The runner: the same records whichever way, nothing made twice, and nothing lost with a process that is killed."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import runner
from experiments.batches import DIED_TWICE, Made, Queue, Task, run_batch, source_hash
from experiments.errors import InputError
from experiments.records import DONE, FAILED, Records, pack

ROOT = Path(__file__).parents[2]
TOYS = ROOT / "tests" / "toys"
PATIENCE = 60.0  # seconds for what takes a moment on a quiet machine


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The toy runs, importable here and in worker processes."""
    monkeypatch.syspath_prepend(TOYS)
    import toy_runs

    return toy_runs


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    return folder


def kept(path: Path) -> list[tuple[str, str, int, bytes, str]]:
    """Every record of a store, bit for bit."""
    with Records(path) as records:
        return [(one.digest, one.status, one.seed, pack(one.payload), one.traceback) for one in records]


def until(holds: Callable[[], Any]) -> None:
    """Wait for something to hold."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < PATIENCE
        time.sleep(0.02)


def is_alive(process: int) -> bool:
    """Whether a process runs; one that is dead and not yet taken note of does not."""
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_processes_and_this_one_leave_the_same_records(toys: ModuleType, log: Path, tmp_path: Path) -> None:
    summaries = {}
    for workers in (1, 2):
        with Records(tmp_path / f"{workers}") as records:
            todo = toys.tasks(log, range(30), raises=(7, 1008))
            summaries[workers] = runner.execute([*todo, todo[0]], records, workers=workers)
    assert kept(tmp_path / "1") == kept(tmp_path / "2")
    for summary in summaries.values():
        assert (summary.done, summary.reused, summary.failed, summary.worker_months) == (88, 0, 2, 440.0)
        assert summary.overhead_seconds == summary.process_seconds - summary.simulate_seconds
        assert summary.simulate_seconds == pytest.approx(88 * 1e-3)
    assert summaries[2].process_seconds == 2 * summaries[2].wall_seconds
    assert os.getpid() in toys.processes(log) and len(toys.processes(log)) > 1
    with Records(tmp_path / "2") as records:
        assert records.scenario("hash of b") == {"months": 3}
        assert records.software()[0]["model"] == source_hash()


def test_a_failure_is_a_record_that_names_no_machine_and_is_tried_again(
    toys: ModuleType, log: Path, tmp_path: Path
) -> None:
    with Records(tmp_path / "runs") as records:
        todo = toys.tasks(log, range(4), raises=(2,))
        assert runner.execute(todo, records, workers=1).failed == 1
        failed = [one for one in records if one.status == FAILED]
        assert [(one.seed, one.payload) for one in failed] == [(2, {})]
        assert failed[0].traceback.endswith("ZeroDivisionError: seed 2 of a, <object object at 0x...>\n")
        assert 'File "tests/toys/toy_runs.py", line' in failed[0].traceback and str(ROOT) not in failed[0].traceback
        again = runner.execute(toys.tasks(log, range(4)), records, workers=1)
        assert (again.done, again.reused, again.failed) == (1, 11, 0)
        assert {one.status for one in records} == {DONE}
        assert runner.execute(todo, records, workers=1)[:3] == (0, 12, 0)
    assert sorted(toys.begun(log)) == sorted([*(one.seed for one in todo), 2])


def test_a_process_that_dies_takes_no_run_with_it(toys: ModuleType, log: Path, tmp_path: Path) -> None:
    with Records(tmp_path / "runs") as records:
        todo = toys.tasks(log, range(12), kills=(5,), kills_once=(0, 1007), seconds=0.01)  # 0 goes out alone
        summary = runner.execute(todo, records, workers=2)
        assert (summary.done, summary.failed) == (35, 1)
        failed = [one for one in records if one.status == FAILED]
        assert [(one.seed, one.traceback) for one in failed] == [(5, DIED_TWICE)]
    runner.execute(toys.tasks(log, range(12), seconds=0.0), records := Records(tmp_path / "runs"), workers=1)
    runner.execute(toys.tasks(log, range(12)), Records(tmp_path / "whole"), workers=1)
    assert kept(tmp_path / "runs") == kept(tmp_path / "whole")
    records.close()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGINT])
def test_a_driver_that_is_killed_is_taken_up_where_it_was(
    toys: ModuleType, log: Path, tmp_path: Path, deadly: signal.Signals
) -> None:
    path = tmp_path / "runs"
    Records(path).close()
    command = [sys.executable, str(TOYS / "toy_runs.py"), str(path), str(log), "40", "0.05"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(TOYS)])}
    driver = subprocess.Popen(
        command,
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    until(lambda: driver.poll() is not None or len(kept(path)) >= 8)
    os.kill(driver.pid, deadly)
    assert driver.wait(PATIENCE) != 0
    until(lambda: not any(map(is_alive, toys.processes(log))))
    finished, before = kept(path), len(toys.begun(log))
    assert 8 <= len(finished) < 120
    with Records(path) as records:
        summary = runner.execute(toys.tasks(log, range(40)), records, workers=2)
    assert (summary.done, summary.reused) == (120 - len(finished), len(finished))
    assert len(toys.begun(log)) - before == 120 - len(finished)
    assert set(finished) <= set(kept(path))
    with Records(tmp_path / "whole") as records:
        runner.execute(toys.tasks(log, range(40)), records, workers=1)
    assert kept(path) == kept(tmp_path / "whole")


def test_progress_goes_up_to_the_end(toys: ModuleType, log: Path, tmp_path: Path) -> None:
    seen: list[runner.Progress] = []
    with Records(tmp_path / "runs") as records:
        runner.execute(toys.tasks(log, range(9), raises=(3,)), records, workers=1, progress=seen.append)
    assert [one.finished for one in seen] == sorted(one.finished for one in seen)
    assert (seen[-1].finished, seen[-1].total, seen[-1].failed, seen[-1].seconds_left) == (27, 27, 1, 0.0)
    assert seen[-1].worker_months_a_second == pytest.approx(26 * 5.0 / seen[-1].seconds)


def test_a_process_with_another_model_is_refused(toys: ModuleType, log: Path) -> None:
    queue = Queue([(str(one.seed), one) for one in toys.tasks(log, range(1))])
    batch = queue.next([], [], 1)
    assert batch is not None
    with pytest.raises(InputError, match=f"another version of the model .{source_hash()}, expected other"):
        run_batch(batch.packed(), "other")


def made(digests: list[str], seconds: float) -> list[Made]:
    return [Made(digest, DONE, b"", "", seconds, 1.0) for digest in digests]


@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    seconds=st.floats(1e-4, 3.0),
    turns=st.lists(st.integers(0, 3), min_size=1, max_size=12),
)
def test_a_queue_gives_every_run_once_and_a_batch_one_world(
    counts: list[int], seconds: float, turns: list[int]
) -> None:
    """`turns` says which of four processes asks, again and again."""
    worlds = [str(w) for w, count in enumerate(counts) for _ in range(count)]
    scenario = {world: type("Scenario", (), {"world_hash": world})() for world in set(worlds)}
    queue = Queue((str(k), Task(scenario[world], k, None)) for k, world in enumerate(worlds))
    given_out: list[str] = []
    at_hand: list[list[str]] = [[] for _ in range(4)]
    for lane in itertools.cycle(turns):
        if not queue:
            break
        waiting = {world for k, world in enumerate(worlds) if str(k) not in given_out}
        batch = queue.next(at_hand[lane], [known[0] for known in at_hand if known], 4)
        assert batch is not None and {worlds[int(digest)] for digest, _ in batch.tasks} == {batch.world}
        if at_hand[lane] and at_hand[lane][0] in waiting:
            assert batch.world == at_hand[lane][0]
        elif free := waiting - {known[0] for known in at_hand if known} - set(at_hand[lane]):
            assert batch.world in free
        assert len(batch.tasks) == 1 or len(batch.tasks) * seconds <= 1.0
        at_hand[lane] = [batch.world]
        digests = [digest for digest, _ in batch.tasks]
        queue.learn(batch, made(digests, seconds))
        given_out += digests
    assert sorted(given_out, key=int) == [str(k) for k in range(len(worlds))]


def test_batches_grow_to_a_second_and_shrink_at_the_end() -> None:
    scenario = type("Scenario", (), {"world_hash": "w"})()
    queue = Queue((str(k), Task(scenario, k, None)) for k in range(200))
    sizes = []
    while queue:
        batch = queue.next([], [], 2)
        assert batch is not None
        sizes.append(len(batch.tasks))
        queue.learn(batch, made([digest for digest, _ in batch.tasks], 0.05))
    assert sizes[:3] == [1, 20, 20] and sizes[-1] == 1 and sizes == [1, *sorted(sizes[1:], reverse=True)]
