"""Waiting for another process, which rings no bell."""

import time
from collections.abc import Callable
from typing import Final

PAUSE: Final = 0.05
"""Seconds between two looks."""


def wait_until(
    holds: Callable[[], object], seconds: float = 60, why: Callable[[], str] = str
) -> None:
    """Look again and again until something holds; fail with ``why`` it matters after a while."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, why() or f"not within {seconds} s"
        time.sleep(PAUSE)
