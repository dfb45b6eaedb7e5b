"""The words of the figures of calibrations, scorecards and forecasts, in English and Chinese."""

CALIBRATION: dict[str, tuple[str, str]] = {
    "draws_and_seeds": (
        "{draws} weighted draws of the parameters, seeds in each: {count}",
        "{draws}组加权参数，每组{count}个随机种子",
    ),
    "identifiability_question": ("Which parameters do the data tell?", "数据能识别哪些参数？"),
    "prior_share_axis": ("share of the prior's range", "占先验范围的比例"),
    "contraction_axis": ("contraction", "收缩度"),
    "says_identified": ("identified (contraction 0.5 or more)", "可识别（收缩度不低于0.5）"),
    "says_weakly": ("weakly (0.1 to 0.5)", "弱识别（0.1至0.5）"),
    "says_silent": ("the data say nothing (below 0.1)", "数据无信息（低于0.1）"),
    "identifiability_note": (
        "Bars: the middle 90 % of the posterior within the prior (grey). Contraction: 1 - posterior variance / prior "
        "variance.",
        "粗线：后验中间90%，灰色为先验范围。收缩度：1减去后验方差与先验方差之比。",
    ),
    "fit_question": ("Does the fitted model match the evidence?", "校准后的模型与证据相符吗？"),
    "fit_axis": ("model - data, standard deviations", "模型减数据（标准差）"),
    "fit_prior": ("prior, 90 %", "先验，90%"),
    "fit_posterior": ("posterior, 90 %, and mean", "后验90%与均值"),
    "fit_missed": ("mean outside the stated range", "均值超出所述范围"),
    "forecast_question": ("What comes next, and how sure is that?", "未来如何？有多确定？"),
    "forecast_median": ("median", "中位数"),
    "forecast_start": ("forecast begins", "预测开始"),
    "forecast_truth": ("came true", "实际值"),
    "forecast_note": (
        "Bands: predictive intervals over parameters, seeds and, where evidence tells it, the model's own error.",
        "色带：预测区间，含参数、随机种子的不确定性，以及证据所及的模型自身误差。",
    ),
    **{
        f"unit {name}": (name, name_zh)
        for name, name_zh in (
            ("persons", "人"),
            ("jobs", "岗位"),
            ("enterprises", "家"),
            ("sites", "处"),
            ("yuan", "元"),
            ("yuan a month", "元/月"),
            ("years", "岁"),
            ("mu", "亩"),
            ("share", "比例"),
            ("ratio", "比率"),
            ("index", "指数"),
            ("skill", "技能"),
            ("0..1", "0至1"),
            ("per month", "每月"),
        )
    },
    "score_question": ("Does the model show what is known?", "模型能再现已知事实吗？"),
    "expected_low": ("lower bound", "下限"),
    "expected_high": ("upper bound", "上限"),
    "score_pass": ("within what is expected", "符合预期"),
    "score_miss": ("outside", "不符"),
    "score_unsure": ("hollow: the interval holds both", "空心：区间两者皆含"),
    "score_note": (
        "Grey: what the evidence or the theory expects. Lines: 95 % intervals over seeds, cut at the edges. Where one "
        "bound alone is stated, only its side counts, and distances are in units of the bound.",
        "灰色：证据或理论的预期范围。线段：随机种子间的95%区间，超出边缘处截断。只有一个界限时仅看该侧，距离以界限为单位。",
    ),
    "fit_note": (
        "Means over seeds. A standard deviation is that of the observation's error and the model's discrepancy "
        "together; shaded: one. Lines are cut at 6.",
        "取各随机种子的均值。标准差由观测误差与模型偏差合成；阴影：一个标准差。线条截止于6。",
    ),
}
