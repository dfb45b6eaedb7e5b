"""The repository's files, as the tests of its own rules read them."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".git", ".venv", "results", "build", "dist", "__pycache__"}
CODE = ("sim/", "scenarios/", "experiments/")


def _listed_by_git() -> list[str]:
    """Paths from the root of tracked files and of new ones that are not ignored; empty without git."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")[:-1]
    except (OSError, subprocess.CalledProcessError):
        return []


def _found_by_walking() -> list[str]:
    """The same for a source archive: all files but environments, results, builds and caches."""
    found = []
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in NOT_OURS and not name.endswith(("_cache", ".egg-info"))]
        found += [(Path(folder) / name).relative_to(ROOT).as_posix() for name in names]
    return found


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[str]:
    """Every file of the repository, as a sorted list of paths relative to the root, with slashes."""
    return sorted(path for path in _listed_by_git() or _found_by_walking() if (ROOT / path).is_file())


@pytest.fixture(scope="session")
def texts(files: list[str]) -> dict[str, str]:
    """The content of every text file, by path."""
    contents = {path: (ROOT / path).read_bytes() for path in files}
    return {path: content.decode() for path, content in contents.items() if b"\0" not in content}


@pytest.fixture(scope="session")
def modules(texts: dict[str, str]) -> dict[str, ast.Module]:
    """The syntax tree of every Python file of the three packages, by path."""
    return {
        path: ast.parse(text, path) for path, text in texts.items() if path.startswith(CODE) and path.endswith(".py")
    }
