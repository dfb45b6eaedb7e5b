"""What surrounds a calibration: evidence, priors and ensembles as files, runs as figures, killing, the commands."""

import json
import os
import signal
import subprocess
import sys
import time
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import scenarios
from experiments import forecast
from experiments.calibration.ensemble import Ensemble, read_ensemble, write_ensemble
from experiments.calibration.figures_of_runs import with_constants
from experiments.calibration.priors import read_priors
from experiments.calibration.targets import EVIDENCE, default_file, read_targets
from experiments.cli import main
from experiments.forecast import Truth
from experiments.laboratory.ranges import Range
from experiments.measurement import MEASURES
from experiments.observing import SERIES, Observer
from experiments.recording import OutcomesMeasure
from experiments.records import Records
from experiments.runner import digest
from scenarios.errors import ScenarioError
from scenarios.resolve import resolve

ROOT = Path(__file__).parents[2]
TOYS = ROOT / "tests" / "toys"
SMALL = ROOT / "tests" / "places" / "small.yaml"
RANGES = (Range("parameters.decision.out_intercept", -0.5, 0.5), Range("parameters.enterprise.sigma", 0.3, 20.0))


def ensemble(place: str = "small", draws: int = 2) -> Ensemble:
    values = np.array([[0.1 + 0.1 * draw, 1.0 + 1 / 3 * draw] for draw in range(draws)])
    weight = np.full(draws, 1 / draws)
    return Ensemble(place, RANGES, values, weight, {"out_province": 0.02}, {"scale": 20}, "")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_ensemble(ensemble(), tmp_path / "ensemble.yaml")
    return tmp_path / "ensemble.yaml"


