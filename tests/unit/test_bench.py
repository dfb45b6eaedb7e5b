"""What `make bench` leaves: a table that reads back, a page with its tables in place, groups of rules that exist."""

import ast
from itertools import count
from pathlib import Path

import pytest

from sim.kernels import advance
from tests.bench import bounds, report, rules, table
from tests.bench.full_model import scenario_of

ROWS = [
    table.summarised("reduced", "Mesa, do", 100_000, 1, "rate", "million worker-months/s", [0.5, 0.25, 1.0]),
    table.summarised("reduced", "Mesa, do", 100_000, 1, "rate over C++", "times", [0.002, 0.004, 0.003]),
    table.summarised("reduced", "C++, AVX2 by hand", 0, 0, "rate", "", [], "there is no g++"),
    table.summarised("full", "month", 10_000, 1, "rate", "million worker-months/s", [20.0, 40.0, 10.0]),
    table.summarised("full", "month", 10_000, 2, "rate", "million worker-months/s", [30.0]),
    table.summarised("full", "Zhaotong one to one", 3_000_000, 2, "months", "s", [4.0], "72 months"),
    table.summarised("rules", "decisions", 300_000, 1, "cost", "ns a worker-month", [15.0]),
    table.summarised("rules", "whole month", 300_000, 1, "cost", "ns a worker-month", [60.0]),
    table.summarised("bounds", bounds.COPY, 3_000_000, 1, "cost", "ns", [5.0]),
]


def test_the_table_reads_back(tmp_path: Path) -> None:
    assert ROWS[0][6:] == (0.5, 0.25, 1.0, 3, "")
    table.write([row for row in ROWS if row.repetitions], tmp_path / "measurements.csv")
    assert table.read(tmp_path / "measurements.csv") == [row for row in ROWS if row.repetitions]


def test_repetitions_take_turns() -> None:
    turn = count(1)
    found = table.interleaved({"a": lambda: next(turn), "b": lambda: next(turn)}, 3)
    assert found == {"a": [1, 3, 5], "b": [2, 4, 6]}
    assert table.ratios(found["b"], found["a"]) == [2, 4 / 3, 6 / 5]


def test_the_page_gets_its_tables_and_keeps_its_words() -> None:
    made = {name: draw(report.found(ROWS, group=group)) for name, (group, draw) in report.TABLES.items()}
    assert "| Mesa, do | 100,000 | 1 | 0.500 (0.250 to 1.00) | 1 | 0.00300 (0.00200 to 0.00400) |" in made["reduced"]
    assert "| C++, AVX2 by hand | - | - | there is no g++ | - | - |" in made["reduced"]
    assert "| 10,000 | 20.0 (10.0 to 40.0) | 30.0 | - | - | - | - | - |" in made["full"]
    assert "| months (72 months), s | 4.00 |" in made["whole"]
    assert "| decisions | 15.0 | 25 % |" in made["rules"]
    assert "| the state read and written once, ns | 5.00 |" in made["bounds"]
    page = report.PAGE.read_text(encoding="utf-8")
    made["machine"] = report.table_of_machine({"cores": 2})
    filled = report.filled(page, made)
    assert report.filled(filled, made) == filled and all(one in filled for one in made.values())
    assert [line for line in page.splitlines() if line[:1] not in "|"] == [
        line for line in filled.splitlines() if line[:1] not in "|"
    ]
    with pytest.raises(ValueError, match="marks of other"):
        report.filled(page, {"other": ""})
    assert report.figure(ROWS).startswith(b"\x89PNG")


def test_every_group_of_rules_is_timed() -> None:
    clock = rules.Clock(advance)
    clock.open("advance_villages")
    laps = [one for name in clock.opened for one in ast.walk(clock.functions[name])
            if isinstance(one, ast.Call) and ast.unparse(one.func) == "lap"]  # fmt: skip
    assert {ast.literal_eval(one.args[1]) for one in laps} == set(range(len(rules.NAMES)))


@pytest.mark.parametrize("workers", [10_000, 3_000_000, 10_000_000])
def test_sizes_are_what_was_asked_for(workers: int) -> None:
    scenario = scenario_of(workers)
    assert sum(one.workers for one in scenario.counties) / scenario.scale == pytest.approx(workers, rel=0.02)
