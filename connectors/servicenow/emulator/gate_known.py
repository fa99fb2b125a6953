"""What every emulated instance can be entered with."""

from dataclasses import dataclass

__all__ = ["KNOWN", "Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """user, password: the hub's service account (web services only; `itil` and `audit_viewer`).

    reader: reads tickets, and neither audit nor journal. nobody: reads nothing (`snc_read_only`).
    admin: may everything, with basic authentication too. agent: works at the pages.
    """

    user: str = "svc.slahub"
    password: str = "emulator-password"
    reader: str = "svc.reader"
    reader_password: str = "emulator-reader-password"
    nobody: str = "svc.nobody"
    nobody_password: str = "emulator-nobody-password"
    admin: str = "admin"
    admin_password: str = "emulator-admin-password"
    agent: str = "ada.alder"
    agent_password: str = "emulator-agent-password"
    client_id: str = "hub"
    client_secret: str = "emulator-secret"
    api_key: str = "emulator-api-key"
    import_user: str = "svc.import"
    push_secret: str = "emulator-push-secret"


KNOWN = Known()
