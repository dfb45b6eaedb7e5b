"""Finds places and packages by name or path, and reads them, with what they extend."""

from collections.abc import Iterable
from pathlib import Path

from scenarios.errors import ScenarioError, fail, shown, suggestion
from scenarios.reading import Node, display, merge, read_yaml

HERE = Path(__file__).parent
SUFFIXES = (".yaml", ".yml")
NOT_PLACES = ("kinds", "parameters")


def shipped_places() -> dict[str, Path]:
    """The places that come with the program, by id."""
    return {path.stem: path for path in sorted(HERE.glob("*.yaml")) if path.stem not in NOT_PLACES}


def shipped_packages() -> dict[str, Path]:
    """The packages that come with the program, by id."""
    return {path.stem: path for path in sorted((HERE / "packages").glob("*.yaml"))}


def is_file_name(name: str) -> bool:
    """Whether a name is meant as a path: it has a suffix of YAML or a folder."""
    return name.endswith(SUFFIXES) or "/" in name or "\\" in name


def find(name: str | Path, shipped: dict[str, Path], what: str) -> Path:
    """The file of a name or path; ScenarioError with the nearest name if there is none."""
    text = str(name)
    if isinstance(name, Path) or is_file_name(text):
        return Path(name)
    if text in shipped:
        return shipped[text]
    hint = suggestion(text, shipped)
    raise ScenarioError(f'unknown {what} "{text}"; expected a name or a file ending in .yaml{hint}')


def read_place(name: str | Path) -> Node:
    """A place with everything it extends merged in; `schema` and `extends` are checked and taken out."""
    path = find(name, shipped_places(), "place")
    return _with_base(path, ())


def _with_base(path: Path, above: tuple[Path, ...]) -> Node:
    node = _checked(read_yaml(path), "place")
    base = node.value.pop("extends", None)
    if base is None:
        return node
    target = _base_path(base, path)
    chain = (*above, path.resolve())
    if target.resolve() in chain:
        names = " extends ".join(link.name for link in (*chain, target))
        raise fail(base.position, "extends", f"{names}; expected a chain that ends")
    if not target.is_file():
        message = f"file not found: {display(target)}; expected a place's id or file"
        raise fail(base.position, "extends", message)
    return merge(_with_base(target, chain), node)


def _base_path(base: Node, path: Path) -> Path:
    name = base.value
    if not isinstance(name, str) or not name:
        raise fail(base.position, "extends", f"expected a place's id or file (got {shown(base.plain())})")
    if is_file_name(name):
        return path.parent / name
    shipped = shipped_places()
    if name not in shipped:
        hint = suggestion(name, shipped)
        raise fail(base.position, "extends", f'unknown place "{name}"; expected an id or a file{hint}')
    return shipped[name]


def read_package(path: Path) -> Node:
    """One package; `schema` is checked and taken out."""
    return _checked(read_yaml(path), "package")


def kind_of_file(path: Path) -> str:
    """What a scenario file says it is: "place" or "package"; ScenarioError for anything else."""
    return str(_require_schema(read_yaml(path), ("place", "package")).value["schema"].value)


def _checked(node: Node, what: str) -> Node:
    _require_schema(node, (what,)).value.pop("schema")
    return node


def _require_schema(node: Node, allowed: Iterable[str]) -> Node:
    names = " or ".join(f"schema: {name}" for name in allowed)
    if not isinstance(node.value, dict):
        raise fail(node.position, "", f"expected keys and values, with {names} (got {shown(node.plain())})")
    schema = node.value.get("schema")
    if schema is None:
        for key, below in node.value.items():
            if "did you mean" in suggestion(key, ("schema",)):
                raise fail(below.position, key, f'unknown key; did you mean "schema"? (expected {names})')
        raise fail(node.position, "schema", f"missing; expected {names}")
    if schema.value not in allowed:
        raise fail(schema.position, "schema", f"expected {names} (got {shown(schema.plain())})")
    return node


def split_names(packages: Iterable[str | Path] | str | Path) -> list[str | Path]:
    """Names and paths out of `["a+b", "x,y", path]`; an existing file is never split."""
    items = [packages] if isinstance(packages, str | Path) else list(packages)
    names: list[str | Path] = []
    for item in items:
        if isinstance(item, Path) or Path(item).is_file():
            names.append(Path(item))
            continue
        parts = [part.strip() for comma in str(item).split(",") for part in comma.split("+")]
        if not all(parts):
            raise ScenarioError(f'packages: expected names such as "a+b" or "a,b" (got {shown(str(item))})')
        names += parts
    return names


def package_files(packages: Iterable[str | Path] | str | Path) -> list[Path]:
    """The files of packages given by name or path."""
    shipped = shipped_packages()
    return [find(name, shipped, "package") for name in split_names(packages)]
