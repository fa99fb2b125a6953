"""The section `connections`: which helpdesks, how often, how much of their limits, what is shown on tickets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, PlainValidator

from core.ports import FieldName, Scoped, Slot
from core.settings.duration import wall_time
from core.settings.hint_section import HintSection, hints
from core.settings.mapping_section import MappingSection, mapping
from core.settings.plain import KeyPath, is_keys
from core.settings.positions import Problems
from core.settings.scalars import LocalHours, Rate, Section, SourceId, Texts, TimeZone, WallTime, as_list
from core.settings.secret_places import refuse_others, secret_places
from core.settings.translation import keys_of, validated
from core.settings.values import Backfill, Budget, Connection, Mode, People, Pilot, Show
from core.settings.words import Mistake, key_hint, likeliest, nearest
from core.sla.policy import Agreement
from core.tickets import OnLeave, SourceMapping

__all__ = ["ConnectionSection", "Offer", "connection"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOON = ("request_tracker",)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a connector hands in. settings: the type of the keys that are its own; mapping: its defaults."""

    settings: type[BaseModel]
    mapping: SourceMapping = SourceMapping()


def _since(value: object) -> timedelta | datetime | None:
    if value is None:
        return None
    if isinstance(value, str) and re.match(r"\d{4}-", value):
        try:
            day = date.fromisoformat(value)
        except ValueError as exc:
            raise Mistake(f"`{value}` is not a date", "write 2025-11-01 or 13 months") from exc
        return datetime.combine(day, time(), UTC)
    return wall_time(value)


def _field_name(value: object) -> object:
    return value if is_keys(value) else {"title": value}


Agreements: TypeAlias = Annotated[
    frozenset[Agreement], BeforeValidator(as_list, json_schema_input_type=frozenset[Agreement] | Agreement)
]


def _proxy(value: object) -> str:
    hint = 'write http://proxy.example:3128, or "" for none'
    if not isinstance(value, str):
        raise Mistake("expected the address of a proxy", hint)
    if "@" in value:
        raise Mistake("a password must not stand here", "set HTTPS_PROXY in the environment and leave `proxy` out")
    # What is wrong is not repeated: a password may be in it all the same.
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError as exc:
        raise Mistake("this is not the address of a proxy", hint) from exc
    if value and not usable:
        raise Mistake("this is not the address of a proxy", hint)
    return value


Proxy: TypeAlias = Annotated[str, PlainValidator(_proxy, json_schema_input_type=str)]


class PilotSection(Section):
    teams: Texts = ()
    organisations: Texts = ()
    tickets: Texts = ()


class BackfillSection(Section):
    since: Annotated[timedelta | datetime | None, PlainValidator(_since, json_schema_input_type=str | None)] = (
        timedelta(days=396)
    )
    open_first: bool = True
    hours: LocalHours | None = None


class FieldSection(Section):
    title: str = ""
    id: SourceId = ""


Shown: TypeAlias = Annotated[FieldSection, BeforeValidator(_field_name, json_schema_input_type=FieldSection | str)]


class ShowSection(Section):
    agreements: Agreements = frozenset({Agreement.SLA})
    timezone: TimeZone = "UTC"
    while_paused: Literal["blank"] = "blank"


class PeopleSection(Section):
    names: Literal["stored", "pseudonyms"] = "stored"


class ConnectionSection(Section):
    """The keys that every connection has; all others are those of its connector."""

    connector: str
    mode: Mode = Mode.OBSERVE
    pilot: PilotSection = PilotSection()
    every: WallTime = timedelta(minutes=2)
    budget: Rate = Budget()
    backfill: BackfillSection = BackfillSection()
    on_leave: OnLeave = OnLeave.END
    write_back: dict[Slot, Shown] = Field(default_factory=dict[Slot, FieldSection])
    show: ShowSection = ShowSection()
    mapping: MappingSection = MappingSection()
    at_once: Annotated[int, Field(ge=0)] = 500
    stale_after: WallTime = timedelta(minutes=15)
    proxy: Proxy | None = None
    ca: str = ""
    hints: HintSection = HintSection()
    note: Literal["none", "internal"] = "none"
    people: PeopleSection = PeopleSection()


COMMON = keys_of(ConnectionSection)


