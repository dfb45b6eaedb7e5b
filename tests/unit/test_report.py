"""The report says what the tables say, in one language, in one file; what is broken is refused with one message."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments import report
from experiments.cli import main
from experiments.errors import InputError
from experiments.figures import laboratory_words, words
from experiments.reporting import answer, reading
from experiments.reporting import words as report_words
from tests.unit import laboratory_tables as made

HOSTILE = "<b>Training & more</b>"
RESOLVED = {
    "id": "here",
    "name": {"en": "Here", "zh": "昭通市"},
    "months": 72,
    "policy_start": 12,
    "scale": 100,
    "counties": [{"id": "zhaoyang", "name": {"en": "Zhaoyang", "zh": "昭阳区"}}],
}


def manifest(kind: str = "multiplier") -> dict[str, Any]:
    """What a result says of its making."""
    return {
        "format": 1,
        "kind": kind,
        "command": "guiyan multiplier here --instruments training,credit,industry",
        "seeds": list(range(1, 33)),
        "replicates": 32,
        "scenarios": {"none": {"hash": "ab12" * 16, "resolved": RESOLVED}},
        "versions": {"python": "3.12.1", "guiyan": "0.1.0"},
        "names": made.NAMES,
        "failed_runs": 0,
        "experiment": {
            "horizons": [12, 36, 60],
            "populations": 1,
            "overrides": {"scale": 100},
            "controls": ["prior"],
            "prior": {"parameters": {name: [0.5, 4.0] for name in made.PARAMETERS}},
        },
    }


def leave(folder: Path, tables: dict[str, pd.DataFrame], notes: dict[str, Any] | None = None) -> Path:
    """A result folder."""
    (folder / "tables").mkdir(parents=True)
    for name, table in tables.items():
        table.to_csv(folder / "tables" / f"{name}.csv", index=False, lineterminator="\n")
    (folder / "manifest.json").write_text(json.dumps(notes or manifest(), ensure_ascii=False), encoding="utf-8")
    return folder


class Page(HTMLParser):
    """A page taken apart: tables as fields by caption, visible text, addresses of what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.grids: dict[str, list[list[str]]] = {}
        self.words, self.addresses, self.tags = [], [], set()
        self._caption, self._stack = "", []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        self.words += [value or "" for name, value in attrs if name in ("alt", "title", "aria-label")]
        if tag not in ("meta", "img", "br", "link"):
            self._stack.append(tag)
        if tag == "tr":
            self.grids.setdefault(self._caption, []).append([])
        if tag in ("td", "th"):
            self.grids[self._caption][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._stack.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self._stack[-1] if self._stack else ""
        if inside == "caption":
            self._caption = data
        if inside in ("td", "th"):
            self.grids[self._caption][-1][-1] += data
        if inside not in ("style", "code"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    def rows(self, caption: str) -> list[dict[str, str]]:
        """A table's rows by heading."""
        heading, *body = self.grids[caption]
        return [dict(zip(heading, row, strict=True)) for row in body]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The page of the complete result by language, as text."""
    folder = leave(tmp_path_factory.mktemp("results") / "whole", made.tables())
    found = {
        language: report.write(folder, language, folder / f"{language}.html").read_text(encoding="utf-8")
        for language in ("en", "zh")
    }
    return found.__getitem__


def numbers(text: str) -> list[float]:
    """The numbers of a field: value, low, high."""
    plain = text.replace("\u2212", "-").replace(",", "")
    return [float(one) for one in re.findall(r"(?<!\d)-?\d+(?:\.\d+)?", plain)]


def close(field: str, *wanted: float) -> bool:
    """Whether a field has these numbers, to the digits it shows."""
    shown = numbers(field)
    return len(shown) == len(wanted) and all(
        abs(one - other) <= 0.5 * (1 if abs(other) >= 100 else 0.1 if abs(other) >= 10 else 0.01) + 1e-9
        for one, other in zip(shown, wanted, strict=True)
    )


def test_tables_hold_the_numbers_of_the_files(pages: Callable[[str], str]) -> None:
    page, tables = Page(pages("en")), made.tables()
    estimands = tables["estimands"].set_index(["outcome", "horizon", "quantity"])
    main_rows = page.rows("The whole package, with 95 % intervals")
    assert len(main_rows) == len(made.UNITS) * len(made.HORIZONS)
    for outcome, (title, _) in laboratory_words.OUTCOMES.items():
        for horizon in made.HORIZONS:
            (row,) = (one for one in main_rows if one["outcome"] == title and one["months"] == str(horizon))
            for heading, quantity in (("effect", "effect"), ("excess", "excess"), ("multiplier", "multiplier")):
                wanted = estimands.loc[(outcome, horizon, quantity), ["value", "low", "high"]]
                assert row[heading] == "-" if wanted.isna().any() else close(row[heading], *wanted), row
    every = page.rows("Every package of two and more, every quantity")
    assert len(every) == len(estimands)
    for row, (_, wanted) in zip(every, estimands.iterrows(), strict=True):
        if np.isfinite(wanted["value"]):
            assert close(row["value"], wanted["value"]) and close(row["from"], wanted["low"])
    shapley = tables["shapley"].query("horizon == 60")
    for row, wanted in zip(page.rows("Shapley values, longest horizon"), shapley.itertuples(), strict=True):
        assert close(row["value"], wanted.value, wanted.low, wanted.high)
        assert numbers(row["share"]) == [round(100 * wanted.share, 1)]
    for row, wanted in zip(page.rows("People by what brings them home"), tables["classes"].itertuples(), strict=True):
        assert numbers(row["persons"]) == [round(wanted.persons), round(wanted.low), round(wanted.high)]
    budget = page.rows("Alternatives on the same budget, longest horizon")
    for row, wanted in zip(budget, tables["budget"].itertuples(), strict=True):
        assert close(row["effect"], wanted.effect, wanted.low, wanted.high)
        assert close(row["spend"], wanted.spend / 1e6)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_stands_alone(pages: Callable[[str], str], language: str) -> None:
    text = pages(language)
    page = Page(text)
    assert page.addresses and all(one.startswith(("data:image/", "#")) for one in page.addresses)
    anchors = {one[1:] for one in page.addresses if one.startswith("#")}
    assert anchors <= set(re.findall(r'id="([^"]+)"', text))
    assert not page.tags & {"script", "link", "iframe", "object"}
    assert not re.search(r"https?:|@import|url\(", text)
    assert text.count("data:image/svg+xml") == 12
    assert f'lang="{"en" if language == "en" else "zh-CN"}"' in text


def vocabulary(language: int) -> set[str]:
    """Every stretch of words that pages and figures may use in a language, without what is filled in."""
    modules = (laboratory_words, words, report_words)
    tables = [value for one in modules for value in vars(one).values() if isinstance(value, dict)]
    phrases = {pair[language] for table in tables for pair in table.values() if isinstance(pair, tuple)}
    return {part.strip() for phrase in phrases for part in re.split(r"{\w+}|\n", phrase)}


def test_each_page_is_in_one_language(pages: Callable[[str], str]) -> None:
    english, chinese = Page(pages("en")).text, Page(pages("zh")).text
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", english)
    spoken = {phrase for phrase in vocabulary(0) if len(re.findall("[a-z]", phrase)) > 3}
    assert len(spoken) > 250
    assert [phrase for phrase in spoken if re.search(rf"(?<![\w]){re.escape(phrase)}(?![\w])", chinese)] == []
    assert set(re.findall(r"[A-Za-z]{2,}", chinese)) <= {"guiyan", "scale"}


def test_reproduction_and_settings(pages: Callable[[str], str]) -> None:
    text = pages("en")
    for part in ("--instruments training,credit,industry", "1 ... 32", "guiyan 0.1.0", "ab12" * 16, "scale=100"):
        assert part in text
    ranges = Page(text).rows("Prior of the parameters that no data fix")
    assert {row["from"] for row in ranges} == {"0.50"} and len(ranges) == len(made.PARAMETERS)
    assert "Everything that a report can show was computed." in text, text[text.index('id="absent"') :]


def single(value: float, low: float, high: float, note: str = "") -> pd.DataFrame:
    """Estimands of two packages for the headline, the multiplier given."""
    rows = [("multiplier", "ratio", value, low, high, note), ("excess", "persons", 1500.0, -200.0, 3200.0, "")]
    table = pd.DataFrame(rows, columns=["quantity", "unit", "value", "low", "high", "note"])
    return table.assign(package="training+credit", outcome="return", horizon=60)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((1.32, 1.1, 1.57), "Training and Credit together do more than the sum of what each does alone: returned home, "
         "60 months after the start, the multiplier is 1.32 (95 % interval 1.10 to 1.57, which excludes 1)."),
        ((1.05, 0.93, 1.18), "it is not settled whether Training and Credit together do more than the sum of what each "
         "does alone: returned home, 60 months after the start, the multiplier is 1.05 (95 % interval 0.93 to 1.18, "
         "which includes 1)."),
        ((0.7, 0.6, 0.82), "Training and Credit together do less than the sum of what each does alone: returned home, "
         "60 months after the start, the multiplier is 0.70 (95 % interval 0.60 to 0.82, which excludes 1)."),
        ((1.4, np.nan, np.nan), "it is not settled whether Training and Credit together do more than the sum of what "
         "each does alone: returned home, 60 months after the start, the multiplier is 1.40 (without a bounded "
         "interval)."),
        ((np.nan, np.nan, np.nan, "effect of credit alone not above 0"), "Training and Credit have no multiplier "
         "(effect of Credit alone not above 0), and it is not settled whether together they do more than the sum of "
         "what each does alone: returned home, 60 months after the start, the excess is +1,500 persons (95 % interval "
         "\u2212200 to 3,200, which includes 0)."),
    ],
)  # fmt: skip
def test_first_sentence(numbers: tuple[Any, ...], said: str) -> None:
    sentence = answer.first_sentence({"estimands": single(*numbers)}, manifest(), made.NAMES["en"], "en")
    assert sentence == f"At hand-set parameters, the elasticity of substitution (sigma) among them, {said}"


@pytest.mark.parametrize(
    ("bounds", "said"),
    [((200.0, 2800.0), "没有乘数（仅金融信贷的效果不显著大于0），但合用的效果大于"),
     ((-2800.0, -200.0), "且合用的效果小于"), ((-200.0, 2800.0), "合用的效果是否大于单独实施效果之和也尚无定论")],
)  # fmt: skip
def test_excess_stands_in_for_a_missing_multiplier(bounds: tuple[float, float], said: str) -> None:
    table = single(np.nan, np.nan, np.nan, "effect of credit alone not above 0")
    table.loc[1, ["low", "high"]] = bounds
    sentence = answer.first_sentence({"estimands": table}, manifest(), made.NAMES["zh"], "zh")
    assert sentence.startswith("在人为设定的参数（包括替代弹性σ）下，技能培训、金融信贷") and said in sentence


def test_headline_is_over_the_prior_where_it_was_run() -> None:
    tables = {name: made.tables()[name] for name in ("estimands", "prior", "prior_summary")}
    row = tables["prior_summary"].query("outcome == 'return' and horizon == 60").set_index("quantity")
    of_ratio, of_excess = row.loc["multiplier"], row.loc["excess"]
    notes = manifest()
    sentence = answer.first_sentence(tables, notes, made.NAMES["en"], "en")
    assert sentence.startswith("With the elasticity of substitution (sigma) at its prior, over 64 draws")
    assert f"the median multiplier is {of_ratio['median']:.2f} " in sentence
    assert f"in a share {of_ratio['probability_above_one']:.2f} of the 56 draws that have one." in sentence
    few = tables["prior_summary"].copy()
    few.loc[few["quantity"] == "multiplier", "draws"] = 5
    sentence = answer.first_sentence({**tables, "prior_summary": few}, notes, made.NAMES["en"], "en")
    assert (
        f"the median excess is +{of_excess['median']:,.0f} persons" in sentence and "most draws have none" in sentence
    )
    notes["experiment"]["prior"]["parameters"].pop("parameters.enterprise.sigma")
    assert "(sigma) held as set" in answer.first_sentence(tables, notes, made.NAMES["en"], "en")
    notes["experiment"]["posterior"] = {"file": "posterior.csv"}
    assert answer.first_sentence(tables, notes, made.NAMES["en"], "en").startswith("Over 64 draws of the posterior, ")


def test_second_sentence_tells_every_control_and_those_not_run() -> None:
    table = made.estimands(made.PACKAGES)
    said = answer.second_sentence({"estimands": table}, made.NAMES["en"], "en")
    assert (
        "a mechanism excess (multiplier less that of the world without mechanisms) of 0.14 (95 % interval 0.03 to"
        in said
    )
    assert "0.94 (95 % interval 0.89 to 0.99, which excludes 1) from as much more" in said
    assert "0.97 (95 % interval 0.87 to 1.07, which includes 1) times that of the best mix" in said
    assert "Not run" not in said
    some = table[table["quantity"].isin(["excess", "multiplier", "scale_control"])]
    said = answer.second_sentence({"estimands": some}, made.NAMES["en"], "en")
    assert said.endswith("Not run: mechanism excess, sham control, comparison on the same budget.")
    none = table[table["quantity"].isin(["excess", "multiplier"])]
    assert answer.second_sentence({"estimands": none}, made.NAMES["en"], "en").startswith("No control was run")
    lost = made.estimands(made.PACKAGES, without=("return",))
    assert "mechanism excess: n/a (not identified" in answer.second_sentence(
        {"estimands": lost}, made.NAMES["en"], "en"
    )


def test_a_missing_table_leaves_out_its_section_and_is_named(tmp_path: Path) -> None:
    tables = made.tables()
    kept = {name: tables[name] for name in ("cells", "estimands")}
    kept["estimands"] = kept["estimands"].query("quantity != 'sham'")
    kept["shapley"] = tables["shapley"][:0]
    failures = [("d1", "training", 3, "Traceback\n  <x>\nOverflowError: too <big>")]
    kept["failures"] = pd.DataFrame(failures, columns=["digest", "arm", "seed", "traceback"])
    path = report.write(leave(tmp_path / "few", kept, {**manifest(), "failed_runs": 1}))
    assert path == tmp_path / "few-report.html"
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    absent = text[text.index('id="absent"') :]
    for name in ("Shapley values", "sham control", "comparison on the same budget", "village map", "classes of people"):
        assert f"<li>{name}</li>" in absent
    assert "<li>effects of every combination</li>" not in absent
    assert 'id="who_section"' not in text and 'id="budget_section"' not in text
    assert "1 runs failed" in text and "OverflowError: too &lt;big&gt;" in text
    assert page.rows("Runs that ended with an error")[0]["error"] == "OverflowError: too <big>"


def test_names_are_escaped(tmp_path: Path) -> None:
    notes = manifest()
    notes["names"] = {"en": {**made.NAMES["en"], "training": HOSTILE}}
    notes["command"] = "guiyan multiplier <script>alert(1)</script>"
    tables = {name: made.tables()[name] for name in ("estimands", "shapley")}
    text = report.page(reading.read_result(leave(tmp_path / "r", tables, notes)), "en")
    assert "<b>" not in text and "<script" not in text
    assert "&lt;b&gt;Training &amp; more&lt;/b&gt;" in text


def test_report_of_a_comparison(tmp_path: Path) -> None:
    key = {"outcome": "return", "unit": "persons", "horizon": 60, "seeds": 8}
    effects = [
        {"arm": arm, **key, "baseline": 300_000.0, "value": 0.0, "effect": size, "low": 0.9 * size, "high": 1.1 * size}
        for arm, size in (("training", 9000.0), ("credit", 5000.0), ("credit+training", 21_000.0))
    ]
    panels = [{**row, "outcome": name} for name in ("return", "enterprise", "quality_return") for row in effects]
    ratios = {"package": "credit+training", **key, "effect_of_training": 9000.0, "effect_of_credit": 5000.0}
    for name, value in (("sum", 14_000.0), ("package", 21_000.0), ("excess", 7000.0), ("multiplier", 1.5)):
        column = "package_effect" if name == "package" else name
        ratios |= made.around(column, value, 0.1 * value, f"{name}_low", f"{name}_high")
    multiplier = pd.DataFrame([{**ratios, "note": "", "outcome": row["outcome"]} for row in panels[::3]])
    tables = {"effects": pd.DataFrame(panels), "multiplier": multiplier}
    notes = {name: value for name, value in manifest("compare").items() if name not in ("experiment", "names")}
    folder = leave(tmp_path / "compared", tables, notes)
    text = report.page(reading.read_result(folder), "zh")
    page = Page(text)
    assert (
        "金融信贷、技能培训合用的效果大于单独实施效果之和" in text
        and "乘数为1.50（95%置信区间1.35至1.65，不含1）" in text
    )
    assert numbers(page.rows("与相同随机种子基准情景相比的效果")[2]["效果"]) == [21_000, 18_900, 23_100]
    assert text.count("data:image/svg+xml") == 1
    pd.DataFrame().to_csv(folder / "tables" / "multiplier.csv", index=False, lineterminator="\n")
    text = report.page(reading.read_result(folder), "zh")  # a comparison without a package and all its parts
    assert "无法判断组合效果是否大于各自之和：没有政策组合与其各单项同时运行。" in text
    assert text.count("data:image/svg+xml") == 1


def _no_folder(folder: Path) -> None:
    folder.rename(folder.with_name("gone"))


def _cut(name: str, keep: float) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        path = folder / name
        content = path.read_bytes()
        path.write_bytes(content[: int(keep * len(content))])

    return cut


def _replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def replace(folder: Path) -> None:
        path = folder / name
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    return replace


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


ESTIMANDS = "tables/estimands.csv"
BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "no folder": (_no_folder, "no such folder"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "it is not a result"),
    "manifest cut": (_cut("manifest.json", 0.5), "manifest.json is damaged"),
    "manifest of another kind": (_replace("manifest.json", '"multiplier"', '"run"'), "kind 'run'"),
    "manifest without a key": (_replace("manifest.json", '"command"', '"order"'), "expected command"),
    "scenario without scale": (_replace("manifest.json", '"scale": 100, "c', '"size": 100, "c'), "resolved.scale"),
    "no estimands": (lambda folder: (folder / ESTIMANDS).unlink(), "lacks tables/estimands.csv"),
    "table cut in a line": (_cut(ESTIMANDS, 0.617), "estimands.csv"),
    "table empty": (_write(ESTIMANDS, b""), "estimands.csv is damaged"),
    "table of bytes": (_write(ESTIMANDS, b"package,\xff\xfe\n"), "not UTF-8"),
    "column gone": (_replace(ESTIMANDS, ",quantity,", ",amount,"), "lacks the column 'quantity'"),
    "no number": (_replace(ESTIMANDS, ",12,", ",twelve,"), "'twelve' is not a number"),
    "field too many": (_replace(ESTIMANDS, ",12,", ",12,12,"), "estimands.csv:2 is damaged"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_bad_results_are_refused(what: str, tmp_path: Path) -> None:
    damage, said = BROKEN[what]
    folder = leave(tmp_path / "r", {"estimands": made.estimands(made.PACKAGES)})
    reading.read_result(folder)
    damage(folder)
    with pytest.raises(InputError, match=re.escape(said)):
        report.write(folder)
    assert not list(tmp_path.glob("*.html"))


def test_command(tmp_path: Path) -> None:
    tables = {"estimands": made.estimands(made.PACKAGES)}
    folder = leave(tmp_path / "r", tables)
    done = CliRunner().invoke(
        main, ["report", str(folder), "--lang", "zh", "--out", str(tmp_path / "page.html"), "--json"]
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["bytes"] == (tmp_path / "page.html").stat().st_size and found["language"] == "zh"
    assert CliRunner().invoke(main, ["report", str(tmp_path / "none")]).exit_code == 2
    assert CliRunner().invoke(main, ["report", str(folder), "--out", str(tmp_path)]).exit_code == 2
    assert CliRunner().invoke(main, ["report", str(folder), "--out", str(tmp_path / "no" / "x.html")]).exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "r"]
