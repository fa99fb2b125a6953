"""The command line: what an admin types. Exit status 0 good, 1 the thing asked about is not good, 2 wrong usage."""

import os
from pathlib import Path
from typing import Annotated

import typer

from core.errors import HubError, SettingsError, StoreError
from core.telemetry import start_logging
from slahub.cli import commands_config, commands_look, commands_run, demo
from slahub.cli.out import errors

__all__ = ["app", "main"]

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
    folder = config or Path(os.environ.get("SLAHUB_CONFIG", "config"))
    start_logging(log_level or "warning")
    context.meta["log level given"] = bool(log_level)
    context.obj = folder.absolute()


commands_run.add(app)
commands_look.add(app)
commands_config.add(app)
demo.add(app)


def main() -> int:
    """Run the command line; return its exit status."""
    try:
        app()
    except SettingsError as error:
        for problem in error.problems:
            errors.print(f"error: {problem}", markup=False, soft_wrap=True)
        return 2
    except HubError as error:
        errors.print(f"error: {error}", markup=False, soft_wrap=True)
        return 2 if isinstance(error, StoreError) else 1
    except KeyboardInterrupt:
        return 130
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0
