"""The responses of a replicate's cohort in all its worlds, condensed to what the tables need."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from experiments.laboratory import patterns, traits
from experiments.laboratory.needs import NEEDS
from experiments.laboratory.patterns import CLASSES
from experiments.laboratory.worlds import Replicate
from experiments.persons import Payload, holds, weights

Payloads = Callable[[int, Replicate], Payload | None]  # cell's bitmask, replicate -> payload; None where the run failed


class Question(NamedTuple):
    """What is asked of the payloads."""

    packages: tuple[str, ...]
    outcome: str
    row: int  # of the horizon


class Responses(NamedTuple):
    """The responses of one replicate's cohort that is still in the workforce; n persons, U patterns, K cells."""

    replicate: Replicate
    key: np.ndarray  # int64[n], the person: place and generation
    village: np.ndarray  # int32[n]
    weight: np.ndarray  # float64[n], real persons
    pattern: np.ndarray  # bool[U, K], those that occur
    row: np.ndarray  # int64[n], of `pattern`
    by_pattern: np.ndarray  # float64[U], real persons
    number: np.ndarray  # uint8[U], class of each pattern
    profile: dict[tuple[str, str], np.ndarray]  # (trait, group) -> float64[classes], real persons
    lacking: np.ndarray  # float64[K, NEEDS, classes], real persons

    def by_class(self) -> np.ndarray:
        """Real persons in each class, float64."""
        return np.bincount(self.number, self.by_pattern, len(CLASSES))


def respond(payloads: Payloads, replicate: Replicate, asked: Question) -> Responses | None:
    """The responses in one replicate; None where a run failed. ValueError if its worlds differ in their cohort."""
    cells = [payloads(mask, replicate) for mask in range(1 << len(asked.packages))]
    known = [cell for cell in cells if cell is not None]
    if len(known) < len(cells):
        return None
    bits, present = bits_of(known, asked)
    base = known[0]
    occurring, index = unique_rows(bits[present])
    number = patterns.classify(occurring)
    weight, of_person = weights(base)[present], number[index]
    profile: dict[tuple[str, str], np.ndarray] = {}
    for grouping in traits.groupings(base):
        groups = len(grouping.groups)
        joint = grouping.code[present] * len(CLASSES) + of_person
        persons = np.bincount(joint, weight, groups * len(CLASSES)).reshape(groups, len(CLASSES))
        profile |= {(grouping.trait, name): persons[g] for g, name in enumerate(grouping.groups)}
    lacking = np.zeros((len(known), len(NEEDS), len(CLASSES)))
    for mask, cell in enumerate(known):
        for need in range(len(NEEDS)):
            lacks = (cell["person_needs"][asked.row][present] >> np.uint8(need)) & 1
            lacking[mask, need] = np.bincount(of_person, weight * lacks, len(CLASSES))
    key = keys(base)[present]
    by_pattern = np.bincount(index, weight, len(occurring))
    village = base["person_village"][present]
    return Responses(replicate, key, village, weight, occurring, index, by_pattern, number, profile, lacking)


def bits_of(cells: Sequence[Payload], asked: Question) -> tuple[np.ndarray, np.ndarray]:
    """Responses bool[n, K] of a cohort, and who is in the workforce at the horizon in every world, bool[n]."""
    if len({int(cell["person_cohort"][0]) for cell in cells}) > 1:
        raise ValueError("the worlds of a seed do not follow the same cohort")
    present = np.logical_and.reduce([holds(cell, "in_workforce", asked.row) for cell in cells])
    return np.stack([holds(cell, asked.outcome, asked.row) for cell in cells], axis=1), present


def unique_rows(bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of bool[n, K] in a fixed order, bool[U, K], and which of them each row is, int64[n]."""
    packed = np.ascontiguousarray(np.packbits(bits, axis=1))
    codes, index = np.unique(packed.view(f"V{packed.shape[1]}").ravel(), return_inverse=True)
    rows = codes.view(np.uint8).reshape(len(codes), packed.shape[1])
    return np.unpackbits(rows, axis=1, count=bits.shape[1]).astype(bool), index


def keys(payload: Payload) -> np.ndarray:
    """int64[n], ascending: one number for place and generation; from a payload with traits."""
    return payload["person_place"].astype(np.int64) * 256 + payload["person_generation"]
