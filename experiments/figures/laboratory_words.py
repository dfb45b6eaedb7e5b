"""The words of the multiplier laboratory's figures and report, in English and Chinese."""

OUTCOMES: dict[str, tuple[str, str]] = {
    "return": ("Returned home", "返乡"),
    "enterprise": ("Founded an enterprise", "创业"),
    "quality_return": ("Returned with good quality", "高质量返乡"),
    "at_home": ("Living at home", "在乡"),
    "enterprise_alive": ("Owning an enterprise", "在营创业"),
    "jobs": ("Jobs their enterprises offer", "创业岗位"),
    "income": ("Mean net income", "月均净收入"),
}
UNITS: dict[str, tuple[str, str]] = {
    "persons": ("persons", "人"),
    "jobs": ("jobs", "个岗位"),
    "yuan a month": ("yuan a month", "元/月"),
}
CLASSES: dict[str, tuple[str, str]] = {
    "always": ("in every world", "任何情景下都返乡"),
    "never": ("in no world", "任何情景下都不返乡"),
    "moved_by_one": ("one instrument suffices", "单项政策即可促成"),
    "only_by_pair": ("it takes two instruments", "需要两项政策组合"),
    "only_by_several": ("it takes several instruments", "需要多项政策组合"),
    "only_by_package": ("it takes the whole package", "需要完整的政策组合"),
    "kept_away": ("kept away by the package", "因政策组合而未返乡"),
    "crowded_out": ("crowded out by the package", "被政策组合挤出"),
    "mixed": ("mixed response", "反应不一"),
}
TRAITS: dict[str, tuple[str, str]] = {
    "age": ("age, years", "年龄（岁）"),
    "skill": ("skill", "技能"),
    "savings": ("savings", "储蓄"),
    "household": ("household", "农户类型"),
    "sex": ("sex", "性别"),
    "remoteness": ("hours to the county seat", "距县城远近"),
}
GROUPS: dict[str, tuple[str, str]] = {
    "female": ("women", "女性"),
    "male": ("men", "男性"),
    "ordinary": ("ordinary", "一般农户"),
    "poverty_lifted": ("poverty-lifted", "脱贫户"),
    "relocated": ("relocated", "易地搬迁户"),
    "low": ("lowest third", "最低三分之一"),
    "middle": ("middle third", "中间三分之一"),
    "high": ("highest third", "最高三分之一"),
    "first": ("lowest quarter", "最低四分之一"),
    "second": ("second quarter", "次低四分之一"),
    "third": ("third quarter", "次高四分之一"),
    "fourth": ("highest quarter", "最高四分之一"),
    "near": ("nearest third", "最近三分之一"),
    "far": ("farthest third", "最远三分之一"),
}
NEEDS: dict[str, tuple[str, str]] = {
    "capital": ("capital", "资金"),
    "skill": ("skill", "技能"),
    "job": ("job", "岗位"),
    "premises": ("premises", "场地"),
    "information": ("information", "信息"),
    "amenity": ("amenity", "公共服务"),
}
QUANTITIES: dict[str, tuple[str, str]] = {
    "effect": ("effect of the package", "政策组合的效果"),
    "sum_of_singles": ("sum of the single effects", "单项效果之和"),
    "excess": ("excess", "超额效应"),
    "multiplier": ("multiplier", "乘数"),
    "scale_control": ("scale control", "尺度对照"),
    "bliss_predicted": ("predicted without interaction (Bliss)", "无交互时的预测值（独立性假设）"),
    "bliss_excess": ("beyond that prediction", "超出该预测的部分"),
    "null_multiplier": ("null: mechanisms off", "零模型（关闭机制）"),
    "mechanism_excess": ("mechanism excess", "机制超额"),
    "sham": ("sham: more of the same", "虚拟加量对照"),
    "equal_budget_best_single": ("equal budget: against the best single", "等预算：与最佳单项之比"),
    "equal_budget_best_mix": ("equal budget: against the best mix", "等预算：与最佳配比之比"),
}
ALTERNATIVES: dict[str, tuple[str, str]] = {
    "package": ("the package", "政策组合"),
    "best_mix": ("best mix of doses", "最佳强度配比"),
    "alone": ("{name} alone", "仅{name}"),
    "mix": ("mix of doses", "强度配比"),
}
PARAMETERS: dict[str, tuple[str, str]] = {
    "enterprise.sigma": ("elasticity of substitution (sigma)", "替代弹性（σ）"),
    "decision.home_intercept": ("intercept of living at home", "在乡效用截距"),
    "decision.enterprise_intercept": ("intercept of enterprise", "创业效用截距"),
    "decision.peer_weight": ("weight of peers", "同伴效应权重"),
    "market.agglomeration": ("agglomeration", "产业集聚强度"),
    "market.displacement": ("displacement of jobs", "岗位挤出"),
    "market.jobs_trend": ("growth of base jobs", "基础岗位增长"),
    "market.demand_response": ("response of base jobs to demand", "基础岗位对需求的反应"),
    "decision.consider_base": ("chance to weigh a move", "平月考虑迁移的机会"),
    "decision.consider_festival": ("the same around the festival", "春节前后考虑迁移的机会"),
    "decision.destination_tie_weight": ("weight of destination ties", "外地联系权重"),
    "decision.in_intercept": ("intercept of the province", "省内务工效用截距"),
    "decision.income_weight": ("weight of income", "收入权重"),
    "decision.out_intercept": ("intercept beyond the province", "省外务工效用截距"),
    "decision.place_deviation": ("spread of tastes for places", "地点偏好离散度"),
    "enterprise.exit_bump": ("hump of closures by age", "企业关闭率峰高"),
    "enterprise.jobs_mean": ("jobs of a mean enterprise", "平均企业岗位数"),
    "household.layoff_away": ("lay-offs away", "在外失业率"),
    "human_capital.age_half_width": ("width of the age hump away", "外出年龄峰宽"),
    "human_capital.age_peak": ("age at which destinations pay best", "外出收入峰值年龄"),
    "social_capital.forgetting": ("forgetting of policies", "政策遗忘率"),
}
REASONS: dict[str, tuple[str, str]] = {
    "not_positive": ("effect of {names} alone not above 0", "仅{names}的效果不显著大于0"),
    "effect_not_positive": ("effect not above 0", "效果不显著大于0"),
    "negative": ("a single effect is below 0", "某一单项效果小于0"),
    "one_seed": ("one seed: no interval", "单个随机种子，无置信区间"),
    "unbounded": ("interval not bounded", "置信区间无界"),
    "not_identified": ("not identified: the null world cannot be matched", "不可识别：零模型无法匹配"),
    "cannot_absorb": ("cannot absorb the budget", "无法用完该预算"),
    "steps": ("spends {share} of the budget: the spend has steps", "支出为预算的{share}倍：支出呈阶梯状"),
    "spends_nothing": ("the package spends nothing", "政策组合没有支出"),
    "chosen_for": ("chosen for {outcome} after {months} months", "按{months}个月后的“{outcome}”选定"),
    "one_alone": ("{name} alone", "仅{name}"),
    "own": ("{name} {value}", "{name}{value}"),
    "cloglog": ("complementary log-log scale", "互补双对数尺度"),
    "logit": ("log-odds scale", "对数几率尺度"),
    "extreme": ("a share is 0 or 1", "某一占比为0或1"),
    "nobody": ("nobody is left to reach", "已无可影响的人员"),
    "failed": ("runs failed", "运行失败"),
    "no_elasticity": ("no elasticity: the effect is not above 0", "没有弹性：效果不显著大于0"),
    "not_halved": ("not halved within the doses tried", "所试强度内未减半"),
    "sampled": ("from {count} sampled orders", "抽样{count}个加入次序"),
    "as_effect": ("as an effect", "以效果计"),
    "undefined": ("not defined here", "此处无定义"),
}
LABORATORY: dict[str, tuple[str, str]] = {
    "more_than_none": ("{unit} more than with no instrument", "比无政策时多出的数量（{unit}）"),
    "at_horizon": ("{outcome}, {months} months after the start", "{outcome}（政策开始后{months}个月）"),
    "months_short": ("{months} months", "{months}个月"),
    "and": (" and ", "、"),
    "interactions_question": (
        "Does an instrument do more where another is present?",
        "一项政策工具的效果是否因另一项在场而增强？",
    ),
    "interactions_note": (
        "Where the solid line of the first instrument lies above the dashed one, the two do more together than "
        "their effects added. Points: 95 % intervals, paired by seed. {shown} of {all} pairs, those that interact "
        "most. Without any instrument: {baseline} {unit}.",
        "“前者在场”的实线高于虚线，表示两项合用的效果大于各自效果之和。点附95%置信区间（按随机种子配对）。"
        "共{all}对，图示交互最强的{shown}对。无政策时：{baseline}{unit}。",
    ),
    "by_number": ("by number of instruments", "按政策工具数目"),
    "instruments_number": ("instruments present", "在场政策工具数"),
    "without": ("without\n{name}", "无\n{name}"),
    "with": ("with\n{name}", "有\n{name}"),
    "first_absent": ("first named absent", "前者不在场"),
    "first_present": ("first named present", "前者在场"),
    "if_added": ("first present, were effects only to add up", "前者在场（若效果仅相加）"),
    "waterfall_question": (
        "From single effects to the package: what do combinations add?",
        "从单项效果到政策组合：组合增加了什么？",
    ),
    "waterfall_note": (
        "Each bar starts where the one above ended. A × B is the dividend (Harsanyi) of having both: what is left of "
        "the pair's effect after its single effects; likewise for more. Lines: 95 % intervals of each bar's length.",
        "每条从上一条的终点开始。A × B为两项兼有的红利（海萨尼红利）：两项合用的效果减去各自单项效果；"
        "更高阶依此类推。线段为各条自身长度的95%置信区间。",
    ),
    "single_effects": ("single effects", "单项效果"),
    "pair_dividends": ("dividends of pairs", "两项红利"),
    "higher_dividends": ("dividends of three and more", "三项及以上红利"),
    "whole_effect": ("effect of the package", "政策组合的效果"),
    "order_sum": ("all {count} combinations of {order}", "全部{count}个{order}项组合"),
    "shapley_question": (
        "How much of the package's effect is each instrument's?",
        "各项政策工具对组合效果的贡献有多大？",
    ),
    "shapley_note": (
        "Shapley value: what an instrument adds, averaged over all orders in which the package can be put together; "
        "the values add up to the package's effect. In brackets: share of it. Lines: 95 % intervals.",
        "夏普利值：一项政策工具在政策组合所有可能的加入次序中平均增加的效果；各值之和等于组合效果。"
        "括号内为所占份额。线段为95%置信区间。",
    ),
    "multiplier_question": (
        "Is the package more than its parts, and what do the controls leave of it?",
        "政策组合是否大于各部分之和？对照之后还剩多少？",
    ),
    "multiplier_note": (
        "Multiplier: effect of the package over the sum of its single effects; 1 (line) where effects merely add up.",
        "乘数：组合效果与单项效果之和的比值；效果仅相加时为1（竖线）。",
    ),
    "null_multiplier_note": (
        "Null: the same with all mechanisms of complementarity switched off and single effects matched.",
        "零模型：关闭全部互补机制并匹配单项效果后的乘数。",
    ),
    "sham_note": (
        "Sham: each instrument given more of itself instead of others.",
        "虚拟加量对照：不加其他政策，而将每项自身加量。",
    ),
    "scale_control_note": (
        "Scale control: the multiplier on the complementary log-log or log-odds scale.",
        "尺度对照：互补双对数或对数几率尺度上的乘数。",
    ),
    "ratios_note": (
        "n/a: no multiplier; the excess stands alone. Lines: 95 % intervals; arrow: beyond axis.",
        "不适用：没有乘数，只报告超额效应。线段为95%置信区间；箭头表示超出坐标轴。",
    ),
    "ratio_axis": ("ratio; 1 where effects merely add up", "比值（效果仅相加时为1）"),
    "excess_column": ("excess over the sum of single effects", "超额效应（组合效果减单项效果之和）"),
    "excess_of": ("{value} ({low} to {high}) {unit}", "{value}{unit}（{low}至{high}）"),
    "excess_alone": ("{value} {unit}, without interval", "{value}{unit}（无置信区间）"),
    "not_applicable": ("n/a: {reason}", "不适用：{reason}"),
    "doses_question": (
        "How much does a larger dose do, alone and within the package?",
        "单独实施或置于组合之中，加大强度能多做多少？",
    ),
    "adds": ("{unit} that the instrument adds", "该政策工具增加的数量（{unit}）"),
    "doses_note": (
        "Dose 1 (thin line) is the instrument as its file has it. Elasticity: per cent more effect for 1 % more "
        "dose, at dose 1. Dotted: the dose at which one more unit does half as much as at the start. Within the "
        "package: what it adds to the others at their dose. Bands: 95 % intervals. {missing}",
        "强度1（细线）为政策文件中的设定。弹性：在强度1处，强度每增加1%，效果增加的百分比。"
        "点线：边际效果减半时的强度。“组合之中”为在其他政策保持原强度时该政策增加的效果。色带为95%置信区间。{missing}",
    ),
    "dose_axis": ("dose, multiple of the file's", "强度（文件设定的倍数）"),
    "alone_context": ("alone", "单独实施"),
    "package_context": ("within the package", "组合之中"),
    "elasticity_line": ("elasticity {context}: {value}", "弹性（{context}）：{value}"),
    "half_marginal": ("marginal effect halved", "边际效果减半"),
    "not_reached": ("Where no dotted line stands, no dose tried halves it.", "无点线处：所试强度内边际效果未减半。"),
    "isoboles_question": ("Which mixes of two instruments do the same?", "两项政策工具的哪些配比效果相同？"),
    "isoboles_note": (
        "Along a line (isobole) the effect is the same. Lines that bend towards the corner at 0 mean that the two help "
        "each other; straight lines, that they replace each other at a constant rate. Dots: mixes that were simulated. "
        "{shown} of {all} pairs.",
        "同一条等效线上效果相同。等效线凸向原点表示两者相互增强，直线表示两者按固定比率相互替代。圆点为实际模拟的配比。共{all}对，图示{shown}对。",
    ),
    "dose_of": ("dose of {name}", "{name}的强度"),
    "budget_question": (
        "On the same budget, does the package do more than its rivals?",
        "在相同预算下，政策组合是否优于其他方案？",
    ),
    "budget_note": (
        "Every alternative spends the package's discounted fiscal cost, {budget}. ×: effect of the package over "
        "that of "
        "the alternative. Hatched: cannot absorb the budget, so it spends less. Lines: 95 % intervals.",
        "各方案均使用与政策组合相同的贴现财政支出：{budget}。×：政策组合的效果与该方案效果之比。"
        "斜线：无法用完预算，支出较少。线段为95%置信区间。",
    ),
    "money": ("{amount} million yuan", "{amount}亿元"),
    "spend_axis": ("discounted fiscal cost, million yuan", "贴现财政支出（亿元）"),
    "frontier_question": ("What is the most that each budget can achieve?", "每一档预算最多能取得多大效果？"),
    "frontier_note": (
        "Each point is a mix of doses, with its 95 % interval; filled points are efficient: nothing tried does more "
        "for "
        "less. The line joins them.",
        "每个点为一种强度配比，附95%置信区间；实心点为有效点：所试方案中没有支出更少而效果更大者。连线为有效前沿。",
    ),
    "efficient": ("efficient frontier", "有效前沿"),
    "kind_package": ("the package", "政策组合"),
    "kind_alone": ("one instrument alone", "单项政策工具"),
    "kind_mix": ("mix of doses", "强度配比"),
    "profiles_question": ("Whom does only the whole package bring home?", "只有完整组合才能促成返乡的是哪些人？"),
    "profiles_note": (
        "Each row is a group of the cohort. Where a point lies to the right of the grey one, the group is more "
        "frequent "
        "among these people than in the cohort. {counts}",
        "每行为队列中的一个群体。点位于灰色点右侧，表示该群体在这些人中的占比高于其在队列中的占比。{counts}",
    ),
    "share_axis": ("share of the class, %", "占该类人员的比重（%）"),
    "whole_cohort": ("the whole cohort", "整个队列"),
    "class_count": ("{name} {persons}", "{name}{persons}人"),
    "class_placebo": ("{name} {persons} (placebo {placebo})", "{name}{persons}人（安慰剂{placebo}人）"),
    "class_counts": ("Persons: {counts}.", "人数：{counts}。"),
    "semicolon": ("; ", "；"),
    "patterns_question": ("Which policies bring whom home?", "哪些政策促成了哪些人返乡？"),
    "patterns_note": (
        "A column is a group of people who respond alike; its bar says how many they are. Dark: a smallest set of "
        "instruments that brings them home; pale: they return, but less suffices; ring: they do not return. "
        "{shown} of {all} patterns, the largest. Not shown: {always} persons in every world, {never} in no world.",
        "每列为反应相同的一组人，柱高为人数。深色：足以促成返乡的最小政策组合；浅色：返乡，但更少的政策即已足够；"
        "空圈：不返乡。共{all}种模式，图示人数最多的{shown}种。未图示：任何情景下都返乡{always}人，都不返乡{never}人。",
    ),
    "persons_axis": ("persons", "人数（人）"),
    "no_instrument": ("no instrument", "无政策"),
    "map_question": ("Where do those live whom only the package brings home?", "只有组合才能促成返乡的人住在哪里？"),
    "map_note": (
        "A circle is a village, its area the members of the cohort; lines are ties between villages. Positions are "
        "those "
        "of the village graph, in km.",
        "每个圆代表一个村，面积为队列人数；连线为村际联系。位置取自村际网络（千米）。",
    ),
    "map_value": ("share of the village's cohort, %", "占本村队列的比重（%）"),
    "prior_question": (
        "How sure is the multiplier, given what we do not know?",
        "在参数不确定的情况下，乘数有多可靠？",
    ),
    "prior_note": (
        "Each value is one draw of the parameters: of a prior, or of an ensemble fitted to data. Shaded: middle 95 % "
        "of the draws. Right: Spearman's rank correlation of each parameter with the {quantity}, with 95 % intervals. "
        "{missing}",
        "每个值对应一次参数抽样（来自先验或校准集合）。阴影：中间95%的抽样。右：各参数与{quantity}的斯皮尔曼等级相关系数，"
        "附95%置信区间。{missing}",
    ),
    "prior_missing": (
        "{count} of {all} draws have no multiplier: a single effect is not above 0.",
        "{all}次抽样中有{count}次没有乘数：某一单项效果不显著大于0。",
    ),
    "draws_axis": ("draws of the parameters", "参数抽样次数"),
    "median": ("median {value} ({low} to {high})", "中位数{value}（{low}至{high}）"),
    "above_one": ("probability above 1: {value}", "大于1的概率：{value}"),
    "above_zero": ("probability above 0: {value}", "大于0的概率：{value}"),
    "rank_axis": ("rank correlation with the {quantity}", "与{quantity}的等级相关系数"),
}


def term(words: dict[str, tuple[str, str]], key: str, language: str) -> str:
    """The term for `key`, or the key itself, readable, where the data hold one that is not known here."""
    if key not in words:
        return key.replace("_", " ")
    return words[key][0 if language == "en" else 1]
