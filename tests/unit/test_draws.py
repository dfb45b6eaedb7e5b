"""The generator: published known answers, the same words by every way, and draws that do not go together."""

from typing import Any

import numpy as np
import pytest

from sim import draws
from sim.draws import Purpose, draw_four, draw_unit, draw_word, fill_words, moment_of, philox, unit_of

u32, u64 = np.uint32, np.uint64
SEED, VILLAGE, MONTH = u64(0x0123456789ABCDEF), u32(2_718_281_828), 240
COUNT = 1 << 16
# Random123 (Salmon, Moraes, Dror and Shaw 2011): counter, key, words of philox4x32-10
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def hexadecimal(text: str) -> list[u32]:
    """Words from their hexadecimal digits."""
    return [u32(int(word, 16)) for word in text.split()]


def moment(month: int, purpose: Purpose) -> u32:
    """Month and purpose as kernels pass them."""
    return u32(moment_of(u32(month), u32(purpose)))


def units(seed: u64 = SEED, village: u32 = VILLAGE, month: int = MONTH, purpose: Purpose = Purpose.LIFE) -> Any:
    """Uniforms float64[COUNT] of the first places of a village."""
    words = np.empty(COUNT, u32)
    fill_words(words, COUNT, seed, village, moment(month, purpose), u32(0))
    return (words >> 8) * 2.0**-24


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN_ANSWERS)
def test_philox_gives_the_published_words(counter: str, key: str, words: str) -> None:
    assert list(philox(*hexadecimal(counter), *hexadecimal(key))) == hexadecimal(words)


def test_filled_words_are_the_drawn_words_place_by_place() -> None:
    words, subkey = np.zeros(96, u32), u32(5)
    fill_words(words, 64, SEED, VILLAGE, moment(MONTH, Purpose.WORK), subkey)
    drawn = [draw_word(SEED, VILLAGE, u32(place), moment(MONTH, Purpose.WORK), subkey) for place in range(64)]
    assert words[:64].tolist() == drawn
    assert not words[64:].any()  # nothing beyond the count is touched


def test_one_call_gives_four_uniforms_of_a_place() -> None:
    place, subkey, when = u32(77), u32(5), moment(MONTH, Purpose.ERROR)
    words = philox(VILLAGE, place, when, subkey, u32(SEED & u64(0xFFFFFFFF)), u32(SEED >> u64(32)))
    four = draw_four(SEED, VILLAGE, place, when, subkey)
    assert list(four) == [unit_of(u32(word)) for word in words]


def test_a_uniform_is_a_multiple_of_the_unit_below_one() -> None:
    assert unit_of(u32(0)) == unit_of(u32(255)) == 0
    assert unit_of(u32(256)) == draws.UNIT
    assert unit_of(u32(0xFFFFFFFF)) == 1 - 2.0**-24


def test_the_draws_of_an_array_are_those_of_its_keys() -> None:
    keys = np.array([3, VILLAGE, 0xFFFFFFFF], u32)
    found = draws.uniforms(9, keys, 2, MONTH, Purpose.VILLAGE_LAND)
    assert found.dtype == np.float32
    for key, value in zip(keys, found, strict=True):
        assert value == draw_unit(u64(9), key, u32(2), moment(MONTH, Purpose.VILLAGE_LAND), u32(0))


@pytest.mark.parametrize("purpose", [Purpose.LIFE, Purpose.CONSIDER, Purpose.SEEK])
@pytest.mark.parametrize("month", [0, 240, 1199])
def test_words_are_uniform(purpose: Purpose, month: int) -> None:
    observed = np.histogram(units(month=month, purpose=purpose), bins=256, range=(0, 1))[0]
    chi_square = float(((observed - COUNT / 256) ** 2).sum() / (COUNT / 256))
    assert 155 < chi_square < 375  # 255 degrees of freedom, more than four standard deviations each way


def test_draws_of_neighbouring_places_do_not_go_together() -> None:
    found = units() - 0.5
    for distance in (1, 2, 3, 4, 5, 32):
        correlation = 12 * float((found[:-distance] * found[distance:]).mean())
        assert abs(correlation) < 4.5 / np.sqrt(COUNT)


NEIGHBOURS = {
    "purpose": {"purpose": Purpose.WORK},
    "month": {"month": MONTH + 1},
    "year": {"month": MONTH + 12},
    "next village": {"village": u32(VILLAGE + u32(1))},
    "other village": {"village": u32(VILLAGE ^ u32(1 << 31))},
    "next seed": {"seed": u64(SEED + u64(1))},
    "upper half of the seed": {"seed": u64(SEED ^ u64(1 << 63))},
    "luck against traits": {"seed": draws.stream_seed(1, "luck")},
}


@pytest.mark.parametrize("change", NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_draws_that_differ_in_one_part_of_their_key_do_not_go_together(change: dict[str, Any]) -> None:
    one, other = units() - 0.5, units(**change) - 0.5
    assert abs(12 * float((one * other).mean())) < 4.5 / np.sqrt(COUNT)
    assert (one == other).mean() < 1e-4


def test_instruments_and_generations_have_draws_of_their_own() -> None:
    def drawn(generation: int, subkey: int) -> Any:
        when = moment(generation, Purpose.PERSON_PLACE)
        return np.array([draw_four(SEED, VILLAGE, u32(p), when, u32(subkey)) for p in range(8192)]).ravel() - 0.5

    first = drawn(0, 0)
    for other in (drawn(1, 0), drawn(0, 1), drawn(0, draws.stable_key("certification"))):
        assert abs(12 * float((first * other).mean())) < 4.5 / np.sqrt(first.size)


def test_month_and_purpose_never_share_a_moment() -> None:
    values = [member.value for member in Purpose.__members__.values()]
    assert len(values) == len(set(values)) and min(values) >= 0 and max(values) < 256
    moments = {moment(month, purpose) for month in (0, 1, 255, 256, draws.MONTH_LIMIT - 1) for purpose in Purpose}
    assert len(moments) == 5 * len(values)


def test_keys_and_streams_are_the_same_on_every_machine() -> None:
    assert draws.stable_key("") == 0x42C4B0E3  # sha256("") begins e3 b0 c4 42
    assert draws.stream_seed(1, "luck") == u64(0x706D300E71C840EB)  # sha256("luck:1") begins eb 40 c8 71 ...
    streams = {(seed, name): draws.stream_seed(seed, name) for seed in range(50) for name in ("population", "luck")}
    assert len(set(streams.values())) == len(streams)
