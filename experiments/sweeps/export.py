"""The tidy table of a sweep as a file: filtered, streaming, complete or not there."""

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.errors import InputError
from experiments.placing import asked_for
from experiments.sweeps.tables import SweepRuns
from scenarios.errors import suggestion
from scenarios.reading import scalar_of

if TYPE_CHECKING:
    import pandas as pd

CSV, PARQUET, STATA = "csv", "parquet", "dta"
FORMATS = (CSV, PARQUET, STATA)
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
CONDITION = re.compile(r"\s*(.+?)\s*(!=|>=|<=|=|>|<)\s*(.+?)\s*")


class Condition(NamedTuple):
    """A column, a comparison and a value."""

    column: str
    sign: str
    value: Any

    def holds(self, table: "pd.DataFrame") -> "pd.Series":
        """Whether each row keeps the condition."""
        import pandas as pd

        column = table[self.column]
        value = self.value if pd.api.types.is_numeric_dtype(column) else str(self.value)
        return COMPARISONS[self.sign](column, value)  # type: ignore[no-any-return]


def condition(text: str, runs: SweepRuns) -> Condition:
    """KEY=VALUE, or with another comparison, of a column of the table. Raises InputError."""
    found = CONDITION.fullmatch(text)
    if found is None:
        raise InputError(f"--where: expected KEY=VALUE, such as packages=training (got '{text}')")
    name, sign, written = found.groups()
    columns = [one for one in runs.columns if one not in ("value", "unit")]
    short = [one for one in columns if one.endswith(f".{name}")]
    if name not in columns and len(short) == 1:
        name = short[0]
    if name not in columns:
        hint = suggestion(name, columns)
        raise InputError(f'--where: unknown column "{name}"{hint}')
    value = scalar_of(written)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number and name in _numeric(runs):
        raise InputError(f"--where: expected a number for {name} (got '{written}')")
    return Condition(name, sign, value)


def _numeric(runs: SweepRuns) -> set[str]:
    empty = runs.empty()
    return {str(name) for name in empty if empty[name].dtype.kind in "if"}


def filtered(
    runs: SweepRuns, outcomes: Sequence[str], conditions: Sequence[Condition], months: Sequence[int]
) -> "Iterator[pd.DataFrame]":
    """The tidy table, some runs at a time, of the rows that keep every condition."""
    for table in runs.tidy(outcomes):
        kept = table["value"].notna()
        for one in conditions:
            kept &= one.holds(table)
        if months:
            kept &= table["horizon"].isin(months)
        yield table[kept]


def write(tables: "Iterator[pd.DataFrame]", empty: "pd.DataFrame", suffix: str, target: Path) -> Path:
    """Write tables that follow one another as one file, put in its place when it is complete."""
    path = target.absolute()
    with asked_for(path, f".{suffix}") as partial:
        {CSV: _write_csv, PARQUET: _write_parquet, STATA: _write_stata}[suffix](tables, empty, partial)
    return path


def csv_lines(tables: "Iterator[pd.DataFrame]", empty: "pd.DataFrame") -> Iterator[str]:
    """The table as CSV, heading first, a piece at a time."""
    yield empty.to_csv(index=False, lineterminator="\n")
    for table in tables:
        yield table.to_csv(index=False, header=False, lineterminator="\n")


def _write_csv(tables: "Iterator[pd.DataFrame]", empty: "pd.DataFrame", path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines(tables, empty))


def _write_parquet(tables: "Iterator[pd.DataFrame]", empty: "pd.DataFrame", path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"i": pa.int64(), "f": pa.float64()}
    schema = pa.schema([(str(name), kinds.get(empty[name].dtype.kind, pa.string())) for name in empty])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables:
            if len(table):
                writer.write_table(pa.Table.from_pandas(table, schema=schema, preserve_index=False))


def _write_stata(tables: "Iterator[pd.DataFrame]", empty: "pd.DataFrame", path: Path) -> None:
    """Stata 14 and later; names of columns as Stata allows them, the full one as the label."""
    import pandas as pd

    whole = pd.concat([empty, *tables], ignore_index=True)
    names: dict[str, str] = {}
    for name in whole:
        short = re.sub(r"\W", "_", str(name).rpartition(".")[2])[:32]
        names[str(name)] = short if short not in names.values() else re.sub(r"\W", "_", str(name))[-32:]
    labels = {short: name[:80] for name, short in names.items()}
    whole.rename(columns=names).to_stata(path, write_index=False, version=118, variable_labels=labels)
