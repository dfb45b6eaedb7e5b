"""The command line: what it prints where, what it leaves, how it ends. A toy stands in for the world."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import scenarios
from experiments import runs, store
from experiments.cli import main
from experiments.compare import INDICATORS as COHORT
from experiments.compare import OUTCOMES
from sim.outcomes import INDICATORS
from sim.simulation import simulate

ROOT = Path(__file__).parents[2]
EFFECTS = {"training": 1000, "credit": 300, "industry": 2000}
EXCESS = 500  # of every package of two or more, in every outcome
COMPARE = ["compare", "zhaotong", "--packages", "training,credit,training+credit", "--seeds", "3"]
SHORT = ["--months", "18", "--set", "policy_start=6"]


class Toy:
    """Stands in for the simulated world: constant outcomes, and a record of what was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[str, ...], int, dict[str, Any]]] = []
        self.scenarios: list[Any] = []

    def simulate(self, scenario: Any, seed: int, progress: Any, **options: Any) -> SimpleNamespace:
        self.calls.append((scenario.packages, seed, options))
        self.scenarios.append(scenario)
        progress(scenario.months, scenario.months)
        months = np.arange(scenario.months)
        effect = sum(EFFECTS.get(name, 0) for name in scenario.packages) + EXCESS * (len(scenario.packages) > 1)
        parts = []
        for indicator in INDICATORS:
            cohort = indicator.name in COHORT and indicator.name != "cohort"
            value = 10_000 * seed + (effect if cohort else 0)
            parts.append(("all", "all", indicator.name, value, indicator.unit))
            parts.append(("county", "zhenxiong", indicator.name, value / 2, indicator.unit))
        for name in ("cost", "uses", "aware"):
            parts.append(("instrument", "base_training", name, 12.0, "yuan" if name == "cost" else "persons"))
        table = pd.DataFrame(
            [(scenario.name, seed, month, "zhaotong", *part) for part in parts for month in months],
            columns=["scenario", "seed", "month", "place", "dimension", "group", "indicator", "value", "unit"],
        )
        text = ["scenario", "place", "dimension", "group", "indicator", "unit"]
        return SimpleNamespace(outcomes=table.astype(dict.fromkeys(text, "category")))


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Toy:
    """The toy in place of the world."""
    world = Toy()
    monkeypatch.setattr(runs, "simulate", world.simulate)
    monkeypatch.setattr(runs, "is_compiled", lambda: True)
    return world


def guiyan(*arguments: object, status: int = 0) -> Result:
    """The result of a command, whose exit status is checked."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


def strict(result: Result) -> Any:
    """Standard output as JSON, nothing else in it, and no NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in JSON")

    return json.loads(result.stdout, parse_constant=refuse)


def loaded_by(modules: str) -> set[str]:
    """Modules that a fresh interpreter has loaded after importing some, between commas."""
    command = [sys.executable, "-c", f"import {modules}, sys; print(*sys.modules)"]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def test_help_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pandas", "numba", "mesa", "matplotlib", "scipy", "pyarrow", "pydantic", "rich", "ruamel"}
    assert heavy & loaded_by("experiments.cli") == set()
    listed = guiyan("--help").stdout
    assert all(command in listed for command in ("run", "compare", "list", "show", "validate", "schema", "export"))


def test_a_run_loads_neither_statistics_nor_what_draws() -> None:
    heavy = {"scipy.special", "scipy.spatial", "scipy.sparse", "scipy.stats", "matplotlib", "mesa", "networkx"}
    assert heavy & loaded_by("experiments.analyses, experiments.runs") == set()


def test_run_prints_a_summary(toy: Toy) -> None:
    result = guiyan("run", "zhaotong", "--package", "training,credit", "--seed", 7, "--seeds", 3, *SHORT)
    assert [(packages, seed) for packages, seed, _ in toy.calls] == [
        (("credit", "training"), seed) for seed in (7, 8, 9)
    ]
    assert "Stocks" in result.stdout and "Flows a year" in result.stdout and "80,000" in result.stdout
    assert "2021 (6 months)" in result.stdout and result.stderr == ""


