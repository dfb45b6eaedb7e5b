"""A synthetic population from marginal tables: iterative proportional fitting (Deming and Stephan 1940)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scenarios.errors import Position, Problems, fail, shown, suggestion
from scenarios.microdata import HOUSEHOLDS
from scenarios.reading import display
from scenarios.spot import Spot
from scenarios.tables import read_table

if TYPE_CHECKING:
    import numpy as np

    from sim.scenario import Records

SIZE = "persons"
DIMENSIONS = ("county", "age", "sex", "schooling", "household")
AGES = ("age_from", "age_below")
COLUMNS = ("county", *AGES, "sex", "schooling", "household", SIZE)
WORDS = {"sex": ("female", "male"), "household": HOUSEHOLDS}
AGREEMENT = 0.01  # tables may differ by this share in what they have in common
CLOSE = 1e-9  # fitted when no margin is off by more than this share of the whole
MOST_ROUNDS = 2000
MOST_CELLS = 2_000_000
Category = tuple[float, float] | str | int


class Margin(NamedTuple):
    """One table: which dimensions it crosses, and persons by category of each."""

    name: str
    dimensions: tuple[str, ...]
    persons: dict[tuple[Category, ...], float]


def read_people(files: Sequence[str], counties: Sequence[str], named: Spot) -> "Records":
    """Records, one a cell of all dimensions that the tables hold; ScenarioError where they do not fit together."""
    import numpy as np

    problems = Problems()
    margins = [_read(named.at(i), file, counties, problems) for i, file in enumerate(files)]
    problems.raise_any()
    axes = _axes(margins, counties, named)
    shape = tuple(len(categories) for categories in axes.values())
    if np.prod(shape) > MOST_CELLS:
        raise named.error(f"the tables cross to {np.prod(shape):,} cells; expected at most {MOST_CELLS:,}")
    targets = _targets(margins, axes, named)
    fitted = fit(shape, targets)
    _check_agreement(fitted, targets, margins, axes, named)
    return _records(fitted, axes, [axis for axis, _ in targets])


def _read(named: Spot, file: str, counties: Sequence[str], problems: Problems) -> Margin:
    """One table; wrong cells are noted."""
    path = named.folder / file
    rows = read_table(path, (SIZE,), named)
    if not rows:
        raise named.error(f"{display(path)} has no rows; expected categories and persons")
    header = list(rows[0][1])
    for name in header:
        if name not in COLUMNS:
            raise fail(Position(display(path), 1), name, f"unknown column{suggestion(name, COLUMNS)}")
    dimensions = tuple(one for one in DIMENSIONS if one in header or (one == "age" and AGES[0] in header))
    if not dimensions or (AGES[0] in header) != (AGES[1] in header):
        raise fail(Position(display(path), 1), "", f"expected persons by some of {', '.join(COLUMNS[:-1])}")
    persons: dict[tuple[Category, ...], float] = {}
    for line, row in rows:
        where = Position(display(path), line)
        key = tuple(_category(one, row, counties, where, problems) for one in dimensions)
        if key in persons:
            problems.add(where, "", "the same categories are in a row before; expected each once")
        persons[key] = _number(row[SIZE], SIZE, 0, 1e12, where, problems)
    return Margin(display(path), dimensions, persons)


def _category(
    dimension: str, row: dict[str, str], counties: Sequence[str], where: Position, problems: Problems
) -> Category:
    if dimension == "age":
        low = _number(row[AGES[0]], AGES[0], 16, 70, where, problems)
        below = _number(row[AGES[1]], AGES[1], 16, 70, where, problems)
        if low >= below:
            problems.add(where, AGES[0], f"expected less than {AGES[1]} (got {row[AGES[0]]})")
        return low, below
    if dimension == "schooling":
        return int(_number(row[dimension], dimension, 0, 22, where, problems))
    valid = counties if dimension == "county" else WORDS[dimension]
    if row[dimension] not in valid:
        hint = suggestion(row[dimension], valid)
        problems.add(where, dimension, f"unknown {dimension} {shown(row[dimension])}{hint}")
    return row[dimension]


def _number(text: str, column: str, low: float, high: float, where: Position, problems: Problems) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        problems.add(where, column, f"expected a number from {low:,.0f} to {high:,.0f} (got {shown(text)})")
        return low
    return number


def _axes(margins: Sequence[Margin], counties: Sequence[str], named: Spot) -> dict[str, list[Category]]:
    """Dimension -> its categories, which every table that holds it must have."""
    axes: dict[str, list[Category]] = {}
    owner: dict[str, str] = {}
    for margin in margins:
        for place, dimension in enumerate(margin.dimensions):
            order = counties.index if dimension == "county" else None
            found = sorted({key[place] for key in margin.persons}, key=order)
            if axes.setdefault(dimension, found) != found:
                other = owner[dimension]
                raise named.error(f"{margin.name} and {other} differ in the categories of {dimension}")
            owner.setdefault(dimension, margin.name)
    if "county" in axes and len(axes["county"]) != len(counties):
        missing = next(name for name in counties if name not in axes["county"])
        raise named.error(f'{owner["county"]} has no row of county "{missing}"; expected every county')
    return {one: axes[one] for one in DIMENSIONS if one in axes}


def _targets(
    margins: Sequence[Margin], axes: dict[str, list[Category]], named: Spot
) -> "list[tuple[tuple[int, ...], np.ndarray]]":
    """Each table as the axes it crosses and an array over them, all scaled to the first one's total."""
    import numpy as np

    names = list(axes)
    whole = sum(margins[0].persons.values())
    targets = []
    for margin in margins:
        crossed = tuple(names.index(one) for one in margin.dimensions)
        array = np.zeros([len(axes[names[axis]]) for axis in crossed])
        for key, persons in margin.persons.items():
            at = tuple(axes[one].index(category) for one, category in zip(margin.dimensions, key, strict=True))
            array[at] = persons
        total = array.sum()
        if not total > 0 or abs(total - whole) > AGREEMENT * whole:
            other = f"{margins[0].name} comes to {whole:,.0f}"
            raise named.error(f"{margin.name} comes to {total:,.0f} persons, {other}; expected the same within 1 %")
        targets.append((crossed, array * (whole / total)))
    return targets


