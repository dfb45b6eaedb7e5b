"""The study of docs/adaptive.md runs, in little; what it finds is reported there and not asserted."""

from tests.studies import adaptive


def test_a_case_gives_intervals_and_reallocates() -> None:
    apart, share, cost = adaptive.compared(adaptive.CASES[2], 3)
    assert apart.shape == (3, 5) and (apart != 0).any() and cost > 0
    assert 5 <= share.value <= 95 and abs(share.value - 100 / 3) > 1  # a third to begin with
