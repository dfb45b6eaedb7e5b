"""A programme that evaluates, feeds back and reallocates: it sees what a county could observe, and moves budget.

Written once for both engines, on counts of the whole place. What is planned to be spent stays what the fixed mix plans:
a review only divides it anew. Assumptions all: the sources name the loop (Li 2025), and neither interval nor rule.
"""

import math
from collections.abc import Mapping

import numpy as np

from sim.arithmetic import f32, u32, u64
from sim.draws import Purpose, draw_four, moment_of, stable_key
from sim.phases import MonthResult
from sim.policy import strength_at
from sim.population import World
from sim.rules.decision import normal_like
from sim.scenario import Adaptive, Scenario
from sim.state import Budget, State, Status

PLACE = u32(0)  # of the draws: the office stands for the whole place
JOBS = (Status.WAGE_BASIC, Status.WAGE_SKILLED, Status.POST)


def planned_cost(capacity: float | None, unit_cost: float, fixed_cost: float) -> float:
    """Yuan a month that an instrument is planned to cost at dose 1, its places all used; in proportion to the dose."""
    return (0.0 if capacity is None else capacity / 12.0 * unit_cost) + fixed_cost


def planned_costs(scenario: Scenario) -> np.ndarray:
    """float64[I]: `planned_cost` of every instrument."""
    return np.array([planned_cost(one.capacity, one.unit_cost, one.fixed_cost) for one in scenario.instruments])


def reallocated(shares: np.ndarray, results: np.ndarray, allotted: np.ndarray, step: float, floor: float) -> np.ndarray:
    """The next shares of the budget, float64[n], from its shares now and what was seen of a period.

    Each instrument is drawn to what its share would be if the budget followed the results: p = s r / sum(s r) with
    r = results / allotted (yuan), above a floor that each keeps. Of the budget at most the share `step` moves. Without
    any result all stays. Results below 0 count as 0. Source: assumption (replicator rule: no share moves when all
    returns are equal). reallocated([.5, .5], [30, 10], [1, 1], 1, 0) = [.75, .25]; with step 0.1 it is [.6, .4].
    """
    pull = shares * np.maximum(results, 0.0) / allotted
    whole, drawn = math.fsum(shares), math.fsum(pull)
    if drawn == 0.0:
        return shares.copy()
    least = min(floor, whole / len(shares))
    gap = least + (whole - len(shares) * least) * (pull / drawn) - shares
    moved = math.fsum(np.abs(gap)) / 2.0
    return shares + (1.0 if moved <= step else step / moved) * gap


def review(world: World, state: State, seed: np.uint64) -> None:
    """At the start of a month: divide anew the budget of every programme that is due for its review.

    A period of `review` months since the packages began is looked at `lag` months after its end.
    """
    scenario = world.scenario
    if not scenario.adaptive:
        return
    if state.budget is None:
        nothing = np.zeros((0, len(scenario.instruments)))
        doses = np.array([one.dose for one in scenario.instruments])
        state.budget = Budget(doses, nothing, np.tile(state.people.used, (len(scenario.adaptive), 1)), nothing)
    since = state.month - scenario.spin_up - scenario.policy_start
    for before, programme in zip(state.budget.before, scenario.adaptive, strict=True):
        if since >= 0 and since % programme.review == 0:  # a period begins
            before[:] = state.people.used
        end = since - programme.lag
        if end >= programme.review and end % programme.review == 0:
            _reallocate(scenario, state.budget, programme, slice(end - programme.review, end), state.month, seed)


def _reallocate(
    scenario: Scenario, budget: Budget, programme: Adaptive, period: slice, index: int, seed: np.uint64
) -> None:
    """Set new doses, in place, of the instruments in force that were paid for in the period."""
    month, cost = index - scenario.spin_up, planned_costs(scenario)
    ids = [one.id for one in scenario.instruments]
    allotted = budget.allotted[period].sum(axis=0)
    planned = budget.dose * cost
    managed = [k for k, name in enumerate(ids) if name in programme.instruments and planned[k] > 0]
    seen_of = [k for k in managed if allotted[k] > 0 and strength_at(scenario.instruments[k], month) > 0]
    if len(seen_of) < 2:
        return
    calendar = scenario.start - scenario.spin_up + index
    errors = [observation_error(seed, ids[k], calendar, programme.noise) for k in seen_of]
    seen = budget.results[period][:, seen_of].sum(axis=0) * np.array(errors)
    shares = planned[seen_of] / math.fsum(planned[managed])
    budget.dose[seen_of] *= reallocated(shares, seen, allotted[seen_of], programme.step, programme.floor) / shares


def observation_error(seed: np.uint64, instrument: str, calendar: int, noise: float) -> float:
    """The factor on a figure that is seen, never below 0: 1 + noise times a keyed draw of variance 1 [U10]."""
    moment = moment_of(calendar, Purpose.OBSERVE)
    draws = draw_four(u64(seed), u32(stable_key(instrument)), PLACE, moment, u32(0))
    return max(0.0, 1.0 + float(normal_like(*map(f32, draws), f32(noise))))


def observe(world: World, state: State, result: MonthResult) -> None:
    """At the end of a month: note what instruments were allotted, and what the county could count of their users."""
    budget, scenario = state.budget, world.scenario
    if budget is None or state.month <= scenario.spin_up + scenario.policy_start:
        return
    results = np.zeros(len(scenario.instruments))
    for before, programme in zip(budget.before, scenario.adaptive, strict=True):
        managed = [k for k, one in enumerate(scenario.instruments) if one.id in programme.instruments]
        before &= state.people.used  # who was succeeded by another has used nothing
        recent = state.people.used & ~before
        results[managed] = results_of(world, state, result.uses, programme.observed, managed, recent)
    state.budget = Budget(
        budget.dose,
        np.vstack([budget.results, results]),
        budget.before,
        np.vstack([budget.allotted, planned_costs(scenario) * result.strength]),
    )


def results_of(
    world: World,
    state: State,
    uses: np.ndarray,
    observed: Mapping[str, float],
    instruments: list[int],
    recent: np.ndarray,
) -> list[float]:
    """What counts as results of some instruments in the month just done, real persons times the weights `observed`.

    recent uint32[places]: bits of the instruments that each worker came to use in the present period; he or she counts
    for each. uses: all of the month; hires: into jobs and posts of the county; foundings; returns: moves home.
    """
    people, g = state.people, world.geography
    moved = (people.months_in_status == 0) | (people.months_since_return == 0)
    who = np.flatnonzero(moved & (recent != 0))
    status, fresh = people.status[who], people.months_in_status[who] == 0
    happened = {
        "hires": np.isin(status, JOBS) & fresh,
        "foundings": (status == Status.OWNER) & fresh,
        "returns": (status > Status.IN_PROVINCE) & (status != Status.VACANT) & (people.months_since_return[who] == 0),
    }
    persons = world.weight[g.county[np.searchsorted(g.start, who, "right") - 1]]
    worth = persons * sum(observed[name] * happened[name] for name in happened)
    used = recent[who]
    return [
        math.fsum(worth[(used >> np.uint32(k)) & 1 != 0]) + observed["uses"] * math.fsum(uses[k] * world.weight)
        for k in instruments
    ]
