"""What each group of rules costs: the worker phases by a clock between their loops, the rest by engine calls.

The kernel of the worker phases is compiled once more from its own source, with a look at the processor's clock after
whatever belongs to one group of rules. Every name in it is the kernel's own, so this follows the kernel by itself.
"""

import ast
import inspect
import platform
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
from llvmlite import ir

from sim import fast
from sim.compilation import kernel, operation, phase
from sim.draws import stream_seed
from sim.kernels import advance
from sim.month import run_month
from sim.simulation import Run
from tests.bench.full_model import fresh, workers_of
from tests.bench.table import Row, say, summarised

GROUP = "rules"
WORKERS, MONTHS, REPETITIONS = 300_000, 6, 5
GROUPS = {
    "household and demography": ("live", "leave", "enter", "fill_cells"),
    "separations": ("lose_work", "count_layoffs"),
    "human capital": ("learn_and_fade",),
    "social capital": ("tie_and_belong",),
    "levers of instruments": ("gather_lever", "gather_support", "count_supported"),
    "income, spending, debt": ("fill_income", "earn_and_spend"),
    "spells": ("count_months",),
    "information and courses": ("inform",),
    "decisions": ("list_considering", "choose"),
    "enterprises": ("run_firms",),
    "job search": ("list_seekers", "seek"),
    "counts and lists for the markets": ("count_jobs", "count_firms", "list_applications"),
}
OTHER = "bookkeeping of the loops"
NAMES = (*GROUPS, OTHER)
GROUP_OF = {function: group for group, functions in GROUPS.items() for function in functions}
LIST = "list_marked"  # a list belongs to the group that marked it
MARKETS = "markets, levers and county accounts"


@operation("int64()")
def ticks(builder):
    """The processor's clock, int64."""
    kind = ir.FunctionType(ir.IntType(64), [])
    return builder.call(builder.module.declare_intrinsic("llvm.readcyclecounter", (), kind), [])


@phase
def lap(spent, group):
    """Add the ticks since the last look at the clock, kept behind the groups' ticks, to a group."""
    now = ticks()
    spent[group] += now - spent[len(NAMES)]
    spent[len(NAMES)] = now


def calls_of(node: ast.AST) -> list[str]:
    """Names of the functions called below a node, in no particular order."""
    return [one.func.id for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]


class Clock:
    """Puts laps into a function and into the functions of its module that call some group's functions for it."""

    def __init__(self, module: Any) -> None:
        tree = ast.parse(inspect.getsource(module))
        self.functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
        self.opened: list[str] = []
        self.group = OTHER

    def open(self, name: str) -> None:
        """Give the function of this name a last argument `spent`, and its body laps."""
        self.opened.append(name)
        function = self.functions[name]
        function.args.args.append(ast.arg("spent"))
        function.body = self._with_laps(function.body)

    def _inner(self, node: ast.AST) -> set[str]:
        """Functions called below a node that are no group's own and call some group's functions."""
        names = {name for name in calls_of(node) if name in self.functions and name not in GROUP_OF}
        return {name for name in names if set(calls_of(self.functions[name])) & set(GROUP_OF)}

    def _with_laps(self, body: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in body:
            groups = {GROUP_OF[name] for name in calls_of(statement) if name in GROUP_OF}
            inner = self._inner(statement)
            found.append(statement)
            if isinstance(statement, ast.For | ast.While | ast.If) and (inner or len(groups) > 1):
                statement.body = self._with_laps(statement.body)
                continue
            for call in (one for one in ast.walk(statement) if isinstance(one, ast.Call)):
                if isinstance(call.func, ast.Name) and call.func.id in inner:
                    if call.func.id not in self.opened:
                        self.open(call.func.id)
                    call.args.append(ast.Name("spent", ast.Load()))
            if not inner and not isinstance(statement, ast.Return):
                if groups or LIST not in calls_of(statement):
                    self.group = min(groups, default=OTHER, key=NAMES.index)
                look = ast.parse(f"lap(spent, {NAMES.index(self.group)})").body
                if [ast.unparse(one) for one in found[-2:-1]] == [ast.unparse(one) for one in look]:
                    del found[-2]  # of the same group as the statement before
                found += look
        return found


def with_clock() -> tuple[Callable[..., None], np.ndarray]:
    """The compiled kernel of the worker phases with a clock, and the ticks by group of rules, int64[groups]."""
    name = "advance_villages"
    clock = Clock(advance)
    clock.open(name)
    main = clock.functions[name]
    main.decorator_list = []
    main.body = ast.parse(f"spent[{len(NAMES)}] = ticks()").body + main.body
    scope = {**vars(advance), "ticks": ticks, "lap": lap}
    changed = ast.Module([clock.functions[one] for one in clock.opened[::-1]], [])
    exec(compile(ast.fix_missing_locations(changed), __file__, "exec"), scope)
    spent = np.zeros(len(NAMES) + 1, np.int64)
    compiled = kernel(scope[name])

    def run(*arguments: Any) -> None:
        compiled(*arguments, spent)

    run.is_kept = True  # type: ignore[attr-defined]
    return run, spent[: len(NAMES)]


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

    def census(self, *arguments: Any) -> Any:
        """The population for the record."""
        return self._noted("census", super().census, *arguments)


def measure() -> list[Row]:
    """Nanoseconds of a worker's month by group of rules, on one thread."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return [summarised(GROUP, "whole month", 0, 1, "cost", "", [], "needs the clock of x86-64")]
    say("  compiling the worker phases once more, with a clock (about a minute)")
    clocked, spent = with_clock()
    found: dict[str, list[float]] = defaultdict(list)
    with mock.patch.object(advance, "advance_villages", clocked):
        fresh(2000)
        for n in range(REPETITIONS):
            run = fresh(WORKERS)
            count = workers_of(run)
            for name, seconds in _live(run, spent).items():
                found[name].append(seconds / (count * MONTHS) * 1e9)
            say(f"  repetition {n + 1} of {REPETITIONS}")
    return [summarised(GROUP, name, count, 1, "cost", "ns a worker-month", values) for name, values in found.items()]


def _live(run: Run, spent: np.ndarray) -> dict[str, float]:
    """Seconds by group of rules over some months of a run."""
    engine = Timed(run.world)
    luck, population = stream_seed(run.seed, "luck"), stream_seed(run.scenario.population_seed, "population")
    spent[:] = 0
    begun = time.perf_counter()
    for _ in range(MONTHS):
        run_month(run.world, run.state, engine, luck, population)
    whole = time.perf_counter() - begun
    workers = engine.seconds.pop("workers")
    found = {name: workers * share for name, share in zip(NAMES, spent / spent.sum(), strict=True)}
    found |= engine.seconds
    return found | {MARKETS: whole - sum(found.values()), "whole month": whole}
