"""Where an experiment lies on disk; no other file of the laboratory knows.

    FOLDER/
      experiment.json              what was asked; written first, says whose folder it is
      records.sqlite               every run, as they finish; a rerun goes on from here
      tables/NAME.csv              free of times, paths and the order of runs
      figures/NAME.png .svg .pdf
      manifest.json                what was run, with what; written last

Tables and figures are written beside their place and renamed into it, so that none is ever half there.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.errors import InputError
from experiments.placing import write_text
from experiments.store import FIGURES, FORMAT, MANIFEST, RECORDS, TABLES
from experiments.strict_json import to_json

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENT = "experiment.json"


class ExperimentFolder:
    """A folder of one experiment, which may be gone on with. Raises InputError where it cannot be used.

    `identity` is what makes it the same experiment again: the scenario and the instruments. Seeds, outcomes and
    controls may differ: what was run stays, and the tables are made anew.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.folder = folder.absolute()
        self._identity = json.loads(to_json(identity))
        try:
            self._claim()
        except OSError as error:
            raise InputError(f"cannot write to {folder}: {os.strerror(error.errno or 0)}") from error

    @property
    def records(self) -> Path:
        """The file of the records."""
        return self.folder / RECORDS

    def finish(
        self,
        manifest: Mapping[str, Any],
        tables: "Mapping[str, pd.DataFrame]",
        figures: Mapping[str, Mapping[str, bytes]],
    ) -> None:
        """Put tables and figures in place of any that are there, then the manifest."""
        (self.folder / MANIFEST).unlink(missing_ok=True)
        self._replace(TABLES, {f"{name}.csv": csv(table) for name, table in tables.items()})
        drawn = {f"{name}.{suffix}": data for name, files in figures.items() for suffix, data in files.items()}
        self._replace(FIGURES, drawn)
        self.write(MANIFEST, to_json({"format": FORMAT, **manifest}, indent=2) + "\n")

    def _claim(self) -> None:
        """Take a new or empty folder, or one of this very experiment."""
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"{self.folder} is a file; expected a folder for the result")
        note = self.folder / EXPERIMENT
        if note.is_file():
            self._require_same(note)
            return
        held = [path for path in sorted(self.folder.rglob("*")) if path.is_file()] if self.folder.exists() else []
        held = [path for path in held if not path.name.startswith(f".{EXPERIMENT}.")]  # another process is at it
        if note.is_file():  # and was, while this one looked
            self._require_same(note)
            return
        if held:
            name = held[0].relative_to(self.folder)
            raise InputError(f"{self.folder} holds {name}, which is of no experiment: choose another folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write(EXPERIMENT, to_json({"format": FORMAT, "identity": self._identity}, indent=2) + "\n")

    def _require_same(self, note: Path) -> None:
        try:
            found = json.loads(note.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{note} is damaged: {error}") from error
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise InputError(f"{note} is not of this version of guiyan: choose another folder")
        if found.get("identity") != self._identity:
            raise InputError(f"{self.folder} holds another experiment: choose another folder, or remove that one")

    def write(self, name: str, text: str) -> None:
        """Put a small file in place of one that is there, whole."""
        write_text(self.folder / name, text)

    def _replace(self, name: str, files: Mapping[str, bytes]) -> None:
        """A folder of files, complete or not there."""
        target, partial = self.folder / name, self.folder / f".{name}.{os.getpid()}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for file, data in files.items():
            (partial / file).write_bytes(data)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)


def csv(table: "pd.DataFrame") -> bytes:
    """A table as its file has it: numbers in full, `\\n` at every line's end."""
    return str(table.to_csv(index=False, lineterminator="\n")).encode()
