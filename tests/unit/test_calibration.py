"""Calibration piece by piece, against hand-worked values and closed forms; then whole, on a toy with a known answer."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from experiments.calibration import emulator, matching, posterior, uncertainty
from experiments.calibration.luck import Luck
from experiments.calibration.matching import Observed, Wave
from experiments.calibration.work import Calibration, Settings
from experiments.errors import InputError
from tests import calibration_toys as toys

ONE = np.ones(1)
QUICK = Settings(waves=2, points=70, rounds=1, checked=60, draws=60)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter chains and fewer members: enough for a toy of four parameters."""
    monkeypatch.setattr(matching, "POPULATION", 600)
    monkeypatch.setattr(posterior, "LENGTH", 700)
    monkeypatch.setattr(posterior, "BURN_IN", 300)
    monkeypatch.setattr(posterior, "THIN", 20)


def exact(value: float, error: float) -> tuple[Wave, Observed]:
    """An emulator that knows the figure `first parameter` exactly, and an observation of it."""
    shares = matching.latin(60, 2, Luck(1, "t"))
    wave = Wave(emulator.fit(shares, shares[:, :1]), np.zeros(1), 2)
    return wave, Observed(value * ONE, error * ONE, 0 * ONE, ONE)


def test_emulator_finds_a_quadratic_and_knows_its_error() -> None:
    rng = np.random.default_rng(3)
    shares = rng.random((40, 3))
    a, b, c = shares.T
    values = np.stack([1 + a - 2 * b * c + 3 * c**2, rng.normal(size=40)], axis=1)
    found = emulator.fit(shares, values)
    fresh = rng.random((50, 3))
    a, b, c = fresh.T
    assert found.predict(fresh)[:, 0] == pytest.approx(1 + a - 2 * b * c + 3 * c**2, abs=1e-4)
    assert found.variance[0] < 1e-8 and found.explained[0] > 0.9999
    assert found.explained[1] < 0.2  # noise is not explained


def test_left_out_error_is_that_of_leaving_out() -> None:
    rng = np.random.default_rng(4)
    shares, values = rng.random((25, 2)), rng.normal(size=(25, 1))
    found = emulator.fit(shares, values)
    squares = []
    for penalty in emulator.PENALTIES * 25:
        residuals = []
        for i in range(25):
            kept = np.arange(25) != i
            design, target = emulator.features(shares[kept]), values[kept]
            centred, middle = design - design.mean(axis=0), target.mean(axis=0)
            solved = np.linalg.solve(centred.T @ centred + penalty * np.eye(5), centred.T @ (target - middle))
            residuals.append(values[i] - middle - (emulator.features(shares[[i]]) - design.mean(axis=0)) @ solved)
        squares.append(np.mean(np.square(residuals)))
    assert found.variance[0] == pytest.approx(min(squares), rel=1e-6)


def test_implausibility_by_hand() -> None:
    flat = emulator.Emulator(np.array([5.0]), np.zeros(2), np.zeros((2, 1)), np.array([0.25]), ONE)
    wave = Wave(flat, np.array([0.36]), 4)  # emulator: 0.25 - 0.36 / 4 = 0.16
    observed = Observed(np.array([8.0]), np.array([0.6]), np.array([0.8]), ONE)
    assert wave.variance(observed) == pytest.approx([0.36 + 0.64 + 0.16 + 0.36])
    assert wave.implausibility(np.array([[0.5]]), observed)[0] == pytest.approx([3 / np.sqrt(1.52)])


def test_what_is_left_is_found_evenly_and_measured(quick: None) -> None:
    wave, observed = exact(0.4, 0.01)
    left = matching.not_ruled_out(matching.worst([wave], observed), 2, Luck(5, "t"))
    assert left.cutoff == matching.CUTOFF
    assert left.share == pytest.approx(0.06, rel=0.2)  # three deviations to each side
    assert np.abs(left.points[:, 0] - 0.4).max() <= 0.0301
    assert left.points[:, 1].std() == pytest.approx(np.sqrt(1 / 12), rel=0.1)


def test_nothing_plausible_raises_the_bound_and_says_so(quick: None) -> None:
    wave, observed = exact(2.0, 0.1)  # the nearest point is ten deviations away
    left = matching.not_ruled_out(matching.worst([wave], observed), 2, Luck(6, "t"))
    assert left.cutoff == pytest.approx(10.0, rel=0.05) and left.points[:, 0].min() > 0.9


def test_chains_sample_the_closed_form(quick: None) -> None:
    wave, observed = exact(0.3, 0.2)
    start = matching.latin(500, 2, Luck(7, "t"))
    chains = posterior.sample(wave, observed, start, Luck(8, "t"))
    truth = stats.truncnorm(-1.5, 3.5, loc=0.3, scale=0.2)
    assert chains.points[:, 0].mean() == pytest.approx(truth.mean(), abs=0.02)
    assert chains.points[:, 0].std() == pytest.approx(truth.std(), rel=0.1)
    assert (chains.r_hat < 1.1).all()
    told, idle = posterior.learned(chains.points)
    assert told.contraction == pytest.approx(1 - 12 * truth.var(), abs=0.05) and told.verdict == "identified"
    assert idle.verdict == "silent" and idle.width == pytest.approx(1.0, abs=0.06)


