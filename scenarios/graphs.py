"""Reads a village graph that a place brings along: GraphML, or two tables of nodes and edges."""

import hashlib
import json
from pathlib import Path
from typing import Any

from scenarios.errors import Position, fail
from scenarios.reading import display, read_text
from scenarios.schema import CsvGraph
from scenarios.spot import Spot
from scenarios.tables import read_table

WORDS = ("county", "kind")  # attributes that are not numbers


def read_graph(declared: str | CsvGraph, named: Spot) -> Any:
    """A networkx graph, its nodes labelled by village id; ScenarioError if a file is not readable."""
    folder = named.folder
    if isinstance(declared, CsvGraph):
        return _from_tables(folder / declared.nodes, folder / declared.edges, named)
    import networkx

    path = folder / declared
    text = read_text(path, named.position, named.key)
    try:
        return networkx.parse_graphml(text, node_type=str)
    except Exception as error:  # networkx and its XML reader raise whatever they meet
        raise fail(Position(display(path)), "", f"not readable as GraphML: {error}") from None


def _from_tables(nodes: Path, edges: Path, named: Spot) -> Any:
    import networkx

    graph = networkx.Graph()
    for line, row in read_table(nodes, ("id", "county"), named.at("nodes")):
        name = row.pop("id")
        if not name or name in graph:
            message = "expected an id that is not empty and in no other row"
            raise fail(Position(display(nodes), line), "id", f"{message} (got {name!r})")
        where = Position(display(nodes), line)
        graph.add_node(name, **{k: _value(k, v, where) for k, v in row.items() if v != ""})
    for line, row in read_table(edges, ("source", "target"), named.at("edges")):
        for end in ("source", "target"):
            if row[end] not in graph:
                where = Position(display(edges), line)
                raise fail(where, end, f'unknown village "{row[end]}"; expected an id of {nodes.name}')
        kind = {"kind": row["kind"]} if row.get("kind") else {}
        graph.add_edge(row["source"], row["target"], **kind)
    return graph


def _value(name: str, text: str, where: Position) -> Any:
    if name in WORDS:
        return text
    try:
        return float(text)
    except ValueError:
        raise fail(where, name, f"expected a number (got {text!r})") from None


def check_graph(graph: Any, place_id: str, counties: Any, scale: int, named: Spot) -> None:
    """ScenarioError where the world could not be built on the graph."""
    from sim.villages import from_graph

    try:
        from_graph(graph, place_id, counties, scale)
    except ValueError as error:
        raise named.error(str(error)) from None


def digest(graph: Any) -> dict[str, Any]:
    """Size and hash of a graph, for the scenario's own hash."""
    content = {
        "nodes": sorted([name, sorted(data.items())] for name, data in graph.nodes(data=True)),
        "edges": sorted([*sorted((a, b)), sorted(data.items())] for a, b, data in graph.edges(data=True)),
    }
    text = json.dumps(content, sort_keys=True, default=str)
    sha = hashlib.sha256(text.encode()).hexdigest()
    return {"nodes": graph.number_of_nodes(), "edges": graph.number_of_edges(), "sha256": sha}
