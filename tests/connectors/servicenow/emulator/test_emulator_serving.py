"""The emulator as a process of its own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from connectors.servicenow.emulator.__main__ import main


def test_it_tells_where_it_is_and_ends_when_told_to() -> None:
    command = [sys.executable, "-m", "connectors.servicenow.emulator", "--tickets", "5", "--seed", "3"]
    more = ["--start", "2026-03-04T10:00:00+00:00", "--trap", "late_commits", "--hourly", "100"]
    root = Path(__file__).parents[4]
    with subprocess.Popen([*command, *more], cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            about = json.loads(process.stdout.readline())
            assert about["name"] == "emulator-3"
            known = about["credentials"]
            assert set(about["fields"]) == {"due", "state", "metric", "policy", "breached_at"}
            assert set(known) == {"username", "password", "client_id", "client_secret", "api_key"}
            answer = httpx.get(f"{about['url']}/api/now/v2/table/task", auth=(known["username"], known["password"]))
            assert len(answer.json()["result"]) >= 5
            assert answer.headers["X-RateLimit-Limit"] == "100"
            assert answer.headers["date"].startswith("Wed, 04 Mar 2026 10:00:0")
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    "wrong", [["--start", "2026-03-04T10:00:00"], ["--trap", "nothing"], ["--fault", "nothing"], ["--port", "x"]]
)
def test_wrong_words_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == 2
    assert wrong[0] in capsys.readouterr().err
