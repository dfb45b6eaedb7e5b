"""Writes the results of docs/adaptive.md: adaptive packages against the same mix left alone, seed by seed.

python tests/studies/adaptive.py
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import scenarios
from experiments.estimands.estimate import Estimate
from experiments.estimands.resample import interval
from sim.simulation import Run, simulate

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "adaptive.md"
HEADING = "## Results\n"
OPTIONS = {"scale": 250, "months": 84}
YEAR = 12


class Case(NamedTuple):
    """A world in which both are run."""

    name: str
    package: str | Path
    block: dict[str, Any]  # of the adaptive block
    changes: dict[str, Any]

    def arm(self, **block: Any) -> Any:
        """The scenario with some more of its adaptive block set."""
        own = {f"adaptive.{Path(self.package).stem}.{key}": value for key, value in {**self.block, **block}.items()}
        return scenarios.load("zhaotong", [self.package], {**OPTIONS, **self.changes, **own})


def _fails(instrument: str, **channels: float) -> dict[str, Any]:
    """From month 24 of the package on, an instrument does next to nothing."""
    return {f"instruments.{instrument}.changes": [{"month": 24, "channels": channels}]}


AID, COURSES = _fails("mix_aid_young", referral=0.02), _fails("mix_courses", course_gain=0.005, course_fit=0.0)
MIX, ALIKE = "adaptive_mix", HERE / "alike.yaml"  # a package that ships, and a file
CASES = (
    Case("nothing changes", MIX, {}, {}),
    Case("nothing changes, noise 1", MIX, {"noise": 1.0}, {}),
    Case("aid for the young fails from month 24", MIX, {}, AID),
    Case("courses fail from month 24", MIX, {}, COURSES),
    Case("three alike, noise 1", ALIKE, {"noise": 1.0}, {}),
)


def figures(run: Run) -> np.ndarray:
    """float64[5] of a run: in-county employment and workers at home (means of the last year), hires and foundings
    since the package began, million yuan that its instruments cost."""
    table = run.outcomes
    own = [one.id for one in run.scenario.instruments if not one.is_programme]
    late = table[(table.dimension == "all") & (table.month >= run.month - YEAR)]
    since = table[(table.dimension == "all") & (table.month >= run.scenario.policy_start)]
    means = [late[late.indicator == name].value.mean() for name in ("in_county_employment", "at_home")]
    sums = [since[since.indicator == name].value.sum() for name in ("hires", "foundings")]
    cost = table[(table.dimension == "instrument") & table.group.isin(own) & (table.indicator == "cost")]
    return np.array([*means, *sums, cost.value.sum() / 1e6])


def first_share(run: Run) -> float:
    """Share of the instrument that the block names first in what is planned at the end, percent."""
    from sim.adaptive import planned_costs

    own = [k for k, one in enumerate(run.scenario.instruments) if not one.is_programme]
    assert run.state.budget is not None
    planned = (run.state.budget.dose * planned_costs(run.scenario))[own]
    first = [run.scenario.instruments[k].id for k in own].index(run.scenario.adaptive[0].instruments[0])
    return float(100 * planned[first] / planned.sum())


def compared(case: Case, seeds: int) -> tuple[np.ndarray, Estimate, float]:
    """Adaptive less fixed float64[seeds, 5] in `figures`; the first instrument's share; cost of the fixed mix."""
    arms = [case.arm(), case.arm(step=0)]
    rows, shares = np.empty((seeds, 2, 5)), np.empty(seeds)
    for at in range(seeds):
        runs = [simulate(arm, seed=at + 1) for arm in arms]
        rows[at] = [figures(run) for run in runs]
        shares[at] = first_share(runs[0])
    return rows[:, 0] - rows[:, 1], interval(shares, lambda mean: mean), float(rows[:, 1, 4].mean())


def _cells(apart: np.ndarray) -> list[str]:
    """Means over seeds with intervals, float64[seeds, 5] in."""
    return [_cell(interval(column, lambda mean: mean)) for column in apart.T]


def _cell(one: Estimate) -> str:
    return f"{one.value:+,.0f} ({one.low:+,.0f} to {one.high:+,.0f})"


def table(seeds: int) -> str:
    """The table in Markdown."""
    lines = [
        "| world | in-county employment | at home | hires | foundings | cost, million yuan | fixed mix costs | "
        "share of aid for the young, or of one alike |",
        "|---|---|---|---|---|---|---|---|",
    ]
    usual: np.ndarray | None = None
    for case in CASES:
        apart, share, cost = compared(case, seeds)
        cells = [*_cells(apart), f"{cost:,.0f}", f"{share.value:.0f} % ({share.low:.0f} to {share.high:.0f})"]
        lines.append(f"| {' | '.join([case.name, *cells])} |")
        if usual is None:
            usual = apart
        elif case.changes:
            cells = ["less that of the first row", *_cells(apart - usual), "", ""]
            lines.append(f"| {' | '.join(cells)} |")
        print("\n".join(lines[-2:]), flush=True)
    return "\n".join(lines) + "\n"


def main(seeds: int = 16) -> None:
    """Write the section of results; what stands around it is written by hand."""
    results = table(seeds)
    before, heading, after = PAGE.read_text(encoding="utf-8").partition(HEADING)
    following = after[after.index("\n## ") :]
    intro = f"Zhaotong at scale {OPTIONS['scale']}, {seeds} seeds, policies from month 12 to 83; adaptive less fixed."
    PAGE.write_text(f"{before}{heading}\n{intro}\n\n{results}{following}", encoding="utf-8")


if __name__ == "__main__":
    main()
