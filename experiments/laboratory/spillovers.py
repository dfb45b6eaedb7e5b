"""Direct effects and spillovers of a package, by randomising how many of a county's villages it covers.

Each county is given a saturation (0, 1/3, 2/3 or 1) by a keyed draw, in equal numbers as far as they go, and within it
so many villages are covered by another; every replicate draws anew. Counties are the clusters because labour markets,
premises and budgets are theirs (two-stage randomisation: Hudgens and Halloran 2008; Crepon et al. 2013).

Instruments that can be confined to villages reach the covered ones. Those that cannot (jobs, premises, platforms) are
switched on in the whole of every county with a saturation above 0, so that its uncovered villages feel them too: what
happens there is the county's share of the package and what the covered villages take from it or pass on. What is
counted in the whole place (capacity, premises, jobs, posts) is scaled to the workers of the counties covered: a county
gets neither more nor less than under the package everywhere.

The table gives, by saturation and by whether the village is covered, the change in the share of the cohort for whom an
outcome holds, against the world without packages under the same seed. Uncovered villages show the spillover, at
saturation 0 that between counties; covered less uncovered at the same saturation is the direct effect.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments.estimands.resample import interval
from experiments.laboratory.worlds import Arm, Replicate, arm
from experiments.persons import Payload, holds, weights
from sim.draws import stable_key, stream_seed, uniforms

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import Instrument, Scenario
    from sim.villages import Villages

SATURATIONS = (0.0, 1 / 3, 2 / 3, 1.0)
VOLUMES = ("premises", "jobs_basic", "jobs_skilled", "posts", "workshops")  # channels counted in the whole place
COLUMNS = ("saturation", "treated", "outcome", "horizon", "effect", "low", "high")


class Design(NamedTuple):
    """Which villages are covered."""

    level: np.ndarray  # int64[V], the county's index into SATURATIONS
    covered: np.ndarray  # bool[V]


def design(villages: "Villages", replicate: Replicate) -> Design:
    """The covered villages of a replicate: a county's saturation and its covered villages are keyed draws."""
    seed = int(stream_seed(replicate.seed, f"saturation of population {replicate.population}"))
    counties = len(villages.county_id)
    county_key = np.array([stable_key(f"county/{name}") for name in villages.county_id], np.uint32)
    rank = np.argsort(np.argsort(uniforms(seed, county_key, 0, 0, 0), kind="stable"), kind="stable")
    shift = int(uniforms(seed, np.zeros(1, np.uint32), 1, 0, 0)[0] * len(SATURATIONS))
    level = (rank + shift) % len(SATURATIONS)
    covered = np.zeros(len(villages.id), bool)
    order = uniforms(seed, villages.key, 2, 0, 0)
    for c in range(counties):
        here = np.flatnonzero(villages.county == c)
        count = int(SATURATIONS[level[c]] * len(here) + 0.5)
        covered[here[np.argsort(order[here], kind="stable")[:count]]] = True
    return Design(level[villages.county], covered)


def saturated_arm(scenario: "Scenario", villages: "Villages", packages: Sequence[str], plan: Design) -> Arm:
    """The world in which the packages reach the covered villages only; scenario: the place with all of them."""
    changes: dict[str, object] = {}
    for instrument in scenario.instruments:
        if not instrument.is_programme:
            changes |= confined(scenario, villages, instrument, plan)
    return arm(tuple(packages), changes)


