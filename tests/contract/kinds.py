"""The kinds the contract is tested with, and objects of them."""

from typing import Final

from tradingstack_operator.model.kinds import Kind

WIDGET: Final = Kind("contract.tradingstack.io/v1", "Widget", "widgets")
"""A custom resource with every way a list can merge; see widgets.yaml."""


def a_config_map(name: str = "one", **metadata) -> dict:
    return {"metadata": {"name": name, **metadata}, "data": {"colour": "red"}}


def a_widget(name: str = "one", **spec) -> dict:
    return {"metadata": {"name": name}, "spec": {"size": 1} | spec}


def a_pod_template(**container) -> dict:
    return {
        "metadata": {"labels": {"app": "one"}},
        "spec": {"containers": [{"name": "main", "image": "one:1", **container}]},
    }


def a_deployment(name: str = "one", *, template: dict | None = None, **spec) -> dict:
    return {
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": "one"}},
            "template": template or a_pod_template(),
            **spec,
        },
    }


def a_stateful_set(name: str = "one", *, template: dict | None = None, **spec) -> dict:
    body = a_deployment(name, template=template, **spec)
    return body | {"spec": {"serviceName": name} | body["spec"]}


def a_job(name: str = "one", *, template: dict | None = None, **spec) -> dict:
    pods = template or a_pod_template()
    once = pods | {"spec": {"restartPolicy": "Never"} | pods["spec"]}
    # a Job without labels takes those of its pods
    metadata = {"name": name, "labels": {"app": "one"}}
    return {"metadata": metadata, "spec": {"template": once, **spec}}


def a_cron_job(name: str = "one", *, template: dict | None = None, **spec) -> dict:
    job = {"spec": a_job(template=template)["spec"]}
    return {
        "metadata": {"name": name},
        "spec": {"schedule": "0 2 * * *", "jobTemplate": job, **spec},
    }


def a_volume_claim(name: str = "one", size: str = "1Gi") -> dict:
    return {
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": size}},
            "storageClassName": "other",
        },
    }


def a_service(name: str = "one", *ports: int) -> dict:
    listed = [{"name": f"p{port}", "port": port} for port in ports or (80,)]
    return {"metadata": {"name": name}, "spec": {"selector": {"app": "one"}, "ports": listed}}


def an_autoscaler(name: str = "one") -> dict:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"}
    usage = {"type": "Utilization", "averageUtilization": 70}
    return {
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": target,
            "maxReplicas": 3,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": usage}}],
        },
    }


def a_network_policy(name: str = "one") -> dict:
    peer = {"podSelector": {"matchLabels": {"app": "two"}}}
    return {
        "metadata": {"name": name},
        "spec": {
            "podSelector": {"matchLabels": {"app": "one"}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [peer], "ports": [{"port": 80}]}],
            "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}],
        },
    }


def a_disruption_budget(name: str = "one") -> dict:
    selector = {"matchLabels": {"app": "one"}}
    return {"metadata": {"name": name}, "spec": {"minAvailable": 1, "selector": selector}}


def a_service_account(name: str = "one") -> dict:
    return {"metadata": {"name": name}, "automountServiceAccountToken": False}


def an_external_secret(name: str = "one") -> dict:
    source = {"secretKey": "password", "remoteRef": {"key": "desk/db", "property": "password"}}
    return {
        "metadata": {"name": name},
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "SecretStore", "name": "store"},
            "target": {"name": name, "creationPolicy": "Owner"},
            "data": [source],
        },
    }


def a_lease(name: str = "one", holder: str = "a") -> dict:
    return {
        "metadata": {"name": name},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15},
    }


def an_event(name: str, reason: str, *, namespace: str) -> dict:
    """Make an event as a controller that reports something about a Deployment would."""
    about = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "one",
        "namespace": namespace,
    }
    return {
        "metadata": {"name": name},
        "eventTime": "2026-08-01T09:00:00.000000Z",
        "type": "Warning",
        "action": "Create",
        "reason": reason,
        "regarding": about,
        "reportingController": "contract.tradingstack.io/tests",
        "reportingInstance": "one",
    }
