"""The readable engine's side of the markets: who is admitted, what admission does, and the census."""

import numpy as np

from sim.arithmetic import f32
from sim.draws import Purpose
from sim.outcomes import AGE_BAND_STARTS, CELLS, FIXED_POINT, Flow, Ledger, Stock, Tallies
from sim.phases import Book, Counts, MonthResult, rationing_salt
from sim.policy import PersonChannel
from sim.population import World
from sim.state import CLOSED, LONGEST, Firms, State, Status, empty_firms
from sim.worker import (
    DECISION,
    ENTERPRISE,
    MATH,
    ONE,
    QUALITY,
    SKILL,
    ZERO,
    Context,
    WorkerView,
    arrive_home,
    eligible,
    entry_chance,
    finance,
    idea,
    keep_for_sector,
    lever,
    monthly_pay,
    needy_class,
    productivity,
)
from sim.world import (
    INTENT_BASIC,
    INTENT_ENTERPRISE,
    INTENT_KIND,
    INTENT_PASSIVE,
    INTENT_POST,
    INTENT_SECTOR_SHIFT,
    INTENT_SKILLED,
    Applicants,
    Levers,
    Month,
)

FINE = f32(FIXED_POINT)
INCOME_BINS, BIN_YUAN = 256, 100
RECENT = 24


