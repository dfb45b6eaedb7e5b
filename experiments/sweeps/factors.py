"""What is varied: a key of the scenario, or a package's dose, over listed values or between two ends.

    x,y,z          these values
    a:b            between a and b: for designs that draw their points
    a:b:n          n values from a to b, for a grid
    a:b:n:log      the same evenly in the logarithm; `a:b:log` and `:linear` likewise

Drawn values of a range above 0 whose ends differ tenfold are even in the logarithm unless the text says otherwise, as
in `experiments.laboratory.ranges`.
"""

import math
from typing import Any, NamedTuple

from experiments.laboratory.ranges import Range
from scenarios.reading import scalar_of

DOSES = "doses."
SPACINGS = ("log", "linear")
DIGITS = 12  # of a grid's values: 2, not 1.9999999999999998
FORM = "expected values such as 0.5,1,2, or a range such as 0.3:20, 0:1:5 or 0.3:20:5:log"


class Factor(NamedTuple):
    """One varied key: listed values, or a range."""

    key: str  # dotted scenario key, or doses.PACKAGE
    values: tuple[Any, ...] = ()
    low: float = math.nan
    high: float = math.nan
    count: int | None = None  # values of a grid
    spacing: str | None = None  # log, linear; None: as `Range` has it when drawn, linear in a grid
    is_whole: bool = False  # takes whole numbers only

    @property
    def is_listed(self) -> bool:
        """Whether the values are listed."""
        return bool(self.values)

    def at(self, share: float) -> Any:
        """The value below which a share of the factor's values lies; `share` from 0 to 1."""
        if self.is_listed:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        span = Range(self.key, self.low, self.high)
        is_logarithmic = span.is_logarithmic if self.spacing is None else self.spacing == "log"
        return self._number(self._between(share, is_logarithmic))

    def levels(self) -> tuple[Any, ...]:
        """The values of a grid, or the two ends of a range without a number of values; each once."""
        if self.is_listed:
            return self.values
        steps = max((self.count or 2) - 1, 1)
        found = [self._between(i / steps, self.spacing == "log") for i in range(self.count or 2)]
        return tuple(dict.fromkeys(self._number(float(f"{one:.{DIGITS}g}")) for one in found))

    def text(self) -> str:
        """As a file or command line would have it; listed values as JSON prints them are for `values`."""
        parts = [_plain(self.low), _plain(self.high)]
        parts += [] if self.count is None else [str(self.count)]
        return ":".join(parts + ([] if self.spacing is None else [self.spacing]))

    def _between(self, share: float, is_logarithmic: bool) -> float:
        if share in (0.0, 1.0):  # the ends as they were given
            return self.high if share else self.low
        if is_logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share

    def _number(self, value: float) -> Any:
        return round(value) if self.is_whole else float(value)


def parse(key: str, written: Any) -> Factor:
    """A factor of what a file or a command line says of a key. Raises ValueError with what was expected."""
    if isinstance(written, list | tuple):
        return _listed(key, list(written))
    if isinstance(written, str) and ":" in written:
        return _range(key, [part.strip() for part in written.split(":")])
    if isinstance(written, str) and "," in written:
        return _listed(key, [scalar_of(part.strip()) for part in written.split(",")])
    if isinstance(written, dict) or written is None or written == "":
        raise ValueError(FORM)
    return _listed(key, [scalar_of(written) if isinstance(written, str) else written])


def _listed(key: str, values: list[Any]) -> Factor:
    if not values or any(isinstance(one, list | dict) or one is None or one == "" for one in values):
        raise ValueError(FORM)
    if len(set(map(repr, values))) < len(values):
        raise ValueError(f"a value is there twice in {', '.join(map(str, values))}; expected each once")
    return Factor(key, tuple(values))


def _range(key: str, parts: list[str]) -> Factor:
    spacing = parts.pop() if parts[-1] in SPACINGS else None
    numbers = [scalar_of(part) for part in parts]
    if len(parts) not in (2, 3) or not all(_is_number(one) for one in numbers):
        raise ValueError(f"{FORM} (got {':'.join(parts)})")
    low, high = float(numbers[0]), float(numbers[1])
    count = numbers[2] if len(numbers) == 3 else None
    if not low < high:
        raise ValueError(f"expected the lower end first (got {':'.join(parts)})")
    if count is not None and not (isinstance(count, int) and count >= 2):
        raise ValueError(f"expected a whole number of at least 2 values (got {parts[2]})")
    if spacing == "log" and low <= 0:
        raise ValueError(f"expected ends above 0 for log (got {':'.join(parts)})")
    return Factor(key, (), low, high, count, spacing)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _plain(value: float) -> str:
    return repr(int(value)) if value == int(value) else repr(value)
