"""Commands about scenarios and files: list, show, validate, schema. They simulate nothing."""

from pathlib import Path

import click

from experiments.cli import arguments, console


@click.command("list")
@arguments.as_json
def list_command(as_json: bool) -> None:
    """List the places and packages that come with the program."""
    import scenarios

    found = scenarios.available()
    if as_json:
        console.put_json(found)
        return
    for what, items in found.items():
        rows = [
            [item["id"], item["name_en"], item["name_zh"], item.get("pillar", ""), item.get("note", "")]
            for item in items
        ]
        headings = [what, "", "", "pillar", ""] if any(row[3] for row in rows) else [what, "", ""]
        console.put_table("", headings, [row[: len(headings)] for row in rows])


@click.command()
@click.argument("scenario")
@arguments.packages("Packages to add; repeats, takes a,b and a+b.")
@arguments.changes
@arguments.as_json
def show(scenario: str, packages: tuple[str, ...], changes: tuple[str, ...], as_json: bool) -> None:
    """Show a scenario resolved: every value with its unit and source."""
    from scenarios.describe import describe

    values = describe(scenario, packages, arguments.overrides(changes))
    if as_json:
        console.put_json({"scenario": scenario, "values": [value._asdict() for value in values]})
        return
    width = max(len(value.key) for value in values)
    for value in values:
        unit = f" [{value.unit}]" if value.unit else ""
        source = f"  # {value.source}" if value.source else ""
        console.put(f"{value.key:<{width}} = {console.plain(value.value)}{unit}{source}")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@arguments.as_json
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Check place and package files."""
    import scenarios
    from experiments.errors import InputError

    kinds, problems = {}, []
    for path in files:
        try:
            kinds[str(path)] = scenarios.validate(path)
        except scenarios.ScenarioError as error:
            problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))
    if as_json:
        console.put_json({"valid": True, "files": [{"file": name, "kind": kind} for name, kind in kinds.items()]})
        return
    for name, kind in kinds.items():
        console.put(f"{name}: a valid {kind}")


@click.command()
@arguments.as_json
def schema(as_json: bool) -> None:
    """Print the JSON Schema of place and package files, for editors."""
    from scenarios.describe import json_schema

    console.put_json(json_schema(), indent=None if as_json else 2)
