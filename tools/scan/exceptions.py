"""What a scanner asks for and we decline, each with the reason in one line."""

import re
from typing import Final, NamedTuple


class Declined(NamedTuple):
    """One check, on the objects whose ``source/Kind/name`` matches."""

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
        ".*/NetworkPolicy/.*-(order-client|operation|database(-instances)?|schema|backup)",
        "its pods are made later or by others: by StackOperations, CloudNativePG or users",
    ),
    Declined(
        "deployment-has-host-podantiaffinity|statefulset-has-host-podantiaffinity",
        ".*",
        "topology spread constraints place the pods over zones and hosts",
    ),
    Declined(
        "deployment-replicas",
        ".*/Deployment/.*-(ingestor-.*|watchdog)",
        "a second feed would spend the venue's connection budget twice; one watchdog decides",
    ),
    Declined(
        "CKV_K8S_38",
        ".*/Deployment/tradingstack-operator(-webhook|-relay)?",
        "the operator talks to the API server; its stacks' pods never get a token",
    ),
    Declined(
        "pod-networkpolicy",
        ".*/Deployment/tradingstack-operator(-webhook|-relay)?",
        "only who knows the API server's address can close all other ways: a value of the chart",
    ),
    Declined(
        "CKV_K8S_15|CKV_K8S_43",
        "(?!production).*",
        "only production has to pin its images, and the API server refuses it there (INV-11)",
    ),
    Declined(
        "deployment-replicas",
        "(bare|development)/.*",
        "these cases ask for so few",
    ),
    Declined(
        "deployment-strategy",
        ".*/Deployment/.*-watchdog",
        "two watchdogs side by side would act twice",
    ),
    Declined(
        "pod-probes-identical",
        ".*/StatefulSet/.*-database",
        "there is one server: when it does not answer, no other could",
    ),
    Declined(
        "statefulset-has-servicename",
        ".*/StatefulSet/.*-(cache|database|online-store)",
        "a single server is reached by its Service; nobody asks for a pod by name",
    ),
)


def declined(check: str, source: str, name: str) -> bool:
    """Tell whether a check is declined for the object ``Kind/name`` of a golden case or chart."""
    return any(
        re.fullmatch(item.check, check) and re.fullmatch(item.objects, f"{source}/{name}")
        for item in DECLINED
    )
