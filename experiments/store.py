"""How a result lies on disk; no other file knows.

    FOLDER/
      outcomes.parquet             tidy outcomes, one row group a run
      tables/NAME.csv              what was computed from them
      figures/NAME.png .svg .pdf
      manifest.json                what was run, with what, and the format number; written last
      records.sqlite               every run, where they were made on processes: the same command goes on from it

A result is written beside its folder and renamed into place, so a folder never holds half of one; records are there
from the first run on.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from experiments.errors import InputError
from experiments.placing import asked_for, reason
from experiments.strict_json import to_json
from sim.folders import beside

FORMAT = 1
OUTCOMES, MANIFEST, TABLES, FIGURES = "outcomes.parquet", "manifest.json", "tables", "figures"
RECORDS = "records.sqlite"
TEXT = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("scenario", TEXT),
        ("seed", pa.int64()),
        ("month", pa.int32()),
        ("place", TEXT),
        ("dimension", TEXT),
        ("group", TEXT),
        ("indicator", TEXT),
        ("value", pa.float64()),
        ("unit", TEXT),
    ]
)
STATA_LABELS = {
    "scenario": "place and packages",
    "seed": "seed of the run",
    "month": "month of the run: its end, counted from 0",
    "place": "place",
    "dimension": "what the group is a margin of",
    "group": "group, a margin",
    "indicator": "indicator",
    "value": "value",
    "unit": "unit of the value",
}


class Results(NamedTuple):
    """A result as read: the manifest and the tidy outcomes, text columns categorical."""

    manifest: dict[str, Any]
    outcomes: pd.DataFrame


class ResultsWriter:
    """Writes one result; use as a context manager: `add` each run's outcomes, then `finish`.

    `request` is what makes it the same result again (kind, place, packages, seeds ...): a folder that holds
    another result is refused, and one that holds anything else. Until `finish`, `folder` stays as it was;
    without `finish`, nothing but `records` is left behind. Raises InputError where the folder cannot be used.
    """

    def __init__(self, folder: Path, request: Mapping[str, Any]) -> None:
        self._folder = folder.absolute()
        self._partial = beside(self._folder, "partial")
        self._request = json.loads(to_json(request))

    def __enter__(self) -> Self:
        try:
            _refuse_to_replace(self._folder, self._request)
            shutil.rmtree(self._partial, ignore_errors=True)
            self._partial.mkdir(parents=True)
        except OSError as error:
            raise InputError(f"cannot write to {self._folder}: {reason(error)}") from error
        self._parquet = pq.ParquetWriter(self._partial / OUTCOMES, SCHEMA, compression="zstd")
        return self

    @property
    def records(self) -> Path:
        """Where runs are recorded, for those who do; the folder is made for it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / RECORDS

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._parquet.close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def add(self, outcomes: pd.DataFrame) -> None:
        """Append the tidy outcomes of one run as a row group."""
        arrays = [pa.array(outcomes[field.name]).cast(field.type) for field in SCHEMA]
        self._parquet.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))

    def finish(
        self,
        manifest: Mapping[str, Any],
        tables: Mapping[str, pd.DataFrame],
        figures: Mapping[str, Mapping[str, bytes]],
    ) -> None:
        """Write what goes beside the outcomes, the manifest last, and put the result in its place.

        `figures` maps a name to its files by suffix: {"packages": {"png": ..., "svg": ...}}.
        """
        self._parquet.close()
        for name, table in tables.items():
            (self._partial / TABLES).mkdir(exist_ok=True)
            table.to_csv(self._partial / TABLES / f"{name}.csv", index=False, lineterminator="\n")
        for name, files in figures.items():
            (self._partial / FIGURES).mkdir(exist_ok=True)
            for suffix, content in files.items():
                (self._partial / FIGURES / f"{name}.{suffix}").write_bytes(content)
        complete = {"format": FORMAT, **manifest, "request": self._request}
        (self._partial / MANIFEST).write_text(to_json(complete, indent=2) + "\n", encoding="utf-8")
        if (self._folder / RECORDS).is_file():
            shutil.copyfile(self._folder / RECORDS, self._partial / RECORDS)
        _put_in_place(self._partial, self._folder)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a result. Raises InputError where there is none, or none of this format."""
    path = folder / MANIFEST
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected a result that --out has left")
    if not path.is_file():
        raise InputError(f"{folder} holds no {MANIFEST}: it is not a result of guiyan")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is damaged: {error}") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise InputError(f"{path}: format {found!r}, but this version of guiyan reads format {FORMAT}")
    return dict(manifest)


def read_results(folder: Path) -> Results:
    """A whole result. Raises InputError where the folder, the manifest or the outcomes are not sound."""
    manifest = read_manifest(folder)
    with _outcomes_of(folder) as file:
        return Results(manifest, file.read().to_pandas())


def export(folder: Path, suffix: str, target: Path | None = None) -> Path:
    """Write the outcomes as `csv` (streaming) or `dta` (Stata 14 and later) and return the file's path.

    Without a target the file lies beside the outcomes; it appears, or replaces one, when it is complete.
    """
    read_manifest(folder)
    path = (target or folder / f"outcomes.{suffix}").absolute()
    with asked_for(path, f".{suffix}") as partial, _outcomes_of(folder) as file:
        {"csv": _write_csv, "dta": _write_stata}[suffix](file, partial)
    return path


@contextmanager
def _outcomes_of(folder: Path) -> Iterator[pq.ParquetFile]:
    """The outcomes, open; what pyarrow says of a damaged file becomes an InputError."""
    path = folder / OUTCOMES
    if not path.is_file():
        raise InputError(f"{folder} holds no {OUTCOMES}: the result is not complete")
    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in SCHEMA.names if name not in file.schema_arrow.names]
            if missing:
                raise InputError(f"{path} lacks the column {missing[0]!r}: not outcomes of guiyan")
            yield file
    except pa.ArrowException as error:
        raise InputError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
    except OSError as error:
        if error.strerror is None:  # pyarrow's own, of the content; the system's have a strerror
            raise InputError(f"{path} is damaged: {str(error).splitlines()[0]}") from error
        raise


def _write_csv(file: pq.ParquetFile, target: Path) -> None:
    plain = pa.schema([pa.field(field.name, pa.string() if field.type == TEXT else field.type) for field in SCHEMA])
    with pyarrow.csv.CSVWriter(str(target), plain) as writer:
        for batch in file.iter_batches():
            writer.write_table(pa.Table.from_batches([batch]).cast(plain))


def _write_stata(file: pq.ParquetFile, target: Path) -> None:
    outcomes = file.read().to_pandas()
    text = [field.name for field in SCHEMA if field.type == TEXT]
    outcomes[text] = outcomes[text].astype(str)
    outcomes.to_stata(target, write_index=False, version=118, variable_labels=STATA_LABELS)


def _refuse_to_replace(folder: Path, request: Mapping[str, Any]) -> None:
    """Raise InputError unless `folder` is new, empty, or holds the result of the same request alone."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is a file; expected a folder for the result")
    files = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    foreign = [path for path in files if not _is_ours(path)]
    if foreign:
        raise InputError(f"{folder} holds {foreign[0]}, which is not of a result of guiyan: choose another folder")
    is_begun = all(path.name.startswith(RECORDS) for path in files)  # runs are known by what they are
    if not is_begun and read_manifest(folder).get("request") != request:
        raise InputError(f"{folder} holds another result: choose another folder, or remove that one")


def _is_ours(path: Path) -> bool:
    """Whether a file, by its path in the folder, is one that a result has."""
    if len(path.parts) == 1:
        is_result = path.name in (MANIFEST, OUTCOMES) or path.stem == Path(OUTCOMES).stem
        return is_result or path.name.startswith(RECORDS)
    return path.parts[:-1] in ((TABLES,), (FIGURES,))


def _put_in_place(partial: Path, folder: Path) -> None:
    """Rename `partial` to `folder`; a result that is there already steps aside first, and then goes."""
    aside = beside(folder, "old")
    if folder.exists():
        folder.rename(aside)
    try:
        partial.rename(folder)
    except BaseException:
        if aside.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)
