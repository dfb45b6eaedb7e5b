"""What people know of travels on ties: no awareness, no take-up; no ties, no spread and no clusters."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.state import Status

BASE = {
    "scale": 10, "spin_up": 12, "months": 24, "policy_start": 0, "population.workers_per_village": 50,
    "parameters.decision.consider_base": 0.1, "parameters.decision.enterprise_intercept": 1.0,
}  # fmt: skip
BY_WORD_ALONE = {"parameters.social_capital.official_chance": 0, "parameters.social_capital.forgetting": 0}
FOR_PERSONS = ("training", "credit", "community")  # packages that act only on those who know of them
TALK = "- {id: talk, kind: council, name: {en: T, zh: 议}, channels: {belonging: 0}, awareness: 0}"


def unheard_of(worlds: Any, packages: Any) -> dict[str, Any]:
    """Overrides under which no office tells anybody of any instrument."""
    silent = {**BASE, **BY_WORD_ALONE, "parameters.social_capital.word_strength": 1}
    for one in worlds.scenario(packages, BASE).instruments:
        silent[f"instruments.{one.id}.awareness"] = 0
        if "official" in one.channels:
            silent[f"instruments.{one.id}.channels.official"] = 0
    return silent


def test_no_awareness_no_take_up(worlds: Any) -> None:
    packages = (*worlds.packages, worlds.other_kinds())
    silent = worlds.run(packages, unheard_of(worlds, packages))
    told = worlds.run(packages, BASE)
    for one in told.scenario.instruments:
        # monitoring notices people, who need not know of it
        for name in ("aware",) if one.kind == "monitoring_aid" else ("aware", "uses"):
            assert worlds.series(silent, name, ("instrument", one.id)).max() == 0, one.id
    for flow in ("heard", "courses", "certificates", "money_grants"):
        assert worlds.series(silent, flow).sum() == 0 < worlds.series(told, flow).sum(), flow


def test_what_nobody_knows_changes_nobody(worlds: Any) -> None:
    silent = unheard_of(worlds, FOR_PERSONS)
    names = [one.id for one in worlds.scenario(FOR_PERSONS).instruments if not one.is_programme]
    plain = {key: value for key, value in silent.items() if not key.startswith("instruments") or "posts" in key}
    assert worlds.differences(worlds.run((), plain), worlds.run(FOR_PERSONS, silent), but=names) == []


def test_only_those_who_know_and_are_eligible_use_it(worlds: Any) -> None:
    options = {**BASE, "instruments.order_training.eligibility": {"sexes": ["female"], "age_below": 40}}
    workers = worlds.run(["training"], {**options, "months": 12}).workers()
    instruments = [one.id for one in worlds.scenario(["training"], options).instruments]
    bit = instruments.index("order_training")
    used, known = (workers[name].to_numpy() >> bit & 1 for name in ("used", "known"))
    assert used.sum() > 50 and (known[used == 1] == 1).all()
    assert (workers.male[used == 1] == 0).all() and (workers.age[used == 1] <= 41 * 12).all()
    assert known[workers.male == 1].mean() == pytest.approx(known[workers.male == 0].mean(), rel=0.2)


# --- on the graph -----------------------------------------------------------------------------------


def ring_of(villages: int, reach: int, seed: int = 0) -> np.ndarray:
    """Neighbours int32[villages, 2 * reach] on a ring of villages in random order, sorted in each row."""
    order = np.random.default_rng(seed).permutation(villages)
    place = np.argsort(order)
    steps = np.array([step for step in range(-reach, reach + 1) if step])
    return np.sort(order[(place[:, None] + steps) % villages], axis=1).astype(np.int32)


def tie(run: Any, neighbours: np.ndarray) -> None:
    """Give a run's villages these neighbours, int32[V, K] (K = 0: none at all)."""
    starts = np.arange(len(neighbours) + 1, dtype=np.int64) * neighbours.shape[1]
    geography = run.world.geography._replace(neighbour_start=starts, neighbour=neighbours.ravel())
    run.world = replace(run.world, geography=geography)


def told_in(
    worlds: Any, villages: list[int], neighbours: Any = None, months: int = 6, official: float = 0, **rules: float
) -> np.ndarray:
    """Share of each village that knows of the talks, float32[V], if at first all of some villages do."""
    constants = {f"parameters.social_capital.{name}": value for name, value in rules.items()}
    options = {**BASE, **BY_WORD_ALONE, **constants, "instruments.talk.awareness": official}
    package = worlds.package("talk", TALK)
    run = worlds.begin(worlds.scenario((), BASE), worlds.scenario([package], options))
    bit = [one.id for one in run.scenario.instruments].index("talk")
    ring = ring_of(len(run.world.villages.id), 1)
    tie(run, ring if neighbours is None else neighbours(ring))
    start, people = run.world.geography.start, run.state.people
    for village in villages:
        here = slice(start[village], start[village + 1])
        people.known[here] |= np.where(people.status[here] < Status.VACANT, np.uint32(1 << bit), np.uint32(0))
        run.state.villages.aware_share[village, bit] = 1
    run.advance(months)
    return run.state.villages.aware_share[:, bit].copy()


