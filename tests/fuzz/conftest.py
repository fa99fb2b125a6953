"""One emulated helpdesk of each kind, for all tests here."""

from collections.abc import Iterator, Mapping

import pytest

from tests.fuzz.spoilt import KINDS, Helpdesk, helpdesks


@pytest.fixture(scope="session")
def every_helpdesk() -> Iterator[Mapping[str, Helpdesk]]:
    with helpdesks() as found:
        yield found


@pytest.fixture(params=KINDS)
def helpdesk(request: pytest.FixtureRequest, every_helpdesk: Mapping[str, Helpdesk]) -> Helpdesk:
    """One helpdesk after the other; what it answers stays the same all the time."""
    return every_helpdesk[request.param]