def guiyan(*arguments: object, status: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


# Evidence


def test_targets_are_the_evidence_and_nothing_after_2023_is_fitted() -> None:
    evidence = pd.read_csv(EVIDENCE / "targets.csv", dtype=str, keep_default_na=False).set_index("id")
    found = read_targets(default_file("zhaotong", "targets.csv"))
    assert {one.id.partition("_")[0] for one in found.all} == set(evidence.index)
    for one in found.all:
        row = evidence.loc[one.id.partition("_")[0]]
        stated = [float(part) for part in row["value"].split(";")]
        if row["low"]:
            stated.append((float(row["low"]) + float(row["high"])) / 2)
        assert one.value in stated, one.key
        assert one.place == row["place"] and one.source == row["source"]
    for one in found.fitted:
        assert one.years.last <= 2023, one.key
        assert evidence.loc[one.id.partition("_")[0], "use"] == "fit"
        assert one.id in MEASURES  # which measure baselines, never a difference between worlds
    fit = set(evidence.index[evidence["use"] == "fit"])
    left_out = fit - {one.id.partition("_")[0] for one in found.fitted}
    said = {one.id for one in found.all if one.use != "fit" and one.note}
    assert left_out <= said, "every figure that is not fitted says why"


def test_priors_hold_what_was_fitted_by_hand() -> None:
    priors = read_priors(default_file("zhaotong", "priors.yaml"))
    constants = resolve("zhaotong").data["parameters"]
    for one in priors.ranges:
        _, group, name = one.key.split(".")
        assert one.low <= constants[group][name] <= one.high, one.key
        assert priors.sources[one.key], one.key
    ends = priors.natural(np.array([np.zeros(len(priors.ranges)), np.ones(len(priors.ranges))]))
    assert ends == pytest.approx(np.array([[one.low for one in priors.ranges], [one.high for one in priors.ranges]]))


HEAD = ",".join(pd.read_csv(EVIDENCE / "zhaotong_targets.csv", nrows=0).columns)
GOOD = "Z1,share,占比,2021,45,,,1,0.5,1,1,fit,,percent,Small,2021,somebody,"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (GOOD.replace("Z1", "Z99"), 'bad.csv:2: id: no measurement equation "Z99"'),
        (GOOD.replace(",2021,45", ",spring,45"), "bad.csv:2: years: expected a year"),
        (GOOD.replace("0.5", "much"), "bad.csv:2: error: expected a number, or nothing (got 'much')"),
        (GOOD.replace("0.5", ""), "bad.csv:2: error: expected one above 0"),
        (GOOD.replace("fit", "fitt"), "bad.csv:2: use: expected one of fit, check"),
        (f"{GOOD}\n{GOOD}", "Z1 2021: stands twice"),
        (GOOD.replace("fit", "check"), "no figure is for fitting"),
    ],
)
def test_bad_targets_get_one_message(tmp_path: Path, row: str, words: str) -> None:
    (tmp_path / "bad.csv").write_text(f"{HEAD}\n{row}\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_targets(tmp_path / "bad.csv")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema: place\n", "expected schema: priors (got 'place')"),
        ("schema: priors\n", "parameters: expected GROUP.NAME"),
        ("schema: priors\nparameters:\n  decision.out_intercep: {range: [0, 1]}\n", 'did you mean "'),
        ("schema: priors\nparameters:\n  decision.out_intercept: {range: [1, 0]}\n", "the lower one first"),
        ("schema: priors\nparameters:\n  decision.out_intercept: [0, 1]\n", "expected {range: [low, high]"),
        ("schema: priors\nparameters:\n  decision.out_intercept: {range: [0, 99]}\n", "(got 99"),
    ],
)
def test_bad_priors_get_one_message(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_priors(tmp_path / "bad.yaml")
    assert words in str(error.value) and "bad.yaml" in str(error.value)


# Ensembles


def test_an_ensemble_reads_back_to_the_bit(file: Path) -> None:
    found, written = read_ensemble(file, "small"), ensemble()
    assert (found.values == written.values).all() and (found.weight == written.weight).all()
    assert found.ranges == written.ranges and found.discrepancy == written.discrepancy
    assert found.changes(1) == {"parameters.decision.out_intercept": 0.2, "parameters.enterprise.sigma": 4 / 3}


def test_thinning_keeps_the_weights() -> None:
    uneven = ensemble(draws=4)._replace(weight=np.array([0.5, 0.25, 0.125, 0.125]))
    assert (uneven.thinned(9).weight == uneven.weight).all()
    two = uneven.thinned(2)
    assert list(two.weight) == [0.5, 0.5] and list(two.values[:, 0]) == list(uneven.values[[0, 1], 0])
    assert list(uneven.equal(8)[:, 0]) == list(np.repeat(uneven.values[:, 0], [4, 2, 1, 1]))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("schema: ensemble", "schema: place", "expected schema: ensemble"),
        ("place: small", "place: large", "place: expected small (got 'large')"),
        ("decision.out_intercept", "decision.out_intercep", 'did you mean "'),
        ("weight: 0.5", "weight: 0.75", "the weights add to 1.25; expected 1"),
        ("weight: 0.5", "weight: -1", "expected a weight above 0 (got -1)"),
        ("values: [0.1, 1.0]", "values: [0.1]", "draws.0: expected values: [...] with 2 numbers"),
    ],
)
def test_bad_ensembles_get_one_message(file: Path, old: str, new: str, words: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_ensemble(file, "small")
    assert words in str(error.value) and "ensemble.yaml" in str(error.value)


# Runs


def test_points_are_the_scenarios_that_load_gives() -> None:
    changes = {"parameters.decision.out_intercept": 0.25, "parameters.enterprise.sigma": 3.5}
    loaded = scenarios.load(SMALL, overrides={**changes, "population.seed": 9})
    cut = with_constants(resolve(SMALL), changes, 9)
    assert (cut.hash, cut.world_hash, cut.parameters) == (loaded.hash, loaded.world_hash, loaded.parameters)


def test_what_is_seen_agrees_with_the_tidy_table(worlds: Any) -> None:
    from sim.simulation import simulate

    scenario = worlds.scenario()
    seen = Observer(simulate(scenario, 1, months=0))
    seen.advance(12)
    table = pd.DataFrame(seen.series, columns=list(SERIES))
    whole = worlds.run(seed=1).outcomes
    whole = whole[whole["dimension"] == "all"].pivot_table(
        index="month", columns="indicator", values="value", observed=True
    )
    for name in ("out_province", "owners", "closures", "mean_age_away", "jobs_filled"):
        assert table[name].to_numpy() == pytest.approx(whole[name].to_numpy()[:12], rel=1e-12)
    left = table["closures"].sum() > 0
    assert left and table["firm_exits"].to_numpy() == pytest.approx(table["closures"].to_numpy(), rel=1e-9)
    assert (table["firm_exits_under_5"] <= table["firm_exits"]).all()
    assert (table["returnee_owners_male"] <= table["returnee_owners"]).all()
    assert (table["returnee_owners"] <= table["owners"] + 1e-6).all()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_calibration_goes_on_to_the_same_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOYS)
    import toy_calibration

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(TOYS)])}
    command = [sys.executable, str(TOYS / "toy_calibration.py"), str(tmp_path / "killed"), "0.02"]
    killed, started = subprocess.Popen(command, env=environment), time.monotonic()
    while killed.poll() is None and not (tmp_path / "killed" / "designs" / "wave-2.csv").is_file():
        assert time.monotonic() - started < 120
        time.sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait(60) != 0
    with Records(tmp_path / "killed" / "records.sqlite") as records:
        before = {one.digest for one in records}
    assert len(before) >= 48 and not (tmp_path / "killed" / "ensemble.yaml").exists()
    for name, value in toy_calibration.SHORT.items():
        monkeypatch.setattr(*name, value)
    toy_calibration.calibrate(tmp_path / "killed", 0.0)
    toy_calibration.calibrate(tmp_path / "whole", 0.0)
    assert (tmp_path / "killed" / "ensemble.yaml").read_bytes() == (tmp_path / "whole" / "ensemble.yaml").read_bytes()
    with Records(tmp_path / "killed" / "records.sqlite") as records:
        assert before <= {one.digest for one in records} and len(records) == 2 * (24 + 24 + 16)


