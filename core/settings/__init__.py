"""Configuration: a folder of YAML becomes checked values; secrets stay references until they are used."""

from core.settings.configuration import configuration
from core.settings.connection_section import Offer
from core.settings.draft import Draft, configuration_files, read_folder
from core.settings.edit import Edit, with_mode
from core.settings.holidays_section import lock, unlocked
from core.settings.hub_section import hub_settings
from core.settings.ical_files import ICAL_SUFFIX
from core.settings.mapping_section import mapping_key
from core.settings.mentions import Mention, mentions
from core.settings.plain import Content, KeyPath
from core.settings.positions import Place, Positions, Problems, key_text
from core.settings.references import check_secrets, exposed_secrets, secret_files
from core.settings.revision import Difference, canonical, describe, differences, parse
from core.settings.schema import schema, schema_text
from core.settings.secrets import SecretRef, Secrets
from core.settings.starting import refuse_taken, starter, write_new
from core.settings.suggested import NOT_TRANSLATED, SuggestedFile, folder_files, suggested_files, suggested_names
from core.settings.values import (
    AlertKind,
    Alerts,
    Backfill,
    Budget,
    Configuration,
    Connection,
    Hints,
    HubSettings,
    Mode,
    Pilot,
    Show,
)
from core.settings.words import likeliest

__all__ = [
    "ICAL_SUFFIX",
    "NOT_TRANSLATED",
    "AlertKind",
    "Alerts",
    "Backfill",
    "Budget",
    "Configuration",
    "Connection",
    "Content",
    "Difference",
    "Draft",
    "Edit",
    "Hints",
    "HubSettings",
    "KeyPath",
    "Mention",
    "Mode",
    "Offer",
    "Pilot",
    "Place",
    "Positions",
    "Problems",
    "SecretRef",
    "Secrets",
    "Show",
    "SuggestedFile",
    "canonical",
    "check_secrets",
    "configuration",
    "configuration_files",
    "describe",
    "differences",
    "exposed_secrets",
    "folder_files",
    "hub_settings",
    "key_text",
    "likeliest",
    "lock",
    "mapping_key",
    "mentions",
    "parse",
    "read_folder",
    "refuse_taken",
    "schema",
    "schema_text",
    "secret_files",
    "starter",
    "suggested_files",
    "suggested_names",
    "unlocked",
    "with_mode",
    "write_new",
]
