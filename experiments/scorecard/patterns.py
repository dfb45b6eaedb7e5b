"""Every pattern of the scorecard: how it follows from the runs, and what the evidence or the theory says of it.

A pattern gives one value a seed. `low` and `high` are what is expected, where that can be said; the others are
reported alone. Claims about policy are reported like the rest and asserted nowhere.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from experiments.scorecard.measuring import AGES, FATES, FIRM_AGES, column
from experiments.scorecard.two_forms import ADAPTIVE, FAILING, FIXED, RIGHT, WRONG

BASE, SHOCK = "none", "shock"
SINGLES = ("training", "credit", "industry")
SINGLES_ZH = {"training": "技能培训", "credit": "金融信贷", "industry": "产业配套"}
PACKAGE, TWICE = "+".join(SINGLES), "{}=2"
SHOCK_MONTH, SHOCK_LAYOFFS = 26, 0.2  # month of the run; share of those beyond the province laid off in it
SOON, LATER = 28, 52  # months at which the shock is looked at
CLAIMED = (("cohort_returned", "returned", "返乡"), ("cohort_founded", "founded", "创业"),
           ("cohort_good_returnees", "returned with good quality", "高质量返乡"))  # fmt: skip
INCOME = ("mean_income", "mean net income", "平均净收入")
EMPLOYED = ("in_county_employment", "employed in the county", "县内就业")

Payloads = Mapping[str, Sequence[Mapping[str, np.ndarray]]]  # arm -> payload of every seed


class Pattern(NamedTuple):
    """One pattern with a value a seed (none: not measured, and the evidence says why)."""

    name: str
    name_zh: str
    kind: str  # `pattern` of the baseline and a shock, or `claim` about policy
    unit: str
    values: list[float]
    evidence: str
    low: float = -math.inf
    high: float = math.inf


class Runs:
    """Series and fates of the arms, by seed."""

    def __init__(self, payloads: Payloads, years: int) -> None:
        self._payloads, self.years = payloads, years

    def __contains__(self, arm: str) -> bool:
        return bool(self._payloads.get(arm))

    def each(self, of: Callable[[Mapping[str, np.ndarray]], float], arm: str = BASE) -> list[float]:
        """A number of every seed's run."""
        return [float(of(one)) for one in self._payloads[arm]]

    def at(self, name: str, month: int, arm: str = BASE) -> np.ndarray:
        """A series in a month of the run (-1: the last), float64[seeds]."""
        return np.array([one["series"][month, column(name)] for one in self._payloads[arm]])

    def fate(self, name: str) -> np.ndarray:
        """A fate of every seed."""
        return np.array([one["fates"][FATES.index(name)] for one in self._payloads[BASE]])

    @property
    def months(self) -> int:
        """Months of a run."""
        return len(self._payloads[BASE][0]["series"])


def patterns(runs: Runs) -> Iterator[Pattern]:
    """All of them, those of the baseline first."""
    yield from _of_the_baseline(runs)
    yield from _of_one_year(runs)
    yield from _of_a_shock(runs)
    yield from _claims(runs)


def _of_the_baseline(runs: Runs) -> Iterator[Pattern]:
    def peak(one: Mapping[str, np.ndarray]) -> float:
        returns = one["series"][:, column("returns")][12 : 12 * runs.years].reshape(-1, 12)
        return float(returns[:, :2].sum() / returns.sum())

    def kept(one: Mapping[str, np.ndarray]) -> float:
        series = one["series"]
        return float(series[24:, column("retained_12")].sum() / series[12:-12, column("returns")].sum())

    if runs.years > 1:
        yield Pattern("returns in January and February", "一月、二月返乡占比", "pattern", "share of a year's returns",
                      runs.each(peak), "peak at the Spring Festival: above a sixth", 1 / 6)  # fmt: skip
    if runs.months > 36:
        yield Pattern("still at home 12 months after a return", "返乡12个月后仍在乡", "pattern", "share of returns",
                      runs.each(kept), "not known")  # fmt: skip
    filled = runs.at("jobs_filled", -1) / runs.at("jobs", -1)
    yield Pattern("filled jobs", "岗位使用率", "pattern", "share of jobs in the county", list(filled),
                  "never above 1", 0.0, 1.0)  # fmt: skip
    young = runs.at("firms_under_5", -1)
    yield Pattern("enterprises younger than five years", "成立不足五年的企业", "pattern", "share of enterprises",
                  list(young), "about half (SAIC 2013): 0.4 to 0.6", 0.4, 0.6)  # fmt: skip
    yield Pattern("skill of owners above that of workers", "创业者技能高出劳动力", "pattern", "skill",
                  list(runs.at("owners_skill_gap", -1)), "owners are more skilled: above 0", 0.0)  # fmt: skip
    yield Pattern("Gini of monthly net income", "月净收入基尼系数", "pattern", "0..1", list(runs.at("gini", -1)),
                  "not known")  # fmt: skip


