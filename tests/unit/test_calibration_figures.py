"""The figures of calibrations, scorecards and forecasts say what their tables say, in both languages."""

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from experiments.figures import calibration, forecast, scorecard
from experiments.scorecard.scoring import COLUMNS

NAN, INFINITE = float("nan"), float("inf")


def words_of(figure: Figure) -> str:
    """Every text of a figure, drawn without a warning such as a missing letter."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.canvas.draw()
    return "\n".join(one.get_text() for one in figure.findobj(Text))


@pytest.mark.parametrize(("language", "words"), [("en", "the data say nothing"), ("zh", "数据无信息")])
def test_parameters_are_sorted_by_what_is_known(language: str, words: str) -> None:
    rows = [("enterprise.sigma", 0.0, "silent"), ("decision.peer_weight", 0.9, "identified")]
    table = pd.DataFrame(
        [
            {"parameter": f"parameters.{key}", "low_share": 0.05, "median_share": 0.5, "high_share": 0.95,
             "contraction": contraction, "says": says}
            for key, contraction, says in rows
        ]
    )  # fmt: skip
    figure = calibration.draw_parameters(table, "", language)
    labels = [one.get_text() for one in figure.axes[0].get_yticklabels()]
    assert labels == [calibration.parameter(f"parameters.{key}", language) for key, _, _ in rows[::-1]]
    assert words in words_of(figure)
    assert [bar.get_width() for bar in figure.axes[1].patches] == [0.9, 0.0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_fit_is_in_standard_deviations(language: str) -> None:
    row = {"figure": "share", "figure_zh": "占比", "years": "2021", "data": 10.0, "error": 3.0, "discrepancy": 4.0}
    row |= {
        "prior_low": -90.0,
        "prior_high": 20.0,
        "model": 15.0,
        "model_low": 5.0,
        "model_high": 20.0,
        "within": False,
    }
    figure = calibration.draw_fit(pd.DataFrame([row]), "", language)
    lines = {tuple(np.round(line.get_xdata(), 6)) for line in figure.axes[0].get_lines()}
    assert {(-6.0, 2.0), (-1.0, 2.0), (1.0,)} <= lines
    assert ("占比" if language == "zh" else "share") in words_of(figure)


def test_scorecard_puts_what_is_expected_between_the_bounds() -> None:
    rows = [
        {
            "model": 5.0,
            "low": 4.0,
            "high": 6.0,
            "expected_low": 4.0,
            "expected_high": 8.0,
            "verdict": "pass",
            "sure": True,
        },
        {"model": 2.0, "low": 1.0, "high": 4.0, "expected_low": 0.0, "expected_high": INFINITE, "verdict": "pass"},
        {"model": 1.5, "low": NAN, "high": NAN, "expected_low": -INFINITE, "expected_high": 1.0, "verdict": "miss"},
        {"verdict": ""},
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table[["pattern", "id", "period"]] = ["pattern", "Z1", "end 2025"]
    positions = [scorecard._position(row["model"], row) for _, row in table.iloc[:3].iterrows()]
    assert positions == [-0.5, -0.5, 1.5]
    figure = scorecard.draw(table.assign(pattern_zh="模式"), "", "zh")
    assert len(figure.axes[0].get_yticklabels()) == 3 and "2025年末" in words_of(figure)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_forecast_draws_every_series_and_the_truth(language: str) -> None:
    levels = dict(zip(("q025", "q10", "q25", "median", "q75", "q90", "q975"), range(7), strict=True))
    table = pd.DataFrame(
        [
            {"indicator": name, "unit": "persons", "month": month, "part": part, **levels}
            for name in ("owners", "returns", "at_home")
            for month, part in (("2023-12", "fitted"), ("2024-01", "forecast"), ("2024-02", "forecast"))
        ]
    )
    names = {"owners": "Owners", "returns": "Returns", "at_home": "Home"}
    figure = forecast.draw(table, [("returns", "2024-01", 3.5)], names, "", language)
    shown = [axes for axes in figure.axes if axes.axison]
    assert len(shown) == 3 and "Returns" in words_of(figure)
    marks = [[line for line in axes.get_lines() if line.get_marker() == "o"] for axes in shown]
    assert [len(one) for one in marks] == [0, 1, 0] and list(marks[1][0].get_ydata()) == [3.5]
    assert marks[1][0].get_xdata() == pytest.approx([2024 + 0.5 / 12])
