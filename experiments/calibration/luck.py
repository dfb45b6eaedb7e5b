"""Random numbers of designs and chains: keyed draws of a named stream, the same on every machine."""

import numpy as np

from sim.draws import stream_seed, uniforms

HALF_STEP = 2.0**-25  # draws are multiples of 2^-24: their cells' middles are never 0 or 1


class Luck:
    """One stream; every call takes its next numbers. Nothing else moves it."""

    def __init__(self, seed: int, name: str) -> None:
        self._seed = int(stream_seed(seed, f"calibration {name}"))
        self._calls = 0

    def units(self, *shape: int) -> np.ndarray:
        """Even in (0, 1), float64 of a shape."""
        keys = np.arange(int(np.prod(shape)), dtype=np.uint32)
        self._calls += 1
        drawn = uniforms(self._seed, keys, self._calls, 0, 0).astype(float) + HALF_STEP
        return drawn.reshape(shape)

    def normals(self, *shape: int) -> np.ndarray:
        """Standard normal, float64 of a shape."""
        from scipy.special import ndtri

        return np.asarray(ndtri(self.units(*shape)))

    def places(self, below: int, count: int) -> np.ndarray:
        """`count` whole numbers below a bound, each drawn for itself."""
        return (self.units(count) * below).astype(np.int64)

    def subset(self, of: int, count: int) -> np.ndarray:
        """`count` different whole numbers below `of`."""
        return np.argsort(self.units(of), kind="stable")[:count]
