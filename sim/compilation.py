"""How rules and kernels are compiled: one place that knows numba's settings.

Three facts shape this file. numba's on-disk cache does not notice that a *called* function
changed, so the cache folder's name carries a hash of every source file of `sim`: editing a rule
starts a fresh cache. `fastmath` stays off, because only then are the vectorised kernel and
the scalar rule equal to the last bit, on every processor. And importing numba takes longer than
a small simulation, so it is imported when something is compiled, not where all is kept.
"""

import functools
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any

import llvmlite.binding

from sim.folders import cache_folder
from sim.machine_code import FROM_OUTSIDE, Code, Entry, Shelf
from sim.packs import PackKind, table_of

SETTINGS = {"fastmath": False, "error_model": "numpy"}
# what only kernels call needs no wrapper that unpacks Python objects; for some hundred rules and steps they would
# take a good part of the compile time
INTERNAL = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
_LOCK = RLock()


@functools.cache
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


class Inner:
    """What only kernels call: shown to numba when a kernel that calls it is compiled, and not where all are kept."""

    def __init__(self, function: Callable[..., Any], **settings: Any) -> None:
        functools.update_wrapper(self, function)  # type: ignore[arg-type]
        self.py_func = function
        self._settings = INTERNAL | SETTINGS | settings

    @functools.cached_property
    def inner(self) -> Any:
        """For kernels."""
        import numba

        return numba.njit(**self._settings)(self.py_func)

    @property
    def _numba_type_(self) -> Any:
        return self.inner._numba_type_  # what a kernel sees


class Rule(Inner):
    """A scalar equation for kernels, and for Python: compiled once for each, when first called from there."""

    @functools.cached_property
    def outer(self) -> Any:
        """For Python."""
        import numba

        return numba.njit(no_cfunc_wrapper=True, cache=True, **SETTINGS)(self.py_func)

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


class Kernel(Inner):
    """A loop for Python, and for other kernels: takes arrays without gaps, numbers and packs."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self.entries: dict[PackKind, Entry] = {}
        self._names = function.__code__.co_varnames[: function.__code__.co_argcount]
        self._shelf = Shelf(function, functools.partial(_source_of, function))

    @property
    def is_kept(self) -> bool:
        """Whether its machine code lies on disk, for some types."""
        return self._shelf.is_filled

    def __call__(self, *arguments: Any) -> Any:
        """Run it, without Python's lock; what it writes is in the arrays it was given."""
        kind, table = table_of(self.py_func, self._names, arguments)
        entry = self.entries.get(kind) or self._entry(kind)
        return entry(table.buffer_info()[0])

    def _entry(self, kind: PackKind) -> Entry:
        """Loaded or compiled, whichever thread asks first."""
        with _LOCK:
            if kind not in self.entries:
                code = self._shelf.take(kind)
                is_kept = code is not None
                if code is None:
                    code = self._compiled(kind)
                    self._shelf.leave(kind, code)
                self.entries[kind] = Entry(code, is_kept)
            return self.entries[kind]

    def _compiled(self, kind: PackKind) -> Code:
        """Compile a function that takes the table of the arguments and calls the kernel."""
        import numba

        from sim.linking import only_linked
        from sim.pack_types import pack_type

        # made one function by numba: compiled apart, LLVM would go through all that the kernel calls once more
        scope = {"kernel": numba.njit(inline="always", **INTERNAL, **SETTINGS)(self.py_func)}
        given = ", ".join(f"arguments.{name}" for name in self._names)
        exec(f"def {self.py_func.__name__}(arguments):\n    return kernel({given})", scope)
        entry = numba.njit(**INTERNAL, **SETTINGS)(scope[self.py_func.__name__])
        with only_linked():
            entry.compile((pack_type(kind),))
        (compiled,) = entry.overloads.values()
        machine_code = compiled.library.machine_code()
        if needed := compiled.library.needed() - FROM_OUTSIDE:
            named = ", ".join(sorted(needed))
            raise TypeError(f"kernel {self.py_func.__name__} calls {named}: expected nothing from outside")
        return Code(compiled.fndesc.llvm_func_name, str(compiled.signature.return_type), machine_code)


def _source_of(function: Callable[..., Any]) -> str | None:
    """All that a kernel is made from: the files of `sim`, and its own if it is elsewhere; None if it is of no file."""
    own = Path(function.__code__.co_filename)
    if Path(__file__).parent in own.parents:
        return source_hash()
    return source_hash() + hashlib.sha256(own.read_bytes()).hexdigest() if own.is_file() else None


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a loop over villages or workers that Python calls; it runs on one thread, without Python's lock."""
    return Kernel(function)


def part(function: Callable[..., Any]) -> Any:
    """Compile what several loops work out from numbers alone: inlined like a rule, so that they vectorise."""
    return Inner(function, forceinline=True)


def phase(function: Callable[..., Any]) -> Any:
    """Compile a part of a kernel: a loop over a village, or what is done to one worker."""
    return Inner(function)


class Instruction:
    """What numba has no words for: a function of its typing context and types, as `numba.extending.intrinsic` takes."""

    def __init__(self, define: Callable[..., Any]) -> None:
        functools.update_wrapper(self, define)  # type: ignore[arg-type]
        self._define = define

    @functools.cached_property
    def _numba_type_(self) -> Any:
        from numba import types
        from numba.core.typing.templates import infer, make_intrinsic_template

        template = make_intrinsic_template(self, self._define, self._define.__name__)
        infer(template)
        return types.Function(template)


def instruction(define: Callable[..., Any]) -> Any:
    """Write an instruction for kernels in LLVM's words; numba is imported when a kernel with it is compiled."""
    return Instruction(define)


def operation(signature: str) -> Callable[[Callable[..., Any]], Any]:
    """Write an instruction of numbers: its signature as numba writes it, and a function of LLVM's builder and them."""

    def decorate(build: Callable[..., Any]) -> Any:
        def define(context: Any, *given: Any) -> Any:
            from numba.core.sigutils import normalize_signature
            from numba.core.typing import signature as made

            taken, returned = normalize_signature(signature)
            return made(returned, *taken), lambda context, builder, typed, values: build(builder, *values)

        return instruction(functools.wraps(build)(define))

    return decorate
