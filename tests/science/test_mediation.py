"""Effects of training, credit and industry go through their channels alone: clamped, nothing is left of them.

On Zhaotong, in little. A world with the package and one without run side by side. What the package moves first is held,
place by place, at what it is in the world without, before and after every month; then everybody's life, every
enterprise and every market is the same to the last bit, though the package is in force and known.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from sim.state import Status

SMALL = {"scale": 1000, "policy_start": 0}
MONTHS = 24
LIVES = {"status", "savings"}  # columns of the workers that nothing but the channels moves
Hold = Callable[[Any, Any], None]  # of the run without and the run with the package, at the turn of a month


def left(worlds: Any, package: str, hold: Hold, rules: dict[str, Any], beside: Iterable[str] = ()) -> set[str]:
    """What of the state differs between the two worlds at the end.

    Bits of who knows and uses the package's own instruments, and those `beside` it, do not count.
    """
    options = {key: value for key, value in rules.items() if not key.startswith("instruments.")}
    without = worlds.begin(worlds.scenario((), {**SMALL, **options}, "zhaotong"))
    having = worlds.begin(worlds.scenario([package], {**SMALL, **rules}, "zhaotong"))
    for month in range(MONTHS):
        hold(without, having)
        for run in (without, having):
            run.advance(month + 1)
    hold(without, having)
    own = [one.id for one in having.scenario.instruments if not one.is_programme]
    known = sum(worlds.series(having, "aware", ("instrument", name))[-1] for name in own)
    assert known > 0  # it is in force all the same
    return set(worlds.differences_of_state(without, having, but={*own, *beside}))


def nothing(without: Any, having: Any) -> None:
    """No clamp."""


def shut(*channels: str) -> dict[str, Any]:
    """Overrides by which channels are what they are without their instrument."""
    return {f"instruments.{one.replace('.', '.channels.')}": 0 for one in channels}


# --- training: skill and certificates ----------------------------------------------------------------

TRAINING = {"instruments.order_training.awareness": 0.5, "instruments.certification.awareness": 0.5}


def hold_skill(without: Any, having: Any) -> None:
    """Everybody is as skilled as without."""
    having.state.people.skill[:] = without.state.people.skill
    having.state.villages.returnee_skill[:] = without.state.villages.returnee_skill


def hold_certificates(without: Any, having: Any) -> None:
    """Everybody has the certificates and credits that he or she has without."""
    having.state.people.qualification[:] = without.state.people.qualification
    having.state.counties.skilled_share[:] = without.state.counties.skilled_share


def hold_both(without: Any, having: Any) -> None:
    """Skill and certificates as without."""
    hold_skill(without, having)
    hold_certificates(without, having)


def test_training_acts_through_skill_and_certificates_alone(worlds: Any) -> None:
    for clamp in (nothing, hold_skill, hold_certificates):
        assert left(worlds, "training", clamp, TRAINING) >= LIVES, clamp.__name__
    # who takes one course does not take another: the programme's own courses are taken by fewer
    assert left(worlds, "training", hold_both, TRAINING, beside=["base_training"]) == set()


# --- credit: what one can pay ------------------------------------------------------------------------

CREDIT = {
    "instruments.guarantee_loans.awareness": 0.5, "instruments.interest_subsidy.awareness": 0.5,
    "instruments.startup_grant.awareness": 0.5, "parameters.enterprise.idea_threshold": 0.3,
}  # fmt: skip
LOANS = ("guarantee_loans.loan_chance", "guarantee_loans.loan_cap", "interest_subsidy.interest_cut")
GRANT = "startup_grant.grant"


def hold_means(without: Any, having: Any) -> None:
    """In both worlds everybody has the means for any enterprise, and owes nothing."""
    for run in (without, having):
        people = run.state.people
        people.savings[people.status != Status.VACANT], people.debt[:] = 10**7, 0


def test_loans_act_through_a_lack_of_means_and_a_grant_beyond_it(worlds: Any) -> None:
    loans = {**CREDIT, **shut(GRANT)}
    assert left(worlds, "credit", nothing, loans) >= {*LIVES, "firms.capital"}
    assert left(worlds, "credit", hold_means, loans) == set()
    assert left(worlds, "credit", hold_means, CREDIT) >= {"status", "firms.capital"}


@pytest.mark.parametrize("channel", [*LOANS, GRANT])
def test_each_channel_of_credit_does_something_alone(worlds: Any, channel: str) -> None:
    others = [one for one in (*LOANS, GRANT) if one != channel]
    assert "savings" in left(worlds, "credit", nothing, {**CREDIT, **shut(*others)})


def test_credit_acts_through_its_channels_alone(worlds: Any) -> None:
    assert left(worlds, "credit", nothing, {**CREDIT, **shut(*LOANS, GRANT)}) == set()


# --- industry: markets, jobs, sites ------------------------------------------------------------------

MARKETS = ("industry_programme.development",)
JOBS = ("industry_programme.jobs_basic", "industry_programme.jobs_skilled")
SITES = ("incubation.rent_free", "incubation.aftercare", "incubation.premises")
# base jobs stay as they are
STEADY = {f"parameters.market.{name}": 0 for name in ("jobs_trend", "demand_response", "job_elasticity")}
SPARE = 10  # base jobs of every county, sector and tier, so that there are some to take away


def hold_development(without: Any, having: Any) -> None:
    """Every market of every county is as developed as without."""
    having.state.counties.development[:] = without.state.counties.development


def hold_jobs(without: Any, having: Any) -> None:
    """Every county has as many jobs in each sector and tier: as many fewer of its own as the programme brings."""
    if without.month == 0:
        without.state.counties.base_jobs[:] += SPARE
    programme = [run.world.levers.at(run.month)[1].jobs for run in (without, having)]
    added = (programme[1] - programme[0]) / having.world.weight[:, None, None]
    having.state.counties.base_jobs[:] = without.state.counties.base_jobs - added


def test_industry_acts_through_the_markets_of_each_county(worlds: Any) -> None:
    rules = shut(*JOBS, *SITES)
    assert left(worlds, "industry", nothing, rules) >= LIVES
    assert left(worlds, "industry", hold_development, rules) == set()


def test_industry_acts_through_the_jobs_of_each_county(worlds: Any) -> None:
    rules = {**STEADY, **shut(*MARKETS, *SITES)}
    assert left(worlds, "industry", nothing, rules) >= LIVES
    assert left(worlds, "industry", hold_jobs, rules) == {"counties.base_jobs"}


def test_industry_acts_through_its_channels_alone(worlds: Any) -> None:
    assert left(worlds, "industry", nothing, shut(*MARKETS, *JOBS, *SITES)) == set()
