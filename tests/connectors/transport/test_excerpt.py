"""What is shown of an error's body."""

import json
from time import process_time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import redact
from connectors.excerpt import excerpt


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"error": "Couldn't authenticate you"}, "Couldn't authenticate you"),
        ({"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound; Not found"),
        ({"error": {"title": "Forbidden", "message": "No access"}}, "Forbidden; No access"),
        (
            {"errors": [{"code": "TooDeep", "title": "Too deep", "detail": "Page 101"}]},
            "TooDeep; Too deep; Page 101",
        ),
        (
            {
                "error": "RecordInvalid",
                "description": "Record validation errors",
                "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
            },
            "RecordInvalid; Record validation errors; Status: closed prevents ticket update",
        ),
        ({"errorMessages": ["Issue does not exist"], "errors": {}}, "Issue does not exist"),
        ({"errors": {"summary": "is required"}}, "is required"),
        ({"error": "<b>No</b>"}, "No"),
        ({"error": "x", "id": "not for people"}, "x"),
        ([], ""),
        (7, ""),
    ],
)
def test_the_texts_of_every_json_shape_are_found(body: object, line: str) -> None:
    assert excerpt(json.dumps(body).encode()) == line


def test_a_page_shows_what_a_reader_would_see() -> None:
    page = b"<html><style>p {}</style><script>var a = '<p>';</script><h1>502&nbsp;Bad\n gateway</h1></html>"
    assert excerpt(page) == "502 Bad gateway"


def test_it_is_short_and_on_one_printable_line() -> None:
    line = excerpt(b"a\nb\x1b[31m\x00" + b"x" * 500)
    assert len(line) == 200
    assert line.isprintable()


@given(st.binary(max_size=300))
def test_it_takes_any_bytes(content: bytes) -> None:
    assert len(excerpt(content)) <= 200


def test_a_deeply_nested_body_does_no_harm() -> None:
    assert len(excerpt(b"[" * 20_000)) == 200


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(part * (20_000 // len(part)), id=part.decode())
        for part in (
            b"token",
            b"token-",
            b"a",
            b"<",
            b"<script",
            b"<script></",
            b"a://",
            b"token=",
            b"bearer ",
            b"?key=",
        )
    ],
)
def test_a_long_body_of_any_kind_is_shown_at_once(content: bytes) -> None:
    began = process_time()
    excerpt(content)
    excerpt(json.dumps({"error": 50 * content.decode()}).encode())
    assert process_time() - began < 2


SECRET = "Xy7-q.9_Zt~k"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"authorization: Basic {SECRET}",
        f"Authorization: {SECRET}",
        f"sent bearer {SECRET} twice",
        f"https://desk.example/x?access_token={SECRET}&page=2",
        f"https://desk.example/x?page=2&sig={SECRET}",
        f'{{"client_secret": "{SECRET}", "a": 1}}',
        f"{{'api_token': '{SECRET}'}}",
        f"https://ada:{SECRET}@desk.example/",
        f"https://{SECRET}@desk.example/",
        f"password={SECRET}",
        f"X-Api-Key: {SECRET}",
        f"Set-Cookie: {SECRET}",
        f"refresh_token: {SECRET}",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert SECRET not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text", ["GET /api/v2/tickets: answered 404 (RecordNotFound)", "https://desk.example/api?page=2", "token expired"]
)
def test_what_is_none_stays(text: str) -> None:
    assert redact(text) == text


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=4), st.text(), st.text())
def test_a_known_secret_is_masked_wherever_it_stands(secret: str, before: str, after: str) -> None:
    shown = redact(f"{before} {secret} {after}", [secret])
    assert secret not in shown or secret in before + after or secret in "***"
    assert quote(secret, safe="") not in shown or quote(secret, safe="") != secret or secret in before + after
