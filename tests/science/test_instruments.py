"""Every kind of instrument does what its channel says, to those it covers, while it lasts."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.policy import county_shares
from sim.rules.decision import believed_chance
from sim.state import Status

BASE = {
    "scale": 10, "spin_up": 12, "months": 24, "policy_start": 0, "initial.owners": 2000,
    "parameters.decision.consider_base": 0.1, "parameters.decision.enterprise_intercept": 1.0,
    "parameters.enterprise.idea_threshold": 0.2, "parameters.social_capital.contact_rate": 1,
}  # fmt: skip
TRAINED = "- {id: courses, kind: skills_training, name: {en: C, zh: 课}, capacity: 20000, awareness: 1}\n"


def total(indicator: str) -> Callable[[Any, Any], float]:
    """The sum of an indicator over the months."""
    return lambda worlds, run: float(worlds.series(run, indicator).sum())


def last(indicator: str) -> Callable[[Any, Any], float]:
    """An indicator in the last month."""
    return lambda worlds, run: float(worlds.series(run, indicator)[-1])


def mean_profit(worlds: Any, run: Any) -> float:
    """Mean profit of enterprises, yuan a month."""
    return float(run.state.firms.profit.mean())


def mean_credits(worlds: Any, run: Any) -> float:
    """Mean banked credits of the workers."""
    return float(run.workers().credits.mean())


class Case(NamedTuple):
    """A kind, its channels, what they move, by how much at least (or at most, below 1), and a further setting."""

    kind: str
    channels: dict[str, float]
    measure: Callable[[Any, Any], float]
    factor: float
    months: int = 6
    more: str = ""
    beside: str = ""  # instruments that run in both worlds


CASES = {
    "a course raises skill": Case(
        "skills_training", {"course_gain": 0.3}, last("mean_skill"), 1.1, 12, "capacity: 40000"
    ),
    "content that fits raises it more": Case(
        "skills_training", {"course_gain": 0.3, "course_fit": 1.0}, last("mean_skill"), 1.1, 12, "capacity: 40000"
    ),
    "a reward brings certificates": Case(
        "certification", {"certificate": 0.5}, total("certificates"), 2, 6, "", TRAINED
    ),
    "a skill bank banks credits": Case("skill_bank", {"credit_bank": 3.0}, mean_credits, 2, 6, "", TRAINED),
    "credits bring certificates": Case(
        "skill_bank", {"credit_bank": 10.0}, total("certificates"), 1.1, 12, "", TRAINED
    ),
    "a tax cut raises profits": Case("tax_relief", {"tax_cut": 1.0}, mean_profit, 1.005, 2),
    "incubators are sites": Case(
        "incubation", {"premises": 800, "rent_free": 0, "aftercare": 0}, last("premises"), 1.5
    ),
    "land is sites": Case("land_supply", {"premises": 800}, last("premises"), 1.5),
    "industry develops": Case("industry_programme", {"development": 1.0}, last("development"), 1.1),
    "industry employs": Case(
        "industry_programme", {"development": 0, "jobs_basic": 3000, "jobs_skilled": 1000}, last("jobs"), 1.2
    ),
    "jobs without takers raise wages": Case(
        "industry_programme", {"development": 0, "jobs_basic": 9000, "jobs_skilled": 0}, last("wage_factor"), 1.005
    ),
    "platforms develop a sector": Case("ecommerce", {"development": 1.0, "logistics": 0}, last("development"), 1.1),
    "logistics raise profits": Case("ecommerce", {"logistics": 1.0, "development": 0}, mean_profit, 1.005, 1),
    "a platform matches": Case(
        "information_platform", {"matching": 1.0, "official": 0, "truth": 0, "freshness": 0}, total("hires"), 1.1, 3
    ),
    "word of jobs brings applications": Case(
        "information_platform",
        {"matching": 0, "official": 0, "truth": 1.0, "freshness": 1.0},
        last("at_home"),
        1.0001,
        12,
    ),
    "stations renew home ties": Case(
        "liaison_station", {"home_ties": 0.1, "official": 0, "truth": 0}, last("mean_home_ties"), 1.03
    ),
    "assemblies renew home ties": Case(
        "hometown_assembly", {"home_ties": 0.1, "official": 0}, last("mean_home_ties"), 1.03
    ),
    "services serve": Case(
        "public_services", {"schooling": 0.3, "health": 0.3, "transport": 0.3}, last("mean_services"), 1.5
    ),
    "neighbours make belong": Case("community_integration", {"belonging": 0.05}, last("mean_belonging"), 1.1),
    "a council makes belong": Case("council", {"belonging": 0.05}, last("mean_belonging"), 1.1),
    "posts are posts": Case("public_posts", {"posts": 900}, last("posts"), 2, 12),
    "workshops are posts": Case("aid_workshops", {"workshops": 900}, last("posts"), 2, 12),
}


def with_instrument(worlds: Any, name: str, case: Case, channels: dict[str, float]) -> Any:
    """The run of a case with some values of its channels."""
    text = ", ".join(f"{channel}: {value}" for channel, value in channels.items())
    more = f", {case.more}" if case.more else ""
    package = worlds.package(
        name,
        f"{case.beside}- {{id: {name}, kind: {case.kind}, name: {{en: N, zh: 名}}, awareness: 1{more}, "
        f"channels: {{{text}}}}}",
    )
    run = worlds.begin(worlds.scenario((), BASE), worlds.scenario([package], BASE))
    run.advance(case.months)
    return run


@pytest.mark.parametrize("title", CASES)
def test_an_instrument_moves_what_its_channel_says(worlds: Any, title: str) -> None:
    case, name = CASES[title], title.replace(" ", "_")
    acting = case.measure(worlds, with_instrument(worlds, name, case, case.channels))
    if title.startswith("content"):  # against the same course without it
        shut = {"course_gain": 0.3, "course_fit": 0.0}
        assert acting > case.measure(worlds, with_instrument(worlds, f"{name}_shut", case, shut))
        return
    shut = case.measure(worlds, with_instrument(worlds, f"{name}_shut", case, dict.fromkeys(case.channels, 0.0)))
    assert acting > case.factor * shut


def test_training_raises_the_skill_of_the_trained_and_of_nobody_else(worlds: Any) -> None:
    package = worlds.package("course", TRAINED)
    # a dose of two is twice the places, not a course of twice the gain
    rules = {**BASE, "mechanisms.skill_spillover": False, "instruments.courses.dose": 2}
    plain = {key: value for key, value in rules.items() if not key.startswith("instruments")}
    base, taught = (
        worlds.begin(worlds.scenario((), BASE), worlds.scenario(packages, options))
        for packages, options in (((), plain), ([package], rules))
    )
    for run in (base, taught):
        run.advance(1)
    bit = len(taught.scenario.instruments) - 1
    trained = (taught.state.people.used >> np.uint32(bit) & 1) == 1
    gain = taught.state.people.skill - base.state.people.skill
    assert trained.sum() > 50 and (gain[trained] > 0).all() and (gain[~trained] == 0).all()
    # the gain is what the rule says: full where the content fits, 0.3 of it where it does not, for 10 % or so
    schooling = taught.state.people.schooling[trained]
    full = 0.1 * (1 - base.state.people.skill[trained]) * (1 + 0.2 * (schooling.astype(float) - 9) / 3)
    fits = np.isclose(gain[trained], full, atol=1e-5)
    assert np.allclose(gain[trained][~fits], 0.3 * full[~fits], atol=1e-5)
    assert 0.02 < (~fits).mean() < 0.25


def test_places_on_courses_are_as_many_as_declared(worlds: Any) -> None:
    package = worlds.package("scarce", TRAINED.replace("20000", "1200"))
    few = worlds.run([package], BASE, months=12)
    slack = worlds.run([package], {**BASE, "mechanisms.training_rationing": False}, months=12)
    places = worlds.series(few, "uses", ("instrument", "courses"))
    assert np.allclose(places, worlds.series(few, "courses"))
    assert places.sum() == pytest.approx(1200, abs=100) and places.max() <= 125
    assert worlds.series(slack, "courses").sum() > 3 * places.sum()
    doubled = worlds.run([package], {**BASE, "instruments.courses.dose": 2}, months=12)
    assert worlds.series(doubled, "courses").sum() == pytest.approx(2400, abs=100)


def test_a_course_is_charged_for_its_places_and_not_for_what_it_does_to_other_courses(worlds: Any) -> None:
    channels = "channels: {course_gain: 0.1, certificate: 0.5, credit_bank: 2}"
    text = TRAINED.replace("capacity: 20000", f"capacity: 1200, {channels}") + TRAINED.replace("courses", "others")
    run = worlds.run([worlds.package("two_courses", text)], BASE, months=12)
    uses = {name: worlds.series(run, "uses", ("instrument", name)) for name in ("courses", "others")}
    assert uses["others"].sum() > 1200 and worlds.series(run, "certificates").sum() > 100
    assert uses["courses"].sum() == pytest.approx(1200, abs=100)
    assert np.allclose(uses["courses"] + uses["others"], worlds.series(run, "courses"))


def test_certificates_open_skilled_jobs_while_the_gate_stands(worlds: Any) -> None:
    basic = {"initial.skilled_workers": 0}
    open_gate = {"mechanisms.certificate_gate": False, "parameters.human_capital.skilled_bar": 0.3}
    base = worlds.scenario((), {**BASE, **basic})
    skilled = {}
    for name, rules, certified in (("none", {}, False), ("all", {}, True), ("open", open_gate, False)):
        run = worlds.begin(base, worlds.scenario((), {**BASE, **basic, **rules}))
        people = run.state.people
        people.qualification[:] = 1 if certified else 0
        people.status[people.status == Status.WAGE_SKILLED] = Status.SEARCHING
        run.advance(6)
        skilled[name] = int((people.status == Status.WAGE_SKILLED).sum())
        if name == "open":
            assert (people.skill[people.status == Status.WAGE_SKILLED] >= 0.25).all()
    assert skilled["none"] == 0 and min(skilled["all"], skilled["open"]) > 20


def believe(*numbers: float) -> Any:
    """The rule, called as the kernels call it: a rule has one signature."""
    return believed_chance(*map(np.float32, numbers))


def test_truth_raises_what_is_believed_where_jobs_are_easier_than_feared() -> None:
    believed = [believe(0.4, 0.3, 0.1, weight, 0.05) for weight in (0, 0.35, 0.65, 1)]
    assert believed == sorted(believed) and believed[0] == pytest.approx(0.05)
    heard, stale = believe(0.4, 0.3, 0.9, 0.5, 0.05), believe(0.4, 0.3, 0.1, 0.5, 0.05)
    assert heard > stale
    assert believe(0.02, 0.02, 0.5, 0.9, 0.05) < believe(0.02, 0.02, 0.5, 0.1, 0.05)


def test_news_of_the_job_market_is_as_old_as_its_lag_unless_it_is_fresh(worlds: Any) -> None:
    run, rates = worlds.begin(worlds.scenario((), BASE)), []
    for month in range(9):
        run.advance(month + 1)
        rates.append(run.state.counties.finding[:, :, 0].copy())
    lag = int(run.scenario.parameters.decision.information_lag)
    assert np.array_equal(run.state.counties.finding[:, :, lag], rates[8 - lag])
    assert not np.array_equal(rates[8], rates[8 - lag])
    differs = {}
    for freshness in (0.0, 1.0):
        statuses = []
        for old_news in (0.0, 0.9):
            rules = {**BASE, "parameters.decision.freshness": freshness, "parameters.decision.consider_base": 1}
            told = worlds.begin(worlds.scenario((), BASE), worlds.scenario((), rules))
            told.state.counties.finding[:, :, lag] = old_news
            told.advance(1)
            statuses.append(told.state.people.status.copy())
        differs[freshness] = bool((statuses[0] != statuses[1]).any())
    assert differs == {0.0: True, 1.0: False}


def test_posts_go_to_the_hard_to_employ_first(worlds: Any) -> None:
    run = worlds.begin(worlds.scenario((), BASE))
    run.advance(6)
    workers = run.workers()
    weak = (workers.age >= 50 * 12) | (workers.skill < 0.3)
    special = workers.household != 0
    recent = (workers.status == Status.POST) & (workers.months_in_status < 5)
    assert recent.sum() > 0 and (weak | special)[recent].all()


UNIT_COSTS = {  # kinds that cost something a use (kinds.yaml) and channels that people cannot but use
    "certification": "certificate: 1",
    "skill_bank": "credit_bank: 5",
    "interest_subsidy": "interest_cut: 0.05",
    "incubation": "rent_free: 12, aftercare: 0.1, premises: 2000",
    "mentoring": "aftercare: 0.3",
    "tax_relief": "tax_cut: 0.5",
}


@pytest.mark.parametrize("kind", UNIT_COSTS)
def test_what_costs_by_use_is_charged_by_use(worlds: Any, kind: str) -> None:
    channels = UNIT_COSTS[kind]
    text = (
        f"- {{id: paid, kind: {kind}, name: {{en: P, zh: 付}}, awareness: 1, unit_cost: 70, channels: {{{channels}}}}}"
    )
    run = worlds.run([worlds.package(f"paid_{kind}", TRAINED + text)], BASE, months=8)
    uses, cost = (worlds.series(run, name, ("instrument", "paid")).sum() for name in ("uses", "cost"))
    assert uses > 0 and cost == pytest.approx(70 * uses)
    if kind in ("incubation", "mentoring", "tax_relief"):  # "an enterprise": no more than there were in these months
        there = worlds.series(run, "owners")[0] + worlds.series(run, "foundings").sum()
        assert uses <= there


# --- where and when ---------------------------------------------------------------------------------


def test_an_instrument_for_a_county_or_village_reaches_nobody_elsewhere(worlds: Any) -> None:
    villages = worlds.begin(worlds.scenario((), BASE)).world.villages.id
    for eligible, covers in (
        ({"counties": ["lower"]}, lambda table: table.county == "lower"),
        ({"villages": [villages[0]]}, lambda table: table.village == villages[0]),
    ):
        options = {**BASE, "instruments.order_training.eligibility": eligible}
        workers = worlds.run(["training"], options, months=6).workers()
        bit = [one.id for one in worlds.scenario(["training"], options).instruments].index("order_training")
        for column in ("known", "used"):
            holds = (workers[column].to_numpy() >> bit & 1) == 1
            assert holds[covers(workers)].any() and not holds[~covers(workers)].any()


def test_places_for_named_villages_are_spread_over_their_counties_alone(worlds: Any) -> None:
    # the villages of a graph that was read may have any ids; the second county's are named here
    (worlds.folder / "named_nodes.csv").write_text("id,county\nelm,upper\noak,upper\nash,lower\nyew,lower\n")
    (worlds.folder / "named_edges.csv").write_text("source,target\nelm,oak\noak,ash\nash,yew\n")
    graph = "population: {graph: {nodes: named_nodes.csv, edges: named_edges.csv}}\n"
    place = worlds.place("named", graph)
    options = {"instruments.order_training.eligibility": {"villages": ["ash", "yew"]}}
    scenario = worlds.scenario(["training"], options, place)
    training = next(one for one in scenario.instruments if one.id == "order_training")
    assert county_shares(scenario, training).tolist() == [0, 1]


def ended(worlds: Any, packages: Any, names: tuple[str, ...], end: int = 6, **more: Any) -> Any:
    """A run of 15 months in which some instruments end, the first month without them being `end`."""
    stops = {f"instruments.{name}.end": end for name in names}
    run = worlds.begin(worlds.scenario((), BASE), worlds.scenario(packages, {**BASE, **stops, **more}))
    run.advance(15)
    return run


def test_what_ends_stops_paying_and_leaves_skills_and_firms(worlds: Any) -> None:
    packages = ("training", "credit", "services")
    names = tuple(one.id for one in worlds.scenario(packages).instruments if not one.is_programme)
    generous = {"instruments.startup_grant.channels.grant": 60000, "instruments.order_training.capacity": 20000}
    base, stopped = worlds.begin(worlds.scenario((), BASE)), ended(worlds, packages, names, **generous)
    base.advance(15)
    for name in names:
        for indicator in ("uses", "cost"):
            assert not worlds.series(stopped, indicator, ("instrument", name))[6:].any(), name
    assert worlds.series(stopped, "courses")[:6].min() > 0 == worlds.series(stopped, "courses")[6:].max()
    assert worlds.series(stopped, "money_grants")[:6].sum() > 0 == worlds.series(stopped, "money_grants")[6:].sum()
    skill, owners = (worlds.series(stopped, name) - worlds.series(base, name) for name in ("mean_skill", "owners"))
    assert skill[14] > 0.7 * skill[5] > 0 and owners[14] > 0.3 * owners[5] > 0
    bit = [one.id for one in stopped.scenario.instruments].index("order_training")
    assert ((stopped.workers().used.to_numpy() >> bit & 1) == 1).any()


def test_interest_is_no_longer_cut_once_the_subsidy_has_ended(worlds: Any) -> None:
    full = {"instruments.interest_subsidy.channels.interest_cut": 1, "instruments.interest_subsidy.awareness": 1}
    lasting, stopped = ended(worlds, ["credit"], (), **full), ended(worlds, ["credit"], ("interest_subsidy",), **full)
    paid = [worlds.series(run, "money_interest") for run in (lasting, stopped)]
    assert np.array_equal(paid[0][:6], paid[1][:6]) and paid[1][6] > 1.2 * paid[0][6]


@pytest.mark.parametrize("kind", ["public_posts", "aid_workshops"])
def test_paid_posts_end_with_what_pays_them(worlds: Any, kind: str) -> None:
    channel = {"public_posts": "posts", "aid_workshops": "workshops"}[kind]
    package = worlds.package(
        f"brief_{kind}", f"- {{id: brief, kind: {kind}, name: {{en: B, zh: 短}}, channels: {{{channel}: 1500}}}}"
    )
    runs = ended(worlds, (), ()), ended(worlds, [package], ("brief",))
    base, stopped = (worlds.series(run, "posts") for run in runs)
    assert stopped[5] > base[5] + 300
    assert stopped[6] <= base[6] + 30  # a few by rounding


def test_sites_that_are_withdrawn_keep_their_enterprises_and_take_no_more(worlds: Any) -> None:
    text = "- {id: land, kind: land_supply, name: {en: L, zh: 地}, channels: {premises: 3000}}"
    package = worlds.package("loaned_land", text)
    stopped = ended(worlds, [package], ("land",))
    used = worlds.series(stopped, "premises_used")
    assert used[5] > 1.2 * used[0] and (np.diff(used[6:]) <= 1e-6).all() and used[14] > used[0]
