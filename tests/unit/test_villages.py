"""The village graph: sound rows, the same villages and degrees at every scale, and reading it back."""

from dataclasses import dataclass, fields, replace
from io import BytesIO

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import village_ids, villages
from sim.draws import stable_key, stable_keys
from sim.village_ids import distinct_keys
from sim.villages import KINDS, Villages, from_graph, generate


@dataclass(frozen=True)
class County:
    id: str
    workers: int
    remoteness_hours: float = 1.2
    land_mu: float = 2.0
    schooling: float = 0.5
    health: float = 0.4
    transport: float = 0.1
    kind: str = ""


@dataclass(frozen=True)
class Options:
    workers_per_village: int = 500
    size_spread: float = 0.3
    neighbours: int = 4
    kin_ties: int = 2
    cross_county_share: float = 0.1


TOY = [
    County("near", 300_000, remoteness_hours=0.6, schooling=0.95),
    County("middle", 400_000),
    County("far", 500_000, remoteness_hours=2.5, land_mu=4.0),
]
# Eleven counties from 60,000 to 850,000 workers, 3.2 million in all.
THOUSANDS = (850, 460, 330, 330, 250, 250, 240, 230, 150, 90, 60)
PREFECTURE = [County(f"county{i}", workers * 1000) for i, workers in enumerate(THOUSANDS)]
PLACES = {"toy": TOY, "prefecture": PREFECTURE}


def make(counties=TOY, scale=10, seed=0, **options):
    return generate("place", counties, scale, seed, Options(**options))


def ties(v: Villages) -> set[tuple[str, str, int]]:
    """Every directed tie by village ids, with its kind."""
    owner = np.repeat(np.arange(len(v.id)), np.diff(v.neighbour_start))
    return {(v.id[i], v.id[j], int(k)) for i, j, k in zip(owner, v.neighbour, v.neighbour_kind, strict=True)}


def traits(v: Villages) -> dict[str, tuple]:
    """What belongs to a village itself, by id."""
    columns = (v.key, v.size, v.x, v.y, v.remoteness, v.land)
    return {
        name: (v.county_id[v.county[i]], *(column[i] for column in columns), *v.amenity[i])
        for i, name in enumerate(v.id)
    }


def assert_equal(one: Villages, other: Villages) -> None:
    for field in fields(Villages):
        a, b = getattr(one, field.name), getattr(other, field.name)
        assert np.asarray(a).dtype == np.asarray(b).dtype, field.name
        np.testing.assert_array_equal(a, b, err_msg=field.name)


counties_drawn = st.lists(st.integers(1, 40_000), min_size=1, max_size=5).map(
    lambda workers: [County(f"c{i}", w) for i, w in enumerate(workers)]
)


@settings(max_examples=60, deadline=None)
@given(
    counties=counties_drawn,
    scale=st.sampled_from([1, 2, 7.5, 1000]),
    seed=st.integers(0, 2**64 - 1),
    neighbours=st.integers(0, 5),
    kin_ties=st.integers(0, 4),
    cross_county_share=st.sampled_from([0.0, 0.1, 1.0]),
)
def test_rows_are_sound_and_the_graph_is_connected(counties, scale, seed, **options):
    v = make(counties, scale, seed, **options)
    count = len(v.id)
    assert v.neighbour_start[0] == 0 and v.neighbour_start[-1] == len(v.neighbour) == len(v.neighbour_kind)
    for i in range(count):
        row = v.neighbour[v.neighbour_start[i] : v.neighbour_start[i + 1]]
        assert np.all(np.diff(row) > 0) and i not in row
        assert len(row) >= min(options["neighbours"], count - 1)
    directed = ties(v)
    assert directed == {(j, i, kind) for i, j, kind in directed}
    assert networkx.is_connected(v.graph())
    assert list(v.id) == sorted(v.id) and set(v.county) == set(range(len(counties)))
    assert v.size.min() >= 350 and v.size.max() <= 650
    assert v.amenity.min() >= 0 and v.amenity.max() <= 1


