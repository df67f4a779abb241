"""The ports and paths a workload serves, and what an answer on each of them means."""

from typing import Final

HEALTH_PORT: Final = 8080
"""Probes and metrics; apart from the business port so that each can be opened alone."""
RISK_API_PORT: Final = 8000
CACHE_PORT: Final = 6379

LIVEZ: Final = "/livez"
"""200 while the process can answer at all; never asks a dependency."""
READYZ: Final = "/readyz"
"""200 while every declared dependency is healthy, else 503; ``?verbose`` names each as JSON."""
METRICS: Final = "/metrics"
EFFECTIVE_CONFIG: Final = "/internal/effective-config"
"""The flags and modes the process runs with, as JSON and without secrets."""
