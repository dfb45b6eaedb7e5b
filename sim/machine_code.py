"""Machine code of kernels on disk, and loaded from there without numba, importing which takes longer than a small run.

What Python calls is an entry: a function of one argument, the table of the kernel's arguments (`sim.packs`). Its
object code holds everything it calls, and is found by what it was made from: the source, the processor, the types.
"""

import ctypes
import functools
import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

import llvmlite
import llvmlite.binding as llvm

from sim.folders import whole
from sim.packs import PackKind

PROCESSOR = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_ENABLE_AVX")  # variables that say what to compile for
FROM_OUTSIDE = {"memset", "memcpy", "memmove"}  # of the C library: found in every process
RETURNED = {
    "none": None, "bool": ctypes.c_bool, "int64": ctypes.c_int64, "uint64": ctypes.c_uint64,
    "int32": ctypes.c_int32, "uint32": ctypes.c_uint32, "float32": ctypes.c_float, "float64": ctypes.c_double,
}  # fmt: skip
DONE = (0, -2)  # what an entry returns: all is well, and a value of None
# as numba lays functions out: where the value goes, where an error goes, the argument
_PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_LOCK = RLock()


class Code(NamedTuple):
    """A compiled entry."""

    symbol: str
    returned: str  # key of RETURNED
    machine_code: bytes  # an object file


class Entry:
    """An entry in memory, ready to be called."""

    def __init__(self, code: Code, is_kept: bool) -> None:
        self.is_kept = is_kept  # whether it was found on disk
        self._call = _PROTOTYPE(_address_of(code))
        self._returned: Any = RETURNED[code.returned]

    def __call__(self, table: int) -> Any:
        """Run it on the table at this address, without Python's lock. Raises RuntimeError if the kernel does."""
        value, error = (self._returned or ctypes.c_void_p)(), ctypes.c_void_p()
        status = self._call(ctypes.addressof(value), ctypes.addressof(error), table)
        if status not in DONE:
            raise RuntimeError(f"a kernel ended with status {status}")
        return None if self._returned is None else value.value


class Shelf:
    """Where the entries of one function lie; source: says what it is made from, or None: then nothing is kept."""

    def __init__(self, function: Callable[..., Any], source: Callable[[], str | None]) -> None:
        self._function, self._source = function, source

    @functools.cached_property
    def _beginning(self) -> str | None:
        """Of the names of its files, on this processor."""
        source = self._source()
        if source is None:
            return None
        made_from = [source, llvmlite.__version__, llvm.get_host_cpu_name()]
        made_from += [os.environ.get(name, "") for name in PROCESSOR]
        made_from += [llvm.get_process_triple(), self._function.__module__, self._function.__qualname__]
        return f"{self._function.__name__}-{_digest(made_from)}-"

    def _path(self, kind: PackKind) -> Path:
        return Path(os.environ["NUMBA_CACHE_DIR"]) / f"{self._beginning}{kind.name[-12:]}.code"

    @property
    def is_filled(self) -> bool:
        """Whether something lies here, for some types."""
        return self._beginning is not None and any(Path(os.environ["NUMBA_CACHE_DIR"]).glob(f"{self._beginning}*.code"))

    def take(self, kind: PackKind) -> Code | None:
        """The code for these arguments; None where there is none, or not as it was left."""
        if self._beginning is None:
            return None
        with suppress(OSError, ValueError, TypeError):
            heading, machine_code = self._path(kind).read_bytes().split(b"\n", 1)
            symbol, returned, digest = json.loads(heading)
            if digest == hashlib.sha256(machine_code).hexdigest():
                return Code(symbol, returned, machine_code)
        return None

    def leave(self, kind: PackKind, code: Code) -> None:
        """Keep the code for these arguments, if the folder can be written."""
        if self._beginning is None:
            return
        heading = json.dumps([code.symbol, code.returned, hashlib.sha256(code.machine_code).hexdigest()])
        with suppress(OSError):
            path = self._path(kind)
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole(path) as partial:
                partial.write_bytes(heading.encode() + b"\n" + code.machine_code)


@functools.cache
def _engine() -> Any:
    """LLVM's loader of object code; everything it has loaded stays where it is."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


def _address_of(code: Code) -> int:
    """Load it."""
    with _LOCK:
        engine = _engine()
        engine.add_object_file(llvm.ObjectFileRef.from_data(code.machine_code))
        engine.finalize_object()
        address: int = engine.get_function_address(code.symbol)
    return address


def _digest(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
