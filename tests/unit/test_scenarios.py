"""Places, packages and constants: what ships is valid and sourced, and what is loaded is what was written."""

import json
import math
import os
import re
import subprocess
import sys
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import scenarios
from scenarios import ScenarioError, constants, describe, files, instruments, reading, schema
from scenarios.json_schema import json_schema
from scenarios.monthly import festival_months, values
from scenarios.months import month_number, month_text
from sim.outcomes import HOUSEHOLDS, SEXES
from sim.parameters import Parameters
from sim.policy import CHANNELS, AreaChannel, PersonChannel
from sim.scenario import SERIES, Scenario
from sim.state import Status

ROOT = Path(__file__).parents[2]
PLACES = ROOT / "tests" / "places"
SMALL, BOTH = PLACES / "small.yaml", PLACES / "both.yaml"
ALL_PACKAGES = ["training", "credit", "industry", "services", "public_services", "community"]
WORKERS = 3_052_083  # 2,519,800 in transfer employment at a rate of 82.56 %


@pytest.fixture(scope="module")
def zhaotong() -> Scenario:
    return scenarios.load("zhaotong", ALL_PACKAGES)


def variant(folder: Path, text: str, base: str = str(SMALL)) -> Path:
    """A place file that extends another."""
    path = folder / "variant.yaml"
    path.write_text(f"schema: place\nextends: {base}\n{text}", encoding="utf-8")
    return path


# --- Zhaotong ---


def test_zhaotong_is_the_place_of_the_evidence(zhaotong: Scenario) -> None:
    assert len(zhaotong.counties) == 11
    assert sum(county.workers for county in zhaotong.counties) == WORKERS
    assert month_text(zhaotong.start) == "2020-01"
    stocks = zhaotong.initial
    assert stocks.out_province + stocks.in_province + stocks.in_county == 2_519_800
    assert stocks.posts == 88_800 + 13_500
    lifted = sum(county.workers * county.poverty_lifted for county in zhaotong.counties)
    relocated = sum(county.workers * county.relocated for county in zhaotong.counties)
    assert lifted == pytest.approx(920_100 / 0.88, rel=1e-3)
    assert relocated == pytest.approx(181_400 / 0.9166, rel=1e-3)
    posts = sum(one.channels.get("posts", 0) for one in zhaotong.instruments)
    workshops = sum(one.channels.get("workshops", 0) for one in zhaotong.instruments)
    assert (posts, workshops) == (88_800, 13_500)


def test_zhaotong_shares_are_wholes(zhaotong: Scenario) -> None:
    people = zhaotong.demography
    wholes = (
        [share for _, _, share in people.age_bands],
        [share for _, share in people.schooling_shares],
        [share for _, share in people.entrant_schooling_shares],
        [sector.job_share for sector in zhaotong.sectors],
    )
    assert [sum(whole) for whole in wholes] == pytest.approx([1.0] * 4)
    for i, sector in enumerate(zhaotong.sectors):
        mean = sum(county.workers * county.endowment[i] for county in zhaotong.counties) / WORKERS
        assert mean == pytest.approx(1.0, abs=0.01), sector.id


def test_zhaotong_follows_the_recorded_wages(zhaotong: Scenario) -> None:
    table = (files.HERE / "evidence" / "national_2020_2024.csv").read_text().splitlines()
    (row,) = (line.split(",") for line in table if line.startswith("wage_out,"))
    for year, recorded in zip(range(2020, 2025), map(float, row[2:7]), strict=True):
        at = zhaotong.spin_up + (year - 2020) * 12
        assert zhaotong.series["wage_out"][at : at + 12].mean() == pytest.approx(recorded, rel=0.01)


def test_arrays_cover_spin_up_and_run(zhaotong: Scenario) -> None:
    assert zhaotong.all_months == 60 + 72
    assert set(zhaotong.series) == set(SERIES)
    arrays = [*zhaotong.series.values(), zhaotong.demography.entrants_share]
    assert {(array.dtype.name, array.shape) for array in arrays} == {("float32", (132,))}
    assert (zhaotong.festival.dtype, zhaotong.festival.shape) == (np.uint8, (132,))
    assert 0.012 < zhaotong.demography.entrants_share[60:72].sum() < 0.02  # monthly shares of a yearly one


