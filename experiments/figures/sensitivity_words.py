"""The words of the sensitivity figures, in English and Chinese."""

ANSWERS: dict[str, tuple[str, str]] = {
    "value": ("without packages", "无政策组合时"),
    "effect": ("effect of the package", "政策组合的效果"),
    "excess": ("excess", "超额效应"),
    "multiplier": ("multiplier", "乘数"),
    "cost_per_effect": ("cost per unit of effect", "单位效果成本"),
}
SENSITIVITY: dict[str, tuple[str, str]] = {
    "answer_unit": ("{answer}, {unit}", "{answer}（{unit}）"),
    "no_number": ("no number: {note}", "没有数值：{note}"),
    "morris_question": ("Which parameters matter at all?", "哪些参数起作用？"),
    "morris_note": (
        "Bar: mean size of the answer's change when the parameter moves across its range (mu*), with its 95 % "
        "interval. Diamond: standard deviation of these changes; a large one means that the effect bends or depends "
        "on other parameters. {trajectories} trajectories.",
        "条形：参数在其取值范围内移动时答案变化幅度的平均值（μ*），附95%置信区间。菱形：变化幅度的标准差，"
        "较大表示影响非线性或取决于其他参数。共{trajectories}条轨迹。",
    ),
    "mu_star_axis": ("change over the whole range", "参数跨越整个范围时的变化"),
    "mu_star": ("mean size (mu*)", "平均幅度（μ*）"),
    "sigma_effects": ("standard deviation (sigma)", "标准差（σ）"),
    "sobol_question": ("Whose uncertainty does the answer's come from?", "答案的不确定性来自哪些参数？"),
    "sobol_note": (
        "First order: the share of the variance that goes when the parameter is known. Total: with its interactions. "
        "Lines: 95 % intervals, bootstrapped. Base sample: {samples}.",
        "一阶指数：参数已知时方差减少的份额。总指数：含该参数的全部交互作用。线段为95%自助法置信区间。基础样本量：{samples}。",
    ),
    "variance_axis": ("share of the variance", "占方差的份额"),
    "first_order": ("first order", "一阶指数"),
    "total_order": ("total", "总指数"),
    "tornado_question": (
        "What does each parameter do alone, from one end of its range to the other?",
        "单个参数从范围一端移到另一端，答案如何变化？",
    ),
    "tornado_note": (
        "Difference to the place as it is, one parameter at a time, the same seeds. The ends of the ranges stand "
        "beside the bars. Lines: 95 % intervals.",
        "每次只改变一个参数、使用相同随机种子时与现状设定之差。条形旁为范围两端的取值。线段为95%置信区间。",
    ),
    "difference_axis": ("difference to {base}", "与{base}之差"),
    "low_end": ("low end", "下端"),
    "high_end": ("high end", "上端"),
    "regional_question": (
        "How do the worlds in which it holds differ from the others?",
        "条件成立的情景与其他情景有何不同？",
    ),
    "regional_note": (
        "Cumulative shares of the worlds along each parameter. D: Kolmogorov-Smirnov distance, with the probability "
        "of one as large by chance. Criterion: {criterion}; it holds in {kept} of {all} worlds.",
        "各参数上情景的累积份额。D：柯尔莫哥洛夫—斯米尔诺夫距离，附偶然出现的概率。判据：{criterion}，{all}个情景中{kept}个成立。",
    ),
    "cumulative_axis": ("cumulative share of worlds", "情景的累积份额"),
    "criterion_holds": ("criterion holds", "条件成立"),
    "criterion_fails": ("it does not", "条件不成立"),
    "distance": ("D = {distance}, p {p_value}", "D = {distance}，p {p_value}"),
    "prim_question": ("In which worlds does it hold?", "在哪些情景中成立？"),
    "prim_note": (
        "PRIM. Coverage: share of the worlds with {criterion} that the box holds; density: share of the box's worlds "
        "with it. Left: every box tried, the chosen one ringed. Box: {box}.",
        "PRIM。覆盖度：满足{criterion}的情景中落入箱内的份额；密度：箱内情景满足该条件的份额。左：试过的所有箱，圈出所选者。所选箱：{box}。",
    ),
    "coverage_axis": ("coverage", "覆盖度"),
    "density_axis": ("density", "密度"),
    "box_part": ("{parameter} {low} to {high}", "{parameter}{low}至{high}"),
    "no_box": ("no restriction", "无限制"),
    "chosen_box": ("chosen: coverage {coverage}, density {density}", "所选：覆盖度{coverage}，密度{density}"),
    "restricted_number": ("parameters restricted", "受限参数个数"),
    "replications_question": ("How many seeds does the estimate need?", "估计需要多少个随机种子？"),
    "replications_note": (
        "From {seeds} seeds, resampled. Line: middle; band: 95 % of the samples. Once the spread has settled, the "
        "interval narrows with the root of the number of seeds.",
        "由{seeds}个随机种子重抽样得到。线：中位数；色带：95%的样本。离散程度稳定之后，置信区间随种子数的平方根收窄。",
    ),
    "seeds_axis": ("seeds", "随机种子数"),
    "half_width_axis": ("half width of the 95 % interval", "95%置信区间半宽"),
    "variation_axis": ("coefficient of variation over seeds", "种子间变异系数"),
    "asked_width": ("asked: {value}; needs {count} seeds", "要求：{value}；需{count}个种子"),
}
