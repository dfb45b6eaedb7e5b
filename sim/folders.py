"""Where the program keeps what it can make again, and how a file appears whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def cache_folder(name: str) -> Path:
    """A folder of this name that we may write, made if need be: in the user's cache folder, else a temporary one."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(base) / "guiyan" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"guiyan-{owner}" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def beside(path: Path, word: str = "partial") -> Path:
    """A hidden neighbour of `path` that no other process uses."""
    return path.with_name(f".{path.name}.{os.getpid()}.{word}")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A neighbour to write to, which takes the place of `path` if the block ends well, and else goes."""
    partial = beside(path)
    try:
        yield partial
        os.replace(partial, path)
    finally:
        with suppress(OSError):
            partial.unlink()
