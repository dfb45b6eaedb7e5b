"""Compiles what a kernel consists of no further than the kernel needs.

numba makes of each function, as it stands, what Python could call: optimized by itself, and machine code. What only
kernels call is optimized again in each function that calls it, and in the end in the kernel, so all but the last is
left out here. That halves the time to compile. Touches what numba keeps to itself, so its version is bounded in
pyproject.toml, and `tests/unit/test_compilation.py` compiles a kernel of several functions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target


class LinkedLibrary(JITCodeLibrary):  # type: ignore[misc]
    """The code of one function and of those it calls, for another function to call."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Where the function is in memory: 0, nowhere."""
        self._ensure_finalized()
        return 0

    def machine_code(self) -> bytes:
        """The object code of everything together, optimized."""
        super()._optimize_final_module()
        code: bytes = self._codegen._tm.emit_object(self._final_module)
        return code

    def needed(self) -> set[str]:
        """Functions that the code calls and does not hold."""
        declared = {one.name for one in self._final_module.functions if one.is_declaration}
        return {name for name in declared if not name.startswith("llvm.")}


@contextmanager
def only_linked() -> Iterator[None]:
    """Compile functions for others to call, as long as the block lasts; none of them can be called from Python."""
    with global_compiler_lock:  # other threads compile what they compile before or after
        own: Any = cpu_target.target_context.codegen()
        own._library_class, own.set_env = LinkedLibrary, lambda name, environment: None
        try:
            yield
        finally:
            del own._library_class, own.set_env
