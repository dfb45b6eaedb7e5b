"""A thinner sample of villages says the same within its sampling error."""

from typing import Any

import numpy as np
import pytest

TOY = {"spin_up": 12, "months": 12, "population.workers_per_village": 40, "parameters.decision.consider_base": 0.05}
FLOWS = ("returns", "hires", "courses", "closures", "leavers", "entrants", "money_income")
SHARES = ("at_home", "out_province", "wage_basic", "farm", "owners", "skilled_workers", "returnees", "aware")


@pytest.fixture(scope="module")
def fine_and_coarse(worlds: Any) -> list[list[Any]]:
    """Runs at scale 4 (10,000 workers) and 20 (2,000 workers), for four populations and their luck."""
    return [
        [worlds.run(["training"], {**TOY, "scale": scale, "population.seed": seed}, seed=seed) for seed in range(4)]
        for scale in (4, 20)
    ]


def share(worlds: Any, run: Any, indicator: str) -> float:
    """An indicator at the end as a share of the workers."""
    return float(worlds.series(run, indicator)[-1] / worlds.series(run, "workers")[-1])


@pytest.mark.parametrize("indicator", SHARES)
def test_shares_agree_between_scales(worlds: Any, fine_and_coarse: Any, indicator: str) -> None:
    fine, coarse = (np.array([share(worlds, run, indicator) for run in runs]) for runs in fine_and_coarse)
    p = fine.mean()
    error = np.sqrt(p * (1 - p) / 2000 / 4) * 2  # twice the binomial error, for people of a village are alike
    assert abs(coarse.mean() - p) < 3 * error


@pytest.mark.parametrize("indicator", FLOWS)
def test_flows_agree_between_scales_in_persons_and_yuan(worlds: Any, fine_and_coarse: Any, indicator: str) -> None:
    fine, coarse = ([worlds.series(run, indicator).sum() for run in runs] for runs in fine_and_coarse)
    simulated = np.mean(coarse) / 20  # events behind each coarse figure
    tolerance = 0.02 if indicator == "money_income" else 3 * 2 / np.sqrt(4 * simulated)
    assert np.mean(coarse) == pytest.approx(np.mean(fine), rel=tolerance)


def test_weights_make_the_registered_workers_at_any_scale(worlds: Any, fine_and_coarse: Any) -> None:
    for runs in fine_and_coarse:
        run = worlds.begin(runs[0].scenario)
        counties = run.workers().groupby("county").weight.sum()
        assert counties.round(6).to_dict() == {"upper": 30000, "lower": 10000}
