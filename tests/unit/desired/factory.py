"""A stack and its surroundings with sound defaults; a test says only what it is about."""

from tests.golden.cases import IMAGES, platform_policy
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.build import build
from tradingstack_operator.model.facts import Facts


def a_stack(**spec):
    """Make a development stack named alpha; keywords replace whole fields of its spec."""
    return TradingStack.model_validate(
        {
            "apiVersion": "tradingstack.io/v1alpha1",
            "kind": "TradingStack",
            "metadata": {"name": "alpha", "namespace": "trading", "uid": "the-uid"},
            "spec": {
                "environment": "staging",
                "secrets": a_secrets(),
                "database": {"provider": "Builtin"},
                "cache": {"provider": "Builtin"},
                "bus": {"provider": "Builtin", "kind": "NATS"},
                "features": {"provider": "Builtin"},
                "riskApi": a_risk_api(),
            }
            | spec,
        }
    )


def a_secrets(**fields):
    return {
        "storeRef": {"kind": "ClusterSecretStore", "name": "vault"},
        "pathPrefix": "staging/trading/alpha",
    } | fields


def a_risk_api(**fields):
    return {"image": "registry.example/risk-api:1"} | fields


def an_ingestor(**fields):
    return {"name": "kraken", "image": "registry.example/kraken:1"} | fields


def facts(**fields):
    return Facts(**{"policy": platform_policy(), "images": IMAGES} | fields)


def objects(stack, surroundings=None):
    """Render a stack and index the result by kind and name."""
    return {
        (manifest["kind"], manifest["metadata"]["name"]): manifest
        for manifest in build(stack, surroundings or facts())
    }


def container(workload):
    (only,) = workload["spec"]["template"]["spec"]["containers"]
    return only


def env(workload):
    return {variable["name"]: variable["value"] for variable in container(workload)["env"]}
