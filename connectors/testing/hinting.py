"""The rules of taking hints, as tests; `ConnectorSuite` brings them along."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Protocol

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.testing.checks import check, check_instant
from core.errors import Forged, Unreadable
from core.ports import LARGEST_HINT, Connector, Hint, TakesHints

__all__ = ["HintingSuite", "Sent", "Signs", "Taking"]

KINDS = frozenset({"changed", "deleted"})

TRIED = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
"""The fixtures are the same for all examples, and change by none of them."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery as the source makes it. at: when it is taken, by the source's time."""

    headers: Mapping[str, str]
    body: bytes
    secret: str = field(repr=False)
    at: datetime


class Taking(Connector, TakesHints, Protocol):
    """A connector that takes hints."""


Signs = Callable[[bytes], Sent]


class HintingSuite:
    """Give all three fixtures, or none.

    taking: a connector that takes hints. signs: returns how its source would send a body, whatever stands in it.
    bodies: what the source really sends; at least one is about a ticket.
    Set `signs_bodies` to False where a secret beside the body proves who sends it, whatever the body says.
    """

    signs_bodies: ClassVar[bool] = True

    @pytest.fixture
    def taking(self) -> Taking:
        pytest.skip("no `taking` fixture")

    @pytest.fixture
    def signs(self) -> Signs:
        pytest.skip("no `signs` fixture")

    @pytest.fixture
    def bodies(self) -> Sequence[bytes]:
        pytest.skip("no `bodies` fixture")

    def test_what_the_source_sends_gives_hints(self, taking: Taking, signs: Signs, bodies: Sequence[bytes]) -> None:
        found = [hint for body in bodies for hint in taken(taking, signs(body))]
        check(bool(found), "none of `bodies` gives a hint")
        for hint in found:
            check(bool(hint.ticket_id and hint.delivery), f"a hint without a ticket or a delivery: {hint}")
            check(hint.kind in KINDS, f"a hint of another kind: {hint}")
            check_instant(hint.at, f"at of {hint}")

    def test_the_same_again_gives_the_same_hints(self, taking: Taking, signs: Signs, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            sent = signs(body)
            first, second = taken(taking, sent), taken(taking, sent)
            check(first == second, f"the same body gave {first}, then {second}")

    def test_the_headers_order_and_case_do_not_matter(
        self, taking: Taking, signs: Signs, bodies: Sequence[bytes]
    ) -> None:
        for body in bodies:
            sent = signs(body)
            written = list(sent.headers.items())
            for headers in (
                dict(reversed(written)),
                {name.lower(): value for name, value in written},
                {name.upper(): value for name, value in written},
            ):
                found = taken(taking, replace(sent, headers=headers))
                check(found == taken(taking, sent), f"with the headers {[*headers]} it gave {found}")

    def test_what_was_not_signed_so_is_forged(self, taking: Taking, signs: Signs, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            sent = signs(body)
            changed = {
                "with a space behind it": replace(sent, body=body + b" "),
                "with another beginning": replace(sent, body=bytes([body[0] ^ 1]) + body[1:]),
                "without a body": replace(sent, body=b""),
            }
            forged = {
                **(changed if self.signs_bodies else {}),
                "for another secret": replace(sent, secret=f"{sent.secret}x"),
                "where there is no secret": replace(sent, secret=""),
                "without a header": replace(sent, headers={}),
                "with empty headers": replace(sent, headers=dict.fromkeys(sent.headers, "")),
                "with odd headers": replace(sent, headers=dict.fromkeys(sent.headers, "\udcff☃")),
            }
            for how, one in forged.items():
                check(raised(taking, one) is Forged, f"a body {how} was not refused as forged")

    def test_a_signed_body_that_is_too_large_or_too_deep_is_unreadable(self, taking: Taking, signs: Signs) -> None:
        large = b'{"a": "' + b"x" * LARGEST_HINT + b'"}'
        check(raised(taking, signs(large)) is Unreadable, f"a body of {len(large)} bytes was read")
        for deep in (b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000):
            check(raised(taking, signs(deep)) is Unreadable, "a body of 100,000 levels was read")

    @TRIED
    @example(body=b"")
    @example(body=b"null")
    @example(body=b"[]")
    @example(body=b"{}")
    @example(body=b'"\\ud800"')
    @example(body=b"9" * 5000)
    @given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def test_whatever_is_signed_is_read_or_unreadable(self, taking: Taking, signs: Signs, body: bytes) -> None:
        found = raised(taking, signs(body))
        check(found in {None, Unreadable}, f"{body!r}, well signed, raised {found}")

    @TRIED
    @given(
        body=st.binary(max_size=200),
        headers=st.dictionaries(st.text(max_size=20), st.text(max_size=100), max_size=4),
        values=st.lists(st.text(max_size=100), min_size=20, max_size=20),
    )
    def test_whatever_else_comes_is_forged(
        self, taking: Taking, signs: Signs, body: bytes, headers: Mapping[str, str], values: Sequence[str]
    ) -> None:
        # The names that count, and whatever stands there.
        named = dict(zip(signs(b"").headers, values, strict=False))
        for one in (headers, named, {**headers, **named}):
            found = raised(taking, replace(signs(body), headers=one))
            check(found is Forged, f"{body!r} with {one} raised {found}")


def taken(taking: TakesHints, sent: Sent) -> tuple[Hint, ...]:
    return taking.hints(sent.headers, sent.body, sent.secret, sent.at)


def raised(taking: TakesHints, sent: Sent) -> type[Exception] | None:
    """Return what is raised; None where hints, or none, are returned. Anything but a branch for it fails the test."""
    try:
        taken(taking, sent)
    except (Forged, Unreadable) as error:
        return type(error)
    return None
