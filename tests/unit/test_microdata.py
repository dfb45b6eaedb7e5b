"""People that a place brings along: counts from weights, fitting to margins, and what each wrong cell is told."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import scenarios
from scenarios import ScenarioError, margins, microdata, stata
from sim.microdata import allot, choose
from sim.scenario import Records

SMALL = Path(__file__).parents[1] / "places" / "small.yaml"
WEIGHTS = arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1e6)).filter(lambda w: w.sum() > 1e-3)
TABLES = arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(2, 5)), elements=st.floats(0.01, 100))


def place(folder: Path, population: str) -> Path:
    """The small place with another population."""
    path = folder / "place.yaml"
    path.write_text(f"schema: place\nextends: {SMALL}\npopulation:\n{population}", encoding="utf-8")
    return path


def message(folder: Path, population: str) -> str:
    """What the loader says of a population it refuses."""
    with pytest.raises(ScenarioError) as caught:
        scenarios.load(place(folder, population))
    return str(caught.value)


# --- whole numbers from weights ---


@given(WEIGHTS, st.integers(0, 5000))
def test_counts_add_up_and_stay_within_one_of_their_share(weight: np.ndarray, total: int) -> None:
    count = allot(weight, total)
    assert count.sum() == total and (count >= 0).all()
    assert (np.abs(count - weight / weight.sum() * total) < 1 + 1e-6).all()
    assert (count[weight == 0] == 0).all()


def test_largest_remainders_by_hand() -> None:
    assert allot(np.array([1.0, 1.0, 2.0]), 8).tolist() == [2, 2, 4]
    assert allot(np.array([5.0, 3.0, 1.0]), 4).tolist() == [2, 1, 1]  # shares 2.22, 1.33, 0.44
    assert allot(np.array([1.0, 1.0, 1.0]), 2).tolist() == [1, 1, 0]  # equal: the first
    with pytest.raises(ValueError, match="no weight"):
        allot(np.zeros(3), 5)


@given(TABLES, st.integers(1, 2000))
def test_rounding_keeps_margins(table: np.ndarray, total: int) -> None:
    rows, columns = np.indices(table.shape).reshape(2, -1)
    weight = table.ravel()
    count = allot(weight, total, (rows, columns))
    share = weight / weight.sum() * total
    assert count.sum() == total and (np.abs(count - share) < 1 + 1e-6).all()
    for group in (rows, columns):
        assert np.abs(np.bincount(group, weights=count - share)).max() < 2  # without the groups: up to a dozen


def test_each_county_takes_its_own_people_and_those_of_none() -> None:
    records = Records(np.array([0, 1, -1], np.int32), np.array([1.0, 1.0, 1.0]), {})
    county = np.repeat([0, 1], [10, 20])
    chosen = choose(records, county, np.arange(30, dtype=np.uint32)[::-1].copy(), 2)
    assert np.bincount(chosen[:10], minlength=3).tolist() == [5, 0, 5]
    assert np.bincount(chosen[10:], minlength=3).tolist() == [0, 10, 10]


# --- iterative proportional fitting ---


@given(TABLES)
def test_one_way_margins_give_independence(table: np.ndarray) -> None:
    row, column = table.sum(axis=1), table.sum(axis=0)
    fitted = margins.fit(table.shape, [((0,), row), ((1,), column)])
    assert np.allclose(fitted, np.outer(row, column) / table.sum(), rtol=1e-6)


@given(arrays(np.float64, (3, 2, 4), elements=st.floats(0.01, 100)))
def test_margins_of_a_table_are_met_and_nothing_else_is_put_in(table: np.ndarray) -> None:
    fitted = margins.fit((3, 2, 4), [((0, 1), table.sum(axis=2)), ((2,), table.sum(axis=(0, 1)))])
    assert np.allclose(fitted.sum(axis=2), table.sum(axis=2), rtol=1e-6)
    assert np.allclose(fitted.sum(axis=(0, 1)), table.sum(axis=(0, 1)), rtol=1e-6)
    assert np.allclose(fitted / fitted.sum(axis=2, keepdims=True), fitted.sum(axis=(0, 1)) / fitted.sum(), rtol=1e-5)


AGES = "county,age_from,age_below,sex,persons\nupper,16,40,female,10\nupper,16,40,male,20\nupper,40,70,female,30\n"
AGES += "upper,40,70,male,40\nlower,16,40,female,50\nlower,16,40,male,0\nlower,40,70,female,30\nlower,40,70,male,20\n"
SCHOOL = "sex,schooling,persons\nfemale,6,100\nfemale,9,20\nmale,6,30\nmale,9,50\n"


def test_people_of_marginal_tables_have_the_tables_margins(tmp_path: Path) -> None:
    (tmp_path / "ages.csv").write_text(AGES)
    (tmp_path / "school.csv").write_text(SCHOOL)
    people = first_people(place(tmp_path, "  margins: [ages.csv, school.csv]\n"))
    for county, share in (("upper", {"female": 0.4, "male": 0.6}), ("lower", {"female": 0.8, "male": 0.2})):
        of = people[people.county == county]
        for sex, wanted in share.items():
            assert abs((of.sex == sex).sum() - wanted * len(of)) < 2
    young = people[(people.county == "lower") & (people.age < 40)]
    assert (young.sex == "female").all() and abs(len(young) - 0.5 * (people.county == "lower").sum()) < 2
    women = people[(people.county == "upper") & (people.sex == "female")]
    assert abs((women.schooling == 6).mean() - 100 / 120) < 0.02


MARGINS: dict[str, tuple[str, str, list[str]]] = {
    "unknown word": (AGES.replace("upper,16,40,male", "upper,16,40,man"), SCHOOL, ["ages.csv:3: sex", "'man'"]),
    "unknown column": (AGES.replace("persons", "people"), SCHOOL, ["ages.csv:1: persons: column missing"]),
    "a number below 0": (AGES.replace("male,20\nupper", "male,-1\nupper"), SCHOOL, ["ages.csv:3: persons", "'-1'"]),
    "twice": (AGES.replace("upper,40,70,male", "upper,16,40,male"), SCHOOL, ["ages.csv:5", "in a row before"]),
    "other totals": (AGES, SCHOOL.replace(",50", ",150"), ["school.csv comes to 300", "within 1 %"]),
    "no county": (AGES[: AGES.index("lower")], SCHOOL, ["ages.csv has no row of county"]),
    "contradiction": (
        AGES,
        SCHOOL.replace(",100", ",60").replace("male,6,30", "male,6,70"),
        ["ages.csv contradicts", "upper, 40-70, male", "40 persons against 60"],
    ),
}


@pytest.mark.parametrize("case", MARGINS)
def test_margins_that_do_not_fit(case: str, tmp_path: Path) -> None:
    ages, school, words = MARGINS[case]
    (tmp_path / "ages.csv").write_text(ages)
    (tmp_path / "school.csv").write_text(school)
    said = message(tmp_path, "  margins: [ages.csv, school.csv]\n")
    assert [word for word in words if word not in said] == [], said


# --- microdata ---

PEOPLE = """county,weight,age,sex,schooling,status,savings,grade
upper,100,30,male,9,out_province,20000,0
upper,50,45,female,6,farm,,0
upper,50,22,female,12,wage_skilled,5000,2
lower,10,50,male,,,1000,
lower,30,35,female,9,owner,80000,1
"""


def first_people(path: Path) -> pd.DataFrame:
    """The first population of a place, before its spin-up, in words."""
    from sim.population import build_world, county_of_place, first_state
    from sim.state import Status, flag

    scenario = scenarios.load(path)
    world = build_world(scenario)
    people = first_state(world).people
    who = np.flatnonzero(people.status != Status.VACANT)
    county = np.array([one.id for one in scenario.counties])[county_of_place(world, who)]
    return pd.DataFrame(
        {
            "county": county,
            "age": people.age[who] // 12,
            "sex": np.where(flag(people.flags, "male")[who] == 1, "male", "female"),
            "schooling": people.schooling[who],
            "status": [Status(code).name.lower() for code in people.status[who]],
            "savings": people.savings[who],
            "grade": people.qualification[who] & 7,
            "skill": people.skill[who],
            "belonging": people.belonging[who],
        }
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet", "dta"])
def test_a_survey_in_any_format_is_the_same_people(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    expected = first_people(place(tmp_path, "  microdata: {file: people.csv}\n"))
    table = pd.read_csv(tmp_path / "people.csv")
    if suffix == "parquet":
        table.convert_dtypes().to_parquet(tmp_path / "people.parquet")  # as others write it, with its own kinds of none
    if suffix == "dta":
        table.fillna({"status": ""}).to_stata(tmp_path / "people.dta", write_index=False, version=118)
    found = first_people(place(tmp_path, f"  microdata: {{file: people.{suffix}}}\n"))
    assert found.equals(expected)
    upper = found[found.county == "upper"]
    assert (upper.status == "out_province").mean() == pytest.approx(0.5, abs=0.002)
    owners = found[(found.county == "lower") & (found.age == 35)]
    assert abs(len(owners) - 0.75 * (found.county == "lower").sum()) < 1 and (owners.savings == 80000).all()
    assert (found[found.status == "out_province"].belonging == 0).all()


def test_what_a_survey_leaves_out_is_drawn_and_a_survey_of_nothing_changes_nobody(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("weight\n1\n2\n")
    alone = first_people(SMALL)
    assert first_people(place(tmp_path, "  microdata: {file: people.csv}\n")).equals(alone)
    (tmp_path / "people.csv").write_text("schooling\n15\n")
    learned = first_people(place(tmp_path, "  microdata: {file: people.csv}\n"))
    assert (learned.schooling == 15).all() and learned.age.equals(alone.age)
    assert learned.skill.mean() > 1.2 * alone.skill.mean()  # skill is drawn below a ceiling that schooling raises


def test_the_same_survey_gives_the_same_run_by_kernel_and_worker_by_worker(tmp_path: Path) -> None:
    from sim.simulation import simulate

    (tmp_path / "people.csv").write_text(PEOPLE)
    path = place(tmp_path, "  workers_per_village: 20\n  microdata: {file: people.csv}\n")
    scenario = scenarios.load(path, overrides={"scale": 400, "spin_up": 1, "months": 1, "policy_start": 1})
    runs = [simulate(scenario, engine=engine, threads=1) for engine in ("kernel", "agents")]
    assert runs[0].workers().equals(runs[1].workers())
    (tmp_path / "people.csv").write_text(PEOPLE.replace("20000", "20001"))
    assert scenarios.load(path).world_hash != scenarios.load(place(tmp_path, "  seed: 3\n")).world_hash


def test_checkpoints_keep_the_people_of_a_survey(tmp_path: Path) -> None:
    from sim.simulation import resume, simulate

    (tmp_path / "people.csv").write_text(PEOPLE)
    path = place(tmp_path, "  microdata: {file: people.csv}\n")
    scenario = scenarios.load(path, overrides={"scale": 400, "spin_up": 1, "months": 2, "policy_start": 1})
    run = simulate(scenario, months=1, threads=1)
    run.checkpoint(tmp_path / "half.npz")
    resumed = resume(tmp_path / "half.npz", threads=1)
    assert resumed.workers().equals(simulate(scenario, threads=1).workers())
    assert simulate(resumed.scenario, threads=1).workers().equals(resumed.workers())


def test_old_chinese_stata_files_are_decoded(tmp_path: Path) -> None:
    def latin(text: str) -> str:  # what pandas writes byte by byte, as an old Chinese Stata did
        return text.encode("gbk").decode("latin-1")

    table = pd.DataFrame({"xingbie": [1, 2, 2], "xian": [latin("上县"), latin("上县"), latin("下县")]})
    path = tmp_path / "old.dta"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        labels = {"xingbie": {1: latin("男"), 2: latin("女")}}
        table.to_stata(path, write_index=False, version=114, value_labels=labels)
    assert stata.format_of(path) == 114
    read = stata.read_stata(path)
    assert read.xingbie.tolist() == ["男", "女", "女"] and read.xian.tolist() == ["上县", "上县", "下县"]
    declared = """  microdata:
    file: old.dta
    columns: {sex: xingbie, county: xian}
    codes: {sex: {男: male, 女: female}, county: {上县: upper, 下县: lower}}
