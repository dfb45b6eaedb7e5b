"""Sweeps: the same tables however they were run, nothing lost with a process that is killed, and strict input."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import scenarios
from experiments import runs
from experiments.calibration.ensemble import Ensemble, write_ensemble
from experiments.cli import main
from experiments.laboratory.ranges import Range, default_ranges
from experiments.outcomes import OUTCOMES
from experiments.records import Records
from experiments.sensitivity import simulation
from experiments.sensitivity.study import read_study
from experiments.sweeps import designs
from experiments.sweeps.factors import parse
from experiments.sweeps.reading import read_sweep
from experiments.sweeps.sweep import Shard
from scenarios import ScenarioError
from scenarios.resolve import read_sources, resolve_sources

ROOT = Path(__file__).parents[2]
TOYS = ROOT / "tests" / "toys"
PLACE = ROOT / "tests" / "places" / "small.yaml"  # 24 months, packages from month 6 on
PATIENCE = 60.0
QUICK = ["sweep", str(PLACE), "--vary", "enterprise.sigma=0.5:4:4:log", "--packages", "none,training", "--seeds", "3"]
SCREEN = ["sensitivity", str(PLACE), "--packages", "training,credit", "--methods", "morris"]
SCREEN += ["--trajectories", "4", "--seeds", "1", "--outcomes", "return", "--vary", "enterprise.sigma=1:2"]
SCREEN += ["--vary", "market.displacement=0:1"]


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The toy worlds, importable here and in worker processes."""
    monkeypatch.syspath_prepend(TOYS)
    monkeypatch.setattr(runs, "is_compiled", lambda: True)
    import toy_worlds

    return toy_worlds


@pytest.fixture
def planted(toys: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The toy worlds in the simulation's place."""
    toys.plant(monkeypatch.setattr)
    return toys


def guiyan(*line: object, status: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(one) for one in line])
    assert result.exit_code == status, result.output
    return result


def tables(folder: Path) -> dict[str, bytes]:
    """What a command has left but for its manifest, which has times."""
    paths = [*sorted((folder / "tables").iterdir()), *folder.glob("results.parquet")]
    return {path.name: path.read_bytes() for path in paths}


# -- factors and designs


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("1,2,x", (1, 2, "x")),
        ("5", (5,)),
        ("0:1:5", (0.0, 0.25, 0.5, 0.75, 1.0)),
        ("0.5:4:4:log", (0.5, 1.0, 2.0, 4.0)),
        ("2:8", (2.0, 8.0)),
        ("true,false", (True, False)),
    ],
)
def test_levels_of_a_factor(text: str, levels: tuple[Any, ...]) -> None:
    assert parse("k", text).levels() == levels


@pytest.mark.parametrize(
    "text", ["", "1:", "2:1", "1:1", "a:b", "1:2:1", "1:2:x", "0:1:3:log", "1:2:3:4", "1,1", "1:2:3:lgo"]
)
def test_a_malformed_factor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse("k", text)


def test_drawn_values_keep_the_range_and_the_spacing() -> None:
    assert parse("k", "0.1:10").at(0.5) == pytest.approx(1.0)  # tenfold: in the logarithm, as the prior
    assert parse("k", "0.1:10:linear").at(0.5) == pytest.approx(5.05)
    assert parse("k", "1:4:log").at(0.5) == pytest.approx(2.0)
    assert parse("k", "1:9")._replace(is_whole=True).at(0.55) == 5
    assert [parse("k", "a,b,c").at(share) for share in (0.0, 0.34, 0.99, 1.0)] == ["a", "b", "c", "c"]


