"""Writes the table of docs/scorecard.md: what `guiyan score zhaotong` measures, at scale 100 with 16 seeds.

python tests/studies/scorecard.py
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from experiments.calibration.targets import default_file, read_targets
from experiments.cli.score import number, span, verdict
from experiments.records import Records
from experiments.scorecard import scoring

PAGE = Path(__file__).parents[2] / "docs" / "scorecard.md"
SCALE = 100


def table(seeds: int, scale: int = SCALE, workers: int | None = None) -> pd.DataFrame:
    """The scorecard of Zhaotong."""
    changed, numbers = {"scale": scale}, range(1, seeds + 1)
    arms = scoring.scenarios_of("zhaotong", changed, with_claims=True)
    with TemporaryDirectory() as folder, Records(Path(folder) / "records.sqlite") as records:
        arms |= scoring.targeted("zhaotong", changed, numbers, records, workers=workers)
        payloads = scoring.run(arms, numbers, records, workers=workers)
    return scoring.scorecard(payloads, arms["none"], read_targets(default_file("zhaotong", "targets.csv")))


def page(rows: pd.DataFrame, seeds: int, scale: int) -> str:
    """The page up to the sections written by hand."""
    lines = [
        "# Scorecard",
        "",
        f"Zhaotong at scale {scale}, {seeds} seeds, 72 months from January 2020, policies from month 12. Means with",
        "95 % t intervals over seeds (luck only: parameters are one set, calibrated). Reported, never asserted: a",
        "claim that the model does not bear out is a finding. `?`: the interval holds both pass and miss.",
        "`guiyan score zhaotong` makes the same table with its figure; written by `python tests/studies/scorecard.py`.",
        "",
        "| | figure or pattern | period | unit | data | model | 95 % interval | expected | verdict | evidence |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for _, row in rows.iterrows():
        cells = [row["id"], row["pattern"], row["period"], row["unit"], number(row["data"]), number(row["model"])]
        cells += [span(row["low"], row["high"]), span(row["expected_low"], row["expected_high"]), verdict(row)]
        lines.append(f"| {' | '.join([*cells, row['evidence']])} |")
    return "\n".join(lines) + "\n"


def main(seeds: int = 16) -> None:
    """Write the page."""
    kept = PAGE.read_text(encoding="utf-8").partition("\n## ") if PAGE.exists() else ("", "", "")
    PAGE.write_text(page(table(seeds), seeds, SCALE) + kept[1] + kept[2], encoding="utf-8")


if __name__ == "__main__":
    main()
