"""The only source of randomness: a counter-based generator with named purposes.

Every draw is a pure function of (seed, village key, block of four places, month and purpose, and
an instrument's or alternative's key): Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011), four
32-bit words a call, one for each place of the block. There is no stream and no state, so the order
of workers, the number of threads, another village or another instrument change nobody's luck.

Seeds are 64 bits. `stream_seed` derives them: population traits, individual luck and macro shocks
have a seed each, so that two worlds can share the people and differ in the luck.
"""

import hashlib
from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from sim.arithmetic import i32, u32, u64
from sim.compilation import kernel, rule

f32 = np.float32
UNIT = f32(2.0**-24)  # a draw is a multiple of this, in [0, 1)
EPOCH_YEAR = 2000  # month 0 of a draw's counter is January 2000
MONTH_LIMIT = 1 << 24


class Purpose(IntEnum):
    """What a draw is for. Append only: a number once given is never used for something else."""

    VILLAGE_SIZE = 0
    VILLAGE_POSITION_X = 1
    VILLAGE_POSITION_Y = 2
    VILLAGE_AMENITY = 3
    VILLAGE_LAND = 4
    KIN_TIE = 5
    BORN_AGE = 10
    BORN_SEX = 11
    BORN_SCHOOLING = 12
    BORN_HOUSEHOLD = 13
    BORN_STATUS = 14
    BORN_SKILL = 15
    BORN_CERTIFICATE = 16
    BORN_SAVINGS = 17
    BORN_FAMILY = 18
    BORN_TIES = 19
    BORN_KNOWN = 20
    RAKE = 21
    PERSON_PLACE = 22
    PERSON_ENTERPRISE = 23
    PERSON_RISK = 24
    PERSON_TRAINING = 25
    PERSON_SECTOR = 26
    LIFE = 30
    WORK = 31
    CONTACT = 32
    CONSIDER = 33
    COHORT = 34
    LEARN = 40
    APPLY_TRAINING = 41
    TRAINING_OUTCOME = 42
    ERROR = 43
    NEST_ERROR = 44
    SPOUSE = 45
    SECTOR_CHOICE = 46
    CREDIT = 47
    FOUND_LUCK = 48
    FOUND_JOBS = 49
    FIRM_EXIT = 50
    PRIORITY = 51
    ROUNDING = 52
    DISPLACE = 53
    SEEK = 54
    APPLY_PRIORITY = 55
    RAKE_SECTOR = 56
    OFFICE = 57
    NOTICE = 58
    OBSERVE = 59
    MACRO = 60
    COUNTY = 61


def stable_key(text: str) -> int:
    """A 32-bit key of an id that is the same on every machine and in every release."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


def stable_keys(beginning: str, endings: Sequence[str]) -> np.ndarray:
    """`stable_key` of the beginning with each of the endings, uint32[n]."""
    begun, digests = hashlib.sha256(beginning.encode()), []
    for ending in endings:
        one = begun.copy()
        one.update(ending.encode())
        digests.append(one.digest()[:4])
    return np.frombuffer(b"".join(digests), "<u4").astype(np.uint32)


def stream_seed(seed: int, stream: str) -> np.uint64:
    """The 64-bit seed of a named stream ("population", "luck" or "macro") of a run's seed."""
    digest = hashlib.sha256(f"{stream}:{int(seed)}".encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "little"))


@rule
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10: counter (c0..c3) and key (k0, k1) of uint32 -> four uint32 words."""
    for _ in range(10):
        a = u64(c0) * u64(0xD2511F53)
        b = u64(c2) * u64(0xCD9E8D57)
        c0, c1, c2, c3 = u32(u32(b >> u64(32)) ^ c1 ^ k0), u32(b), u32(u32(a >> u64(32)) ^ c3 ^ k1), u32(a)
        k0 = u32(k0 + u32(0x9E3779B9))
        k1 = u32(k1 + u32(0xBB67AE85))
    return c0, c1, c2, c3


@rule
def draw_word(seed, village, place, moment, subkey):
    """One 32-bit word for one place.

    seed uint64; village uint32 (stable key); place uint32 (slot within the village); moment uint32
    (`moment_of`); subkey uint32 (instrument's or alternative's key, 0 if none).
    """
    a, b, c, d = philox(village, u32(place >> u32(2)), moment, subkey, u32(seed), u32(seed >> u64(32)))
    lane = u32(place & u32(3))
    low = a if lane == u32(0) else b
    high = c if lane == u32(2) else d
    return low if lane < u32(2) else high


@rule
def unit_of(word):
    """A uniform float32 in [0, 1) from a word: its upper 24 bits times 2^-24."""
    return f32(i32(word >> u32(8))) * UNIT


@rule
def moment_of(month, purpose):
    """Month (since January 2000; for lifelong traits: the generation) and purpose as one uint32."""
    return u32(u32(month) * u32(256) + u32(purpose))


@rule
def draw_unit(seed, village, place, moment, subkey):
    """A uniform float32 in [0, 1) for one place (see `draw_word`)."""
    return unit_of(draw_word(seed, village, place, moment, subkey))


@rule
def draw_four(seed, village, place, moment, subkey):
    """Four uniform float32 in [0, 1) for one place, from one call: for sums and for several alternatives.

    Arguments as in `draw_word`, but the counter holds the place itself, so a purpose uses either this or that.
    """
    a, b, c, d = philox(village, place, moment, subkey, u32(seed), u32(seed >> u64(32)))
    return unit_of(a), unit_of(b), unit_of(c), unit_of(d)


@kernel
def fill_words(words, count, seed, village, moment, subkey):
    """Write one word for each of the first `count` places (a multiple of 4) of a village.

    words: uint32[>= count], place p gets the word that `draw_word` gives for it.
    """
    k0 = u32(seed)
    k1 = u32(seed >> u64(32))
    for block in range(u64(count) >> u64(2)):
        a, b, c, d = philox(u32(village), u32(block), u32(moment), u32(subkey), k0, k1)
        at = u64(block) << u64(2)
        words[at] = a
        words[at + u64(1)] = b
        words[at + u64(2)] = c
        words[at + u64(3)] = d


@kernel
def fill_units(seed, key, place, moment, subkey, units):
    """A keyed uniform for each of some places: key, place uint32[n], moment and subkey uint32, units float32[n]."""
    for n in range(key.shape[0]):
        units[n] = draw_unit(seed, key[n], place[n], moment, subkey)


@kernel
def _uniforms(out, seed, keys, place, moment):
    for i in range(keys.shape[0]):
        out[i] = draw_unit(u64(seed), keys[i], u32(place), u32(moment), u32(0))


def uniforms(seed: int, keys: np.ndarray, place: int, month: int, purpose: int) -> np.ndarray:
    """Keyed uniforms float32[n], one for each uint32 key."""
    out = np.empty(len(keys), f32)
    _uniforms(out, u64(seed), np.asarray(keys, u32), u32(place), u32(month * 256 + purpose))
    return out
