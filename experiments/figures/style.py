"""What all figures share: colours that colour-blind readers can tell apart, fonts, words, rendering."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike

from experiments.figures.words import wrapped

LANGUAGES = ("en", "zh")
FONT = Path(__file__).parent / "fonts" / "NotoSansSC-subset.otf"
DOTS_PER_INCH = 200
HEADING, LINE = 0.24, 0.21  # inches of the question, and of a line of the legend
# Source: Okabe and Ito 2008, https://jfly.uni-koeln.de/color/
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
DARK = "#222222"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#999999"
PALETTE = (BLUE, ORANGE, GREEN, SKY, PURPLE, YELLOW, VERMILION, GREY)
UNDATED: dict[str, dict[str, None]] = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
POINT: dict[str, Any] = {"markersize": 4, "elinewidth": 1.1, "capsize": 2.5, "linestyle": "none"}
STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans", "Noto Sans SC"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "path",
    "svg.hashsalt": "guiyan",
    "pdf.fonttype": 3,  # outlines: as type 42 the Chinese font, which is not TrueType, fails in some viewers
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw with the project's fonts and settings, and leave matplotlib's own as they were."""
    _register_font()
    with matplotlib.rc_context(STYLE):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, inches; without pyplot, which keeps every figure and opens windows."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def render(figure: Figure, suffixes: Collection[str] = tuple(UNDATED)) -> dict[str, bytes]:
    """The figure's files by suffix: png (200 dots an inch), svg and pdf; the same figure, the same bytes."""
    files = {}
    with styled():
        for suffix in suffixes:
            buffer = BytesIO()
            figure.savefig(buffer, format=suffix, dpi=DOTS_PER_INCH, metadata=UNDATED[suffix])
            figure.set_layout_engine("none")  # the first has found the layout for all of them
            files[suffix] = buffer.getvalue()
    return files


def annotate(figure: Figure, question: str, source: str, note: str) -> None:
    """Put the question above, and below where the numbers come from and how to read them."""
    figure.suptitle(question, x=0.01, ha="left", fontsize=12)
    width = int(figure.get_figwidth() * 19)  # what a line of the note's size holds
    figure.supxlabel(wrapped(f"{source} {note}", width), x=0.01, ha="left", fontsize=7, color="#555555")


def legend(figure: Figure, handles: Sequence[Artist], title: str = "", columns: int = 4) -> None:
    """A legend, or a line of heading alone, between the question and the panels."""
    lines = bool(title) + -(-len(handles) // columns)
    height = figure.get_figheight()
    # The layout keeps room for the question; what the legend takes is kept from it here.
    figure.get_layout_engine().set(rect=(0.0, 0.0, 1.0, 1 - LINE * lines / height))
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.008, 1 - HEADING / height),
        borderaxespad=0.0,
        ncols=columns,
        fontsize=8,
        title=title or None,
        title_fontsize=9,
        alignment="left",
    )


def thousands(axis: Axis) -> None:
    """Write the numbers of an axis with separators."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def reach(value: ArrayLike, low: ArrayLike, high: ArrayLike) -> np.ndarray:
    """How far intervals reach below and above their values, float64[2, n]; 0 where one has no bounds."""
    middle, bounds = np.atleast_1d(value).astype(float), (np.atleast_1d(low), np.atleast_1d(high))
    return np.nan_to_num(np.array([middle - bounds[0], bounds[1] - middle], dtype=float)).clip(0)


@cache
def _register_font() -> None:
    font_manager.fontManager.addfont(FONT)