"""
    people = first_people(place(tmp_path, declared))
    assert (people[people.county == "lower"].sex == "female").all()
    assert 0.49 < (people[people.county == "upper"].sex == "male").mean() < 0.51
    assert "another encoding" in message(tmp_path, declared + "    encoding: ascii\n")


BAD: dict[str, tuple[str, str, list[str]]] = {
    "a wrong word": (PEOPLE.replace("45,female", "45,femal"), "", ["people.csv:3: sex", "'femal'", '"female"?']),
    "a wrong number": (PEOPLE.replace("upper,50,22", "upper,50,12"), "", ["people.csv:4: age", "16 to 69 (years)"]),
    "no whole number": (PEOPLE.replace("male,9,out", "male,9.5,out"), "", ["people.csv:2: schooling", "'9.5'"]),
    "text for a number": (PEOPLE.replace(",20000,", ",many,"), "", ["people.csv:2: savings", "'many'"]),
    "an unknown county": (PEOPLE.replace("lower,10", "middle,10"), "", ["people.csv:5: county", "'middle'"]),
    "no weight": (PEOPLE.replace("upper,100", "upper,"), "", ["people.csv:2: weight: missing"]),
    "an unknown column": (PEOPLE.replace("savings", "saving"), "", ["people.csv:1: saving", '"savings"?', "columns"]),
    "no rows": (PEOPLE.splitlines()[0], "", ["people.csv has no rows"]),
    "a county left out": (PEOPLE[: PEOPLE.index("lower")], "", ['no person of county "lower"']),
    "another suffix": (PEOPLE, "people.xls", ["place.yaml", ".csv, .parquet or .dta"]),
    "no such file": (PEOPLE, "nobody.parquet", ["file not found", "nobody.parquet"]),
    "not their column": (PEOPLE, "people.csv, columns: {age: agee}", ['no column "agee"', '"age"?']),
    "not our column": (PEOPLE, "people.csv, columns: {agee: age}", ['unknown column "agee"', '"age"?']),
    "unknown encoding": (PEOPLE, "people.csv, encoding: gbx", ["unknown encoding 'gbx'"]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_survey(case: str, tmp_path: Path) -> None:
    content, named, words = BAD[case]
    (tmp_path / "people.csv").write_text(content)
    said = message(tmp_path, f"  microdata: {{file: {named or 'people.csv'}}}\n")
    assert [word for word in words if word not in said] == [], said


def test_a_wrong_row_of_parquet_is_named_and_many_are_counted(tmp_path: Path) -> None:
    pd.DataFrame({"age": [30, 12, 14]}).to_parquet(tmp_path / "people.parquet")
    assert "people.parquet: row 2: age: expected a whole number" in message(
        tmp_path, "  microdata: {file: people.parquet}\n"
    )
    (tmp_path / "people.csv").write_text("age\n" + "5\n" * 40)
    assert message(tmp_path, "  microdata: {file: people.csv}\n").endswith("... and 30 more cells")


def test_microdata_and_margins_exclude_each_other(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE)
    assert "not both" in message(tmp_path, "  microdata: {file: people.csv}\n  margins: [people.csv]\n")


def test_every_column_is_one_the_world_knows() -> None:
    from sim.state import COLUMNS, FLAGS, Status

    known = {column.name for column in COLUMNS} | set(FLAGS) | {"grade"}
    assert {microdata.NAMES.get(name, name) for name in microdata.COLUMNS} - known == {"county", "weight"}
    assert [status.upper() for status in microdata.STATUSES] == [one.name for one in Status][:-1]


def test_the_document_lists_every_column() -> None:
    text = (Path(__file__).parents[2] / "docs" / "places.md").read_text(encoding="utf-8")
    for name, column in microdata.COLUMNS.items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
        assert column.meaning in row and all(f"`{word}`" in row for word in column.words)
