"""Send vectors to a real API server, as the users they name."""

import json
import time
from contextlib import contextmanager
from typing import Any

import jsonpatch
import yaml

from tests.apiserver.sender import APPLY, DRY, JSON_PATCH, Answer, Sender
from tests.apiserver.vector_surroundings import labelled_namespaces, roles
from tests.support.vectors import (
    FOLDER,
    Edit,
    Vector,
    base,
    plural,
    users,
    vectors,
)
from tradingstack_operator.api.crd import CUSTOM_RESOURCES
from tradingstack_operator.api.names import ANNOTATION_CONFIRM_DELETE, GROUP, LABEL_PART_OF, PART_OF
from tradingstack_operator.rules.manifests import (
    PREFIX,
    build_bindings,
    build_crd_with_rules,
    build_policies,
)
from tradingstack_operator.rules.platform import PLATFORM
from tradingstack_operator.rules.registry import POLICIES, REGISTRY
from tradingstack_operator.rules.rule import Validation

HARDENING = ("INV-10b", "INV-10c", "INV-10d", "INV-10e", "INV-10f", "INV-10g")
"""What Pod Security refuses as well, and before our policies are asked."""
_VERSIONS = {"apps": "v1", GROUP: "v1alpha1"}


class Server(Sender):
    """A real API server with the CRDs and policies of the code, and the vectors' users."""

    def install(self):
        """Put the rules in force, with everything that the vectors presume."""
        crds = [build_crd_with_rules(one) for one in CUSTOM_RESOURCES]
        stubs = FOLDER / "kinds.yaml"
        if stubs.exists():
            crds += yaml.safe_load_all(stubs.read_text())
        self.apply(*crds)
        names = [f"crd/{crd['metadata']['name']}" for crd in crds]
        self.cluster.kubectl("wait", "--for=condition=Established", *names, "--timeout=60s")
        self.apply(*roles(), *labelled_namespaces())
        self.apply_policy()
        self.put_policies_in_force()

    def put_policies_in_force(self):
        """Wait until each policy refuses something: that takes a moment after it exists."""
        self.apply(*build_policies(), *build_bindings())
        for policy in POLICIES:
            probe = next((one for one in _refused_by_policy() if _decides(policy, one)), None)
            if probe:
                self.until(lambda probe=probe: self.refuses(probe))

    @contextmanager
    def without_rules(self):
        """Lift every rule for a while, as if the objects made meanwhile were older than they."""
        self.lift(*build_bindings())
        self.apply(*(build_crd_with_rules(one, ()) for one in CUSTOM_RESOURCES))
        yield
        self.apply(*(build_crd_with_rules(one) for one in CUSTOM_RESOURCES))
        self.put_policies_in_force()

    @contextmanager
    def without_platform_policy(self):
        """Take PlatformPolicy away, as only whoever may lift its guard can."""
        guard = f"{PREFIX}{PLATFORM.name}"
        self.lift(*(one for one in build_bindings() if one["metadata"]["name"] == guard))
        policy = base("platform-policy")
        self.until(lambda: self.send("DELETE", f"{_collection(policy)}/default").accepted)
        nothing_new = next(one for one in vectors() if not one.entry.with_policy and not one.old)
        self.until(lambda: not self.dry_run(nothing_new).accepted)
        yield
        self.apply_policy()
        self.put_policies_in_force()

    def lift(self, *bindings):
        for binding in bindings:
            self.send("DELETE", f"{_collection(binding)}/{binding['metadata']['name']}")

    def refuses(self, vector: Vector) -> bool:
        """Tell whether a vector is refused by its rule in every way it is sent."""
        return all(names_the_rule(vector, answer) for answer in self.verdicts(vector).values())

    def until(self, holds, seconds=30):
        """Ask again and again until a condition holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "the condition did not hold in time"

    def policies(self):
        """Read every policy of ours once its types are checked."""
        names = ["validatingadmissionpolicy", "-l", f"{LABEL_PART_OF}={PART_OF}", "-o", "json"]

        def checked():
            found = json.loads(self.cluster.kubectl("get", *names).stdout)["items"]
            self.found = found
            return all(
                item.get("status", {}).get("observedGeneration") == item["metadata"]["generation"]
                for item in found
            )

        self.until(checked)
        return self.found

    def apply_policy(self):
        """Put the PlatformPolicy in force that the vectors presume."""
        policy = base("platform-policy")
        path = f"{_collection(policy)}/{policy['metadata']['name']}"
        # an apply alone would leave what a vector added
        whole = [{"op": "replace", "path": "/spec", "value": policy["spec"]}]
        self.send("PATCH", path, "", whole, content=JSON_PATCH)
        query = {"fieldManager": "vectors", "force": "true"}
        answer = self.send("PATCH", path, "", policy, query, APPLY)
        assert answer.accepted, answer.message

    def apply(self, *objects):
        text = yaml.safe_dump_all(objects)
        self.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f-", input=text)

    def verdicts(self, vector: Vector) -> dict[str, Answer]:
        """Send a vector in every way there is; nothing of it stays."""
        send = {
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
            "connect": self._connect,
        }
        return send[vector.entry.operation](vector)

    def _create(self, vector: Vector) -> dict[str, Answer]:
        path, query = path_of(vector), _query(vector)
        try:
            return {
                "create, dry run": self.call("POST", path, vector, vector.object, query | DRY),
                "server-side apply, dry run": self._apply(vector, query | DRY),
                "create": self.call("POST", path, vector, vector.object, query),
            }
        finally:
            self.remove(vector)

    def _apply(self, vector: Vector, query: dict[str, str]) -> Answer:
        path = path_of(vector, vector.object["metadata"]["name"])
        query = query | {"force": "true", "fieldValidation": "Strict"}
        return self.call("PATCH", path, vector, vector.object, query, APPLY)

    def _update(self, vector: Vector) -> dict[str, Answer]:
        name = vector.object["metadata"]["name"]
        path, query = path_of(vector, name, vector.entry.subresource), _query(vector)
        patch = jsonpatch.make_patch(vector.old, vector.object).patch
        assert patch, "an update must change something"
        try:
            self.store(vector)
            return {
                "patch, dry run": self.call("PATCH", path, vector, patch, query | DRY, JSON_PATCH),
                "patch": self.call("PATCH", path, vector, patch, query, JSON_PATCH),
            }
        finally:
            self.remove(vector)

    def _delete(self, vector: Vector) -> dict[str, Answer]:
        path = path_of(vector, vector.object["metadata"]["name"])
        try:
            self.store(vector)
            answers = {"delete, dry run": self.call("DELETE", path, vector, None, DRY)}
            if vector.object["kind"] != "Namespace":  # it would take a while to be gone
                answers["delete"] = self.call("DELETE", path, vector)
            return answers
        finally:
            self.remove(vector)

    def _connect(self, vector: Vector) -> dict[str, Answer]:
        """Connect to nothing: admission is asked before the object is looked for."""
        path = path_of(vector, vector.object["metadata"]["name"], vector.entry.subresource)
        answers = {method: self.call(method, path, vector) for method in ("POST", "GET")}
        # what was let through finds nothing to connect to
        return {
            method: Answer(200, {}) if answer.status in (400, 404, 500, 503) else answer
            for method, answer in answers.items()
        }

    def dry_run(self, vector: Vector) -> Answer:
        """Try a create or an update of what is stored already."""
        query = _query(vector) | DRY
        if vector.old is None:
            return self.call("POST", path_of(vector), vector, vector.object, query)
        path = path_of(vector, vector.object["metadata"]["name"], vector.entry.subresource)
        patch = jsonpatch.make_patch(vector.old, vector.object).patch
        return self.call("PATCH", path, vector, patch, query, JSON_PATCH)

    def store(self, vector: Vector) -> None:
        """Create what the vector presumes, as whoever may."""
        stored = vector.old or vector.object
        if vector.entry.stored:
            place = {"/metadata/namespace": vector.namespace}
            stored = Edit(set=place).on(base(vector.entry.stored))
        path = _collection(stored)
        halter = stored.get("spec", {}).get("requestedBy", "")
        trusted = (users()["operator"].name, users()["secret-writer"].name)
        authors = ("", *trusted, vector.user.name, halter)

        def is_stored() -> bool:
            # what an earlier vector left may still be on its way out
            made = any(self.send("POST", path, user, stored).accepted for user in authors)
            return made or self._stays(f"{path}/{stored['metadata']['name']}")

        self.until(is_stored)

    def _stays(self, path: str) -> bool:
        found = self.send("GET", path)
        return found.accepted and "deletionTimestamp" not in found.body["metadata"]

    def remove(self, vector: Vector) -> None:
        """Leave nothing behind, whatever guards it."""
        stored = base(vector.entry.stored) if vector.entry.stored else vector.object
        stored = Edit(set={"/metadata/namespace": vector.namespace}).on(stored)
        if stored["kind"] == "PlatformPolicy":
            self.apply_policy()
            return
        path = f"{_collection(stored)}/{stored['metadata']['name']}"
        found = self.send("GET", path, "")
        if not found.accepted:
            return
        freed = [
            {"op": "add", "path": "/metadata/finalizers", "value": []},
            {
                "op": "add",
                "path": "/metadata/annotations",
                "value": {ANNOTATION_CONFIRM_DELETE: stored["metadata"]["name"]},
            },
        ]
        # the operator alone may change its own objects, and no others
        authors = (users()["operator"].name, "")
        any(self.send("PATCH", path, user, freed, content=JSON_PATCH).accepted for user in authors)
        self.send("DELETE", path, "", {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})

    def call(self, method, path, vector, body=None, query=None, content="application/json"):
        return self.send(method, path, vector.user.name, body, query, content)


def _query(vector: Vector) -> dict[str, str]:
    return {"fieldManager": vector.entry.manager, "fieldValidation": "Strict"}


def path_of(vector: Vector, name: str = "", subresource: str = "") -> str:
    if vector.entry.resource:
        prefix = f"/apis/{vector.group}/{_VERSIONS[vector.group]}"
    else:
        prefix = _prefix(vector.object)
    return _joined(prefix, vector.namespace, vector.resource, name, subresource)


def _collection(manifest: dict[str, Any]) -> str:
    namespace = manifest["metadata"].get("namespace", "")
    return _joined(_prefix(manifest), namespace, plural(manifest["kind"]))


def _prefix(manifest: dict[str, Any]) -> str:
    version = manifest["apiVersion"]
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _joined(prefix: str, namespace: str, *parts: str) -> str:
    place = f"namespaces/{namespace}" if namespace else ""
    return "/".join(part for part in (prefix, place, *parts) if part)


def names_the_rule(vector, answer):
    if answer.accepted:
        return False
    rule, message = vector.entry.refused, answer.message
    if vector.entry.by in ("policy", "crd"):
        by_pod_security = vector.object["kind"] == "Pod" and rule in HARDENING
        return f"{rule} " in message or (by_pod_security and "violates PodSecurity" in message)
    return vector.entry.by == "schema" or "INV-" not in message


def _refused_by_policy():
    return (
        vector
        for vector in vectors()
        if vector.entry.refused and vector.entry.by == "policy" and vector.entry.with_policy
    )


def _decides(policy, vector):
    return policy.covers(vector.request()) and any(
        rule.id == vector.entry.refused and expression.policy == policy.name
        for rule in REGISTRY
        for expression in rule.expressions
        if isinstance(expression, Validation)
    )
