"""A dose of zero, and a channel held at zero, do nothing: people only hear of an instrument that is without effect."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.instruments import kinds

OPTIONS = {
    "scale": 50, "spin_up": 6, "months": 8, "policy_start": 1, "population.workers_per_village": 60,
    "parameters.decision.consider_base": 0.2, "parameters.decision.enterprise_intercept": 1.5,
    "parameters.social_capital.contact_rate": 0.6, "parameters.market.office_friction": 0.8,
}  # fmt: skip
PACKAGES = ("community", "credit", "industry", "public_services", "services", "training")
SHIPPED = (
    "certification", "community_integration", "council", "guarantee_loans", "hometown_assemblies", "incubation",
    "industry_programme", "information_platform", "interest_subsidy", "liaison_stations", "mentoring",
    "order_training", "public_services", "startup_grant",
)  # fmt: skip
OTHER = (
    "aid", "bank", "brigade", "chain", "city", "courses", "desk", "loans", "online", "sites", "tax", "workshops",
)  # fmt: skip


def all_packages(worlds: Any) -> tuple[Any, ...]:
    """The shipped packages and the one of all other kinds."""
    return (*worlds.packages, worlds.other_kinds())


def instrument(scenario: Any, name: str) -> Any:
    """An instrument by its id."""
    return next(one for one in scenario.instruments if one.id == name)


def without(worlds: Any, names: tuple[str, ...], how: str) -> dict[str, Any]:
    """Overrides that take the effect from some instruments: a dose of zero, or every channel at zero."""
    scenario = worlds.scenario(all_packages(worlds), OPTIONS)
    if how == "dose":
        return {**OPTIONS, **{f"instruments.{name}.dose": 0 for name in names}}
    held = {f"instruments.{name}.channels.{c}": 0 for name in names for c in instrument(scenario, name).channels}
    return {**OPTIONS, **held}


def test_every_instrument_and_channel_is_tried(worlds: Any) -> None:
    tried = [one for one in worlds.scenario(all_packages(worlds), OPTIONS).instruments if not one.is_programme]
    assert {one.id for one in tried} == {*SHIPPED, *OTHER}
    acting = {name for one in tried for name, value in one.channels.items() if value != 0}
    declared = {name for kind in kinds().values() for name in kind.channels}
    assert declared - acting == {"posts"}  # the place's own programme has these


def test_all_instruments_at_dose_zero_are_the_baseline(worlds: Any) -> None:
    base = worlds.run([], OPTIONS)
    idle = worlds.run(all_packages(worlds), without(worlds, SHIPPED + OTHER, "dose"))
    assert worlds.differences(base, idle, but=SHIPPED + OTHER) == []
    assert worlds.series(idle, "cost", ("instrument", "industry_programme")).max() == 0
    assert worlds.series(idle, "aware", ("instrument", "courses")).max() > 0


@pytest.mark.parametrize("name", SHIPPED + OTHER)
def test_one_instrument_at_dose_zero_is_as_if_its_channels_were_shut(worlds: Any, name: str) -> None:
    # the others act in full, so anything the idle one does to them shows
    idle = worlds.run(all_packages(worlds), without(worlds, (name,), "dose"))
    shut = worlds.run(all_packages(worlds), without(worlds, (name,), "channels"))
    assert worlds.differences(idle, shut, but=[name]) == []
    assert worlds.series(idle, "uses", ("instrument", name)).sum() == 0
    acting = worlds.run(all_packages(worlds), OPTIONS)
    assert worlds.differences(acting, idle, but=[name]) != []  # the comparison would see it act


@settings(max_examples=4, deadline=None, derandomize=True, database=None)
@given(package=st.sampled_from(PACKAGES), seed=st.integers(0, 99))
def test_a_package_at_dose_zero_is_the_baseline(worlds: Any, package: str, seed: int) -> None:
    names = tuple(one.id for one in worlds.scenario([package]).instruments if not one.is_programme)
    base = worlds.run([], OPTIONS, seed=seed)
    idle = worlds.run([package], {**OPTIONS, **{f"instruments.{one}.dose": 0 for one in names}}, seed=seed)
    assert worlds.differences(base, idle, but=names) == []
