"""The ports and paths a workload serves, and what an answer on each of them means."""

from typing import Final

HEALTH_PORT: Final = 8080
"""Probes and metrics; apart from the business port so that each can be opened alone."""
RISK_API_PORT: Final = 8000
HALT_PORT: Final = 8081
"""Where a risk API replica hears from the halt relay, and from nobody else."""
CACHE_PORT: Final = 6379
DATABASE_PORT: Final = 5432
BACKUP_PORT: Final = 8432
"""Where the database's files are served to the pod that backs them up."""
BUS_PORT: Final = 4222
BUS_ROUTES_PORT: Final = 6222
"""Between the servers of one bus."""
FEATURES_PORT: Final = 6566

LIVEZ: Final = "/livez"
"""200 while the process can answer at all; never asks a dependency."""
READYZ: Final = "/readyz"
"""200 while every declared dependency is healthy, else 503; ``?verbose`` names each as JSON.

To a risk API replica the halt relay is one: it answers 503 while it does not know whether trading
is halted, and 200 while it knows that it is.
"""
METRICS: Final = "/metrics"
EFFECTIVE_CONFIG: Final = "/internal/effective-config"
"""The flags and modes the process runs with, as JSON and without secrets."""
HALT_ORDER: Final = "/internal/halt"
"""On HALT_PORT: PUT of a HaltOrder with the relay's token as bearer. 200 with an Acknowledgement;
401 for a token that is not the relay's, 409 for an order older than one that was heard, 422 for
one that is for another stack or cannot be read."""