def test_packages_unite_however_they_are_given(toy: Toy) -> None:
    for given in (["training+credit"], ["credit,training"], ["credit", "--packages", "training"]):
        guiyan("run", "zhaotong", "--package", *given, *SHORT)
    assert {packages for packages, _, _ in toy.calls} == {("credit", "training")}
    assert len({scenario.hash for scenario in toy.scenarios}) == 1


def test_options_reach_the_world(toy: Toy) -> None:
    options = ["--engine", "agents", "--threads", "1", "--by-village", "--scale", "700", "--set", "population.seed=5"]
    guiyan("run", "zhaotong", *options, *SHORT)
    assert toy.calls[0][2] == {"engine": "agents", "threads": 1, "by_village": True}
    scenario = toy.scenarios[0]
    assert (scenario.scale, scenario.months, scenario.policy_start, scenario.population_seed) == (700, 18, 6, 5)


def test_run_as_json(toy: Toy, tmp_path: Path) -> None:
    found = strict(guiyan("run", "zhaotong", *SHORT, "--json", "--out", tmp_path / "r"))
    assert found["months"] == 18 and found["seeds"] == [1] and found["out"] == str(tmp_path / "r")
    stocks = {row["indicator"]: row["last"] for row in found["stocks"]}
    flows = {row["indicator"]: row["2020"] for row in found["flows"]}
    assert stocks["owners"] == 10_000 and flows["returns"] == 120_000 and "returns" not in stocks
    assert found["instruments"] == [{"instrument": "base_training", "aware": 12, "uses": 18 * 12, "cost": 18 * 12}]


def test_places_stand_beside_their_endowments(toy: Toy, tmp_path: Path) -> None:
    line = ["places", "jiangzhou", "alxa_left_banner", "--package", "training", "--seeds", 3]
    result = guiyan(*line, *SHORT, "--out", tmp_path / "r")
    ran = [(scenario.resolved["id"], scenario.packages) for scenario in toy.scenarios]
    pair = [("jiangzhou", ()), ("jiangzhou", ("training",))]
    assert ran == pair * 3 + [("alxa_left_banner", packages) for _, packages in pair * 3]  # place by place
    effects = pd.read_csv(tmp_path / "r" / "tables" / "effects.csv")
    cohort = 10_000 * 2  # the toy's mean over the seeds 1, 2, 3
    returned = effects[effects["outcome"] == "return"]
    assert returned["effect"].to_list() == [EFFECTS["training"] / cohort * 10_000] * 2
    assert "14.0" in result.stdout and "remoteness" in result.stdout  # the banner's mu a worker
    assert (tmp_path / "r" / "figures" / "places.png").stat().st_size > 10_000
    own = strict(guiyan("places", "--package", "record", "--json", *SHORT))
    assert len(own["endowments"]) == 7 and own["package"] == "record"


def test_fit_is_printed_and_left(toy: Toy, tmp_path: Path) -> None:
    result = guiyan("run", "zhaotong", "--fit", "--out", tmp_path / "r")
    assert "Model against data" in result.stdout and "initial condition" in result.stdout
    fit = pd.read_csv(tmp_path / "r" / "tables" / "fit.csv")
    assert {"Z1", "Z2", "Z3", "Z4", "Z5", "Z6", "Z12"} <= set(fit["id"])


def test_compare_finds_the_planted_multiplier(toy: Toy) -> None:
    found = strict(guiyan(*COMPARE, *SHORT, "--json"))
    assert list(found["scenarios"]) == ["baseline", "training", "credit", "credit+training"]
    assert len(toy.calls) == 12 and {seed for _, seed, _ in toy.calls} == {1, 2, 3}
    assert {row["outcome"] for row in found["effects"]} == {outcome.id for outcome in OUTCOMES}
    for row in found["effects"]:
        expected = {"training": 1000, "credit": 300, "credit+training": 1800}[row["arm"]]
        assert row["effect"] == row["low"] == row["high"] == expected and row["baseline"] == 20_000
    for row in found["multipliers"]:
        assert row["single_effects"] == {"credit": 300, "training": 1000}
        assert (row["sum"], row["excess"], row["note"]) == (1300, 500, "")
        assert row["multiplier"] == pytest.approx(1800 / 1300)


