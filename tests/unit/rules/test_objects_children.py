"""Who may change what the operator made, where the vectors cannot say it."""

import pytest

from tests.support.vectors import base, platform_policy
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.request import Request

LABELS = {"tradingstack.io/environment": "production", "tradingstack.io/stack": "alpha"}


def status_write(user):
    """Relabel a pod of the operator through its status."""
    pod = base("managed-pod")
    relabelled = pod | {"metadata": pod["metadata"] | {"labels": {"app": "other"}}}
    return Request(
        operation="UPDATE",
        group="",
        resource="pods",
        kind="Pod",
        name="alpha-risk-api-0",
        namespace="trading-prod",
        subresource="status",
        object=relabelled,
        old=pod,
        user=user,
        namespace_labels=LABELS,
        policy=platform_policy(),
    )


@pytest.mark.parametrize("user", ["system:node:worker-1", "system:kube-scheduler"])
def test_kubernetes_writes_the_status_of_pods(user):
    assert () == judge(status_write(user))


@pytest.mark.parametrize("user", ["alice", "system:nodes", "system:serviceaccount:other:operator"])
def test_nobody_else_relabels_them(user):
    assert ["INV-45"] == [found.rule for found in judge(status_write(user))]


def test_a_drain_evicts_the_pods_of_the_operator():
    eviction = Request(
        operation="CREATE",
        group="",
        resource="pods",
        kind="Eviction",
        name="alpha-risk-api-0",
        namespace="trading-prod",
        subresource="eviction",
        object={"metadata": {"name": "alpha-risk-api-0"}},
        user="alice",
        namespace_labels=LABELS,
        policy=platform_policy(),
    )
    assert () == judge(eviction)