def test_every_number_of_the_place_and_the_packages_names_its_source() -> None:
    trees = [files.read_place(path) for path in files.shipped_places().values()]
    trees += [files.read_package(path) for path in files.shipped_packages().values()]
    for tree in trees:
        bare = [tree.key(path) for path, leaf in tree.leaves() if is_number(leaf.value) and not leaf.source]
        assert bare == []


def test_assumptions_are_counted() -> None:
    """A number that nobody measured says so; this many do. Lower it when evidence comes in."""
    described = describe.describe("zhaotong", ALL_PACKAGES)
    numbers = [value for value in described if is_number(value.value) and value.source != "default"]
    assumed = [value.key for value in numbers if value.source.startswith("assumption")]
    constant = [key for key in assumed if key.startswith("parameters.")]
    assert len(constant) <= 181
    assert len(assumed) - len(constant) <= 327
    assert len(numbers) - len(assumed) >= 84


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# --- constants and kinds ---


def test_constants_have_the_names_of_the_world_and_lie_in_their_ranges() -> None:
    table = constants.table()
    declared = {**table.constants, "mechanisms": table.switches}
    assert {group: set(kind._fields) for group, kind in Parameters.__annotations__.items()} == {
        group: set(members) for group, members in declared.items()
    }
    for group, members in table.constants.items():
        for name, one in members.items():
            assert one.low <= one.value <= one.high, f"{group}.{name}"
            assert one.unit and one.source and one.meaning, f"{group}.{name}"


def test_constants_arrive_as_float32_and_switches_as_one_or_zero() -> None:
    parameters = scenarios.load(SMALL).parameters
    assert all(isinstance(value, np.float32) for group in parameters for value in group)
    assert parameters.enterprise.sigma == np.float32(2)
    assert (parameters.mechanisms.displacement, parameters.mechanisms.peer_feedback) == (0, 1)


def test_a_constant_missing_on_one_side_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = constants.PARAMETERS.read_text(encoding="utf-8")
    edited = tmp_path / "parameters.yaml"
    edited.write_text(text.replace("  sigma: {", "  sigmas: {"), encoding="utf-8")
    monkeypatch.setattr(constants, "PARAMETERS", edited)
    with pytest.raises(ScenarioError) as caught:
        constants.table.__wrapped__()
    assert "enterprise.sigma: missing in the file" in str(caught.value)
    assert "enterprise.sigmas: missing in sim/parameters.py" in str(caught.value)


def test_words_of_the_files_are_those_of_the_world() -> None:
    assert [status.name.lower() for status in Status if status != Status.VACANT] == list(get_args(schema.Status))
    assert get_args(schema.Household) == HOUSEHOLDS
    assert get_args(schema.Sex) == SEXES


def test_kinds_act_through_known_channels_and_every_channel_has_a_kind() -> None:
    kinds = instruments.kinds()
    used = {name for kind in kinds.values() for name in kind.channels}
    assert used == set(CHANNELS)
    for name, kind in kinds.items():
        assert kind.channels, name
        for channel, one in kind.channels.items():
            assert one.low <= one.value <= one.high, f"{name}.{channel}"
        persons = {c for c in kind.channels if isinstance(CHANNELS[c], PersonChannel)}
        assert kind.scope == ("person" if persons else "area"), name


def test_kinds_honour_only_what_their_channels_can() -> None:
    """Traits of persons where a channel looks at them; villages where no channel acts on whole counties."""
    everybody = {"belonging", "home_ties"}  # reach all who are aware, without a look at traits
    by_village = {"schooling", "health", "transport"}
    for name, kind in instruments.kinds().items():
        area = {c for c in kind.channels if isinstance(CHANNELS[c], AreaChannel)}
        looks = set(kind.channels) - area - everybody
        traits = set(kind.eligibility) - {"counties", "villages"}
        assert traits <= set(schema.Eligibility.model_fields), name
        if not looks or everybody & set(kind.channels):
            assert not traits, name
        if area - by_village:
            assert "villages" not in kind.eligibility, name
        assert "counties" in kind.eligibility, name


