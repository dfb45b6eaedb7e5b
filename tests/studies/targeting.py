"""Writes the comparison at equal cost of docs/policies.md: support for the right and the wrong tier, seed by seed.

python tests/studies/targeting.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from experiments.estimands.estimate import Estimate
from experiments.estimands.resample import interval
from experiments.laboratory.budgets import mean_spend
from experiments.laboratory.simulated import SimulatedWorlds
from experiments.laboratory.worlds import Arm, Replicate, arm
from experiments.outcomes import NAMES, OUTCOMES
from experiments.scorecard.two_forms import MISPLACED, TIERS, equal_cost

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"
HEADING = "### At equal cost\n"
SCALE, HORIZON = 400, 60
SUPPORT = {
    "tier_high_skill": "project funds", "tier_start_up": "interest and tax", "tier_low_skill": "training and reward"
}  # fmt: skip
SHOWN = ("return", "enterprise", "quality_return", "at_home", "income")
OUTCOMES_SHOWN = tuple(one for one in OUTCOMES if one.id in SHOWN)


class Pair(NamedTuple):
    """Some support for the right tier and for another, at equal cost."""

    name: str
    doses: tuple[str, str]
    cost: np.ndarray  # float64[2], million yuan of five years, discounted
    values: np.ndarray  # float64[R, none and right and wrong, O]

    def effect(self, o: int, one: int, other: int = 0) -> Estimate:
        """An outcome in a world less that in another, 0 none, 1 right, 2 wrong."""
        return interval(self.values[:, :, o], lambda mean: mean[..., one] - mean[..., other])


def pairs(seeds: int, scale: int = SCALE, workers: int | None = None) -> list[Pair]:
    """Every tier's support, and all together."""
    replicates = [Replicate(0, seed) for seed in range(1, seeds + 1)]
    how = {"horizons": [HORIZON], "outcomes": OUTCOMES_SHOWN, "overrides": {"scale": scale}, "workers": workers}
    with TemporaryDirectory() as folder, SimulatedWorlds(
        "zhaotong", [*TIERS, *MISPLACED], records=Path(folder) / "records.sqlite", **how
    ) as worlds:  # fmt: skip
        doses = equal_cost(worlds, replicates)

        def pair(name: str, forms: list[list[str]]) -> Pair:
            arms = [Arm(), *(arm({one: doses[one] for one in some}) for some in forms)]
            found = worlds(arms, replicates)
            shown = [", ".join(f"{doses[one]:.2f}" for one in some) for some in forms]
            return Pair(name, (shown[0], shown[1]), mean_spend(found)[1:] / 1e6,
                        found.outcomes[:, :, :, 0].transpose(1, 0, 2))  # fmt: skip

        made = [pair(SUPPORT[one], [[one], [other]]) for one, other in zip(TIERS, MISPLACED, strict=True)]
        return [*made, pair("all three", [list(TIERS), list(MISPLACED)])]


def table(found: list[Pair]) -> str:
    """The table in Markdown."""
    lines = [
        "| support | doses, right and wrong | cost, million yuan | outcome | right | wrong | right less wrong |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in found:
        for o, outcome in enumerate(OUTCOMES_SHOWN):
            digits = 1 if outcome.unit.startswith("yuan") else 0
            effects = (one.effect(o, 1), one.effect(o, 2), one.effect(o, 1, 2))
            cells = [f"{e.value:,.{digits}f} ({e.low:,.{digits}f} to {e.high:,.{digits}f})" for e in effects]
            head = (
                [one.name, " and ".join(one.doses), f"{one.cost[0]:,.0f} and {one.cost[1]:,.0f}"]
                if o == 0
                else [""] * 3
            )
            lines.append(f"| {' | '.join([*head, NAMES[outcome.id], *cells])} |")
    return "\n".join(lines) + "\n"


def main(seeds: int = 16) -> None:
    """Write the section's table; what follows it is written by hand."""
    before, heading, after = PAGE.read_text(encoding="utf-8").partition(HEADING)
    following = after[after.index("\n\n", after.index("\n|---")) + 1 :]
    intro = (
        f"Zhaotong at scale {SCALE}, {seeds} seeds, {HORIZON} months after the start. The dearer form of each support "
        "is dosed\ndown to what the other costs. Effects against the baseline and the paired difference,\n"
        "95 % intervals. Written by `python tests/studies/targeting.py`."
    )
    PAGE.write_text(f"{before}{heading}\n{intro}\n\n{table(pairs(seeds))}{following}", encoding="utf-8")


if __name__ == "__main__":
    main()
