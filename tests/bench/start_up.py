"""What a user waits for: the help, a small run, and the compilation once per machine and version."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.table import Row, interleaved, say, seconds_of, summarised

GROUP = "start"
REPETITIONS = 7
ROOT = Path(__file__).parents[2]
GUIYAN = (sys.executable, "-c", "from experiments.cli import main; main()")
SMALL = (*GUIYAN, "run", "zhaotong", "--scale", "1000")
ITEMS = {
    "Python itself": (sys.executable, "-c", "pass"),
    "guiyan --help": (*GUIYAN, "--help"),
    "second guiyan run zhaotong --scale 1000": SMALL,
}


def measure() -> list[Row]:
    """Seconds from the command to its end."""
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder, "XDG_CACHE_HOME": folder, "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode

        def seconds(command: tuple[str, ...]) -> float:
            return seconds_of(
                lambda: subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
            )

        say("  the first run, which compiles (about a minute)")
        first = [seconds(SMALL)]
        found = interleaved(
            {name: lambda command=command: seconds(command) for name, command in ITEMS.items()}, REPETITIONS
        )
    name = "first guiyan run zhaotong --scale 1000, compiling"
    return [summarised(GROUP, one, 0, 2, "seconds", "s", values) for one, values in {name: first, **found}.items()]
