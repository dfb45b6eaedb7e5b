"""A resolved scenario as plain data, and its hashes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RUN_ONLY = (
    "name",
    "destinations",
    "outcomes_by",
    "packages",
    "instruments",
    "adaptive",
    "months",
    "policy_start",
    "rationing_salt",
)  # cannot touch the spin-up


@dataclass(frozen=True)
class Resolved:
    """Everything a scenario is made from."""

    data: dict[str, Any]
    titles: Mapping[str, dict[str, str]]  # of packages, these and perhaps others, by id
    graph: Any  # of villages, if the place brings one along
    records: Any  # of persons, if it does

    @property
    def hash(self) -> str:
        """sha256 of everything."""
        return canonical_hash(self.data)

    @property
    def world_hash(self) -> str:
        """sha256 of what the world before the packages depends on: no names, no length of the run."""
        return canonical_hash(_nameless({k: v for k, v in self.data.items() if k not in RUN_ONLY}))


def canonical_hash(data: Any) -> str:
    """sha256 of the canonical JSON of plain data."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _nameless(data: Any) -> Any:
    """The data without names in human languages."""
    if isinstance(data, dict):
        return {key: _nameless(value) for key, value in data.items() if key != "name"}
    return [_nameless(value) for value in data] if isinstance(data, list) else data
