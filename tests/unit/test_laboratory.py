"""The laboratory's tools one by one, and `guiyan multiplier` on a tiny place from the command line to the folder."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from experiments import measure
from experiments.cli import main
from experiments.errors import InputError
from experiments.figures import laboratory
from experiments.laboratory import budgets, null, prior, summary
from experiments.laboratory.folder import ExperimentFolder
from experiments.laboratory.search import between, rising_root
from experiments.laboratory.simulation import switches
from experiments.laboratory.tables import frame

PLACE = Path(__file__).parents[1] / "places" / "small.yaml"
TINY = ["--scale", "200", "--months", "9", "--set", "spin_up=2", "--workers", "1"]


def run(*line: object) -> Result:
    """The command, its output and exit status."""
    return CliRunner().invoke(main, ["multiplier", *map(str, line)])


# Tools.


def test_root_of_a_smooth_spend() -> None:
    asked: list[float] = []

    def spend(factor: float) -> float:
        asked.append(factor)
        return factor**1.5

    root = rising_root(spend, 20.0, 1.0, 0.001, 100.0)
    assert root.is_met and root.at == pytest.approx(20 ** (1 / 1.5), rel=0.001) and len(asked) < 15


def test_root_of_a_spend_with_steps_is_the_nearest() -> None:
    root = rising_root(lambda factor: 10.0 * math.floor(3 * factor), 45.0, 1.0, 0.005, 100.0)
    assert root.is_reachable and not root.is_met and root.value in (40.0, 50.0)


def test_spend_with_a_ceiling_cannot_reach_beyond() -> None:
    root = rising_root(lambda factor: min(factor, 3.0), 5.0, 1.0, 0.005, 100.0)
    assert not root.is_reachable and root.value == 3.0 and root.at == 4.0
    assert rising_root(lambda factor: factor, 5.0, 1.0, 0.005, 3.0) == (3.0, 3.0, False, False)
    assert not rising_root(lambda _: 0.0, 5.0, 1.0, 0.005, 100.0).is_reachable


def test_falling_function_is_bracketed_all_the_same() -> None:
    root = between(lambda x: math.exp(x), 2.0, (0.0, 1.0), (3.0, math.exp(3.0)), 1e-6)
    assert root.at == pytest.approx(math.log(2.0), rel=1e-5)


def test_efficient_points_are_those_that_nothing_beats() -> None:
    spend, effect = np.array([1.0, 2.0, 2.0, 3.0, 3.0, 4.0]), np.array([5.0, 6.0, 7.0, 7.0, 9.0, math.nan])
    assert budgets.is_efficient(spend, effect).tolist() == [True, False, True, False, True, False]


def test_every_mechanism_is_in_one_group() -> None:
    members = [name for group in null.SWITCH_GROUPS.values() for name in group]
    assert sorted(members) == sorted(switches())


def test_wilson_and_rank_correlation_of_known_values() -> None:
    assert prior.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Newcombe 1998
    assert prior.wilson(0, 5)[0] == 0.0 and prior.wilson(5, 5)[1] == 1.0
    found, low, high = prior.rank_correlation(np.arange(10.0), np.array([1, 0, 3, 2, 5, 4, 7, 6, 9, 8.0]))
    assert found == pytest.approx(1 - 6 * 10 / 990) and low < found < high
    assert math.isnan(prior.rank_correlation(np.arange(3.0), np.arange(3.0))[0])


def test_unknown_column_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="colour"):
        frame("cells", [{"cell": "none", "colour": 1}])


# The folder.


def test_folder_is_taken_once_and_gone_on_with_by_the_same(tmp_path: Path) -> None:
    first = ExperimentFolder(tmp_path / "a", {"hash": "x", "packages": ("a", "b")})
    first.finish({"kind": "multiplier"}, {"cells": pd.DataFrame({"v": [0.1, math.nan]})}, {"f": {"png": b"1"}})
    ExperimentFolder(tmp_path / "a", {"hash": "x", "packages": ["a", "b"]}).finish({}, {}, {})
    left = sorted(path.name for path in (tmp_path / "a").rglob("*"))
    assert left == ["experiment.json", "figures", "manifest.json", "tables"]  # nothing of before, nothing half
    with pytest.raises(InputError, match="holds another experiment"):
        ExperimentFolder(tmp_path / "a", {"hash": "y", "packages": ["a", "b"]})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.txt", "mine", "holds notes.txt, which is of no experiment"),
        ("experiment.json", "{", "is damaged"),
        ("experiment.json", '{"format": 0}', "not of this version"),
    ],
)
def test_folder_of_something_else_is_refused(name: str, content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        ExperimentFolder(tmp_path, {})
    assert (tmp_path / name).read_text(encoding="utf-8") == content


# The command.

BAD = [
    (["zhaotong"], "expected --instruments with the place zhaotong"),
    (["zhaotng", "--instruments", "training,credit"], 'did you mean "zhaotong"?'),
    (["zhaotong", "--instruments", "training"], "--instruments: instruments: expected at least 2 instruments (got 1)"),
    (["zhaotong", "--instruments", "training,training"], '"training" is there twice'),
    (["zhaotong", "--instruments", "training,credti"], 'did you mean "credit"?'),
    (["zhaotong", "--instruments", "training,,credit"], "a name"),
    (["zhaotong", "--instruments", "training,credit", "--seeds", "1"], "a whole number from 2"),
    (["zhaotong", "--instruments", "training,credit", "--horizons", "12,61"], "at most 60 months"),
    (["zhaotong", "--instruments", "training,credit", "--outcomes", "retrun"], 'did you mean "return"?'),
    (["zhaotong", "--instruments", "training,credit", "--controls", "shan"], 'did you mean "sham"?'),
    (["zhaotong", "--instruments", "training,credit", "--precision", "a=,b"], "expected a half width, or KEY=VALUE"),
    (["zhaotong", "--instruments", "training,credit", "--precision", "0"], "precision.half_width"),
    (["zhaotong", "--instruments", "training,credit", "--months", "12"], "the run has ended"),
    (["nowhere.yaml"], "nowhere.yaml: file not found"),
    ([PLACE], "expected schema: experiment, or --instruments with a place"),
]


@pytest.mark.parametrize(("line", "words"), BAD)
def test_bad_command_line_makes_no_run(line: list[object], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "simulate", lambda *_, **__: pytest.fail("a run was made"))
    result = run(*line)
    assert result.exit_code == 2 and result.stdout == "", result.output
    assert result.stderr.startswith("Error: ") and words in result.stderr and "Traceback" not in result.stderr


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A tiny experiment on the model itself, with its folder."""
    out = tmp_path_factory.mktemp("multiplier") / "out"
    line = [PLACE, "--instruments", "training,credit", "--seeds", 2, *TINY, "--horizons", "1,3"]
    return out, run(*line, "--outcomes", "return,jobs", "--controls", "sham", "--out", out)


