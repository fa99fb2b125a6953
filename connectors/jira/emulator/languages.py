"""Names and texts in the language of a caller's profile, where there is a translation."""

__all__ = ["said"]

_GERMAN = {
    "Assignee": "Bearbeiter",
    "Closed": "Geschlossen",
    "Created": "Erstellt",
    "Done": "Fertig",
    "Escalated": "Eskaliert",
    "High": "Hoch",
    "Highest": "Höchste",
    "In Progress": "In Arbeit",
    "Issue Type": "Vorgangstyp",
    "Issue does not exist or you do not have permission to see it.": (
        "Der Vorgang ist nicht vorhanden, oder Sie haben keine Berechtigung, ihn zu sehen."
    ),
    "Low": "Niedrig",
    "Lowest": "Niedrigste",
    "Medium": "Mittel",
    "Open": "Offen",
    "Organizations": "Organisationen",
    "Pending": "Ausstehend",
    "Priority": "Priorität",
    "Reopened": "Erneut geöffnet",
    "Reporter": "Autor",
    "Request Type": "Anfragetyp",
    "Resolution": "Lösung",
    "Resolved": "Gelöst",
    "Status": "Status",
    "Summary": "Zusammenfassung",
    "The provided next page token is invalid or has expired.": "Das Seitentoken ist ungültig oder abgelaufen.",
    "Time to first response": "Zeit bis zur ersten Antwort",
    "Time to resolution": "Zeit bis zur Lösung",
    "To Do": "Zu erledigen",
    "Updated": "Aktualisiert",
    "Waiting for customer": "Warten auf Kunden",
    "Waiting for support": "Warten auf Support",
    "Won't Do": "Wird nicht erledigt",
}


def said(text: str, language: str) -> str:
    """Return a text in a language, or as it is where nobody translated it."""
    return _GERMAN.get(text, text) if language == "de" else text