class MarketPhases:
    """Market phases and the census, one worker after the other."""

    intent: dict[int, int]
    course: dict[int, int]
    levers: Levers  # of the month

    def context(self, world: World, state: State, levers: Levers, month: Month, village: int) -> Context:
        """What is the same for a whole village this month."""
        raise NotImplementedError

    def worker(self, world: World, state: State, row: int) -> WorkerView:
        """The worker of a row."""
        village = int(np.searchsorted(world.geography.start, row, "right")) - 1
        return WorkerView(world, state, row, village)

    def cell(self, w: WorkerView) -> int:
        """The worker's cell: household kind x sex x age band x skill tier."""
        band = sum(w.age >= years * 12 for years in AGE_BAND_STARTS)
        tier = (w.grade >= 1) + (w.grade >= 3)
        return ((w.household * 2 + w.male) * 4 + band) * 3 + tier

    def count_use(self, w: WorkerView, c: Context, channel: PersonChannel, held: int, book: Book) -> None:
        """Note that the worker uses the instruments of a channel."""
        for k in range(len(c.levers.key)):
            if held >> k & 1 and c.levers.effect[k, channel] != 0 and eligible(w, k, c.levers):
                w.put(used=w.used | 1 << k)
                book.uses[k, c.county] += 1

    def count(self, world: World, state: State, month: Month) -> Counts:
        """Filled jobs, posts and enterprises by county."""
        counties, sectors = state.counties.development.shape
        counts = Counts(
            np.zeros((counties, sectors, 2), np.int64),
            np.zeros((counties, 2), np.int64),
            np.zeros((counties, sectors), np.int64),
            np.zeros((counties, sectors), np.int64),
            np.zeros(counties, np.int64),
        )
        tier = {Status.WAGE_BASIC: 0, Status.WAGE_SKILLED: 1}
        for w in self.everybody(world, state):
            county = world.geography.county[w.village]
            if w.status in tier:
                counts.filled[county, w.sector, tier[Status(w.status)]] += 1
            elif w.status == Status.POST:
                counts.posts[county, w.sector] += 1
        for f, row in enumerate(state.firms.owner):
            if state.firms.age[f] != CLOSED:
                w = self.worker(world, state, int(row))
                county = world.geography.county[w.village]
                counts.firm_jobs[county, w.sector] += int(state.firms.jobs[f])
                counts.firms[county, w.sector] += 1
                counts.premises[county] += int(month.needs_premises[w.sector])
        return counts

    def everybody(self, world: World, state: State) -> list[WorkerView]:
        """All workers present, in order."""
        return [self.worker(world, state, int(row)) for row in np.flatnonzero(state.people.status != Status.VACANT)]

    def _applicants(
        self, world: World, state: State, month: Month, chosen: list[tuple[int, int]], purpose: Purpose
    ) -> Applicants:
        """Applicants from (row, intent) pairs in worker order."""
        views = [self.worker(world, state, row) for row, _ in chosen]
        priority = []
        for w, (_, intent) in zip(views, chosen, strict=True):
            word = w.word(month, purpose, rationing_salt(world, month))
            is_post = intent & INTENT_KIND == INTENT_POST
            priority.append(needy_class(w) << 30 | word >> 2 if is_post else word)
        return Applicants(
            who=np.array([row for row, _ in chosen], np.int64),
            intent=np.array([intent for _, intent in chosen], np.uint8),
            village=np.array([w.village for w in views], np.int32),
            county=np.array([world.geography.county[w.village] for w in views], np.int32),
            key=np.array([w.key for w in views], np.uint32),
            place=np.array([w.place for w in views], np.uint32),
            priority=np.array(priority, np.uint32),
            cell=np.array([self.cell(w) for w in views], np.uint8),
        )

    def job_applicants(self, world: World, state: State, month: Month) -> Applicants:
        """Those who apply for a job or a post."""
        return self._intending(world, state, month, (INTENT_BASIC, INTENT_SKILLED, INTENT_POST))

    def enterprise_applicants(self, world: World, state: State, month: Month) -> Applicants:
        """Those who want to found an enterprise."""
        return self._intending(world, state, month, (INTENT_ENTERPRISE,))

    def _intending(self, world: World, state: State, month: Month, kinds: tuple[int, ...]) -> Applicants:
        """Those who left an application of some kinds."""
        chosen = [(row, intent) for row, intent in sorted(self.intent.items()) if intent & INTENT_KIND in kinds]
        return self._applicants(world, state, month, chosen, Purpose.PRIORITY)

    def job_holders(
        self, world: World, state: State, month: Month, surplus: np.ndarray, held: np.ndarray
    ) -> Applicants:
        """Holders of jobs in counties with a surplus int64[C, S, 2] of those held; their intent tells the tier."""
        tier = {Status.WAGE_BASIC: INTENT_BASIC, Status.WAGE_SKILLED: INTENT_SKILLED}
        chosen = [
            (w.row, tier[Status(w.status)])
            for w in self.everybody(world, state)
            if w.status in tier and surplus[world.geography.county[w.village]].any()
        ]
        return self._applicants(world, state, month, chosen, Purpose.DISPLACE)

    def post_holders(
        self, world: World, state: State, month: Month, surplus: np.ndarray, held: np.ndarray
    ) -> Applicants:
        """Holders of public-welfare posts and workshop jobs in counties with a surplus int64[C, 2] of those held."""
        chosen = [
            (w.row, 0)
            for w in self.everybody(world, state)
            if w.status == Status.POST and surplus[world.geography.county[w.village]].any()
        ]
        return self._applicants(world, state, month, chosen, Purpose.DISPLACE)

    def course_applicants(self, world: World, state: State, month: Month) -> tuple[Applicants, np.ndarray]:
        """Those who applied for a course, and the instrument's index."""
        rows = sorted(self.course)
        applicants = self._applicants(world, state, month, [(row, 0) for row in rows], Purpose.APPLY_PRIORITY)
        return applicants, np.array([self.course[row] for row in rows], np.int32)

    def admit(self, pool: np.ndarray, applicants: Applicants, capacity: np.ndarray) -> np.ndarray:
        """Admit to each pool those of smallest (priority, village key, place)."""
        granted = np.zeros(len(pool), np.uint8)
        for q in sorted({int(one) for one in pool if one >= 0}):
            members = [n for n in range(len(pool)) if pool[n] == q]
            members.sort(key=lambda n: (applicants.priority[n], applicants.key[n], applicants.place[n]))
            granted[members[: max(int(capacity[q]), 0)]] = 1
        return granted

    def _context_of(
        self, world: World, state: State, month: Month, w: WorkerView, levers: Levers | None = None
    ) -> Context:
        if levers is not None:
            return self.context(world, state, levers, month, w.village)
        county = int(world.geography.county[w.village])
        return Context(world, state, self.levers, month, w.village, county, ZERO, ZERO, np.zeros(0, np.float32))

    def _return(self, w: WorkerView, c: Context, intent: int, cell: int, book: Book) -> None:
        """Move home on a grant, if away."""
        if w.is_away:
            passive = bool(intent & INTENT_PASSIVE)
            arrive_home(w, c, passive)
            book.flows[c.county, cell, Flow.RETURN_PASSIVE if passive else Flow.RETURN_ACTIVE] += 1

    def hire(self, world: World, state: State, month: Month, a: Applicants, granted: np.ndarray, book: Book) -> None:
        """Carry out hires and rejections."""
        status = {INTENT_BASIC: Status.WAGE_BASIC, INTENT_SKILLED: Status.WAGE_SKILLED, INTENT_POST: Status.POST}
        for n, row in enumerate(a.who):
            w, intent, cell = self.worker(world, state, int(row)), int(a.intent[n]), int(a.cell[n])
            flows = book.flows[a.county[n], cell]
            flows[Flow.APPLIED_JOB] += 1
            if not granted[n]:
                w.put(rejections=min(w.rejections + 1, 255))
                flows[Flow.REJECTED] += 1
                continue
            self._return(w, self._context_of(world, state, month, w), intent, cell, book)
            w.put(status=status[intent & INTENT_KIND], sector=intent >> INTENT_SECTOR_SHIFT & 7)
            w.put(months_in_status=0, rejections=0)
            flows[Flow.HIRED] += 1

    def release(self, world: World, state: State, a: Applicants, granted: np.ndarray, book: Book) -> None:
        """Workers whose job no longer exists go searching."""
        for n in np.flatnonzero(granted):
            self.worker(world, state, int(a.who[n])).put(status=Status.SEARCHING, months_in_status=0)
            book.flows[a.county[n], a.cell[n], Flow.LAID_OFF_HOME] += 1

    def eligible(
        self, world: World, state: State, levers: Levers, k: int, a: Applicants, must_know: bool
    ) -> np.ndarray:
        """1 where the applicant may use instrument k and, if he must, knows it."""
        views = [self.worker(world, state, int(row)) for row in a.who]
        knows = [not must_know or bool(w.known >> k & 1) for w in views]
        return np.array([know and eligible(w, k, levers) for know, w in zip(knows, views, strict=True)], np.uint8)

    def keep_for_sectors(self, levers: Levers, held: np.ndarray, sector: np.ndarray) -> None:
        """Clear the held bits of instruments that do not serve each applicant's sector."""
        for n in range(len(held)):
            held[n] = keep_for_sector(int(held[n]), int(sector[n]), levers)

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
        """Whether each applicant can raise the capital, and the funds: own, kin, grant, loan."""
        feasible, funds = np.zeros(len(a.who), np.uint8), np.zeros((len(a.who), 4), np.int32)
        for n, row in enumerate(a.who):
            w = self.worker(world, state, int(row))
            c = self._context_of(world, state, month, w, levers)
            need = month.entry_capital[sector[n]]
            own, kin, grant, chance, loan = finance(w, c, need, int(held[n]))
            u, v, _, _ = w.four(month, Purpose.CREDIT)
            loan = loan if u < chance else ZERO
            ratio = (own + kin + grant + loan) / need
            feasible[n] = v < entry_chance(c, ratio, ratio, idea(w, c))
            funds[n] = int(own), int(kin), int(grant), int(loan)
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
        """Found the enterprises of the admitted."""
        new = empty_firms(0, len(a.who))
        for n, row in enumerate(a.who):
            w = self.worker(world, state, int(row))
            c = self._context_of(world, state, month, w, levers)
            self._found_one(w, c, n, a, int(sector[n]), int(held[n]), [int(one) for one in funds[n]], new, book)
        return new, a.village

    def _found_one(
        self,
        w: WorkerView,
        c: Context,
        n: int,
        a: Applicants,
        sector: int,
        held: int,
        funds: list[int],
        new: Firms,
        book: Book,
    ) -> None:
        """Money moves, the owner is at home, the enterprise's lasting traits are drawn."""
        e, month, cell = c.p.enterprise, c.month, int(a.cell[n])
        flows, row = book.flows[c.county, cell], book.ledger[c.county]
        returnee = w.migrations > 0
        self._return(w, c, int(a.intent[n]), cell, book)
        own, kin, grant, loan = funds
        w.put(savings=w.savings - own, debt=w.debt + kin + loan)
        row[Ledger.INVESTED] += own + kin + grant + loan
        row[Ledger.BORROWED] += kin + loan
        row[Ledger.GRANTS] += grant
        if loan > 0:
            flows[Flow.LOAN] += 1
            self.count_use(w, c, PersonChannel.LOAN_CHANCE, held, book)
            for channel in (PersonChannel.LOAN_CAP, PersonChannel.INTEREST_CUT):
                self.count_use(w, c, channel, held & ~w.used, book)
        if grant > 0:
            self.count_use(w, c, PersonChannel.GRANT, held, book)
        free = lever(w, c.levers, PersonChannel.RENT_FREE, held) if month.needs_premises[sector] else ZERO
        if free > 0:
            self.count_use(w, c, PersonChannel.RENT_FREE, held, book)
        luck = DECISION.normal_like(*w.four(month, Purpose.FOUND_LUCK), e.luck_deviation)
        luck = luck - f32(0.5) * e.luck_deviation * e.luck_deviation
        q = productivity(w, c, f32(sum(funds)), sector)
        jobs = ENTERPRISE.jobs_offered(
            e.jobs_mean, q, e.jobs_elasticity, MATH.exponential(luck), w.unit(month, Purpose.FOUND_JOBS)
        )
        new.owner[n], new.capital[n], new.luck[n], new.jobs[n] = w.row, sum(funds), luck, int(jobs)
        new.rent_free[n] = int(MATH.clip(free, ZERO, f32(255)))
        w.put(status=Status.OWNER, sector=sector, months_in_status=0, founded=1)
        flows[Flow.FOUNDED] += 1
        flows[Flow.FOUNDED_BY_RETURNEE] += returnee
        flows[Flow.JOBS_BY_RETURNEE] += int(jobs) if returnee else 0

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
        """Teach the admitted (rules H5, H6)."""
        h = world.scenario.parameters.human_capital
        for n in np.flatnonzero(granted):
            w, k = self.worker(world, state, int(a.who[n])), int(instrument[n])
            c = self._context_of(world, state, month, w, levers)
            flows = book.flows[a.county[n], a.cell[n]]
            u, v, _, _ = w.four(month, Purpose.TRAINING_OUTCOME, int(levers.key[k]))
            misfit = h.misfit_share * (ONE - MATH.clip(levers.effect[k, PersonChannel.COURSE_FIT], ZERO, ONE))
            fit = h.misfit_value if u < misfit else ONE
            skill, grade, credits = w.skill, w.grade, w.credits
            gain = SKILL.training_gain(
                levers.effect[k, PersonChannel.COURSE_GAIN], fit, skill, f32(w.schooling), h.schooling_bonus
            )
            w.put(skill=MATH.clip(skill + gain, ZERO, ONE))
            # the instruments' eligibility is judged on the skill that the course has given
            added = lever(w, levers, PersonChannel.CERTIFICATE, w.known)
            chance = SKILL.certificate_chance(
                h.certificate_base, h.certificate_per_credit, h.certificate_per_skill, f32(credits), skill, added
            )
            for _ in range(grade):
                chance = chance * h.certificate_next_grade
            if v < chance and grade < 5:
                grade += 1
                flows[Flow.CERTIFICATE] += 1
                self.count_use(w, c, PersonChannel.CERTIFICATE, w.known & ~int(levers.courses), book)
            credits = min(credits + 1 + int(lever(w, levers, PersonChannel.CREDIT_BANK, w.known)), 31)
            self.count_use(w, c, PersonChannel.CREDIT_BANK, w.known & ~int(levers.courses), book)
            w.put(qualification=credits << 3 | grade, used=w.used | 1 << k)
            book.uses[k, a.county[n]] += 1
            flows[Flow.COURSE] += 1

    def merge_firms(self, old: Firms, new: Firms, merged: Firms, village: np.ndarray) -> None:
        """Fill `merged` with the old enterprises still open and the new ones, in worker order."""
        rows = [(int(old.owner[f]), old, f) for f in range(len(old.owner)) if old.age[f] != CLOSED]
        rows += [(int(new.owner[n]), new, n) for n in range(len(new.owner))]
        rows.sort(key=lambda one: one[0])
        of_old = [int(v) for v in np.repeat(np.arange(len(old.start) - 1), np.diff(old.start))]
        where = [of_old[f] if source is old else int(village[f]) for _, source, f in rows]
        merged.start[1:] = np.cumsum(np.bincount(np.array(where, np.int64), minlength=len(old.start) - 1))
        for at, (_, source, f) in enumerate(rows):
            for name in ("owner", "luck", "capital", "jobs", "age", "rent_free", "profit"):
                getattr(merged, name)[at] = getattr(source, name)[f]

    def census(
        self, world: World, state: State, levers: Levers, month: Month, book: Book, closed: np.ndarray, full: bool
    ) -> MonthResult:
        """Write what neighbours will see; count the population if `full`, else leave stocks and incomes at 0."""
        counties, g = len(world.weight), world.geography
        stocks = np.zeros((counties, CELLS, len(Stock)), np.int64)
        histogram = np.zeros((counties, INCOME_BINS), np.int64)
        aware = np.zeros((32, counties), np.int64)
        firms = {int(row): f for f, row in enumerate(state.firms.owner)}
        for village in range(len(g.county)):
            rows = range(g.start[village], g.start[village + 1])
            views = [w for w in (WorkerView(world, state, row, village) for row in rows) if w.is_present]
            county = g.county[village]
            seen = [self._count_worker(w, levers, month, firms, stocks, histogram) for w in views]
            workers = f32(max(len(views), 1))
            returnee_skill = [skill for returnee, _, skill in seen if returnee]
            state.villages.returned_share[village] = f32(sum(recent for _, recent, _ in seen)) / workers
            owners = sum(w.status == Status.OWNER for w in views)
            state.villages.owner_share[village] = f32(owners) / workers
            people = f32(max(len(returnee_skill), 1)) * FINE
            state.villages.returnee_skill[village] = f32(sum(returnee_skill)) / people
            for k in range(32):
                knows = sum(w.known >> k & 1 for w in views)
                state.villages.aware_share[village, k] = f32(knows) / workers
                aware[k, county] += knows
        everybody = stocks[:, :, : Stock.POST + 1].sum(axis=(1, 2))
        certified = np.stack([everybody, stocks[:, :, Stock.CERTIFIED_AT_HOME].sum(axis=1)], axis=1)
        if not full:
            stocks, histogram = np.zeros_like(stocks), np.zeros_like(histogram)
        tallies, nothing = Tallies(stocks, book.flows, book.ledger), np.zeros(0)
        return MonthResult(tallies, book.uses, {}, histogram, aware, certified, nothing, nothing, nothing)

    def _count_worker(
        self,
        w: WorkerView,
        levers: Levers,
        month: Month,
        firms: dict[int, int],
        stocks: np.ndarray,
        histogram: np.ndarray,
    ) -> tuple[bool, bool, int]:
        """Add one worker; returns whether a returnee, whether recently returned, and the skill in 1/1024."""
        c = self._context_of(w.world, w.state, month, w)
        row = stocks[c.county, self.cell(w)]
        skill, pay = int(np.rint(w.skill * FINE)), int(np.rint(monthly_pay(w, c, False)))
        newcomer = bool(w.newcomer)
        if w.status == Status.OWNER:
            firm = firms[w.row]
            pay = int(w.state.firms.profit[firm])
            row[Stock.FIRM_JOBS] += int(w.state.firms.jobs[firm])
            row[Stock.COHORT_JOBS] += 0 if newcomer else int(w.state.firms.jobs[firm])
        services = month.services[w.village]
        in_force = any(w.known >> k & 1 and levers.in_force[k] for k in range(len(levers.key)))
        since, home = w.months_since_return, w.is_home
        row[w.status] += 1
        row[Stock.INCOME] += pay
        row[Stock.SKILL] += skill
        row[Stock.HOME_TIES] += int(np.rint(w.home_ties * FINE))
        row[Stock.SAVINGS] += w.savings
        row[Stock.DEBT] += w.debt
        row[Stock.LAND] += int(np.rint(w.world.geography.land[w.village] * FINE))
        row[Stock.SERVICES] += int(np.rint((services[0] + services[1] + services[2]) * f32(1 / 3) * FINE))
        row[Stock.CERTIFIED] += w.grade > 0
        row[Stock.CERTIFIED_AT_HOME] += w.grade > 0 and home
        row[Stock.HIGH_SKILLED] += w.grade > 2
        row[Stock.AWARE] += in_force
        row[Stock.BELONGING] += int(np.rint(w.belonging * FINE)) if home else 0
        row[Stock.AGE_HOME] += w.age if w.status >= Status.WAGE_BASIC else 0
        row[Stock.AGE_AWAY] += 0 if home else w.age
        histogram[c.county, min(max(pay, 0) // BIN_YUAN, INCOME_BINS - 1)] += 1
        good = w.is_returnee and self._count_returnee(w, pay, row)
        for months, stock in ((12, Stock.RETAINED_12), (24, Stock.RETAINED_24), (36, Stock.RETAINED_36)):
            row[stock] += w.is_returnee and since == months
        if not newcomer:
            returned = month.policy_months > 0 and since < min(int(month.policy_months), LONGEST)
            row[Stock.COHORT] += 1
            row[Stock.COHORT_RETURNED] += returned
            row[Stock.COHORT_AT_HOME] += home
            row[Stock.COHORT_GOOD] += home and good and returned
            row[Stock.COHORT_OWNER] += w.status == Status.OWNER
            row[Stock.COHORT_FOUNDED] += w.founded
        return w.is_returnee, w.is_returnee and since <= RECENT, skill

    def _count_returnee(self, w: WorkerView, pay: int, row: np.ndarray) -> bool:
        """Add a returnee's quality (rules Q1 to Q5); whether the return is of good quality."""
        q = w.world.scenario.parameters.quality
        rungs = {Status.WAGE_BASIC: 1, Status.POST: 1, Status.WAGE_SKILLED: 2, Status.OWNER: 3}
        before = f32(2 if w.skilled_before else 1)
        growth = QUALITY.income_growth(f32(pay), f32(w.income_before))
        earned = QUALITY.income_index(growth, q.income_reference)
        step = QUALITY.occupation_index(f32(rungs.get(Status(w.status), 0)), before)
        social = QUALITY.social_index(w.belonging, w.home_ties)
        whole = QUALITY.composite(earned, step, social, q.weight_income, q.weight_occupation, q.weight_social)
        row[Stock.RETURNEE] += 1
        parts = (Stock.QUALITY_INCOME, Stock.QUALITY_OCCUPATION, Stock.QUALITY_SOCIAL, Stock.QUALITY)
        for stock, value in zip(parts, (earned, step, social, whole), strict=True):
            row[stock] += int(np.rint(value * FINE))
        good = bool(whole >= q.good_bar)
        row[Stock.GOOD_RETURNEE] += good
        return good
