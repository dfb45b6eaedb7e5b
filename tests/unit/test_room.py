"""Room in the villages: none of them fills, whatever comes, and none is larger than it must be."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.room import LUCK, ages_at_first, most_workers, places_of
from sim.scenario import Records
from sim.simulation import simulate
from sim.state import Status


def of(scenario: Any, hazard: float = 0.0, entrants: float = 0.0, ages: Any = ((20, 30, 1.0),)) -> Any:
    """The scenario with a constant hazard to leave, entrants of 18 years a month and workers of these ages."""
    household = scenario.parameters.household._replace(leave_base=np.float32(hazard), leave_growth=np.float32(0))
    demography = replace(
        scenario.demography,
        age_bands=ages,
        entry_ages=(18, 18),
        entrants_share=np.full_like(scenario.demography.entrants_share, entrants),
    )
    return replace(scenario, parameters=scenario.parameters._replace(household=household), demography=demography)


def test_a_place_that_nobody_enters_or_leaves_stays_as_it_is(worlds: Any) -> None:
    assert most_workers(of(worlds.scenario())) == 1.0


def test_entrants_of_a_young_place_add_up(worlds: Any) -> None:
    months = worlds.scenario().spin_up + 120
    most = most_workers(of(worlds.scenario(), entrants=0.002))
    assert most == pytest.approx(1 + 0.002 * months, abs=0.0011)


def test_those_who_leave_make_room_for_those_who_come(worlds: Any) -> None:
    assert most_workers(of(worlds.scenario(), hazard=0.002, entrants=0.002)) == pytest.approx(1, abs=0.0011)
    assert most_workers(of(worlds.scenario(), hazard=0.01, entrants=0.002)) == 1.0


def test_workers_of_69_are_gone_after_a_year(worlds: Any) -> None:
    """A twelfth leaves every month, and as many come for six years, of whom none is 70 yet."""
    months = worlds.scenario().spin_up + 120
    most = most_workers(of(worlds.scenario(), entrants=1 / 12, ages=((69, 70, 1.0),)))
    assert most == pytest.approx(months / 12, rel=0.001)


def test_ages_of_records_count_where_they_are_stated(worlds: Any) -> None:
    """Of four persons' weight one is 40 to 41 years, one 50 and two say nothing: those are 20 to 30."""
    given = {"age": np.array([480, 600, np.nan]), "age_span": np.array([12, 0, np.nan])}
    records = Records(np.zeros(3, np.int32), np.array([1.0, 1.0, 2.0]), given)
    ages = ages_at_first(replace(of(worlds.scenario()), people=records))
    assert ages[480:492] == pytest.approx(1 / 48) and ages[600] == pytest.approx(1 / 4)
    assert ages[240:360] == pytest.approx(1 / 240) and ages.sum() == pytest.approx(1)


def test_places_are_enough_and_not_many_more(worlds: Any) -> None:
    size = np.arange(1, 2000, dtype=np.int32)
    places = places_of(of(worlds.scenario(), entrants=0.002), size)
    wanted = size * (1 + 0.002 * (worlds.scenario().spin_up + 120)) + LUCK * np.sqrt(size)
    assert (places % 32 == 0).all() and (places >= wanted - 0.5).all() and (places < wanted + 0.002 * size + 32).all()


@pytest.mark.parametrize("growth", [1, 6])
def test_no_village_fills(worlds: Any, growth: float) -> None:
    """Also where six times as many come: else entrants would be lost."""
    plain = worlds.scenario(overrides={"scale": 2})
    more = growth * plain.demography.entrants_share
    run = simulate(replace(plain, world_hash="", demography=replace(plain.demography, entrants_share=more)))
    vacant = run.state.people.status == Status.VACANT
    start = run.world.geography.start
    assert np.add.reduceat(vacant, start[:-1]).min() > 0
    assert np.diff(start).sum() < (1.12 if growth == 1 else 2.2) * run.world.geography.registered.sum()
    assert growth == 1 or most_workers(run.scenario) > 1.5
