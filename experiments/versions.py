"""What runs: versions of the program and of the libraries that results may depend on."""

import platform
from importlib.metadata import PackageNotFoundError, version

NAMES = ("guiyan", "numpy", "numba", "mesa", "pandas")


def installed(distribution: str) -> str:
    """Version of a distribution; `not installed` for guiyan itself when it runs from its sources."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """Versions by name, Python among them."""
    return {"python": platform.python_version(), **{name: installed(name) for name in NAMES}}
