"""Make the font of the Chinese figures: Noto Sans SC, cut down to the characters of GB 2312.

The full font is 8 MB and holds characters that no county's name or policy needs. To make it again,
in the environment of `make test` (fontTools comes with matplotlib):

    .venv/bin/python -m pip install pylopdf-fonts-zh-cn==0.1.1
    .venv/bin/python tools/subset_font.py
"""

import argparse
from importlib.resources import files
from pathlib import Path

from fontTools import subset

FOLDER = Path(__file__).parents[1] / "experiments" / "figures" / "fonts"
SOURCE_PACKAGE = "pylopdf_fonts_zh_cn"
SOURCE_FONT = "NotoSansSC-Regular.otf"
OUTPUT = FOLDER / "NotoSansSC-subset.otf"

# First and last code point of what is kept besides GB 2312.
RANGES = [
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x00FF),  # Latin-1 letters and signs
    (0x2010, 0x204F),  # dashes, quotation marks, ellipsis
    (0x2460, 0x2473),  # numbers in circles, 1 to 20
    (0x3000, 0x303F),  # Chinese punctuation
    (0xFF00, 0xFFEF),  # full-width forms
]
SIGNS = "≤≥±×÷≈≠√∞∑→←↑↓αβγδεθλμπρσφχψωΔΣΩ℃￥"


def characters_of_gb2312() -> set[int]:
    """The code points of the 87 rows of 94 cells that GB 2312 fills."""
    cells = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {ord(character) for cell in cells if (character := cell.decode("gb2312", errors="ignore"))}


def code_points() -> set[int]:
    """Every code point to keep; those that the font lacks are passed over."""
    kept = characters_of_gb2312() | set(map(ord, SIGNS))
    for first, last in RANGES:
        kept.update(range(first, last + 1))
    return kept


def cut_down(source: Path, output: Path) -> None:
    """Write to `output` the font `source` with the code points to keep, its names and its kerning.

    Hints are dropped, for figures are drawn at print size. The time of writing is not recorded, so
    the same source gives the same file.
    """
    options = subset.Options(
        layout_features=["kern"], name_IDs=["*"], notdef_outline=True, hinting=False, recalc_timestamp=False
    )
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=code_points())
    subsetter.subset(font)
    subset.save_font(font, str(output), options)


def main() -> None:
    """Read the command line and write the font."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--source", type=Path, help=f"the full font (default: {SOURCE_FONT} of {SOURCE_PACKAGE})")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the font to write (default: %(default)s)")
    arguments = parser.parse_args()
    source = arguments.source or Path(str(files(SOURCE_PACKAGE) / SOURCE_FONT))
    cut_down(source, arguments.output)


if __name__ == "__main__":
    main()