def test_designs_fill_their_space() -> None:
    two = [parse("a", "0:1"), parse("b", "0:1")]
    cube = np.array(designs.points_of(designs.LHS, two, 10))
    assert (np.sort(np.floor(cube * 10), axis=0) == np.arange(10)[:, None]).all()
    sobol = np.array(designs.points_of(designs.SOBOL, two, 16))
    for cells in ((16, 1), (8, 2), (4, 4), (2, 8), (1, 16)):  # a net: one point in every elementary box
        assert len({tuple(np.floor(point * cells)) for point in sobol}) == 16
    assert designs.points_of(designs.GRID, [parse("a", "1,2"), parse("b", "3,4")], 0) == [
        (1, 3),
        (1, 4),
        (2, 3),
        (2, 4),
    ]
    assert designs.points_of(designs.ONE, [parse("a", "1,2"), parse("b", "3")], 0) == [
        (None, None), (1, None), (2, None), (None, 3),
    ]  # fmt: skip
    assert designs.points_of(designs.LHS, two, 10) == designs.points_of(designs.LHS, two, 10)


def test_shards_part_a_sweep_and_share_no_point() -> None:
    sweep = read_sweep(None, given(place=[str(PLACE)], vary={"scale": "100,200,300"}, packages=["none", "credit"]))
    parts = [list(sweep.cells(Shard(number, 2))) for number in (1, 2)]
    assert sorted(parts[0] + parts[1]) == list(sweep.cells()) and len(parts[0]) == 4
    assert not {cell.world for cell in parts[0]} & {cell.world for cell in parts[1]}
    assert [sweep.runs_of(Shard(number, 2)) for number in (1, 2)] == [4, 2] and sweep.runs == 6


# -- scenarios


def test_sources_read_once_resolve_as_files_read_each_time() -> None:
    sources = read_sources(PLACE, ["training"])
    for changes in ({"parameters.enterprise.sigma": 3.0}, {"instruments.certification.dose": 2}, {"scale": 40}, {}):
        assert resolve_sources(sources, changes).hash == scenarios.load(PLACE, ["training"], changes).hash


def test_a_sweep_runs_the_scenarios_that_are_loaded_by_hand() -> None:
    sweep = read_sweep(
        None,
        given(
            place=[str(PLACE)],
            packages=["none", "training+credit"],
            vary={"doses.credit": "0,2", "parameters.enterprise.sigma": "3", "population.seed": "5:6:2"},
            overrides={"scale": 40},
        ),
    )
    made = [sweep.scenarios(0).scenario(sweep.arm_of(cell)) for cell in sweep.cells()]
    own = {"scale": 40, "parameters.enterprise.sigma": 3, "population.seed": 5}
    by_hand = [
        scenarios.load(PLACE, [], own),
        scenarios.load(PLACE, ["training"], own),  # a dose of 0 is absence
        scenarios.load(PLACE, [], {**own, "population.seed": 6}),
    ]
    assert [one.hash for one in made[:3]] == [one.hash for one in by_hand]
    doses = [{one.id: one.dose for one in scenario.instruments} for scenario in (made[5], made[7])]
    credit = {one.id for one in scenarios.load(PLACE, ["credit"]).instruments if not one.is_programme}
    assert all(dose[name] == 2.0 for dose in doses for name in credit)


# -- runs


def test_the_tables_are_the_same_however_it_was_run(planted: ModuleType, tmp_path: Path) -> None:
    guiyan(*QUICK, "--out", tmp_path / "one", "--workers", 2)
    for number in (2, 1):
        guiyan(*QUICK, "--out", tmp_path / "shards", "--workers", 1, "--shard", f"{number}/2")
    assert "24 of 24 runs done" in guiyan("status", tmp_path / "shards").stdout
    for number in (1, 2):
        guiyan(*QUICK, "--out", tmp_path / f"own{number}", "--workers", 1, "--shard", f"{number}/2")
    assert "24 runs" in guiyan("merge", tmp_path / "own1", tmp_path / "own2").stdout
    for folder in ("shards", "own1"):
        made = guiyan(*QUICK, "--out", tmp_path / folder, "--workers", 1)
        assert "runs made" not in made.stderr  # every run was there
        assert tables(tmp_path / folder) == tables(tmp_path / "one")


