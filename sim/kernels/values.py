"""Groups of parameters as values, for dense loops.

A kernel gets its parameters as packs behind a pointer. A dense loop is to vectorise, so what it reads on one
side of a condition must be at hand on both: it is given the numbers, and it binds the columns it uses first.
"""

from typing import Any

from sim.compilation import phase
from sim.parameters import Enterprise, Household, HumanCapital, Money, Quality, SocialCapital


def _reader(group: Any) -> Any:
    """A compiled function that reads a record's fields into a group's tuple."""
    fields = ", ".join(f"record.{name}" for name in group._fields)
    names: dict[str, Any] = {"group": group}
    exec(f"def read(record):\n    return group({fields})", names)
    return phase(names["read"])


human_capital_values = _reader(HumanCapital)
social_capital_values = _reader(SocialCapital)
household_values = _reader(Household)
enterprise_values = _reader(Enterprise)
money_values = _reader(Money)
quality_values = _reader(Quality)
