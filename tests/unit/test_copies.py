"""Counties known as kinds: the same whole, counties that spread around it, and what is reported of them."""

from typing import Any

import numpy as np
import pytest

import scenarios
from scenarios.copies import MEANS, expanded
from sim.population import build_world

NBS_2020 = {"out_province": 70_520_000, "in_province": 99_070_000, "in_county": 116_010_000}
KIND: dict[str, Any] = {
    "id": "hills",
    "name": {"en": "Hills", "zh": "山区"},
    "workers": 10,
    "endowment": {"farming": 1.2},
    **dict.fromkeys(MEANS, 0.3),
    "initial": {"out_province": 4, "in_province": 2, "in_county": 3, "posts": 1, "owners": 1, "skilled_workers": 3},
    "copies": 3,
}
HILLS = """
    id: ranges
    population: {workers_per_village: 40}
    counties:
      - id: hills
        name: {en: Hills, zh: 山区}
        copies: 4
        spread: {workers: 0.5, remoteness_hours: 0.4, endowment: 0.2, out_province: 0.2}
        workers: 30000
        poverty_lifted: 0.3
        relocated: 0.1
        remoteness_hours: 2
        land_mu: 1.2
        schooling: 0.4
        health: 0.4
        transport: 0.3
        endowment: {farming: 1, shops: 0.9}
      - id: town
        name: {en: Town, zh: 城关}
        workers: 10000
        poverty_lifted: 0.2
        relocated: 0.0
        remoteness_hours: 1
        land_mu: 1
        schooling: 0.5
        health: 0.5
        transport: 0.5
        endowment: {farming: 1, shops: 1.3}
"""


def test_without_spread_a_kind_is_dealt_out_alike() -> None:
    counties = expanded("place", [KIND])
    assert [one["id"] for one in counties] == ["hills_001", "hills_002", "hills_003"]
    assert [one["workers"] for one in counties] == [4, 3, 3]
    assert [one["initial"]["out_province"] for one in counties] == [2, 1, 1]
    assert [one["initial"]["in_province"] for one in counties] == [1, 1, 0]
    assert [one["initial"]["in_county"] for one in counties] == [0, 1, 2]  # of 9 at work off the farm 3 each
    assert all(one["schooling"] == 0.3 and one["endowment"] == {"farming": 1.2} for one in counties)
    assert counties[0]["name"] == {"en": "Hills, 1", "zh": "山区1"} and counties[2]["kind"] == "hills"


@pytest.mark.parametrize("half", [0.1, 0.9])
def test_spread_keeps_the_whole_and_the_means(half: float) -> None:
    kind = {
        **KIND,
        "workers": 1_000_003,
        "copies": 400,
        "spread": {"workers": half, "land_mu": half, "endowment": half},
    }
    counties = expanded("place", [kind])
    workers = np.array([one["workers"] for one in counties])
    land = np.array([one["land_mu"] for one in counties])
    farming = np.array([one["endowment"]["farming"] for one in counties])
    assert workers.sum() == 1_000_003
    assert (workers * land).sum() / workers.sum() == pytest.approx(0.3, rel=1e-12)
    assert (workers * farming).sum() / workers.sum() == pytest.approx(1.2, rel=1e-12)
    for values in (workers, land, farming):  # uniform: deviation is half / sqrt 3, ends are the ends
        relative = values / values.mean()
        assert relative.std() == pytest.approx(half / 3**0.5, rel=0.12)
        assert 1 - 1.1 * half < relative.min() < 1 - 0.9 * half and 1 + 0.8 * half < relative.max() < 1 + 1.25 * half
    assert abs(np.corrcoef(workers, land)[0, 1]) < 0.15 and abs(np.corrcoef(land, farming)[0, 1]) < 0.15
    assert {one["schooling"] for one in counties} == {0.3}


def test_china_has_the_national_margins_in_2800_counties() -> None:
    counties = scenarios.load("china").counties
    assert len(counties) == len({one.id for one in counties}) == 2800
    assert sum(one.workers for one in counties) == 300_000_000
    for name, amount in NBS_2020.items():
        assert sum(getattr(one.initial, name) for one in counties) == amount
    for one in counties:
        known = one.initial
        assert known.out_province + known.in_province + known.in_county <= one.workers
        assert min(known.out_province, known.in_province, known.posts, known.owners) > 0


def test_a_county_is_the_same_in_every_company_and_population(worlds: Any) -> None:
    whole = worlds.scenario((), {}, worlds.place("ranges", HILLS))
    other = worlds.scenario((), {"population.seed": 8, "scale": 40}, worlds.place("ranges", HILLS))
    assert whole.counties == other.counties
    fewer = expanded("ranges", [{**KIND, "id": "plains"}, *whole.resolved["counties"]])[3:]
    assert [one["workers"] for one in fewer] == [one.workers for one in whole.counties]
    assert [one.kind for one in whole.counties] == ["hills"] * 4 + [""]