def test_the_shipped_ensemble_is_of_the_shipped_targets_and_priors() -> None:
    found = read_ensemble(EVIDENCE / "zhaotong_ensemble.yaml", "zhaotong")
    targets, priors = (default_file("zhaotong", name) for name in ("targets.csv", "priors.yaml"))
    assert found.provenance["targets_sha256"] == read_targets(targets).digest
    assert found.provenance["priors_sha256"] == read_priors(priors).digest
    low, high = ([getattr(one, end) for one in found.ranges] for end in ("low", "high"))
    assert ((found.values >= low) & (found.values <= high)).all()
    shipped = np.array([float(attrgetter(one.key)(scenarios.load("zhaotong"))) for one in found.ranges])
    assert np.abs(found.values / shipped - 1).max(axis=1).min() <= 0.005  # one of the draws, rounded to three digits
    table = pd.read_csv(EVIDENCE / "zhaotong_calibration.csv")
    assert [f"{one.id} {one.years}" for one in table.itertuples()] == found.provenance["fitted"]


# Commands


def test_commands_over_an_ensemble_report_sources_apart(file: Path, tmp_path: Path) -> None:
    short = ["--ensemble", file, "--seeds", 2, "--scale", 100, "--months", 12, "--threads", 1, "--json"]
    run = json.loads(guiyan("run", SMALL, *short, "--out", tmp_path / "run").stdout)
    uncertain = {row["indicator"]: row for row in run["uncertainty"]}
    assert run["draws"] == 2 and uncertain["out_province"]["sd_structure"] > 0
    assert uncertain["owners"]["sd_structure"] is None and uncertain["owners"]["sd_seeds"] > 0
    row = uncertain["out_province"]
    assert row["low"] < row["mean"] < row["high"]
    package = tmp_path / "package.yaml"
    source = (ROOT / "scenarios" / "packages" / "credit.yaml").read_text(encoding="utf-8")
    package.write_text(source, encoding="utf-8")
    compared = json.loads(guiyan("compare", SMALL, "--package", package, *short).stdout)
    assert {row["draws"] for row in compared["effects"]} == {2}
    assert all(row["sd_structure"] is None and row["sd_seeds"] >= 0 for row in compared["effects"])
    assert all(row["low"] <= row["effect"] <= row["high"] for row in compared["effects"])


