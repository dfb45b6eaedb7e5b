"""The coverage of every estimand's interval in 400 repetitions, written to docs/validation.md."""

import pytest

from tests.studies import coverage

SKEWED_BELOW = 0.03  # what exponential luck may cost: at 8 replicates nothing can know the tail


@pytest.mark.timeout(7200)  # some twenty minutes
def test_intervals_cover_what_was_planted() -> None:
    found = list(coverage.lines())
    coverage.PAGE.write_text(coverage.page(found), encoding="utf-8")
    off = [line for line in found if not is_nominal(line)]
    assert not off, off
    assert abs(sum(line.share for line in found) / len(found) - coverage.CONFIDENCE) < 0.015


def is_nominal(line: coverage.Line) -> bool:
    """Within four binomial standard errors of 95 %; with skewed luck somewhat below at worst."""
    below = SKEWED_BELOW if line.luck == "skewed" else 0.0
    return -4 * line.error - below <= line.share - coverage.CONFIDENCE <= 4 * line.error
