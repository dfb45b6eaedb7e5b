"""Policies in two forms: support for the right and for the wrong tier at equal cost, and a mix reviewed or left alone.

Both claims are those of Li 2025. Which outcomes are compared stands in `experiments.scorecard.patterns`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.laboratory.arms import ArmScenarios
from experiments.laboratory.budgets import mean_spend, spending
from experiments.laboratory.worlds import Evaluator, Replicate, arm

if TYPE_CHECKING:
    from sim.scenario import Scenario

TIERS = ("tier_high_skill", "tier_start_up", "tier_low_skill")
MISPLACED = tuple(f"{tier}_misplaced" for tier in TIERS)  # the same support, for another tier
RIGHT, WRONG = "right targeting", "wrong targeting"
MIX = "adaptive_mix"
ADAPTIVE, FIXED = "adaptive", "fixed"
FAILING = "{}, aid fails"
FAILED, LEFT_OF_IT = "mix_aid_young", {"referral": 0.02}  # an instrument of the mix, and what its channels are then
FAILS_AFTER = 24  # months after the start
PACKAGES = (*TIERS, *MISPLACED, MIX)


def scenarios_of_mix(arms: ArmScenarios) -> "dict[str, Scenario]":
    """The adaptive mix and the same left alone, as it is and, where the run is long enough, with an aid that fails."""
    found = {ADAPTIVE: arms.scenario(arm([MIX])), FIXED: arms.scenario(arm([MIX], {f"adaptive.{MIX}.step": 0}))}
    one = found[ADAPTIVE]
    if one.months > one.policy_start + FAILS_AFTER:
        found |= {FAILING.format(name): failing(scenario) for name, scenario in found.items()}
    return found


def failing(scenario: "Scenario") -> "Scenario":
    """The scenario with an aid that does next to nothing from some month on."""
    from sim.scenario import Change

    month = scenario.policy_start + FAILS_AFTER
    instruments = tuple(
        replace(one, changes=(Change(month, LEFT_OF_IT),)) if one.id == FAILED else one for one in scenario.instruments
    )
    return replace(scenario, instruments=instruments, hash=f"{scenario.hash}-{FAILED}-fails-{FAILS_AFTER}")


def scenarios_of_targeting(arms: ArmScenarios, doses: Mapping[str, float]) -> "dict[str, Scenario]":
    """Every tier with its own support, and every tier with another's, at the doses of `equal_cost`."""
    forms = ((RIGHT, TIERS), (WRONG, MISPLACED))
    return {name: arms.scenario(arm({one: doses[one] for one in packages})) for name, packages in forms}


def equal_cost(evaluator: Evaluator, replicates: Sequence[Replicate]) -> dict[str, float]:
    """Doses of each tier's support and of its misplaced twin: the dearer of the two at what the other costs at 1.

    Cost is what is spent up to the last horizon, discounted, the mean over replicates. Doses are lowered and never
    raised, for support that few can use does not absorb more.
    """
    doses = dict.fromkeys((*TIERS, *MISPLACED), 1.0)
    for pair in zip(TIERS, MISPLACED, strict=True):
        spend = mean_spend(evaluator([arm([name]) for name in pair], replicates))
        dearer = pair[int(spend[1] > spend[0])]
        found = spending(evaluator, replicates, dearer, {dearer: 1.0}, float(spend.min()), 1.0)
        doses[dearer] = found.doses[dearer]
    return doses
