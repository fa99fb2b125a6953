"""Print the JSON Schema of the configuration, with the keys of every installed connector.

`python -m core.settings > config/schema/slahub.schema.json`
"""

import sys
from importlib.metadata import entry_points
from typing import Any

from core.settings.connection_section import Offer
from core.settings.schema import schema_text


def main() -> None:
    offers: dict[str, Offer] = {}
    for entry in entry_points(group="slahub.connectors"):
        # A connector is not known by type here: core never imports one.
        connector: Any = entry.load()
        offers[entry.name] = Offer(connector.settings, connector.mapping)
    sys.stdout.write(schema_text(offers))


if __name__ == "__main__":
    main()
