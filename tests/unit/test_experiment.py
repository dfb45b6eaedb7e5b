"""Experiment files and command lines: what they come to, and every malformed one with its line and message."""

from pathlib import Path
from typing import Any

import pytest

from experiments.laboratory.experiment import TRAINING_OFFSET, Experiment
from experiments.laboratory.ranges import Range
from experiments.laboratory.reading import read_experiment
from experiments.outcomes import OUTCOMES
from scenarios import ScenarioError

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "tests" / "places" / "small.yaml"  # 24 months, packages from month 6 on
FILE = f"""\
schema: experiment
place: {PLACE}
instruments: [training, credit]
seeds: 4
horizons: [6, 18]
outcomes: [return, enterprise]
precision: {{half_width: 0.1, horizon: 6}}
controls: [sham, prior]
dose_factors: [0.5, 1, 2]
prior: {{draws: 8, parameters: {{parameters.enterprise.sigma: [0.3, 20]}}}}
overrides: {{scale: 100}}
"""
# Edits of the file: old text, new text, words of the message, and the line it names.
EDITS: dict[str, tuple[str, str, list[str], int]] = {
    "misspelt key": ("seeds: 4", "seedz: 4", ["seedz: unknown key", 'did you mean "seeds"?'], 4),
    "misspelt key below": ("half_width", "half_with", ["precision.half_with: unknown key", '"half_width"?'], 7),
    "no place": (f"place: {PLACE}\n", "", ["place: missing", "a place's name or file"], 1),
    "unknown place": (str(PLACE), "zhaotng", ['unknown place "zhaotng"', 'did you mean "zhaotong"?'], 2),
    "one instrument": ("[training, credit]", "[training]", ["expected at least 2 instruments (got 1)"], 3),
    "an instrument twice": ("[training, credit]", "[training, training]", ['"training" is there twice'], 3),
    "unknown instrument": ("[training, credit]", "[training, credti]", ['"credti"', 'did you mean "credit"?'], 3),
    "packages joined": ("[training, credit]", "[training, credit+industry]", ['"credit+industry"'], 3),
    "one seed": ("seeds: 4", "seeds: 1", ["a whole number from 2", "(got 1)"], 4),
    "a word for seeds": ("seeds: 4", "seeds: many", ["expected a whole number", "got 'many'"], 4),
    "seeds beyond the largest": ("seeds: 4", f"seeds: {{from: {2**63 - 1}}}", ["seeds.from", "as the first seed"], 4),
    "horizon beyond the run": ("[6, 18]", "[6, 19]", ["at most 18 months after", "(got 19)"], 5),
    "horizon 0": ("[6, 18]", "[0]", ["horizons.0", "from 1"], 5),
    "unknown outcome": ("[return, ", "[retrun, ", ['unknown outcome "retrun"', 'did you mean "return"?'], 6),
    "precision at another horizon": ("horizon: 6", "horizon: 7", ["one of the horizons 6, 18 (got 7)"], 7),
    "precision without a width": ("half_width: 0.1, ", "", ["precision.half_width: missing"], 7),
    "precision below its floor": ("horizon: 6", "at_most: 3", ["at least 4, the seeds to begin with (got 3)"], 7),
    "unknown control": ("[sham, prior]", "[shan]", ["expected one of null, sham", 'did you mean "sham"?'], 8),
    "one dose": ("[0.5, 1, 2]", "[1, 1]", ["at least 2 different factors (got 1)"], 9),
    "negative dose": ("[0.5, 1, 2]", "[-1, 1]", ["dose_factors.0", "(got -1)"], 9),
    "unknown parameter": ("enterprise.sigma", "enterprise.sigmo", ['did you mean "parameters.enterprise.sigma"?'], 10),
    "parameter's range turned": ("[0.3, 20]", "[20, 0.3]", ["the lower one first"], 10),
    "parameter's range too wide": ("[0.3, 20]", "[0.3, 2000]", ["from 0.1 to 1,000 (elasticity)", "2000"], 10),
    "too few draws": ("draws: 8", "draws: 2", ["prior.draws", "from 4"], 10),
    "a list for a mapping": ("{scale: 100}", "[scale, 100]", ["overrides: expected a mapping (got a list)"], 11),
    "a key twice": ("seeds: 4", "seeds: 4\nseeds: 5", ["the key is there twice (first in line 4)"], 5),
    "not YAML": ("[6, 18]", "[6, 18", ["not valid YAML"], 6),
    "a place for an experiment": ("schema: experiment", "schema: place", ["--instruments with a place"], 1),
}


