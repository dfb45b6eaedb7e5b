"""Every figure and pattern of the scorecard can be measured; nothing about policy is asserted."""

from collections.abc import Sequence

import numpy as np
import pytest

from experiments.laboratory.arms import ArmScenarios
from experiments.laboratory.worlds import Arm, Replicate, Values
from experiments.scorecard import scoring, two_forms
from tests.studies import scorecard


def test_every_pattern_is_measured() -> None:
    rows = scorecard.table(seeds=4, scale=1000)
    assert {"figure", "pattern", "claim"} == set(rows["kind"])
    measured = rows[rows["seeds"] == 4]
    assert (measured["low"] <= measured["model"]).all() and (measured["model"] <= measured["high"]).all()
    missing = rows[rows["seeds"] != 4]
    assert set(missing["use"]) == {"none"} and len(missing) == 4
    claims = measured[measured["kind"] == "claim"]
    for claim, count in (("right targeting above wrong", 4), ("adaptive above fixed", 6)):
        of_it = claims[claims["pattern"].str.startswith(claim)]
        assert len(of_it) == count and (of_it["verdict"] != "").all() and (of_it["model"] != 0).all()
    assert scorecard.page(rows, 4, 1000).count("\n|") == len(rows) + 2


@pytest.mark.parametrize(
    ("values", "low", "high", "verdict", "sure"),
    [
        ([0.0, 0.0], 0.0, np.inf, "miss", True),  # nothing is not above 0
        ([1.0, 1.0], -np.inf, 1.0, "miss", True),
        ([0.0, 0.0], 0.0, 1.0, "pass", True),
        ([1.0, 1.1, 0.9], 0.0, np.inf, "pass", True),
        ([-1.0, 4.0, 1.0], 0.0, np.inf, "pass", False),
        ([-1.0, -1.1, -0.9], 0.0, np.inf, "miss", True),
        ([-4.0, 1.0, 1.0], 0.0, np.inf, "miss", False),
        ([0.5], 0.0, 1.0, "pass", False),  # one seed has no interval
        ([2.0], 0.0, 1.0, "miss", False),
    ],
)
def test_a_verdict_follows_the_mean_and_is_sure_where_the_interval_agrees(
    values: list[float], low: float, high: float, verdict: str, sure: bool
) -> None:
    row = scoring._row(values, low, high)
    assert (row["verdict"], row["sure"]) == (verdict, sure)


# --- right and wrong targeting ---

PRICES = {"tier_high_skill": 45, "tier_start_up": 165, "tier_low_skill": 350,
          "tier_high_skill_misplaced": 40, "tier_start_up_misplaced": 34, "tier_low_skill_misplaced": 360}  # fmt: skip


class Spending:
    """Worlds in which a package costs its price times a dose to some power, more or less of it by replicate."""

    packages, outcomes, horizons = tuple(PRICES), (), (60,)

    def __init__(self, power: float) -> None:
        self.power = power

    def spend(self, name: str, dose: float, replicates: Sequence[Replicate]) -> np.ndarray:
        return PRICES[name] * dose**self.power * np.array([1 + 0.1 * one.seed for one in replicates])

    def __call__(self, arms: Sequence[Arm], replicates: Sequence[Replicate]) -> Values:
        spend = np.zeros((len(arms), len(replicates), len(PRICES), 1))
        for a, one in enumerate(arms):
            for name, dose in one.doses:
                spend[a, :, self.packages.index(name), 0] = self.spend(name, dose, replicates)
        return Values(np.zeros((*spend.shape[:2], 0, 1)), np.zeros((*spend.shape[:2], 1)), spend)


@pytest.mark.parametrize("power", [1.0, 0.5, 2.0])
def test_right_and_wrong_cost_as_much_and_the_dearer_is_dosed_down(power: float) -> None:
    worlds, replicates = Spending(power), [Replicate(0, 1), Replicate(0, 2)]
    doses = two_forms.equal_cost(worlds, replicates)
    dearer = {"tier_high_skill": 40 / 45, "tier_start_up": 34 / 165, "tier_low_skill_misplaced": 350 / 360}
    for name, dose in doses.items():
        assert dose == (pytest.approx(dearer[name] ** (1 / power), rel=0.01) if name in dearer else 1)
    for right, wrong in zip(two_forms.TIERS, two_forms.MISPLACED, strict=True):
        cost = [worlds.spend(name, doses[name], replicates).mean() for name in (right, wrong)]
        assert cost[0] == pytest.approx(cost[1], rel=0.005)


# --- adaptive and fixed ---


def test_the_mix_in_two_forms_differs_by_the_step_and_fails_by_the_month() -> None:
    found = two_forms.scenarios_of_mix(ArmScenarios("zhaotong", [two_forms.MIX], {"scale": 4000}))
    assert len({one.hash for one in found.values()}) == len(found) == 4
    adaptive, fixed = found[two_forms.ADAPTIVE], found[two_forms.FIXED]
    assert adaptive.instruments == fixed.instruments
    assert (adaptive.adaptive[0].step, fixed.adaptive[0].step) == (0.2, 0)
    for form in (two_forms.ADAPTIVE, two_forms.FIXED):
        pairs = zip(found[form].instruments, found[two_forms.FAILING.format(form)].instruments, strict=True)
        changed = {one.id: other.changes for one, other in pairs if one != other}
        assert {key: [change.month for change in changes] for key, changes in changed.items()} == {
            "mix_aid_young": [12 + 24]
        }
    short = ArmScenarios("zhaotong", [two_forms.MIX], {"scale": 4000, "months": 36})
    assert set(two_forms.scenarios_of_mix(short)) == {two_forms.ADAPTIVE, two_forms.FIXED}
