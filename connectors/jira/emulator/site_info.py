"""Who I am, and what this site is."""

from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.jira.emulator.answers import Answer, Call, Doc, unauthenticated
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.shapes_people import user_doc
from connectors.jira.emulator.stamps import stamp
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]


def myself(world: World, call: Call) -> Answer:
    """Answer with the caller, whose profile's zone JQL reads dates in."""
    if call.user is None:
        raise unauthenticated({})
    more: Doc = {
        "locale": call.user.locale,
        "groups": {"size": 1, "items": []},
        "applicationRoles": {"size": 1, "items": []},
        "expand": "groups,applicationRoles",
    }
    return Answer({**user_doc(world, call, call.user), "timeZone": call.user.zone, **more})


def server_info(world: World, call: Call) -> Answer:
    cloud = world.flavour == "cloud"
    now = world.ms()
    built = datetime.fromtimestamp(now // 1000, ZoneInfo("UTC"))
    return Answer(
        {
            "baseUrl": call.base,
            "version": "1001.0.0-SNAPSHOT" if cloud else "9.12.15",
            "versionNumbers": [1001, 0, 0] if cloud else [9, 12, 15],
            "deploymentType": "Cloud" if cloud else "Server",
            "buildNumber": 100291,
            "buildDate": f"{built:%Y-%m}-01T00:00:00.000+0000",
            "serverTime": stamp(world, now),
            "scmInfo": "0" * 40,
            "serverTitle": "Jira",
            "serverTimeZone": world.site_zone,
            "defaultLocale": {"locale": "en_US"},
        }
    )


ROUTES = (
    Route("GET", "myself", myself),
    Route("GET", "serverInfo", server_info, anonymous=True),
)
