"""What a policy does, in plain words, out of the folder."""

from pathlib import Path

POLICIES = """\
policies:
  - {name: internal, when: {any: [{tags: [internal, noise]}, {team: none}]}, sla: none}
  - name: gold
    label: Gold support
    when: {kind: [incident, none], not: {status: closed}}
    calendar: {by: team, map: {US: always}, else: office}
    preset: zendesk
    on_change: {priority: restart}
    metrics:
      first_response: {targets: {critical: {in: 30m, calendar: always}, high: 1h, other: 4h}}
      next_response: {targets: {critical: 2h}}
      requester_wait: {targets: {other: 20h}, pause_accounting: wall_clock}
      resolution: {targets: {other: 1 working_day}, pause_in: [waiting/customer, closed], reopen: restart, breach: at}
      triage:
        kind: custom
        start: {any: [{on: created}, {changed: [team]}]}
        stop: {on: [assign]}
        cancel: {tags: spam}
        targets: {other: 1h}
    versions:
      - {from: 2027-01-01, calendar: office, metrics: {first_response: {targets: {other: 2h}}, triage: none}}
"""


def told(text: str) -> dict[str, dict[str, str]]:
    """The lines of each part of what is shown, by their first words."""
    parts: dict[str, dict[str, str]] = {}
    for part in text.split("\n\n"):
        head, *lines = part.splitlines()
        cells = (line.strip().partition("  ") for line in lines)
        parts.setdefault(head, {key: rest.strip() for key, _, rest in cells})
    return parts


def folder(hub_file: Path) -> Path:
    text = hub_file.read_text()
    hub_file.write_text(text[: text.index("policies:")] + POLICIES)
    return hub_file.parent


def test_a_policy_is_told_with_every_switch_in_plain_words(command, hub_file: Path) -> None:
    said = command("--config", folder(hub_file), "policy", "show", "gold")
    assert (said.status, said.err) == (0, "")
    parts = told(said.out)
    whole = parts["gold: agreement sla, shown as Gold support"]
    assert whole["for"] == "kind is incident or none, and status is not closed"
    assert whole["hours"] == "round the clock where team is US; else those of office"
    assert whole["new priority"] == "the clock ends without result and starts anew"
    assert parts["first response"] == {
        "target": "critical 30 minutes round the clock; high 1 hour, others 4 hours in the hours of its team",
        "starts": "when the ticket is created",
        "ends": "with the first public comment of an agent, or when the ticket becomes resolved or closed",
        "stands still": "never",
        "new hours": "hold for all of the clock",
        "breached": "after the due time",
    }
    assert parts["next response"]["target"].endswith("; no clock at other priorities")
    assert parts["next response"]["without result"] == "when the ticket is resolved or closed"
    assert parts["requester wait (status time)"]["a pause"] == "moves the due time by its whole length"
    assert parts["resolution"]["target"] == "all priorities 1 working day in the hours of its team"
    assert parts["resolution"]["stands still"] == "while waiting for the customer or closed"
    assert parts["resolution"]["reopened"] == "a new clock starts, the old one stays as it is"
    assert parts["resolution"]["breached"] == "at the due time"
    assert parts["triage (custom)"]["starts"] == "when the ticket is created, or team changes"
    assert parts["triage (custom)"]["without result"] == "when it has the tag spam"


def test_each_version_is_told_with_its_dates(command, hub_file: Path) -> None:
    said = command("--config", folder(hub_file), "policy", "show", "gold")
    first, _, second = said.out.partition("\nfrom 2027-01-01 (Europe/Berlin)\n")
    assert "until 2027-01-01 (Europe/Berlin)" in first
    assert "others 2 hours in the hours of office" in second
    assert "triage" not in second
    rows = command("--config", folder(hub_file), "policy", "show", "gold", "--json").rows
    assert [(row.get("since"), row.get("until")) for row in rows] == [
        (None, "2026-12-31T23:00:00Z"),
        ("2026-12-31T23:00:00Z", None),
    ]


def test_the_policies_are_listed_in_their_order(command, hub_file: Path) -> None:
    said = command("--config", folder(hub_file), "policy", "list")
    names = [line.split()[0] for line in said.out.splitlines()]
    assert names == ["policy", "internal", "gold", "gold"]
    assert "no promise" in said.out
    rows = command("--config", folder(hub_file), "policy", "list", "--json").rows
    assert [row["name"] for row in rows] == ["internal", "gold", "gold"]


def test_no_promise_is_told_as_one(command, hub_file: Path) -> None:
    said = command("--config", folder(hub_file), "policy", "show", "internal")
    assert "for       it has the tag internal or noise, or team is empty" in said.out
    assert "promises  nothing" in said.out


def test_a_name_that_no_policy_has_is_told_with_the_nearest(command, hub_file: Path) -> None:
    said = command("--config", folder(hub_file), "policy", "show", "golt")
    assert (said.status, said.out) == (2, "")
    assert "there is no policy `golt` (did you mean `gold`?)" in said.err


def test_a_policy_that_the_revision_in_force_says_otherwise_is_told(command, hub_file: Path) -> None:
    path = folder(hub_file)
    command("--config", path, "config", "apply")
    same = command("--config", path, "policy", "show", "gold")
    assert "in force" not in same.out
    hub_file.write_text(hub_file.read_text().replace("high: 1h", "high: 2h"))
    other = command("--config", path, "policy", "show", "gold")
    assert "Revision 1, which is in force, says otherwise; 'slahub config diff' shows how." in other.out
    assert command("--config", path, "policy", "show", "gold", "--json").rows[0]["differs_from_revision"] == 1
    assert "in force" not in command("--config", path, "policy", "show", "internal").out