def test_a_wider_sweep_makes_only_what_is_missing(planted: ModuleType, tmp_path: Path) -> None:
    guiyan(*QUICK, "--out", tmp_path / "s", "--workers", 1)
    wider = [*QUICK[:-1], "5", "--vary", "market.displacement=0.5"]
    assert "40 runs made, 0 known" in guiyan(*wider, "--out", tmp_path / "s", "--workers", 1).stderr
    again = guiyan(*QUICK[:-1], "5", "--out", tmp_path / "s", "--workers", 1)
    assert "16 runs made, 24 known" in again.stderr
    assert len(pd.read_csv(tmp_path / "s" / "tables" / "runs.csv")) == 40


def test_the_tidy_table_holds_what_was_measured(planted: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "s"
    guiyan(*QUICK, "--out", out, "--workers", 1)
    table = pd.read_parquet(out / "results.parquet")
    key = "parameters.enterprise.sigma"
    row = table[(table[key] == 2.0) & (table["packages"] == "training") & (table["seed"] == 2)].set_index("outcome")
    assert row.loc["cost", "value"] == len(scenarios.load(PLACE, ["training"]).instruments) - 1  # without the programme
    from experiments.measure import INDICATORS

    assert row.loc["jobs", "value"] == 200 + 2 + 10 + INDICATORS.index("cohort_jobs") + 18
    assert (row["month"] == 17).all() and (row["horizon"] == 12).all()  # month 17 is the 12th from month 6 on
    summary = pd.read_csv(out / "tables" / "summary.csv")
    cell = summary[(summary[key] == 2.0) & (summary["packages"] == "none") & (summary["outcome"] == "return")].iloc[0]
    half = 4.302652729911275 / math.sqrt(3)  # Student's t of 3 seeds whose values are 1 apart
    assert cell["high"] - cell["mean"] == pytest.approx(half) and cell["seeds"] == 3


def test_results_are_filtered_and_written_in_every_format(planted: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "s"
    guiyan(*QUICK, "--out", out, "--workers", 1)
    where = ["--where", "packages=training", "--where", "sigma<1", "--outcome", "return,farm", "--month", "12"]
    shown = pd.read_csv(StringIO(guiyan("results", out, *where).stdout))
    assert len(shown) == 1 * 3 * 2 and set(shown["outcome"]) == {"return", "farm"}
    assert set(shown["packages"]) == {"training"} and shown["parameters.enterprise.sigma"].max() < 1
    for suffix, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet), ("dta", pd.read_stata)):
        path = tmp_path / f"t.{suffix}"
        guiyan("results", out, *where, "--format", suffix, "--to", path)
        found = read(path)  # type: ignore[operator]
        assert found["value"].tolist() == shown["value"].tolist()
    assert "sigma" in pd.read_stata(tmp_path / "t.dta").columns


def drawn(folder: Path, weight: list[float], sigmas: list[float]) -> Path:
    """An ensemble of the small place in which sigma alone is uncertain."""
    made = Ensemble(
        "small", (Range("parameters.enterprise.sigma", 0.3, 20.0),), np.array(sigmas)[:, None], np.array(weight),
        {"jobs": 0.1}, {}, "",
    )  # fmt: skip
    write_ensemble(made, folder / "ensemble.yaml")
    return folder / "ensemble.yaml"