def test_compare_ends_with_the_multiplier_table(toy: Toy) -> None:
    text = guiyan(*COMPARE, *SHORT).stdout
    table = text[text.index("Multiplier of credit+training 12 months") :]
    for name in ("returned home", "founded an enterprise", "returned with good quality"):
        line = next(line for line in table.splitlines() if name in line)
        assert line.split()[-6:] == ["+300", "+1,000", "+1,300", "+1,800", "+500", "1.38"]


def test_compare_with_one_seed_says_that_it_has_no_interval(toy: Toy) -> None:
    arguments = [*COMPARE[:-1], "1", *SHORT]
    assert "one seed: no interval" in guiyan(*arguments).stdout
    found = strict(guiyan(*arguments, "--json"))
    assert found["effects"][0]["low"] is None and found["multipliers"][0]["multiplier"] is None


def test_compare_says_which_parts_a_multiplier_lacks(toy: Toy) -> None:
    result = guiyan("compare", "zhaotong", "--packages", "training,training+credit", *SHORT)
    assert "no multiplier of credit+training: it needs credit" in result.stderr
    assert "Multiplier" not in result.stdout


def test_change_of_an_instrument_applies_to_the_arms_that_hold_it(toy: Toy) -> None:
    change = ["--set", "instruments.certification.dose=2"]
    guiyan(*COMPARE, *SHORT, *change)
    doses = {
        scenario.packages: [one.dose for one in scenario.instruments if one.id == "certification"]
        for scenario in toy.scenarios
    }
    assert doses == {(): [], ("training",): [2.0], ("credit",): [], ("credit", "training"): [2.0]}


def test_compare_leaves_a_whole_result(toy: Toy, tmp_path: Path) -> None:
    folder = tmp_path / "results" / "demo"
    result = guiyan(*COMPARE, *SHORT, "--out", folder)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    figures = {f"figures/packages.{suffix}" for suffix in ("png", "svg", "pdf")}
    assert files == {"outcomes.parquet", "manifest.json", "tables/effects.csv", "tables/multiplier.csv"} | figures
    assert str(folder) in result.stderr
    manifest, outcomes = store.read_results(folder)
    assert len(outcomes) == sum(len(toy.simulate(s, 1, lambda *_: None).outcomes) for s in toy.scenarios[:12])
    assert set(outcomes["scenario"]) == {"zhaotong", "zhaotong+training", "zhaotong+credit", "zhaotong+credit+training"}
    assert manifest["kind"] == "compare" and manifest["seeds"] == [1, 2, 3] and manifest["format"] == store.FORMAT
    assert manifest["command"].startswith("guiyan compare zhaotong --packages training,credit,training+credit")
    assert "--out demo" in manifest["command"] and str(tmp_path) not in json.dumps(manifest)
    for arm, scenario in zip(["baseline", "training"], toy.scenarios, strict=False):
        recorded = manifest["scenarios"][arm]
        assert recorded["hash"] == scenario.hash and recorded["resolved"]["scale"] == scenario.scale
    assert set(manifest["versions"]) == {"guiyan", "python", "numpy", "numba", "mesa", "pandas"}
    assert manifest["wall_seconds"] > 0 and manifest["peak_memory_mb"] > 10


def test_same_command_replaces_its_result_and_another_is_refused(toy: Toy, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    guiyan("run", "zhaotong", *SHORT, "--out", folder)
    before = (folder / "outcomes.parquet").stat().st_ino
    guiyan("run", "zhaotong", *SHORT, "--out", folder, "--json", "--threads", "1")
    assert (folder / "outcomes.parquet").stat().st_ino != before
    made = len(toy.calls)
    result = guiyan("run", "zhaotong", *SHORT, "--out", folder, "--seed", "2", status=2)
    assert "another result" in result.stderr and result.stdout == "" and len(toy.calls) == made


def test_interrupted_run_ends_quietly(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "simulate", interrupted)
    result = guiyan("run", "zhaotong", *SHORT, "--out", tmp_path / "r", status=130)
    assert result.stdout == "" and "Traceback" not in result.stderr and list(tmp_path.iterdir()) == []


def test_error_of_the_program_keeps_its_traceback(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(runs, "simulate", broken)
    result = guiyan("run", "zhaotong", *SHORT, "--out", tmp_path / "r", status=1)
    assert isinstance(result.exception, ValueError) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "dta"])
