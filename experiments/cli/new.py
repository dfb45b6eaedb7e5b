"""The command `new`: a scenario file to start from."""

import click

from experiments.cli import arguments, console


@click.command()
@click.argument("name", metavar="PLACE|PACKAGE")
@click.option("--kind", metavar="KIND", help="Write a package with one instrument of this kind, not a place.")
@click.option("--name-en", metavar="TEXT", help="Its name in English [default: from the id].")
@click.option("--name-zh", metavar="TEXT", help="Its name in Chinese [default: as in English].")
@click.option("--force", is_flag=True, help="Replace a file of that name.")
@arguments.as_json
def new(name: str, kind: str | None, name_en: str | None, name_zh: str | None, force: bool, as_json: bool) -> None:
    """Write a commented scenario file to start from, valid at once.

    \b
    guiyan new my_county                          my_county.yaml, a place
    guiyan new village_tax --kind tax_relief      village_tax.yaml, a package
    """
    from scenarios import new as files

    found, path = files.target(name)
    make = files.place_text(found, name_en, name_zh)
    if kind is not None:
        make = files.package_text(found, kind, name_en, name_zh)
    files.write(make, path, force)
    if as_json:
        console.put_json({"file": str(path), "kind": "place" if kind is None else "package", "id": found})
        return
    console.put(str(path))
    use = f"run {path}" if kind is None else f"run zhaotong --package {path}"
    console.say(f"next: guiyan validate {path}; guiyan {use}")
