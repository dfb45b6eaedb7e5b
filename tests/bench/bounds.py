"""What the processor and the memory allow: a random word in each of the ways a month draws it, and a copy of the state.

Kernels of their own, with the model's generator; with `rules` these say which part of a month could not be shorter.
"""

import numpy as np

from sim.arithmetic import u32, u64
from sim.compilation import kernel
from sim.draws import Purpose, fill_words, moment_of
from sim.kernels.information import draw_for_chosen
from sim.state import COLUMNS, Status
from tests.bench.full_model import fresh, workers_of
from tests.bench.table import Row, interleaved, say, seconds_of, summarised

GROUP = "bounds"
PLACES, VILLAGES, REPETITIONS = 544, 2_000, 9
LISTED_PLACES = PLACES // 7  # about as many as are in contact in a month
WORKERS = 3_000_000  # of the state that is copied: more than the caches hold
EVERYBODY, LISTED, MANY, COPY = (
    "a word for everybody of a village",
    "a word for a listed worker and an instrument",
    "the same, of 4,000 workers listed at once",
    "the state read and written once",
)
PER_MONTH = "draws by instrument, a worker and month"


@kernel
def words_of_everybody(words, villages, moment):
    """Words for the places of some villages."""
    for v in range(villages):
        fill_words(words, words.shape[0], u64(1), u32(v), u32(moment), u32(0))


@kernel
def words_of_listed(words, chosen, n, villages, moment):
    """Words for some listed places of each of some villages."""
    for v in range(villages):
        draw_for_chosen(words, chosen, n, u64(1), u32(v), u32(moment), u32(7))


def measure() -> list[Row]:
    """Nanoseconds of a draw and of a worker, on one thread, and how many draws by instrument a month takes."""
    fresh(2000)
    run = fresh(WORKERS)
    people, count = run.state.people, workers_of(run)
    listed, many = _listed(LISTED_PLACES), _listed(4_000)
    words, moment = np.empty(PLACES, np.uint32), moment_of(u32(300), u32(Purpose.LEARN))
    room, copies = np.empty(len(many), np.uint32), [column.copy() for column in people]

    def copy() -> None:
        for column, other in zip(people, copies, strict=True):
            np.copyto(other, column)

    work = {
        EVERYBODY: (PLACES * VILLAGES, lambda: words_of_everybody(words, VILLAGES, moment)),
        LISTED: (LISTED_PLACES * VILLAGES, lambda: words_of_listed(room, listed, LISTED_PLACES, VILLAGES, moment)),
        MANY: (4_000 * 100, lambda: words_of_listed(room, many, 4_000, 100, moment)),
        COPY: (count, copy),
    }
    for _, one in work.values():
        one()
    say("  draws and the state")
    found = interleaved({name: lambda one=one: seconds_of(one) for name, (_, one) in work.items()}, REPETITIONS)
    rows = [
        summarised(
            GROUP, name, count if name == COPY else 0, 1, "cost", "ns", [s / work[name][0] * 1e9 for s in found[name]]
        )
        for name in work
    ]
    levers, _ = run.world.levers.at(run.month, run.state.budget)
    asked = int(levers.in_force.sum()) + int(levers.offers_course.sum())
    draws = run.scenario.parameters.social_capital.contact_rate * asked
    nbytes = sum(np.dtype(column.dtype).itemsize for column in COLUMNS)
    occupied = float((people.status != Status.VACANT).mean())
    return [
        *rows,
        summarised(GROUP, PER_MONTH, count, 1, "number", "", [float(draws)]),
        summarised(GROUP, "bytes of a worker's columns", count, 1, "size", "bytes", [nbytes / occupied]),
    ]


def _listed(n: int) -> np.ndarray:
    """Every seventh place, and the last once more up to a vector: int32[n + 16]."""
    return np.minimum(np.arange(n + 16, dtype=np.int32), n - 1) * np.int32(7)
