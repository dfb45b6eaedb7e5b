"""The model's constants: defaults from parameters.yaml, overridden by a place or from outside."""

from functools import cache
from typing import NamedTuple

from scenarios.checks import SHARE_TOLERANCE
from scenarios.errors import Position, Problems, between, shown, suggestion
from scenarios.files import HERE
from scenarios.reading import read_shipped
from scenarios.schema import Constant, Switch
from scenarios.spot import Spot
from scenarios.validation import validated

PARAMETERS = HERE / "parameters.yaml"
SWITCHES = "mechanisms"
WHOLES = {  # groups of constants that are shares of one whole
    "enterprise": ("share_skill", "share_capital", "share_market", "share_ties"),
    "quality": ("weight_income", "weight_occupation", "weight_social"),
}


class Table(NamedTuple):
    """parameters.yaml: constants by group and name, and switches by name."""

    constants: dict[str, dict[str, Constant]]
    switches: dict[str, Switch]


@cache
def table() -> Table:
    """Every constant and switch; ScenarioError where the file and `sim.parameters` differ in names."""
    from sim.parameters import Parameters

    problems = Problems()
    tree = read_shipped(PARAMETERS)
    here = Position(tree.position.file)
    for group, kind in Parameters.__annotations__.items():
        declared = tree.value[group].value if group in tree.value else {}
        for name in sorted(set(kind._fields) ^ set(declared)):
            side = "the file" if name in kind._fields else "sim/parameters.py"
            problems.add(here, f"{group}.{name}", f"missing in {side}; expected the same names in both")
    problems.raise_any()
    constants = {
        group: {name: validated(Constant, Spot(node, problems)) for name, node in members.value.items()}
        for group, members in tree.value.items()
        if group != SWITCHES
    }
    switches = {name: validated(Switch, Spot(node, problems)) for name, node in tree.value[SWITCHES].value.items()}
    problems.raise_any()
    return Table(constants, switches)  # type: ignore[arg-type]  # none is None: nothing was raised


def resolve_constants(given: dict[str, dict[str, float]], spot: Spot) -> dict[str, dict[str, float]]:
    """All constants by group and name, those given in place of the defaults; problems are noted."""
    known = table().constants
    result = {group: {name: one.value for name, one in members.items()} for group, members in known.items()}
    for group, members in given.items():
        if group not in known:
            spot.wrong(f'unknown group "{group}"{suggestion(group, [*known, *_full_names()])}', group)
            continue
        for name, value in members.items():
            one = known[group].get(name)
            if one is None:
                spot.wrong(f'unknown constant "{name}"{suggestion(name, known[group])}', group, name)
            elif not one.low <= value <= one.high:
                span = f"a number{between(one.low, one.high)} ({one.unit})"
                spot.wrong(f"expected {span} (got {shown(value)})", group, name)
            else:
                result[group][name] = value
    for group, names in WHOLES.items():
        total = sum(result[group][name] for name in names)
        if abs(total - 1.0) > SHARE_TOLERANCE:
            spot.wrong(f"{', '.join(names)} add to {total:.6g}; expected 1", group)
    return result


def _full_names() -> list[str]:
    """Every constant as group.name."""
    return [f"{group}.{name}" for group, members in table().constants.items() for name in members]


def resolve_switches(given: dict[str, bool], spot: Spot) -> dict[str, bool]:
    """All switches by name, those given in place of the defaults; problems are noted."""
    known = table().switches
    for name in given:
        if name not in known:
            spot.wrong(f'unknown mechanism "{name}"{suggestion(name, known)}', name)
    return {name: given.get(name, one.value) for name, one in known.items()}
