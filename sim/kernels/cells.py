"""The cell of each worker in the tallies: household kind, sex, age band and skill tier, crossed."""

import numpy as np

from sim.arithmetic import i32
from sim.compilation import part, phase
from sim.outcomes import AGE_BAND_STARTS
from sim.state import GRADE_MASK

u8 = np.uint8
AGE_1, AGE_2, AGE_3 = (years * 12 for years in AGE_BAND_STARTS)


@part
def cell_of(flags, age, qualification):
    """((household x 2 + sex) x 4 + age band) x 3 + skill tier."""
    household, sex = (flags >> i32(1)) & i32(3), flags & i32(1)
    band = i32(age >= i32(AGE_1)) + i32(age >= i32(AGE_2)) + i32(age >= i32(AGE_3))
    grade = qualification & i32(GRADE_MASK)
    tier = i32(grade >= i32(1)) + i32(grade >= i32(3))
    return ((household * i32(2) + sex) * i32(4) + band) * i32(3) + tier


@phase
def fill_cells(first, count, people, cell):
    """The cell of each place, uint8."""
    traits, ages, qualifications = people.flags, people.age, people.qualification
    for j in range(count):
        i = first + j
        cell[j] = u8(cell_of(i32(traits[i]), i32(ages[i]), i32(qualifications[i])))
