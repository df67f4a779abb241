"""The names of what programs share in the cache."""

from typing import Final

HALTS: Final = "risk:kill:*"
"""Copies of halts, as the risk API last heard them."""
DUPLICATES: Final = "risk:dup:*"
"""Orders that were seen already, each for a short time."""

FORGOTTEN_BY_A_RESTORE: Final = (HALTS, DUPLICATES)
"""What an old snapshot must not bring back: it was true once, and nobody can tell whether it is.

A program that finds none of it asks the halt relay and the database.
"""
