"""Write-back: all that an issue is to show in one edit, quiet where that is allowed, many alike in one task."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from connectors import Delivery, FieldUpdate, Outcome, Slot, Unreadable, fields_of, perhaps, rows
from connectors.jira.client import Api, Reply
from connectors.jira.edits import Edit, complaints, edit_body, planned
from connectors.jira.fields import Layout
from connectors.jira.lacking import lacking, nowhere, respelt
from connectors.jira.layouts import Layouts
from connectors.jira.options import Options
from connectors.jira.places import own_of_property, own_values, places
from connectors.jira.quiet import Rights
from connectors.jira.shapes import instant, millis
from connectors.jira.tasks import LEAST, LOOK_AGAIN, Tasks
from connectors.jira.whereabouts import Whereabouts, WhereaboutsKept

__all__ = ["Writer"]

EXPECTED = frozenset({400, 403, 404, 409, 413, 422})

BAD, FORBIDDEN = 400, 403

TRIES = 4
"""Of one issue's edit: what it does not take is left out, an option that is spelt otherwise is put right."""

Lacks: TypeAlias = dict[tuple[str, str], dict[Slot, str]]


class Writer:
    """Edits issues and says what they show then. Safe in threads.

    Cloud answers an edit with the issue as it is then; Data Center's word that all of it was taken has to do.
    """

    def __init__(self, api: Api, layouts: Layouts) -> None:
        self._api, self._layouts = api, layouts
        self._rights, self._options, self._kept = Rights(api), Options(api), WhereaboutsKept(api)
        self._tasks = Tasks(api, self._rights, self._options)

    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        """Show what is asked for; each update is shown, pending in a task, refused, or to be tried again."""
        sound: list[FieldUpdate] = []
        for update in updates:
            if update.ticket_id.isdecimal():
                sound.append(update)
            else:
                yield Delivery(update.ticket_id, Outcome.REFUSED, reason=f"'{update.ticket_id}' is no issue's id")
        layout = self._layouts.get()
        edits = self._planned(sound, layout)
        if any(edit.refused for edit in edits.values()):
            layout = self._layouts.renewed()
            edits = self._planned(sound, layout)
        for update in sound:
            if update.ticket_id not in edits:
                yield hidden(update.ticket_id)
        begun = self._tasks.begin(list(edits.values())) if self._api.site().cloud else {}
        for ticket_id, task in begun.items():
            yield Delivery(ticket_id, Outcome.PENDING, job=task)
        # Within one call only: what a project lacks may be made for it at any time.
        lacks: Lacks = {}
        for ticket_id, edit in edits.items():
            if ticket_id in begun:
                continue
            nowhere_yet = lacks and not edit.where.project
            yield self._alone(edit.at(self._found(ticket_id, list(edits))) if nowhere_yet else edit, layout, lacks)

    def settle(self, jobs: Sequence[str]) -> Iterator[Delivery]:
        """Ask once about tasks; one still under way yields nothing."""
        layout = self._layouts.get()
        for task in jobs:
            yield from self._tasks.ended(task, layout)

    def most_jobs(self) -> int:
        """Return in how many tasks updates may be pending at once. What is beyond it is edited singly meanwhile."""
        return self._api.most_tasks()

    def _planned(self, updates: Sequence[FieldUpdate], layout: Layout) -> dict[str, Edit]:
        """Return each issue's edit; one that Jira does not show is left out."""
        cloud = self._api.site().cloud
        entries = self._entries([each.ticket_id for each in updates], layout)
        known = self._where([each.ticket_id for each in updates], layout) if cloud else None
        edits: dict[str, Edit] = {}
        for update in updates:
            where = Whereabouts() if known is None else known.get(update.ticket_id)
            if where is None:
                continue
            there = places(layout, where.project, team=where.team)
            refused = {slot: nowhere(slot, layout, where) for slot in update.fields if slot not in there}
            mine = entries.get(update.ticket_id, {}) if layout.entries else None
            edits[update.ticket_id] = planned(update, where, there, refused, mine, rich=cloud)
        return edits

    def _where(self, ids: Sequence[str], layout: Layout) -> Mapping[str, Whereabouts] | None:
        """Return where issues are; None where nothing depends on it."""
        if layout.local or layout.entries or len(ids) >= LEAST or not self._rights.everywhere():
            return self._kept.of(ids)
        return None

    def _entries(self, ids: Sequence[str], layout: Layout) -> Mapping[str, Mapping[Slot, str]]:
        """Return what stands in the issue property now: an update may speak of a part of it."""
        key = layout.entries
        if not key or not ids:
            return {}
        if not self._api.site().cloud:
            answers = {each: self._api.get(f"~/issue/{each}/properties/{key}", expect=frozenset({404})) for each in ids}
            return {each: own_of_property(perhaps(reply.body).get("value")) for each, reply in answers.items()}
        asked = {"issueIdsOrKeys": list(ids), "fields": ["project", "issuetype"], "properties": [key]}
        found = [perhaps(each) for each in rows(self._api.ask("~/issue/bulkfetch", asked).body, "issues")]
        self._kept.learn(found)
        return {str(each.get("id")): own_of_property(perhaps(each.get("properties")).get(key)) for each in found}

    def _alone(self, edit: Edit, layout: Layout, lacks: Lacks) -> Delivery:
        """Edit one issue, without what it does not take."""
        lacked = lacks.get(edit.kind, {})
        edit = edit.without({slot: why for slot, why in lacked.items() if slot in edit.words})
        edit, said = respelt(edit, self._options.recalled(edit)) or edit, ""
        for _ in range(TRIES):
            if not edit.words:
                if edit.entries is not None:
                    self._put(edit, layout)
                return _refused(edit, "; ".join(dict.fromkeys(edit.refused.values())))
            reply = self._put(edit, layout)
            if reply.status != BAD:
                return self._answered(edit, layout, reply)
            said, wrong = reply.said, complaints(reply.body, edit)
            if not wrong:
                return _refused(edit, said)
            if not edit.where.project:
                edit = edit.at(self._found(edit.ticket_id, [edit.ticket_id]))
            offer = self._options.of(edit, fresh=True)
            better = respelt(edit, offer)
            if better is None:
                found = lacking(edit, wrong, offer)
                if all(edit.kind):
                    always = {slot: each.why for slot, each in found.items() if each.always}
                    lacks.setdefault(edit.kind, {}).update(always)
                edit = edit.without({slot: each.why for slot, each in found.items()})
            else:
                edit = better
        return Delivery(edit.ticket_id, Outcome.RETRY, reason=said)

    def _put(self, edit: Edit, layout: Layout) -> Reply:
        """Send one edit: quietly where that is allowed, and all the same where it turns out not to be."""
        if not edit.values:
            path = f"~/issue/{edit.ticket_id}/properties/{layout.entries}"
            return self._api.send("PUT", path, edit.entries, expect=EXPECTED)
        path, body = f"~/issue/{edit.ticket_id}", edit_body(edit, layout.entries)
        back = {"returnIssue": "true"} if self._api.site().cloud else {}
        if not self._rights.quiet(edit.ticket_id, edit.where.project):
            return self._api.send("PUT", path, body, back, EXPECTED)
        reply = self._api.send("PUT", path, body, {**back, "notifyUsers": "false"}, EXPECTED)
        if reply.status != FORBIDDEN and (reply.status != BAD or complaints(reply.body, edit)):
            return reply
        loud = self._api.send("PUT", path, body, back, EXPECTED)
        if loud.status != reply.status:
            self._rights.refused(edit.ticket_id, edit.where.project)
        return loud

    def _answered(self, edit: Edit, layout: Layout, reply: Reply) -> Delivery:
        match reply.status:
            case _ if reply.good:
                return self._shown(edit, layout, reply)
            case 404:
                self._kept.forget(edit.ticket_id)
                return hidden(edit.ticket_id)
            case 403:
                self._kept.forget(edit.ticket_id)
                return _refused(
                    edit,
                    f"this user may not edit it: that takes 'Edit issues' in {edit.where.words}, "
                    f"and a workflow that allows it in the ticket's status ({reply.said})",
                )
            case 409:
                return Delivery(edit.ticket_id, Outcome.CONFLICT, reason=reply.said)
            case 429:
                reason = "it was written too often within seconds, and Jira asks to leave it alone for a while"
                return Delivery(edit.ticket_id, Outcome.RETRY, reason=reason)
            case _:
                return Delivery(edit.ticket_id, Outcome.RETRY, reason=reply.said)

    def _shown(self, edit: Edit, layout: Layout, reply: Reply) -> Delivery:
        """Return what an issue shows after its edit: as the answer tells, else what it was sent."""
        told, version = edit.words, reply.over
        try:
            issue = fields_of(reply.body)
            version = instant(fields_of(issue.get("fields")), "updated")
            told |= own_values(issue, layout)
            self._kept.learn([issue])
        except Unreadable:
            pass
        # Without an answer that tells it, the edit was made before its answer was over. What somebody did in the same
        # second may be shown without it for a while; taken for younger, that would look like overwriting.
        return Delivery(edit.ticket_id, Outcome.SHOWN, told, str(millis(version)), refused=edit.refused)

    def _found(self, ticket_id: str, asked: Sequence[str]) -> Whereabouts:
        """Return where an issue is, asked for together with others; nowhere where that cannot be told."""
        if not self._api.site().cloud:
            return Whereabouts()
        return self._kept.of(asked).get(ticket_id, Whereabouts())


def hidden(ticket_id: str) -> Delivery:
    return Delivery(ticket_id, Outcome.RETRY, reason=f"Jira does not show the ticket; {LOOK_AGAIN}")


def _refused(edit: Edit, reason: str) -> Delivery:
    return Delivery(edit.ticket_id, Outcome.REFUSED, reason=reason or "Jira does not take it, and does not say why")
