"""ServiceNow's names of time zones: those of Java, old ones among them."""

from functools import cache
from zoneinfo import available_timezones

__all__ = ["ALIASES", "iana"]

NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})

ALIASES = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "Canada/Atlantic": "America/Halifax",
    "Canada/Central": "America/Winnipeg",
    "Canada/Eastern": "America/Toronto",
    "Canada/Mountain": "America/Edmonton",
    "Canada/Newfoundland": "America/St_Johns",
    "Canada/Pacific": "America/Vancouver",
    "Canada/Saskatchewan": "America/Regina",
    "Canada/Yukon": "America/Whitehorse",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "GMT": "UTC",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "US/Alaska": "America/Anchorage",
    "US/Arizona": "America/Phoenix",
    "US/Central": "America/Chicago",
    "US/East-Indiana": "America/Indiana/Indianapolis",
    "US/Eastern": "America/New_York",
    "US/Hawaii": "Pacific/Honolulu",
    "US/Michigan": "America/Detroit",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
    "VST": "Asia/Ho_Chi_Minh",
}
"""Java's short names, of which some mean something else to other people, and those that tzdata keeps as links only.

EST, MST and HST are left as they are: without summer time, as in Java.
"""


def iana(name: str) -> str:
    """Return the IANA name of a zone, which may be one already; empty for one that is not known."""
    found = ALIASES.get(name, name)
    return found if found in _zones() else ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - NO_PLACES)
