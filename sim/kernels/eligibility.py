"""Who may use an instrument, and what the instruments a worker holds add up to."""

import numpy as np

from sim.arithmetic import ZERO, bit_of, i32, lowest_bit, u32, u64
from sim.compilation import part, phase

u8, u16 = np.uint8, np.uint16


@phase
def eligible(i, k, village, people, levers):
    """Whether the worker in place i may use instrument k: reach, sex, household, status, age, skill."""
    flags = people.flags[i]
    sex = (levers.sexes[k] >> (flags & u16(1))) & u8(1)
    household = (levers.households[k] >> ((flags >> u16(1)) & u16(3))) & u8(1)
    status = (levers.statuses[k] >> u16(people.status[i])) & u16(1)
    fits = (sex != u8(0)) & (household != u8(0)) & (status != u16(0)) & ((levers.reach[village] & bit_of(k)) != u32(0))
    age, skill = i32(people.age[i]), people.skill[i]
    aged = (age >= levers.age_from[k]) & (age < levers.age_below[k])
    able = (skill >= levers.skill_from[k]) & (skill < levers.skill_below[k])
    return fits & aged & able


@phase
def person_lever(i, village, people, levers, channel, held):
    """Sum of a channel over the instruments among the bits `held` that the worker may use."""
    total = ZERO
    bits = u32(held & levers.acts[channel])
    while bits != u32(0):
        k = u64(lowest_bit(bits))
        if eligible(i, k, village, people, levers):
            total += levers.effect[k, channel]
        bits = without_lowest(bits)
    return total


@part
def without_lowest(bits):
    """A word, uint32, without its lowest bit."""
    return u32(bits & u32(bits - u32(1)))


@phase
def for_sector(held, sector, levers):
    """The bits of `held` whose instruments serve enterprises of a sector."""
    return u32(held & levers.serves[sector])


@phase
def count_use(i, village, county, people, levers, channel, held, uses):
    """Note that the worker uses the instruments of a channel: in the bits, and in the count of uses."""
    bits = u32(held & levers.acts[channel])
    while bits != u32(0):
        k = u64(lowest_bit(bits))
        if eligible(i, k, village, people, levers):
            people.used[i] = people.used[i] | bit_of(k)
            uses[k, county] += 1
        bits = without_lowest(bits)
