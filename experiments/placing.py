"""Files that the user asked for: each appears, or replaces one, when it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.errors import InputError
from sim.folders import whole


def reason(error: OSError) -> str:
    """What the system says, without the names of files that libraries add."""
    return os.strerror(error.errno) if error.errno else str(error)


@contextmanager
def asked_for(path: Path, suffix: str) -> Iterator[Path]:
    """`whole` for a file that the user named; InputError where it is a folder or cannot be written."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; expected the name of a {suffix} file")
    try:
        with whole(path) as partial:
            yield partial
    except OSError as error:
        raise InputError(f"cannot write {path}: {reason(error)}") from error


def write_text(path: Path, text: str) -> None:
    """Write a text file whole."""
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8")
