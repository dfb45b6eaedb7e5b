"""Bad input: every malformed file or override ends in one ScenarioError that says what to change."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scenarios
from scenarios import ScenarioError, checks

PLACES = Path(__file__).parents[1] / "places"
PLACE = (PLACES / "small.yaml").read_text(encoding="utf-8")
PACKAGE = (PLACES / "both.yaml").read_text(encoding="utf-8")

# Edits of a valid place: old text, new text, words the message must hold. The message must also name the
# file and the line: the first that the edit changes, or that of the text given last.
PLACE_EDITS: dict[str, tuple[Any, ...]] = {
    "misspelt key": ("spin_up: 24", "spinup: 24", ["spinup: unknown key", 'did you mean "spin_up"?']),
    "misspelt key below": ("  neighbours: 2", "  neighbors: 2", ["population.neighbors", '"neighbours"?']),
    "misspelt key in a list": ("    land_mu: 1.2", "    land_my: 1.2", ["counties.upper.land_my", '"land_mu"?']),
    "misspelt annotation": (
        "{value: 3200, source: NBS}",
        "{value: 3200, sauce: NBS}",
        ["series.wage_in.otherwise.sauce: unknown key", '"source"?'],
    ),
    "empty source": ("source: NBS}", "source: 7}", ["otherwise.source", "expected some words (got 7)"]),
    "missing key": (
        "    remoteness_hours: 2\n",
        "",
        ["counties.upper.remoteness_hours: missing", "hours"],
        "id: upper",
    ),
    "missing series": ("  closure: {otherwise: 0}\n", "", ["series.closure: missing; expected a series"], "series:"),
    "unknown series": ("  layoff_in:", "  layof_in:", ["series.layof_in", '"layoff_in"?']),
    "a word for a number": ("    workers: 30000", "    workers: many", ["a whole number", "got 'many'"]),
    "a boolean for a number": ("    workers: 30000", "    workers: true", ["counties.upper.workers", "(got true)"]),
    "a fraction for a whole number": ("months: 24", "months: 24.5", ["months: expected a whole", "1 to 1,200"]),
    "nothing for a number": ("    workers: 30000", "    workers:", ["counties.upper.workers", "(got nothing)"]),
    "not a number": ("    schooling: 0.4", "    schooling: .nan", ["a number from 0 to 1 (share)", "nan"]),
    "infinite": ("entry_capital: 50000", "entry_capital: .inf", ["sectors.farming.entry_capital", "inf"]),
    "larger than a number can be": ("entry_capital: 50000", f"entry_capital: 1{400 * '0'}", ["entry_capital"]),
    "a list for a mapping": (
        "population:\n  seed: 3\n  neighbours: 2",
        "population: [3, 2]",
        ["population: expected a mapping (got a list)"],
    ),
    "a mapping for a list": ("age_bands: [", "age_bands: {a: 1}\n  rest: [", ["age_bands: expected a list"]),
    "a number for a list": ("sectors:\n", "sectors: 4\nrest:\n", ["sectors: expected a list", "(got 4)"]),
    "share above one": ("    health: 0.4", "    health: 1.4", ["counties.upper.health", "from 0 to 1", "1.4"]),
    "negative": (
        "    workers: 30000",
        "    workers: -5",
        ["counties.upper.workers", "a whole number from 1", "(got -5)"],
    ),
    "scale 0": ("scale: 20", "scale: 0", ["scale: expected a whole number from 1", "(got 0)"]),
    "months 0": ("months: 24", "months: 0", ["months: expected a whole number from 1 to 1,200", "(got 0)"]),
    "policy_start beyond months": ("policy_start: 6", "policy_start: 25", ["from 0 to 24", "(got 25)"]),
    "bad month": ("start: 2020-01", "start: 2020-13", ["start: expected a month such as 2020-01", "2020-13"]),
    "a day for a month": ("start: 2020-01", "start: 2020-01-15", ["a month such as", "'2020-01-15'"]),
    "spin-up before all calendars": ("start: 2020-01", "start: 2001-01", ["start", "after 2000-01"]),
    "bad id": ("  - id: upper", "  - id: Upper County", ["an id of small letters", "'Upper County'"]),
    "no name in Chinese": ("name: {en: Small, zh: 小地}", "name: {en: Small}", ["name.zh: missing"]),
    "two counties of one id": ("  - id: lower", "  - id: upper", ["counties.upper.id", "there twice"]),
    "unknown sector": ("{farming: 1, shops: 0.9}", "{farming: 1, shop: 1}", ["endowment.shop", '"shops"?']),
    "sector left out": ("{farming: 1, shops: 0.9}", "{farming: 1}", ["endowment.shops: missing"]),
    "too many special households": (
        "relocated: 0.1",
        "relocated: 0.9",
        ["add to 1.2; expected at most 1"],
        "id: upper",
    ),
    "shares of jobs": ("job_share: 0.6", "job_share: 0.5", ["values of job_share add to 0.9; expected 1"], "sectors:"),
    "shares of ages": ("below: 40, share: 0.6", "below: 40, share: 0.7", ["age_bands", "add to 1.1; expected 1"]),
    "ages overlap": ("{from: 40, below: 70", "{from: 35, below: 70", ["age_bands.1.from", "at least 40", "35"]),
    "ages turned round": ("{from: 40, below: 70", "{from: 70, below: 40", ["age_bands.1.from", "less than 40"]),
    "age beyond the model": ("{from: 40, below: 70", "{from: 40, below: 99", ["from 16 to 70 (years)", "99"]),
    "schooling out of order": ("schooling: [{years: 6,", "schooling: [{years: 12,", ["years in rising order"]),
    "entry turned round": ("{from: 16, to: 20}", "{from: 21, to: 20}", ["entry_ages.from", "at most 20"]),
    "more people than there are": (
        "out_province: 9000",
        "out_province: 90000",
        ["at most 40,000", "workers"],
        "initial:",
    ),
    "more owners than jobs": (
        "owners: 800",
        "owners: 15000",
        ["posts and owners come to 15,300", "in_county"],
        "initial:",
    ),
    "two forms of a series": (
        "  closure: {otherwise: 0}",
        "  closure: {otherwise: 0, years: {2020: 1}}",
        ["series.closure", "exactly one of years, otherwise, csv", "years and otherwise"],
    ),
    "no form of a series": ("  closure: {otherwise: 0}", "  closure: {}", ["exactly one of", "(got none)"]),
    "no years": ("{2019: 4000, 2021: 4400}", "{}", ["series.wage_out.years", "at least one year"]),
    "bad year": ("{2019: 4000, 2021: 4400}", "{20: 4000}", ["wage_out.years.20", "a year such as 2020"]),
    "bad month of a series": ("{2020-02: 0.02}", "{2020-2: 0.02}", ["layoff_in.months.2020-2", "2020-01"]),
    "series ends": (", growth_after: 0.03}", "}", ["series.wage_out: ends in 2021-07", "growth_after"]),
    "series starts late": ("growth_before: 0.05, ", "", ["series.wage_out: starts in 2019-07", "growth_before"]),
    "series out of range": ("{2020-02: 0.02}", "{2020-02: 2}", ["layoff_in", "from 0 to 1", "2 in 2020-02"]),
    "csv missing": ("  closure: {otherwise: 0}", "  closure: {csv: no.csv}", ["closure.csv: file not found", "no.csv"]),
    "unknown group": ("parameters: {enterprise:", "parameters: {entreprise:", ["entreprise", '"enterprise"?']),
    "dotted constant": (
        "parameters: {enterprise: {sigma: 2},",
        "parameters: {enterprise.sigma: {sigma: 2},",
        ["parameters.enterprise.sigma: unknown group"],
    ),
    "unknown constant": ("{sigma: 2}", "{sigmoid: 2}", ["enterprise.sigmoid: unknown constant", '"sigma"?']),
    "constant out of range": ("{sigma: 2}", "{sigma: 0}", ["parameters.enterprise.sigma", "from 0.1 to 1,000"]),
    "constants that are one whole": ("{sigma: 2}", "{share_skill: 0.5}", ["share_skill", "add to 1.2; expected 1"]),
    "unknown mechanism": (
        "{displacement: false}",
        "{displacment: false}",
        ["mechanisms.displacment", '"displacement"?'],
    ),
    "a number for a switch": ("{displacement: false}", "{displacement: 0}", ["true or false (got 0)"]),
    "graph missing": ("  neighbours: 2", "  graph: g.graphml", ["population.graph: file not found", "g.graphml"]),
    "graph half named": ("  neighbours: 2", "  graph: {nodes: n.csv}", ["population.graph", "edges: missing"]),
    "duplicate key": ("scale: 20", "scale: 20\nscale: 30", ["scale: the key is there twice (first in line"]),
    "tab": ("  seed: 3", "\tseed: 3", ["not valid YAML: found a tab; expected spaces"]),
    "not YAML": ("scale: 20", "scale: [20", ["not valid YAML: while parsing a flow sequence"], "population:"),
    "a tag": ("scale: 20", "scale: !python/tuple 20", ["scale: unknown tag", "expected a plain value"]),
    "schema misspelt": ("schema: place", "shema: place", ["shema: unknown key", '"schema"?', "expected schema: place"]),
    "schema of another kind": ("schema: place", "schema: package", ["expected schema: place (got 'package')"]),
    "unknown base": ("id: small", "id: small\nextends: zaotong", ["extends", '"zaotong"', '"zhaotong"?']),
    "base file missing": ("id: small", "id: small\nextends: b.yaml", ["extends: file not found", "b.yaml"]),
    "base is itself": ("id: small", "id: small\nextends: place.yaml", ["place.yaml extends place.yaml", "ends"]),
    "unknown kind of programme": (
        "kind: public_posts",
        "kind: public_post",
        ["programmes.posts.kind", '"public_posts"?'],
    ),
    "programmes of one id": (
        "programmes:",
        "programmes:\n  - {id: posts, kind: council, name: {en: C, zh: 会}}",
        ["programmes.posts.id: there twice"],
        "- id: posts",
    ),
}

# The same for a valid package, loaded with the valid place.
PACKAGE_EDITS: dict[str, tuple[Any, ...]] = {
    "negative dose": ("dose: 1", "dose: -1", ["instruments.courses.dose", "from 0 to 1,000", "(got -1)"]),
    "unknown kind": ("kind: skills_training", "kind: skill_training", ["kind", '"skills_training"?']),
    "misspelt channel": ("course_gain: 0.1", "course_gian: 0.1", ["channels.course_gian", '"course_gain"?']),
    "channel of another kind": (
        "course_gain: 0.1",
        "loan_chance: 1",
        ['not a channel of the kind "skills_training"', "expected one of course_gain"],
    ),
    "channel out of range": ("course_gain: 0.1", "course_gain: 1.5", ["from 0 to 1 (skill", "(got 1.5)"]),
    "a word for a channel": ("course_gain: 0.1", "course_gain: much", ["course_gain: expected a number", "'much'"]),
    "no capacity": (
        "    capacity: 5000\n",
        "",
        ["instruments.courses.capacity: missing", "uses a year"],
        "id: courses",
    ),
    "capacity where none is": ("fixed_cost: 1000", "capacity: 10", ['"council" rations nothing']),
    "sectors where none are": ("fixed_cost: 1000", "sectors: [farming]", ['"council" acts on no sector']),
    "unknown county": ("counties: [lower]", "counties: [lover]", ["eligibility.counties", '"lover"', '"lower"?']),
    "unknown village": ("sexes: [female]", "villages: [lower-99999]", ["unknown village", "COUNTY-00012"]),
    "unknown sex": ("sexes: [female]", "sexes: [women]", ["sexes.0: expected one of female, male (got 'women')"]),
    "unknown status": ("sexes: [female]", "statuses: [farmer]", ["statuses.0", '"farm"?']),
    "unknown sector of industry": (
        "kind: council",
        "kind: industry_programme\n    sectors: [shoes]",
        ["instruments.talks.sectors", 'unknown sector "shoes"', '"shops"?'],
        "sectors: [shoes]",
    ),
    "eligibility that a kind ignores": (
        "kind: council",
        "kind: council\n    eligibility: {age_below: 40}",
        ["instruments.talks.eligibility.age_below", '"council" does not tell people apart', "counties, villages"],
    ),
    "misspelt eligibility": ("sexes: [female]", "sex: [female]", ["eligibility.sex: unknown key", '"sexes"?']),
    "ages turned round": ("sexes: [female]", "age_from: 50\n      age_below: 40", ["less than age_below (got 50)"]),
    "ends before it starts": ("dose: 1", "end: 0", ["instruments.courses.end", "more than start (got 0)"]),
    "awareness above one": ("dose: 1", "awareness: 2", ["awareness", "from 0 to 1 (chance a month", "(got 2)"]),
    "unknown pillar": ("pillar: policy_precision", "pillar: policy", ["pillar: expected one of policy_precision"]),
    "no instruments": ("instruments:", "instruments: []\nrest:", ["instruments: expected a list that is not empty"]),
    "two instruments of one id": ("  - id: talks", "  - id: courses", ["instruments.courses.id", "there twice"]),
    "an id of the place": ("  - id: talks", "  - id: posts", ["instruments.posts.id", "the place has a programme"]),
}

# Overrides of the valid place with the valid package: changes, words the message must hold.
OVERRIDES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "misspelt": ({"scael": 100}, ["override: scael: unknown key", 'did you mean "scale"?']),
    "misspelt below": ({"population.sead": 1}, ["override: population.sead: unknown key", '"seed"?']),
    "misspelt constant": ({"parameters.enterprise.sigam": 1}, ["parameters.enterprise.sigam", '"sigma"?']),
    "misspelt county": ({"counties.uper.workers": 1}, ['unknown item "uper"', '"upper"?']),
    "misspelt instrument": ({"instruments.corses.dose": 1}, ['unknown instrument "corses"', '"courses"?']),
    "misspelt key of an instrument": ({"instruments.courses.does": 1}, ["courses.does: unknown", '"dose"?']),
    "no key of an instrument": ({"instruments.courses": 1}, ["expected instruments.ID.KEY"]),
    "below a value": ({"scale.deep": 1}, ["override: scale.deep", 'no "deep" below the value 20']),
    "out of range": ({"parameters.enterprise.sigma": -1}, ["from 0.1 to 1,000", "(got -1"]),
    "not a number": ({"counties.upper.health": float("nan")}, ["counties.upper.health", "got nan"]),
    "a word": ({"scale": "big"}, ["override: scale: expected a whole number", "got 'big'"]),
    "a fraction": ({"scale": 2.5}, ["override: scale: expected a whole number", "2.5"]),
    "negative dose": ({"instruments.talks.dose": -0.5}, ["instruments.talks.dose", "from 0 to", "-0.5"]),
    "policy_start beyond months": ({"months": 3}, ["policy_start", "from 0 to 3", "(got 6)"]),
    "an id": ({"id": "other"}, ["override: id: cannot be overridden"]),
    "an empty step": ({"population..seed": 1}, ["expected a dotted key such as population.seed"]),
    "a mapping for a number": ({"scale": {"a": 1}}, ["scale: expected a whole number", "a mapping"]),
    "too many agents": (
        {"counties.upper.workers": 2_000_000_000, "scale": 1},
        ["simulated workers need", "larger scale"],
    ),
}

# Whole files: content, words the message must hold beside the file's name.
FILES: dict[str, tuple[bytes, list[str]]] = {
    "empty": (b"", ["place.yaml:1: the file is empty"]),
    "comments only": (b"# nothing\n", ["place.yaml:1: the file is empty"]),
    "not UTF-8": ("schema: place\nname: 昭通".encode("gb18030"), ["place.yaml:2: expected UTF-8 text (got byte 0xd5"]),
    "a list": (b"- schema: place\n", ["place.yaml:1: expected keys and values", "(got a list)"]),
    "a word": (b"place\n", ["place.yaml:1: expected keys and values", "(got 'place')"]),
    "control characters": (b"schema: place\x01\n", ["not valid YAML"]),
    "two documents": (b"schema: place\n---\nschema: place\n", ["not valid YAML", "single document"]),
    "a list as key": (b"schema: place\n? [a, b]\n: 1\n", ["place.yaml:2:", "expected a word as a key"]),
    "an alias into itself": (b"schema: place\nname: &a [*a]\n", ["too large or repeats itself"]),
    "aliases that multiply": (
        b"schema: place\na: &a [1,1,1,1,1,1,1,1,1]\n"
        + b"".join(b"%c: &%c [%s]\n" % (i, i, b",".join([b"*%c" % (i - 1)] * 9)) for i in range(98, 106)),
        ["too large or repeats itself"],
    ),
    "endless brackets": (b"schema: place\nname: " + b"[" * 1000, ["place.yaml: nested too deeply"]),
}


def expected_line(text: str, edited: str, mark: str | None = None) -> int:
    """The line, from 1, that holds `mark` in the edited text, or the first one that the edit changed."""
    if mark is not None:
        return edited[: edited.index(mark)].count("\n") + 1
    pairs = zip(text.split("\n"), edited.split("\n"), strict=False)
    return next(number for number, (one, other) in enumerate(pairs, start=1) if one != other)


def message_of(folder: Path, place: str = PLACE, package: str = PACKAGE, **arguments: Any) -> str:
    """The message of the one ScenarioError that loading ends in."""
    (folder / "place.yaml").write_text(place, encoding="utf-8")
    (folder / "package.yaml").write_text(package, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        scenarios.load(folder / "place.yaml", [folder / "package.yaml"], **arguments)
    assert caught.type is ScenarioError
    return str(caught.value)


def test_the_texts_that_are_edited_are_valid() -> None:
    assert scenarios.load(PLACES / "small.yaml", [PLACES / "both.yaml"]).name == "small+both"


@pytest.mark.parametrize("case", PLACE_EDITS)
def test_edited_place(case: str, tmp_path: Path) -> None:
    old, new, words, *mark = PLACE_EDITS[case]
    assert PLACE.count(old) == 1
    edited = PLACE.replace(old, new)
    message = message_of(tmp_path, place=edited)
    assert [word for word in words if word not in message] == [], message
    assert f"place.yaml:{expected_line(PLACE, edited, *mark)}: " in message, message


@pytest.mark.parametrize("case", PACKAGE_EDITS)
def test_edited_package(case: str, tmp_path: Path) -> None:
    old, new, words, *mark = PACKAGE_EDITS[case]
    assert PACKAGE.count(old) == 1
    edited = PACKAGE.replace(old, new)
    message = message_of(tmp_path, package=edited)
    assert [word for word in words if word not in message] == [], message
    assert f"package.yaml:{expected_line(PACKAGE, edited, *mark)}: " in message, message


@pytest.mark.parametrize("case", OVERRIDES)
def test_override(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "available_memory", lambda: 16_000_000_000)
    changes, words = OVERRIDES[case]
    message = message_of(tmp_path, overrides=changes)
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize("case", FILES)
def test_whole_file(case: str, tmp_path: Path) -> None:
    content, words = FILES[case]
    (tmp_path / "place.yaml").write_bytes(content)
    for check in (scenarios.load, scenarios.validate):
        with pytest.raises(ScenarioError) as caught:
            check(tmp_path / "place.yaml")
        assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


# Files beside the place: (edit of the place, further files, words the message must hold).
GRAPH = ("  neighbours: 2", "  neighbours: 2\n  graph: {nodes: nodes.csv, edges: edges.csv}")
WAGES = ("  wage_local: {otherwise: 2500}", "  wage_local: {csv: wages.csv}")
FESTIVAL = ("scale: 20", "scale: 20\nspring_festival: days.csv")
BASE = ("id: small", "id: small\nextends: base.yaml")
BESIDE: dict[str, tuple[tuple[str, str], dict[str, str], list[str]]] = {
    "cycle of two": (
        BASE,
        {"base.yaml": "schema: place\nextends: place.yaml\n"},
        ["base.yaml:2: extends", "place.yaml extends base.yaml extends place.yaml"],
    ),
    "fault in the base": (BASE, {"base.yaml": "schema: place\nspin: 3\n"}, ["base.yaml:2: spin: unknown key"]),
    "base is a package": (BASE, {"base.yaml": PACKAGE}, ["base.yaml:2: schema: expected schema: place"]),
    "csv without the column": (WAGES, {"wages.csv": "month,wage\n"}, ["wages.csv:1: value: column missing"]),
    "csv without rows": (WAGES, {"wages.csv": "month,value\n"}, ["series.wage_local.csv", "no rows"]),
    "csv with a gap": (
        WAGES,
        {"wages.csv": "month,value\n2018-01,2000\n2018-03,2010\n"},
        ["wages.csv:3: month: expected 2018-02, the next month (got 2018-03)"],
    ),
    "csv with a word": (WAGES, {"wages.csv": "month,value\n2018-01,much\n"}, ["wages.csv:2: value", "'much'"]),
    "csv with a bad month": (WAGES, {"wages.csv": "month,value\n2018-1,3\n"}, ["wages.csv:2: month", "'2018-1'"]),
    "csv with a ragged row": (WAGES, {"wages.csv": "month,value\n2018-01\n"}, ["wages.csv:2: expected 2 values"]),
    "csv too short": (WAGES, {"wages.csv": "month,value\n2018-01,2000\n"}, ["ends in 2018-01", "growth_after"]),
    "festivals too few": (FESTIVAL, {"days.csv": "year,date\n2020,2020-01-25\n"}, ["at least 19 years", "2021"]),
    "festival in summer": (FESTIVAL, {"days.csv": "year,date\n2020,2020-07-25\n"}, ["days.csv:2: date", "January"]),
    "festival not a date": (FESTIVAL, {"days.csv": "year,date\n2020,spring\n"}, ["days.csv:2: date", "'spring'"]),
    "village in no county": (
        GRAPH,
        {"nodes.csv": "id,county\na,upper\nb,nowhere\n", "edges.csv": "source,target\n"},
        ["population.graph", "'b'", "unknown county 'nowhere'"],
    ),
    "county without a village": (
        GRAPH,
        {"nodes.csv": "id,county\na,upper\n", "edges.csv": "source,target\n"},
        ["population.graph", "'lower'", "no village"],
    ),
    "tie to nowhere": (
        GRAPH,
        {"nodes.csv": "id,county\na,upper\nb,lower\n", "edges.csv": "source,target\na,c\n"},
        ["edges.csv:2: target", 'unknown village "c"'],
    ),
    "village there twice": (
        GRAPH,
        {"nodes.csv": "id,county\na,upper\na,lower\n", "edges.csv": "source,target\n"},
        ["nodes.csv:3: id", "in no other row (got 'a')"],
    ),
    "a word for a number of a village": (
        GRAPH,
        {"nodes.csv": "id,county,workers\na,upper,some\n", "edges.csv": "source,target\n"},
        ["nodes.csv:2: workers: expected a number (got 'some')"],
    ),
    "not GraphML": (
        ("  neighbours: 2", "  neighbours: 2\n  graph: g.graphml"),
        {"g.graphml": "<graph"},
        ["g.graphml: not readable as GraphML"],
    ),
}

# Arguments of `load`: packages, words the message must hold.
PACKAGES: dict[str, tuple[Any, list[str]]] = {
    "unknown": (["trainning"], ['unknown package "trainning"', '"training"?']),
    "unknown in a union": (["credit+comunity"], ['unknown package "comunity"', '"community"?']),
    "empty name": (["training,,credit"], ["expected names such as", "training,,credit"]),
    "missing file": (["no/such.yaml"], ["no/such.yaml: file not found"]),
    "a place": ([PLACES / "small.yaml"], ["small.yaml:2: schema: expected schema: package (got 'place')"]),
    "a folder": ([PLACES], ["places:", "expected a file"]),
}


@pytest.mark.parametrize("case", BESIDE)
def test_files_beside_the_place(case: str, tmp_path: Path) -> None:
    (old, new), files, words = BESIDE[case]
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    message = message_of(tmp_path, place=PLACE.replace(old, new))
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize("case", PACKAGES)
def test_packages(case: str) -> None:
    packages, words = PACKAGES[case]
    with pytest.raises(ScenarioError) as caught:
        scenarios.load("zhaotong", packages)
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def test_unknown_place_names_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r'unknown place "zhaotng".*did you mean "zhaotong"'):
        scenarios.load("zhaotng")


def variants(folder: Path, *edits: tuple[str, str]) -> list[Path]:
    """Copies of the valid package, each with another id and one edit."""
    paths = []
    for number, (old, new) in enumerate(edits):
        path = folder / f"package{number}.yaml"
        path.write_text(PACKAGE.replace("id: both", f"id: both{number}").replace(old, new), encoding="utf-8")
        paths.append(path)
    return paths


def test_two_instruments_of_one_id_in_two_packages(tmp_path: Path) -> None:
    same = ("capacity: 5000", "capacity: 5000")
    assert len(scenarios.load(PLACES / "small.yaml", variants(tmp_path, same, same)).instruments) == 3
    with pytest.raises(ScenarioError, match=r"package1\.yaml:7: instruments\.courses\.id: two packages differ"):
        scenarios.load(PLACES / "small.yaml", variants(tmp_path, same, ("capacity: 5000", "capacity: 6000")))


def test_two_packages_of_one_id(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(PACKAGE.replace("capacity: 5000", "capacity: 6000"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r'id: two packages have the id "both"'):
        scenarios.load(PLACES / "small.yaml", [PLACES / "both.yaml", path])


def test_too_many_instruments(tmp_path: Path) -> None:
    more = "".join(f"  - {{id: talks_{i}, kind: council, name: {{en: T, zh: 会}}}}\n" for i in range(30))
    message = message_of(tmp_path, package=PACKAGE + more)
    assert "1 programmes and 32 instruments of packages; expected at most 32 together" in message


def test_instruments_that_share_a_random_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.draws.stable_key", len)  # "posts" and "talks" are equally long
    assert '"posts" and "talks" share a key' in message_of(tmp_path)


def test_problems_of_several_files_are_reported_together(tmp_path: Path) -> None:
    message = message_of(
        tmp_path,
        place=PLACE.replace("scale: 20", "scale: 0").replace("health: 0.4", "health: 4"),
        package=PACKAGE.replace("dose: 1", "dose: -1"),
    )
    assert [line.split(": ")[1] for line in message.splitlines()] == [
        "instruments.courses.dose",
        "scale",
        "counties.upper.health",
    ]


def test_memory_is_asked_for_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "available_memory", lambda: 100_000_000)
    assert scenarios.load("zhaotong", overrides={"scale": 2}).scale == 2
    with pytest.raises(ScenarioError, match=r"scale: 3,052,083 simulated workers need about 0\.2 GB"):
        scenarios.load("zhaotong", overrides={"scale": 1})


TOKENS = re.findall(r"\w[\w.-]*|\s+|[^\w\s]", PLACE)
JUNK = ["null", "true", "-1", "1e400", ".nan", "[]", "{}", "[1, 2]", "{value: [1]}", "&a", "*a", "!!set {}", "|"]
JUNK += ["\t", "\n", "\u2028", "---", "'", "%", "?", ": ", "2020-01-05", "99999999999999999999", "source: x"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(TOKENS) - 1), junk=st.sampled_from(JUNK))
def test_any_slip_of_the_pen_is_a_valid_place_or_one_clear_error(tmp_path: Path, at: int, junk: str) -> None:
    (tmp_path / "place.yaml").write_text("".join([*TOKENS[:at], junk, *TOKENS[at + 1 :]]), encoding="utf-8")
    try:
        scenarios.load(tmp_path / "place.yaml")
    except ScenarioError as error:
        assert all(re.match(r".*place\.yaml(:\d+)?: .+", line) for line in str(error).splitlines()), error
