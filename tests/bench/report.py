"""Puts the measurements of results/bench into docs/performance.md: `python -m tests.bench.report`.

Tables go between marks such as `<!-- reduced:start -->` and `<!-- reduced:end -->`; words around them stay.
"""

import argparse
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from experiments.figures.style import BLUE, DARK, GREEN, ORANGE, POINT, new_figure, reach, render, styled
from tests.bench.__main__ import OUT, ROOT
from tests.bench.reduced import AGAINST, OURS
from tests.bench.rules import MARKETS
from tests.bench.table import Row, read

PAGE = ROOT / "docs" / "performance.md"
FIGURE = ROOT / "docs" / "figures" / "performance.png"
WHOLE = "whole month"
# quantities of the full model beside its rates
FULL = ("rate without the record", "two threads over one", "seconds", "peak", "peak a worker")


def number(value: float) -> str:
    """Three significant digits, without an exponent; a dash for none."""
    if math.isnan(value):
        return "-"
    digits = max(2 - math.floor(math.log10(abs(value))), 0) if value else 0
    return f"{value:,.{digits}f}"


def span(row: Row | None) -> str:
    """Median, and smallest to largest where it was repeated."""
    if row is None:
        return "-"
    if row.repetitions < 2:
        return number(row.median)
    return f"{number(row.median)} ({number(row.low)} to {number(row.high)})"


