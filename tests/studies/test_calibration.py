"""Calibration recovers what was planted at its nominal rate, in 40 repetitions of a small case."""

import pytest
from scipy import stats

from tests.studies import calibration

IDLE = 3  # the parameter that nothing tells of


@pytest.mark.timeout(3600)  # some four minutes
def test_posteriors_hold_the_truth_as_often_as_they_say() -> None:
    found = list(calibration.lines())
    for line in found:
        low, high = stats.binom.ppf([0.0005, 0.9995], line.of, line.level)
        assert low <= line.held <= high, line
    for sample in ("chains", "ensemble"):
        for level in calibration.LEVELS:
            chosen = [line for line in found if line.sample == sample and line.level == level]
            share = sum(line.held for line in chosen) / sum(line.of for line in chosen)
            assert abs(share - level) < 0.12, (sample, level, share)
    assert all(abs(line.contraction) < 0.1 for line in found if line.parameter == IDLE)
    assert all(line.contraction > 0.5 for line in found if line.parameter != IDLE)
