"""What becomes of each member of the cohort in a run: potential outcomes, person by person, as compact arrays.

    capture = Capture(run)
    run.advance(policy_start); capture.before_start()      # the month before the packages start is done
    run.advance(policy_start + 12); capture.at_horizon()   # once for each horizon, in ascending order
    capture.payload()                                      # dict name -> array, for the run's record

The cohort are the workers registered in the month before the packages start: (place, generation). Runs of one
seed are identical until then, so member j is the same person in all worlds of a seed, and the person's traits
(those of that month) are kept by the run without packages only. Payload; H horizons, n members, V villages:

    person_cohort      uint32[1]    fingerprint of the cohort: equal in all worlds of a seed
    person_outcomes    uint8[H, n]  bits, see OUTCOMES
    person_needs       uint8[H, n]  bits, see `experiments.laboratory.needs.NEEDS`
    county_weight      float64[C]   real persons for one simulated worker
  and without packages
    person_place       int32[n]     place in the population
    person_generation  uint8[n]
    person_village     int32[n]     index of the village
    person_age         int16[n]     months
    person_skill       float32[n]   0..1
    person_savings     int32[n]     yuan
    person_household   uint8[n]     0 ordinary, 1 poverty-lifted, 2 relocated
    person_male        uint8[n]
    village_county     int32[V]     index of the county
    village_remoteness float32[V]   hours to the county seat
"""

import zlib
from typing import Any, NamedTuple

import numpy as np

from experiments.laboratory import needs
from sim.kernels.persons import fill_quality_of_return
from sim.population import World, is_home
from sim.state import FOUNDED, LONGEST, NEVER, NEWCOMER, State, Status, flag

Payload = dict[str, np.ndarray]
# bit -> outcome at a horizon, unconditional: 0 for everything once the person has left the workforce. The names are
# those of the laboratory's outcomes, `in_workforce` apart.
OUTCOMES = ("in_workforce", "return", "at_home", "enterprise", "enterprise_alive", "quality_return")
INDICATORS = ("cohort", "cohort_returned", "cohort_at_home", "cohort_founded", "cohort_owners", "cohort_good_returnees")


class Cohort(NamedTuple):
    """Who is followed, in the order of places."""

    place: np.ndarray  # int64[n]
    generation: np.ndarray  # uint8[n]
    village: np.ndarray  # int64[n]

    @property
    def fingerprint(self) -> np.ndarray:
        """uint32[1], the same for the same persons."""
        code = zlib.crc32(self.generation.tobytes(), zlib.crc32(self.place.astype(np.int64).tobytes()))
        return np.array([code], np.uint32)


def cohort_of(world: World, state: State) -> Cohort:
    """Everybody registered now."""
    place = np.flatnonzero(state.people.status != Status.VACANT)
    village = np.searchsorted(world.geography.start, place, "right") - 1
    return Cohort(place, state.people.generation[place], village)


