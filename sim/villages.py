"""The village graph: whole villages, their traits, and the road and kin ties between them.

A village is made by `generate` or read from a networkx graph by `from_graph`; either way it ends as
flat arrays with the ties in compressed rows, which is what the month's kernels read. Traits are
keyed by (population seed, village key) and ties by the village's key and the tie's number, so a
village has the same traits at every scale and in every company, and another village elsewhere
changes only the few ties that it takes part in.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.draws import Purpose, stable_key, stable_keys, uniforms
from sim.village_ids import VillageIds, distinct_keys, keys_of_place

if TYPE_CHECKING:
    import networkx

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Codes = NDArray[np.int64]  # a tie as lower index * number of villages + higher index, sorted
Points = NDArray[np.float64]

KINDS = ("road", "kin", "market")  # what `neighbour_kind` counts
ROAD, KIN = 0, 1

PLACE_SIDE_KM = 250.0  # county seats lie in a square of this side; assumption (Zhaotong: 23,000 km2)
COUNTRY_SIDE_KM = 3000.0  # the middles of kinds of counties lie in a square of this side; assumption (China: 9.6m km2)
COUNTY_SIDE_KM = 60.0  # the counties of a kind take a square with so much to a side for each; assumption
TRAVEL_KM_H = 15.0  # straight-line speed to the seat, on mountain roads; assumption
SQUARE_MEAN_DISTANCE = 0.7651957164642126  # mean distance to the centre of a square of half side 1
GRID_KM = 1.0 / 1024.0  # positions are multiples of this, so squared distances are exact
LAND_SPREAD = 0.3  # land per worker varies by this share around its county's mean; assumption
AMENITY_SPREAD = 0.15  # each amenity varies by this much around its county's mean; assumption
FEW = 300  # points; among so few, comparing all with all is done before scipy's search is loaded
MARRIAGE_CIRCLE = 12  # a nearby kin tie is with one of so many villages after the roads'; assumption

RING, POINT, LEAVES = 0, 1, 2  # the three draws behind a kin tie (see `_kin_ties`)


class County(Protocol):
    """What a county tells its villages: means over them, and its real workers."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def workers(self) -> int: ...
    @property
    def remoteness_hours(self) -> float: ...
    @property
    def land_mu(self) -> float: ...
    @property
    def schooling(self) -> float: ...
    @property
    def health(self) -> float: ...
    @property
    def transport(self) -> float: ...


class GraphOptions(Protocol):
    """How `generate` builds villages: mean size and spread, and ties a village takes up."""

    @property
    def workers_per_village(self) -> float: ...
    @property
    def size_spread(self) -> float: ...
    @property
    def neighbours(self) -> int: ...
    @property
    def kin_ties(self) -> int: ...
    @property
    def cross_county_share(self) -> float: ...


