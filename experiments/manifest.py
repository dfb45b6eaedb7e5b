"""The manifest of a result: what was run, with which software, at what cost."""

import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.versions import versions
from sim.compilation import source_hash
from sim.scenario import Scenario

# An absolute path, alone or in a list: `/a/b`, `~/a`, `C:\a`, after the start, `=`, `,` or `+`.
ABSOLUTE = re.compile(r"(?:(?<=^)|(?<=[=,+]))(?:/|~|[A-Za-z]:[\\/])[^,+]*")


def command_line(arguments: Sequence[str]) -> str:
    """The command as given, absolute paths cut to their last part, for a manifest travels."""

    def last_part(match: re.Match[str]) -> str:
        return re.split(r"[\\/]", match.group().rstrip("\\/"))[-1]

    return " ".join(["guiyan", *(ABSOLUTE.sub(last_part, argument) for argument in arguments)])


def peak_memory_mb() -> float | None:
    """Most memory this process has held so far, megabytes; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024**2 if sys.platform == "darwin" else 1024), 1)


def manifest(
    kind: str, arms: Mapping[str, Scenario], seeds: Sequence[int], arguments: Sequence[str], started: float
) -> dict[str, Any]:
    """What a result records of its making; `started` is the `time.perf_counter()` at the first run."""
    scenarios = {
        arm: {
            "name": scenario.name,
            "packages": list(scenario.packages),
            "months": scenario.months,
            "hash": scenario.hash,
            "world_hash": scenario.world_hash,
            "resolved": scenario.resolved,
        }
        for arm, scenario in arms.items()
    }
    return {
        "kind": kind,
        "command": command_line(arguments),
        "seeds": list(seeds),
        "scenarios": scenarios,
        "model_hash": source_hash(),
        "versions": versions(),
        "wall_seconds": round(time.perf_counter() - started, 3),
        "peak_memory_mb": peak_memory_mb(),
    }
