import threading
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from core.assets import folder
from core.errors import StoreError
from core.store import Store, schema
from core.store.schema import SchemaAge
from core.store.tables import metadata


def test_the_migrations_lead_to_exactly_the_tables(store: Store) -> None:
    with store.view() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "target_metadata": metadata})
        assert compare_metadata(context, metadata) == []


def test_an_empty_database_is_refused_until_it_is_migrated(stores: Any) -> None:
    store = stores(empty=True)
    assert schema.state(store).age is SchemaAge.EMPTY
    with pytest.raises(StoreError, match="slahub db migrate"):
        schema.require(store)
    schema.migrate(store)
    schema.require(store)
    assert schema.state(store).age is SchemaAge.CURRENT


def test_a_second_migration_changes_nothing(store: Store) -> None:
    before = schema.state(store)
    schema.migrate(store)
    assert schema.state(store) == before


def test_processes_that_migrate_at_once_do_not_both_do_it(stores: Any) -> None:
    store = stores(empty=True)
    others = [Store(store.url.render_as_string(hide_password=False)) for _ in range(3)]
    failures: list[BaseException] = []

    def migrate(one: Store) -> None:
        try:
            schema.migrate(one)
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=migrate, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.close()
    assert failures == []
    schema.require(store)


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(stores: Any) -> None:
    store = stores(empty=True)
    schema.migrate(store)
    with store.unit() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema.state(store).age is SchemaAge.NEWER
    for refuse in (schema.require, schema.migrate):
        with pytest.raises(StoreError, match=r"newer slahub.*9999.*backup"):
            refuse(store)


def test_a_failed_migration_leaves_nothing(stores: Any) -> None:
    store = stores(empty=True)
    with store.unit() as tx:
        tx.execute(text("CREATE TABLE verdict (id INTEGER)"))
    with pytest.raises(StoreError, match="verdict"):
        schema.migrate(store)
    assert schema.state(store).age is SchemaAge.EMPTY
    with store.view() as tx, pytest.raises(Exception, match="ticket"):
        tx.execute(text("SELECT 1 FROM ticket"))


def test_a_database_of_the_first_schema_keeps_its_rows_and_knows_its_account_by_the_address(stores: Any) -> None:
    store = stores(empty=True)
    with store.reshaping() as tx:
        config = Config()
        config.set_main_option("script_location", str(folder("migrations")))
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
        tx.execute(
            text(
                "INSERT INTO connection "
                "(name, connector, instance, state, reason, skew, calls_used, calls_allowed, held) VALUES "
                "('desk', 'zendesk', 'acme.zendesk.com/26155', 'ok', '', 0, 0, 0, 0), "
                "('new', 'zendesk', NULL, 'new', '', 0, 0, 0, 0), ('other', 'x', 'a/b', 'ok', '', 0, 0, 0, 0)"
            )
        )
    assert schema.state(store).age is SchemaAge.BEHIND
    with pytest.raises(StoreError, match="slahub db migrate"):
        schema.require(store)
    schema.migrate(store)
    with store.view() as tx:
        rows = tx.execute(text("SELECT name, instance FROM connection ORDER BY name")).all()
    assert [tuple(row) for row in rows] == [("desk", "acme.zendesk.com"), ("new", None), ("other", "a/b")]