@dataclass(frozen=True, eq=False)
class Villages:
    """V villages as a struct of arrays, sorted by county and id, with E directed ties.

    id            V village ids, such as "zhaoyang-00050"
    key           uint32[V], stable key of "place id/village id"; no two are equal (`village_ids.distinct_keys`)
    county_id     ids of the counties, in the order that `county` counts
    county        int32[V], index of the county
    size          int32[V], simulated workers
    x, y          float32[V], km
    remoteness    float32[V], hours to the county seat
    land          float32[V], mu per worker
    amenity       float32[V, 3], schooling, health and transport, each 0..1
    neighbour_start, neighbour  int32[V + 1] and int32[E]: the villages tied to village i are
                  neighbour[neighbour_start[i]:neighbour_start[i + 1]], ascending, never i itself;
                  every tie is there in both directions
    neighbour_kind  uint8[E], index into KINDS
    """

    id: Sequence[str]
    key: NDArray[np.uint32]
    county_id: tuple[str, ...]
    county: Ints
    size: Ints
    x: Floats
    y: Floats
    remoteness: Floats
    land: Floats
    amenity: Floats
    neighbour_start: Ints
    neighbour: Ints
    neighbour_kind: NDArray[np.uint8]

    def graph(self) -> "networkx.Graph":
        """An undirected networkx graph, nodes labelled by id, that `from_graph` reads back.

        Node attributes: county (id), workers, weight (share of the place's workers), remoteness,
        land, schooling, health, transport, x, y; edge attribute: kind. All are plain Python values,
        so networkx can write the graph as GraphML.
        """
        import networkx

        graph = networkx.Graph()
        total = int(self.size.sum())
        for i, name in enumerate(self.id):
            schooling, health, transport = self.amenity[i].tolist()
            graph.add_node(
                name,
                county=self.county_id[self.county[i]],
                workers=int(self.size[i]),
                weight=int(self.size[i]) / total,
                remoteness=float(self.remoteness[i]),
                land=float(self.land[i]),
                schooling=schooling,
                health=health,
                transport=transport,
                x=float(self.x[i]),
                y=float(self.y[i]),
            )
        owner = np.repeat(np.arange(len(self.id)), np.diff(self.neighbour_start))
        for i, j, kind in zip(owner.tolist(), self.neighbour.tolist(), self.neighbour_kind.tolist(), strict=True):
            if i < j:
                graph.add_edge(self.id[i], self.id[j], kind=KINDS[kind])
        return graph


def generate(
    place_id: str, counties: Sequence[County], scale: float, population_seed: int, options: GraphOptions
) -> Villages:
    """Villages of a place at `scale` (real workers per simulated worker, at least 1).

    A county's villages are numbered at scale 1; a coarser scale keeps evenly spaced numbers, at
    least one a county. Sizes are uniform within `size_spread` of the mean. Every village is tied by
    road to its nearest, and takes up `kin_ties` kin ties; the graph is connected.

    Raises ValueError for a scale below 1, no counties, or a county named twice.
    """
    _require_place(counties, scale)
    names = tuple(one.id for one in counties)
    full = tuple(max(1, math.floor(one.workers / options.workers_per_village + 0.5)) for one in counties)
    county, number = _present(counties, full, scale, options.workers_per_village)
    ids = VillageIds(names, county, number)
    key = keys_of_place(place_id, names, full)[number + (np.cumsum(full) - full)[county]]
    points, remoteness = _positions(place_id, counties, county, key, population_seed)
    land, amenity = _endowments(counties, county, key, population_seed)

    near = _nearest_in_county(points, county, options.neighbours + MARRIAGE_CIRCLE)
    roads = _road_ties(points, county, near, options.neighbours)
    kin = _kin_ties(population_seed, key, county, near[:, options.neighbours :], roads, options)
    links = _connecting_ties(points, np.concatenate((roads, kin)))
    codes = np.concatenate((roads, links, kin))
    kind = np.where(np.arange(len(codes)) < len(roads) + len(links), ROAD, KIN)
    return Villages(
        id=ids,
        key=key,
        county_id=names,
        county=county,
        size=_sizes(key, population_seed, options),
        x=points[:, 0].astype(np.float32),
        y=points[:, 1].astype(np.float32),
        remoteness=remoteness,
        land=land,
        amenity=amenity,
        **_compressed_rows(codes, kind, len(ids)),
    )