def test_export(toy: Toy, tmp_path: Path, suffix: str) -> None:
    guiyan("run", "zhaotong", *SHORT, "--out", tmp_path / "r")
    assert guiyan("export", tmp_path / "r", "--format", suffix).stdout.strip().endswith(f"outcomes.{suffix}")
    found = strict(guiyan("export", tmp_path / "r", "--format", suffix, "--out", tmp_path / "x", "--json"))
    assert found["bytes"] == (tmp_path / "x").stat().st_size > 1000
    guiyan("run", "zhaotong", *SHORT, "--out", tmp_path / "r")


def test_catalogue_commands() -> None:
    found = strict(guiyan("list", "--json"))
    assert "zhaotong" in {place["id"] for place in found["places"]}
    packages = {"training", "credit", "industry", "services", "public_services", "community"}
    assert packages <= {package["id"] for package in found["packages"]}
    listed = guiyan("list").stdout
    assert "zhaotong" in listed and all(package in listed for package in packages)
    values = {one["key"]: one for one in strict(guiyan("show", "zhaotong", "--set", "scale=99", "--json"))["values"]}
    assert values["scale"]["value"] == 99
    out = values["initial.out_province"]
    assert (out["value"], out["unit"], out["source"]) == (1115800, "persons", "Chen 2026 table 2, 2020")
    shown = guiyan("show", "zhaotong", "--package", "training").stdout
    assert "= 1115800 [persons]  # Chen 2026 table 2, 2020" in shown
    assert any(line.startswith("instruments.order_training.capacity") for line in shown.splitlines())
    assert strict(guiyan("schema"))["anyOf"] == strict(guiyan("schema", "--json"))["anyOf"]


def test_validate_says_what_each_file_is() -> None:
    files = [ROOT / "scenarios" / "zhaotong.yaml", ROOT / "scenarios" / "packages" / "training.yaml"]
    text = guiyan("validate", *files).stdout
    assert "zhaotong.yaml: a valid place" in text and "training.yaml: a valid package" in text
    assert [one["kind"] for one in strict(guiyan("validate", *files, "--json"))["files"]] == ["place", "package"]


def test_validate_reports_every_bad_file_and_prints_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("schema: place\nidd: x\n")
    (tmp_path / "two.yaml").write_text("schema: package\nid: [\n")
    files = [tmp_path / "one.yaml", ROOT / "scenarios" / "zhaotong.yaml", tmp_path / "two.yaml"]
    result = guiyan("validate", *files, status=2)
    assert result.stdout == "" and "one.yaml" in result.stderr and "two.yaml" in result.stderr


def test_the_world_itself_at_a_tiny_scale(tmp_path: Path) -> None:
    tiny = ["zhaotong", "--scale", "3000", "--months", "6", "--set", "policy_start=2", "--json"]
    found = strict(guiyan("run", *tiny, "--package", "training", "--by-village", "--out", tmp_path / "r"))
    outcomes = store.read_results(tmp_path / "r").outcomes
    scenario = scenarios.load("zhaotong", ["training"], {"scale": 3000, "months": 6, "policy_start": 2})
    direct = simulate(scenario, seed=1, by_village=True).outcomes
    pd.testing.assert_frame_equal(outcomes, direct, check_categorical=False, check_dtype=False)
    assert outcomes["value"].to_list() == direct["value"].to_list()
    assert {"village", "county", "instrument", "sector"} <= set(outcomes["dimension"])
    last = outcomes[(outcomes["month"] == 5) & (outcomes["indicator"] == "owners")].astype({"dimension": str})
    whole = last.groupby("dimension")["value"].sum()
    owners = {row["indicator"]: row["last"] for row in found["stocks"]}["owners"]
    assert owners > 0 and whole["all"] == owners and np.allclose(whole, owners)
    compared = strict(guiyan("compare", *tiny, "--packages", "credit,industry,credit+industry", "--seeds", 2))
    assert {row["horizon"] for row in compared["effects"]} == {4}
    assert len(compared["multipliers"]) == len(OUTCOMES)


def test_closed_pipe_is_no_traceback() -> None:
    code = "from experiments.cli import main; main(['show', 'zhaotong', '--json'])"
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write) as pipe:
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=pipe, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and done.stderr == ""
