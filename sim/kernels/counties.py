"""County markets: jobs, hires, posts, limited places, beliefs, wages and industry, county by county.

Loops over counties and sectors that call the rules of `sim.rules.market`; nothing here looks at a worker, so both
engines use them.
"""

import numpy as np

from sim.arithmetic import ONE, ZERO, f32, u32
from sim.compilation import kernel, phase
from sim.draws import Purpose, draw_unit, moment_of
from sim.rules.market import (
    agglomeration_smooth,
    agglomeration_threshold,
    attractor,
    chain_jobs,
    crowded_price,
    development_next,
    job_capacity,
    matches,
    rounded_by_draw,
    wage_factor_next,
)

i64, f64 = np.int64, np.float64
ROUNDING = u32(Purpose.ROUNDING)
UNLIMITED = 1 << 40
HIRES, POSTS, LIMITED, SITES = 1000, 2000, 3000, 4000  # first number of each kind of rounding, jobs from 0


@phase
def whole_by_draw(x, seed, calendar, county_key, number, subkey):
    """Round a real number of places by a keyed uniform, the same in all worlds of a seed (rule M9)."""
    u = draw_unit(seed, county_key, u32(number), moment_of(u32(calendar), u32(ROUNDING)), u32(subkey))
    return i64(rounded_by_draw(f32(x), u))


@kernel
def fill_job_capacities(
    seed, calendar, keys, weight, programme, firm_jobs, skilled_share, growth, counties, p, capacity
):
    """Whole jobs by county, sector and tier: base, programme and enterprises, less displacement (rules M8, M9).

    keys uint32[C]; weight float64[C]; programme float64[C, S, 2], real jobs; firm_jobs int64[C, S]; skilled_share
    float32[S]; growth float32, of base jobs since they were set; counties: CountyState; capacity int64[C, S, 2]
    (output).
    """
    displacement = p.market.displacement * p.mechanisms.displacement
    for c in range(capacity.shape[0]):
        for s in range(capacity.shape[1]):
            added = max(f32(firm_jobs[c, s] - counties.firm_jobs_before[c, s]), ZERO)
            for tier in range(2):
                share = skilled_share[s] if tier == 1 else ONE - skilled_share[s]
                base = job_capacity(
                    counties.base_jobs[c, s, tier] * growth,
                    counties.development[c, s],
                    counties.initial_development[c, s],
                    p.market.job_elasticity,
                )
                base = max(base - displacement * added * share, ZERO)
                others = f32(programme[c, s, tier] / weight[c]) + f32(firm_jobs[c, s]) * share
                capacity[c, s, tier] = whole_by_draw(base + others, seed, calendar, keys[c], s * 2 + tier, 0)


@kernel
def fill_hires(seed, calendar, keys, remoteness, matching, seekers, vacancies, p, hires):
    """Whole hires by pool (rules M1, M9); seekers, vacancies and hires (output) int64[C, S, 2]."""
    m = p.market
    for c in range(hires.shape[0]):
        near = max(ONE - m.match_per_hour * remoteness[c], f32(0.1))
        efficiency = m.match_efficiency * near * (ONE + matching[c])
        for s in range(hires.shape[1]):
            for tier in range(2):
                looking, open_jobs = seekers[c, s, tier], vacancies[c, s, tier]
                hires[c, s, tier] = 0
                if looking > 0 and open_jobs > 0:
                    flow = matches(efficiency, f32(looking), f32(open_jobs), m.match_elasticity)
                    whole = whole_by_draw(flow, seed, calendar, keys[c], HIRES + s * 2 + tier, 0)
                    hires[c, s, tier] = min(whole, min(looking, open_jobs))


@kernel
def fill_free_posts(seed, calendar, keys, places, held, free):
    """Free posts and workshop jobs: places float32[C, 2], simulated; held and free (output) int64[C, 2]."""
    for c in range(free.shape[0]):
        for kind in range(2):
            whole = whole_by_draw(places[c, kind], seed, calendar, keys[c], POSTS + kind, 0)
            free[c, kind] = max(whole - held[c, kind], i64(0))


