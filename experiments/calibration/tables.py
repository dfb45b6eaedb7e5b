"""What a calibration found, as tables."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.calibration import posterior
from experiments.calibration.matching import Observed
from experiments.calibration.priors import Priors
from experiments.calibration.targets import Target
from experiments.calibration.work import Result

EDGES = (0.05, 0.95)


def tables_of(result: Result, priors: Priors, targets: Sequence[Target], observed: Observed) -> dict[str, pd.DataFrame]:
    """Every table by name."""
    return {
        "waves": waves(result, targets),
        "fit": fit(result, targets, observed),
        "parameters": parameters(result, priors),
        "directions": directions(result, priors),
        "draws": draws(result, priors),
    }


def waves(result: Result, targets: Sequence[Target]) -> pd.DataFrame:
    """What each wave left of the prior, the bound it was cut at, and how well its emulators predict left-out points."""
    rows = []
    for one in result.reports:
        least = int(np.nanargmin(one.explained)) if np.isfinite(one.explained).any() else 0
        rows.append(
            {
                "wave": one.name,
                "points": one.points,
                "failed": one.failed,
                "share_left": one.left.share,
                "cutoff": one.left.cutoff,
                "explained_median": float(np.nanmedian(one.explained)),
                "explained_least": float(one.explained[least]),
                "least_explained": targets[least].key,
            }
        )
    return pd.DataFrame(rows)


def fit(result: Result, targets: Sequence[Target], observed: Observed) -> pd.DataFrame:
    """Model against data: 90 % ranges of the prior and of the posterior (means over seeds), and what they hold.

    implausibility is that of the posterior's mean; within says whether it lies in the stated range or tolerance.
    """
    before = np.nanmean(result.prior.figures, axis=1)
    after, weight = result.checked.figures.mean(axis=1), result.taken / result.taken.sum()
    wave = result.waves[-1]
    rows = []
    for t, one in enumerate(targets):
        low, median, high = posterior.quantiles(after[:, t], posterior.INTERVAL, weight)
        prior_low, prior_high = np.nanquantile(before[:, t], EDGES)
        mean = float(np.average(after[:, t], weights=weight))
        luck = float(wave.seed_variance[t])
        spread = float(np.sqrt(one.error**2 + one.discrepancy**2 + luck))
        rows.append(
            {
                "id": one.id,
                "figure": one.figure,
                "figure_zh": one.figure_zh,
                "years": str(one.years),
                "unit": one.unit,
                "data": one.value,
                "low": one.low,
                "high": one.high,
                "tolerance": one.tolerance,
                "error": one.error,
                "discrepancy": one.discrepancy,
                "weight": one.weight,
                "prior_low": prior_low,
                "prior_high": prior_high,
                "model": mean,
                "model_median": median,
                "model_low": low,
                "model_high": high,
                "seed_deviation": float(np.sqrt(luck)),
                "emulator_deviation": float(np.sqrt(wave.emulator_variance[t])),
                "implausibility": abs(mean - one.value) / spread,
                "within": one.holds(mean),
                "place": one.place,
                "note": one.note,
            }
        )
    return pd.DataFrame(rows)


def parameters(result: Result, priors: Priors) -> pd.DataFrame:
    """Each parameter's prior and posterior, and what the data say of it.

    Intervals hold 90 %; contraction is 1 - posterior variance / prior variance in the prior's own measure, by the
    emulators' chains, and `contraction_checked` the same of the draws that the model has checked. `centre` is one
    draw of the ensemble, the one in the middle.
    """
    found = posterior.learned(result.chains.points)
    checked = posterior.learned(result.checked.shares, result.taken / result.taken.sum())
    middle = result.checked.shares[centre(result)]
    rows = []
    for p, (one, say, again) in enumerate(zip(priors.ranges, found, checked, strict=True)):
        rows.append(
            {
                "parameter": one.key,
                "prior_low": one.low,
                "prior_high": one.high,
                "low": one.at(say.low),
                "median": one.at(say.median),
                "high": one.at(say.high),
                "low_share": say.low,
                "median_share": say.median,
                "high_share": say.high,
                "width": say.width,
                "contraction": say.contraction,
                "contraction_checked": again.contraction,
                "says": say.verdict,
                "r_hat": float(result.chains.r_hat[p]),
                "centre": one.at(float(middle[p])),
                "source": priors.sources.get(one.key, ""),
            }
        )
    return pd.DataFrame(rows)


def centre(result: Result) -> int:
    """The draw of the ensemble nearest to its mean, in units of its own spread (Mahalanobis 1936)."""
    points = result.chains.points
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(points.T)))
    apart = result.checked.shares - points.mean(axis=0)
    distance = np.einsum("np,pq,nq->n", apart, inverse, apart)
    return int(np.argmin(np.where(result.taken > 0, distance, np.inf)))


def directions(result: Result, priors: Priors) -> pd.DataFrame:
    """Principal directions of the posterior: how much of the prior's variance is left along each, and what it mixes."""
    left, vectors = posterior.directions(result.chains.points)
    rows = []
    for k, share in enumerate(left):
        order = np.argsort(-np.abs(vectors[:, k]))[:3]
        sign = np.sign(vectors[order[0], k])
        parts = [f"{sign * vectors[p, k]:+.2f} {priors.ranges[p].key.rpartition('.')[2]}" for p in order]
        rows.append({"direction": k + 1, "variance_left": float(share), "mostly": " ".join(parts)})
    return pd.DataFrame(rows)


def draws(result: Result, priors: Priors) -> pd.DataFrame:
    """The draws that were checked by simulation: importance weight, times taken into the ensemble, parameters."""
    values = priors.natural(result.checked.shares)
    table = pd.DataFrame(values, columns=[one.key for one in priors.ranges])
    table.insert(0, "taken", result.taken)
    table.insert(0, "importance", result.weight)
    return table
