"""`guiyan new`: what it writes is valid at once, explains every key, and never takes anybody's file away."""

from pathlib import Path

import pytest
from click.testing import CliRunner

import scenarios
from experiments.cli import main
from scenarios import ScenarioError, instruments, new, schema

READY = list(instruments.kinds())


def guiyan(*arguments: object, status: int = 0) -> str:
    """What a command says, both streams."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result.output


def test_a_new_place_is_valid_and_its_own(tmp_path: Path) -> None:
    path = tmp_path / "river_county.yaml"
    assert str(path) in guiyan("new", path.with_suffix(""), "--name-en", 'The "River"', "--name-zh", "江县")
    scenario = scenarios.load(path)
    assert (scenario.name, scenario.title_en, scenario.title_zh) == ("river_county", 'The "River"', "江县")
    template = scenarios.load("template")
    assert scenario.series["wage_out"].tolist() == template.series["wage_out"].tolist()
    assert "extends" not in scenario.resolved and "extends:" not in path.read_text(encoding="utf-8")


def test_every_key_of_a_new_place_is_explained() -> None:
    text = new.place_text("mine")
    lines = text.splitlines()
    plain = {"id", "name", "note", "source", "value", "kind", "en", "zh", "unit_cost", "fixed_cost", "channels"}
    for model in (schema.County, schema.Sector, schema.Initial, schema.Population, schema.Place):
        for name, field in model.model_fields.items():
            key = field.alias or name
            at = [i for i, line in enumerate(lines) if line.strip(" #-").startswith(f"{key}:")]
            assert at or f"{key}:" in text or key in ("rationing_salt", "spring_festival"), f"{key} is not there"
            if at and key not in plain:
                assert "#" in lines[at[0]] or "#" in lines[at[0] - 1] or "#" in lines[at[0] - 2], lines[at[0]]


@pytest.mark.parametrize("kind", READY)
def test_a_new_package_of_each_kind_is_valid_and_names_all_channels(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    guiyan("new", path, "--kind", kind)
    # coordination is refused where no friction between offices is stated
    scenario = scenarios.load("template", [path], {"parameters.market.office_friction": 0.2})
    (one,) = [instrument for instrument in scenario.instruments if not instrument.is_programme]
    assert one.kind == kind and dict(one.channels) == {
        name: channel.value for name, channel in instruments.kinds()[kind].channels.items()
    }
    text = path.read_text(encoding="utf-8")
    assert all(f"#   {field}:" in text for field in instruments.kinds()[kind].eligibility)


def test_a_file_is_replaced_only_if_asked(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("precious")
    assert "there is such a file" in guiyan("new", path, status=2)
    assert path.read_text() == "precious" and [one.name for one in tmp_path.iterdir()] == ["mine.yaml"]
    guiyan("new", path, "--force")
    assert scenarios.validate(path) == "place"


def test_nothing_is_written_where_the_text_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError):
        new.write("schema: place\nscale: many\n", tmp_path / "mine.yaml")
    assert list(tmp_path.iterdir()) == []