def tables(out: Path) -> dict[str, bytes]:
    """The tables' bytes."""
    return {path.name: path.read_bytes() for path in sorted((out / "tables").iterdir())}


def test_experiment_leaves_tables_figures_and_manifest(done: tuple[Path, Result]) -> None:
    out, result = done
    assert result.exit_code == 0, result.output
    held = ["cells", "estimands", "failures", "interactions", "pairing", "runs", "shapley"]
    assert list(tables(out)) == [f"{name}.csv" for name in held]
    cells = pd.read_csv(out / "tables" / "cells.csv", keep_default_na=False)
    assert len(cells) == 4 * 2 * 2 and set(cells["cell"]) == {"none", "training", "credit", "training+credit"}
    runs = pd.read_csv(out / "tables" / "runs.csv")
    assert len(runs) == (4 + 2) * 2 and set(runs["status"]) == {"done"} and runs["digest"].is_unique
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["experiment"]["instruments"] == ["training", "credit"] and manifest["replicates"] == 2
    assert str(PLACE.parent) not in json.dumps(manifest)
    assert manifest["scenarios"]["training+credit"]["hash"] and manifest["runs"]["done"] == 12
    assert (out / "figures" / "multiplier.png").stat().st_size > 1000


def test_console_gives_the_answer_first_and_says_what_was_not_run(done: tuple[Path, Result]) -> None:
    _, result = done
    first, second = result.stdout.splitlines()[:2]
    assert first.startswith("Small: 9 months, seeds 1 to 2") and "At hand-set parameters (returned home, 3 " in second
    assert "not run: null, budget, doses, prior, classes" in result.stdout
    assert "million worker-months a second" in result.stderr and "overhead" in result.stderr


def test_rerun_and_extension_make_only_what_is_missing(done: tuple[Path, Result], monkeypatch: Any) -> None:
    out, _ = done
    before = tables(out)
    monkeypatch.setattr(laboratory, "figures_of", lambda *_, **__: {})
    line = [PLACE, "--instruments", "training,credit", *TINY, "--horizons", "1,3", "--outcomes", "return,jobs"]
    with monkeypatch.context() as patched:
        patched.setattr(measure, "simulate", lambda *_, **__: pytest.fail("a run was made again"))
        again = run(*line, "--seeds", 2, "--controls", "sham", "--out", out, "--json")
    assert again.exit_code == 0, again.output
    assert tables(out) == before
    plain = json.loads(again.stdout)
    assert list(plain["outcomes"]) == ["return", "jobs"] and list(plain["outcomes"]["return"]) == ["1", "3"]
    assert set(summary.KEYS) <= set(plain["outcomes"]["jobs"]["3"])
    assert plain["outcomes"]["return"]["3"]["null"] is None and "excess" in plain["outcomes"]["jobs"]["3"]["intervals"]
    more = run(*line, "--seeds", 3, "--controls", "none", "--out", out)
    assert "4 runs made, 8 known" in more.stderr, more.stderr
    other = run(*line, "--seeds", 2, "--set", "population.seed=9", "--out", out)
    assert other.exit_code == 2 and "holds another experiment" in other.stderr


def test_failed_runs_are_told_and_end_with_status_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = measure.simulate
    monkeypatch.setattr(laboratory, "figures_of", lambda *_, **__: {})

    def simulate(scenario: Any, seed: int, *rest: Any, **how: Any) -> Any:
        if seed == 2 and scenario.packages == ("training",):
            raise ArithmeticError("planted")
        return plain(scenario, seed, *rest, **how)

    monkeypatch.setattr(measure, "simulate", simulate)
    line = [PLACE, "--instruments", "training,credit", "--seeds", 3, *TINY, "--horizons", 3, "--controls", "none"]
    result = run(*line, "--outcomes", "return", "--out", tmp_path / "out")
    assert result.exit_code == 1 and "1 runs failed" in result.stderr
    failures = pd.read_csv(tmp_path / "out" / "tables" / "failures.csv")
    assert failures["arm"].to_list() == ["training"] and "planted" in failures["traceback"].iloc[0]
    assert set(pd.read_csv(tmp_path / "out" / "tables" / "cells.csv")["replicates"]) == {2}
