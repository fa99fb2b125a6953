import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from connectors.jira.emulator import Emulator, serve

ROOT = Path(__file__).parents[4]


def test_a_served_site_ends_cleanly():
    emulator = Emulator(tickets=5)
    before = {thread.name for thread in threading.enumerate()}
    for _ in range(2):
        with serve(emulator) as url:
            assert httpx.get(f"{url}/rest/api/2/serverInfo").status_code == 200
            emulator.stage.people(600)
        assert {thread.name for thread in threading.enumerate()} <= before


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_the_command_prints_one_line_and_serves_until_sigterm(flavour):
    command = [sys.executable, "-m", "connectors.jira.emulator", "--tickets", "20", "--people-per-minute", "60"]
    command += ["--flavour", flavour, "--trap", "short_pages", "--no-limits", "--no-sla-fields", "--fault", "slow"]
    if flavour == "datacenter":
        command += ["--context", "/jira"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes) as process:
        try:
            assert process.stdout is not None
            about = json.loads(process.stdout.readline())
            known = about["credentials"]
            with httpx.Client() as http:
                if flavour == "cloud":
                    http.auth = (known["email"], known["api_token"])
                else:
                    http.headers["Authorization"] = f"Bearer {known['pat']}"
                assert http.get(f"{about['url']}/rest/api/2/myself").json()["displayName"] == "Hub Sync"
            assert about["name"] == "emulator-1"
        finally:
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "", "")
