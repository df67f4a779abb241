"""One stack on a real API server, as its owner and its foes handle it."""

import json
import time
from pathlib import Path

import yaml

from tests.support.stacks import merged
from tools.demo.operator_process import USER
from tradingstack_operator.api.names import ANNOTATION_CONFIRM_DELETE
from tradingstack_operator.model.kinds import MANAGED_KINDS, POD

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
ALL_KINDS = ",".join(
    f"{kind.plural}.{kind.group}".removesuffix(".") for kind in (*MANAGED_KINDS, POD)
)
OF_EVERY_NAMESPACE = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}


class Desk:
    """One stack in a namespace of its own, made from a sample."""

    def __init__(self, cluster, wait, sample, namespace):
        self.cluster, self.wait, self.namespace = cluster, wait, namespace
        self.documents = list(yaml.safe_load_all((SAMPLES / sample).read_text()))
        _, home, self.stack = self.documents
        environment = self.stack["spec"]["environment"]
        self.name = self.stack["metadata"]["name"]
        home["metadata"]["name"] = self.stack["metadata"]["namespace"] = namespace
        prefix = f"{environment}/{namespace}/{self.name}"
        self.stack["spec"]["secrets"]["pathPrefix"] = prefix

    def apply(self):
        text = yaml.safe_dump_all(self.documents)
        self.cluster.kubectl("apply", "--server-side", "-f-", input=text)

    def apply_policy(self):
        text = yaml.safe_dump(self.documents[0])
        self.cluster.kubectl("apply", "--server-side", "-f-", input=text)

    def get(self, kind, name):
        return json.loads(
            self.cluster.kubectl("get", kind, name, "-n", self.namespace, "-o", "json").stdout
        )

    def live(self):
        return self.get("tradingstack", self.name)

    def conditions(self):
        found = self.live().get("status", {}).get("conditions", [])
        return {item["type"]: item for item in found}

    def is_ready(self):
        return self.conditions().get("Ready", {}).get("status") == "True"

    def come_up(self):
        self.apply()
        self.wait(self.is_ready)
        return self

    def objects(self):
        listed = self.cluster.kubectl("get", ALL_KINDS, "-n", self.namespace, "-o", "json")
        items = json.loads(listed.stdout)["items"]
        return {(item["kind"], item["metadata"]["name"]) for item in items} - OF_EVERY_NAMESPACE

    def delete(self):
        confirm(self.cluster, self.namespace)
        self.cluster.kubectl(
            "delete", "tradingstack", self.name, "-n", self.namespace, "--timeout=60s"
        )

    def change(self, spec):
        patch = ("patch", "tradingstack", self.name, "-n", self.namespace, "--type=merge", "-p")
        self.cluster.kubectl(*patch, json.dumps({"spec": spec}))

    def touch(self):
        """Make the operator look at the stack, which it does by itself every few minutes only."""
        stamp = f"example.com/touched={time.monotonic_ns()}"
        place = ("tradingstack", self.name, "-n", self.namespace)
        self.cluster.kubectl("annotate", "--overwrite", *place, stamp)
        return self

    def has_operation_under_way(self):
        listed = self.cluster.kubectl("get", "stackoperations", "-n", self.namespace, "-o", "json")
        items = json.loads(listed.stdout)["items"]
        return any("phase" in item.get("status", {}) for item in items)

    def edit(self, kind, name, change):
        """Edit a child the one way that admission leaves: disguised as the operator."""
        live = self.get(kind, name)
        identity = {"name": name, "namespace": self.namespace}
        part = {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": identity}
        self.cluster.kubectl(
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager=somebody",
            f"--as={USER}",
            "--filename=-",
            input=json.dumps(merged(part, change)),
        )


def confirm(cluster, namespace):
    """Say that the stacks of a namespace, all of one name, may be deleted."""
    confirmed = f"{ANNOTATION_CONFIRM_DELETE}=alpha"
    annotate = ("annotate", "tradingstack", "--all", "--overwrite", "-n", namespace, confirmed)
    cluster.kubectl(*annotate, check=False)  # there may be none left
