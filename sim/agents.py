"""The readable engine: one worker at a time, plain Python, the same rules.

This is the specification of what `sim.kernels` does fast; a test holds the two equal bit for bit. The
markets' side (admission, founding, courses, counting) stands in `sim.agents_market`.
"""

import numpy as np

from sim.agents_market import MarketPhases
from sim.arithmetic import f32
from sim.draws import Purpose
from sim.outcomes import CELLS, Flow, Ledger
from sim.phases import Book
from sim.policy import PersonChannel
from sim.population import World
from sim.state import CLOSED, LONGEST, NEVER, Firms, State, Status, VillageState
from sim.worker import (
    ACCOUNTS,
    DECISION,
    ENTERPRISE,
    FARM,
    FOUND,
    HALF,
    HOUSEHOLD,
    IN,
    MATH,
    ONE,
    OUT,
    SEARCH,
    SKILL,
    STAY,
    TIES,
    TWELFTH,
    WAGE,
    ZERO,
    Context,
    WorkerView,
    apply_from_choice,
    arrive_home,
    decide,
    depart,
    eligible,
    keep_for_sector,
    lever,
    monthly_pay,
    productivity,
    resident_lever,
    seek,
)
from sim.world import Geography, Levers, Month


def neighbour_mean(values: np.ndarray, village: int, g: Geography) -> np.float32:
    """Mean of a village column over the neighbours, in the graph's order; 0 without neighbours."""
    total = ZERO
    neighbours = g.neighbour[g.neighbour_start[village] : g.neighbour_start[village + 1]]
    for other in neighbours:
        total = total + values[other]
    return total / f32(max(len(neighbours), 1))


def peer_pull(seen: VillageState, village: int, g: Geography, p: object) -> np.float32:
    """Pull of peers from the own and the neighbouring villages (rules U6, U7)."""
    d, switches = p.decision, p.mechanisms  # type: ignore[attr-defined]
    w = d.peer_own_weight
    share, success, failure = (
        w * values[village] + (ONE - w) * neighbour_mean(values, village, g)
        for values in (seen.returned_share, seen.owner_share, seen.failure)
    )
    if switches.peer_threshold > 0:
        pull = DECISION.peer_pull(
            share, success, failure, d.peer_threshold, d.peer_width, d.peer_failure, switches.peer_feedback
        )
    else:
        slope = HALF / d.peer_threshold
        pull = DECISION.peer_pull_smooth(share, success, failure, slope, d.peer_failure, switches.peer_feedback)
    return d.peer_weight * pull