def test_weights_put_a_wrong_emulator_right() -> None:
    wave, observed = exact(0.5, 0.1)
    shares = np.linspace(0, 1, 201)[:, None].repeat(2, axis=1)
    simulated = np.repeat(shares[:, None, :1] + 0.2, 2, axis=1)  # the model lies 0.2 above its emulator
    weight, _ = posterior.weights(simulated, shares, wave, observed)
    ratio = stats.norm.pdf(shares[:, 0] + 0.2, 0.5, 0.1) / stats.norm.pdf(shares[:, 0], 0.5, 0.1)
    assert weight == pytest.approx(ratio / ratio.sum(), abs=1e-4)
    same, effective = posterior.weights(np.repeat(shares[:, None, :1], 2, axis=1), shares, wave, observed)
    assert same == pytest.approx(np.full(201, 1 / 201), rel=1e-2) and effective == pytest.approx(201, rel=1e-2)


def test_resampling_and_quantiles_by_hand() -> None:
    luck = Luck(0, "t")
    assert list(posterior.resampled(np.array([0.5, 0.25, 0.25]), 8, luck)) == [4, 2, 2]
    assert posterior.quantiles(np.array([3.0, 1.0]), (0.25, 0.5, 0.75), np.array([0.5, 0.5])) == (1.0, 2.0, 3.0)
    middle = posterior.quantiles(np.array([1.0, 2.0, 9.0]), (0.5,), np.array([0.1, 0.8, 0.1]))
    assert middle == (2.0,)


def test_sources_of_uncertainty_by_hand() -> None:
    values = np.array([[1.0, 3.0], [5.0, 7.0]])  # means 2 and 6, variance over seeds 2 in each
    parts = uncertainty.decompose(values, np.array([0.5, 0.5]), 0.5)
    assert parts == pytest.approx((4.0, np.sqrt(8.0 - 1.0), np.sqrt(2.0), 0.5))
    luck = uncertainty.decompose(np.array([[1.0, 3.0], [1.0, 3.0]]), np.array([0.5, 0.5]))
    assert luck.parameters == 0.0 and np.isnan(luck.structure)
    rng = np.random.default_rng(1)
    spread = uncertainty.predictive(rng.normal(0, 3, (400, 4)), np.full(400, 1 / 400), (0.025, 0.975), 4.0)
    assert spread == pytest.approx((-9.8, 9.8), rel=0.08)  # deviations 3 and 4 make 5


def test_planted_parameters_are_recovered_and_idle_ones_stay_wide(quick: None) -> None:
    truth = np.array([0.35, 0.6, 0.5, 0.8])
    observed = toys.observed(truth, np.random.default_rng(2))
    result = Calibration(toys.simulate(3), observed, toys.PARAMETERS, QUICK).run()
    found = posterior.learned(result.chains.points)
    assert found[0].verdict == "identified" and found[1].verdict == "identified"
    assert found[3].verdict == "silent" and 0.9 < found[3].width < 1.06
    assert all(one.low - 0.05 <= value <= one.high + 0.05 for one, value in zip(found, truth, strict=True))
    left, _ = posterior.directions(result.chains.points)
    assert (left < 0.1).sum() == 2 and left[-1] == pytest.approx(1.0, abs=0.3)  # the second and third trade off
    assert result.taken.sum() == QUICK.draws and result.effective > 0.3 * QUICK.checked
    shares = [one.left.share for one in result.reports]
    assert shares[0] < 0.2 and shares[1] < 1.3 * shares[0]


def test_failed_points_are_left_out_and_counted(quick: None) -> None:
    simulate, observed = toys.simulate(2), toys.observed(np.full(4, 0.5), np.random.default_rng(3))

    def failing(shares: np.ndarray) -> np.ndarray:
        figures = simulate(shares)
        figures[::7, 0, 1] = np.nan
        return figures

    result = Calibration(failing, observed, toys.PARAMETERS, QUICK._replace(waves=1)).run()
    assert [one.failed for one in result.reports] == [10]
    assert np.isfinite(result.checked.figures).all() and result.failed == 10 + 9
    with pytest.raises(InputError, match="every point has a run that failed"):
        Calibration(lambda shares: np.full((len(shares), 2, toys.FIGURES), np.nan), observed, 4, QUICK).run()


def test_a_calibration_repeats_and_keeps_to_its_designs(quick: None, tmp_path: Path) -> None:
    from experiments.calibration.place import KeptDesigns

    observed = toys.observed(np.full(4, 0.4), np.random.default_rng(4))
    settings = QUICK._replace(waves=1)
    runs = [
        Calibration(toys.simulate(2), observed, 4, settings, designs).run()
        for designs in (KeptDesigns(tmp_path), lambda _, offered: offered())
    ]
    assert (runs[0].checked.shares == runs[1].checked.shares).all()
    assert (runs[0].weight == runs[1].weight).all() and (runs[0].taken == runs[1].taken).all()
    assert (KeptDesigns(tmp_path)("wave-1", np.empty) == runs[0].prior.shares).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["posterior-1.csv", "wave-1.csv"]
