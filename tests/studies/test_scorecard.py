"""The scorecard: the model's patterns beside the evidence, with intervals, written to docs/scorecard.md.

Reports and asserts nothing about policy; the test fails only when a pattern cannot be measured.
"""

import importlib.util
from pathlib import Path
from typing import Any

spec = importlib.util.spec_from_file_location("scorecard", Path(__file__).with_name("scorecard.py"))
assert spec is not None and spec.loader is not None
scorecard: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(scorecard)


def test_every_pattern_is_measured() -> None:
    rows = scorecard.rows(seeds=8)
    assert len(rows) >= 12
    assert all(row.low <= row.mean <= row.high for row in rows)
