"""The account's own settings, as far as they tell an integration something."""

from connectors.zendesk.emulator.answers import Answer, Call
from connectors.zendesk.emulator.world import World

__all__ = ["show"]


def show(world: World, _: Call) -> Answer:
    """Answer `/account/settings`. It names no time zone: that stands at each person."""
    brand = next(one.id for one in world.brands.values() if one.default)
    return Answer(
        {
            "settings": {
                "active_features": {
                    "business_hours": "schedules" not in world.lacks,
                    "customer_satisfaction": "satisfaction" not in world.lacks,
                    "on_hold_status": True,
                    "sandbox": world.sandbox,
                    "ticket_forms": True,
                    "ticket_tagging": True,
                    "user_org_fields": True,
                },
                "api": {"accepted_api_agreement": True, "api_password_access": "false", "api_token_access": "true"},
                "brands": {"default_brand_id": brand, "require_brand_on_new_tickets": False},
                "localization": {"locale_ids": [1]},
                "tickets": {
                    "agent_collision": True,
                    "comments_public_by_default": True,
                    "is_first_comment_private_enabled": True,
                    "status_hold": True,
                    "tagging": True,
                },
            }
        }
    )
