"""Runs over a Dask cluster: a real scheduler and two workers on this machine leave the records of one process."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import scenarios
from experiments import runner
from experiments.errors import InputError
from experiments.measure import Measure
from experiments.records import Records, pack

pytest.importorskip("distributed")
ROOT = Path(__file__).parents[2]
TOYS = ROOT / "tests" / "toys"
LOCAL = ("--host", "127.0.0.1", "--no-dashboard")
PATIENCE = 60.0  # seconds for what takes a moment on a quiet machine


class Cluster(NamedTuple):
    """The scheduler's address, and the processes of the workers."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers of one thread each, as one would start them on a cluster; the last test kills one."""
    tmp_path = tmp_path_factory.mktemp("cluster")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(TOYS)])}
    started: list[subprocess.Popen[bytes]] = []

    def start(what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options, *LOCAL]
        log = (tmp_path / f"{what}{len(started)}.log").open("wb")
        started.append(subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=log, stderr=log))
        return started[-1]

    file, begun = tmp_path / "scheduler.json", time.monotonic()
    start("scheduler", "--port", "0", "--scheduler-file", str(file))
    while not file.is_file() or not file.read_text().strip():
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.05)
    address = json.loads(file.read_text())["address"]
    options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path))
    workers = [start("worker", address, *options) for _ in range(2)]
    yield Cluster(address, workers)
    for process in reversed(started):
        process.kill()
        process.wait()


def kept(path: Path) -> list[tuple[str, str, int, bytes, str]]:
    """Every record of a store, bit for bit."""
    with Records(path) as records:
        return [(one.digest, one.status, one.seed, pack(one.payload), one.traceback) for one in records]


def test_a_cluster_leaves_the_same_records(cluster: Cluster, tmp_path: Path) -> None:
    place = ROOT / "tests" / "places" / "small.yaml"
    arms = [scenarios.load(place, packages, {"months": 9}) for packages in ((), ("training",))]
    todo = [runner.Task(scenario, seed, Measure((7, 9))) for scenario in arms for seed in range(1, 5)]
    with Records(tmp_path / "cluster") as records:
        summary = runner.execute(todo, records, scheduler=cluster.address)
    with Records(tmp_path / "here") as records:
        runner.execute(todo, records, workers=1)
    assert (summary.done, summary.failed) == (8, 0)
    assert kept(tmp_path / "cluster") == kept(tmp_path / "here")


def test_an_address_without_a_scheduler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.executors.CONNECT", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense://here", "127.0.0.1", "tcp://127.0.0.1:99999"):
        with Records(tmp_path / "runs") as records, pytest.raises(InputError, match="no Dask scheduler answers"):
            todo = [runner.Task(scenarios.load(ROOT / "tests/places/small.yaml"), 1, Measure((1,)))]
            runner.execute(todo, records, scheduler=address)


def test_a_worker_that_is_killed_takes_no_run_with_it(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(TOYS)
    import toy_runs

    log = tmp_path / "log"
    log.mkdir()
    seen: list[set[int]] = []

    def kill_one(progress: runner.Progress) -> None:
        seen.append(toy_runs.processes(log))
        if progress.finished > 20 and len(seen[-1]) == 2:
            cluster.workers[0].kill()

    todo = toy_runs.tasks(log, range(40), seconds=0.03, raises=(5,))
    with Records(tmp_path / "cluster") as records:
        summary = runner.execute(todo, records, scheduler=cluster.address, progress=kill_one)
    assert cluster.workers[0].poll() is not None and seen[-1] == {worker.pid for worker in cluster.workers}
    assert (summary.done, summary.failed) == (119, 1)
    with Records(tmp_path / "here") as records:
        runner.execute(toy_runs.tasks(log, range(40), raises=(5,)), records, workers=1)
    assert kept(tmp_path / "cluster") == kept(tmp_path / "here")
