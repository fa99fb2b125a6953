"""The command line: what an admin types. Exit status 0 good, 1 the thing asked about is not good, 2 wrong usage.

This module and the signatures in `commands_*` load nothing heavy, so that help and completion answer at once.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.errors import HubError, SettingsError, StoreError
from slahub.cli import commands_config, commands_look, commands_plan, commands_report, commands_run
from slahub.cli.options import INTERRUPTED

__all__ = ["app", "ended", "main"]

app = typer.Typer(
    name="slahub",
    help="One SLA clock over several helpdesks: pulls tickets, replays their history, writes due times back.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="Folder of the configuration; else $SLAHUB_CONFIG, else ./config.")
    ] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "",
) -> None:
    """Keep what all commands share."""
    from core.telemetry import start_logging

    start_logging(log_level or "error")
    context.meta["log level given"] = bool(log_level)
    # As it is typed: so the folder's files are named in what is said of them.
    context.obj = config or Path(os.environ.get("SLAHUB_CONFIG") or "config")


commands_run.add(app)
commands_look.add(app)
commands_plan.add(app)
commands_report.add(app)
commands_config.add(app)


def main() -> int:
    """Run the command line; return its exit status."""
    return ended(lambda: app(prog_name="slahub"))


def ended(work: Callable[[], object]) -> int:
    """Do what a command does; return its exit status, having told on stderr what went wrong."""
    try:
        work()
    except HubError as error:
        problems = error.problems if isinstance(error, SettingsError) else [error]
        _tell(*problems)
        return 2 if isinstance(error, SettingsError | StoreError) else 1
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing is left to flush at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        _tell(f"{error.filename}: {error.strerror}")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def _tell(*sentences: object) -> None:
    sys.stderr.write("".join(f"error: {sentence}\n" for sentence in sentences))