@pytest.mark.parametrize("place", PLACES)
def test_degrees_are_alike_at_every_scale(place):
    degree = {  # over several populations where villages are few
        scale: np.concatenate([np.diff(make(PLACES[place], scale, s).neighbour_start) for s in range(seeds)])
        for scale, seeds in ((1, 1), (10, 5), (50, 20))
    }
    for scale in (10, 50):
        assert abs(degree[scale].mean() - degree[1].mean()) < 0.35
        assert abs(degree[scale].std() - degree[1].std()) < 0.35
        limits = range(5, 15)
        below = [[np.mean(degree[s] <= at) for at in limits] for s in (1, scale)]
        assert np.abs(np.subtract(*below)).max() < 0.12  # Kolmogorov-Smirnov distance
    assert degree[1].max() <= 30  # no hubs: a village is nobody's only choice


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("scale", [10, 50, 1000])
def test_a_coarser_scale_keeps_whole_villages_unchanged(place, scale):
    fine, coarse = traits(make(PLACES[place], 1)), traits(make(PLACES[place], scale))
    assert coarse.keys() < fine.keys()
    assert all(fine[name] == own for name, own in coarse.items())


def test_the_villages_kept_are_evenly_spaced():
    assert make([County("a", 5_000), County("b", 900)], 3).id == ("a-00000", "a-00003", "a-00006", "b-00000")


@pytest.mark.parametrize("scale", [1, 10, 50])
def test_sizes_add_up_to_the_workers(scale):
    v = make(PREFECTURE, scale)
    real = np.array([c.workers for c in PREFECTURE])
    simulated = np.bincount(v.county, v.size) * scale
    # Half a village of rounding, and the sampling error of uniform sizes (their spread is 0.3/sqrt 3).
    error = 250 * scale + 4 * 500 * scale * 0.174 * np.sqrt(np.bincount(v.county))
    assert np.all(np.abs(simulated - real) < error)
    assert simulated.sum() == pytest.approx(real.sum(), rel=0.03)


def test_traits_have_their_countys_mean():
    v = make(scale=1)
    for i, county in enumerate(TOY):
        own = v.county == i
        assert v.remoteness[own].mean() == pytest.approx(county.remoteness_hours, rel=0.05)
        assert v.land[own].mean() == pytest.approx(county.land_mu, rel=0.03)
        means = (county.schooling, county.health, county.transport)
        assert v.amenity[own].mean(axis=0) == pytest.approx(means, abs=0.015)
        assert v.remoteness[own].std() > 0.3 * county.remoteness_hours and np.all(v.amenity[own].std(axis=0) > 0)


def test_seed_and_place_decide_everything():
    assert_equal(make(), make())
    one, other = make(), make(seed=1)
    assert one.id == other.id and np.array_equal(one.key, other.key)
    for column in ("size", "x", "y", "remoteness", "land"):
        assert np.mean(getattr(one, column) == getattr(other, column)) < 0.1, column
    assert len(ties(one) & ties(other)) < 0.2 * len(ties(one))
    elsewhere = generate("elsewhere", TOY, 10, 0, Options())
    assert not set(elsewhere.key.tolist()) & set(one.key.tolist())


def test_another_village_changes_no_traits_and_few_ties():
    one, other = make(PREFECTURE), make([County("new", 500), *PREFECTURE])
    before, after = traits(one), traits(other)
    assert all(after[name] == own for name, own in before.items()) and len(after) == len(before) + 1
    kept = {tie for tie in ties(other) if "new-00000" not in tie}
    assert len(kept ^ ties(one)) <= 20  # of some 5,700 directed ties
    assert 4 <= len(ties(other) - kept) / 2 <= 20


def test_kin_ties_stay_in_the_county_at_share_zero_and_leave_it_by_share():
    for share in (0.0, 0.3):
        v = make(PREFECTURE, 2, cross_county_share=share)
        owner = np.repeat(v.county, np.diff(v.neighbour_start))
        kin = v.neighbour_kind == KINDS.index("kin")
        crossing = owner != v.county[v.neighbour]
        assert crossing[kin].mean() == pytest.approx(share, abs=0.02)
        assert kin.sum() / len(v.id) == pytest.approx(4, abs=0.15)  # two taken up, two received
        assert crossing[~kin].mean() < 0.01  # only what joins the counties


def test_roads_lead_to_the_nearest_villages():
    v = make(TOY[:1], 1)
    points = np.stack((v.x, v.y), axis=1).astype(np.float64)
    squares = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    nearest = {(v.id[i], v.id[j]) for i, row in enumerate(squares) for j in np.argsort(row)[:4]}
    roads = {(a, b) for a, b, kind in ties(v) if kind == KINDS.index("road")}
    assert roads == nearest | {(b, a) for a, b in nearest}


def test_parts_are_joined_by_their_nearest_pair():
    points = np.array([(0, 0), (1, 0), (5, 0), (6, 0), (5, 8)], np.float64)
    codes = np.array([0 * 5 + 1, 2 * 5 + 3])  # two pairs and a single village
    assert villages._connecting_ties(points, codes).tolist() == [1 * 5 + 2, 2 * 5 + 4]