# --- series and festivals ---


def test_years_stand_at_mid_year_with_growth_outside() -> None:
    wages = scenarios.load(SMALL).series["wage_out"]  # 2019: 4000, 2021: 4400, growth 5 % before and 3 % after
    month = {month_text(i): wages[i - month_number("2018-01")] for i in range(216, 216 + len(wages))}
    assert month["2019-07"] == pytest.approx(4000 + 400 * 0.5 / 24)
    assert month["2020-06"] == pytest.approx(4000 + 400 * 11.5 / 24)
    assert month["2018-07"] == pytest.approx(4000 / 1.05 + (4000 - 4000 / 1.05) * 0.5 / 12)
    assert month["2021-12"] == pytest.approx(4400 * (1 + 0.03 * 5.5 / 12))


@given(
    first=st.integers(60, 400),
    count=st.integers(1, 200),
    known=st.dictionaries(st.integers(2000, 2040), st.floats(1, 1e5), min_size=1),
    growth=st.floats(-0.3, 0.3),
)
def test_a_later_window_of_a_series_has_the_same_months(
    first: int, count: int, known: dict[int, float], growth: float
) -> None:
    declared = {"years": {str(year): value for year, value in known.items()}, "csv": None, "months": None}
    declared |= {"growth_before": growth, "growth_after": growth, "otherwise": None}
    whole = values(declared, first, count)
    assert values(declared, first + count // 2, count - count // 2) == whole[count // 2 :]
    assert all(value > 0 for value in whole)


def test_a_series_comes_from_a_file_with_growth_outside(tmp_path: Path) -> None:
    rows = "".join(f"{month_text(240 + i)},{2000 + i}\n" for i in range(12))
    (tmp_path / "wages.csv").write_text("month,value\n" + rows)
    text = "series: {wage_local: {otherwise: null, csv: wages.csv, growth_before: 0.1, growth_after: 0.2}}"
    wages = scenarios.load(variant(tmp_path, text)).series["wage_local"]
    assert wages[24:36].tolist() == [2000.0 + i for i in range(12)]
    assert wages[36] == pytest.approx(2011 * (1 + 0.2 / 12))
    assert wages[23 - 12] == pytest.approx(2000 / 1.1 / (1 + 0.1 / 12))


@cache
def festivals() -> dict[int, date]:
    """Year -> date of the Spring Festival, as it ships."""
    shipped = scenarios.load(SMALL).resolved["spring_festival"]
    return {int(year): date.fromisoformat(day) for year, day in shipped.items()}


def test_festivals_are_new_moons_apart() -> None:
    """12 or 13 months of 29.53 days lie between two of them."""
    days = [day for _, day in sorted(festivals().items())]
    assert (days[0].year, days[-1].year, len(days)) == (2014, 2035, 22)
    gaps = {(later - earlier).days for earlier, later in pairwise(days)}
    assert gaps <= {354, 355, 383, 384, 385}


@given(start=st.integers(2000, 2150), years=st.integers(1, 60))
def test_two_months_of_each_year_are_around_the_festival(start: int, years: int) -> None:
    flags = np.array(festival_months(festivals(), (start - 2000) * 12, years * 12)).reshape(years, 12)
    assert (flags.sum(axis=1) == 2).all()
    assert {tuple(np.flatnonzero(row)) for row in flags} <= {(0, 1), (1, 2)}


def test_festival_of_known_years(zhaotong: Scenario) -> None:
    by_year = zhaotong.festival.reshape(-1, 12)  # from 2015
    assert by_year[0].tolist()[:4] == [0, 1, 1, 0]  # 19 February 2015
    assert by_year[5].tolist()[:4] == [1, 1, 0, 0]  # 25 January 2020
    assert by_year[6].tolist()[:4] == [1, 1, 0, 0]  # 12 February 2021


# --- packages, overrides, variants ---


def test_order_and_spelling_of_a_union_do_not_matter() -> None:
    one = scenarios.load("zhaotong", ["training+credit", "industry"])
    for other in (
        ["industry,credit", "training"],
        "industry+training+credit",
        ["training", "training+credit,industry"],
    ):
        again = scenarios.load("zhaotong", other)
        assert again.instruments == one.instruments
        assert (again.hash, again.name) == (one.hash, "zhaotong+credit+industry+training")
    assert one.packages == ("credit", "industry", "training")
    assert one.title_zh == "昭通市 + 金融信贷 + 产业配套 + 技能培训"


def test_programmes_come_first_and_packages_start_when_policies_do(zhaotong: Scenario) -> None:
    programmes = [one for one in zhaotong.instruments if one.is_programme]
    added = [one for one in zhaotong.instruments if not one.is_programme]
    assert list(zhaotong.instruments) == programmes + added
    assert [one.id for one in added] == sorted(one.id for one in added)
    assert {one.start for one in added} == {zhaotong.policy_start}
    assert {one.start for one in programmes} == {-zhaotong.spin_up}
    posts = next(one for one in programmes if one.id == "base_public_posts")
    assert [(one.month, one.channels["posts"]) for one in posts.changes] == [(12, 83100), (24, 88000), (36, 90700)]


def test_defaults_of_an_instrument_come_from_its_kind() -> None:
    posts, courses, talks = scenarios.load(SMALL, [BOTH]).instruments
    assert posts.is_programme and posts.start == -24
    assert courses.channels == {
        "course_gain": 0.1,
        "course_fit": 0.0,
        "course_uptake": 0.0,
        "certificate": 0.0,
        "credit_bank": 0.0,
    }
    assert (courses.capacity, courses.dose_scales_capacity, courses.start, courses.end) == (5000, True, 6, None)
    assert (courses.eligibility.counties, courses.eligibility.sexes) == (("lower",), ("female",))
    assert (talks.channels, talks.capacity, talks.dose_scales_capacity) == ({"belonging": 0.003}, None, False)
    assert talks.awareness == pytest.approx(float(scenarios.load(SMALL).parameters.social_capital.official_chance))


def test_villages_that_exist_at_scale_one_may_be_named() -> None:
    """County upper has 30,000 workers, so 60 villages of 500, numbered from 0."""
    key = "instruments.courses.eligibility.villages"
    scenario = scenarios.load(SMALL, [BOTH], {key: ["upper-00000", "upper-00059"]})
    assert scenario.instruments[1].eligibility.villages == ("upper-00000", "upper-00059")
    for unknown in ("upper-00060", "upper-1", "middle-00001", "upper"):
        with pytest.raises(ScenarioError, match=f'villages.0: unknown village "{unknown}"'):
            scenarios.load(SMALL, [BOTH], {key: [unknown]})


def test_a_dose_of_zero_is_kept() -> None:
    scenario = scenarios.load(SMALL, [BOTH], {"instruments.courses.dose": 0, "instruments.posts.dose": 0})
    assert [(one.id, one.dose) for one in scenario.instruments] == [("posts", 0), ("courses", 0), ("talks", 1)]


def test_overrides_win_over_the_file_and_the_file_over_its_base(tmp_path: Path) -> None:
    path = variant(tmp_path, "scale: 30\ninitial: {owners: 700}\nparameters: {enterprise: {sigma: 3}}\n")
    for overrides, expected in (({}, (30, 3)), ({"scale": "40", "parameters.enterprise.sigma": "0.5"}, (40, 0.5))):
        scenario = scenarios.load(path, overrides=overrides)
        assert (scenario.scale, float(scenario.parameters.enterprise.sigma)) == expected
        assert (scenario.initial.owners, scenario.initial.out_province) == (700, 9000)  # merged, not replaced
        assert scenario.parameters.mechanisms.displacement == 0  # inherited


def test_lists_of_a_variant_replace_those_of_its_base(tmp_path: Path) -> None:
    one = {"id": "council", "kind": "council", "name": {"en": "C", "zh": "会"}}
    scenario = scenarios.load(variant(tmp_path, f"programmes: [{json.dumps(one)}]\n"))
    assert [programme.id for programme in scenario.instruments] == ["council"]


def test_a_variant_extends_a_shipped_place_by_its_id(tmp_path: Path) -> None:
    path = variant(tmp_path, "name: {en: Later, zh: 较晚}\npolicy_start: 48\n", base="zhaotong")
    later, base = scenarios.load(path, ["training"]), scenarios.load("zhaotong", ["training"])
    assert (later.title_en, later.policy_start, later.name) == ("Later + Training", 48, base.name)
    assert later.world_hash == base.world_hash
    assert later.hash != base.hash


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("population.seed", 7),
        ("counties.upper.workers", 31000),
        ("sectors.shops.entry_capital", 31000),
        ("demography.age_bands.0.from", 17),
        ("initial.owners", 900),
        ("series.wage_out.growth_after", 0.04),
        ("series.wage_out.years.2020", 4100),
        ("series.layoff_in.months.2020-03", 0.01),
        ("parameters.decision.error_scale", 0.8),
        ("mechanisms.peer_feedback", False),
        ("instruments.posts.channels.posts", 200),
        ("instruments.posts.eligibility.counties", ["upper"]),
        ("scale", np.int64(25)),
        ("spin_up", 12),
        ("start", "2020-06"),
    ],
)
def test_what_shapes_the_world_changes_both_hashes(key: str, value: Any) -> None:
    base, changed = scenarios.load(SMALL), scenarios.load(SMALL, overrides={key: value})
    assert changed.hash != base.hash
    assert changed.world_hash != base.world_hash


