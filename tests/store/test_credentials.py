import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.ports import Vault
from core.store import Store, tables
from core.store.credentials import MemoryVault, StoreVault, vault

KEY = b"a key from the environment"
SECRET = "s3cr3t-token"


def _sealed(store: Store, key: bytes = KEY, host: str = "acme.test", connection: str = "acme") -> Vault:
    return vault(store, connection, key, host)


def test_a_secret_comes_back_and_is_not_in_clear_in_its_row(store: Store) -> None:
    assert _sealed(store).read("token") is None
    assert _sealed(store).renew("token", lambda current: f"{current}-{SECRET}") == f"None-{SECRET}"
    assert _sealed(store).renew("token", lambda current: f"{current}-2") == f"None-{SECRET}-2"
    assert _sealed(store).read("token") == f"None-{SECRET}-2"
    with store.view() as tx:
        (row,) = tx.execute(tables.credential.select()).all()
    assert SECRET.encode() not in bytes(row.sealed)
    assert SECRET not in repr(_sealed(store))


def test_another_key_reads_nothing_and_destroys_nothing(store: Store) -> None:
    _sealed(store).renew("token", lambda _: SECRET)
    assert _sealed(store, key=b"another").read("token") is None
    assert _sealed(store).read("token") == SECRET


def test_a_changed_host_drops_the_secret_for_good(store: Store) -> None:
    _sealed(store).renew("token", lambda _: SECRET)
    assert _sealed(store, host="evil.test").read("token") is None
    assert _sealed(store).read("token") is None


def test_a_sealed_secret_opens_in_its_own_place_only(store: Store) -> None:
    _sealed(store).renew("token", lambda _: SECRET)
    with store.unit() as tx:
        tx.execute(update(tables.credential).values(connection="other"))
    assert _sealed(store, connection="other").read("token") is None


def test_a_renewal_that_fails_keeps_what_was_there(store: Store) -> None:
    sealed = _sealed(store)
    sealed.renew("token", lambda _: SECRET)
    with pytest.raises(ZeroDivisionError):
        sealed.renew("token", lambda current: str(1 // len(current or "") // 0))
    assert sealed.read("token") == SECRET


def test_no_transaction_is_open_while_a_token_is_fetched(store: Store) -> None:
    def fetch(_: str | None) -> str:
        with store.unit() as tx:
            tx.execute(tables.finding.insert().values(code="x", text="x", since=_now()))
        return SECRET

    assert _sealed(store).renew("token", fetch) == SECRET


def _now() -> Any:
    from core.store.types import from_microseconds

    return from_microseconds(0)


def test_one_renews_at_a_time_and_each_sees_what_the_one_before_left(store: Store) -> None:
    def renew() -> None:
        for _ in range(5):
            _sealed(store).renew("count", lambda current: str(int(current or 0) + 1))

    threads = [threading.Thread(target=renew) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _sealed(store).read("count") == "30"


OTHER = """
import sys
from core.store import Store
from core.store.credentials import vault

store = Store(sys.argv[1])
for _ in range(20):
    vault(store, "acme", b"key", "acme.test").renew("count", lambda current: str(int(current or 0) + 1))
store.close()
"""


def test_processes_renew_one_after_the_other(store: Store) -> None:
    arguments = [sys.executable, "-c", OTHER, store.url.render_as_string(hide_password=False)]
    processes = [subprocess.Popen(arguments, cwd=Path(__file__).parents[2]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert _sealed(store, key=b"key").read("count") == "40"


def test_without_a_key_secrets_stay_in_memory(sqlite_store: Store) -> None:
    kept = vault(sqlite_store, "acme", None, "acme.test")
    assert isinstance(kept, MemoryVault)
    assert kept.renew("token", lambda current: f"{current}{SECRET}") == f"None{SECRET}"
    assert kept.read("token") == f"None{SECRET}"
    assert SECRET not in repr(kept)
    with sqlite_store.view() as tx:
        assert tx.execute(tables.credential.select()).all() == []


def test_a_sealed_vault_is_what_connectors_are_promised(sqlite_store: Store) -> None:
    promised: Vault = StoreVault(sqlite_store, "acme", KEY, "acme.test")
    assert promised.read("token") is None
