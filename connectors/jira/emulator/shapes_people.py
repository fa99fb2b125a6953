"""People as documents."""

from connectors.jira.emulator.answers import Call, Doc
from connectors.jira.emulator.records import User
from connectors.jira.emulator.world import World

__all__ = ["avatars", "user_doc", "user_of"]

_SIZES = ("48x48", "24x24", "16x16", "32x32")


def avatars(call: Call, name: str) -> dict[str, str]:
    return {size: f"{call.base}/avatars/{name}/{size}" for size in _SIZES}


def user_of(world: World, call: Call, user_id: str | None) -> Doc | None:
    """Return the person of this id; None for nobody."""
    user = None if user_id is None else world.users.get(user_id)
    return None if user is None else user_doc(world, call, user)


def user_doc(world: World, call: Call, user: User) -> Doc:
    """Return a person as the site shows one: what privacy law took away is blank."""
    avatar = avatars(call, str(sum(user.id.encode()) % 11))
    if world.flavour == "datacenter":
        return {
            "self": call.link(f"user?username={user.name}"),
            "name": user.name,
            "key": user.id,
            "emailAddress": user.email,
            "avatarUrls": avatar,
            "displayName": user.display_name,
            "active": user.active,
            "timeZone": user.zone,
        }
    doc: Doc = {"self": call.link(f"user?accountId={user.id}"), "accountId": user.id}
    if user.shows_email and not user.deleted:
        doc["emailAddress"] = user.email
    doc |= {"avatarUrls": avatar, "displayName": user.display_name, "active": user.active}
    if not user.deleted:
        doc["timeZone"] = user.zone
    doc["accountType"] = user.kind
    return doc
