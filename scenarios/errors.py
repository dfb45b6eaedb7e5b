"""What a user is told about bad input: one error, one line for each problem."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple


class ScenarioError(ValueError):
    """Bad input: its message says file, line, key, what was expected, and the nearest valid spelling."""


class Position(NamedTuple):
    """Where a value was written. `line` counts from 1; None for what has no lines (an override)."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Problems:
    """Collects what is wrong with the input, to report it together."""

    def __init__(self) -> None:
        self._found: list[tuple[Position, str]] = []

    def add(self, position: Position, key: str, message: str) -> None:
        """Note one problem with the value of a dotted key ("" for the file as a whole)."""
        self._found.append((position, _line(position, key, message)))

    def __len__(self) -> int:
        return len(self._found)

    def raise_any(self) -> None:
        """Raise one ScenarioError naming every problem, in the order of files and lines, if there are any."""
        if self._found:
            by_line = sorted(self._found, key=lambda found: (found[0].file, found[0].line or 0))
            raise ScenarioError("\n".join(dict.fromkeys(text for _, text in by_line)))


def fail(position: Position, key: str, message: str) -> ScenarioError:
    """The error of a single problem, ready to be raised."""
    return ScenarioError(_line(position, key, message))


def _line(position: Position, key: str, message: str) -> str:
    """One problem on one line: what cannot be printed, such as a stray line separator, shows as its code."""
    text = f"{position}: {key}: {message}" if key else f"{position}: {message}"
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def suggestion(word: str, valid: Iterable[str]) -> str:
    """`; did you mean "nearest"?`, or, if nothing is near, the valid words as far as they are few."""
    choices = list(valid)
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; expected one of {', '.join(choices)}" if 0 < len(choices) <= 40 else ""


def shown(value: object) -> str:
    """A bad value as a message shows it: short, on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def between(low: float | None, high: float | None) -> str:
    """A range in words; "" for none."""
    if low is not None and high is not None:
        return f" from {low:,.12g} to {high:,.12g}"
    if low is not None:
        return f" of at least {low:,.12g}"
    return "" if high is None else f" of at most {high:,.12g}"
