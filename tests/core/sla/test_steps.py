"""A ticket's history in normal words."""

from dataclasses import replace
from typing import Any

from core.sla.history import RoleSpan
from core.sla.steps import Step, steps
from core.tickets import Comment, Side


def told(step: Step) -> list[tuple[Any, ...]]:
    return [(one.field, one.before, one.after, one.source_before, one.source_after) for one in step.changes]


def test_status_priority_and_kind_are_told_in_normal_words_and_all_else_as_it_is(world: Any) -> None:
    story = world.story().then("09:10", status="pending", priority="urgent", kind="question", team="3")
    (step,) = steps(story.history(), world.desk)
    assert told(step) == [
        ("status", "open", "waiting/customer", "open", "pending"),
        ("priority", "normal", "critical", "normal", "urgent"),
        ("kind", "incident", "question", "incident", "question"),
        ("team", None, "3", None, "3"),
    ]


def test_what_nobody_mapped_is_unknown_or_none(world: Any) -> None:
    story = world.story().then("09:10", status="in orbit", priority="P0", kind="wish").then("09:20", status=None)
    first, second = steps(story.history(), world.desk)
    assert [after for _, _, after, _, _ in told(first)] == ["unknown", "none", "none"]
    assert told(second) == [("status", "unknown", None, "in orbit", None)]


def test_a_status_field_that_is_not_the_last_resort_leaves_a_value_to_the_next(world: Any) -> None:
    mapping = replace(world.mapping, status_fields=("custom_status", "status"))
    desk = replace(world.desk, mapping=mapping)
    story = world.story(custom_status=None).then("09:10", custom_status="77", status="in orbit")
    (step,) = steps(story.history(), desk)
    assert [after for _, _, after, _, _ in told(step)] == ["77", "unknown"]


def test_the_first_public_comment_stands_for_an_event_and_the_actor_has_the_side_of_that_instant(world: Any) -> None:
    said = [Comment("c1", "ann", public=False), Comment("c2", "ann", public=True), Comment("c3", "ann", public=True)]
    people = {**world.desk.people, "ann": (RoleSpan(None, "end-user"), RoleSpan(world.at("09:15"), "agent"))}
    story = world.story().then("09:10", "ann", said[:1]).then("09:20", "ann", said).then("09:30", None)
    found = steps(story.history(), replace(world.desk, people=people))
    assert [(one.comment and one.comment.id, one.side) for one in found] == [
        ("c1", Side.CUSTOMER),
        ("c2", Side.AGENT),
        (None, Side.SYSTEM),
    ]
