"""Results change only on purpose: the exact baseline."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

spec = importlib.util.spec_from_file_location("baseline", Path(__file__).with_name("baseline.py"))
assert spec is not None and spec.loader is not None
baseline: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(baseline)


@pytest.mark.parametrize("name", baseline.PACKAGES)
def test_the_fixed_run_leaves_what_it_left(name: str) -> None:
    kept = json.loads(baseline.FILE.read_text(encoding="utf-8"))[name]
    assert baseline.measure(baseline.PACKAGES[name]) == kept, "if meant: refresh the baseline and note it in CHANGELOG"
