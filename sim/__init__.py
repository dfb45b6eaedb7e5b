"""The simulated world of return migration: `sim.simulate(scenario, seed=1)` gives a `sim.Run`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.simulation import Run, resume, simulate

__all__ = ["Run", "resume", "simulate"]


def __getattr__(name: str) -> Any:
    """The public names, looked up when first used: numba is not loaded by `import sim` alone."""
    if name not in __all__:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    from sim import simulation

    return getattr(simulation, name)
