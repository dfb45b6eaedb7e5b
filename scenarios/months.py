"""Months as numbers and as words."""

EPOCH = 2000  # months count from January 2000


def month_number(text: str) -> int:
    """Months since January 2000 of a month such as "2020-01"."""
    return (int(text[:4]) - EPOCH) * 12 + int(text[5:7]) - 1


def month_text(number: int) -> str:
    """The month such as "2020-01" of a number of months since January 2000."""
    return f"{EPOCH + number // 12:04d}-{number % 12 + 1:02d}"
