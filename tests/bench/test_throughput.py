"""Throughput of the engines: ratios measured interleaved in one run. Nothing about time is asserted.

Prints million worker-months a second for Zhaotong with training, credit and industry in force, all rules on.
"""

import statistics
import time

import scenarios
from sim.simulation import Run, start_world

MONTHS, REPETITIONS = 12, 5
PACKAGES = ["training+credit+industry"]


def rate(run: Run, months: int, threads: int) -> float:
    """Million worker-months a second over the next months of a run."""
    workers = (run.state.people.status < 8).sum()
    begun = time.perf_counter()
    run.advance(run.month + months, threads=threads)
    return float(workers) * months / (time.perf_counter() - begun) / 1e6


def fresh(scale: int, engine: str = "kernel") -> Run:
    """A run at the scenario's start, one month warmed up."""
    scenario = scenarios.load("zhaotong", packages=PACKAGES, overrides={"scale": scale, "policy_start": 0})
    world, state = start_world(scenario)
    run = Run(world, state, 1, engine)
    run.advance(1, threads=1)
    return run


def test_threads_and_size() -> None:
    print("\nmillion worker-months a second")
    print(f"{'scale':>8} {'workers':>10} {'1 thread':>10} {'2 threads':>10} {'ratio':>6}")
    for scale in (1000, 100, 10):
        one, two = [], []
        for _ in range(REPETITIONS):
            run = fresh(scale)
            one.append(rate(run, MONTHS, 1))
            two.append(rate(run, MONTHS, 2))
        ratio = statistics.median(b / a for a, b in zip(one, two, strict=True))
        workers = (run.state.people.status < 8).sum()
        print(
            f"{scale:>8} {workers:>10,} {statistics.median(one):>10.2f} {statistics.median(two):>10.2f} {ratio:>6.2f}"
        )


def test_kernel_against_the_readable_engine() -> None:
    kernel, agents = fresh(1000), fresh(1000, "agents")
    pairs = [(rate(kernel, 6, 1), rate(agents, 1, 1)) for _ in range(3)]
    print(f"\nkernel over readable engine, one thread: {statistics.median(a / b for a, b in pairs):,.0f} times")
