"""What pods and Events say about the workloads that they belong to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signal:
    """Why a workload has no ready pods, from outside its own status."""

    trouble: str = ""
    """What keeps one of its pods from running, with the next step."""
    refusal: str = ""
    """Why the API server let it make no pods, in its own words; stands for up to an hour."""
