"""The full model, all rules on: rate, memory and set-up by number of workers and threads.

Each size is measured in a process of its own, `python -m tests.bench.full_model WORKERS MONTHS REPETITIONS`, which
prints its rows as JSON: memory is the largest that process ever held.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.table import Row, ratios, say, seconds_of, summarised

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.simulation import Run

GROUP = "full"
PACKAGES = ["training+credit+industry"]
SPIN_UP = 12  # months; the rest of the default spin-up changes no rate
BYTES_NEEDED = 150  # a worker: two copies of the state and what building takes
ROOT = Path(__file__).parents[2]
SIZES = ((10**4, 20, 7), (10**5, 12, 7), (10**6, 12, 5), (10**7, 6, 3))  # workers, months at a time, repetitions
LARGEST = (10**8, 3, 1)


def measure(largest: int) -> list[Row]:
    """Every size up to the largest asked for, and Zhaotong one to one."""
    rows = []
    for workers, months, repetitions in (*SIZES, LARGEST):
        if workers > largest:
            continue
        say(f"full model, {workers:,} workers")
        if workers * BYTES_NEEDED > _free_memory():
            note = f"needs about {workers * BYTES_NEEDED / 1e9:.0f} GB of free memory"
            rows.append(summarised(GROUP, "month", workers, 0, "rate", "", [], note))
            continue
        rows += _in_a_process(str(workers), str(months), str(repetitions))
    say("full model, Zhaotong one to one")
    return rows + _in_a_process("whole")


def _free_memory() -> int:
    """Bytes."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _in_a_process(*arguments: str) -> list[Row]:
    command = [sys.executable, "-m", "tests.bench.full_model", *arguments]
    made = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return [Row(*one) for one in json.loads(made.stdout)]


def scenario_of(workers: int, **more: int) -> "Scenario":
    """Zhaotong with about so many simulated workers: thinned by its scale, or with larger counties."""
    import scenarios

    counties = scenarios.load("zhaotong").counties
    registered = sum(county.workers for county in counties)
    changes = {"spin_up": SPIN_UP, "policy_start": 0, **more}
    if workers <= registered:
        changes["scale"] = round(registered / workers)
    else:
        changes |= {f"counties.{one.id}.workers": round(one.workers * workers / registered) for one in counties}
        changes["scale"] = 1
    return scenarios.load("zhaotong", packages=PACKAGES, overrides=changes)


def fresh(workers: int) -> "Run":
    """A run at the scenario's start, one month lived, so that everything is compiled."""
    from sim.simulation import Run, start_world

    run = Run(*start_world(scenario_of(workers)), 1, "kernel")
    run.advance(1, threads=1)
    return run


def workers_of(run: "Run") -> int:
    """How many are in the workforce."""
    from sim.state import Status

    return int((run.state.people.status != Status.VACANT).sum())


def _rate(run: "Run", months: int, threads: int, recorded: tuple[int, ...] | None = None) -> float:
    """Million worker-months a second over the next months, every month recorded unless `recorded` names some."""
    end = run.month + months
    return workers_of(run) * months / seconds_of(lambda: run.advance(end, threads=threads, recorded=recorded)) / 1e6


def _peak() -> float:
    """The most this process ever held, MB; NaN where the system does not tell.

    Not `getrusage`: what that tells is at least what the parent held when it started the process.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _size(workers: int, months: int, repetitions: int) -> list[Row]:
    """One and two threads in turns on fresh runs of one world, then two without the record."""
    fresh(2000)
    before = _peak()
    built: list[object] = []
    set_up = seconds_of(lambda: built.append(fresh(workers)))
    one, two, bare = [], [], []
    for n in range(repetitions):
        run = built.pop() if built else fresh(workers)
        one.append(_rate(run, months, 1))
        two.append(_rate(run, months, 2))
        bare.append(_rate(run, months, 2, ()))
        say(f"  repetition {n + 1} of {repetitions}")
    count, peak = workers_of(run), _peak()
    note = f"{months} months"
    return [
        summarised(GROUP, "month", count, 1, "rate", "million worker-months/s", one, note),
        summarised(GROUP, "month", count, 2, "rate", "million worker-months/s", two, note),
        summarised(GROUP, "month", count, 2, "rate without the record", "million worker-months/s", bare, note),
        summarised(GROUP, "month", count, 2, "two threads over one", "times", ratios(two, one), note),
        summarised(GROUP, "set-up", count, 2, "seconds", "s", [set_up], f"{SPIN_UP} months of spin-up"),
        summarised(GROUP, "memory", count, 2, "peak", "MB", [peak]),
        summarised(GROUP, "memory", count, 2, "peak a worker", "bytes", [(peak - before) * 2**20 / count]),
    ]


def _whole() -> list[Row]:
    """Zhaotong one to one, as `guiyan run zhaotong --scale 1` simulates it: spin-up, then 72 months."""
    import scenarios
    from sim.simulation import Run, start_world

    fresh(2000)
    scenario = scenarios.load("zhaotong", packages=PACKAGES, overrides={"scale": 1})
    found: list[Run] = []
    set_up = seconds_of(lambda: found.append(Run(*start_world(scenario), 1, "kernel")))
    (run,) = found
    months = seconds_of(lambda: run.advance(scenario.months))
    count = workers_of(run)
    return [
        summarised(GROUP, "Zhaotong one to one", count, 2, "set-up", "s", [set_up], f"{scenario.spin_up} months"),
        summarised(GROUP, "Zhaotong one to one", count, 2, "months", "s", [months], f"{scenario.months} months"),
        summarised(GROUP, "Zhaotong one to one", count, 2, "peak", "MB", [_peak()]),
    ]


if __name__ == "__main__":
    print(json.dumps(_whole() if sys.argv[1:] == ["whole"] else _size(*map(int, sys.argv[1:]))))
