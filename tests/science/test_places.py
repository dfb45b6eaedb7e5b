"""Places: each of the sources runs with its own package, and a place outside China works from data alone."""

from pathlib import Path

import numpy as np
import pytest

import scenarios
from experiments import places as tables
from scenarios.files import shipped_places
from sim.population import build_world, first_state
from sim.simulation import simulate
from sim.state import Status, flag

HILLS = Path(__file__).parents[1] / "places" / "hills" / "hills.yaml"
OF_SOURCES = [name for name in shipped_places() if name not in ("zhaotong", "template", "china")]
TINY = {"spin_up": 6, "months": 8, "policy_start": 2}


@pytest.mark.parametrize("name", OF_SOURCES)
def test_each_place_of_the_sources_runs_with_its_own_package(name: str) -> None:
    plain = scenarios.load(name)
    scale = {**TINY, "scale": max(1, sum(county.workers for county in plain.counties) // 1500)}
    scenario = scenarios.load(name, [f"{name}_record"], scale)
    assert any(not one.is_programme for one in scenario.instruments)
    outcomes = simulate(scenario, threads=1).outcomes
    last = outcomes[(outcomes.dimension == "all") & (outcomes.month == outcomes.month.max())]
    stock = last.set_index("indicator").value
    parts = ("out_province", "in_province", "farm", "searching", "wage_basic", "wage_skilled", "owners", "posts")
    assert sum(stock[part] for part in parts) == pytest.approx(stock["workers"])
    assert stock["workers"] == pytest.approx(sum(county.workers for county in plain.counties), rel=0.05)


def test_the_first_month_has_each_kinds_own_stocks() -> None:
    few = {f"counties.{name}.copies": 2 for name in ("east_near", "east_plain", "east_hill", "central_near")}
    few |= {f"counties.central_{name}.copies": 2 for name in ("plain", "hill")}
    few |= {
        f"counties.{region}_{name}.copies": 2 for region in ("west", "northeast") for name in ("near", "plain", "hill")
    }
    scenario = scenarios.load("china", overrides={**few, "scale": 50000, "spin_up": 2, "months": 1, "policy_start": 0})
    assert scenario.initial.out_province == sum(county.initial.out_province for county in scenario.counties)
    outcomes = simulate(scenario, threads=1).outcomes
    first = outcomes[(outcomes.dimension == "kind") & (outcomes.month == 0)]
    away = first[first.indicator == "out_province"].set_index("group").value
    workers = first[first.indicator == "workers"].set_index("group").value
    wanted = {one["id"]: one["initial"]["out_province"] / one["workers"] for one in scenario.resolved["counties"]}
    assert len(wanted) == len(away) == 12
    for name, share in wanted.items():
        assert away[name] / workers[name] == pytest.approx(share, abs=0.03), name


def test_amounts_for_so_many_workers_follow_the_place(tmp_path: Path) -> None:
    scenario = scenarios.load("jiangzhou", ["common"])
    ratio = sum(county.workers for county in scenario.counties) / 100_000
    one = {instrument.id: instrument for instrument in scenario.instruments}
    assert one["common_training"].capacity == pytest.approx(2000 * ratio)
    assert one["common_industry"].channels["jobs_basic"] == pytest.approx(400 * ratio)
    assert one["common_industry"].fixed_cost == pytest.approx(660_000 * ratio)
    assert one["common_industry"].channels["development"] == 0.25  # no amount of the whole place
    assert one["common_loans"].unit_cost == 6000
    with pytest.raises(scenarios.ScenarioError, match=r"for_workers: expected a number of at least 1"):
        bad = tmp_path / "bad.yaml"
        text = Path(scenarios.__file__).with_name("packages") / "common.yaml"
        bad.write_text(text.read_text(encoding="utf-8").replace("value: 100000", "value: 0", 1), encoding="utf-8")
        scenarios.load("jiangzhou", [bad])


# --- a place outside China ---


def test_the_hills_are_made_from_their_files() -> None:
    scenario = scenarios.load(HILLS)
    world = build_world(scenario)
    assert world.villages.id == tuple([f"hilltop_{i}" for i in range(1, 6)] + [f"riverside_{i}" for i in range(1, 4)])
    assert world.villages.land[1] == np.float32(0.9) and world.villages.remoteness[4] == np.float32(5.5)
    people = first_state(world).people
    who = np.flatnonzero(people.status != Status.VACANT)
    women = flag(people.flags, "male")[who] == 0
    assert abs(women.sum() - 13000 / 24700 * len(who)) < 2
    assert abs((people.schooling[who][women] == 0).mean() - 0.35) < 0.005
    old = people.age[who] >= 45 * 12
    assert abs(old.sum() - 7500 / 24700 * len(who)) < 3
    assert scenario.series["wage_out"][[24 - 24, 59 - 24]].tolist() == [2100, 2320]  # as in the file
    months = np.flatnonzero(scenario.festival[:12]) + 1  # 2017: 30 September, so September and October
    assert months.tolist() == [9, 10]
    assert scenario.resolved["destinations"]["out_province"]["en"] == "the Gulf"


def test_the_hills_answer_to_policy_and_shocks_of_their_own() -> None:
    package = HILLS.with_name("workshops.yaml")
    plain, helped = (simulate(scenarios.load(HILLS, chosen), threads=1) for chosen in ([], [package]))
    again = simulate(scenarios.load(HILLS, [package]), threads=1)
    assert again.workers().equals(helped.workers())

    def series(run: object, indicator: str) -> np.ndarray:
        rows = run.outcomes[(run.outcomes.dimension == "all") & (run.outcomes.indicator == indicator)]
        return rows.sort_values("month").value.to_numpy()

    jobs = series(helped, "jobs") - series(plain, "jobs")
    assert (jobs[:6] == 0).all() and jobs[-1] > 200  # 400 jobs in workshops from month 6 on, as far as they are filled
    shock = series(plain, "layoffs_away")
    assert shock[15:17].mean() > 3 * shock[:15].mean()  # the Gulf's lay-offs of April and May 2020


def test_the_table_of_places_has_endowments_and_effects_by_hand() -> None:
    scenario = scenarios.load(HILLS)
    outcomes = toy_outcomes(scenario)
    has = tables.endowments({"hills": scenario}, outcomes).iloc[0]
    assert has.workers == 24700 and has.away_share == pytest.approx(8800 / 24700)
    assert has.remoteness_hours == pytest.approx((4 * 15500 + 1.5 * 9200) / 24700)
    assert has.services == pytest.approx((0.3 * 15500 + 0.5 * 9200) / 24700)
    assert has.specialisation == pytest.approx((1.3 * 15500 + 1.2 * 9200) / 24700)
    assert has.seekers_per_vacancy == 4.0 and has.owners_per_10000 == 200.0
    effects = tables.effects({"hills": scenario}, "workshops", outcomes).set_index("outcome")
    assert effects.loc["return", "effect"] == pytest.approx(10_000 * 30 / 20_000)  # 30 persons of a cohort of 20,000
    flows = tables.flows({"hills": scenario}, "workshops", outcomes).set_index("flow")
    assert flows.loc["vacancies", "baseline"] == pytest.approx(10_000 * 20 * 24 / 24_700)  # 24 months after the start
    assert flows.loc["departures", "effect"] == pytest.approx(10_000 * -7 * 24 / 24_700)
    assert effects.loc["return", "low"] < 15 < effects.loc["return", "high"]


def toy_outcomes(scenario: object) -> object:
    """Outcomes in which the package adds 20, 30 and 40 persons to everything."""
    import pandas as pd

    from experiments.compare import INDICATORS

    level = dict.fromkeys(INDICATORS, 500.0)
    level |= dict.fromkeys(("hires", "departures_out", "departures_in", "returns", "foundings", "closures"), 100.0)
    level |= {"cohort": 20_000.0, "workers": 25_000.0, "owners": 500.0, "seekers": 80.0, "vacancies": 20.0}
    rows = []
    for seed, extra in enumerate((20.0, 30.0, 40.0)):
        for arm, added in (("hills", 0.0), ("hills+workshops", extra)):
            for month in range(scenario.months):
                for name, value in level.items():
                    plus = added if name in INDICATORS and name != "cohort" else 0.0
                    plus = -7.0 if name == "departures_in" and added else plus
                    rows.append((arm, seed, month, "hills", "all", "all", name, value + plus, ""))
    columns = ["scenario", "seed", "month", "place", "dimension", "group", "indicator", "value", "unit"]
    return pd.DataFrame(rows, columns=columns)
