"""A place in a file's tree, where problems are noted with file, line and key."""

from dataclasses import dataclass, replace
from pathlib import Path

from scenarios.errors import Position, Problems, ScenarioError, fail
from scenarios.reading import Node


@dataclass(frozen=True)
class Spot:
    """The value at a path below the root of a tree; problems found there are collected."""

    root: Node
    problems: Problems
    path: tuple[str | int, ...] = ()

    def at(self, *steps: str | int) -> "Spot":
        """The spot some steps below: keys of mappings, indices of lists."""
        return replace(self, path=(*self.path, *steps))

    @property
    def above(self) -> "Spot":
        """The spot of what holds this one."""
        return replace(self, path=self.path[:-1])

    @property
    def node(self) -> Node:
        """The value's node, or the innermost one around it that exists."""
        return self.root.nearest(self.path)

    @property
    def position(self) -> Position:
        """File and line."""
        return self.node.position

    @property
    def key(self) -> str:
        """The dotted key."""
        return self.root.key(self.path)

    @property
    def folder(self) -> Path:
        """The folder of the file that holds the value, from which it names other files."""
        return Path(self.position.file).parent

    def wrong(self, message: str, *steps: str | int) -> None:
        """Note a problem here, or some steps below."""
        spot = self.at(*steps)
        self.problems.add(spot.position, spot.key, message)

    def error(self, message: str) -> ScenarioError:
        """The error of a problem that nothing can follow, ready to be raised."""
        return fail(self.position, self.key, message)
