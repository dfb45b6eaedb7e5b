"""The exact baseline: what a fixed run leaves, as whole numbers and a hash of every worker's state.

`python tests/baseline/baseline.py` writes it anew, after a change of results that is meant; say so in
CHANGELOG.md under "Results change".
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

import scenarios
from sim.simulation import simulate
from sim.state import Status

FILE = Path(__file__).with_name("zhaotong.json")
PACKAGES = {
    "baseline": [],
    "package": ["training+credit+industry"],
    "all": ["training+credit+industry+services+public_services+community"],
}


def measure(packages: list[str]) -> dict[str, Any]:
    """Zhaotong at scale 1000, seed 1, to the end: counts, money, and the hash of the final state."""
    run = simulate(scenarios.load("zhaotong", packages=packages, overrides={"scale": 1000}), seed=1)
    workers, people, firms = run.workers(), run.state.people, run.state.firms
    digest = hashlib.sha256()
    for name in workers.columns.drop(["village", "county", "weight"]):
        digest.update(np.ascontiguousarray(workers[name].to_numpy()).tobytes())
    status = {kind.name.lower(): int((people.status == kind).sum()) for kind in Status if kind != Status.VACANT}
    return {
        "months": run.month,
        "workers": len(workers),
        "status": status,
        "savings": int(people.savings.sum(dtype=np.int64)),
        "debt": int(people.debt.sum(dtype=np.int64)),
        "enterprises": len(firms.owner),
        "enterprise_jobs": int(firms.jobs.sum(dtype=np.int64)),
        "certified": int((workers["certificate"] > 0).sum()),
        "final_state": digest.hexdigest(),
    }


def main() -> None:
    """Write the baseline."""
    FILE.write_text(json.dumps({name: measure(packages) for name, packages in PACKAGES.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
