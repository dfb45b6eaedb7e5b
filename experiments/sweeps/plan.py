"""Which run is which: the cells and seeds of a sweep with the digests of their records, in a file beside them.

Records know a run by what it is; the plan knows it by its place in the sweep, so that nobody has to make ten thousand
scenarios again to find its records. It can be made anew at any time: a plan of another sweep, another model or other
scenario files is emptied. Not kept safe against a loss of power (`synchronous = OFF`), for what is lost is only work.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from experiments.errors import InputError
from experiments.sweeps.sweep import Cell

PAGE = 512  # rows read at a time
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS planned (
    place INTEGER, world INTEGER, arm INTEGER, seed INTEGER, digest TEXT NOT NULL, months TEXT NOT NULL,
    start INTEGER NOT NULL, PRIMARY KEY (place, world, arm, seed)
) WITHOUT ROWID;
"""


class Planned(NamedTuple):
    """A run of the sweep."""

    place: int
    world: int
    arm: int
    seed: int
    digest: str
    months: str  # numbers of months done that are kept, between commas
    start: int  # month in which the packages start

    @property
    def cell(self) -> Cell:
        """Place, world and arm."""
        return Cell(self.place, self.world, self.arm)

    @property
    def horizons(self) -> list[int]:
        """Months after the packages start that are kept."""
        return [int(month) - self.start for month in self.months.split(",")]


class Plan:
    """The runs of a sweep, or of one shard; `identity` is what the digests follow from, None to read only."""

    def __init__(self, path: Path, identity: str | None = None) -> None:
        self._noted: list[Planned] = []
        try:
            self._connection = sqlite3.connect(path, timeout=60.0, isolation_level=None)
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript(SCHEMA)
            if identity is not None and self.identity != identity:
                self._begin_anew(identity)
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path}: cannot be used ({error}); remove it, it is made anew") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.write()
        self._connection.close()

    @property
    def identity(self) -> str:
        """What the digests follow from."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
        return "" if row is None else str(row[0])

    def __len__(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM planned").fetchone()[0])

    def of_world(self, place: int, world: int) -> list[Planned]:
        """The runs known of a world, arm by arm."""
        query = "SELECT * FROM planned WHERE place = ? AND world = ? ORDER BY arm, seed"
        return [Planned(*row) for row in self._connection.execute(query, (place, world))]

    def pages(self) -> Iterator[list[Planned]]:
        """Every run in the sweep's order, some at a time; others may write meanwhile."""
        last = (-1, -1, -1, -1)
        query = (
            "SELECT * FROM planned WHERE (place, world, arm, seed) > (?, ?, ?, ?) "
            f"ORDER BY place, world, arm, seed LIMIT {PAGE}"
        )
        while rows := [Planned(*row) for row in self._connection.execute(query, last).fetchall()]:
            yield rows
            last = rows[-1][:4]

    def note(self, run: Planned) -> None:
        """Keep a run when `write` is called next."""
        self._noted.append(run)

    def write(self) -> None:
        """Keep what was noted, now."""
        noted, self._noted = self._noted, []
        if noted:
            self.add(noted)

    def add(self, runs: Iterable[Planned]) -> None:
        """Keep some runs, together."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT OR REPLACE INTO planned VALUES (?, ?, ?, ?, ?, ?, ?)", list(runs))
        self._connection.execute("COMMIT")

    def _begin_anew(self, identity: str) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("DELETE FROM planned")
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('identity', ?)", (identity,))
        self._connection.execute("COMMIT")
