"""The study of docs/adaptive.md runs, in little; what it finds is reported there and not asserted."""

from tests.studies import adaptive


def test_a_case_gives_intervals_and_reallocates() -> None:
    found, share, cost = adaptive.compared(adaptive.CASES[2], 3)
    assert all(one.low <= one.value <= one.high for one in found) and cost > 0
    assert 5 <= share.value <= 95 and abs(share.value - 100 / 3) > 1  # a third to begin with
