"""Holiday rules of countries, and the dates they stand for; the one place that knows the library for it."""

from datetime import date
from functools import cache
from typing import Annotated

import holidays
from holidays import HolidayBase
from holidays.registry import COUNTRIES
from pydantic import Field, ValidationInfo, field_validator

from core.settings.plain import KeyPath
from core.settings.positions import Problems
from core.settings.scalars import DATE, Section, Texts
from core.settings.words import Mistake, nearest

__all__ = ["HolidayRule", "holiday_dates"]

ENGLISH = "en_US"


class HolidayRule(Section):
    """exceptions: names or dates of holidays on which work goes on."""

    country: str
    subdivision: str | None = None
    categories: Annotated[Texts, Field(min_length=1)] = ("public",)
    exceptions: Annotated[Texts, Field(alias="except")] = ()

    @field_validator("country")
    @classmethod
    def _country(cls, country: str) -> str:
        if country not in _countries():
            raise Mistake(f"`{country}` is not a country whose holidays are known", _country_meant(country))
        return country

    @field_validator("subdivision")
    @classmethod
    def _subdivision(cls, subdivision: str | None, info: ValidationInfo) -> str | None:
        country: str | None = info.data.get("country")
        if country is None or subdivision is None:
            return subdivision
        of = _of(country)
        if subdivision not in (*of.subdivisions, *of.subdivisions_aliases):
            hint = nearest(subdivision, (*of.subdivisions, *of.subdivisions_aliases))
            raise Mistake(
                f"`{subdivision}` is not a part of {country}", hint or f"as in {', '.join(of.subdivisions[:5])}"
            )
        return subdivision

    @field_validator("categories")
    @classmethod
    def _categories(cls, categories: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        country: str | None = info.data.get("country")
        known = _of(country).supported_categories if country else categories
        for index, category in enumerate(categories):
            if category not in known:
                text = f"{country} has no holidays of the category `{category}`"
                raise Mistake(text, nearest(category, sorted(known)), (index,))
        return categories


@cache
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=True))


@cache
def _of(country: str) -> HolidayBase:
    return holidays.country_holidays(country)


def _country_meant(country: str) -> str:
    names = {name: codes[1] for codes in COUNTRIES.values() for name in codes}
    hint = nearest(country.replace(" ", ""), names)
    name = hint.removeprefix("did you mean `").removesuffix("`?")
    return f"did you mean `{names[name]}`?" if name in names else "write its two-letter code, as in DE"


def holiday_dates(rule: HolidayRule, years: range, path: KeyPath, problems: Problems) -> dict[date, str]:
    """Return the dates of a rule with their names in English where the country has them; exceptions left out.

    An exception that is no holiday in these years is a problem, unless it is a date of another year.
    """
    country = _of(rule.country)
    local = country.default_language
    english = ENGLISH if ENGLISH in country.supported_languages else local
    shown, known = _resolved(rule, years, english), _resolved(rule, years, local)
    excepted = {word.casefold() for word in rule.exceptions}
    used: set[str] = set()
    found: dict[date, str] = {}
    for on, names in shown.items():
        left: list[str] = []
        for name, local_name in zip(names, known[on], strict=True):
            hit = excepted & {on.isoformat(), name.casefold(), local_name.casefold()}
            used |= hit
            left += [] if hit else [name]
        if left:
            found[on] = "; ".join(left)
    names = sorted({name for of_day in shown.values() for name in of_day})
    for index, word in enumerate(rule.exceptions):
        if word.casefold() not in used and not _of_another_year(word, years):
            problems.add((*path, "except", index), f"`{word}` is no holiday of {rule.country}", nearest(word, names))
    return found


def _of_another_year(word: str, years: range) -> bool:
    match = DATE.fullmatch(word)
    return match is not None and int(match[1]) not in years


def _resolved(rule: HolidayRule, years: range, language: str | None) -> dict[date, list[str]]:
    dates = holidays.country_holidays(
        rule.country, subdiv=rule.subdivision, years=years, categories=rule.categories, language=language
    )
    return {on: dates.get_list(on) for on in sorted(dates)}