def test_a_village_alone_in_the_world_and_one_alone_in_its_county():
    assert len(make([County("only", 3)], 1).neighbour) == 0
    v = make([County("a", 300), County("b", 20_000)], 1)
    assert v.neighbour_start[1] == 6  # four roads and two kin ties, all beyond the county


def test_of_colliding_keys_one_changes_and_no_other(monkeypatch):
    def colliding(beginning, endings):  # the fourth and the eighth village of each county share a key
        keys = stable_keys(beginning, endings)
        keys[7::8] = keys[3::8][: len(keys[7::8])]
        return keys

    plain = generate("crowded", TOY, 1, 0, Options())
    monkeypatch.setattr(village_ids, "stable_keys", colliding)
    village_ids.keys_of_place.cache_clear()
    fine, coarse = (generate("crowded", TOY, scale, 0, Options()) for scale in (1, 7))
    village_ids.keys_of_place.cache_clear()
    assert len(np.unique(fine.key)) == len(fine.id)
    number = np.array([int(name[-5:]) for name in fine.id])
    moved, first = number % 8 == 7, number % 8 == 3
    assert moved.sum() > 200 and np.array_equal(fine.key[~moved], plain.key[~moved])
    assert first.sum() >= moved.sum()
    assert [int(key) for key in fine.key[moved]] == [
        stable_key(f"crowded/{fine.id[i]}/1") for i in np.flatnonzero(moved)
    ]
    of_name = traits(fine)
    assert all(of_name[name] == own for name, own in traits(coarse).items())  # as at any scale


def test_a_new_key_is_nobodys_whatever_the_order(monkeypatch):
    made = {"b/1": 9, "b/2": 4, "c/1": 4, "c/2": 7}  # 9 is d's own, 4 becomes b's
    monkeypatch.setattr(village_ids, "stable_key", made.__getitem__)
    for order in ("abcd", "dcba", "cadb"):
        text, keys = list(order), np.array([9 if name == "d" else 5 for name in order], np.uint32)
        found = dict(zip(text, distinct_keys(keys, text.__getitem__).tolist(), strict=True))
        assert found == {"a": 5, "b": 4, "c": 7, "d": 9}


def test_ids_are_those_of_a_tuple():
    ids = make(TOY, 100).id
    assert ids == tuple(ids) and tuple(ids) == ids and len({ids, tuple(ids)}) == 1
    assert ids[0] == "near-00000" and ids[-1] == list(ids)[-1] and ids[1:3] == (ids[1], ids[2])
    assert ids != tuple(ids)[1:] and "far-00000" in ids
    assert np.array(ids, object)[[0, 2]].tolist() == [ids[0], ids[2]]


def test_counties_of_a_kind_lie_together():
    kinds = [County(f"{kind}_{i:03d}", 5000, kind=kind) for kind in ("hills", "plains", "coast") for i in range(40)]
    seats = villages._seats("place", kinds)
    middles = np.stack([seats[at : at + 40].mean(axis=0) for at in (0, 40, 80)])
    for at, middle in zip((0, 40, 80), middles, strict=True):
        assert np.abs(seats[at : at + 40] - middle).max() < villages.COUNTY_SIDE_KM * 40**0.5
    assert np.abs(middles[0] - middles[1]).max() > 300 or np.abs(middles[0] - middles[2]).max() > 300
    assert np.array_equal(villages._seats("place", kinds[40:]), seats[40:])  # others elsewhere move nobody


@pytest.mark.parametrize(
    ("counties", "scale", "message"),
    [
        ([], 1, "at least one county"),
        ([County("a", 900), County("a", 800)], 1, "county 'a' is there twice"),
        (TOY, 0.5, "scale is 0.5; expected a number of at least 1"),
        (TOY, float("nan"), "scale is nan"),
    ],
)
def test_unusable_places_are_refused(counties, scale, message):
    with pytest.raises(ValueError, match=message):
        make(counties, scale)


def test_a_graph_reads_back_as_it_was():
    v = make(PREFECTURE)
    assert_equal(from_graph(v.graph(), "place", PREFECTURE), v)

    file = BytesIO()
    networkx.write_graphml(v.graph(), file)
    file.seek(0)
    assert_equal(from_graph(networkx.read_graphml(file), "place", PREFECTURE), v)

    shuffled = networkx.Graph()
    shuffled.add_nodes_from(reversed(list(v.graph().nodes(data=True))))
    shuffled.add_edges_from(v.graph().edges(data=True))
    assert_equal(from_graph(shuffled, "place", PREFECTURE), v)


