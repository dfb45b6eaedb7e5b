"""The words of the figures, in English and Chinese."""

import re

from experiments.figures.calibration_words import CALIBRATION
from experiments.figures.laboratory_words import LABORATORY
from experiments.figures.sensitivity_words import SENSITIVITY

PIECES = re.compile(r"[\u2e80-\uffff]|[^\u2e80-\uffff\s]+\s*|\s+")
NOT_FIRST = "，；。：）、？ "

WORDS: dict[str, tuple[str, str]] = {
    "return": ("Returned home", "返乡"),
    "enterprise": ("Founded an enterprise", "创业"),
    "quality_return": ("Returned with good quality", "高质量返乡"),
    "together_question": ("Do policies achieve more together than apart?", "政策组合的效果是否大于各项政策之和？"),
    "alone_question": ("What does each policy achieve?", "各项政策的效果如何？"),
    "months_after": ("{months} months after the start", "政策开始后{months}个月"),
    "baseline": ("baseline: {persons:,.0f} persons", "基准：{persons:,.0f}人"),
    "additional": ("persons more than in the baseline", "比基准情景多出的人数（人）"),
    "apart": ("sum of\nsingles", "单项\n之和"),
    "together": ("together", "组合"),
    "interval": ("95 % interval", "95%置信区间"),
    "no_multiplier": ("× n/a", "× 不适用"),
    "packages_note": (
        "×: effect together divided by the sum of the single effects, with its 95 % interval; n/a where "
        "a single effect is not above 0. Effects: members of the cohort, against the same seeds' baseline.",
        "×：组合效果与单项效果之和的比值及95%置信区间；任一单项效果不显著大于0时不适用。"
        "效果：队列成员人数，与相同随机种子的基准情景相比。",
    ),
    "arms_note": (
        "Effects: members of the cohort, against the same seeds' baseline, with 95 % intervals.",
        "效果：队列成员人数，与相同随机种子的基准情景相比，附95%置信区间。",
    ),
    "source": (
        "Simulated: {place}; {seeds}; one simulated worker stands for {scale:,} persons.",
        "模拟：{place}；{seeds}；每个模拟劳动力代表{scale:,}人。",
    ),
    "one_seed": ("one seed, so no intervals", "单个随机种子，无置信区间"),
    "seeds": ("mean over {count} seeds", "{count}个随机种子的均值"),
    "series_question": ("Where do the workers live and work, and when do they return?", "劳动力在哪里？何时返乡？"),
    "share": ("share of rural workers, %", "占农村劳动力的比重（%）"),
    "returns": ("returns a month, persons", "每月返乡（人次）"),
    "returns_active": ("by choice", "主动返乡"),
    "returns_passive": ("on a trigger", "被动返乡"),
    "festival": ("Spring Festival", "春节"),
    "policy_start": ("packages start", "政策开始"),
    "observed_out_province": ("observed beyond the province", "观测：省外"),
    "observed_in_province": ("observed away in all", "观测：外出合计"),
    "series_note": (
        "Shaded: months around the Spring Festival. A visit for the festival is not a return.",
        "阴影：春节前后的月份。春节探亲不计为返乡。",
    ),
    "out_province": ("beyond the province", "省外务工"),
    "in_province": ("in the province", "省内县外务工"),
    "farm": ("on the farm", "务农"),
    "searching": ("searching", "求职"),
    "wage_basic": ("basic jobs", "县内普通岗位"),
    "wage_skilled": ("skilled jobs", "县内技能岗位"),
    "owners": ("enterprise owners", "创业者"),
    "posts": ("posts and workshops", "公益性岗位与帮扶车间"),
    "places_question": ("What does the same package do in different places?", "同一政策包在不同地方的效果有何差异？"),
    "places_jobs": ("Jobs in enterprises", "创业岗位"),
    "per_ten_thousand": (
        "more than in the baseline, for each 10,000 workers, {months} months after the start",
        "每万名劳动力比基准情景多出的人数（岗位数），政策开始后{months}个月",
    ),
    "places_source": ("Simulated: each place at its own scale; {seeds}.", "模拟：各地按各自比例；{seeds}。"),
    "places_note": (
        "Points: effects on members of the cohort, against the same seeds' baseline, with 95 % intervals. "
        "Numbers: what the place has; darker is more. Most are assumptions, see docs/places.md.",
        "点：队列成员的效果，与相同随机种子的基准情景相比，附95%置信区间。数字：各地禀赋，颜色越深数值越大；多为假设。",
    ),
    "has_away_share": ("share\naway", "外出\n比重"),
    "has_seekers_per_vacancy": ("seekers\na vacancy", "每空缺\n求职者"),
    "has_services": ("services\n0 to 1", "公共服务\n0到1"),
    "has_remoteness_hours": ("hours\nto seat", "到县城\n小时"),
    "has_land_mu": ("mu a\nworker", "人均\n亩数"),
    "has_owners_per_10000": ("owners\nin 10,000", "每万人\n创业者"),
    **LABORATORY,
    **SENSITIVITY,
    **CALIBRATION,
}


def word(key: str, language: str, **values: object) -> str:
    """The words of `key` in `en` or `zh`, with values filled in."""
    return WORDS[key][0 if language == "en" else 1].format(**values)


def source_line(place: str, seeds: int, scale: int, language: str, draws: int = 0) -> str:
    """What a figure's numbers come from; `draws` of an ensemble, 0 without one."""
    counted = word("one_seed", language) if seeds == 1 else word("seeds", language, count=seeds)
    if draws:
        counted = word("draws_and_seeds", language, draws=draws, count=seeds)
    return word("source", language, place=place, seeds=counted, scale=scale)


def wrapped(text: str, width: int) -> str:
    """Text in lines of about `width` Latin characters; a Chinese one counts for two.

    English breaks at spaces, Chinese anywhere but before a sign that may not begin a line.
    """
    lines, line, length = [], "", 0
    for piece in PIECES.findall(text):
        size = sum(1 if ord(character) < 0x2E80 else 2 for character in piece)
        if length + size > width and piece[0] not in NOT_FIRST:
            lines.append(line.rstrip())
            line, length = "", 0
        line += piece
        length += size
    return "\n".join([*lines, line])
