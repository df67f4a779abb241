import pytest

from tradingstack_operator.api.crd import CUSTOM_RESOURCES, build_crd
from tradingstack_operator.model.kinds import OWN_KINDS

CRDS = {resource.kind: build_crd(resource) for resource in CUSTOM_RESOURCES}


def version(kind):
    (only,) = CRDS[kind]["spec"]["versions"]
    return only


def test_the_kinds_are_those_that_the_operator_addresses():
    served = {
        (resource.kind, resource.plural, resource.namespaced) for resource in CUSTOM_RESOURCES
    }
    assert {(kind.kind, kind.plural, kind.namespaced) for kind in OWN_KINDS} == served


@pytest.mark.parametrize("kind", CRDS)
def test_a_crd_is_named_by_plural_and_group(kind):
    spec = CRDS[kind]["spec"]
    assert f"{spec['names']['plural']}.{spec['group']}" == CRDS[kind]["metadata"]["name"]


def test_only_the_policy_is_cluster_scoped():
    cluster = {kind for kind, crd in CRDS.items() if crd["spec"]["scope"] == "Cluster"}
    assert {"PlatformPolicy"} == cluster


@pytest.mark.parametrize("kind", CRDS)
def test_status_is_a_subresource(kind):
    assert version(kind)["subresources"]["status"] == {}


def test_scaling_a_stack_scales_its_risk_api():
    assert version("TradingStack")["subresources"]["scale"] == {
        "specReplicasPath": ".spec.riskApi.replicas",
        "statusReplicasPath": ".status.riskApi.replicas",
        "labelSelectorPath": ".status.riskApi.selector",
    }


def test_nothing_else_scales():
    scalable = {kind for kind in CRDS if "scale" in version(kind)["subresources"]}
    assert {"TradingStack"} == scalable


def test_a_stack_shows_what_matters_in_a_hurry():
    columns = version("TradingStack")["additionalPrinterColumns"]
    shown = [column["name"] for column in columns if not column.get("priority")]
    assert shown == ["Env", "Ready", "Trading", "DB", "Backup-Age", "Drill-Age", "Age"]


def test_a_wide_list_shows_the_rest():
    columns = version("TradingStack")["additionalPrinterColumns"]
    wide = [column["name"] for column in columns if column.get("priority")]
    assert wide == ["Paused", "Secrets", "Network"]