def connection(
    name: str, raw: object, offers: Mapping[str, Offer], now: datetime, problems: Problems
) -> Connection | None:
    """Return one connection; None when it has mistakes, which are then in `problems`.

    now: when it comes into force.
    """
    path: KeyPath = ("connections", name)
    if NAME.fullmatch(name) is None:
        problems.add(path, f"`{name}` cannot name a connection", "use letters, digits, - and _")
    if not is_keys(raw):
        problems.add(path, "expected keys with values", "begin with `connector:`")
        return None
    common = {key: value for key, value in raw.items() if key in COMMON}
    nameless = [key for key in raw if key not in COMMON and likeliest(key, COMMON) == "connector" not in raw]
    for key in nameless:
        problems.add((*path, key), *key_hint(key, COMMON))
    instead = {"connector": ""}
    mistyped = instead if nameless else ()
    section = validated(ConnectionSection, common, path, problems, instead=instead, mistyped=mistyped)
    offer = _offer(raw.get("connector"), offers, path, problems)
    options = None if offer is None else _options(offer, raw, path, problems)
    # Where one of a connector's keys is wrong, nobody knows what is made for secrets in it.
    sound = {key: part for key, part in raw.items() if options is not None and not problems.within((*path, key))}
    allowed = {(*path, "hints", "secret"), *(place for place, _ in secret_places(options, path))}
    refuse_others({**common, **sound}, path, allowed, problems)
    if section is not None:
        _check_since(section.backfill.since, now, (*path, "backfill", "since"), problems)
    if section is None or offer is None or options is None:
        return None
    return Connection(
        name=name,
        connector=section.connector,
        options=options,
        mode=section.mode,
        pilot=_pilot(section, path, problems),
        every=section.every,
        budget=section.budget,
        backfill=Backfill(section.backfill.since, section.backfill.open_first, hours=section.backfill.hours),
        write_back=_write_back(section.write_back, path, problems),
        show=Show(section.show.agreements, section.show.timezone, section.show.while_paused),
        mapping=replace(
            mapping(section.mapping, offer.mapping, path, problems),
            scope=options.scope_fields() if isinstance(options, Scoped) else {},
            on_leave=section.on_leave,
        ),
        at_once=section.at_once,
        stale_after=section.stale_after,
        proxy=section.proxy,
        ca=section.ca,
        hints=hints(section.hints, path, problems),
        note=_note(section, path, problems),
        people=People(section.people.names),
    )


def _check_since(since: timedelta | datetime | None, now: datetime, path: KeyPath, problems: Problems) -> None:
    begin = now - since if isinstance(since, timedelta) else since
    if begin is not None and begin < EPOCH:
        problems.add(path, "reaches back before 1970, when no helpdesk kept tickets", "write null for everything")
    elif begin is not None and begin > now:
        problems.add(path, f"{begin:%Y-%m-%d} lies in the future", "write 13 months, or a date that is past")


def _offer(name: object, offers: Mapping[str, Offer], path: KeyPath, problems: Problems) -> Offer | None:
    if not isinstance(name, str):
        return None
    if name not in offers:
        soon = f"the connector {name} is not available yet"
        text = soon if name in SOON else f"there is no connector `{name}`"
        problems.add((*path, "connector"), text, nearest(name, offers))
    return offers.get(name)


def _options(offer: Offer, raw: Mapping[str, object], path: KeyPath, problems: Problems) -> BaseModel | None:
    own = {key: value for key, value in raw.items() if key not in COMMON}
    known = keys_of(offer.settings)
    unknown = [key for key in own if key not in known]
    for key in unknown:
        problems.add((*path, key), *key_hint(key, (*COMMON, *known)))
    kept = {key: value for key, value in own.items() if key in known}
    mistyped = [likeliest(key, (*COMMON, *known)) for key in unknown]
    return validated(offer.settings, kept, path, problems, mistyped=mistyped)


def _note(section: ConnectionSection, path: KeyPath, problems: Problems) -> bool:
    if section.note == "internal" and not section.write_back:
        text = "notes are left on the tickets that the hub writes, and `write_back` names no field"
        problems.add((*path, "note"), text, "add write_back: {state: SLA state}")
    return section.note == "internal"


def _pilot(section: ConnectionSection, path: KeyPath, problems: Problems) -> Pilot:
    groups: Sequence[tuple[str, ...]] = (section.pilot.teams, section.pilot.organisations, section.pilot.tickets)
    if section.mode is Mode.PILOT and not any(groups):
        text = "mode pilot needs to know which tickets are written"
        problems.add((*path, "mode"), text, "add pilot: {teams: […]}, organisations or tickets")
    return Pilot(*(frozenset(group) for group in groups))


def _write_back(slots: Mapping[Slot, FieldSection], path: KeyPath, problems: Problems) -> dict[Slot, FieldName]:
    names: dict[Slot, FieldName] = {}
    for slot, section in slots.items():
        place = (*path, "write_back", str(slot))
        name = FieldName(section.title.strip(), section.id.strip())
        if bool(name.title) == bool(name.id):
            problems.add(place, "expected the field's title, or {id: …}")
        other = next((known for known, taken in names.items() if taken == name), None)
        if other is not None:
            problems.add(place, f"the field already shows `{other}`", "give each slot a field of its own")
        names[slot] = name
    return names
