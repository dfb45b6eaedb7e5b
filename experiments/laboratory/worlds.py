"""What the laboratory asks of the simulated world, and gets: arms, replicates, values.

Everything that designs or analyses an experiment stands on the protocol `Evaluator`, so that an analytic toy
takes the model's place in a test without a change.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from experiments.outcomes import Outcome

Doses = tuple[tuple[str, float], ...]
Changes = tuple[tuple[str, object], ...]


class Arm(NamedTuple):
    """One world: which packages at which dose factor, and what else differs from the experiment's scenario.

    doses    (package, factor), sorted by package, factors above 0: 1 is the package as its file has it. A factor
             multiplies every instrument's dose, its capacity and its fixed cost alike.
    changes  (dotted scenario key, value), sorted by key: parameters, mechanisms
    """

    doses: Doses = ()
    changes: Changes = ()


def arm(doses: dict[str, float] | Sequence[str] = (), changes: dict[str, object] | None = None) -> Arm:
    """An arm in its one canonical form; a sequence of packages stands for factor 1 each, factor 0 for absence."""
    by_name = doses if isinstance(doses, dict) else dict.fromkeys(doses, 1.0)
    kept = tuple(sorted((name, float(factor)) for name, factor in by_name.items() if factor > 0))
    return Arm(kept, tuple(sorted((changes or {}).items())))


class Replicate(NamedTuple):
    """What is drawn again to see the spread: the population's seed and the run's own."""

    population: int
    seed: int


class Values(NamedTuple):
    """Outcomes of A arms x R replicates; NaN where a run failed. O outcomes, H horizons, P packages."""

    outcomes: np.ndarray  # float64[A, R, O, H], real persons (or the outcome's unit)
    cohort: np.ndarray  # float64[A, R, H], members of the cohort still in the workforce, real persons
    spend: np.ndarray  # float64[A, R, P, H], discounted fiscal cost of each package up to the horizon, yuan


class Evaluator(Protocol):
    """Anything that can say what happens in a world: the simulation behind the runner, or a toy."""

    packages: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    horizons: tuple[int, ...]  # months after the packages start

    def __call__(self, arms: Sequence[Arm], replicates: Sequence[Replicate]) -> Values:
        """The values of every arm in every replicate; worlds already known are not run again."""
        ...
