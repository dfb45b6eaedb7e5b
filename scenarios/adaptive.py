"""The `adaptive` block of a package: checked against the instruments whose budget it moves."""

from collections.abc import Mapping

from scenarios.checks import check_names
from scenarios.instruments import Plain, kinds
from scenarios.schema import Adaptive, Package
from scenarios.spot import Spot


def resolved(package: Package, spot: Spot, instruments: Mapping[str, Plain]) -> Plain | None:
    """A package's block as plain data; None without one. `instruments` are the package's own, resolved, by id."""
    block = package.adaptive
    if block is None:
        return None
    names = spot.at("instruments")
    check_names(block.instruments, [one.id for one in package.instruments], "instrument of the package", names)
    for i, name in enumerate(block.instruments):
        if name in block.instruments[:i]:
            names.wrong(f'"{name}" is there twice; expected it once', i)
        elif name in instruments:
            _check_instrument(instruments[name], names.at(i))
    _check_block(block, spot)
    return block.model_dump()


def _check_instrument(one: Plain, spot: Spot) -> None:
    """Note an instrument whose users nobody counts, or whose cost nobody can plan."""
    from sim.adaptive import planned_cost
    from sim.policy import USED_CHANNELS

    counted = [channel.name.lower() for channel in USED_CHANNELS]
    if not any(one["channels"].get(name) for name in counted):
        spot.wrong(
            f'nobody counts as a user of "{one["id"]}" (kind "{one["kind"]}"), so it has no results to see; expected '
            f"an instrument with a value of one of the channels {', '.join(counted)}"
        )
    elif one["unit_cost"] > 0 and one["capacity"] is None:
        is_rationed = kinds()[one["kind"]].capacity != "none"
        serves_all = f'a fixed_cost alone, for the kind "{one["kind"]}" serves all who come and takes no capacity'
        spot.wrong(
            f'what "{one["id"]}" will cost is open: it has a unit_cost and no capacity; expected '
            f"{'a capacity' if is_rationed else serves_all}"
        )
    elif planned_cost(one["capacity"], one["unit_cost"], one["fixed_cost"]) <= 0:
        spot.wrong(f'"{one["id"]}" costs nothing; expected a capacity with a unit_cost, or a fixed_cost')


def _check_block(block: Adaptive, spot: Spot) -> None:
    """Note a floor that does not fit, and a programme that counts nothing."""
    most = 1.0 / len(block.instruments)
    if block.floor > most:
        count = len(block.instruments)
        spot.wrong(f"expected at most {most:.4g}, an even share of {count} instruments (got {block.floor:g})", "floor")
    if not any(block.observed.model_dump().values()):
        spot.wrong(
            "counts nothing as a result; expected a number above 0 of uses, hires, foundings or returns", "observed"
        )


def check_apart(blocks: Mapping[str, Plain], spots: Mapping[str, Spot]) -> None:
    """Note every instrument that two packages' blocks move. Both mappings go by the package's id."""
    taken: dict[str, str] = {}
    for package, block in blocks.items():
        for i, name in enumerate(block["instruments"]):
            other = taken.setdefault(name, package)
            if other != package:
                spots[package].wrong(f'"{name}" is moved by the package "{other}" already', "instruments", i)
