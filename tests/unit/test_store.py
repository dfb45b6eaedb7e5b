"""Results survive a round trip, are never half written, and damaged ones are named as such."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import store
from experiments.errors import InputError

REQUEST = {"kind": "run", "place": "toy", "seeds": [1, 2]}


def outcomes(seed: int, months: int = 5) -> pd.DataFrame:
    """Tidy outcomes as a run has them, each run with its own categories."""
    rows = [
        (f"toy+{seed}", seed, month, "toy", "county", county, indicator, seed + month / 3, "persons")
        for month in range(months)
        for county in ("zhenxiong", f"county_{seed}")
        for indicator in ("workers", "returns")
    ]
    table = pd.DataFrame(rows, columns=store.SCHEMA.names)
    text = ["scenario", "place", "dimension", "group", "indicator", "unit"]
    return table.astype(dict.fromkeys(text, "category"))


def leave(folder: Path, *seeds: int, request: dict | None = None) -> pd.DataFrame:
    """Leave a result of some seeds in a folder and return its outcomes."""
    parts = [outcomes(seed) for seed in seeds]
    with store.ResultsWriter(folder, request or REQUEST) as writer:
        for part in parts:
            writer.add(part)
        table = pd.DataFrame({"arm": ["a"], "effect": [np.nan]})
        writer.finish({"kind": "run", "months": np.int64(5), "ratio": np.nan}, {"effects": table}, {"f": {"png": b"x"}})
    return pd.concat([part.astype({"scenario": str}) for part in parts])


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_round_trip(tmp_path: Path) -> None:
    written = leave(tmp_path / "new" / "result", 1, 2)
    manifest, read = store.read_results(tmp_path / "new" / "result")
    plain = {name: str for name in read.columns if read[name].dtype == "category"}
    assert set(plain) == {"scenario", "place", "dimension", "group", "indicator", "unit"}
    pd.testing.assert_frame_equal(
        read.astype(plain), written.astype(plain).reset_index(drop=True), check_dtype=False, check_exact=True
    )
    assert read["value"].dtype == np.float64 and read["month"].dtype == np.int32
    assert manifest["months"] == 5 and manifest["ratio"] is None and manifest["request"] == REQUEST
    names = ["outcomes.parquet", "manifest.json", "tables/effects.csv", "figures/f.png"]
    assert set(everything(tmp_path / "new")) == {f"result/{name}" for name in names}


def test_same_request_replaces_the_result_whole(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    leave(folder, 1, 2)
    (folder / "tables" / "old.csv").write_text("x")
    leave(folder, 3)
    assert set(store.read_results(folder).outcomes["seed"]) == {3}
    assert not (folder / "tables" / "old.csv").exists() and list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("foreign", ["notes.txt", "sub/notes.txt", "tables/deep/notes.txt"])
def test_what_is_not_ours_is_never_replaced(tmp_path: Path, foreign: str) -> None:
    folder = tmp_path / "result"
    leave(folder, 1)
    (folder / foreign).parent.mkdir(parents=True, exist_ok=True)
    (folder / foreign).write_text("mine")
    before = everything(folder)
    with pytest.raises(InputError, match=r"notes\.txt"):
        leave(folder, 1)
    assert everything(tmp_path) == {f"result/{name}": content for name, content in before.items()}


def test_another_result_is_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    leave(folder, 1)
    before = everything(folder)
    with pytest.raises(InputError, match="another result"):
        leave(folder, 1, request={**REQUEST, "seeds": [1, 3]})
    assert everything(folder) == before


@pytest.mark.parametrize("below", ["file/result", "file"])
def test_a_folder_that_cannot_be_is_refused_before_any_run(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file"), store.ResultsWriter(tmp_path / below, REQUEST):
        pytest.fail("a run was made")


def test_interrupted_while_running_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), store.ResultsWriter(tmp_path / "result", REQUEST) as writer:
        writer.add(outcomes(1))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("renames", [0, 1])
def test_interrupted_while_renaming_leaves_the_old_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    folder = tmp_path / "result"
    leave(folder, 1)
    before, rename, done = everything(folder), Path.rename, []

    def interrupted(self: Path, target: Path) -> Path:
        if len(done) == renames:
            done.append("interrupted")
            raise KeyboardInterrupt
        done.append("renamed")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        leave(folder, 2)
    assert everything(tmp_path) == {f"result/{name}": content for name, content in before.items()}


def test_killed_between_writing_and_renaming_leaves_the_old_result(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    leave(folder, 1)
    before = everything(folder)
    code = f"""
