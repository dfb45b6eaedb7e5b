"""The null of a toy, tuned as `experiments.estimands.mechanism` asks, from a set of training replicates."""

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.estimands.factorial import members
from experiments.estimands.mechanism import Null, Shifts, fit
from experiments.laboratory.worlds import Replicate, arm
from tests.toys import INTERCEPT, Toy

SHIFTS = np.linspace(-1.0, 1.0, 9)
DOSES = np.linspace(0.0, 2.5, 11)
STEP = 0.05  # of a dose, and of the intercept: how far the local runs are off the tuned ones

World = tuple[dict[str, float], dict[str, object]]  # doses, changes
Off = Mapping[str, object]  # the switches that are off, as changes


def outcomes(
    toy: Toy, arms: Sequence[tuple[dict[str, float], dict[str, object]]], seeds: list[Replicate]
) -> np.ndarray:
    """The first outcome at the last horizon, float64[R, arms], of (doses, changes)."""
    return toy([arm(doses, changes) for doses, changes in arms], seeds).outcomes[:, :, 0, -1].T


def factorial_of(toy: Toy, seeds: list[Replicate], changes: Off | None = None) -> np.ndarray:
    """Every cell of the toy's packages, float64[R, 2**k]."""
    cells = range(2 ** len(toy.packages))
    named = [{toy.packages[b]: 1.0 for b in members(cell)} for cell in cells]
    return outcomes(toy, [(doses, dict(changes or {})) for doses in named], seeds)


def planted(toy: Toy) -> np.ndarray:
    """The expected value of every cell, float64[2**k]."""
    cells = range(2 ** len(toy.packages))
    return np.array([toy.planted({toy.packages[b]: 1.0 for b in members(cell)})[0, -1] for cell in cells])


def null_of(toy: Toy, off: Off, training: list[Replicate], seeds: list[Replicate], refits_shift: bool = True) -> Null:
    """The null with some switches off: tuned on the training replicates, run in `seeds`."""
    names, k = toy.packages, len(toy.packages)
    on = factorial_of(toy, training).mean(axis=0)
    tried = outcomes(toy, [({}, {**off, INTERCEPT: s}) for s in SHIFTS], training).mean(axis=0)
    shift = float(fit(SHIFTS, tried, on[0]))
    here = {**off, INTERCEPT: shift}

    def alone(doses: np.ndarray, seeds: list[Replicate]) -> np.ndarray:
        arms = [({name: dose}, here) for name, row in zip(names, doses, strict=True) for dose in row]
        return outcomes(toy, arms, seeds).reshape(len(seeds), *doses.shape)

    grid = np.tile(DOSES, (k, 1))
    curves = alone(grid, training).mean(axis=0)
    tuned = fit(grid, curves - curves[:, :1], on[[1 << b for b in range(k)]] - on[0])
    doses = np.sort(np.column_stack([grid, tuned]), axis=1)
    moves = np.concatenate([tuned + STEP * np.eye(k), tuned - STEP * np.eye(k)])
    package = [(dict(zip(names, row, strict=True)), here) for row in (tuned, *moves)]
    whole = outcomes(toy, package, seeds)
    intercept = None
    if refits_shift:
        there = {**off, INTERCEPT: shift + STEP}
        arms = [({}, there), *[({name: dose}, there) for name, dose in zip(names, tuned, strict=True)]]
        shifts = np.sort(np.append(SHIFTS, shift))
        intercept = Shifts(
            shifts,
            outcomes(toy, [({}, {**off, INTERCEPT: s}) for s in shifts], seeds),
            shift,
            shift + STEP,
            outcomes(toy, [*arms, (package[0][0], there)], seeds),
        )
    return Null(doses, alone(doses, seeds), tuned, whole[:, 0], moves, whole[:, 1:], intercept)
