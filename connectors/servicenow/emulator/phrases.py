"""Words that people at the instance write."""

__all__ = ["ASKS", "COMPANIES", "FAMILY", "GIVEN", "GROUPS", "NOTES", "REPLIES", "SERVICES", "SUBJECTS", "TROUBLES"]

GIVEN = (
    "Ada",
    "Ben",
    "Cem",
    "Dia",
    "Eli",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Jun",
    "Kai",
    "Lea",
    "Mia",
    "Noa",
    "Oda",
    "Pia",
)
FAMILY = ("Alder", "Birch", "Cedar", "Drum", "Elm", "Frost", "Gale", "Hart", "Ives", "Juno", "Kite", "Lund", "Marsh")
COMPANIES = (
    "Nordwind Retail GmbH",
    "Umber Invoice Ltd",
    "Pike Export Ltd",
    "Quill Logistics",
    "Vale AG",
    "North & Söhne",
)
GROUPS = ("Service Desk", "Network Support", "Workplace", "Applications")
SERVICES = ("Branch network", "ERP", "Mail", "Checkout", "Intranet")
SUBJECTS = (
    "Printer",
    "Login",
    "Backup",
    "Checkout terminal",
    "Dashboard",
    "Export",
    "Badge",
    "Laptop",
    "Leased line",
    "VPN",
)
TROUBLES = (
    "does not work",
    "is slow since this morning",
    "shows an error: code 0x80^41",
    "lost the connection",
    "needs access, please",
    "was fine yesterday",
    "stopped in branch 14 & 15",
)
ASKS = (
    "Any news on this?",
    "It fails again after a restart.",
    "Now it is urgent, our branch is closed.",
    "Here is what you asked for.",
    "Works now, thank you.",
)
REPLIES = (
    "We are looking into it.",
    "Please restart the device and tell us the result.",
    "We ordered a spare part.",
    "This is fixed with the next deployment.",
    "Can you send us a screenshot?",
)
NOTES = (
    "Looks like the branch switch.",
    "Called the caller, no answer.",
    "Waiting for the supplier.",
    "Same as last week.",
)
