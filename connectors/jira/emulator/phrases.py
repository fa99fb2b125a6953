"""Words that people at the site write."""

__all__ = ["ASKS", "FAMILY", "GIVEN", "LABELS", "NOTES", "ORGANISATIONS", "REPLIES", "SUBJECTS", "TROUBLES"]

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
ORGANISATIONS = (
    "Umber Invoice Ltd",
    "Pike Export Ltd",
    "Drum Laptop Ltd",
    "North & Söhne",
    "Quill Logistics",
    "Vale AG",
)
SUBJECTS = (
    "Printer",
    "Login",
    "Backup",
    "Invoice",
    "Dashboard",
    "Export",
    "Badge",
    "Laptop",
    "API",
    "Webhook",
    "Report",
)
TROUBLES = (
    "fails after update",
    "is slow since this morning",
    "needs access",
    "times out",
    "shows wrong total",
    "is lost",
)
REPLIES = (
    "Can you send a screenshot?",
    "We found the cause and deploy a fix tonight.",
    "Please try again now.",
    'We are on it; the "vendor" was told.',
)
ASKS = (
    "It still happens here.",
    "Thank you, that helped!",
    "Any news?",
    "Es geht immer noch nicht \N{SLIGHTLY FROWNING FACE}",
)
NOTES = ("Internal: see the runbook, step 4.", "Called the vendor.", "Same as last week, I think.")
LABELS = ("triaged", "vip", "hardware", "network", "follow-up")
