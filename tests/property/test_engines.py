"""The compiled engine and the readable one are the same model, to the last bit."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.outcomes import Flow
from sim.parameters import Mechanisms
from sim.state import Status

# Rare events made common, so that a few months of a few hundred workers meet every branch.
BUSY = {
    "scale": 90,
    "spin_up": 2,
    "months": 5,
    "policy_start": 1,
    "start": "2019-12",
    "population.workers_per_village": 40,
    "initial.owners": 4000,
    "initial.posts": 2000,
    "demography.entrants.otherwise": 0.3,
    "series.layoff_in.otherwise": 0.05,
    "series.layoff_out.otherwise": 0.05,
    "series.local_demand": {"years": {2019: 1, 2020: 0.6}, "growth_before": 0, "growth_after": 0},
    "parameters.social_capital.contact_rate": 0.8,
    "parameters.social_capital.official_chance": 0.4,
    "parameters.human_capital.apply_chance": 0.8,
    "parameters.human_capital.certificate_base": 0.4,
    "parameters.household.leave_base": 0.01,
    "parameters.household.layoff_basic": 0.05,
    "parameters.decision.consider_base": 0.5,
    "parameters.decision.enterprise_intercept": 2.0,
    "parameters.decision.out_intercept": 1.0,
    "parameters.enterprise.exit_bump": 0.1,
    "parameters.enterprise.default_debt": 1000,
    "parameters.enterprise.idea_threshold": 0.2,
    "parameters.enterprise.kin_most": 20000,
    "parameters.enterprise.loan_level": -0.5,
    "mechanisms.displacement": True,
    "parameters.market.office_friction": 0.5,
    "rationing_salt": 7,
}
INSTRUMENTS = (
    "order_training", "guarantee_loans", "startup_grant", "incubation", "mentoring", "courses", "tax", "brigade", "aid",
)  # fmt: skip


def switches() -> st.SearchStrategy[dict[str, bool]]:
    """Every mechanism on or off."""
    return st.fixed_dictionaries({f"mechanisms.{name}": st.booleans() for name in Mechanisms._fields})


def world_options() -> st.SearchStrategy[dict[str, Any]]:
    """Random worlds of 300 to 600 workers, with their times, villages, parameters and doses."""
    return st.fixed_dictionaries(
        {
            "scale": st.integers(75, 120),
            "spin_up": st.integers(2, 4),
            "start": st.sampled_from(["2019-11", "2020-01", "2020-06"]),
            "months": st.integers(3, 5),
            "policy_start": st.integers(0, 2),
            "rationing_salt": st.sampled_from([0, 2**32 - 1]),
            "population.seed": st.integers(0, 2**40),
            "population.workers_per_village": st.integers(20, 90),
            "population.size_spread": st.floats(0, 0.9),
            "population.neighbours": st.integers(1, 5),
            "population.kin_ties": st.integers(0, 4),
            "population.cross_county_share": st.floats(0, 1),
            "series.closure.otherwise": st.sampled_from([0.0, 0.0, 0.3]),
            "parameters.enterprise.sigma": st.sampled_from([0.3, 0.99, 1.0, 4.0, 20.0, 1000.0]),
            "parameters.decision.peer_weight": st.floats(0, 5),
            "parameters.decision.information_lag": st.integers(1, 12),
            "parameters.household.pull_school": st.floats(-1, 1),
            "parameters.market.crowding": st.floats(0, 3),
            **{f"instruments.{name}.dose": st.sampled_from([0.0, 0.5, 1.0, 3.0]) for name in INSTRUMENTS},
        }
    )


def in_both_engines(
    worlds: Any, overrides: dict[str, Any], seed: int, place: Any = None, packages: Any = None
) -> tuple[Any, list[str]]:
    """The compiled run, with all packages and all other kinds of instruments, and what differs in the readable one."""
    given = (*worlds.packages, worlds.other_kinds()) if packages is None else packages
    where = {} if place is None else {"place": place}
    kernel, agents = (worlds.run(given, overrides, seed=seed, engine=name, **where) for name in ("kernel", "agents"))
    return kernel, worlds.differences(kernel, agents)


def odd_place(worlds: Any) -> Path:
    """Six sectors, one of them without jobs at the start, and a graph that leaves some villages alone."""
    text = (Path(__file__).parents[1] / "places" / "small.yaml").read_text(encoding="utf-8")
    more = [
        f"  - {{id: {name}, name: {{en: {name}, zh: 业}}, entry_capital: {20000 + 9000 * n}, "
        f"needs_premises: {'false' if n % 2 else 'true'}, job_share: {share}, skilled_share: {n * 0.3}}}"
        for n, (name, share) in enumerate((("mines", 0.2), ("tours", 0.1), ("mills", 0.1), ("crafts", 0.0)))
    ]
    text = text.replace("job_share: 0.4,", "job_share: 0.2,").replace("job_share: 0.6,", "job_share: 0.4,")
    text = text.replace("demography:\n", "\n".join(more) + "\ndemography:\n")
    text = re.sub(r"endowment: {(.*)}", r"endowment: {\1, mines: 1.1, tours: 0.8, mills: 1, crafts: 1.6}", text)
    text = text.replace("  neighbours: 2\n", "  graph: {nodes: odd_nodes.csv, edges: odd_edges.csv}\n")
    villages = [f"v{n},{'upper' if n < 7 else 'lower'},{20 + 5 * n}" for n in range(11)]
    (worlds.folder / "odd_nodes.csv").write_text("id,county,workers\n" + "\n".join(villages) + "\n")
    (worlds.folder / "odd_edges.csv").write_text("source,target\nv0,v1\nv1,v2\nv2,v9\nv9,v0\nv4,v5\n")
    path: Path = worlds.folder / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_engines_agree_where_everything_happens(worlds: Any) -> None:
    kernel, different = in_both_engines(worlds, BUSY, 5)
    assert different == []
    happened = np.stack(kernel.recorder.flows)[:, 0].sum(axis=0)
    assert [flow.name for flow in Flow if happened[flow] == 0] == []  # an error in these would not be seen
    uses = np.stack(kernel.recorder.instruments)[:, :, 1].sum(axis=0)
    used = {one.id for one, count in zip(kernel.scenario.instruments, uses, strict=True) if count > 0}
    assert used >= {"interest_subsidy", "loans", *INSTRUMENTS}
    assert kernel.state.firms.rent_free.any() and kernel.workers().defaulted.any()


def test_engines_agree_with_many_sectors_and_villages_without_ties(worlds: Any) -> None:
    plain = {key: value for key, value in BUSY.items() if not key.startswith("population")}
    kernel, different = in_both_engines(worlds, plain, 8, odd_place(worlds), ["credit", "industry", "training"])
    assert different == []
    workers = kernel.workers()
    assert set(workers.sector[workers.status == Status.OWNER]) == set(range(6))


def test_engines_agree_on_the_place_that_ships(worlds: Any) -> None:
    options = {"scale": 5000, "spin_up": 2, "months": 3, "policy_start": 1, "population.workers_per_village": 40}
    _, different = in_both_engines(worlds, options, 9, "zhaotong", worlds.packages)
    assert different == []


@settings(max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(options=world_options(), mechanisms=switches(), seed=st.integers(0, 2**31))
def test_engines_agree_on_random_worlds(
    worlds: Any, options: dict[str, Any], mechanisms: dict[str, bool], seed: int
) -> None:
    _, different = in_both_engines(worlds, {**BUSY, **options, **mechanisms}, seed)
    assert different == []
