"""The conformance kit: `ConnectorSuite` to inherit in a connector's tests, and helpdesks made of lists
to test the hub with.

Needs pytest and hypothesis; nothing of the running hub imports it.
"""

from connectors.testing.hint_lists import HintedLists
from connectors.testing.hinting import Sent, Signs, Taking
from connectors.testing.lists import ListConnector, ListPage
from connectors.testing.suite import ConnectorSuite

__all__ = ["ConnectorSuite", "HintedLists", "ListConnector", "ListPage", "Sent", "Signs", "Taking"]
