"""Reads Stata files, the text of old Chinese ones included.

Stata 13 and older (formats 117 and below) did not say in which encoding their text is; pandas reads the bytes
as Latin-1. Chinese files of that time hold GBK, so their values and labels are encoded back and decoded anew.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

UNICODE_FROM = 118  # the first format whose text is UTF-8
OF_CHINA = "gb18030"  # holds all of GBK and GB2312


def format_of(path: Path) -> int:
    """The number of a file's format: 105 to 115 in the first byte, later ones in words."""
    with path.open("rb") as file:
        head = file.read(64)
    marker = b"<release>"
    if marker in head:
        return int(head.split(marker)[1][:3])
    return head[0] if head else 0


def read_stata(path: Path, encoding: str | None = None) -> "pd.DataFrame":
    """The table of a file, labels in place of the numbers that have one.

    encoding: of the text of formats below 118; None: GBK. Raises UnicodeDecodeError where the text is not
    in it, and what pandas raises for a file that is no Stata file.
    """
    import pandas as pd

    with pd.io.stata.StataReader(path, convert_categoricals=False) as reader:
        table = reader.read()
        labels = reader.value_labels()
        label_of = dict(zip(reader._varlist, reader._lbllist, strict=True))
    wanted = None if format_of(path) >= UNICODE_FROM else encoding or OF_CHINA
    for name in table.columns:
        coded = labels.get(label_of.get(name, ""), {})
        if coded:
            table[name] = table[name].map(lambda value, coded=coded: coded.get(value, value)).astype(object)
        if wanted is not None and table[name].dtype.kind not in "iufbM":
            table[name] = table[name].map(lambda value: _decoded(value, wanted)).astype(object)
    if wanted is not None:
        table.columns = [_decoded(name, wanted) for name in table.columns]
    return table


def _decoded(value: Any, encoding: str) -> Any:
    """Text read as Latin-1, decoded anew; anything else as it is."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("latin-1").decode(encoding)
