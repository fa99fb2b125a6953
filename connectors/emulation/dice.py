"""Chance that can be repeated."""

import random

__all__ = ["Dice"]


class Dice(random.Random):
    """Throws that come out the same for the same seed; nothing secret is drawn with it."""
