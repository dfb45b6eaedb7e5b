"""Potential outcomes person by person in the model: they are the indicators, and only policy tells worlds apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.laboratory import classes, spillovers
from experiments.laboratory.needs import NEEDS, needs_of
from experiments.laboratory.worlds import Replicate
from experiments.persons import INDICATORS, OUTCOMES, Capture, cohort_of, totals
from sim.policy import area_levers, reach_of
from sim.state import Status

BOTH = Path(__file__).parents[1] / "places" / "both.yaml"
SMALL = {"spin_up": 12, "policy_start": 5, "parameters.decision.enterprise_intercept": 1.0}
BUSY = {"demography.entrants": {"otherwise": 0.4}, "parameters.decision.consider_base": 0.5}  # entrants come and go
HORIZONS = (1, 7, 19)
PACKAGES = ("credit", "industry", "training")


def follow(worlds: Any, packages: Any = (), overrides: Any = None, seed: int = 1) -> tuple[Any, Any]:
    """A run with its capture's payload."""
    run = worlds.begin(worlds.scenario(packages, {**SMALL, **(overrides or {})}), seed=seed)
    capture = Capture(run)
    run.advance(run.scenario.policy_start)
    capture.before_start()
    for horizon in HORIZONS:
        run.advance(run.scenario.policy_start + horizon)
        capture.at_horizon()
    return run, capture.payload()


@pytest.fixture(scope="module")
def cells(worlds: Any) -> dict[tuple[int, int], tuple[Any, Any]]:
    """Runs of the factorial of two packages, by seed and cell."""
    of = {0: (), 1: PACKAGES[1:2], 2: PACKAGES[2:], 3: PACKAGES[1:]}
    return {(seed, mask): follow(worlds, packages, None, seed) for seed in (1, 2) for mask, packages in of.items()}


@pytest.mark.parametrize("packages", [(), (BOTH,), PACKAGES], ids=["none", "both", "three"])
@pytest.mark.parametrize("start", [0, 5])
def test_persons_add_up_to_the_indicators(worlds: Any, packages: Any, start: int) -> None:
    run, payload = follow(worlds, packages, {"policy_start": start, **BUSY})
    _, base = follow(worlds, (), {"policy_start": start, **BUSY})
    table = run.outcomes
    rows = table[(table.dimension == "all") & table.month.isin([start + horizon - 1 for horizon in HORIZONS])]
    reported = rows.pivot(index="month", columns="indicator", values="value")[list(INDICATORS)].to_numpy()
    assert totals(payload, base).tolist() == reported.tolist()  # to the last bit
    assert (reported[-1] > 0).all()
    assert payload["person_outcomes"].dtype == payload["person_needs"].dtype == np.uint8


def test_worlds_of_a_seed_are_one_world_before_the_start(worlds: Any, cells: Any) -> None:
    without, package = (worlds.begin(worlds.scenario(packages, SMALL)) for packages in ((), PACKAGES))
    for run in (without, package):
        run.advance(5)
    assert all(map(np.array_equal, without.state.people, package.state.people))
    assert all(map(np.array_equal, without.state.counties, package.state.counties))
    package.advance(12)
    without.advance(12)
    assert not np.array_equal(without.state.people.status, package.state.people.status)
    prints = {seed: {int(cells[seed, mask][1]["person_cohort"][0]) for mask in range(4)} for seed in (1, 2)}
    assert len(prints[1]) == len(prints[2]) == 1 and prints[1] != prints[2]


def test_policies_decide_nobodys_working_life(cells: Any) -> None:
    present = [cells[1, mask][1]["person_outcomes"] & 1 for mask in range(4)]
    assert all(np.array_equal(present[0], one) for one in present)
    assert not present[0].all()
    alive = cells[1, 3][1]["person_outcomes"]
    assert (alive[alive & 1 == 0] == 0).all()
    returned = alive >> OUTCOMES.index("return") & 1
    assert (returned[2] >= returned[1] * (alive[2] & 1)).all()  # once returned, for good


def test_traits_are_kept_once(cells: Any) -> None:
    names = [set(cells[1, mask][1]) for mask in range(4)]
    assert "person_age" in names[0] and names[1] == names[2] == names[3] == {
        "person_cohort", "person_outcomes", "person_needs", "county_weight"
    }  # fmt: skip


def test_classes_add_up_to_the_cohort(cells: Any) -> None:
    replicates = [Replicate(3, 1), Replicate(3, 2)]
    found = classes.tables(
        lambda mask, one: cells[one.seed, mask][1], PACKAGES[1:], HORIZONS, replicates, outcome="at_home"
    )
    persons = found["classes"].set_index("class").persons
    ends = [cells[seed, 0][0].outcomes for seed in (1, 2)]
    cohort = [t[(t.dimension == "all") & (t.indicator == "cohort")].value.iloc[-1] for t in ends]
    assert persons.sum() == pytest.approx(np.mean(cohort), rel=1e-12)
    totals_by_cell = []
    for mask in range(4):
        ends = [cells[seed, mask][0].outcomes for seed in (1, 2)]
        at_home = [t[(t.dimension == "all") & (t.indicator == "cohort_at_home")].value.iloc[-1] for t in ends]
        listed = found["patterns"]
        totals_by_cell.append(listed.persons[listed.pattern.str[mask] == "1"].sum() / np.mean(at_home))
    assert totals_by_cell == pytest.approx([1] * 4, rel=1e-12)  # patterns give back every cell
    assert persons["only_by_package"] > 0
    assert set(found["missing"].need) == set(NEEDS)