def test_villages_of_kinds_are_the_same_at_every_scale(worlds: Any) -> None:
    place = worlds.place("ranges", HILLS)
    fine, coarse = (build_world(worlds.scenario((), {"scale": scale}, place)).villages for scale in (1, 50))
    at = {name: i for i, name in enumerate(fine.id)}
    kept = [at[name] for name in coarse.id]
    assert len(kept) < len(at) / 4
    for column in ("key", "county", "size", "x", "y", "remoteness", "land", "amenity"):
        np.testing.assert_array_equal(getattr(fine, column)[kept], getattr(coarse, column), err_msg=column)


def test_outcomes_are_by_kind_and_on_request_by_county(worlds: Any) -> None:
    place, short = worlds.place("ranges", HILLS), {"spin_up": 3, "months": 3, "policy_start": 1}
    by_kind = worlds.run((), short, place).outcomes
    both = worlds.run((), {**short, "outcomes_by": "county"}, place).outcomes
    assert set(by_kind.dimension) - {"kind"} == set(both.dimension) - {"kind", "county"}
    alone = both[both.dimension != "county"].reset_index(drop=True).astype({"group": str, "dimension": str})
    assert alone.equals(by_kind.astype({"group": str, "dimension": str}))
    for indicator in ("workers", "returns", "money_income", "jobs"):
        rows = both[both.indicator == indicator]
        kinds = rows[rows.dimension == "kind"].groupby(["group", "month"], observed=True).value.sum()
        hills = rows.group.astype(str).str.startswith("hills_") & (rows.dimension == "county")
        counties = rows[hills].groupby("month").value.sum()
        whole = rows[rows.dimension == "all"].set_index("month").value
        np.testing.assert_allclose(kinds["hills"], counties)
        np.testing.assert_allclose(kinds["hills"] + kinds["town"], whole)
    gini = both[(both.indicator == "gini") & (both.month == 2)].set_index("group").value
    counties = [gini[f"hills_{i:03d}"] for i in range(1, 5)]
    assert min(counties) < gini["hills"] < 1.1 * max(counties)


def test_an_instrument_for_a_kind_covers_its_counties(worlds: Any) -> None:
    package = worlds.package(
        "there", "- {id: there, kind: council, name: {en: T, zh: 那}, eligibility: {counties: [hills]}}"
    )
    one_by_one = worlds.package(
        "each",
        """
        - {id: there, kind: council, name: {en: T, zh: 那},
           eligibility: {counties: [hills_001, hills_002, hills_003, hills_004]}}
        """,
    )
    worlds_of = [
        build_world(worlds.scenario([one], {}, worlds.place("ranges", HILLS))) for one in (package, one_by_one)
    ]
    kind, each = (world.levers.reach >> len(world.scenario.instruments) - 1 for world in worlds_of)
    assert np.array_equal(kind, each) and np.array_equal(kind == 0, worlds_of[0].villages.county == 4)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("copies: 4", "copies: 0", "counties.hills.copies: expected a whole number from 1 to 10,000"),
        ("copies: 4", "copies: 40000", "counties.hills.copies: expected a whole number from 1 to 10,000"),
        ("workers: 30000", "workers: 3", "counties.hills.copies: expected at most 3, the workers (got 4)"),
        ("        copies: 4\n", "", "counties.hills.spread: expected copies beside it"),
        (
            "out_province: 0.2}",
            "out_provinces: 0.2}",
            'spread.out_provinces: unknown key; did you mean "out_province"?',
        ),
        ("workers: 0.5,", "workers: 1.5,", "spread.workers: expected a number from 0 to 0.9"),
        ("id: town", "id: hills_003", 'counties.hills.id: another county comes to be "hills_003", too'),
        ("schooling: 0.4", "schooling: 0.9", "schooling comes to"),
        ("    id: ranges", "    id: ranges\n    outcomes_by: village", "outcomes_by: expected one of county, kind"),
        ("{workers_per_village: 40}", "{margins: [a.csv]}", "expected no copies beside population.margins"),
    ],
)
def test_unusable_kinds_are_refused(worlds: Any, old: str, new: str, message: str) -> None:
    text = HILLS.replace("out_province: 0.2}", "out_province: 0.2, schooling: 0.3}") if "schooling" in old else HILLS
    assert old in text
    place = worlds.place("unusable", text.replace(old, new))
    with pytest.raises(scenarios.ScenarioError) as refused:
        scenarios.load(place)
    assert message in str(refused.value) and "unusable.yaml:" in str(refused.value)


def test_without_kinds_outcomes_are_by_county(worlds: Any) -> None:
    with pytest.raises(scenarios.ScenarioError, match="outcomes_by: expected a county with copies"):
        worlds.scenario((), {"outcomes_by": "county"})