def read(path: Path, **given: Any) -> Experiment:
    """An experiment from a file with options laid on it."""
    return read_experiment(path, {key: (f"--{key}", value) for key, value in given.items()}, OUTCOMES)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A valid experiment file."""
    path = tmp_path / "experiment.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", EDITS)
def test_malformed_file_says_line_and_remedy(name: str, file: Path) -> None:
    old, new, words, line = EDITS[name]
    assert FILE.count(old) >= 1
    file.write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read(file)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert f"experiment.yaml:{line}: " in message, message


def test_override_that_the_place_refuses_is_named(file: Path) -> None:
    file.write_text(FILE.replace("{scale: 100}", "{mechanisms.entry_gait: false}"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"entry_gait.*did you mean.*entry_gate"):
        read(file)


def test_packages_that_share_an_instrument_are_refused(file: Path, tmp_path: Path) -> None:
    source = (ROOT / "scenarios" / "packages" / "credit.yaml").read_text(encoding="utf-8")
    (tmp_path / "other.yaml").write_text(source.replace("id: credit\n", "id: other\n"), encoding="utf-8")
    file.write_text(FILE.replace("[training, credit]", "[credit, other.yaml]"), encoding="utf-8")
    with pytest.raises(ScenarioError, match='share the instrument "guarantee_loans"'):
        read(file)


def test_file_and_command_line_ask_the_same(file: Path) -> None:
    given = {
        "place": str(PLACE),
        "instruments": ["training", "credit"],
        "seeds": {"count": 4},
        "horizons": [18, 6, 6],
        "outcomes": ["return", "enterprise"],
        "precision": {"half_width": 0.1, "horizon": 6},
        "controls": ["prior", "sham"],
        "dose_factors": [2, 0.5],
        "prior": {"draws": 8, "parameters": {"parameters.enterprise.sigma": [0.3, 20]}},
        "overrides": {"scale": "100"},
    }
    options = {key: (f"--{key}", value) for key, value in given.items()}
    line, read_from_file = read_experiment(None, options, OUTCOMES), read(file)
    assert line.plain() | {"overrides": {"scale": 100}} == read_from_file.plain()
    assert line.scenario.hash == read_from_file.scenario.hash
    assert line.dose_factors == (0.5, 1.0, 2.0)  # 1 is always there


def test_options_lie_over_the_file(file: Path) -> None:
    changed = read(file, seeds={"from": 7}, controls="none", overrides={"months": 20}, horizons=6)
    assert changed.seeds == (7, 4) and changed.controls == () and changed.horizons == (6,)
    assert changed.scenario.months == 20 and changed.scenario.scale == 100
    assert read(file, controls="all").controls == ("null", "sham", "budget", "doses", "prior", "classes")


def test_everything_has_a_default(file: Path) -> None:
    file.write_text("place: zhaotong\ninstruments: [training, credit, industry]\n", encoding="utf-8")
    found = read(file)
    assert found.horizons == (12, 36, 60) and [one.id for one in found.outcomes] == [one.id for one in OUTCOMES]
    assert found.precision is None and found.controls == ("sham",) and found.null.outcomes == ("return", "enterprise")
    assert [one.key.rpartition(".")[2] for one in found.prior.ranges] == [
        "sigma", "peer_weight", "agglomeration", "displacement",
    ]  # fmt: skip


def test_places_and_packages_are_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "here.yaml").write_text(PLACE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "e.yaml").write_text("place: here.yaml\ninstruments: [training, credit]\n", encoding="utf-8")
    assert read(tmp_path / "e.yaml").scenario.name == "small+credit+training"


def test_shipped_example_is_valid() -> None:
    found = read(ROOT / "docs" / "examples" / "zhaotong_multiplier.yaml")
    assert len(found.controls) == 6 and found.precision is not None and found.scenario.scale == 100


def test_more_seeds_only_lengthen_the_replicates(file: Path) -> None:
    found = read(file, populations=3)
    few, more = found.replicates(4), found.replicates(6)
    assert len(few) == 12 and more[:12] == few
    assert len({one.seed for one in more}) == len(more)  # no luck is used in two populations
    assert {one.population for one in few} == {3, 4, 5}  # from the place's own on


def test_training_seeds_are_never_scored(file: Path) -> None:
    found = read(file, populations=2)
    scored = {one.seed for one in found.replicates(100_000)}
    assert not scored & {one.seed for one in found.training()} and TRAINING_OFFSET > 100_000 * 1000


def test_a_tenfold_range_is_drawn_in_the_logarithm() -> None:
    assert Range("x", 0.1, 10.0).at(0.5) == pytest.approx(1.0)
    assert Range("x", 0.0, 10.0).at(0.5) == 5.0 and Range("x", 2.0, 10.0).at(0.25) == 4.0
