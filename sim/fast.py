"""The fast engine: compiled kernels over arrays, one range of villages a thread.

Threads are Python's own; kernels release the lock. Every sum over workers is an integer and every thread
writes its own rows, so the number of threads changes no bit.
"""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from sim.draws import Purpose
from sim.kernels import advance, census, clearing, firms, lists
from sim.outcomes import CELLS, Flow, Ledger, Stock, Tallies
from sim.phases import Applicants, Book, Counts, MonthResult, rationing_salt
from sim.population import World
from sim.state import Firms, State, Status, empty_firms
from sim.world import (
    DRAWN,
    INTENT_BASIC,
    INTENT_KIND,
    INTENT_SKILLED,
    PACKED,
    SUMMED,
    Levers,
    Month,
    Scene,
    Scratch,
    Sums,
)


class _Space:
    """One thread's working space and sums."""

    def __init__(self, places: int, counties: int, sectors: int, instruments: int) -> None:
        mark_words = np.zeros(places // 8, np.uint64)
        self.scratch = Scratch(
            words=np.empty(places, np.uint32), trigger=np.zeros(places, np.uint8), gain=np.empty(places, np.float32),
            visit=np.empty(places, np.float32), income=np.empty(places, np.float32), cell=np.empty(places, np.uint8),
            chosen=np.empty(places, np.int32), few=np.empty(places, np.int32),
            known=np.empty(places, np.uint32), used=np.empty(places, np.uint32),
            mark=mark_words.view(np.uint8), mark_words=mark_words,
            drawn=np.empty((DRAWN, places), np.float32), packed=np.empty((PACKED, places), np.int64),
            tally=np.zeros((CELLS, SUMMED), np.int64),
        )  # fmt: skip
        self.shapes = {
            "flows": (counties, CELLS, len(Flow)), "stocks": (counties, CELLS, len(Stock)),
            "ledger": (counties, len(Ledger)), "uses": (max(instruments, 1), counties), "aware": (counties, 32),
            "certified": (counties, 2),
            "histogram": (counties, census.INCOME_BINS),
            "filled": (counties, sectors, 2), "posts": (counties, 2),
            "firm_jobs": (counties, sectors), "firm_number": (counties, sectors), "premises": (counties, 1),
        }  # fmt: skip
        self.begin()

    def begin(self) -> None:
        """New sums for a month: of counties that are not this thread's the memory is never touched."""
        self.sums = Sums(**{name: np.zeros(shape, np.int64) for name, shape in self.shapes.items()})


class FastEngine:
    """Carries out the phases that concern single workers with the kernels of `sim.kernels`."""

    def __init__(self, world: World, threads: int) -> None:
        g = world.geography
        self.threads = max(1, min(threads, len(g.county)))
        self.pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None
        # ranges of villages with about the same number of places
        cuts = np.searchsorted(g.start, np.linspace(0, g.start[-1], self.threads + 1))
        cuts[0], cuts[-1] = 0, len(g.county)
        self.ranges = [(int(a), int(b)) for a, b in itertools.pairwise(cuts)]
        # villages are in the order of counties, so that a thread's counties follow one another
        self.counties = [
            slice(int(g.county[a]), int(g.county[b - 1]) + 1) if a < b else slice(0) for a, b in self.ranges
        ]
        most = int(np.diff(g.start).max())
        counties, instruments = len(world.weight), len(world.scenario.instruments)
        self.spaces = [_Space(most, counties, len(world.scenario.sectors), instruments) for _ in self.ranges]
        places = int(g.start[-1])
        self.intent = np.zeros(places, np.uint8)
        self.course = np.zeros(places, np.uint8)
        self.listed = np.empty(places, np.int64)  # each thread lists its places in its own range
        self.closed = np.zeros(len(g.county), np.int32)

    def close(self) -> None:
        """Let the threads go."""
        if self.pool is not None:
            self.pool.shutdown()

    def _each(self, work: Any) -> list[Any]:
        """Run work(low, high, space) for every thread's range; returns what each returned, in order."""
        if self.pool is None:
            return [work(*self.ranges[0], self.spaces[0])]
        waiting = [
            self.pool.submit(work, low, high, s) for (low, high), s in zip(self.ranges, self.spaces, strict=True)
        ]
        return [one.result() for one in waiting]

    def _total(self, name: str) -> np.ndarray:
        """A sum over the threads, to be asked for once a month: it is made in the first one's."""
        total: np.ndarray = getattr(self.spaces[0].sums, name)
        by_county = np.moveaxis(total, 1, 0) if name == "uses" else total
        for space, counties in zip(self.spaces[1:], self.counties[1:], strict=True):
            part = getattr(space.sums, name)
            by_county[counties] += (np.moveaxis(part, 1, 0) if name == "uses" else part)[counties]
        return total

    def _listed(self, world: World, work: Any) -> np.ndarray:
        """Places in order, int64[n], from work(low, high, places) -> how many, which fills a thread's own range."""
        start = world.geography.start

        def one(low: int, high: int, _: _Space) -> np.ndarray:
            places = self.listed[start[low] : start[high]]
            return places[: work(low, high, places)]

        return np.concatenate(self._each(one))

    def _applied(self, world: World, column: np.ndarray) -> np.ndarray:
        """Places whose byte in a column is not 0, in order, int64[n]."""
        start, words = world.geography.start, column.view(np.uint64)
        return self._listed(world, lambda low, high, places: lists.list_places(start[low], start[high], words, places))

    def advance(self, world: World, state: State, levers: Levers, month: Month) -> tuple[Book, np.ndarray]:
        """All worker phases; returns the book of the month and the closures by village."""
        self.scene = scene_of(world, state, levers, month)

        def work(low: int, high: int, space: _Space) -> None:
            space.begin()
            advance.advance_villages(
                low, high, world.shares, world.entrant_cells, self.scene, world.scenario.parameters, space.scratch,
                space.sums, self.intent, self.course, self.closed,
            )  # fmt: skip

        self._each(work)
        return Book(self._total("flows"), self._total("ledger"), self._total("uses")), self.closed

    def count(self, world: World, state: State, month: Month) -> Counts:
        """Filled jobs, posts and enterprises by county."""
        self._each(lambda low, high, space: advance.count_villages(low, high, self.scene, space.scratch, space.sums))
        names = ("filled", "posts", "firm_jobs", "firm_number", "premises")
        filled, posts, firm_jobs, number, premises = (self._total(name) for name in names)
        return Counts(filled, posts, firm_jobs, number, premises[:, 0])

    def _describe(
        self, world: World, state: State, month: Month, who: np.ndarray, intent: np.ndarray, purpose: Purpose
    ) -> Applicants:
        n = len(who)
        village, place = np.empty(n, np.int32), np.empty(n, np.uint32)
        priority, cell = np.empty(n, np.uint32), np.empty(n, np.uint8)
        salt, calendar = rationing_salt(world, month), int(month.calendar)
        clearing.describe(who, world.geography, month.seed, calendar, int(purpose), salt, village, place, priority)
        clearing.put_needy_first(who, intent, state.people, priority)
        census.cells_of(who, state.people, cell)
        g = world.geography
        return Applicants(who, intent, village, g.county[village], g.key[village], place, priority, cell)

    def intending(self, world: World, state: State, month: Month, kinds: tuple[int, ...]) -> Applicants:
        """Those who left an application of some kinds, in worker order."""
        who = self._applied(world, self.intent)
        intent = self.intent[who]
        mask = ((1 << (intent & INTENT_KIND)) & sum(1 << kind for kind in kinds)) != 0
        who, intent = who[mask], intent[mask]
        return self._describe(world, state, month, who, intent, Purpose.PRIORITY)

    def job_holders(self, world: World, state: State, month: Month, counties: np.ndarray) -> Applicants:
        """Holders of jobs in some counties (bool[C]); their intent tells the tier."""
        who = self._holders(world, state, counties, (Status.WAGE_BASIC, Status.WAGE_SKILLED))
        skilled = state.people.status[who] == Status.WAGE_SKILLED
        intent = np.where(skilled, INTENT_SKILLED, INTENT_BASIC).astype(np.uint8)
        return self._describe(world, state, month, who, intent, Purpose.DISPLACE)

    def _holders(self, world: World, state: State, counties: np.ndarray, statuses: tuple[Status, ...]) -> np.ndarray:
        """Places in some counties whose worker has one of the statuses, in order, int64[n]."""
        bits, g, people = sum(1 << status for status in statuses), world.geography, state.people
        return self._listed(
            world, lambda low, high, places: lists.list_holders(low, high, bits, counties, g, people, places)
        )

    def post_holders(self, world: World, state: State, month: Month, counties: np.ndarray) -> Applicants:
        """Holders of public-welfare posts and workshop jobs in some counties (bool[C])."""
        who = self._holders(world, state, counties, (Status.POST,))
        return self._describe(world, state, month, who, np.zeros(len(who), np.uint8), Purpose.DISPLACE)

    def course_applicants(self, world: World, state: State, month: Month) -> tuple[Applicants, np.ndarray]:
        """Those who applied for a course, and the instrument's index int32[n]."""
        who = self._applied(world, self.course)
        found = self._describe(world, state, month, who, np.zeros(len(who), np.uint8), Purpose.APPLY_PRIORITY)
        return found, self.course[who].astype(np.int32) - 1

    def admit(self, pool: np.ndarray, applicants: Applicants, capacity: np.ndarray) -> np.ndarray:
        """uint8[n]: 1 for the `capacity[pool]` of each pool with the smallest (priority, village key, place)."""
        granted, room = np.zeros(len(pool), np.uint8), np.zeros(capacity.size, np.int64)
        border = clearing.admit(pool, applicants.priority, capacity, granted, room)
        # one place more admits one applicant more and changes nobody else's result
        keys = (applicants.place[border], applicants.key[border], applicants.priority[border], pool[border])
        border = border[np.lexsort(keys)]
        group = pool[border]
        rank = np.arange(len(border)) - np.searchsorted(group, group)
        granted[border[rank < room[group]]] = 1
        return granted

    def hire(self, world: World, state: State, month: Month, a: Applicants, granted: np.ndarray, book: Book) -> None:
        """Carry out hires and rejections."""
        p = world.scenario.parameters
        g, levers = world.geography, self.scene.levers
        clearing.hire(a.who, a.village, a.intent, granted, a.cell, g, state.people, levers, month, p, book.flows)

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
        firms.appraise(
            a.who,
            a.village,
            sector,
            a.place,
            held,
            world.geography,
            state.people,
            levers,
            month,
            world.scenario.parameters,
            state.villages,
            feasible,
            funds,
        )
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
        firms.found(
            a.who,
            a.village,
            sector,
            a.place,
            held,
            a.intent,
            funds,
            a.cell,
            world.geography,
            state.people,
            levers,
            month,
            world.scenario.parameters,
            state.counties,
            book.flows,
            book.ledger,
            book.uses,
            new.luck,
            new.jobs,
            new.rent_free,
        )
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
        clearing.train(
            a.who,
            a.village,
            a.place,
            instrument,
            granted,
            a.cell,
            world.geography,
            state.people,
            levers,
            month,
            world.scenario.parameters,
            book.flows,
            book.uses,
        )

    def merge_firms(self, old: Firms, new: Firms, merged: Firms, village: np.ndarray) -> None:
        """Fill `merged` with the old enterprises still open and the new ones."""
        firms.merge_firms(old, new, merged, village)

    def census(
        self, world: World, state: State, levers: Levers, month: Month, book: Book, closed: np.ndarray, full: bool
    ) -> MonthResult:
        """Write what neighbours will see; count the population if `full`, else leave stocks and incomes at 0."""
        in_force = np.uint32(sum(1 << k for k in np.flatnonzero(levers.in_force)))
        scene = scene_of(world, state, levers, month)  # with the merged table of enterprises

        def work(low: int, high: int, space: _Space) -> None:
            advance.observe_villages(low, high, scene, in_force, space.sums)
            if full:
                advance.census_of_villages(
                    low, high, scene, world.scenario.parameters, in_force, space.scratch, space.sums
                )

        self._each(work)
        tallies = Tallies(self._total("stocks"), book.flows, book.ledger)
        nothing = np.zeros(0)
        histogram, aware = self._total("histogram"), self._total("aware").T
        return MonthResult(
            tallies, book.uses, {}, histogram, aware, self._total("certified"), nothing, nothing, nothing
        )


def scene_of(world: World, state: State, levers: Levers, month: Month) -> Scene:
    """All that a worker phase looks at or changes."""
    return Scene(world.geography, state.people, state.firms, state.counties, state.villages, levers, month)