def test_a_sweep_over_an_ensemble_tells_parameters_and_seeds_apart(planted: ModuleType, tmp_path: Path) -> None:
    file, out = drawn(tmp_path, [0.75, 0.25], [1.0, 2.0]), tmp_path / "s"
    line = ["sweep", PLACE, "--vary", "market.displacement=0,1", "--packages", "none,training", "--seeds", 3]
    line += ["--ensemble", file, "--workers", 1]
    said = guiyan(*line, "--out", out).stderr
    assert "24 runs of 2 points, each with 2 draws" in said
    table = pd.read_parquet(out / "results.parquet")
    at = (table["packages"] == "training") & (table["outcome"] == "return") & (table["horizon"] == 12)
    first = table[at & (table["point"] == 1)].set_index(["draw", "seed"])["value"]
    assert len(first) == 6 and first.loc[1, 2] - first.loc[0, 2] == pytest.approx(100.0)  # 100 x sigma
    summary = pd.read_csv(out / "tables" / "summary.csv")
    row = summary[(summary["packages"] == "training") & (summary["point"] == 1) & (summary["outcome"] == "return")]
    row = row[row["horizon"] == 12].iloc[0]
    assert row["mean"] == pytest.approx(0.75 * first.loc[0].mean() + 0.25 * first.loc[1].mean())
    assert row["sd_seeds"] == pytest.approx(1.0)  # seeds 1, 2, 3
    # 100 x sigma: 0.75 x 0.25 x 100^2 over 1 - 0.75^2 - 0.25^2, less what three seeds leave in a mean
    assert row["sd_parameters"] == pytest.approx(math.sqrt(5000.0 - 1.0 / 3.0)) and math.isnan(row["sd_structure"])
    assert (row["draws"], row["seeds"], row["failed"]) == (2, 3, 0)
    assert pd.read_csv(out / "tables" / "draws.csv")["weight"].tolist() == [0.75, 0.25]
    for number in (1, 2):
        guiyan(*line, "--out", tmp_path / "shards", "--shard", f"{number}/2")
    guiyan(*line, "--out", tmp_path / "shards")
    assert tables(tmp_path / "shards") == tables(out)
    jobs = summary[(summary["outcome"] == "jobs") & (summary["horizon"] == 12)].iloc[0]
    assert math.isnan(jobs["sd_structure"])  # the series `jobs` is another than the cohort's jobs
    thinned = guiyan(*line, "--draws", 2, "--out", out).stderr
    assert "note: varied" not in thinned and "runs made" not in thinned


