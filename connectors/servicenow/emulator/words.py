"""Choices that an instance comes with: values, and their labels in English and German."""

from collections.abc import Iterator

__all__ = ["CLOSE_CODES", "HOLD_REASONS", "choices_at_start"]

CLOSE_CODES = ("Solution provided", "Workaround provided", "Resolved by caller", "No resolution provided", "Duplicate")
HOLD_REASONS = {"1": "Awaiting Caller", "5": "Awaiting Change", "3": "Awaiting Problem", "4": "Awaiting Vendor"}

_CHOICES = """
incident.state incident.incident_state
    1=New|Neu; 2=In Progress|In Bearbeitung; 3=On Hold|Angehalten; 6=Resolved|Gelöst; 7=Closed|Geschlossen;
    8=Canceled|Abgebrochen;
incident.hold_reason
    1=Awaiting Caller|Wartet auf Anrufer; 5=Awaiting Change|Wartet auf Change;
    3=Awaiting Problem|Wartet auf Problem; 4=Awaiting Vendor|Wartet auf Lieferant;
incident.category
    inquiry=Inquiry / Help|Anfrage; software=Software|Software; hardware=Hardware|Hardware; network=Network|Netz;
incident.severity task.impact task.urgency
    1=1 - High|1 - Hoch; 2=2 - Medium|2 - Mittel; 3=3 - Low|3 - Niedrig;
problem.state problem.problem_state
    101=New|Neu; 102=Assess|Bewerten; 103=Root Cause Analysis|Ursachenanalyse; 104=Fix in Progress|Behebung;
    106=Resolved|Gelöst; 107=Closed|Geschlossen;
change_request.state
    -5=New|Neu; -4=Assess|Bewerten; -3=Authorize|Genehmigen; -2=Scheduled|Geplant; -1=Implement|Umsetzen;
    0=Review|Prüfen; 3=Closed|Geschlossen; 4=Canceled|Abgebrochen;
change_request.type
    normal=Normal|Normal; standard=Standard|Standard; emergency=Emergency|Notfall;
change_request.risk
    2=High|Hoch; 3=Moderate|Mittel; 4=Low|Niedrig;
task.state
    -5=Pending|Ausstehend; 1=Open|Offen; 2=Work in Progress|In Arbeit; 3=Closed Complete|Abgeschlossen;
    4=Closed Incomplete|Unvollständig geschlossen; 7=Closed Skipped|Übersprungen;
task.priority
    1=1 - Critical|1 - Kritisch; 2=2 - High|2 - Hoch; 3=3 - Moderate|3 - Mittel; 4=4 - Low|4 - Niedrig;
    5=5 - Planning|5 - Planung;
task.contact_type
    email=Email|E-Mail; phone=Phone|Telefon; self-service=Self-service|Selbstbedienung; walk-in=Walk-in|Persönlich;
task.approval
    not requested=Not Yet Requested|Nicht angefordert; requested=Requested|Angefordert; approved=Approved|Genehmigt;
    rejected=Rejected|Abgelehnt;
task.escalation
    0=Normal|Normal; 1=Moderate|Mittel; 2=High|Hoch; 3=Overdue|Überfällig;
task.u_sla_state
    on_track=On track|Im Plan; at_risk=At risk|Gefährdet; paused=Paused|Angehalten; breached=Breached|Verletzt;
    met=Met|Erfüllt; missed=Missed|Verfehlt; none=None|Keine; unknown=Unknown|Unbekannt;
sc_req_item.stage
    waiting_for_approval=Waiting for Approval|Wartet; fulfillment=Fulfillment|Erfüllung;
    delivery=Delivery|Lieferung; complete=Completed|Fertig;
task_sla.stage
    in_progress=In progress|In Arbeit; paused=Paused|Angehalten; completed=Completed|Fertig;
    cancelled=Cancelled|Abgebrochen; breached=Breached|Verletzt; achieved=Achieved|Erreicht;
contract_sla.type
    SLA=SLA|SLA; OLA=OLA|OLA; Underpinning contract=Underpinning contract|Vertrag mit Lieferant;
contract_sla.target
    response=Response|Reaktion; resolution=Resolution|Lösung;
cmdb_ci_outage.type
    outage=Outage|Ausfall; degradation=Degradation|Beeinträchtigung; planned=Planned Outage|Geplant;
asmt_assessment_instance.state
    ready=Ready to take|Bereit; wip=In progress|In Arbeit; complete=Complete|Fertig; canceled=Canceled|Abgebrochen;
"""


def choices_at_start() -> Iterator[tuple[str, str, int, str, str, str]]:
    """Yield (table, element, sequence, value, language, label) of each choice."""
    for number, code in enumerate(CLOSE_CODES, 1):
        for language in ("en", "de"):
            yield "incident", "close_code", number, code, language, code
    columns, number = list[str](), 0
    for line in _CHOICES.strip().splitlines():
        if not line.startswith(" "):
            columns, number = line.split(), 0
            continue
        for one in line.strip().rstrip(";").split(";"):
            number += 1
            value, _, labels = one.strip().partition("=")
            english, _, german = labels.partition("|")
            for column in columns:
                table, _, element = column.partition(".")
                yield table, element, number, value, "en", english
                yield table, element, number, value, "de", german
