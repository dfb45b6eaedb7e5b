"""Classes of responses, worked by hand for two and three instruments, and what is counted from them."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from experiments.laboratory import classes, patterns, potential_outcomes, spillovers, village_map
from experiments.laboratory.needs import NEEDS
from experiments.laboratory.worlds import Replicate
from experiments.persons import OUTCOMES
from sim.villages import Villages

TWO, THREE = ("credit", "training"), ("credit", "industry", "training")
FIRST, SECOND = Replicate(1, 1), Replicate(1, 2)


def bits(text: str) -> np.ndarray:
    return np.array([digit == "1" for digit in text])


@pytest.mark.parametrize(
    ("pattern", "name", "sets"),
    [  # cells: none, credit, training, both
        ("1111", "always", "none"),
        ("0000", "never", ""),
        ("0101", "moved_by_one", "credit"),
        ("0111", "moved_by_one", "credit;training"),
        ("0001", "only_by_package", "credit+training"),
        ("1000", "kept_away", "none"),
        ("1110", "kept_away", "none"),
        ("0110", "crowded_out", "credit;training"),
        ("0010", "crowded_out", "training"),
        ("1101", "mixed", "none"),
        ("1001", "mixed", "none"),
    ],
)
def test_two_instruments(pattern: str, name: str, sets: str) -> None:
    assert patterns.CLASSES[patterns.classify(bits(pattern))] == name
    assert patterns.minimal_sets(bits(pattern), TWO) == sets


@pytest.mark.parametrize(
    ("pattern", "name", "sets"),
    [  # cells: none, C, I, CI, T, CT, IT, CIT
        ("00000001", "only_by_package", "credit+industry+training"),
        ("00010001", "only_by_pair", "credit+industry"),
        ("00010111", "only_by_pair", "credit+industry;credit+training;industry+training"),
        ("01010101", "moved_by_one", "credit"),
        ("01010111", "moved_by_one", "credit;industry+training"),
        ("01000101", "mixed", "credit"),  # credit+industry loses what credit alone brings
        ("00010000", "crowded_out", "credit+industry"),
        ("11111110", "kept_away", "none"),
    ],
)
def test_three_instruments(pattern: str, name: str, sets: str) -> None:
    assert patterns.CLASSES[patterns.classify(bits(pattern))] == name
    assert patterns.minimal_sets(bits(pattern), THREE) == sets


def test_more_instruments_have_a_class_between_pair_and_whole() -> None:
    responds = np.array([[mask & need == need for mask in range(16)] for need in (0b0011, 0b0111, 0b1111, 0b0001)])
    names = [patterns.CLASSES[number] for number in patterns.classify(responds)]
    assert names == ["only_by_pair", "only_by_several", "only_by_package", "moved_by_one"]
    with pytest.raises(ValueError, match="power of 2"):
        patterns.classify(np.zeros(6, bool))


def payload(returned: str, *, needs: str = "", present: str = "", place: Any = None, cohort: int = 7) -> Any:
    """A run's payload at one horizon; digits by person. Villages 0 and 1 lie in counties 0 and 1."""
    n = len(returned)
    there = bits(present or "1" * n)
    held = (bits(returned) & there).astype(np.uint8)
    outcomes = there.astype(np.uint8) | held << np.uint8(OUTCOMES.index("return"))
    village = np.arange(n) >= n // 2
    return {
        "person_cohort": np.array([cohort], np.uint32),
        "person_outcomes": outcomes[None],
        "person_needs": bits(needs or "0" * n)[None].astype(np.uint8) << np.uint8(NEEDS.index("skill")),
        "county_weight": np.array([10.0, 30.0]),
        "person_place": np.arange(n, dtype=np.int32) if place is None else np.array(place, np.int32),
        "person_generation": np.zeros(n, np.uint8),
        "person_village": village.astype(np.int32),
        "person_age": np.arange(n, dtype=np.int16) * 12 + 28 * 12,
        "person_skill": np.linspace(0, 1, n).astype(np.float32),
        "person_savings": np.zeros(n, np.int32),
        "person_household": np.zeros(n, np.uint8),
        "person_male": (np.arange(n) % 2).astype(np.uint8),
        "village_county": np.array([0, 1], np.int32),
        "village_remoteness": np.array([1.0, 2.0], np.float32),
    }


# by person: never, only the package, moved by credit, always, kept away, crowded out; persons 3 to 5 weigh 30
CELLS = ("000110", "001101", "000100", "011100")
COUNTS = {
    "always": 30.0,
    "never": 10.0,
    "moved_by_one": 10.0,
    "only_by_package": 10.0,
    "kept_away": 30.0,
    "crowded_out": 30.0,
    "mixed": 0.0,
}


def tables(cells: Any, replicates: Any = (FIRST,), **more: Any) -> dict[str, pandas.DataFrame]:
    """Tables from payloads by (replicate, cell)."""
    return classes.tables(lambda mask, one: cells[one][mask], TWO, (12,), replicates, **more)


