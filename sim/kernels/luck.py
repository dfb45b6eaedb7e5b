"""The draws of those who weigh a move, side by side: a generator in loops of its own vectorises, in a decision not.

The numbers are those that the readable engine draws one by one.
"""

from sim.arithmetic import u32, u64
from sim.compilation import phase
from sim.draws import Purpose, draw_four, moment_of
from sim.kernels.lists import padded
from sim.kernels.table import (
    ERROR_HOME,
    ERRORS,
    GENERATION,
    IDEA,
    KEY,
    LIKES_ENTERPRISE,
    LIKES_HOME,
    PLACE,
    ROW,
    TASTES,
    TOLERANCE,
)
from sim.rules.decision import gumbel, normal_like

ERROR, NEST_ERROR = u32(Purpose.ERROR), u32(Purpose.NEST_ERROR)
PERSON_PLACE, PERSON_ENTERPRISE = u32(Purpose.PERSON_PLACE), u32(Purpose.PERSON_ENTERPRISE)
PERSON_RISK, PERSON_SECTOR = u32(Purpose.PERSON_RISK), u32(Purpose.PERSON_SECTOR)


@phase
def fill_luck(count, sectors, month, p, rows, bits):
    """Fill the rows of draws."""
    d, seed, lasting = p.decision, month.seed, month.population_seed
    moment, scale = moment_of(month.calendar, ERROR), d.error_scale
    fill_four(count, seed, moment, u32(0), rows, bits, ERRORS)
    fill_two(count, seed, moment, u32(1), rows, bits, ERRORS + u64(4) * ROW)
    for alternative in range(u64(6)):
        errors = ERRORS + alternative * ROW
        for m in range(padded(count)):
            rows[errors + m] = gumbel(rows[errors + m], scale)
    fill_normal(count, seed, moment_of(month.calendar, NEST_ERROR), d.nest_deviation, rows, bits)
    for k in range(u64(3)):
        fill_effect(count, lasting, PERSON_PLACE, u32(k), d.place_deviation, rows, bits, LIKES_HOME + k * ROW)
    fill_effect(count, lasting, PERSON_ENTERPRISE, u32(0), d.enterprise_deviation, rows, bits, LIKES_ENTERPRISE)
    fill_effect(count, lasting, PERSON_ENTERPRISE, u32(1), p.enterprise.idea_deviation, rows, bits, IDEA)
    for m in range(padded(count)):
        moment = moment_of(bits[GENERATION + m], PERSON_RISK)
        rows[TOLERANCE + m], _, _, _ = draw_four(lasting, bits[KEY + m], bits[PLACE + m], moment, u32(0))
    for s in range(u64(0), u64(sectors), u64(4)):
        fill_tastes(count, lasting, u32(s >> u64(2)), rows, bits, TASTES + s * ROW)


@phase
def fill_four(count, seed, moment, subkey, rows, bits, row):
    """Four draws of a month for each worker, in four rows."""
    for m in range(padded(count)):
        a, b, c, d = draw_four(seed, bits[KEY + m], bits[PLACE + m], moment, subkey)
        rows[row + m], rows[row + ROW + m] = a, b
        rows[row + u64(2) * ROW + m], rows[row + u64(3) * ROW + m] = c, d


@phase
def fill_two(count, seed, moment, subkey, rows, bits, row):
    """The first two of them."""
    for m in range(padded(count)):
        a, b, _, _ = draw_four(seed, bits[KEY + m], bits[PLACE + m], moment, subkey)
        rows[row + m], rows[row + ROW + m] = a, b


@phase
def fill_tastes(count, seed, subkey, rows, bits, row):
    """Four lasting draws of each person, in four rows."""
    for m in range(padded(count)):
        moment = moment_of(bits[GENERATION + m], PERSON_SECTOR)
        a, b, c, d = draw_four(seed, bits[KEY + m], bits[PLACE + m], moment, subkey)
        rows[row + m], rows[row + ROW + m] = a, b
        rows[row + u64(2) * ROW + m], rows[row + u64(3) * ROW + m] = c, d


@phase
def fill_normal(count, seed, moment, deviation, rows, bits):
    """An approximately normal draw of a month (rule U10)."""
    for m in range(padded(count)):
        a, b, c, d = draw_four(seed, bits[KEY + m], bits[PLACE + m], moment, u32(0))
        rows[ERROR_HOME + m] = normal_like(a, b, c, d, deviation)


@phase
def fill_effect(count, seed, purpose, key, deviation, rows, bits, row):
    """A permanent effect of each person, approximately normal (rule U10)."""
    for m in range(padded(count)):
        moment = moment_of(bits[GENERATION + m], purpose)
        a, b, c, d = draw_four(seed, bits[KEY + m], bits[PLACE + m], moment, key)
        rows[row + m] = normal_like(a, b, c, d, deviation)
