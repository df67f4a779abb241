"""What a new value in the secret store asks for: fetch it anew, then start its readers anew.

Both are said by annotations: the ExternalSecret's names the versions it should deliver, a pod
template's fingerprints the versions of what the pods mount. Planning applies the second only after
the first has been done.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from tradingstack_operator.api import names
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.jobs import NAME_DIGITS
from tradingstack_operator.model.components import OPERATION
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import DEPLOYMENT, EXTERNAL_SECRET, JOB, STATEFUL_SET
from tradingstack_operator.model.objects import Manifest, component_of, desired_hash
from tradingstack_operator.model.operations import created_at, mark_of, newest
from tradingstack_operator.model.rotation import SecretVersion, entries_of, write

Versions = Mapping[str, SecretVersion]
_BEGUN: Final = ("Running", "Succeeded", "Failed")


def follow_rotation(
    stack: TradingStack, facts: Facts, manifests: Sequence[Manifest]
) -> Sequence[Manifest]:
    """Mark the ExternalSecrets and pod templates that a new value concerns.

    A StackOperation of type RotateCredentials concerns all of them.
    """
    asked = _asked(facts)
    if not asked and not facts.credential_versions:
        return manifests
    prefix = f"{stack.spec.secrets.path_prefix}/"
    news = {
        manifest["spec"]["target"]["name"]: asked
        | {
            entry: facts.credential_versions[entry]
            for entry in entries_of(manifest, prefix)
            if entry in facts.credential_versions
        }
        for manifest in manifests
        if manifest["kind"] == EXTERNAL_SECRET.kind
    }
    return [_marked(manifest, news) for manifest in manifests]


def _asked(facts: Facts) -> dict[str, SecretVersion]:
    """Take the last rotation that somebody asked for as a version of its own."""
    operation = newest(facts.operations, "RotateCredentials", *_BEGUN)
    if operation is None:
        return {}
    created = created_at(operation).astimezone(UTC)
    return {f"{OPERATION}-{mark_of(operation)}": SecretVersion(1, created)}


def _marked(manifest: Manifest, news: Mapping[str, Versions]) -> Manifest:
    if manifest["kind"] == EXTERNAL_SECRET.kind:
        changed = news[manifest["spec"]["target"]["name"]]
        if not changed:
            return manifest
        return _annotated(manifest, names.ANNOTATION_FORCE_SYNC, write(changed))
    return _restarted(manifest, news)


def _restarted(manifest: Manifest, news: Mapping[str, Versions]) -> Manifest:
    """Mark a workload's pod template; an operation runs once, whatever changes meanwhile."""
    if manifest["kind"] not in _TEMPLATED or component_of(manifest) == OPERATION:
        return manifest
    template = manifest["spec"]["template"]
    mounted: dict[str, SecretVersion] = {}
    for secret in _secrets(template["spec"]):
        mounted |= news.get(secret, {})
    if not mounted:
        return manifest
    fingerprint = hashlib.sha256(write(mounted).encode()).hexdigest()[:NAME_DIGITS]
    marked = _annotated(template, names.ANNOTATION_ROTATION, fingerprint)
    restarted = manifest | {"spec": manifest["spec"] | {"template": marked}}
    return _renamed(restarted) if manifest["kind"] == JOB.kind else restarted


_TEMPLATED: Final = frozenset({DEPLOYMENT.kind, STATEFUL_SET.kind, JOB.kind})
"""A CronJob's next pods read what is delivered by then."""


def _renamed(job: Manifest) -> Manifest:
    """Name a Job by its content again, because it cannot be changed."""
    stem = job["metadata"]["name"][:-NAME_DIGITS]
    name = f"{stem}{desired_hash(job['spec'])[:NAME_DIGITS]}"
    return job | {"metadata": job["metadata"] | {"name": name}}


def _secrets(pod: Mapping[str, Any]) -> Iterator[str]:
    """Name the Secrets that a pod mounts."""
    for volume in pod.get("volumes", ()):
        if "secret" in volume:
            yield volume["secret"]["secretName"]
        for source in volume.get("projected", {}).get("sources", ()):
            if "secret" in source:
                yield source["secret"]["name"]


def _annotated(manifest: Manifest, name: str, value: str) -> Manifest:
    metadata = manifest["metadata"]
    annotations = metadata.get("annotations", {}) | {name: value}
    return manifest | {"metadata": metadata | {"annotations": annotations}}
