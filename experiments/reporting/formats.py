"""Numbers as a report writes them."""

from collections.abc import Callable, Mapping

import numpy as np

from experiments.figures.reading import amount, listed
from experiments.reporting.words import say

Write = Callable[[float], str]


def ratio(value: float) -> str:
    """A quotient with two digits; `-` where there is none."""
    return "-" if not np.isfinite(value) else f"{round(value, 2) + 0.0:.2f}".replace("-", "\u2212")


def percent(share: float) -> str:
    """A share in per cent."""
    if not np.isfinite(share):
        return "-"
    return f"{round(100 * share, 1) + 0.0:.1f} %".replace("-", "\u2212")  # + 0.0: no minus before 0


def interval(low: float, high: float, language: str, write: Write = amount) -> str:
    """`95 % interval a to b`."""
    return say("interval_95", language, low=write(low), high=write(high))


def with_interval(
    value: float, low: float, high: float, language: str, write: Write = amount, key: str = "spread"
) -> str:
    """`value (low to high)`; the value alone where it has no interval, `-` where it is missing."""
    if not np.isfinite(value) or not (np.isfinite(low) and np.isfinite(high)):
        return write(value)
    return say(key, language, value=write(value), low=write(low), high=write(high))


def doses(text: str, names: Mapping[str, str], language: str) -> str:
    """`training=1.5;credit=0.0` as `Training × 1.5`: what has a dose."""
    parts = [item.split("=") for item in text.split(";") if "=" in item]
    written = [f"{names.get(name, name)} × {float(factor):.2f}" for name, factor in parts if float(factor) > 0]
    return listed(written, {}, language)
