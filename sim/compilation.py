"""How rules and kernels are compiled: one place that knows numba's settings.

Two facts shape this file. numba's on-disk cache does not notice that a *called* function
changed, so the cache folder's name carries a hash of every source file of `sim`: editing a rule
starts a fresh cache. And `fastmath` stays off, because only then are the vectorised kernel and
the scalar rule equal to the last bit, on every processor.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def source_hash() -> str:
    """Sixteen hexadecimal digits over every Python file of `sim`, in path order."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        digest.update(path.relative_to(here).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    """A folder we may write: the user's cache folder, else one of the system's temporary ones."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(base) / "guiyan" / f"numba-{source_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"guiyan-{owner}" / folder.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _prepare_environment() -> None:
    """Set numba's and OpenMP's variables, unless the user has; must run before numba loads."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("NUMBA_THREADING_LAYER_PRIORITY", "omp workqueue tbb")
    if "NUMBA_CACHE_DIR" not in os.environ:
        os.environ["NUMBA_CACHE_DIR"] = str(_cache_folder())
        if "numba" in sys.modules:  # somebody imported numba before us: tell it too
            sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]


_prepare_environment()

import numba  # noqa: E402  (the environment must be ready first)

SETTINGS = {"fastmath": False, "error_model": "numpy"}
# only what Python calls needs a wrapper that unpacks Python objects; with tuples of many arrays those wrappers
# would take most of the compile time
INTERNAL = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}


def rule(function: Callable[..., Any]) -> Any:
    """Compile a scalar equation: float32 in, one float32 out, no branches for division by zero."""
    return numba.njit(cache=True, **SETTINGS)(function)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a loop over villages or workers that Python calls; it runs on one thread, without Python's lock."""
    return numba.njit(cache=True, nogil=True, **SETTINGS)(function)


def phase(function: Callable[..., Any]) -> Any:
    """Compile a part of a kernel that is called once a village."""
    return numba.njit(**INTERNAL, **SETTINGS)(function)


def step(function: Callable[..., Any]) -> Any:
    """Compile a part of a kernel that is called once a worker: inlined, so that its tuples are never copied."""
    return numba.njit(forceinline=True, **INTERNAL, **SETTINGS)(function)
