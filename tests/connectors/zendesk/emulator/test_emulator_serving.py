import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from connectors.zendesk.emulator import Emulator, serve

ROOT = Path(__file__).parents[4]


def test_a_served_desk_ends_cleanly() -> None:
    emulator = Emulator(tickets=5)
    before = {thread.name for thread in threading.enumerate()}
    with serve(emulator) as url:
        assert httpx.get(f"{url}/api/v2/users/me").status_code == 200
        emulator.stage.people(600)
    assert {thread.name for thread in threading.enumerate()} <= before
    with serve(emulator) as url:
        assert httpx.get(f"{url}/api/v2/users/me").status_code == 200


def test_links_name_the_host_as_the_caller_wrote_it() -> None:
    emulator = Emulator(tickets=5)
    headers = {"Host": "acme.zendesk.test", "X-Forwarded-Proto": "https"}
    with serve(emulator) as url:
        got = httpx.get(f"{url}/api/v2/tickets/1", headers=headers, auth=("agent@example.test/token", "emulator-token"))
    assert got.json()["ticket"]["url"] == "https://acme.zendesk.test/api/v2/tickets/1.json"


def test_the_command_prints_one_line_and_serves_until_sigterm() -> None:
    command = [sys.executable, "-m", "connectors.zendesk.emulator", "--tickets", "20", "--people-per-minute", "60"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes) as process:
        try:
            assert process.stdout is not None
            about = json.loads(process.stdout.readline())
            token = about["credentials"]["api_token"]
            url = f"{about['url']}/api/v2/ticket_fields/{about['fields']['state']}"
            got = httpx.get(url, auth=(f"{token['email']}/token", token["api_token"]))
            assert got.json()["ticket_field"]["title"] == "SLA state"
            client = {"grant_type": "client_credentials", **about["credentials"]["oauth_client"]}
            assert "access_token" in httpx.post(f"{about['url']}/oauth/tokens", json=client).json()
            assert about["name"] == "emulator-1"
        finally:
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors) == (0, "", "")