import os, sys
from pathlib import Path
from experiments import store
store._put_in_place = lambda partial, target: os._exit(9)
with store.ResultsWriter(Path({str(folder)!r}), {REQUEST!r}) as writer:
    writer.finish({{}}, {{}}, {{}})
"""
    killed = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert killed.returncode == 9, killed.stderr
    assert everything(folder) == before
    leave(folder, 1)  # and what it left beside is in nobody's way


def test_damage_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "result"

    def refused(words: str) -> None:
        with pytest.raises(InputError, match=words):
            store.read_results(folder)
        with pytest.raises(InputError, match=words):
            store.export(folder, "csv")
        assert not list(folder.glob(".*")) and not (folder / "outcomes.csv").exists()

    refused("no such folder")
    leave(folder, 1)
    manifest, parquet = folder / "manifest.json", folder / "outcomes.parquet"
    text, content = manifest.read_text(), parquet.read_bytes()
    for half in (content[: len(content) // 2], content[:4], b"", content[:8] + bytes(len(content) - 16) + content[-8:]):
        parquet.write_bytes(half)
        refused(r"outcomes\.parquet is damaged")
    pd.DataFrame({"month": [1]}).to_parquet(parquet)
    refused("lacks the column 'scenario'")
    parquet.unlink()
    refused("not complete")
    for half in (text[: len(text) // 2], ""):
        manifest.write_text(half)
        refused(r"manifest\.json is damaged")
    for other in (json.dumps({**json.loads(text), "format": 99}), "[]", "{}"):
        manifest.write_text(other)
        refused("format")
    manifest.unlink()
    refused("not a result of guiyan")


def test_damage_in_the_middle_of_the_values_is_named(tmp_path: Path) -> None:
    leave(tmp_path / "r", 1)
    path = tmp_path / "r" / "outcomes.parquet"
    content = bytearray(path.read_bytes())
    for at in range(4, len(content) * 2 // 3):
        content[at] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="is damaged"):
        store.read_results(tmp_path / "r")
    with pytest.raises(InputError, match="is damaged"):
        store.export(tmp_path / "r", "dta")


@pytest.mark.parametrize(("suffix", "read"), [("csv", pd.read_csv), ("dta", pd.read_stata)])
def test_export_holds_the_same_rows(tmp_path: Path, suffix: str, read: object) -> None:
    written = leave(tmp_path / "r", 1, 2).reset_index(drop=True)
    path = store.export(tmp_path / "r", suffix)
    assert path == tmp_path / "r" / f"outcomes.{suffix}"
    found = read(path)
    assert list(found.columns) == store.SCHEMA.names
    for name in found:
        assert found[name].to_list() == written[name].to_list()
    assert store.export(tmp_path / "r", suffix, tmp_path / f"elsewhere.{suffix}").read_bytes()
    leave(tmp_path / "r", 1, 2)  # an export beside the outcomes is of the result


def test_failed_export_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave(tmp_path / "r", 1)
    path = store.export(tmp_path / "r", "csv")
    before = path.read_bytes()

    def full(file: object, target: Path) -> None:
        target.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write_csv", full)
    with pytest.raises(InputError, match="No space left"):
        store.export(tmp_path / "r", "csv")
    assert path.read_bytes() == before and not list((tmp_path / "r").glob(".*"))
