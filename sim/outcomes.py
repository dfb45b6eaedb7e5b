"""What is reported: the declared list of indicators and how each follows from the month's tallies.

A month leaves integer tallies by county and cell (household kind x sex x age band x skill tier), so sums
do not depend on the order of workers or threads. Indicators are sums of tallies times the county's weight
(real persons per simulated worker), or ratios of such sums. Groups are margins, never crossed.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

HOUSEHOLDS = ("ordinary", "poverty_lifted", "relocated")
SEXES = ("female", "male")
AGE_BANDS = ("16-29", "30-39", "40-49", "50-69")
AGE_BAND_STARTS = (30, 40, 50)  # years at which the second and later bands begin
SKILL_TIERS = ("basic", "skilled", "high_skilled")  # certificate grade 0; 1 or 2; 3 and more
CELL_SHAPE = (len(HOUSEHOLDS), len(SEXES), len(AGE_BANDS), len(SKILL_TIERS))
CELLS = 3 * 2 * 4 * 3
MARGINS = {"household": (0, HOUSEHOLDS), "sex": (1, SEXES), "age": (2, AGE_BANDS), "skill": (3, SKILL_TIERS)}
FIXED_POINT = 1024  # sums of quantities in 0..1 are kept as whole numbers of 1/1024


class Stock(IntEnum):
    """Tallies of the state at the end of a month. The first eight follow `sim.state.Status`."""

    OUT_PROVINCE = 0
    IN_PROVINCE = 1
    FARM = 2
    SEARCHING = 3
    WAGE_BASIC = 4
    WAGE_SKILLED = 5
    OWNER = 6
    POST = 7
    RETURNEE = 8
    GOOD_RETURNEE = 9
    CERTIFIED = 10
    HIGH_SKILLED = 11
    AWARE = 12
    COHORT = 13
    COHORT_RETURNED = 14
    COHORT_AT_HOME = 15
    COHORT_FOUNDED = 16
    COHORT_OWNER = 17
    COHORT_GOOD = 18
    RETAINED_12 = 19
    RETAINED_24 = 20
    RETAINED_36 = 21
    INCOME = 22
    SKILL = 23
    HOME_TIES = 24
    BELONGING = 25
    SAVINGS = 26
    DEBT = 27
    QUALITY_INCOME = 28
    QUALITY_OCCUPATION = 29
    QUALITY_SOCIAL = 30
    QUALITY = 31
    LAND = 32
    SERVICES = 33
    AGE_AWAY = 34
    AGE_HOME = 35
    COHORT_JOBS = 36
    FIRM_JOBS = 37
    CERTIFIED_AT_HOME = 38


class Flow(IntEnum):
    """Tallies of what happened during a month."""

    RETURN_ACTIVE = 0
    RETURN_PASSIVE = 1
    RETURN_SPECULATIVE = 2  # part of the two above
    DEPART_OUT = 3
    DEPART_IN = 4
    HIRED = 5
    LAID_OFF_HOME = 6
    LAID_OFF_AWAY = 7
    FOUNDED = 8
    FOUNDED_BY_RETURNEE = 9
    JOBS_BY_RETURNEE = 10
    CLOSED = 11
    COURSE = 12
    CERTIFICATE = 13
    LOAN = 14
    DEFAULT = 15
    ENTERED = 16
    LEFT = 17
    APPLIED_JOB = 18
    REJECTED = 19
    HEARD = 20


class Ledger(IntEnum):
    """Money of the month by county, yuan: with stocks of savings and debt they close exactly."""

    INCOME = 0
    CONSUMED = 1
    INTEREST = 2
    BORROWED = 3
    REPAID = 4
    WRITTEN_OFF = 5
    GRANTS = 6
    INVESTED = 7
    RECOVERED = 8
    BROUGHT = 9  # savings of entrants
    TAKEN = 10  # savings of those who leave
    DEBT_GONE = 11  # debt of those who leave


class Indicator(NamedTuple):
    """One reported quantity: sum of `parts` x factor, over the sum of `over` if given."""

    name: str
    unit: str
    parts: tuple[IntEnum, ...]
    over: tuple[IntEnum, ...]
    factor: float
    name_zh: str
    meaning: str


S, F, L = Stock, Flow, Ledger
HOME = (S.FARM, S.SEARCHING, S.WAGE_BASIC, S.WAGE_SKILLED, S.OWNER, S.POST)
AWAY = (S.OUT_PROVINCE, S.IN_PROVINCE)
COUNTY = (S.WAGE_BASIC, S.WAGE_SKILLED, S.OWNER, S.POST)
ALL = AWAY + HOME
FINE = 1 / FIXED_POINT


def _persons(name: str, parts: tuple[IntEnum, ...], name_zh: str, meaning: str) -> Indicator:
    return Indicator(name, "persons", parts, (), 1.0, name_zh, meaning)


def _mean(name: str, part: IntEnum, over: tuple[IntEnum, ...], name_zh: str, meaning: str) -> Indicator:
    return Indicator(name, "0..1", (part,), over, FINE, name_zh, meaning)


def _yuan(name: str, part: IntEnum, name_zh: str, meaning: str) -> Indicator:
    return Indicator(name, "yuan", (part,), (), 1.0, name_zh, meaning)


INDICATORS: tuple[Indicator, ...] = (
    _persons("workers", ALL, "农村劳动力", "registered rural workers aged 16 to 69"),
    _persons("out_province", (S.OUT_PROVINCE,), "省外务工", "working beyond the province"),
    _persons("in_province", (S.IN_PROVINCE,), "省内县外务工", "working in the province outside the county"),
    _persons("farm", (S.FARM,), "务农", "on the farm"),
    _persons("searching", (S.SEARCHING,), "求职", "at home, looking for a job"),
    _persons("wage_basic", (S.WAGE_BASIC,), "县内普通岗位", "in basic jobs of the county"),
    _persons("wage_skilled", (S.WAGE_SKILLED,), "县内技能岗位", "in skilled jobs of the county"),
    _persons("owners", (S.OWNER,), "创业者", "owners of an enterprise"),
    _persons("posts", (S.POST,), "公益性岗位与帮扶车间", "in public-welfare posts or aid workshops"),
    _persons("at_home", HOME, "在乡", "living at home"),
    _persons("away", AWAY, "外出", "working away from the county"),
    _persons("in_county_employment", COUNTY, "县内就业", "wage jobs, owners and posts in the county"),
    _persons("transfer_employment", AWAY + COUNTY, "转移就业", "employed outside farming, anywhere"),
    _persons("returnees", (S.RETURNEE,), "返乡者", "at home after having been away"),
    _persons(
        "good_quality_returnees",
        (S.GOOD_RETURNEE,),
        "高质量返乡者",
        "returnees whose composite quality is at or above `quality.good_bar`",
    ),
    _persons("skilled_workers", (S.CERTIFIED,), "技能人才", "workers with a certificate"),
    _persons("high_skilled_workers", (S.HIGH_SKILLED,), "高技能人才", "workers with a certificate of grade 3 or more"),
    _persons("aware", (S.AWARE,), "知晓政策", "know at least one instrument in force"),
    _persons("cohort", (S.COHORT,), "队列", "workers registered in the month before the policies start"),
    _persons(
        "cohort_returned",
        (S.COHORT_RETURNED,),
        "队列返乡",
        "of the cohort, returned at least once since the policies started",
    ),
    _persons("cohort_at_home", (S.COHORT_AT_HOME,), "队列在乡", "of the cohort, at home"),
    _persons(
        "cohort_founded",
        (S.COHORT_FOUNDED,),
        "队列创业",
        "of the cohort, founded an enterprise since the policies started",
    ),
    _persons("cohort_owners", (S.COHORT_OWNER,), "队列在营创业者", "of the cohort, own an enterprise now"),
    _persons(
        "cohort_good_returnees",
        (S.COHORT_GOOD,),
        "队列高质量返乡",
        "of the cohort, returned since the start, at home, of good quality",
    ),
    Indicator(
        "cohort_jobs", "jobs", (S.COHORT_JOBS,), (), 1.0, "队列创业岗位", "jobs offered by the cohort's enterprises"
    ),
    Indicator("enterprise_jobs", "jobs", (S.FIRM_JOBS,), (), 1.0, "创业岗位", "jobs offered by enterprises"),
    _persons("retained_12", (S.RETAINED_12,), "返乡满12月在乡", "last returned 12 months ago and at home"),
    _persons("retained_24", (S.RETAINED_24,), "返乡满24月在乡", "last returned 24 months ago and at home"),
    _persons("retained_36", (S.RETAINED_36,), "返乡满36月在乡", "last returned 36 months ago and at home"),
    Indicator("mean_income", "yuan a month", (S.INCOME,), ALL, 1.0, "月均净收入", "monthly net income per worker"),
    _mean("mean_skill", S.SKILL, ALL, "平均技能", "skill per worker (human capital)"),
    _mean("mean_home_ties", S.HOME_TIES, ALL, "平均乡土联系", "home ties per worker (social capital)"),
    _mean("mean_belonging", S.BELONGING, HOME, "平均归属感", "belonging of those at home"),
    Indicator("mean_savings", "yuan", (S.SAVINGS,), ALL, 1.0, "平均储蓄", "savings per worker (financial capital)"),
    Indicator("mean_debt", "yuan", (S.DEBT,), ALL, 1.0, "平均负债", "debt per worker"),
    Indicator("mean_land", "mu", (S.LAND,), ALL, FINE, "平均土地", "land per worker (natural capital)"),
    _mean("mean_services", S.SERVICES, ALL, "平均公共服务", "services of the village (physical capital)"),
    Indicator("mean_age_away", "years", (S.AGE_AWAY,), AWAY, 1 / 12, "外出者平均年龄", "age of those away"),
    Indicator(
        "mean_age_home",
        "years",
        (S.AGE_HOME,),
        COUNTY,
        1 / 12,
        "县内就业者平均年龄",
        "age of those employed in the county",
    ),
    _mean("quality_income", S.QUALITY_INCOME, (S.RETURNEE,), "收入增长指数", "income index of returnees"),
    _mean("quality_occupation", S.QUALITY_OCCUPATION, (S.RETURNEE,), "职业跃迁指数", "occupation index of returnees"),
    _mean("quality_social", S.QUALITY_SOCIAL, (S.RETURNEE,), "社会关系指数", "social index of returnees"),
    _mean("quality", S.QUALITY, (S.RETURNEE,), "返乡质量指数", "composite quality of returnees"),
    _persons("returns", (F.RETURN_ACTIVE, F.RETURN_PASSIVE), "返乡人次", "moves home in the month"),
    _persons("returns_active", (F.RETURN_ACTIVE,), "主动返乡", "moves home by choice"),
    _persons("returns_passive", (F.RETURN_PASSIVE,), "被动返乡", "moves home on a trigger"),
    _persons("returns_speculative", (F.RETURN_SPECULATIVE,), "无岗返乡", "moves home to search, without a grant"),
    _persons("departures_out", (F.DEPART_OUT,), "出省人次", "moves beyond the province"),
    _persons("departures_in", (F.DEPART_IN,), "省内外出人次", "moves to the province outside the county"),
    _persons("hires", (F.HIRED,), "招聘", "hired into jobs and posts of the county"),
    _persons("layoffs_home", (F.LAID_OFF_HOME,), "县内离职", "lost a job in the county"),
    _persons("layoffs_away", (F.LAID_OFF_AWAY,), "在外失业", "lost work away"),
    _persons("foundings", (F.FOUNDED,), "新创业", "enterprises founded"),
    _persons("returnee_entrepreneurs", (F.FOUNDED_BY_RETURNEE,), "返乡创业者", "founded by those who have been away"),
    Indicator(
        "returnee_jobs",
        "jobs",
        (F.JOBS_BY_RETURNEE,),
        (),
        1.0,
        "返乡创业带动岗位",
        "jobs offered at founding by those who have been away",
    ),
    _persons("closures", (F.CLOSED,), "关闭", "enterprises closed"),
    _persons("courses", (F.COURSE,), "培训人次", "courses taken"),
    _persons("certificates", (F.CERTIFICATE,), "获证人次", "certificates earned"),
    _persons("loans", (F.LOAN,), "贷款笔数", "formal loans granted"),
    _persons("defaults", (F.DEFAULT,), "违约", "loans defaulted"),
    _persons("entrants", (F.ENTERED,), "新进劳动力", "entered the workforce"),
    _persons("leavers", (F.LEFT,), "退出劳动力", "left the workforce"),
    _persons("applications", (F.APPLIED_JOB,), "求职申请", "applications for jobs of the county"),
    _persons("rejections", (F.REJECTED,), "落选", "applications for jobs rejected"),
    _persons("heard", (F.HEARD,), "新知晓", "learned of an instrument"),
    _yuan("money_income", L.INCOME, "收入总额", "net income received"),
    _yuan("money_consumed", L.CONSUMED, "消费总额", "consumed"),
    _yuan("money_interest", L.INTEREST, "利息", "interest paid"),
    _yuan("money_borrowed", L.BORROWED, "借款", "borrowed, formal and kin"),
    _yuan("money_repaid", L.REPAID, "还款", "debt repaid"),
    _yuan("money_written_off", L.WRITTEN_OFF, "核销", "debt written off"),
    _yuan("money_grants", L.GRANTS, "补助", "grants received"),
    _yuan("money_invested", L.INVESTED, "投资", "put into enterprises"),
    _yuan("money_recovered", L.RECOVERED, "回收", "recovered from closed enterprises"),
    _yuan("money_brought", L.BROUGHT, "新进者储蓄", "savings of entrants"),
    _yuan("money_taken", L.TAKEN, "退出者储蓄", "savings of those who left"),
    _yuan("debt_gone", L.DEBT_GONE, "退出者负债", "debt of those who left"),
)
COUNTY_SERIES: tuple[tuple[str, str, str, str], ...] = (
    ("jobs", "jobs", "岗位", "capacity of jobs in the county, without posts"),
    ("jobs_filled", "jobs", "在岗", "filled jobs in the county, without posts"),
    ("vacancies", "jobs", "空缺", "open jobs before matching"),
    ("seekers", "persons", "求职者", "applicants for jobs before matching"),
    ("premises", "sites", "场地", "sites for enterprises that need them"),
    ("premises_used", "sites", "已用场地", "sites in use"),
)
RATES: tuple[tuple[str, str, str, str], ...] = (
    ("wage_factor", "ratio", "工资系数", "local wage against its base series"),
    ("job_finding_rate", "per month", "求职成功率", "hires per applicant, basic jobs"),
    ("development", "index", "产业发展", "mean development of the sectors"),
    ("gini", "0..1", "基尼系数", "Gini coefficient of monthly net income"),
)


class Tallies(NamedTuple):
    """A month's integers: stocks int64[C, CELLS, Stock], flows int64[C, CELLS, Flow], ledger int64[C, Ledger]."""

    stocks: np.ndarray
    flows: np.ndarray
    ledger: np.ndarray


def gini(histogram: np.ndarray) -> np.ndarray:
    """Gini coefficients of income histograms of equal bins, int64[..., bins] -> float64[...]; 0 without income.

    Source: Gini 1912, trapezoids under the Lorenz curve of bin midpoints.
    """
    people = histogram.sum(axis=-1, keepdims=True)
    income = histogram * (np.arange(histogram.shape[-1]) + 0.5)
    lorenz = np.cumsum(income, axis=-1) / np.maximum(income.sum(axis=-1, keepdims=True), 0.5)
    before = np.concatenate([np.zeros_like(lorenz[..., :1]), lorenz[..., :-1]], axis=-1)
    area = (histogram / np.maximum(people, 1) * (lorenz + before)).sum(axis=-1)
    return np.asarray(np.where(people[..., 0] > 0, 1.0 - area, 0.0))
