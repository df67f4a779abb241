"""What a scanner asks for and we decline, each with the reason in one line."""

import re
from typing import Final, NamedTuple


class Declined(NamedTuple):
    """One check, on the objects whose ``Kind/name`` matches."""

    check: str
    objects: str
    reason: str


DECLINED: Final = (
    Declined(
        "container-image-pull-policy",
        ".*",
        "images are pinned by digest, so the cached one is the right one",
    ),
    Declined(
        "networkpolicy-targets-pod",
        "NetworkPolicy/.*-(order-client|operation|database|schema)",
        "its pods are made later or by others: by StackOperations, CloudNativePG or users",
    ),
    Declined(
        "deployment-has-host-podantiaffinity|statefulset-has-host-podantiaffinity",
        ".*",
        "topology spread constraints place the pods over zones and hosts",
    ),
    Declined(
        "deployment-replicas",
        "Deployment/.*-(ingestor-.*|watchdog)",
        "a second feed would spend the venue's connection budget twice; one watchdog decides",
    ),
    Declined(
        "CKV_K8S_38",
        "Deployment/tradingstack-operator(-webhook|-relay)?",
        "the operator talks to the API server; its stacks' pods never get a token",
    ),
    Declined(
        "pod-networkpolicy",
        "Deployment/tradingstack-operator(-webhook|-relay)?",
        "its way to the API server can be closed only by who knows the address: a value of the chart",
    ),
    Declined(
        "statefulset-has-servicename",
        "StatefulSet/.*-(cache|database|online-store)",
        "a single server is reached by its Service; nobody asks for a pod by name",
    ),
)


def declined(check: str, name: str) -> bool:
    return any(
        re.fullmatch(item.check, check) and re.fullmatch(item.objects, name) for item in DECLINED
    )
