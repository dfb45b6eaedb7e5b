"""The fast engine: compiled kernels over arrays, one range of villages a thread.

Threads are Python's own; kernels release the lock. Every sum over workers is an integer and every thread
writes its own rows, so the number of threads changes no bit.
"""

import itertools
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from sim.alignment import aligned
from sim.gathering import Lists, give_back_freed_memory, joined
from sim.kernels import advance, applicants, census, clearing, firms, lists, table
from sim.outcomes import CELLS, Flow, Ledger, Stock, Tallies
from sim.phases import Book, Counts, MonthResult, rationing_salt
from sim.population import World
from sim.state import Firms, State, Status, empty_firms
from sim.world import (
    BATCH,
    CHUNK,
    INTENT_BASIC,
    INTENT_SKILLED,
    MOST_SECTORS,
    WORDS,
    Applicants,
    Applications,
    Levers,
    Listed,
    Month,
    Scene,
    Scratch,
    Sums,
    Table,
)

LARGE = 1 << 24  # places of a world that leaves no memory unused
PIECE = 1 << 18  # places whose applicants are listed at a time
FINE_BITS, COARSE_BITS = 8, 2  # of a histogram of priorities
FINE_FROM = 64  # applicants a pool from which on the fine one is worth its while
FEW = 1024  # a list of fewer is not worth a second thread
OF_THE_RECORD = ("stocks", "histogram")  # sums that a month which is not recorded leaves at 0
DEVIATIONS = 6  # by which the number of those with small draws may stay below what is expected, before all are listed
APART = 64  # counties a thread from which on no county is of two threads, which then add to the same sums


