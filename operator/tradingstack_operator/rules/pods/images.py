"""Which programs run in a pod, and who may put another one beside them."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from tradingstack_operator.rules import cel
from tradingstack_operator.rules.images import DIGEST
from tradingstack_operator.rules.pods.view import (
    PODS,
    PODS_ALLOWED,
    Pod,
    of_containers,
    pod_rule,
)
from tradingstack_operator.rules.request import BREAK_GLASS
from tradingstack_operator.rules.rule import Broken, Validation

_STARTED: Final = ("containers", "initContainers")
_IMAGE: Final = "c.?image.orValue('')"


@pod_rule(
    "INV-11",
    "a production image is pinned by its sha256 digest",
    of_containers(
        f"!variables.production || {cel.matches(_IMAGE, DIGEST)}",
        "image",
        "add @sha256: and the 64 hex digits to it",
    ),
)
def images_of_production_are_pinned(pod: Pod) -> Iterator[Broken]:
    """Know which code trades: a tag can be moved, a digest cannot."""
    if not pod.request.production:
        return
    for container in pod.containers():
        if not DIGEST.search(container.manifest.get("image", "")):
            yield Broken(f"{container.path}.image")


@pod_rule(
    "INV-12b",
    "an image comes from a registry that PlatformPolicy lists",
    of_containers(
        f"params.spec.imageRegistries.exists(r, {_IMAGE}.startsWith(r))",
        "image",
        "use one of PlatformPolicy's imageRegistries",
        PODS_ALLOWED,
    ),
)
def images_are_from_approved_registries(pod: Pod) -> Iterator[Broken]:
    """Run only what was scanned and signed, which happens in the approved registries."""
    approved = pod.request.allowed.image_registries
    for container in pod.containers():
        if not container.manifest.get("image", "").startswith(approved):
            yield Broken(f"{container.path}.image")


def _images(spec: str) -> str:
    return " + ".join(f"{spec}.?{name}.orValue([]).map(c, {_IMAGE})" for name in _STARTED)


@pod_rule(
    "INV-12c",
    "the image of a running pod never changes",
    Validation(
        PODS,
        f"!variables.runsAlready || {_images('variables.spec')} == {_images('variables.was.spec')}",
        "spec.containers[].image",
        "change what made the pod, or make a new one",
    ),
)
def image_of_a_pod_stays(pod: Pod) -> Iterator[Broken]:
    """Keep an update, which PlatformPolicy may not be there to judge, from starting a program."""
    if not pod.runs_already:
        return
    before = pod.before.get("spec") or {}
    for name in _STARTED:
        images, old_images = (
            [container.get("image", "") for container in spec.get(name) or []]
            for spec in (pod.spec, before)
        )
        for number, (image, old_image) in enumerate(zip_longest(images, old_images)):
            if image != old_image:
                yield Broken(pod.field(f"{name}[{number}].image"))


@pod_rule(
    "INV-41",
    "only the break-glass role looks into a running pod",
    Validation(
        PODS,
        "request.?subResource.orValue('') != 'ephemeralcontainers' || !variables.changed"
        f" || {BREAK_GLASS.cel}",
        "spec.ephemeralContainers",
        "ask whoever holds the break-glass role, in an emergency",
        "Forbidden",
    ),
)
def break_glass_adds_containers(pod: Pod) -> Iterator[Broken]:
    """Guard it as a shell in the pod: an ephemeral container sees all that the pod sees."""
    if pod.request.subresource == "ephemeralcontainers" and BREAK_GLASS not in pod.request.rights:
        yield Broken("spec.ephemeralContainers")


RULES: Final = (
    images_of_production_are_pinned,
    images_are_from_approved_registries,
    image_of_a_pod_stays,
    break_glass_adds_containers,
)
