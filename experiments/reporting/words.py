"""The words of the report, in English and Chinese."""

REPORT: dict[str, tuple[str, str]] = {
    "title": ("What policies do together: {place}", "政策组合的协同效果：{place}"),
    "question": (
        "Do {package} achieve more together than apart in {place}?",
        "在{place}，{package}合用的效果是否大于各自效果之和？",
    ),
    "question_open": ("What do these packages achieve in {place}?", "这些政策组合在{place}的效果如何？"),
    "spread_below": ("{value}\n({low} to {high})", "{value}\n（{low}至{high}）"),
    "spread": ("{value} ({low} to {high})", "{value}（{low}至{high}）"),
    "spread_of": ("{value} ({spread})", "{value}（{spread}）"),
    "no_draw": ("no draw has a number", "没有一次抽样得到数值"),
    "interval_95": ("95 % interval {low} to {high}", "95%置信区间{low}至{high}"),
    "excludes": ("{interval}, which excludes {number}", "{interval}，不含{number}"),
    "includes": ("{interval}, which includes {number}", "{interval}，包含{number}"),
    "no_interval": ("without a bounded interval", "无有界的置信区间"),
    "at_hand_set": (
        "At hand-set parameters, the elasticity of substitution (sigma) among them, ",
        "在人为设定的参数（包括替代弹性σ）下，",
    ),
    "over_prior": (
        "With the elasticity of substitution (sigma) at its prior, over {draws} draws of the parameters that no data "
        "fix, ",
        "替代弹性σ取其先验分布，在{draws}次未被数据识别的参数抽样中，",
    ),
    "over_posterior": ("Over {draws} draws of the posterior, ", "在{draws}次后验参数抽样中，"),
    "over_draws_alone": (
        "Over {draws} draws of the parameters that no data fix, the elasticity of substitution (sigma) held as set, ",
        "替代弹性σ保持设定值，在{draws}次未被数据识别的参数抽样中，",
    ),
    "more": (
        "{package} together do more than the sum of what each does alone: {what}, the {multiplier} is {value} "
        "({spread}).",
        "{package}合用的效果大于单独实施效果之和：{what}，{multiplier}为{value}（{spread}）。",
    ),
    "less": (
        "{package} together do less than the sum of what each does alone: {what}, the {multiplier} is {value} "
        "({spread}).",
        "{package}合用的效果小于单独实施效果之和：{what}，{multiplier}为{value}（{spread}）。",
    ),
    "unclear": (
        "it is not settled whether {package} together do more than the sum of what each does alone: {what}, the "
        "{multiplier} is {value} ({spread}).",
        "{package}合用的效果是否大于单独实施效果之和尚无定论：{what}，{multiplier}为{value}（{spread}）。",
    ),
    "excess_more": (
        "{package} have no multiplier ({reason}), but together they do more than the sum of what each does alone: "
        "{what}, the {excess} is {value} {unit} ({spread}).",
        "{package}没有乘数（{reason}），但合用的效果大于单独实施效果之和：{what}，{excess}为{value}{unit}（{spread}）。",
    ),
    "excess_less": (
        "{package} have no multiplier ({reason}), and together they do less than the sum of what each does alone: "
        "{what}, the {excess} is {value} {unit} ({spread}).",
        "{package}没有乘数（{reason}），且合用的效果小于单独实施效果之和：{what}，{excess}为{value}{unit}（{spread}）。",
    ),
    "excess_unclear": (
        "{package} have no multiplier ({reason}), and it is not settled whether together they do more than the sum of "
        "what each does alone: {what}, the {excess} is {value} {unit} ({spread}).",
        "{package}没有乘数（{reason}），合用的效果是否大于单独实施效果之和也尚无定论："
        "{what}，{excess}为{value}{unit}（{spread}）。",
    ),
    "single_multiplier": ("multiplier", "乘数"),
    "median_multiplier": ("median multiplier", "乘数中位数"),
    "single_excess": ("excess", "超额效应"),
    "median_excess": ("median excess", "超额效应中位数"),
    "probability": (
        " It is above {number} in a share {share} of the {draws} draws that have one.",
        "在有该数值的{draws}次抽样中，大于{number}的占比为{share}。",
    ),
    "few_ratios": ("most draws have none", "多数抽样没有乘数"),
    "not_answered": (
        "whether the packages do more together than apart cannot be said: {why}.",
        "无法判断组合效果是否大于各自之和：{why}。",
    ),
    "no_package": ("no package was run together with each of its parts", "没有政策组合与其各单项同时运行"),
    "controls_leave_as_set": (
        "At the parameters as set, the controls leave: {parts}.",
        "在设定参数下，对照之后：{parts}。",
    ),
    "controls_leave": ("Of this, the controls leave: {parts}.", "对照之后：{parts}。"),
    "controls_none": (
        "No control was run, so part or all of this may be the arithmetic's doing and not the world's.",
        "未运行任何对照，因此其中部分或全部可能只是算术所致，而非模型世界所致。",
    ),
    "controls_missing": (" Not run: {names}.", "未运行：{names}。"),
    "left_mechanism": (
        "a mechanism excess (multiplier less that of the world without mechanisms) of {value}",
        "机制超额（乘数减去关闭机制时的乘数）为{value}",
    ),
    "left_scale": ("{value} on a scale without the curve of a probability", "在消除概率曲线影响的尺度上为{value}"),
    "left_sham": ("{value} from as much more of the same instruments", "同类政策等量加码为{value}"),
    "left_single": (
        "on the same budget {value} times the effect of the best single instrument",
        "等预算下为最佳单项效果的{value}倍",
    ),
    "left_mix": ("on the same budget {value} times that of the best mix", "等预算下为最佳配比效果的{value}倍"),
    "undefined_part": ("{name}: n/a ({reason})", "{name}：不适用（{reason}）"),
    # sections
    "answer": ("Answer", "结论"),
    "contents": ("Contents", "目录"),
    "multiplier_section": ("Multiplier and controls", "乘数与对照"),
    "controls_section": ("What each control says", "各项对照的含义"),
    "prior_section": ("What the parameters leave open", "参数的不确定性"),
    "parts_section": ("Which instruments, which combinations", "各项政策工具与组合的贡献"),
    "who_section": ("Whom only the package brings home", "只有组合才能促成返乡的人"),
    "budget_section": ("On the same budget", "等预算比较"),
    "doses_section": ("Doses", "强度与效果"),
    "precision_section": ("Precision", "精度"),
    "parameters_section": ("Parameters and settings", "参数与设定"),
    "reproduce_section": ("How to reproduce this", "如何复现"),
    "failures_section": ("Failed runs", "失败的运行"),
    "missing_section": ("Not computed", "未计算的内容"),
    # tables
    "main_table": ("The whole package, with 95 % intervals", "完整政策组合（附95%置信区间）"),
    "all_estimands": ("Every package of two and more, every quantity", "全部组合（两项及以上）的全部估计量"),
    "cells_table": ("Every combination of instruments", "政策工具的每一种组合"),
    "interactions_table": (
        "Dividends (Harsanyi) and factorial contrasts of the main outcomes, longest horizon",
        "主要结果变量的红利（海萨尼）与析因对比（最长时限）",
    ),
    "shapley_table": ("Shapley values, longest horizon", "夏普利值（最长时限）"),
    "classes_table": ("People by what brings them home", "按促成返乡的条件划分的人群"),
    "classes_note": (
        "Placebo: what a control that only perturbs who comes first in the queue puts into each class. Independent "
        "luck: the counts had the worlds shared people and not luck.",
        "安慰剂：仅扰动名额分配次序的对照在各类中产生的人数。独立随机：各情景只共享人口、不共享随机数时的人数。",
    ),
    "missing_table": (
        "Of those whom it takes the whole package to bring home: the share that lacks each thing, %",
        "需要完整政策组合的人员中缺少各项条件的比重（%）",
    ),
    "spillovers_table": (
        "Covered and uncovered villages by the share of villages covered: change of the share, percentage points",
        "按覆盖比例划分的覆盖村与未覆盖村：占比变化（百分点）",
    ),
    "budget_table": ("Alternatives on the same budget, longest horizon", "等预算方案（最长时限）"),
    "budget_note": (
        "Flip: the factor on the alternative's unit costs at which it does as much as the package.",
        "翻转系数：使该方案与政策组合效果相同的单位成本倍数。",
    ),
    "doses_table": ("Elasticity and half-marginal dose, longest horizon", "弹性与边际效果减半强度（最长时限）"),
    "pairing_table": ("What common seeds save", "共用随机种子节省的重复次数"),
    "pairing_note": (
        "Saved: how many times as many independent replications would give the same interval.",
        "节省倍数：若不共用随机种子，取得同样区间所需重复次数的倍数。",
    ),
    "prior_table": ("Over the draws", "抽样汇总"),
    "drivers_table": ("What drives it: rank correlation", "驱动因素：等级相关系数"),
    "null_table": ("How the world without mechanisms was matched", "零模型的匹配"),
    "mechanisms_table": ("Mechanism excess by group of mechanisms", "按机制组分解的机制超额"),
    "effects_table": ("Effects against the baseline of the same seeds", "与相同随机种子基准情景相比的效果"),
    "failures_table": ("Runs that ended with an error", "以错误结束的运行"),
    # headings
    "outcome": ("outcome", "结果变量"),
    "months": ("months", "月数"),
    "unit": ("unit", "单位"),
    "package": ("package", "政策组合"),
    "instrument": ("instrument", "政策工具"),
    "combination": ("combination", "组合"),
    "quantity": ("quantity", "估计量"),
    "value": ("value", "数值"),
    "interval": ("95 % interval", "95%置信区间"),
    "note": ("note", "说明"),
    "effect": ("effect", "效果"),
    "sum_of_singles": ("sum of singles", "单项之和"),
    "excess": ("excess", "超额效应"),
    "multiplier": ("multiplier", "乘数"),
    "scale_control": ("scale control", "尺度对照"),
    "null_multiplier": ("null", "零模型"),
    "mechanism_excess": ("mechanism excess", "机制超额"),
    "sham": ("sham", "虚拟加量对照"),
    "mean": ("mean", "均值"),
    "baseline": ("baseline", "基准"),
    "kind": ("kind", "类型"),
    "dividend": ("dividend", "红利"),
    "contrast": ("contrast", "对比"),
    "share": ("share", "份额"),
    "class": ("class", "类别"),
    "persons": ("persons", "人数"),
    "placebo": ("placebo", "安慰剂"),
    "independent_luck": ("independent luck", "独立随机"),
    "covered_share": ("villages covered", "覆盖村比例"),
    "covered": ("covered", "覆盖"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "alternative": ("alternative", "方案"),
    "spend": ("spend", "支出"),
    "doses": ("doses", "强度"),
    "ratio": ("package over it", "组合与其之比"),
    "flip": ("flip", "翻转系数"),
    "context": ("context", "情境"),
    "elasticity": ("elasticity", "弹性"),
    "half_marginal": ("half-marginal dose", "边际效果减半强度"),
    "saved": ("saved", "节省倍数"),
    "replicates": ("replicates", "重复次数"),
    "median": ("median", "中位数"),
    "probability_above": ("probability above 1 (excess: 0)", "大于1（超额效应：0）的概率"),
    "draws": ("draws", "抽样次数"),
    "parameter": ("parameter", "参数"),
    "correlation": ("rank correlation", "等级相关系数"),
    "tuned": ("tuned", "调整对象"),
    "mechanism_group": ("mechanisms", "机制组"),
    "arm": ("arm", "情景组"),
    "seed": ("seed", "随机种子"),
    "error": ("error", "错误"),
    "from": ("from", "下限"),
    "to": ("to", "上限"),
    # control lines
    "about_excess": (
        "Effect of the package less the sum of the single effects, in the outcome's own unit. It exists where no "
        "multiplier does.",
        "组合效果减去单项效果之和，以结果变量自身的单位计。没有乘数时它依然存在。",
    ),
    "about_multiplier": (
        "Effect of the package over the sum of the single effects, a ratio of means; a number only where every single "
        "effect is above 0 beyond its interval.",
        "组合效果与单项效果之和的比值（均值之比）；仅当每一单项效果均显著大于0时才有数值。",
    ),
    "about_scale_control": (
        "A probability bends: from a low level, effects that merely add up look like more. On the complementary "
        "log-log scale (ever by then) or in log odds (at that time) they do not.",
        "概率曲线是弯曲的：在低水平处，仅相加的效果也显得更大。在互补双对数尺度（累计发生）或对数几率尺度（时点状态）上则不会。",
    ),
    "about_bliss_excess": (
        "What is left beyond the effect that instruments reaching people independently of one another would have.",
        "超出各项政策相互独立地影响人员时应有效果的部分。",
    ),
    "about_null_multiplier": (
        "The multiplier of a world with every coded mechanism of complementarity switched off, its level and its "
        "single effects matched to this one.",
        "关闭全部编码的互补机制、并使水平和单项效果与本世界一致时的乘数。",
    ),
    "about_mechanism_excess": (
        "The multiplier less that of the null: what the mechanisms add beyond the arithmetic.",
        "乘数减去零模型的乘数：机制在算术之外增加的部分。",
    ),
    "about_sham": (
        "Each instrument alone at as many times its dose as the package has instruments, over as many times its "
        "effect. A package whose multiplier is no larger owes it to its size.",
        "每项政策单独加量至组合项数的倍数，其效果与单倍效果相应倍数之比。乘数若不大于它，则只是规模所致。",
    ),
    "about_equal_budget_best_single": (
        "A package spends more than one policy. Here the best single instrument may spend as much.",
        "组合的支出多于单项政策。此处最佳单项获得同样的预算。",
    ),
    "about_equal_budget_best_mix": (
        "Here the doses of all instruments are chosen anew for the same budget.",
        "此处在同样预算下重新选择各项政策的强度。",
    ),
    # parameters, reproduction
    "prior_ranges": ("Prior of the parameters that no data fix", "未被数据识别的参数的先验范围"),
    "prior_is": ("even, in the logarithm where wide", "均匀分布，范围大时取对数均匀"),
    "place": ("Place", "地区"),
    "run_length": ("Months simulated; packages start in month", "模拟月数；政策开始月份"),
    "scale": ("Persons behind one simulated worker", "每个模拟劳动力代表人数"),
    "horizons": ("Horizons, months after the start", "时限（政策开始后月数）"),
    "populations": ("Populations", "人口种子数"),
    "overrides": ("Values changed from the files", "改动的设定值"),
    "command": ("Command", "命令"),
    "seeds": ("Seeds", "随机种子"),
    "software": ("Versions", "软件版本"),
    "model": ("Model", "模型"),
    "scenario_hashes": ("Hashes of the resolved scenarios", "情景散列值"),
    "hash_note": (
        "Scenarios with the same hash, seeds and version give the same numbers.",
        "散列值、随机种子和版本相同，则数值相同。",
    ),
    "failed": (
        "{count} runs failed; replicates with a failed run are left out.",
        "{count}次运行失败；含失败运行的重复不计入。",
    ),
    "not_computed": (
        "These were not asked for, or could not be had; what they would show is not in this report:",
        "以下内容未被要求或无法取得，本报告不含其结果：",
    ),
    "all_computed": ("Everything that a report can show was computed.", "报告可展示的内容均已计算。"),
    "figure_of": ("Figure: {question}", "图：{question}"),
    "show_table": ("Show the table: {caption} ({rows} rows)", "显示表格：{caption}（{rows}行）"),
    "simulated_only": (
        "All numbers are simulated. They say what follows from the model's assumptions, not what has happened.",
        "全部数字均为模拟结果，反映模型假设的推论，而非已发生的事实。",
    ),
    "made_with": ("Made with guiyan {version}.", "由归雁（guiyan {version}）生成。"),
}
SECTIONS_OF_TABLES: dict[str, tuple[str, str]] = {
    "cells": ("effects of every combination", "各组合的效果"),
    "estimands": ("multipliers and excesses", "乘数与超额效应"),
    "scale_control": ("scale control", "尺度对照"),
    "null_multiplier": ("null world without mechanisms", "零模型（关闭机制）"),
    "mechanism_excess": ("mechanism excess", "机制超额"),
    "mechanisms": ("mechanism excess by group of mechanisms", "按机制组分解的机制超额"),
    "sham": ("sham control", "虚拟加量对照"),
    "budget": ("comparison on the same budget", "等预算比较"),
    "frontier": ("frontier of effect against spend", "效果与支出的有效前沿"),
    "interactions": ("interactions", "交互作用"),
    "shapley": ("Shapley values", "夏普利值"),
    "dose_response": ("dose-response", "强度与效果的关系"),
    "doses": ("elasticities and half-marginal doses", "弹性与边际效果减半强度"),
    "isoboles": ("isoboles", "等效线"),
    "prior_summary": ("distribution over the prior", "先验分布下的结果"),
    "prior_drivers": ("what drives the multiplier", "乘数的驱动因素"),
    "pairing": ("variance saved by common seeds", "共用随机种子节省的方差"),
    "classes": ("classes of people", "人群类别"),
    "patterns": ("patterns of response", "反应模式"),
    "profiles": ("profiles of the classes", "各类人群的特征"),
    "missing": ("what people were missing", "人员所缺条件"),
    "spillovers": ("direct effects and spillovers", "直接效果与溢出效果"),
    "villages": ("village map", "村级地图"),
}
MECHANISM_GROUPS: dict[str, tuple[str, str]] = {
    "enterprise": ("enterprise", "企业互补"),
    "peers": ("peers", "同伴效应"),
    "agglomeration": ("agglomeration", "产业集聚"),
    "rationing": ("rationing", "名额分配"),
    "labour": ("labour market", "劳动力市场"),
}


def say(key: str, language: str, **values: object) -> str:
    """The words of `key` in `en` or `zh`, with values filled in."""
    return REPORT[key][0 if language == "en" else 1].format(**values)
