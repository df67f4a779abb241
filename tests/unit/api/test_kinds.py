import pytest
from pydantic import ValidationError

from tests.support.stacks import manifest, policy, stack
from tradingstack_operator.api import names
from tradingstack_operator.api.crd import CUSTOM_RESOURCES
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.api.trading_halt import TradingHalt
from tradingstack_operator.api.trading_stack import TradingStack

HALT = {
    "apiVersion": "tradingstack.io/v1alpha1",
    "kind": "TradingHalt",
    "metadata": {"name": "runaway", "namespace": "trading-prod"},
    "spec": {"stack": "alpha", "reason": "runaway orders", "requestedBy": "alice"},
}
OPERATION = {
    "apiVersion": "tradingstack.io/v1alpha1",
    "kind": "StackOperation",
    "metadata": {"name": "restore", "namespace": "trading-prod"},
    "spec": {
        "stack": "alpha",
        "type": "Restore",
        "restore": {
            "component": "database",
            "targetTime": "2026-08-01T10:00:00Z",
            "into": "NewVolume",
            "confirm": "alpha",
        },
    },
}


@pytest.mark.parametrize("resource", CUSTOM_RESOURCES, ids=lambda resource: resource.kind)
def test_every_kind_is_of_the_one_group_and_version(resource):
    field = resource.model.model_fields["api_version"]
    assert field.annotation.__args__ == (names.API_VERSION,)


@pytest.mark.parametrize("resource", CUSTOM_RESOURCES, ids=lambda resource: resource.kind)
def test_every_kind_is_called_as_its_class(resource):
    assert (resource.kind,) == resource.model.model_fields["kind"].annotation.__args__


def test_an_object_of_another_kind_is_refused():
    with pytest.raises(ValidationError):
        TradingStack.model_validate(manifest(kind="TradingHalt"))


def test_a_stack_as_the_server_returns_it_is_read():
    live = manifest(
        metadata={
            "creationTimestamp": "2026-08-01T10:00:00Z",
            "finalizers": [names.FINALIZER],
            "managedFields": [{"manager": "kubectl", "operation": "Apply"}],
            "selfLink": "",
            "ownerReferences": [
                {"apiVersion": "v1", "kind": "Thing", "name": "x", "uid": "1", "blocked": True}
            ],
        },
        status={"observedGeneration": 1},
    )
    assert TradingStack.model_validate(live).metadata.finalizers == (names.FINALIZER,)


@pytest.mark.parametrize(
    ("environment", "production"),
    [("production", True), ("staging", False), ("development", False)],
)
def test_a_stack_knows_whether_it_is_production(environment, production):
    assert production is stack(spec={"environment": environment}).production


def test_a_status_is_read():
    assert stack(status={"observedGeneration": 7}).status.observed_generation == 7


def test_a_status_that_cannot_be_read_counts_as_none():
    assert stack(status={"observedGeneration": "seven", "future": 1}).status is None


def test_a_halt_is_read():
    assert TradingHalt.model_validate(HALT).spec.requested_by == "alice"


def test_an_operation_is_read():
    assert StackOperation.model_validate(OPERATION).spec.restore.confirm == "alpha"


def test_a_policy_is_read():
    assert policy().spec.egress.partners[0].partner_class == "MarketData"


def test_a_policy_names_its_partners_apart():
    egress = policy().to_json()["spec"]["egress"]
    egress["partners"] *= 2
    with pytest.raises(ValidationError, match="Every name may appear only once"):
        PlatformPolicy.model_validate(policy().to_json() | {"spec": {"egress": egress}})


def test_a_policy_without_ranges_of_the_cluster_is_refused():
    with pytest.raises(ValidationError):
        policy(spec={"egress": {"clusterCIDRs": None}})
