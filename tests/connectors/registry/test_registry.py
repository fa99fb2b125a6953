"""Connectors are found by their entry points; one that does not work is told by name and stops nothing."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors import Bucket
from connectors.registry import GROUP, Catalogue, Failure, load

GOOD = """
from datetime import timedelta
from pydantic import BaseModel
from connectors import Bucket, SourceMapping

class Settings(BaseModel): ...

class Acme:
    name = "{name}"
    settings = Settings
    mapping = SourceMapping()
    buckets = (Bucket("account", 10, timedelta(minutes=1)),)

    def __init__(self, http, settings, fields): ...
    @classmethod
    def base_url(cls, settings): return "https://acme.example"
    @classmethod
    def headers(cls, settings): return {{}}
    @classmethod
    def auth(cls, settings, resolve, vault, plain): ...
    def probe(self): ...
    def streams(self): return ()
    def start(self, stream, at): ...
    def pull(self, stream, since): return iter(())
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put distributions on a path of their own, as pip would: their code and their metadata."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def install(distribution: str, name: str, code: str, value: str = "") -> None:
        module = f"{distribution.replace('-', '_')}_plugin"
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {value or module + ':Acme'}\n")
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


def told(catalogue: Catalogue, distribution: str) -> str:
    """Return the one reason given for a distribution."""
    (failure,) = [each for each in catalogue.failures if each.distribution == distribution]
    return failure.reason


def test_a_plug_in_is_found_beside_the_built_in_ones(install: Install) -> None:
    install("slahub-acme", "acme", GOOD.format(name="acme"))
    catalogue = load()
    assert {"acme", "zendesk"} <= catalogue.connectors.keys() | {each.name for each in catalogue.failures}
    acme = catalogue.connectors["acme"]
    assert acme.name == "acme"
    assert acme.base_url({}) == "https://acme.example"
    assert isinstance(acme.buckets[0], Bucket)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise RuntimeError('no licence')", "cannot be imported: RuntimeError: no licence"),
        (
            "import nothing_of_this_name",
            "cannot be imported: ModuleNotFoundError: No module named 'nothing_of_this_name'",
        ),
        ("import sys; sys.exit(3)", "cannot be imported: SystemExit: 3"),
        ("class Other: ...", "cannot be imported: AttributeError"),
        ("def Acme(): ...", "slahub_acme_plugin:Acme is not a class"),
        (GOOD.format(name="acme").replace("def probe", "def prove"), "lacks probe"),
        (GOOD.format(name="acme").replace("= Settings", "= None"), "its `settings` is not a pydantic model"),
        (GOOD.format(name="acme").replace("= Settings", "= int"), "its `settings` is not a pydantic model"),
        ("class Odd(BaseException): ...\nraise Odd('no licence')", "cannot be imported: Odd: no licence"),
        (
            "class Meta(type):\n  def __getattr__(cls, name): raise RuntimeError('no ' + name)\n"
            "class Acme(metaclass=Meta): ...",
            "cannot be used: RuntimeError: no contract",
        ),
        (GOOD.format(name="acme").replace("SourceMapping()", "{}"), "its `mapping` is not a SourceMapping"),
        (GOOD.format(name="acme").replace("buckets = (", "buckets = ('x', "), "its `buckets` is not a tuple of Bucket"),
        (GOOD.format(name="umbrella"), "its `name` is 'umbrella', registered as 'acme'"),
        (GOOD.format(name="acme") + "    contract = 7\n", "made for contract 7, this hub has contract 0"),
    ],
)
def test_one_that_does_not_work_is_told_with_its_reason_and_stops_nothing(
    install: Install, code: str, reason: str
) -> None:
    install("slahub-acme", "acme", code)
    install("slahub-umbrella", "umbrella", GOOD.format(name="umbrella"))
    catalogue = load()
    assert told(catalogue, "slahub-acme").startswith(reason)
    assert "umbrella" in catalogue.connectors
    assert "acme" not in catalogue.connectors


def test_an_admin_who_interrupts_is_obeyed(install: Install) -> None:
    install("slahub-acme", "acme", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load()


def test_all_that_is_wrong_with_a_class_is_told_at_once(install: Install) -> None:
    install("slahub-acme", "acme", "class Acme: name = 'acme'")
    reason = told(load(), "slahub-acme")
    assert all(word in reason for word in ("lacks auth, base_url", "`settings`", "`mapping`", "`buckets`"))


def test_a_class_may_say_the_contract_it_is_made_for(install: Install) -> None:
    install("slahub-acme", "acme", GOOD.format(name="acme") + "    contract = 0\n")
    assert "acme" in load().connectors


def test_two_that_offer_one_name_are_both_told_and_neither_is_used(install: Install) -> None:
    install("slahub-acme", "acme", GOOD.format(name="acme"))
    install("acme-tools", "acme", GOOD.format(name="acme"))
    catalogue = load()
    assert "acme" not in catalogue.connectors
    assert told(catalogue, "slahub-acme") == "the name is also offered by acme-tools; uninstall one of them"
    assert told(catalogue, "acme-tools") == "the name is also offered by slahub-acme; uninstall one of them"


def test_no_plug_in_can_take_a_built_in_connectors_place(install: Install) -> None:
    install("evil-desk", "zendesk", GOOD.format(name="zendesk"))
    catalogue = load()
    assert Failure("zendesk", "evil-desk", "the name is also offered by slahub; uninstall one of them") in (
        catalogue.failures
    )
    assert catalogue.connectors["zendesk"].__module__.startswith("connectors.zendesk")


def test_nothing_installed_is_no_failure() -> None:
    assert load([]) == Catalogue({}, ())
