"""What governs the ticket of a scenario: policies and calendars of its own, or those of the configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from core.calendar import Calendar
from core.settings.conditions_section import Names
from core.settings.plain import KeyPath, entry, is_items, is_keys, strings
from core.settings.positions import Problems
from core.settings.scenario_around import OTHER_FOLDER, Around
from core.settings.scenario_policy import attaching, priorities, scenario_policy
from core.settings.scenario_sections import TicketCaseSection
from core.settings.scenario_ticket import priority_words
from core.settings.scenario_values import Folder
from core.settings.words import nearest
from core.sla.conditions import All
from core.sla.policy import ALWAYS, Policy
from core.tickets import Priority

__all__ = ["Governing"]


@dataclass(frozen=True, slots=True)
class Governing:
    """Reads the keys `policy`, `calendars` and `calendar` of one scenario. folder: None where there is none to ask."""

    around: Around
    place: KeyPath
    section: TicketCaseSection
    folder: Folder | None

    @classmethod
    def of(cls, around: Around, place: KeyPath, section: TicketCaseSection) -> "Governing":
        """Return the reader; the folder is asked for only where the scenario does not bring all that it names."""
        policy, own = section.policy, _own(section)
        if not is_keys(policy):
            return cls(around, place, section, around.folder())
        events = entry(section.ticket, "events")
        named = [section.calendar, *(text for path, text in strings(policy) if "calendar" in path and path[-1] != "by")]
        named += [entry(one, "to") for one in (events if is_items(events) else ()) if entry(one, "type") == "calendar"]
        strange = any(isinstance(name, str) and name not in own for name in named)
        return cls(around, place, section, around.folder() if strange else None)

    @property
    def problems(self) -> Problems:
        return self.around.problems

    def names(self) -> list[str]:
        """Return the names of all calendars that can be meant."""
        return list(dict.fromkeys((*_own(self.section), *(self.folder.calendars if self.folder else ()))))

    def calendar(self) -> str | None:
        """Return the calendar that counts at the beginning; None: the policy says it."""
        name, calendars = self.section.calendar, self.section.calendars
        if calendars is not None and not is_keys(calendars):
            self.problems.add((*self.place, "calendars"), "expected names, each with a calendar")
        if name is None:
            only = list(calendars) if is_keys(calendars) and len(calendars) == 1 else []
            return only[0] if only and entry(self.section.policy, "calendar") is None else None
        place = (*self.place, "calendar")
        if not isinstance(name, str):
            self.problems.add(place, "expected the name of a calendar", "write it under `calendars`")
            return None
        if name not in self.names():
            self.around.missing(name, self.names(), place, self.folder)
        return name

    def words(self) -> Mapping[str, Priority]:
        """Return what the words for priorities stand for. The folder's policies know the product's alone."""
        ticket, policy = self.section.ticket, self.section.policy
        if is_keys(policy):
            words = (word for _, word in priority_words(ticket))
            return priorities(policy, words, (*self.place, "policy"), self.problems)
        for path, word in priority_words(ticket) if self.folder else ():
            if word not in tuple(Priority):
                hint = nearest(word, Priority)
                self.problems.add((*self.place, "ticket", *path), f"`{word}` is not a priority", hint)
        return {str(each): each for each in Priority}

    def policies(
        self, words: Mapping[str, Priority], calendars: Mapping[str, Calendar]
    ) -> Iterator[tuple[Policy, ...]]:
        """Yield policies to be judged by themselves. calendars: all that they can name."""
        policy, place = self.section.policy, (*self.place, "policy")
        if is_keys(policy):
            if not self.problems.within(place):
                names = self._names(calendars)
                yield from attaching(scenario_policy(self._whole(policy), place, words, names, self.problems))
        elif self.folder is None:
            text = "is missing" if policy is None else f"there is no policy `{policy}`"
            self.problems.add(
                place, f"{text}, and no configuration", f"write it here, with its metrics, {OTHER_FOLDER}"
            )
        elif policy is None:
            yield self.folder.rules.policies
        else:
            texts = [text for text in self.folder.rules.policies if text.name == str(policy)]
            if not texts:
                known = dict.fromkeys(text.name for text in self.folder.rules.policies)
                self.problems.add(place, f"there is no policy `{policy}`", nearest(str(policy), known))
            # It is tried as the one that has the ticket; which one that would be is asked by naming none.
            yield from attaching(replace(text, when=All()) for text in texts)

    def _whole(self, policy: Mapping[str, object]) -> Mapping[str, object]:
        """Return the policy with a calendar where it needs none: the scenario has one, or all its clocks go on."""
        metrics = policy.get("metrics")
        clocks = [entry(metric, "clock") for metric in (metrics.values() if is_keys(metrics) else ())]
        if self.section.calendar is not None or self.calendar() is not None or {*clocks} == {"always"}:
            return {"calendar": ALWAYS, **policy}
        return policy

    def _names(self, calendars: Mapping[str, Calendar]) -> Names:
        return Names(
            connections=self.folder.connections if self.folder else frozenset(),
            customers=self.folder.customers() if self.folder else frozenset(),
            calendars=frozenset(self.names()),
            zones={name: known.timezone for name, known in calendars.items()},
        )


def _own(section: TicketCaseSection) -> list[str]:
    calendars = section.calendars
    return [*(calendars if is_keys(calendars) else ()), ALWAYS]