def _of_one_year(runs: Runs) -> Iterator[Pattern]:
    """Hazards by age, peers, enterprises' ends, loans with and without skill."""
    if not np.isfinite(runs.fate("return 16")).any():
        return
    for a, b in AGES:
        yield Pattern(f"returned within a year, aged {a} to {b - 1}", f"一年内返乡，{a}至{b - 1}岁", "pattern",
                      "share of those away", list(runs.fate(f"return {a}")), "reported")  # fmt: skip
    rise = runs.fate(f"return {AGES[-1][0]}") - runs.fate(f"return {AGES[0][0]}")
    yield Pattern("return hazard, oldest less youngest", "返乡率：最年长减最年轻", "pattern", "share", list(rise),
                  "rises with age (N2: the away are younger): above 0", 0.0)  # fmt: skip
    yield Pattern("returns a year on the share of the village returned before", "返乡率对村内已返乡比例的斜率",
                  "pattern", "slope", list(runs.fate("peer slope")), "peers: above 0", 0.0)  # fmt: skip
    for a, b in FIRM_AGES:
        span, zh = (
            (f"{a} to {b - 1} months old", f"{a}至{b - 1}个月") if b < 1200 else ("five years and older", "五年以上")
        )
        yield Pattern(f"enterprises closed within a year, {span}", f"一年内关闭的企业，{zh}", "pattern", "share",
                      list(runs.fate(f"exit {a}")), "reported")  # fmt: skip
    others = np.mean([runs.fate("exit 0"), runs.fate("exit 12"), runs.fate("exit 36")], axis=0)
    yield Pattern("closures in the third year above those of the years around", "第三年关闭率高出前后各年",
                  "pattern", "share", list(runs.fate("exit 24") - others), "peaks about the third year (SAIC 2013)",
                  0.0)  # fmt: skip
    yield Pattern("closures of the first five years above those of older ones", "前五年关闭率高出更老企业", "pattern",
                  "share", list(others - runs.fate("exit 60")), "lower later: above 0", 0.0)  # fmt: skip
    gap = runs.fate("exit uncertified") - runs.fate("exit certified")
    yield Pattern("closures of indebted owners without a certificate above those with one",
                  "负债创业者关闭率：无证减有证",
                  "pattern", "share", list(gap), "theory: loans need skill: above 0", 0.0)  # fmt: skip


def _of_a_shock(runs: Runs) -> Iterator[Pattern]:
    """A fall of demand beyond the province: lay-offs of a fifth within a month."""
    if SHOCK not in runs:
        return
    home = runs.at("at_home", SOON, SHOCK) - runs.at("at_home", SOON)
    later = runs.at("at_home", LATER, SHOCK) - runs.at("at_home", LATER)
    yield Pattern("more at home two months after a demand shock", "需求冲击两个月后多出的在乡者", "pattern", "persons",
                  list(home), "many are sent home (NBS 2009): above 0", 0.0)  # fmt: skip
    yield Pattern("of these, gone again two years later", "其中两年后再次外出", "pattern", "share",
                  list(1 - later / home), "most leave again: above 0.5", 0.5)  # fmt: skip


def _claims(runs: Runs) -> Iterator[Pattern]:
    """Claims about policies, as the model bears them out or not: against the same seeds' baseline."""

    def effect(arm: str, name: str) -> np.ndarray:
        return runs.at(name, -1, arm) - runs.at(name, -1)

    theory = "theory (Li 2025)"
    if PACKAGE in runs:
        for name, label, zh in CLAIMED:
            excess = effect(PACKAGE, name) - sum(effect(single, name) for single in SINGLES)
            yield Pattern(f"package above the sum of its parts: {label}", f"组合超出各项之和：{zh}", "claim", "persons",
                          list(excess), f"{theory}: above 0", 0.0)  # fmt: skip
        for single, name, label, zh in (("training", "skilled_workers", "skilled workers", "技能人才"),
                                        ("credit", "cohort_founded", "founders", "创业者"),
                                        ("industry", "cohort_founded", "founders", "创业者")):  # fmt: skip
            twice, once = effect(TWICE.format(single), name), effect(single, name)
            yield Pattern(f"{single}: {label} added by a second dose", f"{SINGLES_ZH[single]}：第二剂增加的{zh}",
                          "claim", "share of the first dose's effect", list((twice - once) / once),
                          f"{theory}: below 1, diminishing", -math.inf, 1.0)  # fmt: skip
    gained = f"{theory}: above 0"
    if RIGHT in runs:
        for name, label, zh in (*CLAIMED, INCOME):
            more = runs.at(name, -1, RIGHT) - runs.at(name, -1, WRONG)
            yield Pattern(f"right targeting above wrong: {label}", f"精准对象优于错配：{zh}", "claim", _unit(name),
                          list(more), f"{gained}; each tier's support at equal cost", 0.0)  # fmt: skip
    for world, said, said_zh in (("{}", "", ""), (FAILING, " where an aid fails", "（某项帮扶失效时）")):
        if (adaptive := world.format(ADAPTIVE)) in runs:
            for name, label, zh in (*CLAIMED[:2], EMPLOYED):
                more = runs.at(name, -1, adaptive) - runs.at(name, -1, world.format(FIXED))
                yield Pattern(f"adaptive above fixed{said}: {label}", f"动态调整优于固定{said_zh}：{zh}", "claim",
                              _unit(name), list(more), f"{gained}; equal budgets planned", 0.0)  # fmt: skip


def _unit(name: str) -> str:
    """What a pattern of an indicator is in."""
    return "yuan a month" if name == INCOME[0] else "persons"
