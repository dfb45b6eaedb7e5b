"""Places and policies as data, and the one way from files to a scenario: `load`."""

from scenarios.errors import ScenarioError
from scenarios.load import load, validate

__all__ = ["ScenarioError", "available", "load", "validate"]


def available() -> dict[str, list[dict[str, str]]]:
    """The places and packages that come with the program: see `scenarios.describe.available`."""
    from scenarios import describe

    return describe.available()
