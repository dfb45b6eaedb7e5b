"""The calibration itself: waves of history matching, then a posterior sample that the model has checked.

It knows points of the unit cube and figures, and nothing of what makes them: a toy takes the model's place in a test.
Every design is a pure function of the settings and of the figures before it; designs are kept as they are made, so that
a calibration that was killed goes on with the very points it had.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from experiments.calibration import emulator, matching, posterior
from experiments.calibration.luck import Luck
from experiments.calibration.matching import CUTOFF, Left, Observed, Wave
from experiments.errors import InputError

Say = Callable[[str], None]
NEAR = 2 * CUTOFF  # implausibility up to which earlier points still train an emulator
TRAINING = 1.3  # points for each coefficient that an emulator has at least, if there are so many
FEWEST_TRAINED = 10  # points, below which nothing is fitted


class Settings(NamedTuple):
    """How much is done, and the seed of the designs and chains, which is not a seed of runs."""

    waves: int = 3
    points: int = 250  # a wave
    rounds: int = 2  # of posterior samples, each simulated to better the emulators of the next
    checked: int = 128  # draws simulated in a round
    draws: int = 64  # of the ensemble
    design_seed: int = 1


class Simulate(Protocol):
    """The model: points of the unit cube float64[n, P] -> figures float64[n, seeds, T], NaN where a run failed."""

    def __call__(self, shares: np.ndarray) -> np.ndarray: ...


class Designs(Protocol):
    """Keeps designs by name: what is there already is given back instead of the one offered."""

    def __call__(self, name: str, offered: Callable[[], np.ndarray]) -> np.ndarray: ...


class Batch(NamedTuple):
    """Points that were simulated."""

    name: str
    shares: np.ndarray  # float64[n, P]
    figures: np.ndarray  # float64[n, seeds, T]

    @property
    def is_whole(self) -> np.ndarray:
        """bool[n]: points without a failed run or an undefined figure."""
        found: np.ndarray = np.isfinite(self.figures).all(axis=(1, 2))
        return found


class WaveReport(NamedTuple):
    """What a wave came to."""

    name: str
    points: int
    failed: int
    left: Left  # after this wave
    explained: np.ndarray  # float64[T]


class Result(NamedTuple):
    """A calibration; the ensemble are the checked draws with `taken` above 0."""

    waves: tuple[Wave, ...]
    reports: tuple[WaveReport, ...]
    prior: Batch
    chains: posterior.Chains
    checked: Batch  # the last posterior draws, those without a failure
    weight: np.ndarray  # float64[n], of the checked draws
    taken: np.ndarray  # int[n], how often each is in the ensemble
    effective: float
    failed: int


class Calibration:
    """One calibration of a model with P parameters to observed figures."""

    def __init__(
        self,
        simulate: Simulate,
        observed: Observed,
        parameters: int,
        settings: Settings,
        designs: Designs = lambda _, offered: offered(),
        say: Say = lambda _: None,
    ) -> None:
        self._simulate, self._observed, self._parameters = simulate, observed, parameters
        self._settings, self._designs, self._say = settings, designs, say
        self._batches: list[Batch] = []
        self._waves: list[Wave] = []
        self._reports: list[WaveReport] = []

    def run(self) -> Result:
        """All waves, then the posterior."""
        left: Left | None = None
        for number in range(1, self._settings.waves + 1):
            left = self._wave(f"wave-{number}", left)
        assert left is not None
        for number in range(1, self._settings.rounds + 1):
            result = self._posterior(number, left)
        return result

    def _luck(self, name: str) -> Luck:
        """The random numbers of one step, whatever was drawn before."""
        return Luck(self._settings.design_seed, name)

    def _wave(self, name: str, left: Left | None) -> Left:
        """Simulate a wave's points, fit its emulators, and see what they leave."""
        luck = self._luck(name)

        def offered() -> np.ndarray:
            if left is None:
                return matching.latin(self._settings.points, self._parameters, luck)
            return left.points[luck.subset(len(left.points), self._settings.points)]

        batch = self._made(name, offered)
        wave = self._fitted(judged_by=batch if self._waves else None)
        self._waves.append(wave)
        luck = self._luck(f"{name} left")
        after = matching.not_ruled_out(matching.worst(self._waves, self._observed), self._parameters, luck)
        failed = int((~batch.is_whole).sum())
        self._reports.append(WaveReport(name, len(batch.shares), failed, after, wave.emulator.explained))
        self._say(f"{name}: {after.share:.2g} of the prior is not ruled out{self._raised(after)}")
        return after

    def _raised(self, left: Left) -> str:
        """What is said where no point is plausible."""
        if left.cutoff <= CUTOFF:
            return ""
        return f"; nothing lies below {CUTOFF:g}, so this is what lies below {left.cutoff:.2f}"

    def _made(self, name: str, offered: Callable[[], np.ndarray]) -> Batch:
        shares = self._designs(name, offered)
        self._say(f"{name}: {len(shares)} points")
        batch = Batch(name, shares, self._simulate(shares))
        self._batches.append(batch)
        if not batch.is_whole.any():
            raise InputError(f"{name}: every point has a run that failed, or a figure that is undefined in all of them")
        return batch

    def _fitted(self, judged_by: Batch | None) -> Wave:
        """Emulators from the points near what is left; their error is that at the points of a batch."""
        shares = np.concatenate([one.shares[one.is_whole] for one in self._batches])
        figures = np.concatenate([one.figures[one.is_whole] for one in self._batches])
        judged = np.concatenate([np.full(one.is_whole.sum(), judged_by in (None, one)) for one in self._batches])
        near = self._near(shares) | judged
        if near.sum() < FEWEST_TRAINED:
            raise InputError(f"only {near.sum()} points to fit emulators to; expected {FEWEST_TRAINED} or more")
        shares, figures, judged = shares[near], figures[near], judged[near]
        fitted = emulator.fit(shares, figures.mean(axis=1), judged)
        luck = figures[judged].var(axis=1, ddof=1).mean(axis=0)
        return Wave(fitted, luck, figures.shape[1])

    def _near(self, shares: np.ndarray) -> np.ndarray:
        """bool[n]: points that the waves before do not rule out by far, or as many as the coefficients need."""
        if not self._waves:
            return np.ones(len(shares), bool)
        score = matching.worst(self._waves, self._observed)(shares)
        needed = min(len(shares), int(np.ceil(TRAINING * emulator.count_features(self._parameters))))
        found: np.ndarray = score <= max(NEAR, np.sort(score)[needed - 1])
        return found

    def _posterior(self, number: int, left: Left) -> Result:
        """Sample the posterior under the last emulators, simulate a part of it, and weigh that."""
        name = f"posterior-{number}"
        wave, luck = self._waves[-1], self._luck(name)
        chains = posterior.sample(wave, self._observed, left.points, luck)
        count = min(self._settings.checked, len(chains.points))
        batch = self._made(name, lambda: chains.points[luck.subset(len(chains.points), count)])
        whole = Batch(name, batch.shares[batch.is_whole], batch.figures[batch.is_whole])
        weight, effective = posterior.weights(whole.figures, whole.shares, wave, self._observed)
        taken = posterior.resampled(weight, self._settings.draws, self._luck(f"{name} draws"))
        self._say(f"{name}: {effective:.0f} effective draws of {len(whole.shares)}")
        self._waves.append(self._fitted(judged_by=batch))
        failed = sum(int((~one.is_whole).sum()) for one in self._batches)
        first = self._batches[0]
        return Result(tuple(self._waves), tuple(self._reports), first, chains, whole, weight, taken, effective, failed)