def no_ties(ring: np.ndarray) -> np.ndarray:
    """The same villages without neighbours."""
    return ring[:, :0]


def distance_on(ring: np.ndarray, village: int) -> np.ndarray:
    """Steps along ties from a village, int64[V]."""
    steps = np.full(len(ring), 10**6)
    frontier, step = np.array([village]), 0
    while len(frontier):
        steps[frontier] = step
        step += 1
        reached = np.unique(ring[frontier])
        frontier = reached[steps[reached] > step]
    return steps


def test_word_goes_one_tie_a_month_and_nowhere_without_ties(worlds: Any) -> None:
    villages = len(worlds.begin(worlds.scenario((), BASE)).world.villages.id)
    steps = distance_on(ring_of(villages, 1), 7)
    for months in (1, 4):
        share = told_in(worlds, [7], months=months, contact_rate=1, word_strength=1, own_village_weight=0.3)
        assert (share[steps <= 1] > 0).all() and (share[steps > months] == 0).all()
    assert (share[steps == 2] > 0).all()
    for share in (
        told_in(worlds, [7], no_ties, contact_rate=1, word_strength=1, own_village_weight=0.3),
        told_in(worlds, [7], contact_rate=1, word_strength=1, own_village_weight=1),
        told_in(worlds, [7], contact_rate=1, word_strength=0),
    ):
        assert share[7] > 0.9 and np.delete(share, 7).max() == 0


def test_word_spreads_more_slowly_without_ties(worlds: Any) -> None:
    told = [0, 20, 40, 60]
    tied, alone = (told_in(worlds, told, ties, months=18, own_village_weight=0.3) for ties in (None, no_ties))
    assert (alone > 0).sum() == len(told) and (tied > 0).sum() > 4 * len(told)
    # nor do offices make up for it: what they start, neighbours carry on
    told_everywhere = [
        told_in(worlds, [], ties, months=18, official=0.05, contact_rate=0.5) for ties in (None, no_ties)
    ]
    assert told_everywhere[0].mean() > 1.1 * told_everywhere[1].mean() > 0.1


def morans_i(values: np.ndarray, ring: np.ndarray) -> tuple[float, float]:
    """Moran's I of values over ties, and the share of 999 random reassignments that reach it (Moran 1950)."""
    centred = values.astype(np.float64) - values.mean()

    def statistic(of: np.ndarray) -> float:
        return float((of * of[ring].mean(axis=1)).sum() / (of * of).sum())

    mine, generator = statistic(centred), np.random.default_rng(1)
    others = [statistic(generator.permutation(centred)) for _ in range(999)]
    return mine, (1 + sum(one >= mine for one in others)) / 1000


def test_awareness_clusters_on_the_graph_while_it_has_edges(worlds: Any) -> None:
    told = [3, 11, 19, 37, 53, 70]
    share = told_in(worlds, told, months=24, own_village_weight=0.3)
    ring = ring_of(len(share), 1)
    statistic, chance = morans_i(share, ring)
    assert statistic > 0.4 and chance <= 0.005
    statistic, chance = morans_i(told_in(worlds, told, no_ties, months=24, own_village_weight=0.3), ring)
    assert abs(statistic) < 0.2 and chance > 0.05


def test_returns_cluster_on_the_graph_while_peers_matter_and_it_has_edges(worlds: Any) -> None:
    # some villages have seen many return; whether their neighbours follow depends on ties and on peers
    seen_to_return = [3, 11, 19, 37, 53, 70]
    strong = {
        "parameters.decision.peer_weight": 5,
        "parameters.decision.peer_own_weight": 0.2,
        "parameters.decision.consider_base": 0.5,
    }
    results = {}
    for name, rules, neighbours in (
        ("tied", strong, None),
        ("untied", strong, no_ties),
        ("indifferent", {**strong, "mechanisms.peer_feedback": False}, None),
    ):
        run = worlds.begin(worlds.scenario((), BASE), worlds.scenario((), {**BASE, **rules}))
        ring = ring_of(len(run.world.villages.id), 1)
        tie(run, ring if neighbours is None else neighbours(ring))
        g, people = run.world.geography, run.state.people
        for _ in range(4):
            run.state.villages.returned_share[seen_to_return] = 0.9
            run.advance(run.month + 1)
        village = np.repeat(np.arange(len(ring)), np.diff(g.start))
        home = (people.status >= Status.FARM) & (people.status < Status.VACANT)
        shares = np.bincount(village, home) / np.bincount(village, people.status < Status.VACANT)
        others = np.setdiff1d(np.arange(len(ring)), seen_to_return)
        near = np.isin(ring, seen_to_return).any(axis=1)[others]
        results[name] = shares[others][near].mean() - shares[others][~near].mean()
    assert results["tied"] > 0.05
    assert max(abs(results["untied"]), abs(results["indifferent"])) < 0.05
    assert results["tied"] > 2 * max(results["untied"], results["indifferent"])
