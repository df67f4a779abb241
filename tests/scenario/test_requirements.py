"""An operator that lacks something it needs says what, and does not start."""

import pytest

from tests.scenario.operators import Operator
from tradingstack_operator.cluster.preflight import RequirementsError
from tradingstack_operator.model.kinds import ADMISSION_BINDING, ADMISSION_POLICY, TRADING_HALT

MISSING = [
    ("patch", "networking.k8s.io", "networkpolicies"),
    ("patch", "tradingstack.io", "tradingstacks/status"),
    ("delete", "", "configmaps"),
    ("update", "coordination.k8s.io", "leases"),
    ("watch", "apiextensions.k8s.io", "customresourcedefinitions"),
]


async def refused(server, credentials):
    """Start an operator that must not start, and tell what it says."""
    with pytest.raises(RequirementsError) as caught:
        await Operator(server, credentials, "operator-0").task
    return str(caught.value).splitlines()


@pytest.mark.parametrize(("verb", "group", "resource"), MISSING)
async def test_a_missing_permission_is_the_one_thing_named(
    server, credentials, verb, group, resource
):
    server.deny(verb, group, resource)
    (line,) = await refused(server, credentials)
    assert line.startswith(f"permission to {verb} {resource} of {group or 'core'} is missing: ")


async def test_a_missing_kind_is_the_one_thing_named(server, credentials):
    server.cluster.catalogue.withdraw(TRADING_HALT)
    (line,) = await refused(server, credentials)
    assert line == (
        "kind tradinghalts.tradingstack.io is not served: install chart tradingstack-crds"
    )


async def test_an_api_server_without_admission_policies_is_too_old(server, credentials):
    for kind in (ADMISSION_POLICY, ADMISSION_BINDING):
        server.cluster.catalogue.withdraw(kind)
    lines = await refused(server, credentials)
    assert lines == [
        f"kind {kind.plural}.admissionregistration.k8s.io is not served: "
        "use Kubernetes 1.31 or newer, and do not switch this API off"
        for kind in (ADMISSION_POLICY, ADMISSION_BINDING)
    ]


async def test_all_that_is_missing_is_named_at_once(server, credentials):
    for missing in MISSING:
        server.deny(*missing)
    server.cluster.catalogue.withdraw(TRADING_HALT)
    assert len(await refused(server, credentials)) == len(MISSING) + 1


async def test_an_operator_that_is_refused_has_written_nothing(server, credentials):
    server.deny(*MISSING[0])
    server.apply_stack()
    await refused(server, credentials)
    assert [] == server.log()
