"""What must not change a run: threads, interruptions, other people's instruments, places far away, months to come."""

import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.fast import FEW
from sim.simulation import resume
from sim.world import BATCH, CHUNK

SHORT = {"scale": 50, "spin_up": 6, "months": 8, "policy_start": 2, "population.workers_per_village": 60}
EVERYTHING = {**SHORT, "parameters.decision.consider_base": 0.2, "parameters.decision.enterprise_intercept": 1.0}
DEMOGRAPHY = ["age", "generation", "schooling", "male", "household", "elder", "child_age", "health"]
few = settings(max_examples=4, deadline=None, derandomize=True, database=None)


def test_threads_change_nothing(worlds: Any) -> None:
    one, *others = (worlds.run(worlds.packages, EVERYTHING, threads=threads) for threads in (1, 2, 3, 7))
    assert [worlds.differences(one, other) for other in others] == [[], [], []]


def test_batches_of_villages_and_parts_of_lists_change_nothing(worlds: Any) -> None:
    several = {**EVERYTHING, "scale": 1, "spin_up": 1, "months": 3, "policy_start": 1}
    one, *others = (worlds.run(worlds.packages, several, threads=threads) for threads in (1, 2, 5))
    assert len(one.state.people.age) > 3 * BATCH and len(one.state.firms.owner) > 3 * CHUNK
    applied = worlds.series(one, "applications")
    assert applied.max() > FEW
    assert [worlds.differences(one, other) for other in others] == [[], []]


def test_seeds_alone_tell_runs_apart(worlds: Any) -> None:
    scenario = worlds.scenario(worlds.packages, EVERYTHING)
    first, again, other = (worlds.begin(scenario, seed=seed) for seed in (1, 1, 2))
    assert worlds.differences(first, other) == []  # the population is not the run's luck
    for run in (first, again, other):
        run.advance(4)
    assert worlds.differences(first, again) == []
    assert worlds.differences(first, other) != []


def test_the_order_of_packages_changes_nothing(worlds: Any) -> None:
    forth, back = (worlds.run(order, EVERYTHING) for order in (worlds.packages, worlds.packages[::-1]))
    assert worlds.differences(forth, back) == []


@few
@given(month=st.integers(0, 8), seed=st.integers(0, 99), threads=st.integers(1, 3))
def test_an_interrupted_run_goes_on_as_if_it_had_not_been(worlds: Any, month: int, seed: int, threads: int) -> None:
    packages = (*worlds.packages, worlds.other_kinds())
    whole = worlds.run(packages, EVERYTHING, seed=seed, by_village=True)
    begun = worlds.run(packages, EVERYTHING, seed=seed, by_village=True, months=month, threads=threads)
    path = worlds.folder / "interrupted.npz"
    begun.checkpoint(path)
    resumed = resume(path, threads=4 - threads)
    assert worlds.differences(whole, resumed) == []
    assert resumed.outcomes.equals(whole.outcomes)  # with rows of villages, in the same order and types
    assert resumed.seed == seed and resumed.scenario.hash == whole.scenario.hash


def test_a_checkpoint_keeps_a_graph_that_was_read(worlds: Any) -> None:
    place = graph_place(worlds, "kept", extra=False)
    whole, begun = worlds.run([], SEPARATE, place), worlds.run([], SEPARATE, place, months=2)
    path = worlds.folder / "graph.npz"
    begun.checkpoint(path)
    assert worlds.differences(whole, resume(path)) == []


def test_a_checkpoint_in_the_readable_engine_goes_on_in_it(worlds: Any) -> None:
    options = {**SHORT, "scale": 100, "spin_up": 2, "months": 3}
    begun = worlds.run(["credit"], options, engine="agents", months=1)
    path = worlds.folder / "agents.npz"
    begun.checkpoint(path)
    resumed = resume(path)
    assert resumed.engine == "agents"
    assert worlds.differences(worlds.run(["credit"], options), resumed) == []