def test_counts_are_real_persons() -> None:
    needy = [payload(digits, needs=lacks) for digits, lacks in zip(CELLS, ("010001", *["000000"] * 3), strict=True)]
    found = tables({FIRST: needy})
    by_class = found["classes"].set_index("class")
    assert by_class.persons.to_dict() == COUNTS
    assert by_class.share["kept_away"] == 30 / 120
    assert by_class[["low", "high", "placebo", "independent_luck"]].isna().all(axis=None)  # one seed says nothing
    listed = found["patterns"]
    assert listed.persons.sum() == 120
    only = listed[listed["class"] == "only_by_package"].iloc[0]
    assert (only.pattern, only.minimal_sets, only.persons) == ("0001", "credit+training", 10)
    missing = found["missing"].set_index(["class", "cell", "need"]).share
    assert missing["only_by_package", "none", "skill"] == 1 and missing["crowded_out", "none", "skill"] == 1
    assert missing["only_by_package", "credit", "skill"] == 0 and missing["always", "none", "skill"] == 0


def test_profiles_add_up() -> None:
    found = tables({FIRST: [payload(digits) for digits in CELLS]})
    profile = found["profiles"].set_index(["class", "trait", "group"])
    assert profile.persons["kept_away", "age", "30-39"] == 30 and profile.share["kept_away", "age", "30-39"] == 1
    assert profile.cohort_share["never", "age", "16-29"] == 20 / 120
    assert profile.persons["only_by_package", "sex", "male"] == 10
    # equal values stay together: the upper half lies at the cut of the highest third
    assert profile.share["always", "remoteness", "middle"] == 1 and profile.share["never", "savings", "first"] == 1
    for _, persons in profile.persons.groupby("trait"):
        assert persons.sum() == 120
    assert (profile.groupby(["class", "trait"]).persons.sum().groupby("class").nunique() == 1).all()


def test_who_left_the_workforce_is_in_no_class() -> None:
    found = tables({FIRST: [payload(digits, present="110111") for digits in CELLS]})
    assert found["classes"].persons.sum() == 110
    assert found["classes"].set_index("class").persons["moved_by_one"] == 0


def test_seeds_are_averaged_and_failed_ones_left_out() -> None:
    whole = [payload(digits) for digits in CELLS]
    nobody = [payload("000000") for _ in CELLS]
    cells = {FIRST: whole, SECOND: nobody, Replicate(1, 3): [*whole[:3], None]}
    found = tables(cells, tuple(cells))["classes"].set_index("class")
    assert found.persons["kept_away"] == 15 and found.persons["never"] == 65
    assert found.low["kept_away"] < 15 < found.high["kept_away"]
    assert tables({FIRST: [None] * 4})["classes"].empty


def test_worlds_of_a_seed_follow_one_cohort() -> None:
    with pytest.raises(ValueError, match="same cohort"):
        tables({FIRST: [payload(digits, cohort=k) for k, digits in enumerate(CELLS)]})


def test_placebo_counts_worlds_that_differ_in_rationing_alone() -> None:
    whole = [payload(digits) for digits in CELLS]
    shuffled = {1: payload("000110"), 2: payload("100110"), 3: payload("100010")}
    found = tables({FIRST: whole}, placebo=lambda mask, one: shuffled[mask])["classes"].set_index("class")
    assert found.persons.to_dict() == COUNTS
    # person 0 looks moved by training, person 3 kept away, person 4 always at home, though nothing was done
    assert found.placebo[["moved_by_one", "kept_away", "always", "never"]].tolist() == [10, 30, 30, 50]


def test_independent_luck_takes_each_cell_from_another_seed() -> None:
    seeds = [Replicate(1, seed) for seed in range(4)]
    # every seed alone: a person returns in all cells or in none; 2 of 4 seeds each, at places 5 and 9
    cells = {one: [payload("11" if k < 2 else "00", place=[5, 9])] * 4 for k, one in enumerate(seeds)}
    found = tables(cells, tuple(seeds))["classes"].set_index("class")
    assert found.persons[["always", "never"]].tolist() == [20, 20]
    # seed r supplies cell m from seed r + m: patterns 1100, 1001, 0011, 0110
    assert found.independent_luck[["always", "never"]].tolist() == [0, 0]
    assert found.independent_luck[["kept_away", "mixed", "moved_by_one", "crowded_out"]].tolist() == [10, 10, 10, 10]
    assert tables(cells, tuple(seeds[:3]))["classes"].independent_luck.isna().all()  # too few seeds
    stranger = dict(cells) | {seeds[0]: [payload("11", place=[5, 8])] * 4}  # another person in place of the second
    scaled = tables(stranger, tuple(seeds))["classes"].set_index("class")
    assert scaled.independent_luck.sum() == pytest.approx(40)


def test_rare_patterns_are_summed_by_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "MOST_PATTERNS", 3)
    listed = tables({FIRST: [payload(digits) for digits in CELLS]})["patterns"]
    assert (listed.pattern != "other").sum() == 3 and listed.persons.sum() == 120
    assert set(listed["class"]) == set(COUNTS) - {"mixed"}


