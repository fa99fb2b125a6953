"""The log: one line for one thing that happened, on stderr, with no secret in it.

On a terminal the lines are for people, elsewhere they are JSON. What libraries log through the standard
library goes the same way.
"""

import logging
import sys
from collections.abc import Sequence
from typing import IO, Any, Final, cast

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from core.errors import SettingsError
from core.telemetry.redaction import clean, without_known

__all__ = ["LEVELS", "logger", "start_logging"]

LEVELS: Final = ("debug", "info", "warning", "error")

# These report each request, job or step on the level on which the hub reports what matters.
_TALKATIVE: Final = ("apscheduler", "httpcore", "httpx", "tzlocal", "uvicorn.access")

_SHARED: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def logger(name: str) -> BoundLogger:
    """Return the log of one module; `name` is its `__name__`.

    The event is a fixed sentence, what varies goes into keys: `log.info("page stored", connection=name)`.
    """
    wrapped = structlog.wrap_logger(logging.getLogger(name), processors=_OURS, wrapper_class=BoundLogger)
    return cast("BoundLogger", wrapped)


def start_logging(level: str = "info", stream: IO[str] | None = None, *, as_json: bool | None = None) -> None:
    """Send everything that is logged in this process to `stream`; may be called again.

    stream: None means stderr.
    as_json: None means JSON unless `stream` is a terminal.
    Raises: SettingsError for a level that does not exist.
    """
    if level not in LEVELS:
        raise SettingsError(f"log level {level!r} does not exist, write one of: {', '.join(LEVELS)}")
    out: IO[str] = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(out)
    as_json = not out.isatty() if as_json is None else as_json
    handler.setFormatter(_Formatter(_JSON if as_json else _console(colours=out.isatty())))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    logging.captureWarnings(True)
    # A line that cannot be made would be printed with its arguments as they are.
    logging.raiseExceptions = False
    # for those who ask structlog itself for a log
    structlog.configure(processors=_OURS, wrapper_class=BoundLogger, logger_factory=structlog.stdlib.LoggerFactory())


class _Formatter(ProcessorFormatter):
    """Renders a record, and looks over the finished line once more: a secret may lie across its parts."""

    def __init__(self, renderers: Sequence[Processor]) -> None:
        super().__init__(
            foreign_pre_chain=_SHARED,
            processors=[
                ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _redacted,
                *renderers,
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        return without_known(super().format(record))


def _redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # What the formatter needs as it is; the traceback that it makes of it is text, and cleaned there.
    kept = {key: event.pop(key) for key in ("exc_info", "_record", "_from_structlog") if key in event}
    return {**cast("dict[str, Any]", clean(event)), **kept}


def _in_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    first = ("timestamp", "level", "logger", "event")
    return {**{key: event[key] for key in first if key in event}, **event}


_OURS: Final[list[Processor]] = [
    structlog.stdlib.filter_by_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    *_SHARED,
    # here too, for a program that uses the hub as a library and keeps its own logging
    _redacted,
    ProcessorFormatter.wrap_for_formatter,
]

_JSON: Final = (_in_order, structlog.processors.JSONRenderer(ensure_ascii=False))


def _console(*, colours: bool) -> tuple[Processor]:
    # Plain tracebacks: the pretty ones show local variables, and a local variable may be a secret.
    return (structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback),)
