"""Every figure and pattern of the scorecard can be measured; nothing about policy is asserted."""

from tests.studies import scorecard


def test_every_pattern_is_measured() -> None:
    rows = scorecard.table(seeds=4, scale=400)
    assert {"figure", "pattern", "claim"} == set(rows["kind"])
    measured = rows[rows["seeds"] == 4]
    assert (measured["low"] <= measured["model"]).all() and (measured["model"] <= measured["high"]).all()
    missing = rows[rows["seeds"] != 4]
    assert set(missing["use"]) <= {"none", "report"} and len(missing) <= 6
    assert scorecard.page(rows, 4, 400).count("\n|") == len(rows) + 2