def confined(scenario: "Scenario", villages: "Villages", instrument: "Instrument", plan: Design) -> dict[str, object]:
    """Overrides that confine one instrument to the covered villages, or to their counties."""
    from scenarios.instruments import kinds

    key, own = f"instruments.{instrument.id}", instrument.eligibility
    county_of = [villages.county_id[c] for c in villages.county]
    eligible = np.array([own.covers(county) for county in scenario.counties])[villages.county]
    eligible &= np.array([not own.villages or name in own.villages for name in villages.id])
    reached = np.flatnonzero(eligible & plan.covered)
    if len(reached) == 0:
        return {f"{key}.dose": 0.0}  # an empty list would mean everybody
    counties = sorted({county_of[v] for v in reached})
    changes: dict[str, object] = {}
    if "villages" in kinds()[instrument.kind].eligibility:
        changes[f"{key}.eligibility.villages"] = tuple(villages.id[v] for v in reached)
    else:
        changes[f"{key}.eligibility.counties"] = tuple(counties)
    workers = {county.id: county.workers for county in scenario.counties}
    before = sum(workers[name] for name in {county_of[v] for v in np.flatnonzero(eligible)})
    share = sum(workers[name] for name in counties) / before
    if instrument.capacity is not None:
        changes[f"{key}.capacity"] = instrument.capacity * share
    for name in VOLUMES:
        if name in instrument.channels:
            changes[f"{key}.channels.{name}"] = instrument.channels[name] * share
    return changes


Payloads = Callable[[Replicate], Payload | None]  # None where the run failed


def table(
    saturated: Payloads,
    baseline: Payloads,
    designs: Mapping[Replicate, Design],
    horizons: Sequence[int],
    outcomes: Sequence[str] = ("return", "at_home", "quality_return"),
) -> "pd.DataFrame":
    """The table spillovers.

    saturated, baseline  what `experiments.persons.Capture` noted in the world of `saturated_arm` and in the one
                         without packages of a replicate
    designs              the design of each replicate, over the villages the payloads number
    """
    import pandas as pd

    pairs = [(saturated(one), baseline(one), plan, one.population) for one, plan in sorted(designs.items())]
    known = [(there, base, plan, group) for there, base, plan, group in pairs if there is not None and base is not None]
    groups = np.array([group for *_, group in known])
    rows: list[tuple[Any, ...]] = []
    for row, horizon in enumerate(horizons):
        for outcome in outcomes:
            sums = np.array([_sums(there, base, plan, outcome, row) for there, base, plan, _ in known])
            rows += [(*where, outcome, horizon, *found) for where, found in _effects(sums, groups)]
    rows.sort(key=lambda one: (one[0], one[1], list(outcomes).index(one[2]), one[3]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _sums(there: Payload, base: Payload, plan: Design, outcome: str, row: int) -> np.ndarray:
    """Gained persons and cohort by saturation and coverage: float64[SATURATIONS, 2, 2]."""
    if int(there["person_cohort"][0]) != int(base["person_cohort"][0]):
        raise ValueError("the worlds of a seed do not follow the same cohort")
    village = base["person_village"]
    present = holds(base, "in_workforce", row) & holds(there, "in_workforce", row)
    gained = holds(there, outcome, row).astype(np.int64) - holds(base, outcome, row)
    cell = plan.level[village] * 2 + plan.covered[village]
    weight = weights(base) * present
    size = 2 * len(SATURATIONS)
    parts = (np.bincount(cell, weight * gained, size), np.bincount(cell, weight, size))
    return np.stack(parts, axis=-1).reshape(len(SATURATIONS), 2, 2)


def _effects(sums: np.ndarray, groups: np.ndarray) -> list[tuple[tuple[float, str], tuple[float, float, float]]]:
    """The effect of every saturation and coverage that occurs, with its interval."""
    found = []
    for level, treated in np.ndindex(len(SATURATIONS), 2):
        values = sums[:, level, treated] if len(sums) else np.zeros((0, 2))
        if values[:, 1].sum() > 0:
            value, low, high = interval(values, _ratio, groups if len(set(groups.tolist())) > 1 else None)
            found.append(((SATURATIONS[level], "yes" if treated else "no"), (value, low, high)))
    return found


def _ratio(mean: np.ndarray) -> np.ndarray:
    """Gained over cohort; NaN where nobody is there."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return mean[..., 0] / mean[..., 1]
