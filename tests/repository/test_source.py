"""Who may import, draw, print and compute what: the rules of the house that a reader of code can check."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

import pytest

TRANSCENDENTAL = ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "power", "float_power", "tanh")


class Rule(NamedTuple):
    """Names that code below `where` may use in the files below `allowed` only, and why."""

    why: str
    where: tuple[str, ...]
    names: tuple[str, ...]
    allowed: tuple[str, ...]


EVERYWHERE = ("sim/", "scenarios/", "experiments/")
RULES = [
    Rule(
        "only sim/draws.py makes random numbers", EVERYWHERE, ("random", "secrets", "numpy.random"), ("sim/draws.py",)
    ),
    Rule("only sim/model.py knows Mesa", EVERYWHERE, ("mesa",), ("sim/model.py",)),
    Rule("only experiments/figures draws", EVERYWHERE, ("matplotlib",), ("experiments/figures/",)),
    Rule(
        "only the command line prints",
        EVERYWHERE,
        ("builtins.print", "click.echo", "click.secho", "rich.print", "sys.stdout"),
        ("experiments/cli.py", "experiments/cli/"),
    ),
    Rule(
        "library exponentials differ between processors: use sim/arithmetic.py",
        ("sim/",),
        tuple(f"{module}.{name}" for module in ("math", "numpy") for name in TRANSCENDENTAL),
        (),
    ),
]


class Import(NamedTuple):
    """One imported name: its line, its dotted name, the local name it binds and what that stands for."""

    line: int
    name: str
    local: str
    meaning: str


def imports(tree: ast.Module) -> Iterator[Import]:
    """Every absolute import, wherever in the file it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield Import(node.lineno, alias.name, alias.asname or top, alias.name if alias.asname else top)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield Import(node.lineno, name, alias.asname or alias.name, name)


def full_name(node: ast.AST, known: dict[str, str]) -> str | None:
    """The dotted name that an expression such as `np.random.normal` stands for, else None."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute) and (owner := full_name(node.value, known)):
        return f"{owner}.{node.attr}"
    return None


def used_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every imported or used dotted name with its line."""
    known = {"print": "builtins.print"}
    for imported in imports(tree):
        known[imported.local] = imported.meaning
        yield imported.line, imported.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and (name := full_name(node, known)):
            yield node.lineno, name


def is_whole(node: ast.AST) -> bool:
    """Whether an expression is a whole number written out, with or without a sign."""
    operand = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(operand, ast.Constant) and isinstance(operand.value, int)


def offences(path: str, tree: ast.Module) -> list[str]:
    """Every break of a rule in one file, as `path:line: name: why`, each line and rule once."""
    found = set()
    for rule in RULES:
        if path.startswith(rule.where) and not path.startswith(rule.allowed):
            for line, name in used_names(tree):
                if any(name == banned or name.startswith(f"{banned}.") for banned in rule.names):
                    found.add(f"{path}:{line}: {rule.why}")
    if path.startswith("sim/"):
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not is_whole(node.right):
                found.add(f"{path}:{node.lineno}: ** calls the library's power: use sim/arithmetic.py")
    return sorted(found)


def test_source_keeps_the_rules(modules: dict[str, ast.Module]) -> None:
    assert {path.partition("/")[0] for path in modules} == {"sim", "scenarios", "experiments"}
    assert [offence for path, tree in modules.items() for offence in offences(path, tree)] == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("sim/month.py", "import numpy as np\nx = np.random.default_rng(1)"),
        ("sim/month.py", "import numpy.random\nx = numpy.random.normal()"),
        ("scenarios/load.py", "\nfrom random import choice"),
        ("experiments/design.py", "def f():\n    import random"),
        ("experiments/runner.py", "\nimport mesa.batchrunner"),
        ("experiments/report.py", "\nfrom matplotlib import pyplot"),
        ("scenarios/load.py", "\nprint('x')"),
        ("experiments/store.py", "import sys\nsys.stdout.write('x')"),
        ("sim/rules/market.py", "from numpy import exp as e\ny = e(1.0)"),
        ("sim/rules/market.py", "import math\ny = math.log(2.0)"),
        ("sim/rules/market.py", "\ny = x ** 0.5"),
        ("sim/rules/market.py", "\ny = 2 ** x"),
    ],
)
def test_planted_offences_are_found(path: str, source: str) -> None:
    assert any(offence.startswith(f"{path}:2:") for offence in offences(path, ast.parse(source)))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("sim/draws.py", "import numpy as np\nx = np.random.default_rng(1)"),
        ("sim/model.py", "from mesa import Model"),
        ("experiments/figures/multiplier.py", "from matplotlib.figure import Figure"),
        ("experiments/cli.py", "print('x')"),
        ("experiments/multiplier.py", "import numpy as np\ny = np.log(2.0) ** 0.5"),
        ("sim/villages.py", "import numpy as np\ny = np.sqrt(x) + x ** 2 + 2.0 ** -24"),
        ("sim/villages.py", "random = 3\ny = random"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert offences(path, ast.parse(source)) == []
