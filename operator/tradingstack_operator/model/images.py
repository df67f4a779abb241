"""The images that the operator was installed with, for components whose spec names none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Images:
    """One image a program; empty when the operator was given none."""

    database: str = ""
    """PostgreSQL with TimescaleDB and pgBackRest."""
    cache: str = ""
    """Redis or Valkey."""
    bus: str = ""
    """The NATS server."""
    features: str = ""
    """Feast."""
    tools: str = ""
    """The project's own small programs: the watchdog, and what Jobs run."""
