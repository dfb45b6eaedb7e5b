"""The command `report`: a result as one page for readers."""

from pathlib import Path

import click

from experiments.cli import arguments, console


@click.command()
@click.argument("results", type=arguments.FOLDER)
@click.option("--lang", "language", type=arguments.LANGUAGE, default="en", help="Language of the page.")
@click.option("--out", type=arguments.FOLDER, metavar="FILE", help="Default: beside the folder, RESULTS-report.html.")
@arguments.as_json
def report(results: Path, language: str, out: Path | None, as_json: bool) -> None:
    """Write what `multiplier` or `compare` left in a folder as one self-contained HTML page."""
    from experiments import report as reports

    path = reports.write(results, language, out)
    if as_json:
        console.put_json({"file": str(path), "language": language, "bytes": path.stat().st_size})
    else:
        console.put(str(path))