def from_graph(graph: "networkx.Graph", place_id: str, counties: Sequence[County], scale: float = 1.0) -> Villages:
    """Villages from a networkx graph: one a node, in the order of counties and ids.

    Node attributes: county (required); workers (simulated; else an even share of the county's real
    workers / scale), remoteness (hours), land (mu per worker), schooling, health, transport (0..1),
    each else the county's mean; x and y (km), else the county seat's. Edge attribute kind: one of
    KINDS, else "road". Directions and repeated edges are merged; the graph may be disconnected.

    Raises ValueError, naming the village, for a county missing or unknown, a county without
    villages, an unusable number, a misspelt attribute, an edge to itself or of unknown kind, or two
    villages with the same id.
    """
    _require_place(counties, scale)
    index = {c.id: i for i, c in enumerate(counties)}
    nodes = ((_county_of(node, data, index), str(node), node) for node, data in graph.nodes(data=True))
    rows = sorted(nodes, key=lambda row: row[:2])
    county = np.array([row[0] for row in rows], np.int32)
    held = np.bincount(county, minlength=len(counties))
    for i in np.flatnonzero(held == 0).tolist():
        raise ValueError(f"county {counties[i].id!r} has no village in the graph")

    defaults = [_county_defaults(place_id, c, int(n), scale) for c, n in zip(counties, held, strict=True)]
    traits = [_node_traits(name, graph.nodes[node], defaults[c]) for c, name, node in rows]
    column = {name: [t[name] for t in traits] for name in _LIMITS}
    ids = tuple(row[1] for row in rows)
    _require_once(ids, "village")
    keys = np.array([stable_key(f"{place_id}/{name}") for name in ids], np.uint32)
    codes, kind = _graph_ties(graph, {row[2]: i for i, row in enumerate(rows)})
    return Villages(
        id=ids,
        key=distinct_keys(keys, lambda at: f"{place_id}/{ids[at]}"),
        county_id=tuple(index),
        county=county,
        size=np.array(column["workers"], np.int32),
        x=np.array(column["x"], np.float32),
        y=np.array(column["y"], np.float32),
        remoteness=np.array(column["remoteness"], np.float32),
        land=np.array(column["land"], np.float32),
        amenity=np.array([column[a] for a in ("schooling", "health", "transport")], np.float32).T.copy(),
        **_compressed_rows(codes, kind, len(ids)),
    )


# --- which villages, and what they are like ---------------------------------------------------------


def _require_place(counties: Sequence[County], scale: float) -> None:
    if not 1 <= scale < math.inf:
        raise ValueError(f"scale is {scale}; expected a number of at least 1")
    if not counties:
        raise ValueError("a place needs at least one county")
    _require_once([one.id for one in counties], "county")


def _require_once(ids: Sequence[str], what: str) -> None:
    for name, times in Counter(ids).items():
        if times > 1:
            raise ValueError(f"{what} {name!r} is there twice")


