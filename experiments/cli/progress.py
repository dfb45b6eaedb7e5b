"""Progress over many runs on the shared runner."""

import time
from typing import TYPE_CHECKING

from experiments.cli import console

if TYPE_CHECKING:
    from experiments.runner import Progress

STEADY = 10.0  # seconds between lines of progress, after the first


class Lines:
    """Progress as lines on standard error: the first soon, then steadily."""

    def __init__(self) -> None:
        self._spoken, self._wait = time.monotonic(), console.QUIET

    def show(self, progress: "Progress") -> None:
        """Say how far it is, now and then."""
        now = time.monotonic()
        if now - self._spoken < self._wait:
            return
        self._spoken, self._wait = now, STEADY
        left = f", about {progress.seconds_left:,.0f} s left" if progress.seconds_left == progress.seconds_left else ""
        failed = f", {progress.failed} failed" if progress.failed else ""
        rate = f"{progress.worker_months_a_second / 1e6:.1f} million worker-months a second"
        console.say(f"  {progress.finished:,} of {progress.total:,} runs{failed}{left}; {rate}")
