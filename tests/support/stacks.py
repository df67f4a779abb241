"""Builders of stacks, policies and facts that keep every rule, for tests that break one."""

import copy
from typing import Any

from tests.support.halts import RELAY
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.images import Images
from tradingstack_operator.model.objects import Manifest

NAMESPACE = "trading-prod"
NAME = "alpha"
DIGEST = f"@sha256:{'a' * 64}"
IMAGES = Images(
    database=f"registry.example/timescaledb:17{DIGEST}",
    cache=f"registry.example/redis:7.4{DIGEST}",
    bus=f"registry.example/nats:2.11{DIGEST}",
    features=f"registry.example/feast:0.67{DIGEST}",
    tools=f"registry.example/tradingstack-tools:1{DIGEST}",
)
NAMESPACE_LABELS = {
    "tradingstack.io/environment": "production",
    "tradingstack.io/stack": NAME,
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
}

STACK = {
    "apiVersion": "tradingstack.io/v1alpha1",
    "kind": "TradingStack",
    "metadata": {
        "name": NAME,
        "namespace": NAMESPACE,
        "uid": "00000000-0000-4000-8000-000000000001",
        "resourceVersion": "1",
        "generation": 1,
    },
    "spec": {
        "environment": "production",
        "secrets": {
            "storeRef": {"kind": "ClusterSecretStore", "name": "vault-prod"},
            "pathPrefix": f"production/{NAMESPACE}/{NAME}",
        },
        "database": {
            "provider": "Builtin",
            "image": f"registry.example/timescaledb:17{DIGEST}",
            "storage": {"size": "20Gi"},
            "backup": {
                "bucket": "s3://alpha-backups/tsdb",
                "schedule": "0 2 * * *",
                "retentionDays": 30,
            },
        },
        "cache": {"provider": "Builtin"},
        "bus": {"provider": "Builtin", "kind": "NATS", "replicas": 3},
        "features": {
            "provider": "Builtin",
            "repoImage": f"registry.example/feast-repo:1{DIGEST}",
        },
        "ingestors": [
            {
                "name": "kraken",
                "image": f"registry.example/kraken:1{DIGEST}",
                "partners": ["kraken-md"],
            }
        ],
        "riskApi": {"image": f"registry.example/risk-api:1{DIGEST}", "replicas": 3},
        "observability": {
            "alerting": {
                "receivers": [
                    {
                        "name": "oncall",
                        "severity": "critical",
                        "webhookRemoteKey": "oncall-webhook",
                    }
                ]
            }
        },
    },
}

POLICY = {
    "apiVersion": "tradingstack.io/v1alpha1",
    "kind": "PlatformPolicy",
    "metadata": {"name": "default"},
    "spec": {
        "operatorServiceAccount": "system:serviceaccount:tradingstack-system:operator",
        "secretStores": [
            {"kind": "ClusterSecretStore", "name": "vault-prod", "environments": ["production"]},
            {"kind": "ClusterSecretStore", "name": "vault-staging", "environments": ["staging"]},
            {"kind": "ClusterSecretStore", "name": "vault-dev", "environments": ["development"]},
        ],
        "secretWriters": ["system:serviceaccount:external-secrets:external-secrets"],
        "imageRegistries": ["registry.example/"],
        "breakerLimits": [
            {"name": "maxDrawdownPct", "max": 5},
            {"name": "maxOrdersPerSecond", "max": 100},
        ],
        "egress": {
            "proxy": {"host": "10.9.0.10", "port": 3128},
            "clusterCIDRs": ["10.96.0.0/16", "10.244.0.0/16"],
            "objectStores": [{"name": "s3", "cidrs": ["10.8.0.0/24"], "port": 443}],
            "services": [
                *(
                    {
                        "name": name,
                        "host": f"{name}.example",
                        "cidrs": ["10.8.0.0/24"],
                        "port": port,
                        "environments": ["production"],
                    }
                    for name, port in (("cache", 6379), ("bus", 4222), ("features", 6566))
                ),
                {
                    "name": "database",
                    "host": "db.example",
                    "cidrs": ["10.8.0.0/24"],
                    "port": 5432,
                    "environments": ["production", "staging"],
                },
                {
                    "name": "kafka",
                    "host": "kafka.example",
                    "cidrs": ["10.8.0.0/24"],
                    "port": 9093,
                    "environments": ["staging"],
                },
            ],
            "partners": [
                {
                    "name": "kraken-md",
                    "class": "MarketData",
                    "cidrs": ["203.0.113.0/24"],
                    "ports": [443],
                    "environments": ["production", "staging"],
                    "via": "Direct",
                },
                {
                    "name": "kraken-trade",
                    "class": "OrderEntry",
                    "cidrs": ["198.51.100.0/24"],
                    "ports": [443],
                    "environments": ["production"],
                    "via": "Proxy",
                },
            ],
        },
        "approvedCIDRs": [
            "10.9.0.10/32",
            "10.8.0.0/24",
            "203.0.113.0/24",
            "198.51.100.0/24",
        ],
    },
}


def merged(base: Manifest, overrides: Manifest) -> Manifest:
    """Lay ``overrides`` over a copy of ``base``: dicts merge, None removes, all else replaces."""
    result = copy.deepcopy(base)
    for key, value in overrides.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def manifest(**overrides: Any) -> Manifest:
    """Write a production stack that keeps every rule, as ``manifest(spec={"sizing": "small"})``."""
    return merged(STACK, overrides)


def stack(**overrides: Any) -> TradingStack:
    return TradingStack.model_validate(manifest(**overrides))


def policy(**overrides: Any) -> PlatformPolicy:
    """Make a policy that keeps every rule, as ``policy(metadata={"name": "other"})``."""
    return PlatformPolicy.model_validate(merged(POLICY, overrides))


def facts(**fields: Any) -> Facts:
    """Give the surroundings in which ``stack()`` keeps every rule, as ``facts(policy=None)``."""
    fitting: dict[str, Any] = {
        "namespace_labels": NAMESPACE_LABELS,
        "stacks": (NAME,),
        "policy": policy(),
        "images": IMAGES,
        "relay": RELAY,
    }
    return Facts(**(fitting | fields))
