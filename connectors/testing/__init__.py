"""The conformance kit: `ConnectorSuite` to inherit in a connector's tests, `ListConnector` to test the hub with.

Needs pytest; nothing of the running hub imports it.
"""

from connectors.testing.lists import ListConnector, ListPage
from connectors.testing.suite import ConnectorSuite

__all__ = ["ConnectorSuite", "ListConnector", "ListPage"]
