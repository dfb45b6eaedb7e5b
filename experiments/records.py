"""Finished runs in one file, addressed by what they are: a run that is there is never made again.

The file is a SQLite database, of four reasons: a transaction is there as a whole or not at all, whenever a process is
killed; many thousand small results are one file; reading one needs no more memory than that one; any language reads it.
It keeps a rollback journal (`journal_mode = DELETE`, `synchronous = FULL`) and not a write-ahead log, because a log
needs shared memory, which the network file systems of clusters lack, and because with a journal the one file is
everything once no process writes. A write every second or so makes the journal's slowness immaterial. A journal that
a killed process has left behind (FILE-journal) belongs to the file: the next to open it takes the broken transaction
back.

    runs       digest, scenario's hash, seed, measure, status, payload, traceback, software
    scenarios  hash, resolved scenario as JSON, deflated; once, however many runs
    software   versions of what ran, and the hash of the model's source; once

The digest is a sha256 over the scenario's hash, the seed, the measure, the model's source and FORMAT. A payload is
NumPy's compressed .npz without pickles. A finished run is never replaced; a failed one is, by the next attempt.
"""

import hashlib
import io
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from experiments.errors import InputError

FORMAT = 1
APPLICATION = 0x67756979  # in the file's head: a store of runs of guiyan
DONE, FAILED = "done", "failed"
PAGE = 256  # rows read at a time
PATIENCE = 60.0  # seconds to wait while another process writes
COLUMNS = "digest, status, seed, payload, traceback, scenario"
SCHEMA = f"""
BEGIN;
CREATE TABLE software (id INTEGER PRIMARY KEY, versions TEXT NOT NULL UNIQUE);
CREATE TABLE scenarios (hash TEXT PRIMARY KEY, resolved BLOB NOT NULL);
CREATE TABLE runs (
    digest TEXT PRIMARY KEY, scenario TEXT NOT NULL, seed INTEGER NOT NULL, measure TEXT NOT NULL,
    status TEXT NOT NULL, payload BLOB NOT NULL, traceback TEXT NOT NULL,
    software INTEGER NOT NULL REFERENCES software
);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
COMMIT;
"""
INSERT = """
INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE
SET status = excluded.status, payload = excluded.payload, traceback = excluded.traceback, software = excluded.software
WHERE runs.status = 'failed'
"""
ABSORB = """
INSERT INTO main.runs
SELECT digest, scenario, seed, measure, status, payload, traceback, mine.id
FROM other.runs AS theirs JOIN other.software AS made ON made.id = theirs.software
JOIN main.software AS mine ON mine.versions = made.versions WHERE true
ON CONFLICT (digest) DO UPDATE
SET status = excluded.status, payload = excluded.payload, traceback = excluded.traceback, software = excluded.software
WHERE runs.status = 'failed'
"""

Payload = dict[str, np.ndarray]


class Record(NamedTuple):
    """One run as kept; `payload` is empty where it failed, `traceback` where it did not."""

    digest: str
    status: str
    seed: int
    payload: Payload
    traceback: str
    scenario: str  # its hash


class Entry(NamedTuple):
    """One run to be kept, its payload packed."""

    digest: str
    scenario: str
    seed: int
    measure: str
    status: str
    payload: bytes
    traceback: str


def digest_of(scenario_hash: str, seed: int, measure: str, source: str) -> str:
    """The address of a run; `measure` and `source` as `Measure.canonical` and `source_hash()` give them."""
    parts = [FORMAT, scenario_hash, int(seed), measure, source]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def pack(payload: Mapping[str, np.ndarray]) -> bytes:
    """Arrays as a compressed .npz; the same arrays give the same bytes."""
    if unkept := [name for name, array in payload.items() if np.asarray(array).dtype.hasobject]:
        raise TypeError(f"payload: expected arrays of numbers (got objects in {', '.join(unkept)})")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **payload)
    return buffer.getvalue()