def _present(counties: Sequence[County], full: Sequence[int], scale: float, per_village: float) -> tuple[Ints, Codes]:
    """County index and running number of the villages that exist at a scale; full: how many there are at scale 1."""
    kept = [max(1, math.floor(one.workers / per_village / scale + 0.5)) for one in counties]
    number = [np.arange(k, dtype=np.int64) * f // k for k, f in zip(kept, full, strict=True)]
    return np.repeat(np.arange(len(counties), dtype=np.int32), kept), np.concatenate(number)


def _sizes(key: NDArray[np.uint32], seed: int, options: GraphOptions) -> Ints:
    swing = options.size_spread * _symmetric(seed, key, 0, Purpose.VILLAGE_SIZE)
    size = np.floor(options.workers_per_village * (1.0 + swing) + 0.5)
    return np.maximum(size, 1.0).astype(np.int32)


def _symmetric(seed: int, key: NDArray[np.uint32], which: int, purpose: Purpose) -> NDArray[np.float64]:
    """A keyed uniform in [-1, 1) for each village."""
    return 2.0 * uniforms(seed, key, which, 0, purpose).astype(np.float64) - 1.0


def _on_grid(km: Any) -> Any:
    return np.floor(km / GRID_KM + 0.5) * GRID_KM


def _scattered(place_id: str, names: Sequence[str], side: Any) -> Points:
    """Points (km, [n, 2]) over squares of these sides. Geography is not luck: no population seed moves them."""
    key = stable_keys(f"{place_id}/", names)
    purposes = (Purpose.VILLAGE_POSITION_X, Purpose.VILLAGE_POSITION_Y)
    return np.stack([_on_grid(side * uniforms(0, key, 0, 0, one).astype(np.float64)) for one in purposes], axis=1)


def _seats(place_id: str, counties: Sequence[County]) -> Points:
    """Where the seats lie (km, [C, 2]): those of a kind together, so that neighbours are mostly alike."""
    held = Counter(one.kind for one in counties)
    side = [COUNTY_SIDE_KM * math.sqrt(held[one.kind]) if one.kind else PLACE_SIDE_KM for one in counties]
    of_kind = _scattered(place_id, [one.kind for one in counties], COUNTRY_SIDE_KM)
    of_kind[[not one.kind for one in counties]] = 0
    return of_kind + _scattered(place_id, [one.id for one in counties], np.array(side))


def _positions(
    place_id: str, counties: Sequence[County], county: Ints, key: NDArray[np.uint32], seed: int
) -> tuple[Points, Floats]:
    """Positions (km, [V, 2]) evenly over a square around the seat, and hours to it.

    The square is as wide as the county's mean hours ask: a square, for an even spread over it needs
    no function that differs between processors.
    """
    seat = _seats(place_id, counties)[county]
    hours = np.array([c.remoteness_hours for c in counties], np.float64)[county]
    half_side = hours * (TRAVEL_KM_H / SQUARE_MEAN_DISTANCE)
    across = half_side * _symmetric(seed, key, 0, Purpose.VILLAGE_POSITION_X)
    along = half_side * _symmetric(seed, key, 0, Purpose.VILLAGE_POSITION_Y)
    offset = _on_grid(np.stack((across, along), axis=1))
    distance = np.sqrt(offset[:, 0] * offset[:, 0] + offset[:, 1] * offset[:, 1])
    return seat + offset, (distance / TRAVEL_KM_H).astype(np.float32)


def _endowments(counties: Sequence[County], county: Ints, key: NDArray[np.uint32], seed: int) -> tuple[Floats, Floats]:
    """Land per worker (mu, [V]) and amenity (0..1, [V, 3]), each with its county's mean."""
    mean_land = np.array([c.land_mu for c in counties], np.float64)[county]
    land = mean_land * (1.0 + LAND_SPREAD * _symmetric(seed, key, 0, Purpose.VILLAGE_LAND))
    mean = np.array([(c.schooling, c.health, c.transport) for c in counties], np.float64)[county]
    # Near 0 or 1 the spread narrows on both sides, so that the mean stays the county's.
    spread = np.minimum(AMENITY_SPREAD, np.minimum(mean, 1.0 - mean))
    swing = np.stack([_symmetric(seed, key, which, Purpose.VILLAGE_AMENITY) for which in range(3)], axis=1)
    return land.astype(np.float32), (mean + spread * swing).astype(np.float32)


# --- ties -------------------------------------------------------------------------------------------


def _codes(one: NDArray[Any], other: NDArray[Any], count: int) -> Codes:
    one, other = one.astype(np.int64), other.astype(np.int64)
    return np.minimum(one, other) * count + np.maximum(one, other)


def _among(codes: Codes, sorted_codes: Codes) -> NDArray[np.bool_]:
    if len(sorted_codes) == 0:
        return np.zeros(codes.shape, np.bool_)
    at = np.searchsorted(sorted_codes, codes)
    return sorted_codes[np.minimum(at, len(sorted_codes) - 1)] == codes


def _closest(points: Points, asked: Points, count: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances to, and indices of, the `count` of `points` closest to each point asked, [n, count], closest first."""
    if len(points) > FEW:
        from scipy.spatial import cKDTree

        found: tuple[NDArray[np.float64], NDArray[np.int64]] = cKDTree(points).query(asked, k=range(1, count + 1))
        return found
    apart = asked[:, None] - points
    squared = (apart * apart).sum(axis=2)
    at = np.argsort(squared, axis=1, kind="stable")[:, :count]
    return np.sqrt(np.take_along_axis(squared, at, axis=1)), at


def _nearest(points: Points, who: NDArray[Any], reach: int) -> NDArray[np.int64]:
    """The `reach` other points nearest to each of `who`, ties by index; [len(who), reach], -1 where none."""
    found = np.full((len(who), reach), -1, np.int64)
    asked = min(reach + 2, len(points))  # itself, and one more so that equal distances are seen
    if reach == 0 or asked < 2:
        return found
    distance, at = _closest(points, points[who], asked)
    distance[at == who[:, None]] = np.inf
    order = np.lexsort((at, distance), axis=1)
    width = min(reach, len(points) - 1)
    found[:, :width] = np.take_along_axis(at, order, axis=1)[:, :width]
    return found


def _nearest_in_county(points: Points, county: Ints, reach: int) -> NDArray[np.int64]:
    """The `reach` nearest villages of the same county, nearest first; [V, reach], -1 where none."""
    near = np.full((len(county), reach), -1, np.int64)
    edges = np.searchsorted(county, np.arange(county[-1] + 2))
    for begin, end in pairwise(edges):
        local = _nearest(points[begin:end], np.arange(end - begin), reach)
        near[begin:end] = np.where(local < 0, -1, local + begin)
    return near


def _road_ties(points: Points, county: Ints, near: NDArray[np.int64], neighbours: int) -> Codes:
    """Each village with its nearest in the county; where the county has too few, with those beyond it."""
    held = np.bincount(county)[county]
    few = np.flatnonzero(held <= neighbours)
    beyond = _nearest(points, few, 2 * neighbours)  # at most neighbours - 1 of them are of the county
    outside = (beyond >= 0) & (county[beyond] != county[few][:, None])
    wanted = (neighbours - (held[few] - 1))[:, None]
    beyond = np.where(outside & (np.cumsum(outside, axis=1) <= wanted), beyond, -1)

    one = np.concatenate((np.repeat(np.arange(len(county)), neighbours), np.repeat(few, 2 * neighbours)))
    other = np.concatenate((near[:, :neighbours].ravel(), beyond.ravel()))
    return np.unique(_codes(one[other >= 0], other[other >= 0], len(county)))


def _kin_ties(
    seed: int, key: NDArray[np.uint32], county: Ints, circle: NDArray[np.int64], roads: Codes, options: GraphOptions
) -> Codes:
    """Kin and marriage ties: even-numbered ones anywhere in the county, odd ones in the marriage circle.

    For tie number t all villages stand on a ring at keyed places, and a village takes the first
    village after a keyed point that may be its partner (consistent hashing): a village more takes
    over the ties of the arc before it and leaves all others as they are. A tie leaves the county
    with chance `cross_county_share`, or less in a county with most of the villages (the others could
    not hold the ties), or if nobody is left to tie in the county.
    """
    count = len(key)
    held = np.bincount(county)[county].astype(np.float64)
    chance = options.cross_county_share * np.minimum(1.0, (count - held) / held)
    everyone, taken = np.zeros(count, np.int32), roads
    for tie in range(options.kin_ties):
        ring = uniforms(seed, key, tie, RING, Purpose.KIN_TIE).astype(np.float64)
        point = uniforms(seed, key, tie, POINT, Purpose.KIN_TIE).astype(np.float64)
        stays = uniforms(seed, key, tie, LEAVES, Purpose.KIN_TIE) >= chance
        partner = np.full(count, -1, np.int64)
        if tie % 2:
            who = np.flatnonzero(stays)
            partner[who] = _next_in_circle(who, circle, ring, point, taken)
        who = np.flatnonzero(stays & (partner < 0))
        partner[who] = _next_on_ring(who, county, ring, point, key, taken)
        who = np.flatnonzero(partner < 0)
        partner[who] = _next_on_ring(who, everyone, ring, point, key, taken, barred=county)
        who = np.flatnonzero(partner >= 0)
        taken = np.union1d(taken, _codes(who, partner[who], count))
    return np.setdiff1d(taken, roads, assume_unique=True)


def _next_in_circle(
    who: NDArray[np.int64], circle: NDArray[np.int64], ring: Points, point: Points, taken: Codes
) -> NDArray[np.int64]:
    """The village of the circle that comes first after the point and is not tied yet, -1 if none."""
    candidate = circle[who]
    after = ring[candidate] - point[who][:, None]
    after = np.where(after < 0.0, after + 1.0, after)
    barred = (candidate < 0) | _among(_codes(who[:, None], candidate, len(ring)), taken)
    after[barred] = np.inf
    first = np.argmin(after, axis=1)[:, None]
    free = np.isfinite(np.take_along_axis(after, first, axis=1))
    return np.where(free, np.take_along_axis(candidate, first, axis=1), -1)[:, 0]


def _next_on_ring(
    who: NDArray[np.int64],
    group: Ints,
    ring: Points,
    point: Points,
    key: NDArray[np.uint32],
    taken: Codes,
    barred: Ints | None = None,
) -> NDArray[np.int64]:
    """The village of the same group that comes first after the point and may be tied, -1 if none.

    It may be tied if it is another, not tied yet, and, where `barred` is given, differs in it.
    """
    order = np.lexsort((key, ring, group))
    held = np.bincount(group)[group[who]]
    begin = np.searchsorted(group[order], group[who])
    slot = np.searchsorted(group[order] + ring[order], group[who] + point[who]) - begin
    partner = np.full(len(who), -1, np.int64)
    waiting, step = np.arange(len(who)), 0
    while len(waiting):
        mine = who[waiting]
        candidate = order[begin[waiting] + (slot[waiting] + step) % held[waiting]]
        fits = (candidate != mine) & ~_among(_codes(mine, candidate, len(ring)), taken)
        if barred is not None:
            fits &= barred[candidate] != barred[mine]
        partner[waiting[fits]] = candidate[fits]
        step += 1
        waiting = waiting[~fits & (step < held[waiting])]
    return partner


def _connecting_ties(points: Points, codes: Codes) -> Codes:
    """Roads that make the graph connected: each part's shortest way out, until one part is left."""
    count = len(points)
    added = np.empty(0, np.int64)
    while True:
        one, other = np.divmod(np.concatenate((codes, added)), count)
        part = _parts(count, one, other)
        parts = int(part.max()) + 1
        if parts == 1:
            return np.unique(added)
        distance, beyond = _nearest_of_another_part(points, part)
        order = np.lexsort((np.arange(count), distance, part))
        shortest = order[np.searchsorted(part[order], np.arange(parts))]
        added = np.concatenate((added, _codes(shortest, beyond[shortest], count)))


def _parts(count: int, one: Codes, other: Codes) -> NDArray[np.int64]:
    """The connected part of each of `count` points tied one to other, int64[count], numbered by their first points."""
    part = np.arange(count)
    while True:
        least = part.copy()
        np.minimum.at(least, one, part[other])
        np.minimum.at(least, other, part[one])
        least = least[least]
        if np.array_equal(least, part):
            return np.unique(part, return_inverse=True)[1]
        part = least


def _nearest_of_another_part(points: Points, part: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance to, and index of, each point's nearest point of another part.

    Two parts differ in at least one binary digit of their number, so the nearest over the digits'
    "other halves" is the nearest of all other parts, at the cost of two searches a digit.
    """
    distance = np.full(len(points), np.inf)
    beyond = np.full(len(points), -1, np.int64)
    for digit in range(int(part.max()).bit_length()):
        half = (part >> digit) & 1
        for side in (0, 1):
            here, there = np.flatnonzero(half == side), np.flatnonzero(half != side)
            way, at = _closest(points[there], points[here], 1)
            nearer = way[:, 0] < distance[here]
            distance[here[nearer]] = way[nearer, 0]
            beyond[here[nearer]] = there[at[nearer, 0]]
    return distance, beyond


def _compressed_rows(codes: Codes, kind: NDArray[Any], count: int) -> dict[str, Any]:
    """The adjacency in compressed rows; where a tie is there twice its first kind counts."""
    codes, at = np.unique(codes, return_index=True)
    one, other = np.divmod(codes, count)
    row, column = np.concatenate((one, other)), np.concatenate((other, one))
    order = np.lexsort((column, row))
    return {
        "neighbour_start": np.searchsorted(row[order], np.arange(count + 1)).astype(np.int32),
        "neighbour": column[order].astype(np.int32),
        "neighbour_kind": np.concatenate((kind[at], kind[at]))[order].astype(np.uint8),
    }


# --- reading a graph --------------------------------------------------------------------------------

_LIMITS = {  # lowest and highest value of a node's numbers
    "workers": (1, 2**31 - 1),
    "remoteness": (0.0, 1000.0),
    "land": (0.0, 100_000.0),
    "schooling": (0.0, 1.0),
    "health": (0.0, 1.0),
    "transport": (0.0, 1.0),
    "x": (-20_000.0, 20_000.0),
    "y": (-20_000.0, 20_000.0),
}


def _hint(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"


def _county_of(node: Any, data: Mapping[str, Any], index: Mapping[str, int]) -> int:
    name = data.get("county")
    if name is None or name == "":
        raise ValueError(f"village {str(node)!r}: no county; expected the id of one of {', '.join(index)}")
    if name not in index:
        raise ValueError(f"village {str(node)!r}: unknown county {name!r}{_hint(str(name), list(index))}")
    return index[name]


def _county_defaults(place_id: str, county: County, villages: int, scale: float) -> dict[str, float]:
    ((x, y),) = _scattered(place_id, [county.id], PLACE_SIDE_KM).tolist()
    return {
        "workers": max(1, math.floor(county.workers / scale / villages + 0.5)),
        "remoteness": county.remoteness_hours,
        "land": county.land_mu,
        "schooling": county.schooling,
        "health": county.health,
        "transport": county.transport,
        "x": x,
        "y": y,
    }


def _node_traits(village: str, data: Mapping[str, Any], defaults: Mapping[str, float]) -> dict[str, float]:
    """A node's numbers, the county's where it has none."""
    for name in map(str, data):
        # A misspelt name would silently become the county's mean; other people's attributes may stay.
        if name not in _LIMITS and (close := get_close_matches(name, _LIMITS, n=1, cutoff=0.85)):
            raise ValueError(f"village {village!r}: unknown attribute {name!r}; did you mean {close[0]!r}?")
    given = {name: data[name] for name in _LIMITS if data.get(name) is not None and data[name] != ""}
    return {name: _number(village, name, given[name]) if name in given else defaults[name] for name in _LIMITS}


def _number(village: str, name: str, value: Any) -> float:
    lowest, highest = _LIMITS[name]
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    whole = name == "workers"
    if not lowest <= number <= highest or (whole and number != math.floor(number)):
        wanted = "a whole number" if whole else "a number"
        raise ValueError(f"village {village!r}: {name} is {value!r}; expected {wanted} from {lowest} to {highest}")
    return number


def _graph_ties(graph: "networkx.Graph", index: Mapping[Any, int]) -> tuple[Codes, NDArray[np.int64]]:
    """Tie codes and kinds of a graph's edges."""
    codes, kinds = [], []
    for one, other, data in graph.edges(data=True):
        i, j = sorted((index[one], index[other]))
        if i == j:
            raise ValueError(f"village {str(one)!r}: an edge to itself; expected two different villages")
        kind = data.get("kind", "road")
        if kind not in KINDS:
            hint = _hint(str(kind), KINDS)
            raise ValueError(f"edge {str(one)!r} to {str(other)!r}: unknown kind {kind!r}{hint}")
        codes.append(i * len(index) + j)
        kinds.append(KINDS.index(kind))
    return np.array(codes, np.int64), np.array(kinds, np.int64)
