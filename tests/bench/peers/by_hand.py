"""The task in C++ by hand, with AVX2: compiled by g++ when there is one, and called from the driver of `compiled`."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.bench.peers import compiled

SOURCE = Path(__file__).with_suffix(".cpp")
CONSTANTS = {name: float(value) for name, value in vars(compiled).items() if isinstance(value, np.float32)}


class MissingCompiler(RuntimeError):
    """There is no g++, or it cannot make this for the processor at hand."""


def build(folder: Path, fused: bool) -> Callable[..., None]:
    """Compile the C++; returns its `advance`. fused: multiply and add in one rounding, so other bits.

    Raises MissingCompiler with the reason where it cannot be made or run.
    """
    command = shutil.which("g++")
    if command is None:
        raise MissingCompiler("there is no g++")
    library = folder / f"by_hand_{'fused' if fused else 'plain'}.so"
    values = [f"-D{name}={value!r}f" for name, value in CONSTANTS.items()]
    options = ["-O3", "-mavx2", "-mfma", "-ffp-contract=off", "-shared", "-fPIC", *(["-DFUSED"] if fused else [])]
    made = subprocess.run([command, *options, *values, str(SOURCE), "-o", str(library)], capture_output=True, text=True)
    if made.returncode:
        raise MissingCompiler(f"g++ cannot compile it here: {made.stderr.strip().splitlines()[0]}")
    loaded = ctypes.CDLL(str(library))
    if not loaded.supported():
        raise MissingCompiler("the processor has no AVX2")
    pointers = [np.ctypeslib.ndpointer(dtype, flags="C_CONTIGUOUS") for dtype in (
        *[np.int64] * 5, *[np.float32] * 2, np.uint8, *[np.float32] * 4, np.uint32, np.float32,
    )]  # fmt: skip
    loaded.advance.argtypes = [ctypes.c_int64, ctypes.c_int64, ctypes.c_uint32, ctypes.c_uint64, *pointers]
    loaded.advance.restype = None

    def advance(low: int, high: int, month: np.uint32, seed: np.uint64, *arrays: np.ndarray) -> None:
        loaded.advance(low, high, int(month), int(seed), *arrays)

    return advance


def compiler() -> str:
    """The version of g++, or a dash."""
    command = shutil.which("g++")
    if command is None:
        return "-"
    return subprocess.run([command, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
