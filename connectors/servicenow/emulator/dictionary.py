"""The dictionary as records: sys_db_object, sys_dictionary, sys_choice and sys_properties, read and written."""

from connectors.servicenow.emulator.change import insert
from connectors.servicenow.emulator.records import Update
from connectors.servicenow.emulator.schema import Column
from connectors.servicenow.emulator.words import choices_at_start
from connectors.servicenow.emulator.world import World

__all__ = ["Dictionary", "furnish_dictionary", "set_property"]

_PROPERTIES = {
    "glide.sys.default.tz": "Europe/Berlin",
    "glide.war": "glide-australia-02-11-2026__patch2.zip",
    "glide.invalid_query.returns_no_rows": "false",
    "glide.oauth.inbound.client.credential.grant_type.enabled": "true",
    "glide.oauth.inbound.ropc.grant_type.disabled": "false",
    "glide.authenticate.basic_auth.restriction.active": "true",
    "glide.authenticate.basic_auth.restriction.enforce": "true",
    "glide.authenticate.basic_auth.allowed_roles": "snc_basic_auth_api_access",
    "glide.authenticate.basic_auth.allowed_users": "",
    "glide.authenticate.basic_auth.allow_wsao": "true",
    "com.snc.sla.engine.async": "false",
}


def furnish_dictionary(world: World) -> None:
    """Write down what tables, columns, choices and properties there are."""
    ids: dict[str, str] = {}
    for table in world.schema.tables.values():
        row = {"name": table.name, "label": table.label, "super_class": ids.get(table.parent, "")}
        ids[table.name] = insert(world, "sys_db_object", "admin", row).id
        audit = "true" if table.audit else "false"
        whole = {"name": table.name, "internal_type": "collection", "column_label": table.label, "audit": audit}
        insert(world, "sys_dictionary", "admin", {**whole, "active": "true"})
        for column in table.own.values():
            insert(world, "sys_dictionary", "admin", _entry(table.name, column))
    for name, element, number, value, language, label in choices_at_start():
        given = {"name": name, "element": element, "value": value, "language": language, "label": label}
        insert(world, "sys_choice", "admin", {**given, "sequence": str(number), "inactive": "false"})
    for name, value in _PROPERTIES.items():
        set_property(world, name, value)


def set_property(world: World, name: str, value: str) -> None:
    """Set a system property. An empty value stays there as one."""
    world.properties[name] = value
    row = world.first("sys_properties", name=name)
    if row is None:
        insert(world, "sys_properties", "admin", {"name": name, "value": value, "type": "string"})
    else:
        row.values["value"] = value


class Dictionary:
    """Listens for columns that an administrator makes or takes away over REST."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, done: Update) -> None:
        row, schema = done.row, self._world.schema
        if row.table == "sys_properties" and done.kind != "delete":
            self._world.properties[row["name"]] = row["value"]
        if row.table != "sys_dictionary" or row["name"] not in schema.tables or not row["element"]:
            return
        if done.kind == "delete":
            schema.drop_column(row["name"], row["element"])
        else:
            schema.add_column(row["name"], _column(row.values))


def _entry(table: str, column: Column) -> dict[str, str]:
    return {
        "name": table,
        "element": column.name,
        "internal_type": column.type,
        "max_length": str(column.length),
        "column_label": column.label,
        "reference": column.reference,
        "mandatory": "false",
        "read_only": "false",
        "active": "true",
        "audit": "false",
        "attributes": "" if column.audit else "no_audit",
    }


def _column(values: dict[str, str]) -> Column:
    kind = values.get("internal_type") or "string"
    size = values.get("max_length", "")
    return Column(
        values["element"],
        kind,
        int(size) if size.isdecimal() else 40,
        values.get("reference", ""),
        kind == "choice",
        "no_audit" not in values.get("attributes", ""),
        values.get("column_label", values["element"]),
    )
