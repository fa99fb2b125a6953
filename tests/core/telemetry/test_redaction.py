import json
from base64 import b64encode
from threading import Thread
from urllib.parse import quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.telemetry import clean, clean_text, hide, redaction


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("GET https://hub:hunter2@acme.example/api", "GET https://***@acme.example/api"),
        ("postgresql+psycopg://hub:hunter2@db/slahub", "postgresql+psycopg://***@db/slahub"),
        ("Authorization: Bearer eyJhbGciOi.J9-x_y==", "Authorization: ***"),
        ("sent Bearer abcdefghijklmnopqrst", "sent Bearer ***"),
        ("sent Basic aHViOmh1bnRlcjI=", "sent Basic ***"),
        ("authorization: token 1-2-3", "authorization: ***"),
        ("/oauth?client_id=hub&client_secret=hunter2&x=1", "/oauth?client_id=hub&client_secret=***&x=1"),
        ("{'api_key': 'hunter2', 'user': 'hub'}", "{'api_key': '***', 'user': 'hub'}"),
        ('{"access_token": "hunter2"}', '{"access_token": "***"}'),
        ("password=hunter2", "password=***"),
        # ordinary sentences stay as they are
        ("the token was refreshed", "the token was refreshed"),
        ("Basic authentication is off", "Basic authentication is off"),
        ("https://acme.example/a?mail=x@y.example", "https://acme.example/a?mail=x@y.example"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_in_text(said: str, shown: str) -> None:
    assert clean_text(said) == shown


@pytest.mark.parametrize(
    "key", ["Authorization", "client_secret", "X-Api-Key", "password", "refreshToken", "set-cookie", "private_key"]
)
def test_the_value_of_a_secret_key_is_hidden_whole(key: str) -> None:
    assert clean({"headers": {key: ["a", 1]}, "page": 2}) == {"headers": {key: "***"}, "page": 2}


def test_an_absent_secret_is_shown_as_absent() -> None:
    assert clean({"token": None}) == {"token": None}


def test_objects_are_shown_by_their_cleaned_repr() -> None:
    class Careless:
        def __repr__(self) -> str:
            return "Careless(password='hunter2')"

    assert clean([Careless()]) == ["Careless(password='***')"]


def test_a_structure_that_holds_itself_is_cut() -> None:
    loop: dict[str, object] = {}
    loop["again"] = loop
    assert "again" in str(clean(loop))


def test_a_secret_inside_another_leaves_nothing_of_the_longer_one() -> None:
    hide("hunter2", "my-hunter2-key")
    assert clean_text("<my-hunter2-key> <hunter2>") == "<***> <***>"


def test_each_line_of_a_key_in_several_lines_is_hidden() -> None:
    hide("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----")
    assert clean_text("  | MIIEvQIBADANBgkqhkiG9w0") == "  | ***"


def test_words_shorter_than_four_characters_are_not_hidden() -> None:
    hide("a", "ab", "abc", "")
    assert clean_text("abc is as easy as ab") == "abc is as easy as ab"


def test_secrets_registered_by_several_threads_are_all_hidden() -> None:
    secrets = [f"secret-number-{number:04}" for number in range(200)]
    threads = [Thread(target=hide, args=secrets[start::4]) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(clean_text(secret) == "***" for secret in secrets)


@given(
    secret=st.text(st.characters(codec="utf-8"), min_size=4),
    before=st.text(st.characters(codec="utf-8")),
    after=st.text(st.characters(codec="utf-8")),
)
@example(secret="****", before="*", after="*")
@example(secret='"***', before='"', after="*")
def test_a_registered_secret_is_never_in_cleaned_text(secret: str, before: str, after: str) -> None:
    redaction.hidden.forms = ()
    hide(secret)
    for form in (
        secret,
        quote_plus(secret),
        repr(secret),
        json.dumps(secret),
        b64encode(secret.encode()).decode(),
    ):
        assert secret not in clean_text(before + form + after)


@given(secret=st.text(st.characters(codec="utf-8"), min_size=4))
@example(secret='say "hü"\n')
def test_a_registered_secret_never_comes_back_from_its_travelling_forms(secret: str) -> None:
    assume("*" not in secret)
    redaction.hidden.forms = ()
    hide(secret)
    for form in (
        b64encode(secret.encode()).decode(),
        quote_plus(secret),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    ):
        assert form not in clean_text(f"sent <{form}>")
