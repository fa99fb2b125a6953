"""Finds the connectors that are installed, the built-in ones and plug-ins alike, and says which do not work."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import ClassVar, Protocol, TypeVar, cast

import httpx

from connectors.buckets import Bucket
from connectors.transport import Http
from core.ports import CONTRACT, Connector, FieldName, Slot, Vault
from core.settings.secrets import SecretRef
from core.tickets import SourceMapping

__all__ = ["GROUP", "Catalogue", "ConnectorType", "Failure", "load"]

GROUP = "slahub.connectors"
OURS = "slahub"
METHODS = ("auth", "base_url", "headers", "probe", "pull", "start", "streams")

S_contra = TypeVar("S_contra", contravariant=True)


class ConnectorType(Connector, Protocol[S_contra]):
    """What a connector's class offers besides the contract, so that the hub can open its connections.

    settings: the pydantic model of a connection's own keys; `S_contra` is that type.
    mapping: the defaults. buckets: the source's published limits.
    A class may say the contract version it is made for in `contract`, 0 if it does not; and with `sessions = True` that
    its source begins a session with each call that brings no cookies, so that they are kept, and with
    `timeout` after how many seconds of silence one that is asked is given up (see `open_client`).
    """

    settings: ClassVar[type]
    buckets: ClassVar[tuple[Bucket, ...]]

    def __init__(self, http: Http, settings: S_contra, fields: Mapping[Slot, FieldName]) -> None: ...
    @classmethod
    def base_url(cls, settings: S_contra) -> str: ...
    @classmethod
    def headers(cls, settings: S_contra) -> Mapping[str, str]: ...
    @classmethod
    def auth(
        cls, settings: S_contra, resolve: Callable[[SecretRef], str], vault: Vault, plain: httpx.Client
    ) -> httpx.Auth:
        """Return how calls are signed. plain: a client of the same source without credentials."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A connector that is installed and cannot be used. distribution: the package that brings it."""

    name: str
    distribution: str
    reason: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The usable connectors by name. Each takes only objects of its own `settings` type."""

    connectors: Mapping[str, type[ConnectorType[object]]]
    failures: tuple[Failure, ...] = ()


def load(entries: Iterable[EntryPoint] | None = None) -> Catalogue:
    """Return the connectors registered under the entry-point group; what fails is told and stops nothing.

    entries: None for what is installed.
    """
    by_name = defaultdict[str, dict[str, EntryPoint]](dict)
    for entry in entry_points(group=GROUP) if entries is None else entries:
        by_name[entry.name].setdefault(distribution(entry), entry)
    found = dict[str, type[ConnectorType[object]]]()
    failures = list[Failure]()
    for name, rivals in sorted(by_name.items()):
        chosen = OURS if OURS in rivals else next(iter(rivals)) if len(rivals) == 1 else None
        for other in sorted(rivals.keys() - {chosen}):
            others = ", ".join(sorted(rivals.keys() - {other}))
            failures.append(Failure(name, other, f"the name is also offered by {others}; uninstall one of them"))
        if chosen is None:  # nobody can say which one is meant
            continue
        loaded = loaded_class(rivals[chosen])
        if isinstance(loaded, str):
            failures.append(Failure(name, chosen, loaded))
        else:
            found[name] = loaded
    return Catalogue(found, tuple(failures))


def distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "unknown"


def loaded_class(entry: EntryPoint) -> type[ConnectorType[object]] | str:
    """Return the class behind `entry`, or the reason why it cannot be used."""
    what = "imported"
    try:
        loaded: object = entry.load()
        what = "used"
        if not isinstance(loaded, type):
            return f"{entry.value} is not a class"
        wrong = "; ".join(shortcomings(loaded, entry.name))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - an outer edge: a plug-in may raise anything
        return f"cannot be {what}: {type(error).__name__}: {error}"
    return wrong or cast("type[ConnectorType[object]]", loaded)


def shortcomings(loaded: type, name: str) -> Iterator[str]:
    """Yield what keeps a class from being used as the connector `name`."""
    contract: object = getattr(loaded, "contract", 0)
    if contract != CONTRACT:
        yield f"made for contract {contract}, this hub has contract {CONTRACT}"
    if (said := getattr(loaded, "name", None)) != name:
        yield f"its `name` is {said!r}, registered as {name!r}"
    if missing := [method for method in METHODS if not callable(getattr(loaded, method, None))]:
        yield f"lacks {', '.join(missing)}"
    model: object = getattr(loaded, "settings", None)
    if not isinstance(model, type) or not hasattr(model, "model_json_schema"):
        yield "its `settings` is not a pydantic model"
    if not isinstance(getattr(loaded, "mapping", None), SourceMapping):
        yield "its `mapping` is not a SourceMapping"
    buckets: object = getattr(loaded, "buckets", None)
    if not isinstance(buckets, tuple) or not all(isinstance(each, Bucket) for each in cast("tuple[object]", buckets)):
        yield "its `buckets` is not a tuple of Bucket"