class Capture:
    """Follows the cohort of one run; see the module's head for when to call what."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.cohort: Cohort | None = None
        self.traits: Payload = {}
        self.outcomes: list[np.ndarray] = []
        self.needs: list[np.ndarray] = []

    def before_start(self) -> None:
        """Note the cohort, when the month before the packages start is done."""
        world, state = self.run.world, self.run.state
        if self.run.month != world.scenario.policy_start:
            expected = world.scenario.policy_start
            raise ValueError(f"the cohort is those of month {expected}; the run has done {self.run.month} months")
        self.cohort = cohort_of(world, state)
        if not world.scenario.packages:
            self.traits = traits_of(world, state, self.cohort)

    def at_horizon(self) -> None:
        """Note what has become of the cohort at the end of the month just done."""
        outcomes, needed = capture(self.run.world, self.run.state, self._followed())
        self.outcomes.append(outcomes)
        self.needs.append(needed)

    def payload(self) -> Payload:
        """Everything noted."""
        cohort = self._followed()
        shape = (len(self.outcomes), len(cohort.place))
        return {
            "person_cohort": cohort.fingerprint,
            "person_outcomes": np.array(self.outcomes, np.uint8).reshape(shape),
            "person_needs": np.array(self.needs, np.uint8).reshape(shape),
            "county_weight": self.run.world.weight.astype(np.float64),
            **self.traits,
        }

    def _followed(self) -> Cohort:
        if self.cohort is None:
            raise ValueError("before_start() comes before at_horizon() and payload()")
        return self.cohort


def capture(world: World, state: State, cohort: Cohort) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and needs of the cohort at the end of the month just done: bits, uint8[n] each."""
    people, place = state.people, cohort.place
    flags, status = people.flags[place], people.status[place]
    present = (people.generation[place] == cohort.generation) & (flags & NEWCOMER == 0) & (status != Status.VACANT)
    since = people.months_since_return[place]
    policy_months = state.month - world.scenario.spin_up - world.scenario.policy_start
    returned = present & (since < min(policy_months, LONGEST))
    home = present & is_home(status)
    good = np.zeros(len(place), bool)
    candidates = np.flatnonzero(home & returned & (since != NEVER))
    good[candidates] = quality_of_return(world, state, place[candidates]) >= world.scenario.parameters.quality.good_bar
    founded = present & (flags & FOUNDED != 0)
    bits = (present, returned, home, founded, present & (status == Status.OWNER), good)
    outcomes = np.zeros(len(place), np.uint8)
    for bit, holds in enumerate(bits):
        outcomes |= holds.astype(np.uint8) << np.uint8(bit)
    return outcomes, np.where(present, needs.needs_of(world, state, place, cohort.village), 0).astype(np.uint8)


def quality_of_return(world: World, state: State, place: np.ndarray) -> np.ndarray:
    """Composite quality float32[n] of workers at home, with the last month's incomes."""
    g, people, firms = world.geography, state.people, state.firms
    village = np.searchsorted(g.start, place, "right") - 1
    profit = np.zeros(len(people.status), np.float32)
    profit[firms.owner] = firms.profit
    series = world.scenario.series
    quality = np.zeros(len(place), np.float32)
    fill_quality_of_return(
        place,
        g.land[village],
        state.counties.wage_factor[g.county[village]],
        profit[place],
        people,
        np.float32(series["wage_local"][state.month - 1]),
        np.float32(series["farm_index"][state.month - 1]),
        world.scenario.parameters,
        quality,
    )
    return quality


def traits_of(world: World, state: State, cohort: Cohort) -> Payload:
    """The cohort's traits now, and where its villages lie."""
    people, place = state.people, cohort.place
    return {
        "person_place": place.astype(np.int32),
        "person_generation": cohort.generation,
        "person_village": cohort.village.astype(np.int32),
        "person_age": people.age[place],
        "person_skill": people.skill[place],
        "person_savings": people.savings[place],
        "person_household": flag(people.flags[place], "household"),
        "person_male": flag(people.flags[place], "male"),
        "village_county": world.geography.county.astype(np.int32),
        "village_remoteness": world.geography.remoteness.astype(np.float32),
    }


def holds(payload: Payload, outcome: str, horizon: int) -> np.ndarray:
    """bool[n]: for whom of the cohort an outcome holds at a horizon (its index)."""
    return (payload["person_outcomes"][horizon] >> np.uint8(OUTCOMES.index(outcome))) & 1 != 0


def weights(payload: Payload) -> np.ndarray:
    """float64[n]: the real persons each member stands for; from the payload of a run without packages."""
    return payload["county_weight"][payload["village_county"][payload["person_village"]]]


def totals(payload: Payload, places: Payload) -> np.ndarray:
    """float64[H, OUTCOMES]: real persons by outcome, which equal INDICATORS; places: a payload with traits."""
    county = places["village_county"][places["person_village"]]
    counties = len(payload["county_weight"])
    bits = (payload["person_outcomes"][:, :, None] >> np.arange(len(OUTCOMES), dtype=np.uint8)) & 1
    counted = np.zeros((len(bits), counties, len(OUTCOMES)), np.int64)
    for c in range(counties):
        counted[:, c] = bits[:, county == c].sum(axis=1)
    return (counted * payload["county_weight"][:, None]).sum(axis=1)