class ReadableEngine(MarketPhases):
    """Carries out the phases that concern single workers, one worker after the other."""

    def __init__(self, world: World, threads: int = 1) -> None:
        self.intent: dict[int, int] = {}  # row -> application
        self.course: dict[int, int] = {}  # row -> instrument

    def close(self) -> None:
        """Nothing to let go."""

    def advance(self, world: World, state: State, levers: Levers, month: Month) -> tuple[Book, np.ndarray]:
        """All worker phases of the month, village by village."""
        counties, instruments = len(world.weight), max(len(levers.key), 1)
        book = Book(
            flows=np.zeros((counties, CELLS, len(Flow)), np.int64),
            ledger=np.zeros((counties, len(Ledger)), np.int64),
            uses=np.zeros((instruments, counties), np.int64),
        )
        self.intent, self.course, self.levers = {}, {}, levers
        closed = np.zeros(len(world.geography.county), np.int32)
        for village in range(len(closed)):
            context = self.context(world, state, levers, month, village)
            start = world.geography.start
            workers = [WorkerView(world, state, row, village) for row in range(start[village], start[village + 1])]
            events = {w.row: self.live(w, context, book) for w in workers if w.is_present}
            self.enter(workers, context, book)
            firms = {int(state.firms.owner[f]): f for f in range(*state.firms.start[village : village + 2])}
            for w in workers:
                closed[village] += self.month_of(w, context, events.get(w.row, False), firms.get(w.row), book)
        return book, closed

    def context(self, world: World, state: State, levers: Levers, month: Month, village: int) -> Context:
        """What is the same for a whole village this month."""
        g, seen, p = world.geography, state.villages, world.scenario.parameters
        near = np.array([neighbour_mean(seen.aware_share[:, k], village, g) for k in range(32)], np.float32)
        w = p.decision.peer_own_weight
        owners = w * seen.owner_share[village] + (ONE - w) * neighbour_mean(seen.owner_share, village, g)
        peers = peer_pull(seen, village, g, p)
        return Context(world, state, levers, month, village, int(g.county[village]), peers, owners, near)

    def live(self, w: WorkerView, c: Context, book: Book) -> bool:
        """A month older; life events; whether one of them is a reason to think about moving."""
        life, capital = c.p.household, c.p.human_capital
        u, age, cell = w.unit(c.month, Purpose.LIFE), w.age + 1, self.cell(w)
        years = f32(age) * TWELFTH
        leave = HOUSEHOLD.leaving_hazard(life.leave_base, life.leave_growth, years, life.leave_onset)
        ill = leave + HOUSEHOLD.event_hazard(life.ill_base, years, life.ill_onset, life.ill_slope)
        begin = HOUSEHOLD.event_hazard(life.elder_base, years, life.elder_onset, life.elder_slope)
        elder = ill + (life.elder_end if w.elder else begin)
        bear = HOUSEHOLD.birth_hazard(life.birth_base, years, life.birth_peak, life.birth_half_width)
        birth = elder + (bear if w.child_age >= 36 else ZERO)
        w.put(age=age)
        if u < leave or age >= 70 * 12:
            self.leave(w, c, cell, book)
            return False
        falls_ill, turns, born = leave <= u < ill, ill <= u < elder, elder <= u < birth
        health = SKILL.health_next(f32(w.health), f32(falls_ill), capital.health_loss, capital.health_recovery)
        child = w.child_age
        child = NEVER if child == NEVER or child >= 180 else child + 1
        child = 0 if born else child
        begins_care = turns and not w.elder
        w.put(health=int(health), child_age=child, elder=w.elder ^ int(turns))
        return bool(falls_ill or begins_care or child == 72)

    def leave(self, w: WorkerView, c: Context, cell: int, book: Book) -> None:
        """The worker leaves the workforce, with money and debt; the place becomes vacant."""
        book.flows[c.county, cell, Flow.LEFT] += 1
        book.ledger[c.county, Ledger.TAKEN] += w.savings
        book.ledger[c.county, Ledger.DEBT_GONE] += w.debt
        w.put(
            status=Status.VACANT,
            generation=(w.generation + 1) % 256,
            savings=0,
            debt=0,
            belonging=0,
            skill=0,
            home_ties=0,
            destination_ties=0,
            known=0,
            used=0,
            child_age=NEVER,
            months_since_return=NEVER,
            age=0,
        )

    def enter(self, workers: list[WorkerView], c: Context, book: Book) -> None:
        """Fill vacant places, lowest first, with the month's entrants."""
        u = workers[0].unit(c.month, Purpose.COHORT)
        registered = f32(c.world.geography.registered[c.village])
        wanted = int(np.floor(c.month.entrants_share * registered + u))
        for w in workers:
            if wanted <= 0:
                return
            if not w.is_present:
                self.settle_entrant(w, c)
                cell = int(c.world.entrant_cells[int(w.flags) & 7])
                book.flows[c.county, cell, Flow.ENTERED] += 1
                book.ledger[c.county, Ledger.BROUGHT] += w.savings
                wanted -= 1

    def settle_entrant(self, w: WorkerView, c: Context) -> None:
        """A new worker of 16 to 22 years: traits are keyed by village, place and generation."""
        month, capital, first = c.month, c.p.human_capital, c.p.start
        a, b, sex, kind = w.four(month, Purpose.BORN_AGE, 0, lifelong=True)
        e, talent, _, _ = w.four(month, Purpose.BORN_AGE, 1, lifelong=True)
        years = month.entry_age_from + np.floor(a * month.entry_age_span)
        male_share, poverty_share, relocated_share = c.world.shares[c.county]
        household = 2 if kind >= ONE - relocated_share else int(kind < poverty_share)
        table, k = month.entrant_schooling, 0
        while k < len(table) - 1 and e >= table[k, 0]:
            k += 1
        schooling = table[k, 1]
        ceiling = SKILL.skill_ceiling(schooling, capital.ceiling_base, capital.ceiling_per_schooling)
        w.put(flags=0, age=int(years * f32(12)) + int(np.floor(b * f32(12))), schooling=int(schooling))
        w.put(male=sex < male_share, household=household, newcomer=month.policy_months > 0, health=15)
        w.put(
            skill=ceiling * (first.entrant_skill_low + first.entrant_skill_spread * talent),
            qualification=0,
            home_ties=first.entrant_home_ties,
            status=Status.SEARCHING,
            sector=0,
            months_in_status=0,
            income_before=0,
            migrations=0,
            rejections=0,
        )

    def month_of(self, w: WorkerView, c: Context, family_event: bool, firm: int | None, book: Book) -> int:
        """The month of one worker, in the ODD's order; returns 1 if an enterprise closed."""
        cell, flows = self.cell(w), book.flows[c.county]
        if not w.is_present:
            return self.close_orphan(c.state.firms, firm, cell, flows)
        laid_off = self.lose_work(w, c, cell, flows)
        self.learn_and_fade(w, c)
        self.tie_and_belong(w, c)
        if w.is_away:
            self.count_use(w, c, PersonChannel.AWAY_INCOME, w.known & ~w.used, book)
        income = monthly_pay(w, c, laid_off)
        if w.status != Status.OWNER:
            self.earn_and_spend(w, c, income, book)
        self.count_months(w)
        self.inform(w, c, cell, flows)
        if w.status == Status.OWNER and firm is not None:
            income = f32(c.state.firms.profit[firm])
        quits = self.choose(w, c, income, family_event, laid_off, cell, flows)
        closed = 0
        if firm is not None and w.status != Status.OWNER:
            closed = self.close_orphan(c.state.firms, firm, cell, flows)
        elif firm is not None and self.run_firm(w, c, firm, quits, book):
            closed = self.close_firm(w, c, firm, cell, book)
        if w.is_home and w.row not in self.intent and (application := seek(w, c)):
            self.intent[w.row] = application
        return closed

    def lose_work(self, w: WorkerView, c: Context, cell: int, flows: np.ndarray) -> bool:
        """Lay-offs: at home into searching, away a reason to think again."""
        h, status = c.p.household, w.status
        away = {Status.OUT_PROVINCE: c.month.layoff_out, Status.IN_PROVINCE: c.month.layoff_in}
        base = {Status.WAGE_BASIC: h.layoff_basic, Status.WAGE_SKILLED: h.layoff_skilled, Status.POST: h.layoff_post}
        hazard = HOUSEHOLD.layoff_hazard(
            h.layoff_away if w.is_away else base.get(Status(status), ZERO),
            w.years,
            h.layoff_onset,
            h.layoff_slope,
            away.get(Status(status), ZERO),
        )
        if not w.unit(c.month, Purpose.WORK) < hazard:
            return False
        flows[cell, Flow.LAID_OFF_AWAY if w.is_away else Flow.LAID_OFF_HOME] += 1
        if w.is_home:
            w.put(status=Status.SEARCHING, months_in_status=0)
        return True

    def learn_and_fade(self, w: WorkerView, c: Context) -> None:
        """Skill by doing, fading and spillover (rules H1 to H4)."""
        h, seen, status = c.p.human_capital, c.state.villages, Status(w.status)
        rate = (
            h.learning_away
            if w.is_away
            else {
                Status.FARM: h.learning_farm,
                Status.SEARCHING: ZERO,
                Status.WAGE_BASIC: h.learning_basic,
                Status.POST: h.learning_basic,
                Status.WAGE_SKILLED: h.learning_skilled,
                Status.OWNER: h.learning_owner,
            }[status]
        )
        idle = h.fade_idle if status == Status.SEARCHING else ZERO
        health = f32(w.health) * f32(1 / 15)
        fade = SKILL.fade_rate(idle, h.fade_age, w.years, h.fade_age_onset, health, h.fade_illness)
        ceiling = SKILL.skill_ceiling(f32(w.schooling), h.ceiling_base, h.ceiling_per_schooling)
        learns = w.is_home and w.qualification == 0
        spill = SKILL.skill_spillover(
            h.spillover,
            seen.returned_share[c.village],
            seen.returnee_skill[c.village],
            w.skill,
            c.p.mechanisms.skill_spillover if learns else ZERO,
        )
        w.put(skill=SKILL.skill_next(w.skill, ceiling, rate, fade, spill))

    def tie_and_belong(self, w: WorkerView, c: Context) -> None:
        """Ties to home and destination, belonging (rules S1 to S3)."""
        s, ties = c.p.social_capital, w.home_ties
        visit = s.festival_visit * c.month.festival + resident_lever(w, c.levers, PersonChannel.HOME_TIES, w.known)
        programme = resident_lever(w, c.levers, PersonChannel.BELONGING, w.known)
        growth = TIES.belonging_growth(
            s.belonging_base, s.belonging_contact, ties, s.belonging_work, f32(w.status >= Status.WAGE_BASIC), programme
        )
        home, away = f32(w.is_home), f32(w.is_away)
        w.put(
            belonging=TIES.belonging_next(w.belonging, home, growth, s.belonging_exclusion),
            home_ties=TIES.ties_next(ties, home, s.home_tie_growth, s.home_tie_decay, visit),
            destination_ties=TIES.ties_next(
                w.destination_ties, away, s.destination_tie_growth, s.destination_tie_decay, ZERO
            ),
        )

    def spend(self, w: WorkerView, c: Context, pay: int, cut: np.float32, book: Book) -> None:
        """Consumption and debt service out of savings and pay, whole yuan (rules A1 to A3)."""
        m, e = c.p.money, c.p.enterprise
        cash = w.savings + pay
        spent = min(int(ACCOUNTS.consumption(f32(pay), m.subsistence, m.consumption_share)), cash)
        due = min(int(ACCOUNTS.interest_due(f32(w.debt), e.interest_rate, cut)), cash - spent)
        principal = min(int(ACCOUNTS.principal_due(f32(w.debt), e.repayment_months)), cash - spent - due)
        w.put(savings=cash - spent - due - principal, debt=w.debt - principal)
        row = book.ledger[c.county]
        row[Ledger.INCOME] += pay
        row[Ledger.CONSUMED] += spent
        row[Ledger.INTEREST] += due
        row[Ledger.REPAID] += principal

    def earn_and_spend(self, w: WorkerView, c: Context, income: np.float32, book: Book) -> None:
        """The household money of everybody but owners."""
        pay = max(int(MATH.whole(income)), -w.savings)
        self.spend(w, c, pay, resident_lever(w, c.levers, PersonChannel.INTEREST_CUT, w.used), book)

    def count_months(self, w: WorkerView) -> None:
        """One more month in the status and since the last return; a rejection is forgotten every fourth."""
        if w.months_in_status % 4 == 3:
            w.put(rejections=max(w.rejections - 1, 0))
        w.put(months_in_status=min(w.months_in_status + 1, LONGEST))
        if w.months_since_return != NEVER:
            w.put(months_since_return=min(w.months_since_return + 1, LONGEST))

    def inform(self, w: WorkerView, c: Context, cell: int, flows: np.ndarray) -> None:
        """In a month of contact: forget, hear of instruments (rules S4, S5), apply for a course."""
        s, levers = c.p.social_capital, c.levers
        if len(levers.key) == 0 or not w.unit(c.month, Purpose.CONTACT) < s.contact_rate:
            return
        known = w.known
        for k in range(len(levers.key)):
            if not (levers.in_force[k] and levers.reach[c.village] >> k & 1):
                continue
            u = w.unit(c.month, Purpose.LEARN, int(levers.key[k]))
            if known >> k & 1:
                if not w.used >> k & 1 and u < s.forgetting:
                    known &= ~(1 << k)
                continue
            own = c.state.villages.aware_share[c.village, k]
            mouth = TIES.word_of_mouth(own, c.aware_near[k], s.own_village_weight, w.home_ties, s.word_strength)
            if u < TIES.hearing_chance(levers.official[k] + c.month.official[c.county], mouth):
                known |= 1 << k
                flows[cell, Flow.HEARD] += 1
        w.put(known=known)
        instrument = self.choose_course(w, c)
        if instrument is not None:
            self.course[w.row] = instrument

    def choose_course(self, w: WorkerView, c: Context) -> int | None:
        """The instrument whose course the worker applies for this month."""
        h, levers = c.p.human_capital, c.levers
        willing = w.four(c.month, Purpose.PERSON_TRAINING, lifelong=True)[0]
        best, choice = ONE, None
        for k in range(len(levers.key)):
            if not (levers.offers_course[k] and w.known >> k & 1 and eligible(w, k, levers)):
                continue
            uptake = MATH.clip(levers.effect[k, PersonChannel.COURSE_UPTAKE], ZERO, ONE)
            if willing < h.unwilling_share * (ONE - uptake):
                continue
            chance = h.apply_chance * (h.repeat_factor if w.used >> k & 1 else ONE)
            u = w.unit(c.month, Purpose.APPLY_TRAINING, int(levers.key[k]))
            ratio = u / max(chance, f32(1e-6))
            if u < chance and ratio < best:
                best, choice = ratio, k
        return choice

    def choose(
        self,
        w: WorkerView,
        c: Context,
        income: np.float32,
        family_event: bool,
        laid_off: bool,
        cell: int,
        flows: np.ndarray,
    ) -> bool:
        """Weigh a move (rules U13, U21), decide and act; True if an owner gives up to leave."""
        d, month, passive = c.p.decision, c.month, family_event or laid_off
        usual = DECISION.considering_chance(d.consider_base, d.consider_festival, month.festival, f32(passive))
        if not w.unit(month, Purpose.CONSIDER) < DECISION.moves_in_closure(usual, month.closure):
            return False
        choice, sector, share = decide(w, c, income, laid_off)
        if choice in (WAGE, FOUND):
            self.intent[w.row] = apply_from_choice(w, c, choice, sector, share, passive)
        elif choice in (FARM, SEARCH):
            if w.is_away:
                arrive_home(w, c, passive)
                flows[cell, Flow.RETURN_PASSIVE if passive else Flow.RETURN_ACTIVE] += 1
                flows[cell, Flow.RETURN_SPECULATIVE] += choice == SEARCH
            w.put(status=Status.FARM if choice == FARM else Status.SEARCHING, months_in_status=0)
        elif choice in (OUT, IN) and choice != STAY:
            if w.status == Status.OWNER:
                return True
            depart(w, c, Status.OUT_PROVINCE if choice == OUT else Status.IN_PROVINCE)
            flows[cell, Flow.DEPART_OUT if choice == OUT else Flow.DEPART_IN] += 1
        return False

    def close_orphan(self, firms: Firms, firm: int | None, cell: int, flows: np.ndarray) -> int:
        """Close the enterprise of an owner who left the workforce."""
        if firm is None:
            return 0
        firms.age[firm] = CLOSED
        flows[cell, Flow.CLOSED] += 1
        return 1

    def run_firm(self, w: WorkerView, c: Context, firm: int, quits: bool, book: Book) -> bool:
        """A month of an enterprise and its owner's money; whether it closes (rules E4, E6)."""
        e, firms, month = c.p.enterprise, c.state.firms, c.month
        held = keep_for_sector(w.known, w.sector, c.levers)
        luck = MATH.exponential(firms.luck[firm])
        q = productivity(w, c, f32(firms.capital[firm]), w.sector)
        tax_cut = lever(w, c.levers, PersonChannel.TAX_CUT, held)
        care = lever(w, c.levers, PersonChannel.AFTERCARE, held)
        for channel in (PersonChannel.TAX_CUT, PersonChannel.AFTERCARE):
            self.count_use(w, c, channel, held & ~w.used, book)
        rented = month.needs_premises[w.sector] and firms.rent_free[firm] == 0
        profit = ENTERPRISE.monthly_profit(
            e.profit_scale * month.sector_profit[w.sector], q, luck, e.rent if rented else ZERO, e.tax_rate, tax_cut
        )
        firms.profit[firm] = int(MATH.whole(profit))
        cut = lever(w, c.levers, PersonChannel.INTEREST_CUT, w.used)
        self.spend(w, c, max(int(firms.profit[firm]), -w.savings), cut, book)
        age = int(firms.age[firm]) + 1
        hazard = ENTERPRISE.exit_hazard(
            e.exit_base, e.exit_bump, f32(age), e.exit_peak, q * luck, e.exit_elasticity, care
        )
        hazard = hazard * (e.exit_loss_factor if profit < 0 else ONE)
        firms.age[firm] = min(age, CLOSED - 1)
        firms.rent_free[firm] = max(int(firms.rent_free[firm]) - 1, 0)
        return quits or bool(w.unit(month, Purpose.FIRM_EXIT) < hazard)

    def close_firm(self, w: WorkerView, c: Context, firm: int, cell: int, book: Book) -> int:
        """The owner goes back to searching, with what can be recovered and with the debt."""
        e, row = c.p.enterprise, book.ledger[c.county]
        recovered = int(MATH.whole(e.closing_value * f32(c.state.firms.capital[firm])))
        repaid = min(w.savings + recovered, w.debt)
        w.put(savings=w.savings + recovered - repaid, debt=w.debt - repaid)
        row[Ledger.RECOVERED] += recovered
        row[Ledger.REPAID] += repaid
        if f32(w.debt) > e.default_debt:
            row[Ledger.WRITTEN_OFF] += w.debt
            w.put(debt=0, defaulted=1, home_ties=w.home_ties * (ONE - e.default_ties))
            book.flows[c.county, cell, Flow.DEFAULT] += 1
        w.put(
            belonging=w.belonging * (ONE - c.p.social_capital.belonging_failure),
            status=Status.SEARCHING,
            months_in_status=0,
        )
        return self.close_orphan(c.state.firms, firm, cell, book.flows[c.county])