@pytest.mark.parametrize(
    "changes", [{"months": 30}, {"policy_start": 9}, {"name.en": "Else"}, {"counties.upper.name.zh": "高"}]
)
def test_what_cannot_touch_the_spin_up_keeps_the_world(changes: dict[str, Any]) -> None:
    base, changed = scenarios.load(SMALL), scenarios.load(SMALL, overrides=changes)
    assert changed.hash != base.hash
    assert changed.world_hash == base.world_hash
    assert scenarios.load(SMALL, [BOTH], changes).world_hash == base.world_hash


def test_a_longer_run_has_the_same_months_before(zhaotong: Scenario) -> None:
    longer = scenarios.load("zhaotong", ALL_PACKAGES, {"months": 240})
    for name, array in zhaotong.series.items():
        assert np.array_equal(longer.series[name][: len(array)], array), name
    assert np.array_equal(longer.festival[: len(zhaotong.festival)], zhaotong.festival)


def test_resolved_is_strict_json_and_gives_the_hash(zhaotong: Scenario) -> None:
    text = json.dumps(zhaotong.resolved, allow_nan=False)
    again = scenarios.load("zhaotong", reversed(ALL_PACKAGES))
    assert json.dumps(again.resolved) == text
    assert (again.hash, len(again.hash)) == (zhaotong.hash, 64)


