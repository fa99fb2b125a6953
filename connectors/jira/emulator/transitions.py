"""Moving an issue through its workflow, which lets every status follow every other."""

from connectors.emulation import as_doc
from connectors.jira.emulator.answers import Answer, Call, Doc, bad_payload, refused
from connectors.jira.emulator.change import change
from connectors.jira.emulator.deeds import DONE
from connectors.jira.emulator.edits import check_conflict, values
from connectors.jira.emulator.issues import issue_of
from connectors.jira.emulator.mail import notify
from connectors.jira.emulator.records import Issue, Value
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.shapes_site import status_doc
from connectors.jira.emulator.site_records import Status
from connectors.jira.emulator.users import permitted
from connectors.jira.emulator.world import World

__all__ = ["ROUTES", "goals", "transition_id"]


def transition_id(world: World, issue: Issue, status_id: int) -> int:
    """Return the number of the transition that leads to a status: 11, 21, 31, ... in the workflow's order."""
    return 10 * world.project_of(issue).status_ids.index(status_id) + 11


def goals(world: World, issue: Issue) -> dict[str, Status]:
    """Return where an issue can go now, by transition id."""
    there = [one for one in world.project_of(issue).status_ids if one != issue.status_id]
    return {str(transition_id(world, issue, one)): world.statuses[one] for one in there}


def listed(world: World, call: Call) -> Answer:
    issue = issue_of(world, call)
    wanted = call.query.get("transitionId")
    found = goals(world, issue) if permitted(world, call.user, "TRANSITION_ISSUES", world.project_of(issue)) else {}
    shown = [_doc(call, number, one) for number, one in found.items() if wanted in (None, number)]
    return Answer({"expand": "transitions", "transitions": shown})


def perform(world: World, call: Call) -> Answer:
    """Carry a transition out, with the fields that may be set along with it."""
    issue = issue_of(world, call)
    body = call.json(transition=dict, fields=dict, update=dict, historyMetadata=dict, properties=list)
    number = as_doc(body.get("transition")).get("id")
    if number is None:
        raise refused(400, "Missing 'transition' identifier") if call.body else bad_payload()
    status = goals(world, issue).get(str(number))
    if status is None or not permitted(world, call.user, "TRANSITION_ISSUES", world.project_of(issue)):
        raise refused(400, f"Transition id '{number}' is not valid for this issue.")
    check_conflict(world)
    fields = dict(as_doc(body.get("fields")))
    wishes: dict[str, Value] = {}
    done = status.category == "done"
    if done and issue.resolution_id is None:
        wishes["resolution"] = _resolution(world, fields.pop("resolution", None))
    elif not done and issue.resolution_id is not None:
        wishes["resolution"] = None
    wishes |= values(world, call, issue, fields, as_doc(body.get("update")))
    author = None if call.user is None else call.user.id
    change(world, issue, author, {**wishes, "status": status.id})
    notify(world, issue, author)
    return Answer(None, 204)


def _resolution(world: World, value: object) -> int:
    """Return the resolution that was asked for, else the usual one."""
    doc = as_doc(value)
    for one in world.resolutions.values():
        if str(doc.get("id", "")) == str(one.id) or doc.get("name") == one.name:
            return one.id
    if value is None:
        return DONE
    raise refused(400, resolution="Specify a valid 'id' or 'name' for Resolution")


def _doc(call: Call, number: str, status: Status) -> Doc:
    return {
        "id": number,
        "name": status.name,
        "to": status_doc(call, status),
        "hasScreen": False,
        "isGlobal": True,
        "isInitial": False,
        "isAvailable": True,
        "isConditional": False,
        "isLooped": False,
    }


ROUTES = (
    Route("GET", "issue/{issue}/transitions", listed, anonymous=True),
    Route("POST", "issue/{issue}/transitions", perform, anonymous=True),
)
