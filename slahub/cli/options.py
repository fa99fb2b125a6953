"""Options, arguments and an exit status that several commands share."""

from typing import Annotated

import typer

__all__ = ["AS_JSON", "CONNECTION", "INTERRUPTED", "NAME", "NAMES", "YES"]

INTERRUPTED = 130

AS_JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
CONNECTION = Annotated[str, typer.Option("--connection", help="Only this connection.")]
NAME = Annotated[str, typer.Argument(help="The connection.")]
NAMES = Annotated[list[str] | None, typer.Argument(help="Connections; all when left out.")]
YES = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