def test_a_checkpoint_is_whole_or_refused(worlds: Any, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    run = worlds.run([], SHORT, months=2)
    run.checkpoint(path)
    run.checkpoint(path)  # over an older one
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]
    content = path.read_bytes()
    with np.load(path, allow_pickle=False) as kept:
        assert kept["people.age"].dtype == np.int16
    for name, damaged in {"cut": content[: len(content) // 2], "empty": b"", "words": b"month: 2"}.items():
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(ValueError, match=f"{name}: not a complete checkpoint"):
            resume(tmp_path / name)
    with pytest.raises(ValueError, match="no such checkpoint"):
        resume(tmp_path / "absent.npz")


@pytest.mark.parametrize("months", [1, 9])
def test_a_run_is_not_resumed_to_a_month_it_cannot_reach(worlds: Any, tmp_path: Path, months: int) -> None:
    worlds.run([], SHORT, months=2).checkpoint(tmp_path / "run.npz")
    with pytest.raises(ValueError, match="months"):
        resume(tmp_path / "run.npz", months=months)


@few
@given(start=st.integers(0, 6), ramp=st.integers(0, 4), seed=st.integers(0, 99))
def test_what_starts_later_leaves_the_months_before(worlds: Any, start: int, ramp: int, seed: int) -> None:
    options = {**EVERYTHING, "policy_start": start}
    ramped = {**options, "instruments.order_training.ramp": ramp, "instruments.startup_grant.ramp": ramp}
    base = worlds.scenario([], options)
    policies = worlds.scenario(worlds.packages, ramped)
    names = [one.id for one in policies.instruments if not one.is_programme]
    how = {"seed": seed, "months": start}
    runs = [worlds.run([], options, **how), worlds.run(worlds.packages, ramped, **how)]
    assert worlds.differences(*runs, but=names) == []
    later = [worlds.begin(scenario, seed=seed) for scenario in (base, policies)]
    for run in later:
        run.advance(start + 2)
    assert worlds.differences(*later, but=names) != []


def test_another_order_of_who_comes_first_begins_with_the_packages(worlds: Any) -> None:
    plain, other = (
        worlds.run((), {**SHORT, "policy_start": 3, "rationing_salt": salt, "months": 5}) for salt in (0, 7)
    )
    one, two = plain.outcomes, other.outcomes
    before = one.month < 3
    assert one[before].drop(columns="scenario").equals(two[before].drop(columns="scenario"))
    assert {"savings", "status"} <= set(worlds.differences(plain, other))  # others have the jobs now
    for first in (one, two):
        hired = first[(first.indicator == "hires") & (first.dimension == "all") & (first.month == 3)]
        assert hired.value.item() > 0
    # in the first month there are as many places as before: only who gets them differs
    third = (one.month == 3) & one.indicator.isin(["jobs", "vacancies", "seekers", "hires", "applications"])
    third &= one.dimension.isin(["all", "county"])
    assert one[third].value.to_numpy().tolist() == two[third].value.to_numpy().tolist()


def test_an_instrument_acts_after_its_lag_and_is_heard_of_before(worlds: Any) -> None:
    package = worlds.package(
        "lagging",
        """
        - {id: late_courses, kind: skills_training, name: {en: L, zh: 迟}, capacity: 50000, lag: 3, awareness: 0.9}
        """,
    )
    runs = {months: worlds.run([package], EVERYTHING, months=months) for months in (5, 8)}
    assert worlds.differences(worlds.run([], EVERYTHING, months=5), runs[5], but=["late_courses"]) == []
    assert worlds.series(runs[8], "courses").nonzero()[0].min() == 5
    assert worlds.series(runs[8], "aware", ("instrument", "late_courses")).nonzero()[0].min() == 2


def test_the_world_does_not_depend_on_what_ran_before(worlds: Any) -> None:
    # an instrument in force in the first month, or before it, meets the same world whichever run came first
    package = worlds.package(
        "early",
        """
        - {id: early_sites, kind: land_supply, name: {en: E, zh: 早}, start: -4}
        - {id: early_talks, kind: council, name: {en: T, zh: 早}, start: -4, awareness: 0.9}
        """,
    )
    for packages, start in ((["industry"], 0), ([package], 2)):
        options = {**SHORT, "policy_start": start, "population.seed": 17 + start}
        together = worlds.scenario(packages, options)
        worlds.begin(worlds.scenario([], options))
        second = worlds.begin(together)
        fresh = worlds.begin(replace(together, world_hash=""))  # a world without a hash is not found again
        assert worlds.differences(second, fresh) == []


# --- places and instruments elsewhere ---------------------------------------------------------------

# Two counties of six villages each, tied within the county only; "far" is a third one, as large as both. Stocks
# of the whole place are twice as many with it, so each county's own are the same.
SEPARATE = {
    "spin_up": 6,
    "months": 6,
    "policy_start": 1,
    "scale": 50,
    "parameters.market.crowding": 0,
    "parameters.decision.consider_base": 0.2,
    "parameters.decision.enterprise_intercept": 1.0,
}
FAR = """
  - id: far
    name: {en: Far, zh: 远县}
    workers: 40000
    poverty_lifted: 0.5
    relocated: 0.2
    remoteness_hours: 3
    land_mu: 2
    schooling: 0.2
    health: 0.3
    transport: 0.1
    endowment: {farming: 2, shops: 0.2}
"""


def graph_place(worlds: Any, name: str, extra: bool) -> Path:
    """The small place on a graph of its own, without ties between counties, perhaps with the county far away."""
    counties = ("upper", "lower", "far") if extra else ("upper", "lower")
    ids = {county: [f"{county}-hamlet{i}" for i in range(6)] for county in counties}
    nodes = [f"{village},{county},{50 + 9 * i}" for county in counties for i, village in enumerate(ids[county])]
    edges = [f"{here[i]},{here[(i + step) % 6]}" for here in ids.values() for i in range(6) for step in (1, 2)]
    (worlds.folder / f"{name}_nodes.csv").write_text("id,county,workers\n" + "\n".join(nodes) + "\n")
    (worlds.folder / f"{name}_edges.csv").write_text("source,target\n" + "\n".join(edges) + "\n")
    stocks = {"out_province": 9000, "in_province": 5000, "in_county": 12000, "posts": 300, "owners": 800}
    stocks["skilled_workers"] = 4000
    doubled = {key: value * (2 if extra else 1) for key, value in stocks.items()}
    graph = f"population: {{graph: {{nodes: {name}_nodes.csv, edges: {name}_edges.csv}}}}\n"
    text = graph + f"initial: {doubled}\n".replace("'", "")
    if extra:
        small = (Path(__file__).parents[1] / "places" / "small.yaml").read_text(encoding="utf-8")
        both = small[small.index("counties:") : small.index("sectors:")]
        text += both.rstrip("\n") + FAR
    return worlds.place(name, text)


def near_people(run: Any) -> Any:
    """The workers of the two counties that every place has, without awareness bits, in order."""
    workers = run.workers().drop(columns=["known", "used"])
    return workers[workers.county != "far"].reset_index(drop=True)


def test_a_county_far_away_changes_nobody_else(worlds: Any) -> None:
    options = {**SEPARATE, "instruments.posts.channels.posts": 600}
    without = worlds.run([], SEPARATE, graph_place(worlds, "near", extra=False), seed=3)
    beyond = worlds.run([], options, graph_place(worlds, "beyond", extra=True), seed=3)
    assert len(beyond.workers()) > len(near_people(beyond)) == len(without.workers())
    assert near_people(beyond).equals(near_people(without))


def test_instruments_elsewhere_change_nobody_here(worlds: Any) -> None:
    place, everything = graph_place(worlds, "beyond", extra=True), (*worlds.packages, worlds.other_kinds())
    there = {
        f"instruments.{one.id}.eligibility.counties": ["far"]
        for one in worlds.scenario(everything, SEPARATE, place).instruments
        if not one.is_programme
    }
    strong = {"instruments.public_services.ramp": 0, "instruments.public_services.dose": 4}
    base = worlds.run([], SEPARATE, place)
    package = worlds.run(everything, {**SEPARATE, **there, **strong}, place)
    assert near_people(base).equals(near_people(package))
    assert not (package.workers()[lambda table: table.county != "far"].known & ~np.uint32(1)).any()
    assert not base.workers().drop(columns=["known", "used"]).equals(package.workers().drop(columns=["known", "used"]))


def test_another_county_leaves_traits_and_lives_as_they_are(worlds: Any) -> None:
    # on a generated graph ties between counties change, and choices with them, but nobody's luck
    small = (Path(__file__).parents[1] / "places" / "small.yaml").read_text(encoding="utf-8")
    both = small[small.index("counties:") : small.index("sectors:")]
    place = worlds.place("generated", both.rstrip("\n") + textwrap.dedent(FAR).replace("\n", "\n  "))
    options = {**EVERYTHING, "population.cross_county_share": 0.5}
    runs = [worlds.run([], options), worlds.run([], options, place)]
    mine, theirs = (run.workers().set_index(["village", "place"])[DEMOGRAPHY] for run in runs)
    assert len(theirs) > len(mine)
    assert theirs.loc[mine.index].equals(mine)


def test_an_instrument_for_nobody_changes_only_what_is_known_of_it(worlds: Any) -> None:
    # nobody is as skilled as this: the instrument is heard of, and nobody's draws are touched
    package = worlds.package(
        "for_nobody",
        """
        - {id: a_reserved_grant, kind: startup_grant, name: {en: R, zh: 留}, awareness: 0.9,
           eligibility: {skill_from: 1, skill_below: 1.5}}
        - {id: reserved_courses, kind: skills_training, name: {en: C, zh: 课}, awareness: 0.9, capacity: 90000,
           eligibility: {age_from: 70}}
        """,
    )
    runs = [worlds.run(names, EVERYTHING) for names in (worlds.packages, (*worlds.packages, package))]
    assert worlds.differences(*runs, but=["a_reserved_grant", "reserved_courses"]) == []
    assert worlds.series(runs[1], "aware", ("instrument", "a_reserved_grant"))[-1] > 10000