def fit(shape: tuple[int, ...], targets: "Sequence[tuple[tuple[int, ...], np.ndarray]]") -> "np.ndarray":
    """The float64 table of a shape nearest to evenness (in entropy) whose margins are the targets'.

    targets: axes (ascending) and the wanted sums over all others. Every round scales the table to each margin
    in turn, until no margin is off by more than CLOSE of the whole or MOST_ROUNDS are done.
    """
    import numpy as np

    table = np.ones(shape)
    whole = targets[0][1].sum()
    for _ in range(MOST_ROUNDS):
        worst = 0.0
        for axes, wanted in targets:
            others = tuple(axis for axis in range(len(shape)) if axis not in axes)
            held = table.sum(axis=others)
            worst = max(worst, float(np.abs(held - wanted).max()) / whole)
            factor = np.divide(wanted, held, out=np.zeros_like(wanted), where=held > 0)
            table = table * np.expand_dims(factor, others)
        if worst < CLOSE:
            break
    return table


def _check_agreement(
    fitted: "np.ndarray", targets: Any, margins: Sequence[Margin], axes: dict[str, list[Category]], named: Spot
) -> None:
    """ScenarioError where no table can have all the margins."""
    import numpy as np

    for (crossed, wanted), margin in zip(targets, margins, strict=True):
        others = tuple(axis for axis in range(fitted.ndim) if axis not in crossed)
        off = np.abs(fitted.sum(axis=others) - wanted)
        if off.max() > AGREEMENT * wanted.sum():
            at = np.unravel_index(int(off.argmax()), off.shape)
            where = ", ".join(_shown(axes[one][k]) for one, k in zip(margin.dimensions, at, strict=True))
            raise named.error(
                f"{margin.name} contradicts the other tables at {where}: {wanted[at]:,.0f} persons against "
                f"{fitted.sum(axis=others)[at]:,.0f}; expected tables that agree in what they share"
            )


def _shown(category: Category) -> str:
    return f"{category[0]:g}-{category[1]:g}" if isinstance(category, tuple) else str(category)


def _records(fitted: "np.ndarray", axes: dict[str, list[Category]], margins: Sequence[tuple[int, ...]]) -> "Records":
    """One record for each cell that holds somebody; whole numbers are to keep each table's own margins."""
    import numpy as np

    from sim.scenario import Records

    cells = np.indices(fitted.shape).reshape(fitted.ndim, -1)[:, fitted.ravel() > 0]
    weight = fitted.ravel()[fitted.ravel() > 0]
    names = list(axes)
    given = {}
    for name, values in _values(axes).items():
        axis = names.index("age" if name.startswith("age") else "sex" if name == "male" else name)
        given[name] = values[cells[axis]]
    groups = []
    for crossed in margins:
        shape = tuple(fitted.shape[axis] for axis in crossed)
        groups.append(np.ravel_multi_index(tuple(cells[axis] for axis in crossed), shape).astype(np.int64))
    county = np.full(len(weight), -1, np.int32)
    if "county" in axes:
        county = cells[names.index("county")].astype(np.int32)
    return Records(county, weight, given, tuple(groups))


def _values(axes: dict[str, list[Category]]) -> "dict[str, np.ndarray]":
    """Trait -> value of each category, as the world takes them."""
    import numpy as np

    values: dict[str, Any] = {}
    for name, categories in axes.items():
        if name == "age":
            values["age"] = [band[0] * 12 for band in categories]  # type: ignore[index]
            values["age_span"] = [(band[1] - band[0]) * 12 for band in categories]  # type: ignore[index, operator]
        elif name == "schooling":
            values["schooling"] = categories
        elif name != "county":
            values["male" if name == "sex" else name] = [WORDS[name].index(str(one)) for one in categories]
    return {name: np.array(one, np.float64) for name, one in values.items()}