def table(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column holds words, the others numbers."""
    rule = f"|---|{'---:|' * (len(headings) - 1)}"
    head, *body = [f"| {' | '.join(line)} |" for line in (headings, *cells)]
    return "\n".join([head, rule, *body])


def found(rows: Sequence[Row], **wanted: object) -> list[Row]:
    """Rows with these values."""
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]


def one(rows: Sequence[Row], **wanted: object) -> Row | None:
    """The first of them."""
    return next(iter(found(rows, **wanted)), None)


def table_of_reduced(rows: Sequence[Row]) -> str:
    """Implementations of the reduced task."""
    cells = []
    for row in found(rows, quantity="rate"):
        if not row.repetitions:
            cells.append([row.item, "-", "-", row.note, *["-"] * len(AGAINST)])
            continue
        against = [
            "1" if row.item == base else span(one(rows, item=row.item, quantity=f"rate over {word}"))
            for word, base in AGAINST.items()
        ]
        cells.append([row.item, f"{row.workers:,}", str(row.threads), span(row), *against])
    return table(["implementation", "workers", "threads", "million a second", *(f"over {w}" for w in AGAINST)], cells)


def table_of_full(rows: Sequence[Row]) -> str:
    """The full model by size."""
    cells = []
    for first in found(rows, item="month", quantity="rate", threads=1):
        same = found(rows, workers=first.workers)
        second = one(same, item="month", quantity="rate", threads=2)
        cells.append([f"{first.workers:,}", span(first), span(second), *(span(one(same, quantity=q)) for q in FULL)])
    for row in found(rows, item="month", threads=0):
        cells.append([f"{row.workers:,}", row.note, *["-"] * 6])
    record = "2 threads, no record"
    headings = ["workers", "1 thread", "2 threads", record, "ratio", "set-up, s", "peak, MB", "peak, bytes a worker"]
    return table(headings, cells)


def table_of_whole(rows: Sequence[Row]) -> str:
    """Zhaotong one to one."""
    cells = [
        [f"{row.quantity}{f' ({row.note})' if row.note else ''}, {row.unit}", span(row)]
        for row in rows
        if row.item == "Zhaotong one to one"
    ]
    return table(["Zhaotong one to one", "measured"], cells)


def table_of_rules(rows: Sequence[Row]) -> str:
    """Cost by group of rules, and its share of the month."""
    whole = one(rows, item=WHOLE)
    total = whole.median if whole else float("nan")
    cells = [[row.item, span(row), f"{100 * row.median / total:.0f} %" if total == total else row.note] for row in rows]
    return table(["group of rules", "ns a worker-month", "share"], cells)


def table_of_bounds(rows: Sequence[Row]) -> str:
    """What the processor and the memory allow."""
    return table(
        ["one thread", "measured"], [[f"{row.item}{f', {row.unit}' if row.unit else ''}", span(row)] for row in rows]
    )


def table_of_start(rows: Sequence[Row]) -> str:
    """Start-up."""
    return table(["command", "seconds"], [[row.item, span(row)] for row in rows])


def table_of_mesa(rows: Sequence[Row]) -> str:
    """Mesa's way."""
    names = list(dict.fromkeys(row.item for row in rows))
    quantities = list(dict.fromkeys(row.quantity for row in rows))
    units = {row.quantity: row.unit for row in rows}
    cells = [
        [name, f"{found(rows, item=name)[0].workers:,}", *(span(one(rows, item=name, quantity=q)) for q in quantities)]
        for name in names
    ]
    return table(["", "workers", *(f"{q}, {units[q]}" for q in quantities)], cells)


def table_of_machine(given: dict[str, object]) -> str:
    """Machine and versions."""
    return table(["", "measured on"], [[name, str(value)] for name, value in given.items()])


TABLES: dict[str, tuple[str, Callable[[Sequence[Row]], str]]] = {
    "reduced": ("reduced", table_of_reduced),
    "full": ("full", table_of_full),
    "whole": ("full", table_of_whole),
    "rules": ("rules", table_of_rules),
    "bounds": ("bounds", table_of_bounds),
    "start": ("start", table_of_start),
    "mesa": ("mesa", table_of_mesa),
}


def figure(rows: Sequence[Row]) -> bytes:
    """Rates of the reduced task, cost of the full model by size, cost by group of rules, as PNG."""
    with styled():
        drawn = new_figure(10, 3.6)
        left, middle, right = drawn.subplots(1, 3, width_ratios=(1.1, 0.9, 1.1))
        rates = [row for row in found(rows, group="reduced", quantity="rate") if row.repetitions][::-1]
        for at, row in enumerate(rates):
            colour = BLUE if row.item.startswith(OURS) else DARK
            left.errorbar(row.median, at, xerr=reach(row.median, row.low, row.high), fmt="o", color=colour, **POINT)
        left.set_yticks(range(len(rates)), [row.item for row in rates])
        left.set(xscale="log", title="Reduced task", xlabel="million worker-months a second")
        for threads, colour in ((1, ORANGE), (2, BLUE)):
            sizes = found(rows, group="full", item="month", quantity="rate", threads=threads)
            points = [(row.workers, 1000 / row.median, 1000 / row.high, 1000 / row.low) for row in sizes]
            x, y, low, high = zip(*points, strict=True) if points else ((),) * 4
            label = "1 thread" if threads == 1 else f"{threads} threads"
            middle.plot(x, y, "o-", color=colour, markersize=4, label=label)
            middle.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        middle.set(xscale="log", yscale="log", title="Full model", xlabel="workers", ylabel="ns a worker-month")
        for axis in (left.xaxis, middle.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.7g}"))
        middle.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        middle.yaxis.set_minor_formatter(NullFormatter())
        middle.legend()
        costs = [row for row in found(rows, group="rules") if row.item != WHOLE][::-1]
        shades = [GREEN if row.item == MARKETS else BLUE for row in costs]
        right.barh([row.item for row in costs], [row.median for row in costs], color=shades)
        right.set(title="By group of rules", xlabel="ns a worker-month, 1 thread")
        for axis in (left, right):
            axis.grid(axis="y", visible=False)
            axis.grid(axis="x", visible=True)
            axis.tick_params(axis="y", labelsize=7)
        return render(drawn, ("png",))["png"]


def filled(text: str, tables: dict[str, str]) -> str:
    """The page with each table between its marks; ValueError where a mark is missing."""
    for name, lines in tables.items():
        marks = re.compile(rf"(<!-- {name}:start -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        text, times = marks.subn(lambda match, lines=lines: f"{match[1]}{lines}\n{match[2]}", text)
        if times != 1:
            raise ValueError(f"{PAGE.name}: expected the marks of {name} once")
    return text


def main() -> None:
    """Fill the page and draw the figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.report", description=__doc__.partition("\n")[0])
    parser.add_argument("--results", type=Path, default=OUT, metavar="DIR", help="[default: results/bench]")
    folder = parser.parse_args().results
    rows = read(folder / "measurements.csv")
    made = {name: draw(found(rows, group=group)) for name, (group, draw) in TABLES.items()}
    made["machine"] = table_of_machine(json.loads((folder / "machine.json").read_text(encoding="utf-8")))
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")
    FIGURE.write_bytes(figure(rows))


if __name__ == "__main__":
    main()
