import io
import json
import logging
import warnings

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import SettingsError
from core.telemetry import hide, logger, redaction, start_logging


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    start_logging("info", stream)
    return stream


def _fail(text: str) -> None:
    part = "local value"
    held = f"a {part}"
    raise RuntimeError(text or held)


def _wrapped(secret: str) -> list[object]:
    return [secret, repr(secret), [secret], {"a": {"b": secret}}, {secret: 1}, secret.encode()]


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_off_the_terminal_is_one_json_object_with_time_level_place_and_event_first(out: io.StringIO) -> None:
    logger("core.flows.sync").info("page stored", connection="acme", records=100)
    (line,) = lines(out)
    assert list(line)[:4] == ["timestamp", "level", "logger", "event"]
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "level": "info",
        "logger": "core.flows.sync",
        "event": "page stored",
        "connection": "acme",
        "records": 100,
    }


def test_who_asks_structlog_itself_gets_the_same_log(out: io.StringIO) -> None:
    structlog.get_logger("slahub").info("running", password="hunter2")
    (line,) = lines(out)
    assert (line["logger"], line["event"], line["password"]) == ("slahub", "running", "***")


def test_a_line_on_a_terminal_is_for_people() -> None:
    out = Terminal()
    start_logging("info", out)
    logger("core").info("page stored", connection="acme")
    assert "page stored" in out.getvalue()
    assert not out.getvalue().startswith("{")


def test_libraries_that_log_through_the_standard_library_come_out_alike(out: io.StringIO) -> None:
    logging.getLogger("alembic.runtime").info("Running upgrade %s -> %s", "0001", "0002", extra={"table": "event"})
    (line,) = lines(out)
    assert (line["event"], line["logger"], line["table"]) == (
        "Running upgrade 0001 -> 0002",
        "alembic.runtime",
        "event",
    )


def test_what_a_library_says_under_a_secret_key_is_hidden_however_deep_it_lies(out: io.StringIO) -> None:
    logging.getLogger("library").info("sent", extra={"headers": {"X-Api-Key": ["hunter2", {"a": "hunter3"}]}})
    (line,) = lines(out)
    assert line["headers"] == {"X-Api-Key": "***"}


def test_a_secret_key_without_a_value_leaves_the_line_readable(out: io.StringIO) -> None:
    logger("core").info("asked", token=None, cookies=[])
    (line,) = lines(out)
    assert (line["token"], line["cookies"]) == (None, "***")


def test_lines_below_the_level_are_left_out() -> None:
    out = io.StringIO()
    start_logging("warning", out)
    logger("core").info("page stored")
    logging.getLogger("alembic").info("upgrade")
    assert out.getvalue() == ""


def test_each_request_is_not_a_line(out: io.StringIO) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        client.get("https://acme.example/api?token=hunter2")
    assert out.getvalue() == ""


def test_at_debug_level_requests_are_lines_without_their_secrets() -> None:
    out = io.StringIO()
    start_logging("debug", out)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        client.get("https://acme.example/api?token=hunter2")
    assert "acme.example" in out.getvalue()
    assert "hunter2" not in out.getvalue()


def test_starting_again_does_not_print_each_line_twice(out: io.StringIO) -> None:
    start_logging("info", out)
    logger("core").info("page stored")
    assert len(lines(out)) == 1


def test_bound_context_is_on_each_line_of_both_kinds(out: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(connection="acme"):
        logger("core").info("page stored")
        logging.getLogger("alembic").info("upgrade")
    assert [line["connection"] for line in lines(out)] == ["acme", "acme"]


def test_python_warnings_are_lines_too(out: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("password=hunter2 is old", UserWarning, stacklevel=1)
    (line,) = lines(out)
    assert line["level"] == "warning"
    assert "hunter2" not in str(line["event"])


def test_a_level_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(SettingsError, match="'loud' does not exist, write one of: debug, info, warning, error"):
        start_logging("loud")


def test_a_line_that_cannot_be_made_is_dropped_without_showing_its_arguments(
    out: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    hide("correct horse")
    logging.getLogger("library").warning("%d calls", "correct horse")
    assert "correct horse" not in out.getvalue() + "".join(capsys.readouterr())


@pytest.mark.parametrize("terminal", [False, True])
def test_a_traceback_shows_neither_secrets_nor_local_variables(terminal: bool) -> None:
    out = Terminal() if terminal else io.StringIO()
    start_logging("info", out)
    hide("correct horse")
    try:
        _fail("refused: correct horse")
    except RuntimeError:
        logger("core").exception("run failed")
        logging.getLogger("apscheduler").exception("job failed")
    assert out.getvalue().count("RuntimeError: refused: ***") == 2
    assert "correct horse" not in out.getvalue()
    assert "a local value" not in out.getvalue()


def test_without_start_the_hub_prints_no_secret_either(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().handlers[:] = []
    hide("correct horse")
    logger("core").error("refused", answer="no, correct horse", token="hunter2")
    printed = "".join(capsys.readouterr())
    assert "refused" in printed
    assert "correct horse" not in printed
    assert "hunter2" not in printed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=4).filter(lambda text: text == text.strip()),
    as_json=st.booleans(),
)
@example(secret='"level": "info"', as_json=True)
@example(secret='say "hi" \\ and\tgo', as_json=True)
def test_a_registered_secret_is_never_in_a_line(secret: str, as_json: bool) -> None:
    redaction.hidden.forms = ()
    out = io.StringIO()
    start_logging("info", out, as_json=as_json)
    hide(secret)
    log = logger("core")
    log.info(secret, answers=_wrapped(secret))
    log.info("%s", secret)
    log.bind(connection=secret).warning("said " + secret)
    logging.getLogger("library").warning("said %s %r", secret, _wrapped(secret))
    try:
        _fail(secret)
    except RuntimeError:
        log.exception("failed")
    assert secret not in out.getvalue()
