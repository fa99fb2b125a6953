"""What a customer reads, in their language."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["Language", "at", "date", "span", "words"]


class Language(StrEnum):
    """What the customer's page can be written in."""

    EN = "en"
    DE = "de"


_EN: Final = {
    "title": "How the times of your ticket were measured",
    "ticket": "Ticket",
    "as_of": "As of",
    "zone": "All times in",
    "agreement": "Service level agreement",
    "no_clock": "Nothing was promised for this ticket that is measured in time.",
    "left_out": "{count} earlier ones are not shown.",
    "metric.first_response": "First response",
    "metric.next_response": "Next response",
    "metric.periodic_update": "Update",
    "metric.resolution": "Resolution",
    "metric.status_time": "Time at work",
    "metric.custom": "Agreed time",
    "verdict.met": "kept",
    "verdict.missed": "not kept",
    "verdict.late": "overdue",
    "verdict.running": "on time so far",
    "verdict.paused": "on hold",
    "verdict.cancelled": "ended without result",
    "verdict.unknown": "cannot be told yet",
    "verdict.checked": "being checked",
    "fact.promised": "Promised",
    "fact.hours": "Opening hours",
    "fact.started": "Started",
    "fact.ended": "Ended",
    "fact.due": "Due",
    "fact.used": "Time used",
    "promised.open": "{time} within opening hours",
    "promised.always": "{time}, day and night",
    "promised.day": "1 working day",
    "promised.days": "{days} working days",
    "hours.always": "day and night",
    "due.forecast": "{at}, if nothing else happens",
    "due.paused": "not while on hold; {left} are left",
    "due.ended": "none",
    "due.never": "none within these opening hours",
    "used.left": "{used}, {left} left",
    "used.over": "{used}, {over} more than promised",
    "used.exactly": "{used}",
    "column.from": "From",
    "column.what": "What",
    "column.counted": "Counted",
    "column.total": "In all",
    "row.running": "time counts",
    "row.late": "time counts, after the due time",
    "row.closed": "closed: {closings}",
    "row.ahead": "if nothing else happens",
    "row.met": "had it gone on",
    "row.more": "{count} more lines",
    "closed.hours": "outside of opening hours",
    "closings": "{said}; closed: {closings}",
    "wait.customer": "waiting for you: does not count",
    "wait.vendor": "waiting for a supplier: does not count",
    "wait.hold": "on hold: does not count",
    "wait.wall": "{said}, time is given back",
    "wait.resolved": "solved: does not count",
    "wait.resolved_counted": "solved, and opened again: counts",
    "wait.outside": "outside of the agreement: does not count",
    "one.night": "night",
    "many.night": "{count} nights",
    "one.weekend": "weekend",
    "many.weekend": "{count} weekends",
    "one.day": "day without hours",
    "many.day": "{count} days without hours",
    "one.break": "break",
    "many.break": "{count} breaks",
    "one.hours": "special hours",
    "many.hours": "{count} days with special hours",
    "by.created": "Ticket opened",
    "by.agent_reply": "We replied",
    "by.agent": "We changed the ticket",
    "by.customer_reply": "You wrote",
    "by.customer": "You changed the ticket",
    "by.system": "Changed automatically",
    "by.seen": "The ticket is closed to us",
    "by.text": "New terms hold",
    "did.started": "the time starts",
    "did.paused": "the time stands still",
    "did.resumed": "the time goes on",
    "did.stopped": "the time stops",
    "did.reopened": "opened again",
    "did.completed": "done",
    "did.cancelled": "ended without result",
    "did.target": "another time is promised now",
    "did.calendar": "other opening hours hold now",
    "legend.running": "counts",
    "legend.late": "counts, late",
    "legend.paused": "does not count",
    "legend.resolved": "solved",
    "legend.closed": "closed",
    "legend.ahead": "ahead",
    "legend.due": "due",
}
_DE: Final = {
    "title": "Wie die Zeiten Ihres Tickets gemessen wurden",
    "ticket": "Ticket",
    "as_of": "Stand",
    "zone": "Alle Zeiten in",
    "agreement": "Servicevereinbarung",
    "no_clock": "Für dieses Ticket ist nichts zugesagt, das in Zeit gemessen wird.",
    "left_out": "{count} frühere sind nicht gezeigt.",
    "metric.first_response": "Erste Antwort",
    "metric.next_response": "Nächste Antwort",
    "metric.periodic_update": "Zwischenstand",
    "metric.resolution": "Lösung",
    "metric.status_time": "Bearbeitungszeit",
    "metric.custom": "Vereinbarte Zeit",
    "verdict.met": "eingehalten",
    "verdict.missed": "nicht eingehalten",
    "verdict.late": "überschritten",
    "verdict.running": "bisher im Zeitplan",
    "verdict.paused": "angehalten",
    "verdict.cancelled": "ohne Ergebnis beendet",
    "verdict.unknown": "noch nicht bekannt",
    "verdict.checked": "wird geprüft",
    "fact.promised": "Zugesagt",
    "fact.hours": "Servicezeiten",
    "fact.started": "Beginn",
    "fact.ended": "Ende",
    "fact.due": "Fällig",
    "fact.used": "Verbraucht",
    "promised.open": "{time} innerhalb der Servicezeiten",
    "promised.always": "{time}, rund um die Uhr",
    "promised.day": "1 Arbeitstag",
    "promised.days": "{days} Arbeitstage",
    "hours.always": "rund um die Uhr",
    "due.forecast": "{at}, wenn nichts weiter geschieht",
    "due.paused": "nicht, solange angehalten; es bleiben {left}",
    "due.ended": "keine Frist",
    "due.never": "nie innerhalb dieser Servicezeiten",
    "used.left": "{used}, {left} übrig",
    "used.over": "{used}, {over} mehr als zugesagt",
    "used.exactly": "{used}",
    "column.from": "Ab",
    "column.what": "Was",
    "column.counted": "Gezählt",
    "column.total": "Insgesamt",
    "row.running": "Zeit zählt",
    "row.late": "Zeit zählt, nach der Frist",
    "row.closed": "geschlossen: {closings}",
    "row.ahead": "wenn nichts weiter geschieht",
    "row.met": "wäre es weitergegangen",
    "row.more": "{count} weitere Zeilen",
    "closed.hours": "außerhalb der Servicezeiten",
    "closings": "{said}; geschlossen: {closings}",
    "wait.customer": "Warten auf Sie: zählt nicht",
    "wait.vendor": "Warten auf einen Lieferanten: zählt nicht",
    "wait.hold": "angehalten: zählt nicht",
    "wait.wall": "{said}, die Zeit wird zurückgegeben",
    "wait.resolved": "gelöst: zählt nicht",
    "wait.resolved_counted": "gelöst und wieder geöffnet: zählt",
    "wait.outside": "außerhalb der Vereinbarung: zählt nicht",
    "one.night": "Nacht",
    "many.night": "{count} Nächte",
    "one.weekend": "Wochenende",
    "many.weekend": "{count} Wochenenden",
    "one.day": "Tag ohne Servicezeit",
    "many.day": "{count} Tage ohne Servicezeit",
    "one.break": "Pause",
    "many.break": "{count} Pausen",
    "one.hours": "besondere Zeiten",
    "many.hours": "{count} Tage mit besonderen Zeiten",
    "by.created": "Ticket eröffnet",
    "by.agent_reply": "Wir haben geantwortet",
    "by.agent": "Wir haben das Ticket geändert",
    "by.customer_reply": "Sie haben geschrieben",
    "by.customer": "Sie haben das Ticket geändert",
    "by.system": "Automatisch geändert",
    "by.seen": "Das Ticket ist für uns geschlossen",
    "by.text": "Neue Bedingungen gelten",
    "did.started": "die Zeit beginnt",
    "did.paused": "die Zeit steht",
    "did.resumed": "die Zeit läuft weiter",
    "did.stopped": "die Zeit hält an",
    "did.reopened": "wieder geöffnet",
    "did.completed": "erledigt",
    "did.cancelled": "ohne Ergebnis beendet",
    "did.target": "ab jetzt ist eine andere Zeit zugesagt",
    "did.calendar": "ab jetzt gelten andere Servicezeiten",
    "legend.running": "zählt",
    "legend.late": "zählt, zu spät",
    "legend.paused": "zählt nicht",
    "legend.resolved": "gelöst",
    "legend.closed": "geschlossen",
    "legend.ahead": "steht bevor",
    "legend.due": "fällig",
}
_WORDS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType({Language.EN: _EN, Language.DE: _DE})
_DAYS: Final[Mapping[Language, tuple[str, ...]]] = MappingProxyType(
    {
        Language.EN: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        Language.DE: ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    }
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def words(language: Language) -> Mapping[str, str]:
    """Return the sentences by their key; the same keys in every language."""
    return _WORDS[language]


def date(language: Language, day: int) -> str:
    """Return a weekday, 0 for Monday."""
    return _DAYS[language][day]


def at(language: Language, local: datetime, *, year: bool = True) -> str:
    """Return a local time: to the minute, and to the second where it is not on one."""
    clock = local.strftime("%H:%M:%S" if local.second or local.microsecond else "%H:%M")
    day = _DAYS[language][local.weekday()]
    if language is Language.DE:
        return f"{day} {local:%d.%m.}{f'{local.year}' if year else ''} {clock}"
    return f"{day} {local.day} {_MONTHS[local.month - 1]}{f' {local.year}' if year else ''} {clock}"


def span(seconds: float) -> str:
    """Return an amount of time, which is written the same in both languages."""
    sign, whole = ("−" if seconds < 0 else ""), int(abs(seconds))
    parts = ((whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s"))
    return sign + (" ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min")
