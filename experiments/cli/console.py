"""What the user sees: results on standard output, messages and progress on standard error."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from threading import Timer
from typing import TYPE_CHECKING, Any, Self, TypeVar

import click

if TYPE_CHECKING:
    import rich.progress

    from experiments import runner

QUIET = 2.0  # seconds before the first sign of progress, and between lines of it
STEADY = 10.0  # seconds between lines about the runs of an experiment, after the first
NARROWEST, WIDEST = 110, 200  # columns of tables: on a terminal at least, elsewhere at most

One = TypeVar("One")
COMPILING = "compiling the model for this machine, once; this takes about a minute ..."


def say(message: str) -> None:
    """A message, on standard error."""
    click.echo(message, err=True)


def put(text: str) -> None:
    """A line of the result, on standard output."""
    click.echo(text)


def put_json(value: Any, indent: int | None = 2) -> None:
    """The result as strict JSON, on standard output."""
    from experiments.strict_json import to_json

    click.echo(to_json(value, indent=indent))


def put_table(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int | None = None
) -> None:
    """A table on standard output; columns from `numbers_from` on hold numbers and stand to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for place, heading in enumerate(headings):
        right = numbers_from is not None and place >= numbers_from
        table.add_column(heading, justify="right" if right else "left", overflow="fold", no_wrap=right)
    for row in rows:
        table.add_row(*row)
    console = Console(file=sys.stdout, markup=False, highlight=False)
    console.width = max(console.width, NARROWEST) if sys.stdout.isatty() else WIDEST
    console.print(table)


def plain(value: Any) -> str:
    """A value of a scenario as its file might have it, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(plain, value))}]"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def count(value: float, signed: bool = False) -> str:
    """A number of persons, jobs or yuan with separators; `-` where there is none."""
    sign = "+" if signed else ""
    return "-" if value != value else f"{value:{sign},.0f}"


def estimate(mean: float, low: float, high: float, signed: bool = True) -> str:
    """A number over its interval; the number alone where it has none."""
    text = count(mean, signed)
    return text if low != low else f"{text}\n{count(low)} to {count(high)}"


class Progress:
    """Progress over runs: a bar on a terminal, else a line now and then; nothing in the first two seconds."""

    def __init__(self, runs: int) -> None:
        self._runs = runs
        self._started = self._spoken = time.monotonic()
        self._bar: rich.progress.Progress | None = None
        self._task: Any = None
        self._timer: Timer | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(file=sys.stderr), transient=True)
            self._task = self._bar.add_task(f"run 1 of {self._runs}", total=self._runs)
            self._timer = Timer(QUIET, self._bar.start)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._bar is not None:
            self._bar.stop()

    def month(self, finished: int, done: int, total: int) -> None:
        """Note that `finished` runs are complete and `done` of `total` months of the present one."""
        if self._bar is not None:
            words = f"run {finished + 1} of {self._runs}"
            self._bar.update(self._task, completed=finished + done / max(total, 1), description=words)
        elif (now := time.monotonic()) - self._spoken >= STEADY:
            self._spoken = now
            say(f"run {finished + 1} of {self._runs}: {done} of {total} months after {now - self._started:.0f} s")

    def each(self, runs: Iterable[One]) -> Iterator[One]:
        """The runs, each noted as complete when the next is asked for."""
        for finished, one in enumerate(runs, 1):
            yield one
            self._finished(finished)

    def _finished(self, finished: int) -> None:
        now = time.monotonic()
        if self._bar is None and now - self._spoken >= QUIET:
            self._spoken = now
            say(f"{finished} of {self._runs} runs finished after {now - self._started:.0f} s")


class Runs:
    """Progress of the runner: a bar on a terminal, else lines, the first soon and then steadily."""

    def __init__(self) -> None:
        self._spoken, self._wait = time.monotonic(), QUIET
        self._begun = time.monotonic()
        self._bar: rich.progress.Progress | None = None
        self._task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: "runner.Progress") -> None:
        """Say how far it is, now and then."""
        if time.monotonic() - self._begun < QUIET:
            return
        if sys.stderr.isatty():
            self._draw(progress)
        elif time.monotonic() - self._spoken >= self._wait:
            self._spoken, self._wait = time.monotonic(), STEADY
            say(f"  {progress.finished:,} of {progress.total:,} runs{self._rest(progress)}")

    def _draw(self, progress: "runner.Progress") -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(file=sys.stderr), transient=True)
            self._task = self._bar.add_task("", total=progress.total)
            self._bar.start()
        words = f"{progress.finished:,} of {progress.total:,} runs{self._rest(progress)}"
        self._bar.update(self._task, completed=progress.finished, total=progress.total, description=words)

    @staticmethod
    def _rest(progress: "runner.Progress") -> str:
        failed = f", {progress.failed} failed" if progress.failed else ""
        known = progress.seconds_left == progress.seconds_left
        return failed + (f", about {progress.seconds_left:,.0f} s left" if known else "")
