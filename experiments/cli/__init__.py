"""The command `guiyan`: parses, calls, prints. What is heavier than click loads inside the commands."""

import click

from experiments.cli.calibrate import calibrate
from experiments.cli.catalogue import list_command, schema, show, validate
from experiments.cli.forecast import forecast
from experiments.cli.group import Commands
from experiments.cli.multiplier import multiplier
from experiments.cli.new import new
from experiments.cli.places import places
from experiments.cli.report import report
from experiments.cli.score import score
from experiments.cli.sensitivity import replications, sensitivity
from experiments.cli.simulations import compare, export, run
from experiments.cli.sweeps import merge, results, status, sweep


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from experiments.versions import installed

        click.echo(f"guiyan {installed('guiyan')}")
        context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version."
)
def main() -> None:
    """Return migration and rural enterprise, simulated: what policies achieve, alone and together.

    \b
    guiyan list
    guiyan run zhaotong --package training --out results/training
    guiyan compare zhaotong --packages training,credit,training+credit --seeds 8
    """


COMMANDS = (
    *(run, compare, multiplier, places, report),
    *(sweep, status, results, merge),
    *(sensitivity, replications),
    *(calibrate, score, forecast),
    *(new, list_command, show, validate, schema, export),
)
for command in COMMANDS:
    main.add_command(command)
