"""Every malformed command line: exit status 2, one message that helps, nothing else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments import runs, store
from experiments.cli import main

# The command line (`{folder}` is an empty folder of the test's own), and words of its message.
BAD = [
    ("rnu zhaotong", "No such command 'rnu'. Did you mean 'run'?"),
    ("--jsno list", "No such option '--jsno'"),
    ("run", "Missing argument 'PLACE'"),
    ("run zhaotng", 'did you mean "zhaotong"?'),
    ("run zhaotong ankang", "unexpected extra argument (ankang)"),
    ("run zhaotong --sede 1", "'--seed'"),
    ("run {folder}/nowhere.yaml", "nowhere.yaml"),
    ("run zhaotong --seed -1", "'--seed': -1 is not in the range"),
    ("run zhaotong --seed 9223372036854775808", "'--seed'"),
    ("run zhaotong --seed 9223372036854775807 --seeds 2", "goes beyond 9223372036854775807"),
    ("run zhaotong --seed 1.5", "'--seed': '1.5' is not a valid integer"),
    ("run zhaotong --seeds 0", "'--seeds': 0 is not in the range"),
    ("run zhaotong --months 0", "'--months': 0 is not in the range"),
    ("run zhaotong --months six", "'--months': 'six' is not a valid integer"),
    ("run zhaotong --months 6", "policy_start"),
    ("run zhaotong --scale 0", "'--scale': 0 is not in the range"),
    ("run zhaotong --scale", "Option '--scale' requires an argument"),
    ("run zhaotong --threads 0", "'--threads': 0 is not in the range"),
    ("run zhaotong --engine kernl", "'--engine': 'kernl' is not one of 'kernel', 'agents'"),
    ("run zhaotong --lang fr", "'--lang'"),
    ("run zhaotong --package trainig", 'did you mean "training"?'),
    ("run zhaotong --package training++credit", "training++credit"),
    ("run zhaotong --package training,", "'training,'"),
    ("run zhaotong --package {folder}/nothing.yaml", "nothing.yaml"),
    ("run zhaotong --set scale", "expected KEY=VALUE"),
    ("run zhaotong --set =5", "expected KEY=VALUE"),
    ("run zhaotong --set scale=", "expected KEY=VALUE"),
    ("run zhaotong --set scale=10 --scale 20", "scale is given twice"),
    ("run zhaotong --set scale=5 --set scale=5", "scale is given twice"),
    ("run zhaotong --set scael=5", 'did you mean "scale"?'),
    ("run zhaotong --set scale=few", "scale"),
    ("run zhaotong --set scale=[1]", "scale"),
    ("run zhaotong --set scale=[1", "scale"),
    ("run zhaotong --set instruments.certification.dose=2", "certification"),
    ("run zhaotong --set mechanisms.entry_gait=false", "entry_gate"),
    ("run zhaotong --out {folder}/file", "is a file"),
    ("run zhaotong --out {folder}/file/below", "cannot write"),
    ("run zhaotong --out {folder}/taken", "notes.txt"),
    ("run zhaotong --out {folder}/held", "another result"),
    ("compare zhaotong", "--packages"),
    ("compare zhaotong --packages training,trainng", 'did you mean "training"?'),
    ("compare zhaotong --packages training,,credit", "packages"),
    ("compare zhaotong --packages training --set policy_start=72", "policy_start"),
    ("compare zhaotong --packages training --set instruments.certificatoin.dose=2", "certification"),
    ("compare zhaotong --package credit --fit", "No such option '--fit'"),
    ("list zhaotong", "unexpected extra argument"),
    ("places nowhere", 'unknown place "nowhere"'),
    ("places jiangzhou jiangzhou", "jiangzhou is given twice"),
    ("places jiangzhou --package comon", 'did you mean "common"?'),
    ("places zhaotong --package record", 'unknown package "zhaotong_record"'),
    ("new", "Missing argument 'PLACE|PACKAGE'"),
    ("new My-County", 'did you mean "my_county"?'),
    ("new {folder}/held/a/b", "there is no folder"),
    ("new {folder}/b --kind traning", 'did you mean "skills_training"?'),
    ("show", "Missing argument 'SCENARIO'"),
    ("show zhaotong --package credti", 'did you mean "credit"?'),
    ("validate", "Missing argument"),
    ("validate {folder}/file", "file"),
    ("validate {folder}/nowhere.yaml", "nowhere.yaml"),
    ("validate {folder}", "folder"),
    ("schema --jsn", "'--json'"),
    ("export {folder}/nowhere --format csv", "no such folder"),
    ("export {folder}/taken --format csv", "not a result of guiyan"),
    ("export {folder}/held --format xlsx", "'xlsx' is not one of 'csv', 'dta'"),
    ("export {folder}/held", "Missing option '--format'"),
    ("export {folder}/held --format csv --out {folder}", "is a folder"),
    ("export {folder}/held --format csv --out {folder}/file/x.csv", "cannot write"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file, a folder of somebody else's, and a result."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "file").write_text("not a scenario")
    (folder / "taken").mkdir()
    (folder / "taken" / "notes.txt").write_text("mine")
    with store.ResultsWriter(folder / "held", {"kind": "run"}) as writer:
        writer.finish({}, {}, {})
    return folder


@pytest.mark.parametrize(("line", "words"), BAD, ids=[line for line, _ in BAD])
def test_one_message_and_status_2(line: str, words: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "simulate", lambda *_, **__: pytest.fail("a run was made"))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    result = CliRunner().invoke(main, line.format(folder=folder).split())
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ") and result.stderr.count("Error") == 1
    assert words in result.stderr and "Traceback" not in result.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