def lacking(worlds: Any, packages: Any, overrides: Any = None) -> dict[str, float]:
    """Share of the cohort that lacks each thing at the last horizon."""
    _, payload = follow(worlds, packages, overrides)
    needs = payload["person_needs"][-1][payload["person_outcomes"][-1] & 1 == 1]
    return {name: float((needs >> bit & 1).mean()) for bit, name in enumerate(NEEDS)}


def test_what_an_instrument_gives_is_missing_less(worlds: Any) -> None:
    none = lacking(worlds, ())
    assert none["information"] == 0  # nothing to know of
    rich = {"instruments.startup_grant.channels.grant": 30000, "instruments.startup_grant.awareness": 1.0}
    assert lacking(worlds, ("credit",), rich)["capital"] < none["capital"] - 0.05
    told = lacking(worlds, ("credit",), rich)["information"]
    silent = {f"instruments.{name}.awareness": 0 for name in ("startup_grant", "guarantee_loans", "interest_subsidy")}
    assert 0 <= told < 0.5 and lacking(worlds, ("credit",), silent)["information"] > 0.9
    assert lacking(worlds, ("public_services",), {"instruments.public_services.dose": 5})["amenity"] == 0
    assert lacking(worlds, (), {"mechanisms.premises_rationing": False})["premises"] == 0
    scarce = {"parameters.market.premises_slack": 0, "parameters.enterprise.exit_base": 0}
    assert lacking(worlds, (), scarce)["premises"] > 0.1
    certified = {"parameters.human_capital.certificate_base": 1.0, "parameters.human_capital.apply_chance": 1.0}
    assert lacking(worlds, ("training",), certified)["skill"] < none["skill"] - 0.1
    old = """
    programmes:
      - {id: loans, kind: guarantee_loan, name: {en: L, zh: 贷}, awareness: 0}
    """
    place = worlds.place("with_loans", old)
    scenario = worlds.scenario((), SMALL, place)
    assert [one.id for one in scenario.instruments] == ["loans"]  # nobody hears of it, and it is no package's
    assert not (needs_at_start(worlds.begin(scenario)) >> NEEDS.index("information") & 1).any()


def needs_at_start(run: Any) -> np.ndarray:
    """What everybody in the workforce lacks after the first month."""
    run.advance(1)
    cohort = cohort_of(run.world, run.state)
    return needs_of(run.world, run.state, cohort.place, cohort.village)


def test_a_job_is_missing_after_a_rejection_or_where_few_find_one(worlds: Any) -> None:
    run = worlds.begin(worlds.scenario((), SMALL))
    run.advance(1)
    people, cohort = run.state.people, cohort_of(run.world, run.state)
    jobless = people.status[cohort.place] < Status.WAGE_BASIC
    for rejections, finding, expected in ((0, 0.9, False), (1, 0.9, True), (0, 0.001, True), (1, 0.001, True)):
        people.rejections[:] = rejections
        run.state.counties.finding[:, :, 0] = finding
        lacks = needs_of(run.world, run.state, cohort.place, cohort.village) >> NEEDS.index("job") & 1
        assert (lacks[jobless] == expected).all() and not lacks[~jobless].any()


def test_a_saturated_world_reaches_the_covered_villages(worlds: Any) -> None:
    whole = worlds.scenario(PACKAGES, {**SMALL, "population.workers_per_village": 60})
    run = worlds.begin(whole)
    villages = run.world.villages
    county = np.array(villages.county_id)[villages.county]
    plan = spillovers.Design(np.where(county == "upper", 1, 0), (county == "upper") & (np.arange(len(county)) % 3 == 0))
    arm = spillovers.saturated_arm(whole, villages, PACKAGES, plan)
    part = worlds.scenario(PACKAGES, {**SMALL, "population.workers_per_village": 60, **dict(arm.changes)})
    reach = {one.id: reach_of(part, villages) >> k & 1 for k, one in enumerate(part.instruments)}
    assert np.array_equal(reach["order_training"] == 1, plan.covered)
    assert np.array_equal(reach["incubation"] == 1, county == "upper")  # a kind that counties alone can confine
    at = run.scenario.policy_start + 12
    full, confined = (area_levers(one, villages, reach_of(one, villages), at) for one in (whole, part))
    for name in ("premises", "jobs", "capacity"):
        upper = [np.moveaxis(getattr(one, name), 1 if name == "capacity" else 0, 0)[0] for one in (full, confined)]
        lower = np.moveaxis(getattr(confined, name), 1 if name == "capacity" else 0, 0)[1]
        assert upper[1] == pytest.approx(upper[0], rel=1e-9)  # neither more nor less than everywhere
        assert not lower[np.isfinite(lower)].any()
    nowhere = spillovers.Design(np.zeros(len(county), int), np.zeros(len(county), bool))
    empty = spillovers.saturated_arm(whole, villages, PACKAGES, nowhere)
    assert dict(empty.changes) == {f"instruments.{one.id}.dose": 0 for one in whole.instruments if not one.is_programme}
    assert worlds.scenario(PACKAGES, {**SMALL, **dict(empty.changes)}).instruments[0].is_programme


def test_the_calls_come_in_order(worlds: Any) -> None:
    run = worlds.begin(worlds.scenario((), SMALL))
    with pytest.raises(ValueError, match="comes before"):
        Capture(run).at_horizon()
    with pytest.raises(ValueError, match="month 5; the run has done 0"):
        Capture(run).before_start()
