"""What each group of rules costs: the worker phases by a clock between their loops, the rest by engine calls.

The kernel of the worker phases is compiled once more from its own source, with a look at the processor's clock after
each statement of its loop over villages. Every name in it is the kernel's own, so this follows the kernel by itself.
"""

import ast
import inspect
import platform
import textwrap
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from unittest import mock

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from sim import fast
from sim.compilation import SETTINGS
from sim.draws import stream_seed
from sim.kernels import advance
from sim.month import run_month
from sim.simulation import Run
from tests.bench.full_model import fresh, workers_of
from tests.bench.table import Row, say, summarised

GROUP = "rules"
WORKERS, MONTHS, REPETITIONS = 300_000, 6, 5
LOOP = "v"  # the loop over villages in `advance_villages`
GROUPS = {
    "household and demography": ("live", "leave", "enter", "fill_cells"),
    "separations": ("lose_work", "count_layoffs"),
    "human capital": ("learn_and_fade",),
    "social capital": ("tie_and_belong",),
    "levers of instruments": ("gather_lever", "gather_support", "count_supported"),
    "income, spending, debt": ("fill_income", "earn_and_spend"),
    "spells": ("count_months",),
    "information and courses": ("inform",),
    "decisions": ("choose",),
    "enterprises": ("run_firms",),
    "job search": ("mark_seekers", "seek"),
}
OTHER = "bookkeeping of the loop"
MARKETS = "markets, levers and county accounts"


@intrinsic
def ticks(typingctx):
    """The processor's clock, int64."""

    def codegen(context, builder, signature, arguments):
        kind = ir.FunctionType(ir.IntType(64), [])
        return builder.call(builder.module.declare_intrinsic("llvm.readcyclecounter", (), kind), [])

    return types.int64(), codegen


def calls_of(node: ast.AST) -> list[str]:
    """Names of the functions called in a statement."""
    return [one.func.id for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]


def group_of(statement: ast.stmt, before: str) -> str:
    """The group of rules of a statement; a list of those marked belongs to what marked them."""
    called = calls_of(statement)
    for group, names in GROUPS.items():
        if set(called) & set(names):
            return group
    return before if "list_marked" in called else OTHER


def with_clock() -> tuple[Callable[..., None], list[str], np.ndarray]:
    """The compiled kernel of the worker phases with a clock, its groups of rules, and their ticks int64[groups]."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(advance.advance_villages.py_func)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list = []
    function.args.args.append(ast.arg("spent"))
    loop = next(one for one in function.body if isinstance(one, ast.For) and ast.unparse(one.target) == LOOP)
    names, body, group = [*GROUPS, OTHER], ast.parse("now = ticks()").body, OTHER
    for statement in loop.body:
        group = group_of(statement, group)
        at = names.index(group)
        body += [statement, *ast.parse(f"then = now\nnow = ticks()\nspent[{at}] += now - then").body]
    loop.body = body
    scope = {**vars(advance), "ticks": ticks}
    exec(compile(ast.fix_missing_locations(tree), __file__, "exec"), scope)
    spent = np.zeros(len(names), np.int64)
    compiled = numba.njit(nogil=True, no_cfunc_wrapper=True, **SETTINGS)(scope["advance_villages"])
    return lambda *arguments: compiled(*arguments, spent), names, spent


class Timed(fast.FastEngine):
    """The fast engine on one thread, which notes the seconds of its phases over all workers."""

    def __init__(self, world: Any) -> None:
        super().__init__(world, 1)
        self.seconds: dict[str, float] = defaultdict(float)

    def _noted(self, name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        begun = time.perf_counter()
        result = work(*arguments)
        self.seconds[name] += time.perf_counter() - begun
        return result

    def advance(self, *arguments: Any) -> Any:
        """Worker phases."""
        return self._noted("workers", super().advance, *arguments)

    def count(self, *arguments: Any) -> Any:
        """Filled jobs."""
        return self._noted("counts for the markets", super().count, *arguments)

    def census(self, *arguments: Any) -> Any:
        """The population for the record."""
        return self._noted("census", super().census, *arguments)


def measure() -> list[Row]:
    """Nanoseconds of a worker's month by group of rules, on one thread."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return [summarised(GROUP, "whole month", 0, 1, "cost", "", [], "needs the clock of x86-64")]
    say("  compiling the worker phases once more, with a clock (about a minute)")
    kernel, names, spent = with_clock()
    found: dict[str, list[float]] = defaultdict(list)
    with mock.patch.object(advance, "advance_villages", kernel):
        fresh(2000)
        for n in range(REPETITIONS):
            run = fresh(WORKERS)
            count = workers_of(run)
            for name, seconds in _live(run, names, spent).items():
                found[name].append(seconds / (count * MONTHS) * 1e9)
            say(f"  repetition {n + 1} of {REPETITIONS}")
    return [summarised(GROUP, name, count, 1, "cost", "ns a worker-month", values) for name, values in found.items()]


def _live(run: Run, names: list[str], spent: np.ndarray) -> dict[str, float]:
    """Seconds by group of rules over some months of a run."""
    engine = Timed(run.world)
    luck, population = stream_seed(run.seed, "luck"), stream_seed(run.scenario.population_seed, "population")
    spent[:] = 0
    begun = time.perf_counter()
    for _ in range(MONTHS):
        run_month(run.world, run.state, engine, luck, population)
    whole = time.perf_counter() - begun
    workers = engine.seconds.pop("workers")
    found = {name: workers * share for name, share in zip(names, spent / spent.sum(), strict=True)}
    found |= engine.seconds
    return found | {MARKETS: whole - sum(found.values()), "whole month": whole}
