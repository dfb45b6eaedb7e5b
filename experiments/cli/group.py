"""How the commands end: one message for bad input, no traceback, and the exit status."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from experiments.errors import InputError

BAD_INPUT, INTERRUPTED = 2, 130


class Commands(click.Group):
    """A group that maps errors to exit status: 2 bad input, 130 interrupted; others keep their traceback."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **extra: Any) -> Any:
        """Run the command line and leave with its status; the arguments are the context's `obj`."""
        arguments = list(sys.argv[1:] if args is None else args)
        extra |= {"standalone_mode": False, "obj": arguments}
        try:
            super().main(arguments, prog_name or "guiyan", **extra)
            sys.stdout.flush()
        except click.ClickException as error:
            sys.exit(_report(error.format_message(), getattr(error, "ctx", None)))
        except (click.Abort, KeyboardInterrupt):
            click.echo("interrupted", err=True)
            sys.exit(INTERRUPTED)
        except BrokenPipeError:  # the reader of our output has left, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except ValueError as error:
            from scenarios.errors import ScenarioError

            if not isinstance(error, InputError | ScenarioError):
                raise
            sys.exit(_report(str(error), None))
        sys.exit(0)


def _report(message: str, context: click.Context | None) -> int:
    click.echo(f"Error: {message}", err=True)
    if context is not None:
        click.echo(f"Try '{context.command_path} --help'.", err=True)
    return BAD_INPUT
