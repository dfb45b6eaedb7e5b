"""`load` and `validate`: a scenario for the simulated world, from names, files and overrides."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.scenario import Scenario

# Imports stand inside the functions: `import scenarios` costs a command line next to nothing.


def load(
    name_or_path: str | Path,
    packages: Iterable[str | Path] | str | Path = (),
    overrides: Mapping[str, Any] | None = None,
) -> "Scenario":
    """The resolved scenario of a place with packages.

    name_or_path  a place that comes with the program, or a YAML file
    packages      names or files; "a+b" and "a,b" are the union of a and b; order does not matter
    overrides     dotted key -> value, such as {"scale": 100, "instruments.certification.dose": 2};
                  strings are read as YAML reads them

    Raises ScenarioError, with one message that names every problem found.
    """
    from scenarios import kept
    from scenarios.building import scenario_of

    items = [packages] if isinstance(packages, str | Path) else list(packages)
    path = kept.path_of(name_or_path, items, overrides or {})
    resolved = None if path is None else kept.read(path)
    if resolved is None:
        from scenarios.resolve import resolve

        resolved = resolve(name_or_path, items, overrides)
        if path is not None:
            kept.leave(path, resolved)
    return scenario_of(resolved)


def validate(path: str | Path) -> str:
    """Check a file, and say what it is: "place" or "package". Raises ScenarioError."""
    from scenarios.files import kind_of_file
    from scenarios.resolve import check_package, resolve

    kind = kind_of_file(Path(path))
    if kind == "place":
        resolve(Path(path))
    else:
        check_package(Path(path))
    return kind
