"""The store of runs: addresses, what is kept and what replaces what, whole transactions, files that are refused."""

import os
import signal
import sqlite3
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from experiments.errors import InputError
from experiments.records import DONE, FAILED, PAGE, Entry, Records, digest_of, pack, unpack
from sim.compilation import source_hash

ADDRESS = ("f" * 64, 7, '{"months": [12]}', "0123456789abcdef")


def entry(digest: str, number: float = 1.0, status: str = DONE, traceback: str = "") -> Entry:
    payload = pack({"x": np.array([number, np.nan])}) if status == DONE else b""
    return Entry(digest, "scenario", 2**63 - 1, "measure", status, payload, traceback)


def put(records: Records, *entries: Entry) -> None:
    records.put_many(entries, {"scenario": {"scale": 20}}, {"python": "3"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite"


def test_the_address_of_a_run_is_the_same_everywhere() -> None:
    assert digest_of(*ADDRESS) == "8d0c5deeea3c228d14261a1ddcea97af9a628171e9e9e00590fa617fde575644"
    assert digest_of(*ADDRESS) == digest_of(ADDRESS[0], np.int64(7), *ADDRESS[2:])


def test_the_address_tells_scenario_seed_measure_and_source_apart() -> None:
    others = ("e" * 64, 8, '{"months": [36]}', source_hash())
    pairs = zip(ADDRESS, others, strict=True)
    assert len({digest_of(*parts) for parts in product(*pairs)}) == 16


def test_arrays_come_back_bit_for_bit_and_objects_are_refused(path: Path) -> None:
    arrays = {
        "float": np.array([[0.1, -0.0, np.nan, np.inf]]),
        "bits": np.arange(5, dtype=np.uint8),
        "empty": np.zeros((0, 3), np.float32),
    }
    back = unpack(pack(arrays))
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape)
        assert back[name].tobytes() == array.tobytes()
    assert pack(arrays) == pack(back)
    with pytest.raises(TypeError, match="objects in word"):
        pack({"word": np.array(["x", None], object)})


def test_what_is_finished_stays_and_what_failed_is_replaced(path: Path) -> None:
    with Records(path) as records:
        put(records, entry("a", 1.0), entry("b", status=FAILED, traceback="why"))
        put(records, entry("a", 2.0), entry("b", status=FAILED, traceback="why else"))
        put(records, entry("a", status=FAILED, traceback="late"))
        first, second = records.get("a"), records.get("b")
        assert first is not None and second is not None
        assert (first.status, first.payload["x"][0], first.traceback, first.seed) == (DONE, 1.0, "", 2**63 - 1)
        assert (second.status, second.payload, second.traceback) == (FAILED, {}, "why else")
        put(records, entry("b", 3.0))
        assert records.statuses(["a", "b", "c"]) == {"a": DONE, "b": DONE}
        assert records.get("c") is None and len(records) == 2
    with Records(path) as again:
        assert [record.payload["x"][0] for record in again] == [1.0, 3.0]
        assert again.scenario("scenario") == {"scale": 20} and again.scenario("other") is None
        assert again.software() == [{"python": "3"}]


def test_records_come_in_the_order_of_their_digests(path: Path) -> None:
    digests = [f"{7919 * k % 10007:05d}" for k in range(2 * PAGE + 3)]
    with Records(path) as records:
        put(records, *(entry(digest) for digest in digests))
        assert [record.digest for record in records] == sorted(digests)
        assert {record.digest for record in records.get_many(digests[::2])} == set(digests[::2])


KILLED = """
import os, signal, sys
from experiments.records import DONE, Entry, Records, pack
def entries():
    for k in range(2000):
        yield Entry(f"new {k}", "s", 1, "m", DONE, os.urandom(4000), "")
    os.kill(os.getpid(), signal.SIGKILL)
Records(sys.argv[1]).put_many(entries(), {"s": {}}, {})
"""


def test_a_transaction_that_is_killed_leaves_what_was_there(path: Path) -> None:
    with Records(path) as records:
        put(records, entry("old"))
    died = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=Path(__file__).parents[2])
    assert died.returncode == -signal.SIGKILL
    with Records(path) as records:
        assert [record.digest for record in records] == ["old"]
        put(records, entry("new"))
        assert len(records) == 2


def test_a_store_cut_short_anywhere_is_refused(path: Path) -> None:
    with Records(path) as records:
        put(records, *(entry(f"{k:03d}", k) for k in range(100)))
    whole = path.read_bytes()
    for length in [0, 1, 15, 16, 99, 100, 511, 512, 1024, 4096, *range(5000, len(whole), 9001), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"runs\.sqlite: ") as told:
            Records(path)
        assert "\n" not in str(told.value)
        assert path.read_bytes() == whole[:length]
    path.write_bytes(whole)
    with Records(path) as records:
        assert len(records) == 100


def test_other_files_are_refused(path: Path, tmp_path: Path) -> None:
    def refused(words: str) -> None:
        with pytest.raises(InputError, match=words):
            Records(path)

    path.write_text("a letter, as long as the head of a database\n" * 100)
    refused("damaged, or not a store")
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE runs (digest TEXT)")
    other.close()
    refused("not a store of runs of guiyan")
    path.unlink()
    Records(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    refused("format 99; expected 1")
    path.unlink()
    path.mkdir()
    refused("cannot be used as a store")
    path.rmdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be used as a store"):
        Records(tmp_path / "file" / "runs.sqlite")


def test_a_damaged_payload_is_told(path: Path) -> None:
    with Records(path) as records:
        put(records, entry("a", 0.25))
        broken = entry("b")._replace(payload=entry("b").payload[:-40])
        put(records, broken)
        assert records.get("a") is not None
        with pytest.raises(InputError, match="damaged"):
            records.get("b")


def test_a_store_is_made_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", no_links)
    path.with_name("runs.sqlite-journal").write_bytes(b"of a store that was removed")
    Records(path).close()
    assert [file.name for file in path.parent.iterdir()] == ["runs.sqlite"]
    with Records(path) as records:
        assert len(records) == 0


def test_a_store_takes_up_what_another_has(tmp_path: Path) -> None:
    """A success takes a failure's place and is never replaced; software and scenarios come along once."""
    with Records(tmp_path / "one") as one, Records(tmp_path / "two") as two:
        resolved = {"scenario": {"scale": 20}}
        one.put_many([entry("a", status=FAILED), entry("b", 1.0)], resolved, {"guiyan": "1"})
        two.put_many([entry("a", 2.0), entry("b", status=FAILED), entry("c", 3.0)], resolved, {"guiyan": "2"})
        for _ in range(2):  # again changes nothing
            assert one.absorb(tmp_path / "two") == 3 and len(one) == 3
        found = {record.digest: record for record in one}
        assert [found[key].status for key in "abc"] == [DONE] * 3
        assert [float(found[key].payload["x"][0]) for key in "abc"] == [2.0, 1.0, 3.0]
        assert one.software() == [{"guiyan": "1"}, {"guiyan": "2"}] and one.scenario("scenario") == {"scale": 20}
        (tmp_path / "other").write_bytes(b"no store" * 100)
        for name in ("nothing", "other"):
            with pytest.raises(InputError, match=name):
                one.absorb(tmp_path / name)
        assert not (tmp_path / "nothing").exists() and len(one) == 3