def test_runs_over_an_ensemble_go_on_and_are_those_of_one_process(file: Path, tmp_path: Path) -> None:
    line = ["run", SMALL, "--ensemble", file, "--seeds", 2, "--scale", 100, "--months", 12, "--by-village", "--json"]
    guiyan(*line, "--threads", 1, "--out", tmp_path / "one")
    records = tmp_path / "recorded" / "records.sqlite"
    guiyan(*line, "--workers", 1, "--out", tmp_path / "recorded")
    wanted = (tmp_path / "one" / "outcomes.parquet").read_bytes()
    assert (tmp_path / "recorded" / "outcomes.parquet").read_bytes() == wanted
    found = [folder / "tables" / "uncertainty.csv" for folder in (tmp_path / "one", tmp_path / "recorded")]
    assert found[0].read_bytes() == found[1].read_bytes()
    (tmp_path / "begun").mkdir()  # as a command leaves it that was killed before its tables
    records.rename(tmp_path / "begun" / "records.sqlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OutcomesMeasure, "__call__", lambda *_: pytest.fail("a recorded run is made again"))
        guiyan(*line, "--out", tmp_path / "begun")
    assert (tmp_path / "begun" / "outcomes.parquet").read_bytes() == wanted
    other = guiyan(*line, "--seed", 7, "--out", tmp_path / "begun", status=2).output
    assert "holds another result" in other
    both = guiyan(*line, "--threads", 2, "--workers", 2, status=2).output
    assert "--threads is for runs in one process" in both


def test_a_forecast_reports_coverage_of_the_truth(file: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text("indicator,month,value\nowners,2021-02,1\nworkers,2021-02,40000\n", encoding="utf-8")
    start = ["forecast", SMALL, "--from", "2021-01", "--months", 2, "--ensemble", file, "--scale", 100]
    start += ["--workers", 1]
    options = ["--indicators", "out_province,owners", "--truth", truth, "--out", tmp_path / "f", "--json"]
    found = json.loads(guiyan(*start, *options).stdout)
    rows = [row for row in found["forecast"] if row["part"] == "forecast"]
    assert [row["month"] for row in rows if row["indicator"] == "owners"] == ["2021-01", "2021-02"]
    assert all(row["q025"] <= row["q25"] <= row["median"] <= row["q75"] <= row["q975"] for row in rows)
    held = {(row["indicator"], row["level"]): row["share"] for row in found["coverage"]}
    assert held["owners", 0.95] == 0.0 and held["all", 0.95] <= 0.5
    assert (tmp_path / "f" / "figures" / "forecast.png").stat().st_size > 10_000
    message = guiyan(*start, "--truth", truth, "--indicators", "ownerz", status=2).output
    assert 'unknown series "ownerz"; did you mean "owners"?' in message
    truth.write_text("indicator,month,value\nowners,2020-12,x\n", encoding="utf-8")
    message = guiyan(*start, "--truth", truth, status=2).output
    assert "truth.csv:2: month: expected a month of the forecast" in message and "truth.csv:2: value" in message


def test_coverage_by_hand() -> None:
    bounds = dict.fromkeys(("mean", "median"), 0.0) | {"q25": -1, "q75": 1, "q10": -2, "q90": 2, "q025": -3, "q975": 3}
    table = pd.DataFrame([{"indicator": "owners", "month": f"2024-0{k}", **bounds} for k in range(1, 5)])
    truth = [Truth("owners", f"2024-0{k}", value) for k, value in enumerate((0.5, 1.5, 2.5, 3.5), 1)]
    found = forecast.coverage(table, truth).set_index(["indicator", "level"])["held"]
    assert list(found.loc["all"]) == [1, 2, 3]


def test_bad_options_get_one_message(file: Path) -> None:
    assert "expected --ensemble FILE as well" in guiyan("run", SMALL, "--draws", 2, status=2).output
    wrong = guiyan("run", "zhaotong", "--ensemble", file, status=2).output
    assert "place: expected zhaotong (got 'small')" in wrong
    twice = ["--ensemble", file, "--set", "parameters.enterprise.sigma=2"]
    assert "the ensemble sets it as well" in guiyan("run", SMALL, *twice, status=2).output
    assert "none come with small; expected --targets FILE" in guiyan("calibrate", SMALL, status=2).output
    before = guiyan("forecast", SMALL, "--from", "2019-01", "--ensemble", file, status=2).output
    assert "expected 2020-01 or later" in before
    assert (
        "expected a month such as" in guiyan("forecast", SMALL, "--from", "2021", "--ensemble", file, status=2).output
    )


def test_digests_tell_draws_apart() -> None:
    from experiments.observing import SeriesMeasure
    from experiments.runner import Task

    base, measure = resolve(SMALL), SeriesMeasure(2, ("owners",))
    keys = {digest(Task(with_constants(base, ensemble().changes(draw)), 1, measure)) for draw in range(2)}
    assert len(keys) == 2