@kernel
def fill_limits(seed, calendar, keys, weight, limit, subkey, uses):
    """Whole uses of a limited instrument this month: limit float64[C], real; uses int64[C] (output)."""
    for c in range(uses.shape[0]):
        one = limit[c] / weight[c]
        uses[c] = whole_by_draw(one, seed, calendar, keys[c], LIMITED, subkey) if np.isfinite(one) else i64(UNLIMITED)


@kernel
def fill_sites(seed, calendar, keys, weight, base, programme, sites):
    """Whole sites: base float32[C], simulated; programme float64[C], real; sites int64[C] (output)."""
    for c in range(sites.shape[0]):
        sites[c] = whole_by_draw(f64(base[c]) + programme[c] / weight[c], seed, calendar, keys[c], SITES, 0)


@kernel
def fill_prices(mean_excess, crowding, price):
    """Prices of the sectors' goods (rule M6): mean_excess, price (output) float32[S]; crowding float32."""
    for s in range(price.shape[0]):
        price[s] = crowded_price(mean_excess[s], crowding)


@kernel
def fill_brought(amount, enterprises, completeness, brought):
    """What firms of a chain bring (rule M11): enterprises, brought (output) float32[C, S]; completeness float32[C]."""
    for c in range(brought.shape[0]):
        for s in range(brought.shape[1]):
            brought[c, s] = chain_jobs(amount, enterprises[c, s], completeness[c])


@kernel
def update_beliefs_and_wages(seekers, vacancies, hired, p, counties):
    """Job-finding rates shift by a month; wages answer tightness (rule M7); arguments int64[C, S, 2]."""
    m = p.market
    for c in range(seekers.shape[0]):
        for tier in range(2):
            applied, found = i64(0), i64(0)
            for s in range(seekers.shape[1]):
                applied += seekers[c, s, tier]
                found += hired[c, s, tier]
            for back in range(counties.finding.shape[2] - 1, 0, -1):
                counties.finding[c, tier, back] = counties.finding[c, tier, back - 1]
            if applied > 0:
                counties.finding[c, tier, 0] = f32(f64(found) / f64(applied))
        opened, looking = f32(vacancies[c].sum()), f32(seekers[c].sum())
        tightness = opened / max(opened + looking, ONE)
        counties.wage_factor[c] = wage_factor_next(
            counties.wage_factor[c],
            tightness,
            m.tightness_reference,
            m.wage_response,
            m.wage_speed,
            m.wage_low,
            m.wage_high,
        )


@kernel
def develop_industry(workers, endowment, programme, logistics, firms, p, counties):
    """Each sector moves towards its attractor (rules M2 to M5).

    workers int64[C], registered; endowment, programme float32[C, S]; logistics float32[C]; firms int64[C, S].
    """
    m, switches = p.market, p.mechanisms
    for c in range(firms.shape[0]):
        skilled = m.skilled_labour * (counties.skilled_share[c] - counties.skilled_reference[c])
        for s in range(firms.shape[1]):
            density = f32(100) * f32(firms[c, s]) / f32(workers[c])
            if switches.agglomeration_threshold > ZERO:
                pull = agglomeration_threshold(
                    density, m.agglomeration_threshold, m.agglomeration_width, m.agglomeration
                )
            else:
                pull = agglomeration_smooth(density, m.agglomeration_threshold, m.agglomeration)
            above = counties.development[c, s] - counties.initial_development[c, s]
            target = attractor(
                endowment[c, s],
                programme[c, s],
                pull * switches.agglomeration,
                skilled,
                m.logistics * logistics[c],
                m.congestion * max(above, ZERO),
            )
            counties.development[c, s] = development_next(counties.development[c, s], target, m.development_speed)