def test_file_of_potential_outcomes(tmp_path: Path) -> None:
    cells = {FIRST: [payload(digits) for digits in CELLS], SECOND: [payload("000000", place=[0, 1, 2, 3, 4, 9])] * 4}
    cells[SECOND][0]["person_generation"][4] = 1  # who followed the first seed's person there
    cells[SECOND][0]["person_savings"][:] = 99
    cells[Replicate(1, 3)] = [payload("111111"), None, None, None]
    paths = [tmp_path / name for name in ("one.parquet", "two.parquet")]
    for path in paths:
        potential_outcomes.write(path, lambda mask, one: cells[one][mask], TWO, (12,), tuple(cells))
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == paths  # nothing half written is left
    table = pandas.read_parquet(paths[0])
    assert table.place.tolist() == [0, 1, 2, 3, 4, 4, 5, 9] and table.generation.tolist() == [0, 0, 0, 0, 0, 1, 0, 0]
    assert table.seeds.tolist() == [2, 2, 2, 2, 1, 1, 1, 1]
    assert table["return_12_none"].tolist() == [0, 0, 0, 1, 1, 0, 0, 0]
    assert table["return_12_credit+training"].tolist() == [0, 1, 1, 1, 0, 0, 0, 0]
    assert table.in_workforce_12.tolist() == table.seeds.tolist()
    assert table.savings.tolist() == [0, 0, 0, 0, 0, 99, 0, 99]  # of the first seed in the cohort
    assert (table.weight * table.seeds).sum() == 240 and table.age[0] == 28 * 12


def villages(x: list[float], county: list[int], counties: int = 2) -> Villages:
    """Villages in a row, each tied to the next."""
    count = len(x)
    neighbours = [[j for j in (i - 1, i + 1) if 0 <= j < count] for i in range(count)]
    return Villages(
        id=tuple(f"v{i}" for i in range(count)),
        key=np.arange(count, dtype=np.uint32) * 977,
        county_id=tuple(f"c{i}" for i in range(counties)),
        county=np.array(county, np.int32),
        size=np.full(count, 10, np.int32),
        x=np.array(x, np.float32),
        y=np.zeros(count, np.float32),
        remoteness=np.ones(count, np.float32),
        land=np.ones(count, np.float32),
        amenity=np.ones((count, 3), np.float32),
        neighbour_start=np.cumsum([0, *map(len, neighbours)]).astype(np.int32),
        neighbour=np.array([j for near in neighbours for j in near], np.int32),
        neighbour_kind=np.zeros(2 * count - 2, np.uint8),
    )


def test_map_shows_where_the_package_matters() -> None:
    cells = {FIRST: [payload(digits) for digits in CELLS]}
    place = villages([3.0, 8.0], [0, 1])
    found = village_map.tables(place, lambda mask, one: cells[one][mask], TWO, (12,), (FIRST,))
    shown = found["villages"].set_index("village")
    assert shown.loc["v0", ["county", "x", "size"]].tolist() == ["c0", 3.0, 30.0]
    assert shown.value.tolist() == [1 / 3, 0]
    assert found["ties"].to_numpy().tolist() == [["v0", "v1", "road"]]
    x, y = village_map.positions(villages([2.0] * 40, [0] * 40, 1))
    apart = np.hypot(x[:, None] - x, y[:, None] - y) + np.eye(40) * 9
    assert apart.min() > 1 and (x[0], y[0]) == (2, 0)


def test_designs_give_every_county_a_saturation() -> None:
    place = villages([0.0] * 96, np.repeat(np.arange(8), 12).tolist(), 8)
    plans = [spillovers.design(place, Replicate(1, seed)) for seed in range(30)]
    for plan in plans:
        level, covered = plan.level.reshape(8, 12), plan.covered.reshape(8, 12)
        assert np.bincount(level[:, 0], minlength=4).tolist() == [2, 2, 2, 2]
        assert covered.sum(axis=1).tolist() == (level[:, 0] * 4).tolist()
    assert len({plan.covered.tobytes() for plan in plans}) == 30
    assert {int(plan.level[0]) for plan in plans} == {0, 1, 2, 3}
    few = villages([0.0] * 3, [0, 1, 2], 3)  # fewer counties than saturations: each still has its turn
    assert set(np.ravel([spillovers.design(few, Replicate(1, seed)).level for seed in range(30)])) == {0, 1, 2, 3}
    again = spillovers.design(place, Replicate(1, 7))
    assert np.array_equal(again.covered, plans[7].covered)
    assert not np.array_equal(spillovers.design(place, Replicate(2, 7)).covered, again.covered)


def test_spillovers_compare_the_same_persons() -> None:
    base, there = (payload(digits, present="111110") for digits in ("000000", "001110"))
    plan = spillovers.Design(np.array([1, 3]), np.array([False, True]))
    found = spillovers.table(lambda one: there, lambda one: base, {FIRST: plan, SECOND: plan}, (12,), ("return",))
    assert found[["saturation", "treated", "effect"]].to_numpy().tolist() == [[1 / 3, "no", 1 / 3], [1.0, "yes", 1.0]]
    assert not found.low.map(math.isnan).any()
    nothing = spillovers.table(lambda one: None, lambda one: base, {FIRST: plan}, (12,))
    assert nothing.empty and list(nothing) == list(spillovers.COLUMNS)