def unpack(packed: bytes) -> Payload:
    """The arrays of `pack`."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


class Records:
    """A store of runs, made if it is not there. Raises InputError for a file that is damaged or something else.

    Several processes may read and write the same file; each transaction waits for the others'.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        with self._usable():
            if not self.path.exists():
                _create(self.path)
            self._connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            try:
                self._check()
            except BaseException:
                self._connection.close()
                raise
        self._described: set[str] = set()  # hashes of scenarios known to be there

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM runs")[0][0])

    def __iter__(self) -> Iterator[Record]:
        """Every record in the order of digests, a few in memory at a time."""
        last = ""
        query = f"SELECT {COLUMNS} FROM runs WHERE digest > ? ORDER BY digest LIMIT {PAGE}"
        while rows := self._rows(query, (last,)):
            yield from map(self._record, rows)
            last = rows[-1][0]

    def get(self, digest: str) -> Record | None:
        """The record of a digest, if there is one."""
        return next(self.get_many([digest]), None)

    def get_many(self, digests: Sequence[str]) -> Iterator[Record]:
        """The records there are of some digests, in no particular order, a few in memory at a time."""
        for some in _pages(digests):
            query = f"SELECT {COLUMNS} FROM runs WHERE digest IN ({_marks(some)})"
            yield from map(self._record, self._rows(query, some))

    def statuses(self, digests: Sequence[str]) -> dict[str, str]:
        """Digest -> DONE or FAILED, of those that are there."""
        found: dict[str, str] = {}
        for some in _pages(digests):
            query = f"SELECT digest, status FROM runs WHERE digest IN ({_marks(some)})"
            found |= dict(self._rows(query, some))
        return found

    def scenario(self, scenario_hash: str) -> dict[str, Any] | None:
        """The resolved scenario of a hash, as plain data."""
        rows = self._rows("SELECT resolved FROM scenarios WHERE hash = ?", (scenario_hash,))
        with self._usable():
            return dict(json.loads(zlib.decompress(rows[0][0]))) if rows else None

    def software(self) -> list[dict[str, str]]:
        """Every set of versions that made runs of this store, in the order of their first run."""
        return [json.loads(text) for (text,) in self._rows("SELECT versions FROM software ORDER BY id")]

    def put_many(
        self, entries: Iterable[Entry], resolved: Mapping[str, Mapping[str, Any]], software: Mapping[str, str]
    ) -> None:
        """Keep some runs together: all of them or, if the process dies meanwhile, none. None is doubled.

        resolved  hash -> resolved scenario, of every entry
        software  versions of what ran
        """
        described = [(key, _deflated(data)) for key, data in resolved.items() if key not in self._described]
        versions = json.dumps(software, sort_keys=True)
        with self._usable(), self._transaction() as cursor:
            cursor.executemany("INSERT OR IGNORE INTO scenarios VALUES (?, ?)", described)
            cursor.execute("INSERT OR IGNORE INTO software (versions) VALUES (?)", (versions,))
            (number,) = cursor.execute("SELECT id FROM software WHERE versions = ?", (versions,)).fetchone()
            cursor.executemany(INSERT, [(*entry, number) for entry in entries])
        self._described.update(resolved)

    def absorb(self, path: str | os.PathLike[str]) -> int:
        """Keep what another store has and this one lacks, in one transaction; how many runs were there to take.

        A success takes the place of a failure, as `put_many` has it.
        """
        if not Path(path).is_file():
            raise InputError(f"{path}: file not found; expected a store of runs")
        Records(path).close()  # refuses what is damaged or something else
        with self._usable():
            self._connection.execute("ATTACH ? AS other", (str(path),))
            try:
                with self._transaction() as cursor:
                    cursor.execute("INSERT OR IGNORE INTO main.scenarios SELECT * FROM other.scenarios")
                    cursor.execute(
                        "INSERT OR IGNORE INTO main.software (versions) SELECT versions FROM other.software ORDER BY id"
                    )
                    cursor.execute(ABSORB)
                    (count,) = cursor.execute("SELECT count(*) FROM other.runs").fetchone()
            finally:
                self._connection.execute("DETACH other")
        return int(count)

    def _check(self) -> None:
        """InputError unless this is a whole store of this format."""
        self._connection.execute("BEGIN")  # nobody writes while the file's size is compared with what it should be
        self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        application, version, page, pages = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "page_size", "page_count")
        )
        size = self.path.stat().st_size
        self._connection.execute("COMMIT")
        if application != APPLICATION:
            raise InputError(f"{self.path}: not a store of runs of guiyan; expected another file, or none")
        if version != FORMAT:
            raise InputError(f"{self.path}: a store of format {version}; expected {FORMAT}: choose another file")
        if size < page * pages:  # SQLite itself does not miss a part of the last page
            raise self._damaged(f"{page * pages - size} bytes are missing at its end")
        self._connection.execute("PRAGMA synchronous = FULL")

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._usable():
            return self._connection.execute(query, values).fetchall()

    def _record(self, row: tuple[Any, ...]) -> Record:
        digest, status, seed, packed, traceback, scenario = row
        try:
            payload = unpack(packed) if status == DONE else {}
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise self._damaged(error) from error
        return Record(digest, status, seed, payload, traceback, scenario)

    def _damaged(self, error: Exception | str) -> InputError:
        expected = "expected a whole one: restore it, or move it away to begin anew"
        return InputError(f"{self.path}: damaged, or not a store of runs of guiyan ({error}); {expected}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            yield cursor
            cursor.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # the first error is the one to tell; SQLite may have taken back already
                cursor.execute("ROLLBACK")
            raise

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """One message for what the file or its folder does not allow; errors of the program stay as they are."""
        try:
            yield
        except (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.IntegrityError):
            raise
        except sqlite3.OperationalError as error:
            raise InputError(f"{self.path}: cannot be used as a store of runs: {error}") from error
        except (sqlite3.DatabaseError, zlib.error) as error:
            raise self._damaged(error) from error
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"{self.path}: cannot be used as a store of runs: {reason}") from error


def _create(path: Path) -> None:
    """An empty store, made beside its place and put there whole, so that an empty file is never one of ours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    connection = sqlite3.connect(new)
    connection.executescript(SCHEMA)
    connection.close()
    path.with_name(f"{path.name}-journal").unlink(
        missing_ok=True
    )  # of a store that was removed: it would spoil this one
    try:
        os.link(new, path)
    except FileExistsError:  # another process was first
        pass
    except OSError:  # a file system without hard links
        new.rename(path)
    finally:
        new.unlink(missing_ok=True)


def _deflated(data: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


def _pages(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    return (digests[at : at + PAGE] for at in range(0, len(digests), PAGE))


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
