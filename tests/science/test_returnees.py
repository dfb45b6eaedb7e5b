"""What becomes of those at home: quality of a return, belonging, and livelihoods under a shock (docs/systems.md)."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from experiments.estimands import factorial
from sim.state import Status

START = {"scale": 20, "spin_up": 12, "months": 24, "policy_start": 0}
STILL = {"parameters.decision.consider_base": 0, "parameters.decision.consider_festival": 0}
EMPLOYED = (Status.WAGE_BASIC, Status.WAGE_SKILLED)

# --- A6: quality of a return -------------------------------------------------------------------------

ALIKE = {  # nobody moves, is hired or laid off, and both tiers pay and teach the same: a step up is not also a rise
    "parameters.household.layoff_basic": 0, "parameters.household.layoff_skilled": 0,
    "parameters.human_capital.learning_basic": 0, "parameters.human_capital.learning_skilled": 0,
    "series.closure": {"otherwise": 1}, "parameters.market.match_efficiency": 0,
    "parameters.market.wage_speed": 0, "parameters.market.skilled_premium": 0,
    "parameters.quality.weight_income": 0.34, "parameters.quality.weight_occupation": 0.33,
    "parameters.quality.weight_social": 0.33,
}  # fmt: skip
WEIGHTS = {"quality_income": 0.34, "quality_occupation": 0.33, "quality_social": 0.33}
COUNCIL = "- {{id: council, kind: council, name: {{en: C, zh: 会}}, awareness: 1, channels: {{belonging: {gain}}}}}\n"


def quality(worlds: Any, wage: float, promoted: int, belonging: float, **rules: Any) -> dict[str, float]:
    """Indices after three months in which every third of those away is at home again, half of them in basic jobs.

    Planted are a factor on the local wage, how many are promoted to a skilled job, and belonging added a month.
    """
    wages = {"series.wage_local": {"otherwise": 2500 * wage}}
    name, text = f"council_{int(1e4 * belonging)}", COUNCIL.format(gain=belonging) if belonging else ""
    run = worlds.begun(START, {**ALIKE, **wages, **rules}, name, text)
    people = run.state.people
    returned = np.flatnonzero(people.status <= Status.IN_PROVINCE)[::3]
    people.status[returned], people.months_in_status[returned] = Status.SEARCHING, 0
    people.months_since_return[returned], people.income_before[returned] = 0, 3000
    people.belonging[returned], people.sector[returned] = 0.1, 0
    run.state.counties.base_jobs[:, 0] += 500  # nobody loses a job to another
    employed = returned[::2]
    people.status[employed], people.status[employed[:promoted]] = Status.WAGE_BASIC, Status.WAGE_SKILLED
    run.advance(3)
    back = (people.status > Status.IN_PROVINCE) & (people.status < Status.VACANT) & (people.months_since_return < 255)
    weight = run.world.weight[np.repeat(run.world.geography.county, np.diff(run.world.geography.start))]
    promotion = employed[:promoted][people.status[employed[:promoted]] == Status.WAGE_SKILLED]
    indices = {name: float(worlds.series(run, name)[-1]) for name in (*WEIGHTS, "quality")}
    return indices | {
        "returnees": int(back.sum()),
        "promoted": float(weight[promotion].sum() / weight[back].sum()),
        "belonging": float(np.average(people.belonging[back], weights=weight[back])),
    }


@pytest.mark.parametrize("size", [1.0, 0.1], ids=["strong", "small"])
def test_each_index_of_quality_gives_back_what_was_planted_in_it_and_in_no_other(worlds: Any, size: float) -> None:
    plants = ((1, 1 + 0.5 * size), (0, int(40 * size)), (0, 0.1 * size))
    cells = [quality(worlds, *(values[on] for values, on in zip(plants, cell[::-1], strict=True)))
             for cell in product((0, 1), repeat=3)]  # fmt: skip
    assert len({cell["returnees"] for cell in cells}) == 1  # numbers are told apart from quality
    shares = {name: factorial.shapley(np.array([cell[name] for cell in cells])) for name in (*WEIGHTS, "quality")}
    exact = {  # by hand: a step is a sixth, the social index the mean of belonging and ties
        "quality_occupation": cells[2]["promoted"] / 6,
        "quality_social": (cells[4]["belonging"] - cells[0]["belonging"]) / 2,
    }
    for k, name in enumerate(WEIGHTS):
        planted = cells[1 << k][name] - cells[0][name]
        assert planted > 0.005 * size
        assert planted == pytest.approx(exact.get(name, planted), rel=0.01, abs=2e-6)  # kept in 1/1024
        assert shares[name] == pytest.approx(np.where(np.arange(3) == k, planted, 0), abs=1e-5), name
        assert shares["quality"][k] == pytest.approx(WEIGHTS[name] * planted, abs=2e-4), name


def test_indices_of_quality_may_disagree(worlds: Any) -> None:
    plain = quality(worlds, 1, 0, 0)
    better_paid = quality(worlds, 1.5, 0, 0, **{"parameters.social_capital.belonging_exclusion": 0.5})
    assert better_paid["quality_income"] > plain["quality_income"] + 0.02
    assert better_paid["quality_social"] < plain["quality_social"] - 0.02
    assert better_paid["quality_occupation"] == plain["quality_occupation"]


# --- E2: social relations rebuilt --------------------------------------------------------------------

RESTLESS = {"parameters.decision.consider_base": 0.5, "parameters.decision.consider_festival": 0.5}


def leavers(worlds: Any, belonging: float, **rules: Any) -> set[int]:
    """Who of the same people, with the same income, leaves home in one month if all belong so much there."""
    run = worlds.begun(START, {**RESTLESS, **rules})
    people = run.state.people
    home = (people.status > Status.IN_PROVINCE) & (people.status < Status.VACANT)
    people.belonging[home] = belonging
    run.advance(1)
    return set(np.flatnonzero(home & (people.status <= Status.IN_PROVINCE)).tolist())


def test_belonging_keeps_people_at_the_same_income(worlds: Any) -> None:
    none, little, much = (leavers(worlds, belonging) for belonging in (0.0, 0.1, 0.9))
    assert much < little < none and len(none) > 1.2 * len(much) > 0
    # knock-out: without the term in the decision it is nothing to them
    off = {"parameters.decision.belonging_weight": 0}
    assert leavers(worlds, 0.0, **off) == leavers(worlds, 0.9, **off)


def test_belonging_starts_low_grows_with_contact_and_work_and_falls_with_exclusion(worlds: Any) -> None:
    rates = {"base": 0.01, "contact": 0.05, "work": 0.03, "exclusion": 0.02}
    for excluded in (0.02, 0.4):
        rules = {f"parameters.social_capital.belonging_{name}": rate for name, rate in rates.items()}
        run = worlds.begun(START, {**RESTLESS, **rules, "parameters.social_capital.belonging_exclusion": excluded})
        for before, _ in worlds.monthly(run, 3):
            then, now = before.people, run.state.people
            same = (then.generation == now.generation) & (now.status < Status.VACANT)
            home = same & (then.status == now.status) & (now.status > Status.IN_PROVINCE) & (now.months_in_status > 1)
            fresh = same & (now.status > Status.IN_PROVINCE) & (now.months_since_return == 0)
            working = now.status[home] >= Status.WAGE_BASIC
            growth = rates["base"] + rates["contact"] * then.home_ties[home] + rates["work"] * working
            old = then.belonging[home].astype(float)
            assert np.allclose(now.belonging[home], np.clip(old + growth * (1 - old) - excluded * old, 0, 1), atol=1e-6)
            assert fresh.sum() > 10 and np.allclose(now.belonging[fresh], 0.1)
            assert (
                (now.belonging[home] > then.belonging[home])[old < 0.5].mean() > 0.9
                if excluded < 0.1
                else (now.belonging[home] < then.belonging[home])[old > 0.2].all()
            )


def test_a_council_keeps_people_by_belonging_and_by_nothing_else(worlds: Any) -> None:
    def gone(gain: float, **rules: Any) -> tuple[float, Any]:
        run = worlds.begun(START, {**RESTLESS, **rules}, f"roots_{int(1e4 * gain)}", COUNCIL.format(gain=gain))
        run.advance(12)
        left = worlds.series(run, "departures_out").sum() + worlds.series(run, "departures_in").sum()
        return float(left), run

    (without, _), (small, _), (strong, _) = (gone(gain) for gain in (0, 0.02, 0.2))
    assert strong < small < without
    off = {"parameters.decision.belonging_weight": 0}
    (_, shut), (_, acting) = (gone(gain, **off) for gain in (0, 0.2))
    assert not np.array_equal(shut.state.people.belonging, acting.state.people.belonging)
    assert np.array_equal(shut.state.people.status, acting.state.people.status)
    assert np.array_equal(shut.state.people.savings, acting.state.people.savings)


# --- F7: livelihoods ---------------------------------------------------------------------------------

LINE = 900  # yuan a month, subsistence


def after_a_shock(worlds: Any, changed: dict[str, Any], skilled_jobs: int = 0, **rules: Any) -> dict[str, float]:
    """Half of those employed at home lose their work, with some of their capitals set; the year that follows.

    changed: column -> value, or what gives the values of so many people; skilled_jobs: opened in each county and
    sector. poor: months in which one of them could not spend `LINE`; idle: months without work; both a person.
    """
    run = worlds.begun(START, {**STILL, "parameters.market.match_efficiency": 0.1, **rules})
    people = run.state.people
    struck = np.flatnonzero(np.isin(people.status, EMPLOYED))[::2]
    people.status[struck], people.months_in_status[struck] = Status.SEARCHING, 0
    people.debt[struck], people.savings[struck], people.qualification[struck] = 0, 2000, 0
    for name, value in changed.items():
        getattr(people, name)[struck] = value(len(struck)) if callable(value) else value
    run.state.counties.base_jobs[:, :, 1] += skilled_jobs
    generation, poor, idle = people.generation[struck].copy(), 0, 0
    for before, _ in worlds.monthly(run, 12):
        searching = (before.people.status[struck] == Status.SEARCHING) & (generation == people.generation[struck])
        means = before.people.savings[struck] + int(run.scenario.parameters.money.search_income)
        poor += int((searching & (means < LINE)).sum())
        idle += int((searching & (people.status[struck] == Status.SEARCHING)).sum())
    return {"poor": poor / len(struck), "idle": idle / len(struck)}


def test_savings_decide_how_deep_a_shock_goes_and_not_how_long_it_lasts(worlds: Any) -> None:
    none, few, many = (after_a_shock(worlds, {"savings": savings}) for savings in (0, 1200, 50000))
    assert none["poor"] > few["poor"] > many["poor"] == 0
    assert none["idle"] == few["idle"] == many["idle"] > 1
    # knock-out: where who searches is kept at the line, nobody falls below it
    kept = {"parameters.money.search_income": LINE}
    assert after_a_shock(worlds, {"savings": 0}, **kept)["poor"] == 0


def test_a_certificate_shortens_a_shock_while_it_opens_jobs(worlds: Any) -> None:
    plenty = {"skilled_jobs": 60}
    grades = (0, lambda count: np.arange(count) % 5 == 0, 1)
    lost, some, kept = (after_a_shock(worlds, {"qualification": grade, "savings": 0}, **plenty) for grade in grades)
    assert lost["idle"] > some["idle"] > kept["idle"] and lost["poor"] > some["poor"] > kept["poor"]
    # knock-out: without the gate a certificate opens nothing, and nobody earns or learns by its lack
    off = {
        "mechanisms.certificate_gate": False, "parameters.human_capital.skilled_bar": 0,
        "parameters.human_capital.certificate_premium": 0, "mechanisms.skill_spillover": False,
    }  # fmt: skip
    lost, kept = (after_a_shock(worlds, {"qualification": one, "savings": 0}, **plenty, **off) for one in (0, 1))
    assert (lost["idle"], lost["poor"]) == (kept["idle"], kept["poor"])


def test_land_is_what_the_farm_gives_to_fall_back_on(worlds: Any) -> None:
    def income(factor: float, **rules: Any) -> float:
        """Mean income in the month after everybody employed at home is back on the farm, on so much of the land."""
        run = worlds.begun(START, {**STILL, **rules})
        geography = run.world.geography
        run.world = replace(run.world, geography=geography._replace(land=geography.land * np.float32(factor)))
        status = run.state.people.status
        status[np.isin(status, EMPLOYED)] = Status.FARM
        run.advance(1)
        return float(worlds.series(run, "mean_income")[0])

    none, less, whole = (income(factor) for factor in (0, 0.9, 1))
    assert none < less < whole and whole - none == pytest.approx(10 * (whole - less), rel=0.01)
    off = {"parameters.money.farm_land_weight": 0}
    assert income(0, **off) == income(1, **off)