def test_what_is_varied_lies_over_the_draws(planted: ModuleType, tmp_path: Path) -> None:
    file, out = drawn(tmp_path, [0.5, 0.5], [1.0, 2.0]), tmp_path / "s"
    line = ["sweep", PLACE, "--vary", "enterprise.sigma=3", "--design", "one-at-a-time", "--ensemble", file]
    said = guiyan(*line, "--out", out, "--workers", 1).stderr
    assert "note: varied, so not as the draws have them: parameters.enterprise.sigma" in said
    runs_made = pd.read_csv(out / "tables" / "runs.csv").set_index(["point", "draw"])["parameters.enterprise.sigma"]
    assert runs_made.to_dict() == {(0, 0): 1.0, (0, 1): 2.0, (1, 0): 3.0, (1, 1): 3.0}
    summary = pd.read_csv(out / "tables" / "summary.csv").groupby("point")["parameters.enterprise.sigma"].first()
    assert math.isnan(summary[0]) and summary[1] == 3.0  # no one value at the point of the draws


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["--draws", 2], "expected a file under `ensemble` as well"),
        (["--ensemble", "ensemble.yaml", "--set", "parameters.enterprise.sigma=2"], "the ensemble sets it as well"),
    ],
)
def test_an_ensemble_that_does_not_fit_gets_one_message(
    line: list[object], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn(tmp_path, [0.5, 0.5], [1.0, 2.0])
    monkeypatch.chdir(tmp_path)
    assert words in guiyan("sweep", PLACE, "--packages", "none", *line, status=2).output
    assert words in guiyan("sensitivity", PLACE, *line, status=2).output


def test_a_failed_run_is_a_row_and_is_tried_again(
    toys: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "s"
    with monkeypatch.context() as patch:
        toys.plant(patch.setattr, raises=(2,))
        failed = guiyan(*QUICK, "--out", out, "--workers", 1, status=1)
        assert "8 runs failed" in failed.stderr
    rows = pd.read_csv(out / "tables" / "failures.csv")
    assert set(rows["seed"]) == {2} and rows["traceback"].str.contains("ZeroDivisionError: seed 2").all()
    assert json.loads(guiyan("status", out, "--json").stdout)["failed"] == 8
    assert set(pd.read_csv(out / "tables" / "summary.csv")["failed"]) == {1}
    toys.plant(monkeypatch.setattr)
    guiyan(*QUICK, "--out", out, "--workers", 1)
    guiyan(*QUICK, "--out", tmp_path / "whole", "--workers", 1)
    assert tables(out) == tables(tmp_path / "whole")


def test_a_drawn_sweep_over_places_scales_and_horizons(planted: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(f"schema: place\nextends: {PLACE}\nid: other\n", encoding="utf-8")
    file = tmp_path / "sweep.yaml"
    file.write_text(
        f"place: [{PLACE}, other.yaml]\n"
        "vary: {scale: '20:200', months: [12, 24], parameters.enterprise.sigma: '1:2'}\n"
        "design: lhs\npoints: 4\nhorizons: [6, 18]\n",
        encoding="utf-8",
    )
    out = tmp_path / "s"
    guiyan("sweep", file, "--out", out, "--workers", 1)
    table = pd.read_parquet(out / "results.parquet")
    assert set(table["place"]) == {"small.yaml", "other.yaml"} and (table["scale"] % 1 == 0).all()
    assert set(table.loc[table["months"] == 12, "horizon"]) == {6}
    assert set(table.loc[table["months"] == 24, "horizon"]) == {6, 18}


@pytest.mark.parametrize("command", [QUICK, SCREEN], ids=["sweep", "sensitivity"])
def test_a_command_that_is_killed_is_taken_up_where_it_was(
    command: list[str], toys: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, out = tmp_path / "log", tmp_path / "s"
    log.mkdir()
    line = [
        sys.executable,
        str(TOYS / "toy_worlds.py"),
        str(log),
        "0.05",
        *command,
        "--out",
        str(out),
        "--workers",
        "2",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(TOYS), *sys.path])}
    driver = subprocess.Popen(line, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    until(lambda: driver.poll() is not None or recorded(out) >= 6)
    if command is QUICK:
        state = json.loads(guiyan("status", out, "--json").stdout)
        assert state["processes"] == 1 and 4 <= state["done"] < 24 and state["runs"] == 24
    driver.send_signal(signal.SIGKILL)
    assert driver.wait(PATIENCE) == -signal.SIGKILL
    time.sleep(0.5)  # its processes end when they notice
    before = recorded(out)
    toys.plant(monkeypatch.setattr)
    monkeypatch.setattr(simulation.Result, "figures", lambda *_: {})  # drawing takes longer than all the rest
    assert f", {before} known" in guiyan(*command, "--out", out, "--workers", 1).stderr
    guiyan(*command, "--out", tmp_path / "whole", "--workers", 1)
    assert tables(out) == tables(tmp_path / "whole")
    if command is QUICK:
        assert "24 of 24 runs done, 0 failed, 0 left" in guiyan("status", out).stdout


def recorded(out: Path) -> int:
    """Runs in a folder's store."""
    if not (out / "records.sqlite").is_file():
        return 0
    with Records(out / "records.sqlite") as records:
        return len(records)


def until(holds: Callable[[], Any]) -> None:
    """Wait for something to hold."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < PATIENCE
        time.sleep(0.02)


def test_memory_does_not_grow_with_the_runs(toys: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenarios are made as they are needed: no more of them are alive than wait."""
    from experiments.sweeps import making

    toys.plant(monkeypatch.setattr)
    ahead: list[int] = []
    made = 0
    plain = making.Runs._task

    def counted(self: Any, *arguments: Any) -> Any:
        nonlocal made
        made += 1
        with Records(tmp_path / "s" / "records.sqlite") as records:
            ahead.append(made - len(records))
        return plain(self, *arguments)

    monkeypatch.setattr(making.Runs, "_task", counted)
    guiyan("sweep", PLACE, "--packages", "none", "--seeds", 600, "--out", tmp_path / "s", "--workers", 1)
    assert made == 600 and max(ahead) < 520


# -- malformed files and command lines

FILE = f"""\
schema: sweep
place: {PLACE}
packages: [none, training]
vary:
  parameters.enterprise.sigma: "0.3:20:4"
  doses.training: [0, 1]
design: grid
seeds: 2
horizons: [6, 18]
overrides: {{scale: 100}}
"""
EDITS: dict[str, tuple[str, str, list[str], int]] = {
    "misspelt key": ("seeds: 2", "seedz: 2", ["seedz: unknown key", 'did you mean "seeds"?'], 8),
    "another schema": ("schema: sweep", "schema: experiment", ["expected schema: sweep", "'experiment'"], 1),
    "unknown place": (str(PLACE), "zhaotng", ['unknown place "zhaotng"', 'did you mean "zhaotong"?'], 2),
    "a place twice": (f"place: {PLACE}", f"place: [{PLACE}, {PLACE}]", ["expected each place once"], 2),
    "unknown package": ("[none, training]", "[none, trainig]", ['"trainig"', 'did you mean "training"?'], 3),
    "an arm twice": ("[none, training]", "[training, training]", ['"training" is there twice'], 3),
    "a package twice": ("[none, training]", "[training+training]", ["expected each once"], 3),
    "unknown parameter": ("enterprise.sigma", "enterprise.sigmo", ["vary.parameters.enterprise.sigmo", '"sigma"?'], 5),
    "unknown key of a place": ("parameters.enterprise.sigma", "scael", ['unknown key "scael"', '"scale"?'], 5),
    "beyond the domain": ("0.3:20:4", "0.3:2000:4", ["from 0.1 to 1,000 (elasticity)"], 5),
    "no number of values": ("0.3:20:4", "0.3:20", ["a grid needs a number of values", "0.3:20:5"], 5),
    "ends turned": ("0.3:20:4", "20:0.3:4", ["the lower end first"], 5),
    "not a range": ("0.3:20:4", "0.3:lots", ["expected values such as 0.5,1,2"], 5),
    "dose of no arm": ("doses.training", "doses.credit", ['no arm has the package "credit"'], 6),
    "negative dose": ("[0, 1]", "[-1, 1]", ["multiples of the dose from 0", "(got -1)"], 6),
    "unknown design": ("design: grid", "design: gird", ["one of grid, lhs", 'did you mean "grid"?'], 7),
    "points of a grid": ("design: grid", "design: grid\npoints: 9", ["lhs or sobol with points"], 8),
    "points of sobol": ("design: grid", "design: sobol\npoints: 9", ["a power of 2 for sobol, such as 8 or 16"], 8),
    "no seeds": ("seeds: 2", "seeds: 0", ["seeds.count", "from 1"], 8),
    "horizon 0": ("[6, 18]", "[0]", ["horizons.0", "from 1"], 9),
    "horizon beyond the run": ("[6, 18]", "[6, 19]", ["at most 18 months after", "(got 19)"], 9),
    "varied and overridden": ("{scale: 100}", "{parameters.enterprise.sigma: 2}", ["also among the overrides"], 5),
}


def given(**keys: Any) -> dict[str, tuple[str, Any]]:
    return {key: (f"--{key}", value) for key, value in keys.items()}


@pytest.mark.parametrize("name", EDITS)
def test_malformed_file_says_line_and_remedy(name: str, tmp_path: Path) -> None:
    old, new, words, line = EDITS[name]
    assert FILE.count(old) >= 1
    file = tmp_path / "sweep.yaml"
    file.write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_sweep(file, {})
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert f"sweep.yaml:{line}: " in message, message


def test_file_and_command_line_ask_the_same(tmp_path: Path) -> None:
    file = tmp_path / "sweep.yaml"
    file.write_text(FILE, encoding="utf-8")
    line = given(
        place=[str(PLACE)],
        packages=["none", "training"],
        vary={"parameters.enterprise.sigma": "0.3:20:4", "doses.training": "0,1"},
        seeds={"count": 2},
        horizons=[18, 6],
        overrides={"scale": 100},
    )
    both = [read_sweep(file, {}), read_sweep(None, line)]
    assert both[0].plain() == both[1].plain() and both[0].points == both[1].points
    tasks = [sweep.scenarios(0).scenario(sweep.arm_of(next(sweep.cells()))) for sweep in both]
    assert tasks[0].hash == tasks[1].hash
    assert read_sweep(file, given(seeds={"count": 7})).seeds == range(1, 8)


def test_the_shipped_examples_are_valid() -> None:
    sweep = read_sweep(ROOT / "docs" / "examples" / "zhaotong_sweep.yaml", {})
    assert sweep.design == "lhs" and len(sweep.arms) == 4
    study = read_study(ROOT / "docs" / "examples" / "zhaotong_sensitivity.yaml", {}, OUTCOMES)
    assert len(study.methods) == 5 and set(study.ranges) == set(default_ranges())


BAD = [
    ("sweep zhaotong", "expected --vary or --packages"),
    ("sweep zhaotong --vary sigma", "expected KEY=VALUES"),
    ("sweep zhaotong --vary enterprise.sigmo=1,2", 'did you mean "sigma"?'),
    ("sweep zhaotong --vary scale=1.5,3", "scale: expected a whole number"),
    ("sweep zhaotong --vary scale=100,200 --vary scale=3", "scale is given twice"),
    ("sweep zhaotong --packages training,,credit", "expected names between commas"),
    ("sweep zhaotong --packages training --shard 3/2 --out {folder}/s", "expected I/N"),
    ("sweep zhaotong --packages training --shard 1/2", "expected --out DIR"),
    ("sweep zhaotong --packages training --out {folder}/file", "is a file"),
    ("sweep zhaotong --packages training --out {folder}/taken", "notes.txt"),
    ("sweep {folder}/nowhere.yaml", "nowhere.yaml"),
    ("status {folder}/taken", "not the folder of a sweep"),
    ("status {folder}/nowhere", "no such folder"),
    ("results {folder}/taken", "not the folder of a sweep"),
    ("results {folder}/taken --format xlsx", "'xlsx' is not one of"),
    ("merge {folder}/taken {folder}", "expected the folder of a sweep"),
    ("sensitivity zhaotong --methods moris", 'did you mean "morris"?'),
    ("sensitivity zhaotong --vary enterprise.sigma=1,2", "expected the two ends of a range"),
    ("sensitivity zhaotong --vary scale=100:200", "expected a parameter"),
    ("sensitivity zhaotong --samples 12", "expected a power of 2, such as 8 or 16"),
    ("sensitivity zhaotong --criterion excess>0", "with 0 packages; expected one of value"),
    ("sensitivity zhaotong --packages credit,training --criterion excess", "such as excess>0"),
    ("sensitivity zhaotong --outcomes retrun", 'did you mean "return"?'),
    ("sensitivity zhaotong --horizons 600", "beyond the run"),
    ("replications zhaotong --relative 2", "relative: expected a number"),
    ("replications zhaotong --seeds 0", "seeds.count"),
    ("replications zhaotong --samples 4", "No such option '--samples'"),
]


@pytest.mark.parametrize(("line", "words"), BAD, ids=[line for line, _ in BAD])
def test_one_message_and_status_2(line: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a sweep")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    result = guiyan(*line.format(folder=tmp_path).split(), status=2)
    assert result.stdout == "" and result.stderr.count("Error") == 1
    assert words in result.stderr and "Traceback" not in result.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_results_name_the_nearest_column_and_outcome(planted: ModuleType, tmp_path: Path) -> None:
    guiyan(*QUICK[:-1], 1, "--out", tmp_path / "s", "--workers", 1)
    for options, words in (
        (["--where", "packges=none"], 'did you mean "packages"?'),
        (["--where", "packages"], "expected KEY=VALUE"),
        (["--where", "sigma=low"], "expected a number"),
        (["--outcome", "retrun"], 'did you mean "return"?'),
        (["--month", "x"], "expected months"),
        (["--format", "dta", "--to", str(tmp_path)], "is a folder"),
    ):
        assert words in guiyan("results", tmp_path / "s", *options, status=2).stderr


def test_digests_are_those_of_the_runner(planted: ModuleType, tmp_path: Path) -> None:
    """What the plan notes is what the store knows."""
    guiyan(*QUICK, "--out", tmp_path / "s", "--workers", 1)
    noted = set(pd.read_csv(tmp_path / "s" / "tables" / "runs.csv")["digest"])
    with Records(tmp_path / "s" / "records.sqlite") as records:
        assert {one.digest for one in records} == noted and len(noted) == 24
