"""The control `classes`: who comes home in which worlds, from runs that kept their persons."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.laboratory import classes, potential_outcomes, spillovers, village_map
from experiments.laboratory.arms import ArmScenarios
from experiments.laboratory.experiment import Experiment
from experiments.laboratory.factorial import Cells, cell_arms
from experiments.laboratory.worlds import Arm, Replicate
from experiments.persons import OUTCOMES, Payload

if TYPE_CHECKING:
    from experiments.laboratory.simulated import SimulatedWorlds

PERSONS = "persons.parquet"


def outcome_of(experiment: Experiment) -> str:
    """The first of the experiment's outcomes that persons have one by one."""
    named = [outcome.id for outcome in experiment.outcomes if outcome.id in OUTCOMES]
    return named[0] if named else "return"


def person_tables(worlds: "SimulatedWorlds", experiment: Experiment, cells: Cells, folder: Path) -> dict[str, Any]:
    """The tables classes, patterns, profiles, missing, spillovers, villages and ties; the persons go to a file."""
    outcome, horizons, replicates = outcome_of(experiment), cells.horizons, cells.replicates
    payloads = _payloads(worlds, cell_arms(cells.names))
    placebo = _placebo(worlds, cells)
    found = classes.tables(payloads, cells.names, horizons, replicates, outcome=outcome, placebo=placebo)
    potential_outcomes.write(folder / PERSONS, payloads, cells.names, horizons, replicates, outcomes=(outcome,))
    found |= _geography(worlds, experiment, cells, payloads, outcome)
    return found


def _payloads(worlds: "SimulatedWorlds", arms: Sequence[Arm]) -> Callable[[int, Replicate], Payload | None]:
    def payload(mask: int, replicate: Replicate) -> Payload | None:
        return worlds.payload(arms[mask], replicate)

    return payload


def _placebo(worlds: "SimulatedWorlds", cells: Cells) -> Callable[[int, Replicate], Payload | None]:
    """Worlds without packages that differ in who comes first where places are short."""
    arms = [classes.placebo_arm(mask) for mask in range(2 ** len(cells.names))]
    worlds.follow(arms[1:], cells.replicates)
    return _payloads(worlds, arms)


def _geography(
    worlds: "SimulatedWorlds",
    experiment: Experiment,
    cells: Cells,
    payloads: Callable[[int, Replicate], Payload | None],
    outcome: str,
) -> dict[str, Any]:
    """Spillovers between villages, and the map."""
    scenarios = ArmScenarios(experiment.place, experiment.files, experiment.overrides)
    villages = {
        population: build_villages(scenarios.scenario(Arm(), population)) for population in experiment.populations
    }
    designs, arms = {}, {}
    for replicate in cells.replicates:
        here = villages[replicate.population]
        designs[replicate] = spillovers.design(here, replicate)
        arms[replicate] = spillovers.saturated_arm(experiment.scenario, here, cells.names, designs[replicate])
    worlds.follow_pairs([(arms[replicate], replicate) for replicate in cells.replicates])
    table = spillovers.table(
        lambda replicate: worlds.payload(arms[replicate], replicate),
        lambda replicate: payloads(0, replicate),
        designs,
        cells.horizons,
    )
    first = villages[cells.replicates[0].population]
    drawn = village_map.tables(first, payloads, cells.names, cells.horizons, cells.replicates, outcome=outcome)
    return {"spillovers": table, **drawn}


def build_villages(scenario: Any) -> Any:
    """The villages of a scenario's population."""
    from sim.population import build_world

    return build_world(scenario).villages
