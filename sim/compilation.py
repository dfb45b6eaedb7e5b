"""How rules and kernels are compiled: one place that knows numba's settings.

Two facts shape this file. numba's on-disk cache does not notice that a *called* function
changed, so the cache folder's name carries a hash of every source file of `sim`: editing a rule
starts a fresh cache. And `fastmath` stays off, because only then are the vectorised kernel and
the scalar rule equal to the last bit, on every processor.
"""

import functools
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite.binding

from sim.folders import cache_folder


def source_hash() -> str:
    """Sixteen hexadecimal digits over every Python file of `sim`, in path order."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        digest.update(path.relative_to(here).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _prepare_environment() -> None:
    """Set numba's and OpenMP's variables, unless the user has; must run before numba loads."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("NUMBA_THREADING_LAYER_PRIORITY", "omp workqueue tbb")
    if "NUMBA_CACHE_DIR" not in os.environ:
        os.environ["NUMBA_CACHE_DIR"] = str(cache_folder(f"numba-{source_hash()}"))
        if "numba" in sys.modules:  # somebody imported numba before us: tell it too
            sys.modules["numba"].config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]
    if not {"NUMBA_CPU_FEATURES", "NUMBA_CPU_NAME", "NUMBA_ENABLE_AVX"} & os.environ.keys():
        _use_widest_vectors()


def _use_widest_vectors() -> None:
    """Vectors of 512 bits where the processor has them; left alone, LLVM takes 256 on most of Intel's.

    It fears their lower clock, which costs less than twice the width gains here. No bit of a result changes.
    """
    features = llvmlite.binding.get_host_cpu_features()
    if features.get("avx512f"):
        os.environ["NUMBA_CPU_FEATURES"] = features.flatten() + ",-prefer-256-bit"
        if "numba" in sys.modules:
            sys.modules["numba"].config.CPU_FEATURES = os.environ["NUMBA_CPU_FEATURES"]


_prepare_environment()

import numba  # noqa: E402  (the environment must be ready first)
from numba.core.caching import CompileResultCacheImpl, FunctionCache  # noqa: E402
from numba.core.runtime import rtsys  # noqa: E402

import sim.pack_types  # noqa: E402, F401  (tells numba what packs are)
from sim.packs import Packed  # noqa: E402

SETTINGS = {"fastmath": False, "error_model": "numpy"}
# what only kernels call needs no wrapper that unpacks Python objects; for some hundred rules and steps they would
# take a good part of the compile time
INTERNAL = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}


class Reduced(CompileResultCacheImpl):  # type: ignore[misc]
    """What is kept of a compiled function: not the global names of all that it calls, which only `raise` needs."""

    def reduce(self, cres: Any) -> Any:
        """As numba has it, but for the last item."""
        return (*super().reduce(cres)[:-1], [])


class Kept(FunctionCache):  # type: ignore[misc]
    """numba's cache, which loads machine code without first loading all that numba can compile: half a second."""

    _impl_class = Reduced

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function for these types, or None; who then compiles loads the rest."""
        rtsys.initialize(target_context)  # what machine code may call
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def _kept(function: Callable[..., Any], **settings: Any) -> Any:
    """Compile for Python when first called, and keep the machine code on disk."""
    compiled = numba.njit(no_cfunc_wrapper=True, **settings, **SETTINGS)(function)
    compiled._cache = Kept(function)
    return compiled


class Inner:
    """What only kernels call: shown to numba when a kernel that calls it is compiled, and not where all are kept."""

    def __init__(self, function: Callable[..., Any], **settings: Any) -> None:
        functools.update_wrapper(self, function)  # type: ignore[arg-type]
        self.py_func = function
        self._settings = INTERNAL | SETTINGS | settings

    @functools.cached_property
    def inner(self) -> Any:
        """For kernels."""
        return numba.njit(**self._settings)(self.py_func)

    @property
    def _numba_type_(self) -> Any:
        return self.inner._numba_type_  # what a kernel sees


class Rule(Inner):
    """A scalar equation for kernels, and for Python: compiled once for each, when first called from there."""

    @functools.cached_property
    def outer(self) -> Any:
        """For Python."""
        return _kept(self.py_func)

    def __call__(self, *arguments: Any) -> Any:
        """The equation's value, as in a kernel."""
        return self.outer(*arguments)

    @property
    def signatures(self) -> list[Any]:
        """The numba types it was compiled for."""
        return [*self.inner.signatures, *self.outer.signatures]


def rule(function: Callable[..., Any]) -> Any:
    """Compile a scalar equation: float32 in, one float32 out, no branches for division by zero."""
    # inlined, or LLVM would leave the generator of a loop over draws a call, and not vectorise the loop
    return Rule(function, forceinline=True)


class Kernel:
    """A loop for Python, and for other kernels: takes packs by their handles.

    numba would look at each of the some hundred fields of a pack at every call, to know its type.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.compiled = _kept(function, nogil=True)
        self._numba_type_ = self.compiled._numba_type_

    @property
    def is_kept(self) -> bool:
        """Whether its machine code lies on disk, for some types."""
        return Path(self.compiled._cache._cache_file._index_path).exists()

    def __call__(self, *arguments: Any) -> Any:
        """Run it; what it writes is in the arrays it was given."""
        return self.compiled(*[one.handle if isinstance(one, Packed) else one for one in arguments])


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a loop over villages or workers that Python calls; it runs on one thread, without Python's lock."""
    return Kernel(function)


def part(function: Callable[..., Any]) -> Any:
    """Compile what several loops work out from numbers alone: inlined like a rule, so that they vectorise."""
    return Inner(function, forceinline=True)


def phase(function: Callable[..., Any]) -> Any:
    """Compile a part of a kernel: a loop over a village, or what is done to one worker."""
    return Inner(function)