def test_what_a_graph_leaves_out_is_the_countys():
    graph = networkx.DiGraph([(2, 1), (1, 2), (2, "3")])
    networkx.set_node_attributes(graph, {1: "near", 2: "near", "3": "far"}, "county")
    graph.nodes[1].update(workers="250", land=None, y="")  # as a text file gives them
    v = from_graph(graph, "place", [TOY[0], TOY[2]], scale=100)
    assert v.id == ("1", "2", "3") and v.size.tolist() == [250, 1500, 5000]
    assert v.remoteness.tolist() == pytest.approx([0.6, 0.6, 2.5]) and v.land.tolist() == [2, 2, 4]
    assert v.amenity[1].tolist() == pytest.approx([0.95, 0.4, 0.1])
    assert (v.x[0], v.y[0]) == (v.x[1], v.y[1]) != (v.x[2], v.y[2])
    assert ties(v) == {("1", "2", 0), ("2", "1", 0), ("2", "3", 0), ("3", "2", 0)}
    assert v.graph().nodes["2"]["weight"] == 1500 / 6750


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"county": None}, "village 'b': no county; expected the id of one of near, middle"),
        ({"county": "midle"}, "village 'b': unknown county 'midle'; did you mean 'middle'?"),
        ({"county": "xyz"}, "village 'b': unknown county 'xyz'; known are near, middle"),
        ({"county": "near"}, "county 'middle' has no village"),
        ({"workers": 0}, "village 'b': workers is 0; expected a whole number from 1"),
        ({"workers": 12.5}, "village 'b': workers is 12.5; expected a whole number"),
        ({"workers": "many"}, "village 'b': workers is 'many'; expected a whole number"),
        ({"remoteness": -1}, "village 'b': remoteness is -1; expected a number from 0"),
        ({"health": 1.5}, "village 'b': health is 1.5; expected a number from 0.0 to 1.0"),
        ({"land": float("nan")}, "village 'b': land is nan; expected a number"),
        ({"x": [1]}, "village 'b': x is [1]; expected a number"),
        ({"remotness": 3}, "village 'b': unknown attribute 'remotness'; did you mean 'remoteness'?"),
    ],
)
def test_unusable_nodes_are_refused(node, message):
    graph = networkx.Graph([("a", "b")])
    graph.add_node("a", county="near")
    graph.add_node("b", **{"county": "middle", **node})
    with pytest.raises(ValueError) as refused:
        from_graph(graph, "place", TOY[:2])
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("edge", "kind", "message"),
    [
        (("a", "a"), "road", "village 'a': an edge to itself"),
        (("a", "b"), "kinn", "edge 'a' to 'b': unknown kind 'kinn'; did you mean 'kin'?"),
        ((1, "1"), "road", "village '1' is there twice"),
    ],
)
def test_unusable_edges_are_refused(edge, kind, message):
    graph = networkx.Graph()
    graph.add_edge(*edge, kind=kind)
    networkx.set_node_attributes(graph, "near", "county")
    with pytest.raises(ValueError) as refused:
        from_graph(graph, "place", TOY[:1])
    assert message in str(refused.value)


def test_a_graph_may_have_no_edges_and_other_attributes():
    graph = networkx.Graph()
    graph.add_nodes_from(["a", "b"], county="near", label="any", wealth=3)
    v = from_graph(graph, "place", [replace(TOY[0], workers=1000)])
    assert v.neighbour_start.tolist() == [0, 0, 0] and v.size.tolist() == [500, 500]


@pytest.mark.parametrize("count", [2, 40, villages.FEW, villages.FEW + 1, 700])
def test_the_closest_points_are_found_among_few_as_among_many(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.floor(np.random.default_rng(count).random((count, 2)) * 2**18) / 1024
    asked = points[: count // 2 + 1]
    found = villages._closest(points, asked, 2)
    monkeypatch.setattr(villages, "FEW", 10**6 if count > villages.FEW else 0)
    for one, other in zip(found, villages._closest(points, asked, 2), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (found[0][:, 0] == 0).all() and (found[1][:, 0] == np.arange(len(asked))).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=60))
def test_parts_are_the_connected_components(count: int, pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs, np.int64).reshape(-1, 2).T % count
    graph = networkx.Graph(zip(one.tolist(), other.tolist(), strict=True))
    graph.add_nodes_from(range(count))
    part = villages._parts(count, one, other).tolist()
    assert sorted(map(sorted, networkx.connected_components(graph))) == sorted(
        [i for i in range(count) if part[i] == number] for number in set(part)
    )
    assert list(dict.fromkeys(part)) == list(range(max(part) + 1))
