"""Everything that `make bench` measures: `python -m tests.bench`; about ten minutes on two quiet cores.

Leaves results/bench/measurements.csv and machine.json; `python -m tests.bench.report` puts them into
docs/performance.md. Nothing about time is asserted; that all implementations do the same task is.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import sim.compilation  # sets numba's cache folder; before anything loads numba
from experiments.versions import versions
from tests.bench import bounds, full_model, mesa_path, reduced, rules, start_up
from tests.bench.peers import by_hand
from tests.bench.table import Row, read, say, write

ROOT = Path(__file__).parents[2]
OUT = ROOT / "results" / "bench"
FRAMES = ROOT / ".venv" / "frames" / "bin" / "python"


def processor() -> str:
    """The processor's name where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def machine() -> dict[str, str | int]:
    """What was measured on and with."""
    return {
        "processor": processor(),
        "cores": os.cpu_count() or 1,
        "system": platform.platform(terse=True),
        "load before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else "-",
        "g++": by_hand.compiler(),
        "source of sim": sim.compilation.source_hash(),
        **versions(),
    }


def main() -> None:
    """Measure what was asked for; groups left out keep the rows of an earlier run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--largest", type=float, default=1e7, metavar="N", help="workers, up to 1e8 [default: 1e7]")
    parser.add_argument("--only", action="append", metavar="GROUP", help="a group, such as reduced; repeats")
    parser.add_argument("--frames-python", default=str(FRAMES), help="the Python that has mesa-frames")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="[default: results/bench]")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        groups: dict[str, Callable[[], list[Row]]] = {
            start_up.GROUP: start_up.measure,
            reduced.GROUP: lambda: reduced.measure(Path(folder), given.frames_python),
            rules.GROUP: rules.measure,
            bounds.GROUP: bounds.measure,
            mesa_path.GROUP: mesa_path.measure,
            full_model.GROUP: lambda: full_model.measure(int(given.largest)),
        }
        chosen = given.only or list(groups)
        if unknown := set(chosen) - set(groups):
            parser.error(f"--only {sorted(unknown)[0]}: expected one of {', '.join(groups)}")
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "machine.json").write_text(json.dumps(machine(), indent=2) + "\n", encoding="utf-8")
        path = given.out / "measurements.csv"
        rows = [row for row in read(path) if row.group not in chosen] if path.exists() else []
        for group in chosen:
            say(f"{group}: group {chosen.index(group) + 1} of {len(chosen)}")
            rows += groups[group]()
            write(rows, path)
    say(f"{len(rows)} rows: {path}")


if __name__ == "__main__":
    main()
