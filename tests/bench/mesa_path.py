"""Mesa users' way: `ReturnMigration` and its workers beside a model of Mesa agents, 100,000 workers each."""

import tracemalloc
from collections.abc import Callable

from sim.model import AgentSet, ReturnMigration
from tests.bench.full_model import scenario_of
from tests.bench.peers import objects
from tests.bench.peers import task as t
from tests.bench.table import Row, interleaved, say, seconds_of, summarised

GROUP = "mesa"
WORKERS, REPETITIONS = 100_000, 5
ONE_BY_ONE = 2_000  # workers where each lives the month in Python
WEIGHED = 20_000  # workers whose memory is counted
FULL, AGENTS = "the full model: ReturnMigration", "the full model, every worker a Mesa agent with its step"
REDUCED = "the reduced task, every worker a Mesa agent with its step"


def measure() -> list[Row]:
    """Microseconds a worker to create, to live a month, to read a trait of all, to select by a function."""
    models, many = {}, scenario_of(WORKERS)
    tiny = {"population.workers_per_village": 100, "spin_up": 1, "months": REPETITIONS + 1}
    small = scenario_of(ONE_BY_ONE, **tiny)
    task = t.make(WORKERS)
    makers: dict[str, Callable[[], object]] = {
        FULL: lambda: ReturnMigration(many, seed=1),
        REDUCED: lambda: objects.Migration(task),
        AGENTS: lambda: ReturnMigration(small, seed=1, engine="agents"),
    }
    for name, make in makers.items():
        say(f"  {name}")
        models[name] = make()  # builds and spins up the world, which is kept
        models[name].step()
    sizes = {name: _size(model) for name, model in models.items()}

    def taking(name: str, work: Callable[[], object]) -> Callable[[], float]:
        return lambda: seconds_of(work) / sizes[name] * 1e6

    found = {
        "create": {name: taking(name, make) for name, make in makers.items()},
        "month": {name: taking(name, model.step) for name, model in models.items()},
        "read a trait of all": {
            FULL: taking(FULL, lambda: models[FULL].agents.get("savings")),
            REDUCED: taking(REDUCED, lambda: _workers(models[REDUCED]).get("savings")),
        },
        "select by a function": {
            FULL: taking(FULL, lambda: models[FULL].agents.select(lambda worker: worker.savings > 10_000)),
            REDUCED: taking(REDUCED, lambda: _workers(models[REDUCED]).select(lambda worker: worker.savings > 10)),
        },
    }
    rows = [
        summarised(GROUP, name, sizes[name], 1, quantity, "µs a worker", values)
        for quantity, work in found.items()
        for name, values in interleaved(work, REPETITIONS).items()
    ]
    few, short = t.make(WEIGHED), scenario_of(WEIGHED)
    weighed = {FULL: lambda: ReturnMigration(short, seed=1), REDUCED: lambda: objects.Migration(few)}
    return rows + [_memory(name, make) for name, make in weighed.items()]


def _size(model: object) -> int:
    return len(model.agents) if isinstance(model, ReturnMigration) else len(_workers(model))


def _workers(model: objects.Migration) -> AgentSet:
    return model.agents_by_type[objects.Worker]


def _memory(name: str, make: Callable[[], object]) -> Row:
    """Bytes a worker that a model holds."""
    make()
    tracemalloc.start()
    model = make()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return summarised(GROUP, name, _size(model), 1, "memory", "bytes a worker", [held / _size(model)])