class _Space:
    """One thread's working space, its counties, and the sums it adds to; of other counties it touches no row."""

    def __init__(self, places: int, most: int, counties: slice, sums: Sums) -> None:
        self.counties, self.sums = counties, sums
        self.is_counted = False  # whether the population was, since the sums were cleared
        mark_words = aligned(places // 8, np.uint64, np.zeros)
        self.applications, self.holders = Lists(3, most), Lists(1, most)
        self.scratch = Scratch(
            words=aligned(places, np.uint32), trigger=aligned(places, np.uint8), gain=aligned(places, np.float32),
            visit=aligned(places, np.float32), income=aligned(places, np.float32), cell=aligned(places, np.uint8),
            intent=aligned(places, np.uint8), course=aligned(places, np.uint8),
            chosen=aligned(places, np.int32), few=aligned(places, np.int32),
            known=aligned(places, np.uint32), used=aligned(places, np.uint32), near=aligned(32, np.float32),
            mark=mark_words.view(np.uint8), mark_words=mark_words,
            listed=Listed(
                who=aligned(places + lists.LANES, np.int64), village=aligned(places + lists.LANES, np.int32),
                trigger=aligned(places + lists.LANES, np.uint8), income=aligned(places + lists.LANES, np.float32),
                peers=aligned(places + lists.LANES, np.float32), owners=aligned(places + lists.LANES, np.float32),
            ),
            table=Table(
                rows=aligned(table.ROWS * CHUNK, np.float32),
                numbers=aligned(table.NUMBERS * CHUNK, np.int32), bits=aligned(table.BITS * CHUNK, np.uint32),
            ),
            packed=aligned(WORDS * CHUNK, np.int64), tally=aligned((CELLS, WORDS), np.int64, np.zeros),
        )  # fmt: skip

    def begin(self) -> None:
        """Clear the sums for a month."""
        for name, sums in self.sums._asdict().items():
            if self.is_counted or name not in OF_THE_RECORD:
                _by_county(name, sums)[self.counties] = 0
        self.is_counted = False


def empty_sums(counties: int, sectors: int, instruments: int) -> Sums:
    """Sums of nothing."""
    shapes = {
        "flows": (counties, CELLS, len(Flow)), "stocks": (counties, CELLS, len(Stock)),
        "ledger": (counties, len(Ledger)), "uses": (max(instruments, 1), counties), "aware": (counties, 32),
        "certified": (counties, 2), "histogram": (counties, census.INCOME_BINS + 1), "filled": (counties, sectors, 2),
        "posts": (counties, 2), "firm_jobs": (counties, sectors), "firm_number": (counties, sectors),
        "premises": (counties, 1),
    }  # fmt: skip
    return Sums(**{name: np.zeros(shape, np.int64) for name, shape in shapes.items()})


class FastEngine:
    """Carries out the phases that concern single workers with the kernels of `sim.kernels`.

    The sums that a month's phases return are good until the next month is advanced.
    """

    def __init__(self, world: World, threads: int) -> None:
        g = world.geography
        self.threads = max(1, min(threads, len(g.county)))
        self.pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None
        shape = len(world.weight), len(world.scenario.sectors), len(world.scenario.instruments)
        # villages are in the order of counties, so that a thread's counties follow one another
        self.is_apart = shape[0] >= APART * self.threads
        # ranges of villages with about the same number of places
        cuts = np.searchsorted(g.start, np.linspace(0, g.start[-1], self.threads + 1))
        cuts[0], cuts[-1] = 0, len(g.county)
        if self.is_apart:
            cuts[1:-1] = _beginnings(g.county, np.minimum(cuts[1:-1], len(g.county) - 1))
        self.ranges = [(int(a), int(b)) for a, b in itertools.pairwise(cuts)]
        most = max(int(np.diff(g.start).max()), BATCH)
        first = empty_sums(*shape)
        self.spaces: list[_Space] = []
        for low, high in self.ranges:
            counties = slice(int(g.county[low]), int(g.county[high - 1]) + 1) if low < high else slice(0)
            sums = first if self.is_apart or not self.spaces else empty_sums(*shape)
            if sums is first and not self.is_apart:
                counties = slice(None)  # what the others add up goes there, too
            self.spaces.append(_Space(most, int(g.start[high] - g.start[low]), counties, sums))
        self.closed = np.zeros(len(g.county), np.int32)
        if g.start[-1] > LARGE:
            give_back_freed_memory()

    def close(self) -> None:
        """Let the threads go."""
        if self.pool is not None:
            self.pool.shutdown()

    def _each(self, work: Any) -> list[Any]:
        """Run work(low, high, space) for every thread's range; returns what each returned, in order."""
        return self._at_once(work, [(low, high, s) for (low, high), s in zip(self.ranges, self.spaces, strict=True)])

    def _at_once(self, work: Any, parts: list[tuple[Any, ...]]) -> list[Any]:
        """Run work(*part) for every part, the first on this thread: to wake another takes as long as small work."""
        waiting = [self.pool.submit(work, *part) for part in parts[1:]] if self.pool else []
        try:
            found = [work(*parts[0])]
        finally:
            wait(waiting)
        return found + [one.result() for one in waiting]

    def _total(self, name: str) -> np.ndarray:
        """A sum over the threads, to be asked for once a month: it is made in the first one's."""
        total: np.ndarray = getattr(self.spaces[0].sums, name)
        for space in () if self.is_apart else self.spaces[1:]:
            _by_county(name, total)[space.counties] += _by_county(name, getattr(space.sums, name))[space.counties]
        return total

    def _in_parts(self, n: int, work: Any, county: np.ndarray | None = None) -> None:
        """Run work(part, begin, end) for the parts of a list of n, one a thread, or on all of a short one.

        county int32[n], ascending: parts begin where one of its counties does.
        """
        if self.pool is None or n < FEW:
            work(0, 0, n)
            return
        cuts = np.linspace(0, n, self.threads + 1).astype(np.int64)
        if county is not None:
            cuts[:-1] = _beginnings(county, cuts[:-1])
        self._at_once(work, [(part, *cut) for part, cut in enumerate(itertools.pairwise(cuts.tolist()))])

    def _booked_in_parts(self, county: np.ndarray, book: Book, work: Any) -> None:
        """Run work(begin, end, book) for the parts of a list of those in `county` int32[n], ascending.

        Each part adds to a book of its own, from which the counties it touches are added up, or has counties of its
        own.
        """
        if self.is_apart:
            self._in_parts(len(county), lambda _, begin, end: work(begin, end, book), county)
            return
        others: dict[int, tuple[slice, Book]] = {}

        def booked(part: int, begin: int, end: int) -> None:
            if part == 0:
                work(begin, end, book)
                return
            own = Book(*(np.zeros_like(sums) for sums in book))
            work(begin, end, own)
            others[part] = slice(int(county[begin]), int(county[end - 1]) + 1), own

        self._in_parts(len(county), booked)
        for counties, own in others.values():
            book.flows[counties] += own.flows[counties]
            book.ledger[counties] += own.ledger[counties]
            book.uses[:, counties] += own.uses[:, counties]

    def advance(self, world: World, state: State, levers: Levers, month: Month) -> tuple[Book, np.ndarray]:
        """All worker phases; returns the book of the month and the closures by village."""
        self.scene = scene_of(world, state, levers, month)
        salt = rationing_salt(world, month)

        def work(low: int, high: int, space: _Space) -> list[list[Applicants]]:
            space.begin()
            for first, end in pieces_of(low, high, world.geography.start, PIECE):
                space.applications.make_room(int(world.geography.start[end] - world.geography.start[first]))
                jobs, enterprises, courses = space.applications.open
                applications = Applications(jobs, enterprises, courses, space.applications.lengths)
                advance.advance_villages(
                    first, end, world.shares, world.entrant_cells, salt, self.scene, world.scenario.parameters,
                    space.scratch, space.sums, applications, self.closed,
                )  # fmt: skip
            return space.applications.take()

        self.jobs, self.enterprises, self.courses = joined(list(itertools.chain.from_iterable(self._each(work))))
        return Book(self._total("flows"), self._total("ledger"), self._total("uses")), self.closed

    def count(self, world: World, state: State, month: Month) -> Counts:
        """Filled jobs, posts and enterprises by county, which `advance` has counted."""
        names = ("filled", "posts", "firm_jobs", "firm_number", "premises")
        filled, posts, firm_jobs, number, premises = (self._total(name) for name in names)
        return Counts(filled, posts, firm_jobs, number, premises[:, 0])

    def job_applicants(self, world: World, state: State, month: Month) -> Applicants:
        """Those who apply for a job or a post, in worker order."""
        return self.jobs

    def enterprise_applicants(self, world: World, state: State, month: Month) -> Applicants:
        """Those who want to found an enterprise, in worker order."""
        return self.enterprises

    def course_applicants(self, world: World, state: State, month: Month) -> tuple[Applicants, np.ndarray]:
        """Those who applied for a course, and the instrument's index int32[n]."""
        applied = self.courses.intent
        return self.courses._replace(intent=np.zeros_like(applied)), applied.astype(np.int32) - 1

    def job_holders(
        self, world: World, state: State, month: Month, surplus: np.ndarray, held: np.ndarray
    ) -> Applicants:
        """Holders of jobs, at least the `surplus` first to go of the `held` by county, sector and tier int64[C, S, 2].

        Their intent tells the tier.
        """
        statuses = (Status.WAGE_BASIC, Status.WAGE_SKILLED)
        holders = self._first_to_go(world, state, month, statuses, surplus.transpose(0, 2, 1), held.transpose(0, 2, 1))
        skilled = holders.intent == Status.WAGE_SKILLED
        return holders._replace(intent=np.where(skilled, INTENT_SKILLED, INTENT_BASIC).astype(np.uint8))

    def post_holders(
        self, world: World, state: State, month: Month, surplus: np.ndarray, held: np.ndarray
    ) -> Applicants:
        """Holders of posts, at least the `surplus` first to go of the `held` by county and kind int64[C, 2]."""
        holders = self._first_to_go(world, state, month, (Status.POST,), surplus[:, None], held[:, None])
        return holders._replace(intent=np.zeros_like(holders.intent))

    def _first_to_go(
        self,
        world: World,
        state: State,
        month: Month,
        statuses: tuple[Status, ...],
        surplus: np.ndarray,
        held: np.ndarray,
    ) -> Applicants:
        """Those with the smallest draws: a few more than the surplus by county, status and sector int64[C, K, S].

        Draws are uniform, so a limit to them tells beforehand how many will be listed, give or take; where too few
        are, all are listed. Their intent is the status.
        """
        shape, lacking = (len(surplus), MOST_SECTORS, MOST_SECTORS), surplus > 0
        more = surplus + DEVIATIONS * np.sqrt(surplus) + DEVIATIONS**2
        for share in (lacking * np.minimum(more / np.maximum(held, 1), 1), lacking * 1.0):
            limits = np.zeros(shape, np.uint32)
            limits[:, statuses, : surplus.shape[2]] = share * 0xFFFFFFFF
            found = self._holders(world, state, month, limits, statuses)
            pool = (found.county * MOST_SECTORS + found.intent) * MOST_SECTORS + state.people.sector[found.who]
            listed = np.bincount(pool, minlength=limits.size).reshape(shape)[:, statuses, : surplus.shape[2]]
            if (listed >= np.minimum(surplus, held)).all():
                break
        return found

    def _holders(
        self, world: World, state: State, month: Month, limits: np.ndarray, statuses: tuple[Status, ...]
    ) -> Applicants:
        """Those who have one of the statuses, neighbours as codes, and a draw up to its limit; it is their `intent`."""
        salt, lowest, highest = rationing_salt(world, month), int(min(statuses)), int(max(statuses))
        limits = limits.reshape(len(limits), -1)
        largest = limits.max(axis=1)

        def work(low: int, high: int, space: _Space) -> list[list[Applicants]]:
            found = space.holders
            for first, end in pieces_of(low, high, world.geography.start, PIECE):
                found.make_room(int(world.geography.start[end] - world.geography.start[first]))
                rest = found.open[0].select(slice(int(found.lengths[0]), None))
                found.lengths += applicants.list_holders(
                    first, end, limits, largest, lowest, highest, self.scene, salt, space.scratch, rest
                )
            return found.take()

        (holders,) = joined(list(itertools.chain.from_iterable(self._each(work))))
        return holders

    def admit(self, pool: np.ndarray, a: Applicants, capacity: np.ndarray) -> np.ndarray:
        """uint8[n]: 1 for the `capacity[pool]` of each pool with the smallest (priority, village key, place)."""
        # where pools are small a fine histogram costs more than it spares the border
        bits = FINE_BITS if len(pool) > FINE_FROM * capacity.size else COARSE_BITS
        counts, border = np.zeros((capacity.size, 1 << bits), np.int64), np.empty(len(pool), np.int64)
        granted = np.empty(len(pool), np.uint8)
        clearing.admit(pool, a.priority, a.key, a.place, capacity, counts, border, granted)
        return granted

    def hire(self, world: World, state: State, month: Month, a: Applicants, granted: np.ndarray, book: Book) -> None:
        """Carry out hires and rejections."""
        p = world.scenario.parameters
        g, levers = world.geography, self.scene.levers

        def work(begin: int, end: int, own: Book) -> None:
            one = a.select(slice(begin, end))
            clearing.hire(
                one.who, one.village, one.intent, granted[begin:end], one.cell, g, state.people, levers, month, p,
                own.flows,
            )  # fmt: skip

        self._booked_in_parts(a.county, book, work)

    def release(self, world: World, state: State, a: Applicants, granted: np.ndarray, book: Book) -> None:
        """Carry out releases."""
        clearing.release(a.who, a.village, granted, a.cell, world.geography, state.people, book.flows)

    def eligible(
        self, world: World, state: State, levers: Levers, k: int, a: Applicants, must_know: bool
    ) -> np.ndarray:
        """uint8[n]: 1 where the applicant may use instrument k and, if he must, knows it."""
        fits = np.zeros(len(a.who), np.uint8)
        clearing.who_is_eligible(a.who, a.village, k, must_know, state.people, levers, fits)
        return fits

    def keep_for_sectors(self, levers: Levers, held: np.ndarray, sector: np.ndarray) -> None:
        """Clear the held bits of instruments that do not serve each applicant's sector."""
        clearing.keep_for_sectors(held, sector, levers)

    def appraise(
        self,
        world: World,
        state: State,
        levers: Levers,
        month: Month,
        a: Applicants,
        sector: np.ndarray,
        held: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Whether each applicant can raise the capital uint8[n], and the funds int32[n, 4]."""
        feasible, funds = np.zeros(len(a.who), np.uint8), np.zeros((len(a.who), 4), np.int32)

        def work(_: int, begin: int, end: int) -> None:
            one = slice(begin, end)
            firms.appraise(
                a.who[one], a.village[one], sector[one], a.place[one], held[one], world.geography, state.people, levers,
                month, world.scenario.parameters, state.villages, feasible[one], funds[one],
            )  # fmt: skip

        self._in_parts(len(a.who), work)
        return feasible, funds

    def found(
        self,
        world: World,
        state: State,
        levers: Levers,
        month: Month,
        a: Applicants,
        sector: np.ndarray,
        held: np.ndarray,
        funds: np.ndarray,
        book: Book,
    ) -> tuple[Firms, np.ndarray]:
        """Found the enterprises; returns their rows, in worker order, and their villages."""
        new = empty_firms(0, len(a.who))
        new.owner[:], new.capital[:] = a.who, funds.sum(axis=1)

        def work(begin: int, end: int, own: Book) -> None:
            part = slice(begin, end)
            one = a.select(part)
            firms.found(
                one.who, one.village, sector[part], one.place, held[part], one.intent, funds[part], one.cell,
                world.geography, state.people, levers, month, world.scenario.parameters, state.counties, own.flows,
                own.ledger, own.uses, new.luck[part], new.jobs[part], new.rent_free[part],
            )  # fmt: skip

        self._booked_in_parts(a.county, book, work)
        return new, a.village

    def train(
        self,
        world: World,
        state: State,
        levers: Levers,
        month: Month,
        a: Applicants,
        instrument: np.ndarray,
        granted: np.ndarray,
        book: Book,
    ) -> None:
        """Teach the admitted."""
        g, p, people = world.geography, world.scenario.parameters, state.people
        admitted = a.select(granted > 0)
        course = instrument[granted > 0]

        def work(begin: int, end: int, own: Book) -> None:
            one = admitted.select(slice(begin, end))
            clearing.train(
                one.who, one.village, one.place, course[begin:end], one.cell, g, people, levers, month, p, own.flows,
                own.uses,
            )  # fmt: skip

        self._booked_in_parts(admitted.county, book, work)

    def merge_firms(self, old: Firms, new: Firms, merged: Firms, village: np.ndarray) -> None:
        """Fill `merged`, whose `start` is right, with the old enterprises still open and the new ones of int32[n]."""
        self._each(lambda low, high, _: firms.merge_firms(low, high, old, new, village, merged))

    def census(
        self, world: World, state: State, levers: Levers, month: Month, book: Book, closed: np.ndarray, full: bool
    ) -> MonthResult:
        """Write what neighbours will see; count the population if `full`, else leave stocks and incomes at 0."""
        in_force = np.uint32(sum(1 << k for k in np.flatnonzero(levers.in_force)))
        scene = scene_of(world, state, levers, month)  # with the merged table of enterprises

        def work(low: int, high: int, space: _Space) -> None:
            space.is_counted = full
            advance.census_of_villages(
                low, high, full, scene, world.scenario.parameters, in_force, space.scratch, space.sums
            )

        self._each(work)
        tallies = Tallies(self._total("stocks"), book.flows, book.ledger)
        nothing = np.zeros(0)
        histogram, aware = self._total("histogram")[:, :-1], self._total("aware").T
        return MonthResult(
            tallies, book.uses, {}, histogram, aware, self._total("certified"), nothing, nothing, nothing
        )


def _by_county(name: str, sums: np.ndarray) -> np.ndarray:
    """Sums with their counties as the first axis."""
    return np.moveaxis(sums, 1, 0) if name == "uses" else sums


def _beginnings(county: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Where in a list of counties int32[n], ascending, those at the positions `at` begin."""
    return np.searchsorted(county, county[at])


def pieces_of(low: int, high: int, start: np.ndarray, most: int) -> list[tuple[int, int]]:
    """The villages low..high-1 in ranges of at most `most` places, or of a single village."""
    cuts = [low]
    while cuts[-1] < high:
        end = int(np.searchsorted(start, start[cuts[-1]] + most, "right")) - 1
        cuts.append(min(max(end, cuts[-1] + 1), high))
    return list(itertools.pairwise(cuts))


def scene_of(world: World, state: State, levers: Levers, month: Month) -> Scene:
    """All that a worker phase looks at or changes."""
    return Scene(world.geography, state.people, state.firms, state.counties, state.villages, levers, month)
