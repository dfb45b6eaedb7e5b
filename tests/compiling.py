"""Compile once for all test processes, each engine in a process of its own: `python -m tests.compiling kernel`."""

import subprocess
import sys
from pathlib import Path

PLACE = Path(__file__).parent / "places" / "small.yaml"
PACKAGES = ("training", "credit", "industry", "services", "public_services", "community")
ENGINES = {"kernel": {"scale": 20, "spin_up": 6}, "agents": {"scale": 200, "spin_up": 1}}


def compile_both() -> None:
    """Run a short simulation by each engine, side by side; what they compile is kept for the processes to come."""
    begun = [subprocess.Popen([sys.executable, "-m", "tests.compiling", engine]) for engine in ENGINES]
    for one in begun:
        one.wait()


def main() -> None:
    """Simulate a few months in which everything happens."""
    import scenarios
    from sim.simulation import simulate

    (engine,) = sys.argv[1:]
    eager = {"parameters.decision.consider_base": 0.3, "parameters.decision.enterprise_intercept": 1.0}
    changes = {**ENGINES[engine], **eager, "months": 4, "policy_start": 0}
    simulate(scenarios.load(PLACE, packages=PACKAGES, overrides=changes), engine=engine, threads=1)


if __name__ == "__main__":
    main()