# --- graphs ---


def test_a_place_may_bring_its_villages(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("id,county,remoteness\na,upper,2.5\nb,upper,\nc,lower,1\n")
    (tmp_path / "edges.csv").write_text("source,target,kind\na,b,road\nb,c,kin\n")
    tables = scenarios.load(variant(tmp_path, "population: {graph: {nodes: nodes.csv, edges: edges.csv}}"))
    assert dict(tables.graph.nodes(data=True)) == {
        "a": {"county": "upper", "remoteness": 2.5},
        "b": {"county": "upper"},
        "c": {"county": "lower", "remoteness": 1.0},
    }
    assert sorted(tables.graph.edges(data="kind")) == [("a", "b", "road"), ("b", "c", "kin")]
    networkx.write_graphml(tables.graph, tmp_path / "g.graphml")
    graphml = scenarios.load(variant(tmp_path, "population: {graph: g.graphml}"))
    assert (graphml.hash, graphml.world_hash) == (tables.hash, tables.world_hash)
    (tmp_path / "edges.csv").write_text("source,target\na,b\na,c\n")
    other = scenarios.load(variant(tmp_path, "population: {graph: {nodes: nodes.csv, edges: edges.csv}}"))
    assert other.world_hash != tables.world_hash
    assert scenarios.load(SMALL).graph is None


# --- what is shown, listed and exported ---


def test_everything_shown_has_unit_and_source_and_can_be_set() -> None:
    shown = describe.describe("zhaotong", ["services", "credit"])
    plain = [value for value in shown if value.source]
    assert [value.key for value in plain if not value.unit and value.value != []] == []
    assert len({value.key for value in shown}) == len(shown)
    moved = (".start", ".end")  # of instruments: shown from the scenario's start, written from policy_start
    changes = {
        value.key: value.value
        for value in plain
        if not value.key.startswith("spring_festival") and not value.key.endswith(moved)
    }
    again = scenarios.load("zhaotong", ["services", "credit"], changes)
    assert again.hash == scenarios.load("zhaotong", ["services", "credit"]).hash


def test_sources_are_those_of_file_default_and_override() -> None:
    shown = describe.describe(SMALL, [BOTH], {"scale": 25})
    sources = {value.key: value.source for value in shown}
    assert sources["scale"] == "override"
    assert sources["series.wage_in.otherwise"] == "NBS"
    assert sources["counties.upper.workers"] == "assumption"
    assert sources["population.kin_ties"] == "default"
    assert sources["instruments.talks.channels.belonging"] == "assumption"  # the kind's
    assert sources["parameters.money.farm_income"].startswith("assumption; below a third")


def test_available_lists_what_loads() -> None:
    listed = scenarios.available()
    places = [place["id"] for place in listed["places"]]
    assert len(places) == 10 and {"zhaotong", "template", "china"} < set(places)
    own = [f"{place}_record" for place in places if place not in ("zhaotong", "template", "china")]
    packages = [package["id"] for package in listed["packages"]]
    grouped = [name for name in packages if name.startswith(("pillar_", "creation_", "tier_"))]
    assert len(grouped) == 14 and sorted(packages) == sorted([*ALL_PACKAGES, *own, *grouped, "common", "adaptive_mix"])
    assert all(one["name_en"] and one["name_zh"] for kind in listed.values() for one in kind)


SHIPPED = [*files.shipped_places().values(), *files.shipped_packages().values(), SMALL, BOTH]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_are_valid_and_fit_the_json_schema(path: Path) -> None:
    assert scenarios.validate(path) == ("package" if path in (BOTH, *files.shipped_packages().values()) else "place")
    plain = plain_yaml(path)
    assert faults(plain, json_schema()) == []
    assert faults({**plain, "scael": 3}, json_schema()) != []
    assert faults({**plain, "id": 3}, json_schema()) != []


def test_json_schema_lets_a_variant_be_partial_but_not_wrong() -> None:
    head = {"schema": "place", "extends": "zhaotong"}
    for good in ({}, {"initial": {"owners": {"value": 5, "source": "x"}}}, {"population": {"seed": 1, "note": "y"}}):
        assert faults({**head, **good}, json_schema()) == [], good
    for bad in ({"initial": {"owner": 5}}, {"scale": 0}, {"counties": [{"id": "a"}]}, {"programmes": [{"dose": -1}]}):
        assert faults({**head, **bad}, json_schema()) != [], bad


def plain_yaml(path: Path) -> Any:
    """A YAML file as plain data with words as keys, as an editor sees it."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path), default=str))


def faults(value: Any, field: Any, root: Any = None, where: str = "") -> list[str]:
    """What a JSON Schema finds wrong with a value: validates the keywords that ours uses."""
    root = field if root is None else root
    known = {
        *("$schema", "$defs", "$ref", "title", "description", "default", "unit", "low", "high", "anyOf", "type"),
        *("const", "enum", "minimum", "maximum", "pattern", "minLength", "maxLength", "items", "minItems"),
        *("properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties"),
    }
    assert set(field) <= known, set(field) - known
    if "$ref" in field:
        return faults(value, root["$defs"][field["$ref"].rsplit("/", 1)[-1]], root, where)
    if "anyOf" in field:
        branches = [faults(value, branch, root, where) for branch in field["anyOf"]]
        return [] if [] in branches else min(branches, key=len)
    kinds: dict[str, Any] = {"string": str, "array": list, "object": dict, "boolean": bool, "null": type(None)}
    kind = field.get("type")
    if kind in ("number", "integer"):
        fits = is_number(value) and (kind == "number" or isinstance(value, int)) and math.isfinite(value)
    else:
        fits = kind is None or isinstance(value, kinds[kind])
    if not fits or ("const" in field and value != field["const"]) or value not in field.get("enum", [value]):
        return [f"{where}: {value!r} is not {field}"]
    found = []
    if is_number(value) and not field.get("minimum", value) <= value <= field.get("maximum", value):
        found.append(f"{where}: {value} out of range")
    if isinstance(value, str) and not re.search(field.get("pattern", ""), value):
        found.append(f"{where}: {value} does not match")
    if isinstance(value, str | list) and len(value) < field.get("minLength", field.get("minItems", 0)):
        found.append(f"{where}: too short")
    if isinstance(value, list):
        found += [fault for i, one in enumerate(value) for fault in faults(one, field["items"], root, f"{where}.{i}")]
    if isinstance(value, dict):
        found += [f"{where}: too few"] if len(value) < field.get("minProperties", 0) else []
        found += [f"{where}: no {name}" for name in field.get("required", ()) if name not in value]
        for name, one in value.items():
            below = below_schema(name, field)
            found += [f"{where}.{name}: unknown"] if below is None else faults(one, below, root, f"{where}.{name}")
    return found


def below_schema(name: str, field: Any) -> Any:
    """The schema of a key of a mapping; None if the key is not allowed."""
    if name in field.get("properties", {}):
        return field["properties"][name]
    for pattern, below in field.get("patternProperties", {}).items():
        if re.search(pattern, name):
            return below
    more = field.get("additionalProperties", {})
    return None if more is False else more if isinstance(more, dict) else {}


# --- cost of loading ---


def modules_after(code: str) -> set[str]:
    """Names of the modules loaded by some code in a fresh interpreter."""
    command = [sys.executable, "-c", f"{code}\nimport sys\nprint(' '.join(sys.modules))"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.split()}


def test_the_hash_is_the_same_in_every_process(zhaotong: Scenario) -> None:
    code = f"import scenarios; print(scenarios.load('zhaotong', {ALL_PACKAGES}).hash)"
    for order in ("1", "2"):  # of sets and the like
        command = [sys.executable, "-c", code]
        environment = {**os.environ, "PYTHONHASHSEED": order}
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == zhaotong.hash


def test_importing_and_loading_stay_light() -> None:
    heavy = {"pandas", "mesa", "matplotlib", "networkx", "pyarrow"}
    assert not modules_after("import scenarios") & (heavy | {"numpy", "numba", "pydantic", "ruamel"})
    assert not modules_after("import scenarios; scenarios.load('zhaotong', ['training'])") & heavy


def test_what_is_kept_of_a_shipped_file_is_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shipped = [*files.HERE.glob("*.yaml"), *(files.HERE / "packages").glob("*.yaml")]

    def trees() -> list[list[Any]]:
        sourced = [path.stem not in files.NOT_PLACES for path in shipped]
        found = [reading.read_yaml(path, one) for path, one in zip(shipped, sourced, strict=True)]
        return [[tree, *tree.leaves()] for tree in found]

    parsed = trees()
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) == len(shipped) and trees() == parsed
    for path in kept:
        path.write_text("{")  # what is not whole is made again
    assert trees() == parsed


def test_a_file_of_the_users_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "mine.yaml"
    path.write_text("a: 1")
    assert reading.read_yaml(path).plain() == {"a": 1}
    assert not (tmp_path / "cache").exists()
