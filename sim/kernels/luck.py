"""The draws of those who weigh a move, side by side: a generator in loops of its own vectorises, in a decision not.

`drawn` float32[DRAWN, M] has a row for each draw and an entry for each listed place. The numbers are those that the
readable engine draws one by one.
"""

from sim.arithmetic import u32, u64
from sim.compilation import phase
from sim.draws import Purpose, draw_four, moment_of
from sim.rules.decision import gumbel, normal_like

ERROR, NEST = u32(Purpose.ERROR), u32(Purpose.NEST_ERROR)
PERSON_PLACE, PERSON_ENTERPRISE = u32(Purpose.PERSON_PLACE), u32(Purpose.PERSON_ENTERPRISE)
PERSON_RISK, PERSON_SECTOR = u32(Purpose.PERSON_RISK), u32(Purpose.PERSON_SECTOR)
# rows: errors of the six alternatives (numbered as CHOOSE_OUT to CHOOSE_SEARCH), these, then a taste for each sector
L_NEST, L_HOME, L_OUT, L_IN, L_ENTERPRISE, L_IDEA, L_TOLERANCE, L_SECTOR = 6, 7, 8, 9, 10, 11, 12, 13


@phase
def fill_luck(first, chosen, n, village_key, sectors, people, month, p, generations, drawn):
    """Fill the rows of `drawn` for the n listed places; generations: uint32 scratch."""
    d, seed, lasting = p.decision, month.seed, month.population_seed
    generation = people.generation
    for m in range(n):
        generations[m] = u32(generation[first + u64(chosen[m])])
    moment = moment_of(month.calendar, ERROR)
    fill_four(n, chosen, seed, village_key, moment, u32(0), drawn[0], drawn[1], drawn[2], drawn[3])
    fill_two(n, chosen, seed, village_key, moment, u32(1), drawn[4], drawn[5])
    for alternative in range(6):
        errors, scale = drawn[alternative], d.error_scale
        for m in range(n):
            errors[m] = gumbel(errors[m], scale)
    fill_normal(n, chosen, seed, village_key, moment_of(month.calendar, NEST), d.nest_deviation, drawn[L_NEST])
    for k in range(3):
        fill_effect(
            n, chosen, generations, lasting, village_key, PERSON_PLACE, u32(k), d.place_deviation, drawn[L_HOME + k]
        )
    fill_effect(
        n, chosen, generations, lasting, village_key, PERSON_ENTERPRISE, u32(0), d.enterprise_deviation,
        drawn[L_ENTERPRISE],
    )  # fmt: skip
    fill_effect(
        n, chosen, generations, lasting, village_key, PERSON_ENTERPRISE, u32(1), p.enterprise.idea_deviation,
        drawn[L_IDEA],
    )  # fmt: skip
    tolerance = drawn[L_TOLERANCE]
    for m in range(n):
        moment = moment_of(generations[m], PERSON_RISK)
        tolerance[m], _, _, _ = draw_four(lasting, village_key, u32(chosen[m]), moment, u32(0))
    for s in range(0, sectors, 4):
        a, b, c, e = drawn[L_SECTOR + s], drawn[L_SECTOR + s + 1], drawn[L_SECTOR + s + 2], drawn[L_SECTOR + s + 3]
        for m in range(n):
            moment = moment_of(generations[m], PERSON_SECTOR)
            a[m], b[m], c[m], e[m] = draw_four(lasting, village_key, u32(chosen[m]), moment, u32(s // 4))


@phase
def fill_four(n, chosen, seed, village_key, moment, subkey, a, b, c, d):
    """Four draws of a month for each listed place."""
    for m in range(n):
        a[m], b[m], c[m], d[m] = draw_four(seed, village_key, u32(chosen[m]), moment, subkey)


@phase
def fill_two(n, chosen, seed, village_key, moment, subkey, a, b):
    """The first two of them."""
    for m in range(n):
        a[m], b[m], _, _ = draw_four(seed, village_key, u32(chosen[m]), moment, subkey)


@phase
def fill_normal(n, chosen, seed, village_key, moment, deviation, row):
    """An approximately normal draw of a month (rule U10)."""
    for m in range(n):
        a, b, c, d = draw_four(seed, village_key, u32(chosen[m]), moment, u32(0))
        row[m] = normal_like(a, b, c, d, deviation)


@phase
def fill_effect(n, chosen, generations, seed, village_key, purpose, key, deviation, row):
    """A permanent effect of each person, approximately normal (rule U10)."""
    for m in range(n):
        moment = moment_of(generations[m], purpose)
        a, b, c, d = draw_four(seed, village_key, u32(chosen[m]), moment, key)
        row[m] = normal_like(a, b, c, d, deviation)
