"""What is measured of a run is what its table says; arms are the scenarios that files and overrides would give."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scenarios
from experiments import measure
from experiments.errors import InputError
from experiments.laboratory.arms import ArmScenarios
from experiments.laboratory.simulated import SimulatedWorlds, label
from experiments.laboratory.worlds import Arm, Replicate, arm
from experiments.measure import INDICATORS, Measure, discounts
from experiments.outcomes import OUTCOMES
from experiments.records import FAILED, Records
from scenarios.files import find, shipped_packages

PLACE = Path(__file__).parents[1] / "places" / "small.yaml"  # 24 months, packages from month 6 on
COSTLY = {"instruments.posts.fixed_cost": 1000.0}  # a programme of the place
FOUR = [arm(), arm(["credit"]), arm({"training": 2.0}), arm(["credit", "training"])]
OTHER_KINDS = (
    "aid", "bank", "brigade", "chain", "city", "courses", "desk", "loans", "online", "sites", "tax", "workshops",
)  # fmt: skip


def test_a_payload_is_what_the_table_of_the_run_says(worlds: Any) -> None:
    run = worlds.run(["training"], COSTLY, seed=5)
    scenario = worlds.scenario(["training"], COSTLY)
    payload, seconds, worker_months = Measure((9, 18))(scenario, 5)
    assert seconds > 0 and 0.5 < worker_months / (18 * 40000 / 20) < 1.5
    table = run.outcomes
    whole = table[table.dimension == "all"].pivot(index="month", columns="indicator", values="value")
    expected = whole.reindex(columns=list(INDICATORS)).loc[[8, 17]].to_numpy()
    assert np.array_equal(payload["indicators"], expected, equal_nan=True)
    own = table[table.dimension == "instrument"]
    for k, instrument in enumerate(scenario.instruments):
        monthly = own[own.group == instrument.id].pivot(index="month", columns="indicator", values="value")
        for h, months in enumerate((9, 18)):
            cost, uses = monthly.cost.to_numpy()[:months], monthly.uses.to_numpy()[:months]
            worth = 1.03 ** (-(np.arange(months) - 6) / 12)
            assert payload["spend"][h, k] == pytest.approx((cost * worth).sum(), rel=1e-12)
            assert payload["uses"][h, k] == pytest.approx(uses.sum(), rel=1e-12)
    assert payload["spend"][1].min() > 0 and payload["uses"][1].max() > 0


def test_a_yuan_is_worth_three_hundredths_less_a_year_later() -> None:
    worth = discounts(25, 6)
    assert worth[6] == 1.0
    assert worth[[18, 12, 0]] == pytest.approx([1 / 1.03, 1.03**-0.5, 1.03**0.5], rel=1e-14)
    assert len(discounts(3, 10)) == 3 and discounts(3, 10)[0] == pytest.approx(1.03 ** (10 / 12), rel=1e-14)


def test_following_persons_changes_nothing_else(worlds: Any) -> None:
    scenario = worlds.scenario(["training"])
    plain, followed = (Measure((9, 18), persons)(scenario, 5).payload for persons in (False, True))
    assert {name for name in followed if not name.startswith("person")} > set(plain)
    assert followed["person_outcomes"].shape[0] == 2
    for name, array in plain.items():
        assert np.array_equal(array, followed[name], equal_nan=True)


def test_months_beyond_the_run_are_refused(worlds: Any) -> None:
    with pytest.raises(ValueError, match="expected at most 24"):
        Measure((6, 25))(worlds.scenario(), 1)
    for months in ((), (0, 3), (3, 3), (6, 3)):
        with pytest.raises(ValueError, match="ascending, from 1"):
            Measure(months)


@pytest.mark.parametrize(
    ("given", "overrides"),
    [
        (arm(), {}),
        (arm(["training", "credit+industry"]), {}),
        (arm({"training": 2.0}), {"instruments.order_training.dose": 2, "instruments.certification.dose": 2}),
        (
            arm(["training"], {"mechanisms.peer_threshold": False, "parameters.enterprise.sigma": 1.5}),
            {"mechanisms.peer_threshold": False, "parameters.enterprise.sigma": 1.5},
        ),
        (arm(["adaptive_mix"], {"adaptive.adaptive_mix.step": 0}), {"adaptive.adaptive_mix.step": 0}),
        (
            arm({"other_kinds": 1.5}),
            {
                **{f"instruments.{one}.dose": 1.5 for one in OTHER_KINDS},
                "instruments.loans.capacity": 4500,  # the dose of loans leaves their places as they are
            },
        ),
    ],
)
@pytest.mark.parametrize("population", [3, 11])
def test_an_arm_is_what_files_and_overrides_give(
    worlds: Any, given: Arm, overrides: dict[str, Any], population: int
) -> None:
    other = worlds.other_kinds()
    names = ["training", other, "industry+credit", "adaptive_mix"]
    arms = ArmScenarios(PLACE, names, {"months": 18, "instruments.bank.unit_cost": 7})
    assert arms.packages == ("training", "other_kinds", "credit+industry", "adaptive_mix")
    names = [other if name == "other_kinds" else name for name, _ in given.doses]
    held = {"instruments.bank.unit_cost": 7} if other in names else {}
    expected = scenarios.load(PLACE, names, {"months": 18, "population.seed": population, **held, **overrides})
    found = arms.scenario(given, population)
    assert (found.hash, found.world_hash) == (expected.hash, expected.world_hash)
    assert (found.name, found.title_en, found.instruments) == (expected.name, expected.title_en, expected.instruments)
    assert found.adaptive == expected.adaptive
    assert arms.scenario(given).population_seed == 3


def test_packages_that_cannot_be_told_apart_are_refused(worlds: Any) -> None:
    training = find("training", shipped_packages(), "package").read_text(encoding="utf-8")
    twin = worlds.folder / "twin.yaml"
    twin.write_text(training.replace("id: training", "id: twin"), encoding="utf-8")
    with pytest.raises(InputError, match='"training" and "twin" share the instrument'):
        ArmScenarios(PLACE, ["training", twin], {})
    with pytest.raises(InputError, match="twice"):
        ArmScenarios(PLACE, ["training", "credit", "training"])
    arms = ArmScenarios(PLACE, ["training"])
    with pytest.raises(ValueError, match="expected one of training"):
        arms.scenario(arm(["credit"]))
    with pytest.raises(InputError, match="dose of certification: 1500; expected 0 to 1000"):
        arms.scenario(arm({"training": 1500.0}))


def test_values_of_processes_are_those_of_one_and_worlds_are_made_once(tmp_path: Path) -> None:
    replicates = [Replicate(3, 1), Replicate(3, 2), Replicate(4, 1)]
    found = []
    for workers in (1, 2):
        how = {"horizons": (3, 12), "overrides": COSTLY, "records": tmp_path / f"{workers}", "workers": workers}
        with SimulatedWorlds(PLACE, ["training", "credit"], **how) as worlds:
            values = worlds(FOUR, replicates)
            again = worlds([FOUR[2]], replicates[::-1])
            assert np.array_equal(again.outcomes[0], values.outcomes[2, ::-1])
            assert (worlds.summary.done, worlds.summary.reused, worlds.failures) == (12, 3, [])
            found.append((values, worlds.runs()))
            payload = worlds.payload(FOUR[3], replicates[1])
    (values, rows), (others, other_rows) = found
    assert all(np.array_equal(one, other) for one, other in zip(values, others, strict=True))
    assert rows == other_rows and [row.arm for row in rows[::3]] == ["credit", "credit+training", "none", "training=2"]
    assert values.outcomes.shape == (4, 3, 7, 2) and values.cohort.shape == (4, 3, 2)
    assert not np.array_equal(values.outcomes[0, 0], values.outcomes[0, 2])
    assert payload is not None
    for o, outcome in enumerate(OUTCOMES):
        assert np.array_equal(values.outcomes[3, 1, o], payload["indicators"][:, INDICATORS.index(outcome.indicator)])
    of_packages = payload["spend"][:, 1:].sum(axis=1)  # the programme comes first
    assert values.spend[3, 1].sum(axis=0) == pytest.approx(of_packages, rel=1e-12)
    none, credit, training, both = values.spend
    assert not none.any() and not credit[:, 0].any() and not training[:, 1].any()  # the programme is nobody's
    assert (both[:, 0] > 0).all() and (both[:, 1, 1] > 0).any() and (training[:, 0] > 0).all()


def test_fixed_cost_grows_once_with_the_dose(worlds: Any, tmp_path: Path) -> None:
    fairs = worlds.package("talks", "- {id: talks, kind: council, name: {en: T, zh: 议}, fixed_cost: 1000}")
    with SimulatedWorlds(PLACE, [fairs], horizons=(12,), records=tmp_path / "runs", workers=1) as simulated:
        spend = simulated([arm({"talks": 1.0}), arm({"talks": 2.5})], [Replicate(3, 1)]).spend[:, 0, 0, 0]
    whole = 1000 * (1.03 ** (-np.arange(12) / 12)).sum()
    assert spend == pytest.approx([whole, 2.5 * whole], rel=1e-12)


def test_a_run_that_fails_is_missing_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def simulate(scenario: Any, seed: int, **how: Any) -> Any:
        if seed == 2 and scenario.packages:
            raise FloatingPointError("lost")
        return original(scenario, seed, **how)

    original = measure.simulate
    monkeypatch.setattr(measure, "simulate", simulate)
    replicates = [Replicate(3, 1), Replicate(3, 2)]
    with SimulatedWorlds(PLACE, ["training"], horizons=(3,), records=tmp_path / "runs", workers=1) as simulated:
        values = simulated([arm(), arm(["training"])], replicates)
        missing = [np.isnan(array).all(axis=tuple(range(2, array.ndim))).tolist() for array in values]
        assert missing == [[[False, False], [False, True]]] * 3
        (failure,) = simulated.failures
        assert (failure.arm, failure.seed) == ("training", 2) and failure.traceback.endswith(
            "FloatingPointError: lost\n"
        )
        assert [row.status == FAILED for row in simulated.runs()] == [False, False, False, True]
        assert simulated.payload(arm(["training"]), replicates[1]) is None
        monkeypatch.setattr(measure, "simulate", original)
        assert not np.isnan(simulated([arm(["training"])], replicates).outcomes).any() and not simulated.failures


def test_persons_are_kept_where_asked(tmp_path: Path) -> None:
    with SimulatedWorlds(PLACE, ["training"], horizons=(3, 6), records=tmp_path / "runs", workers=1) as simulated:
        simulated.follow_pairs([(arm(), Replicate(3, 1))])
        values = simulated([arm(), arm(["training"])], [Replicate(3, 1)])
        assert (simulated.summary.done, simulated.summary.reused) == (2, 1)
        payload = simulated.payload(arm(), Replicate(3, 1))
        assert payload is not None and payload["person_outcomes"].shape[0] == 2
        assert values.cohort[0, 0, 0] == payload["indicators"][0, INDICATORS.index("cohort")]
        assert "person_outcomes" not in (simulated.payload(arm(["training"]), Replicate(3, 1)) or {})


def test_horizons_beyond_the_run_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="month 42, and the run ends after 24; expected a horizon of at most 18"):
        SimulatedWorlds(PLACE, ["training"], horizons=(12, 36), records=tmp_path / "runs")
    assert not list(tmp_path.iterdir())


def test_an_arm_is_named_in_a_line() -> None:
    assert label(arm()) == "none"
    assert label(arm({"b": 1.0, "a": 0.1}, {"y": False, "x": 2})) == "a=0.1+b; x=2; y=False"
    long = [label(arm([], {"x": tuple(range(k, 40))})) for k in (0, 1)]
    assert long[0] != long[1] and max(map(len, long)) < 60


def test_one_store_serves_many(tmp_path: Path) -> None:
    with Records(tmp_path / "runs") as records:
        for expected in ((1, 0), (0, 1)):
            simulated = SimulatedWorlds(PLACE, ["training"], horizons=(3,), records=records, workers=1)
            simulated([arm()], [Replicate(3, 1)])
            assert (simulated.summary.done, simulated.summary.reused) == expected
