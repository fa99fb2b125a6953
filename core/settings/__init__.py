"""Configuration: a folder of YAML becomes checked values; secrets stay references until they are used."""

from core.settings.configuration import configuration
from core.settings.connection_section import Offer
from core.settings.draft import Draft, read_folder
from core.settings.edit import set_mode
from core.settings.holiday_dates import lock
from core.settings.hub_section import hub_settings
from core.settings.plain import Content
from core.settings.positions import Place, Positions
from core.settings.references import check_secrets, exposed_secrets
from core.settings.revision import Difference, canonical, describe, differences, parse
from core.settings.schema import schema, schema_text
from core.settings.secrets import SecretRef, Secrets
from core.settings.starting import starter
from core.settings.values import (
    Backfill,
    Budget,
    Configuration,
    Connection,
    HubSettings,
    Mode,
    Pilot,
    Show,
)

__all__ = [
    "Backfill",
    "Budget",
    "Configuration",
    "Connection",
    "Content",
    "Difference",
    "Draft",
    "HubSettings",
    "Mode",
    "Offer",
    "Pilot",
    "Place",
    "Positions",
    "SecretRef",
    "Secrets",
    "Show",
    "canonical",
    "check_secrets",
    "configuration",
    "describe",
    "differences",
    "exposed_secrets",
    "hub_settings",
    "lock",
    "parse",
    "read_folder",
    "schema",
    "schema_text",
    "set_mode",
    "starter",
]
