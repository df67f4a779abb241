"""Which container images a stack may run."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from tradingstack_operator.rules import cel
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import if_changed
from tradingstack_operator.rules.rule import Broken, Crd, Validation, rule

DIGEST: Final = re.compile(r"@sha256:[a-f0-9]{64}\Z")
_SINGLE: Final = (
    "riskApi.image",
    "database.image",
    "cache.image",
    "bus.image",
    "features.image",
    "features.repoImage",
)


def _all_images(spec: str, holds: Callable[[str], str]) -> str:
    """Write CEL that asks something of every image a spec names."""
    single = [f"(!has({spec}.{path}) || {holds(f'{spec}.{path}')})" for path in _SINGLE]
    ingestors = f"(!has({spec}.ingestors) || {spec}.ingestors.all(i, {holds('i.image')}))"
    return " && ".join([*single, ingestors])


@rule(
    "INV-11",
    "a production image is pinned by its sha256 digest",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production' || "
        + _all_images("self", lambda image: cel.matches(image, DIGEST)),
        "add @sha256: and the 64 hex digits to every image",
    ),
)
def production_images_are_pinned(case: Case) -> Iterator[Broken]:
    """Know which code trades: a tag can be moved, a digest cannot."""
    if not case.production:
        return
    for field, image, mend in _images(case):
        if not DIGEST.search(image):
            yield Broken(field, f"add @sha256: and the 64 hex digits to {mend}")


@rule(
    "INV-12",
    "an image comes from a registry that PlatformPolicy lists",
    Validation(
        "stacks-allowed",
        if_changed(
            _all_images(
                "object.spec",
                lambda image: f"params.spec.imageRegistries.exists(r, {image}.startsWith(r))",
            )
        ),
        "spec",
        "use one of PlatformPolicy's imageRegistries for every image",
    ),
)
def images_come_from_approved_registries(case: Case) -> Iterator[Broken]:
    """Run only what was scanned and signed, which happens in the approved registries."""
    if case.policy is None:
        yield case.undecided("spec.riskApi.image")
        return
    for field, image, mend in _images(case):
        if not image.startswith(case.policy.image_registries):
            yield Broken(field, f"use one of PlatformPolicy's imageRegistries for {mend}")


@rule("image", "every component that the operator runs has an image")
def components_have_images(case: Case) -> Iterator[Broken]:
    """Ask whoever installs the operator for images: it carries none of its own."""
    for field, setting, image in _builtin(case):
        if not image:
            yield Broken(
                field,
                f"the operator was started without one, so set images.{setting} in its chart"
                + ("" if setting == TOOLS else f", or {field}"),
            )


TOOLS: Final = "tools"


def _builtin(case: Case) -> Iterator[tuple[str, str, str]]:
    """Yield what the operator runs: the field, the chart's setting, the image in force."""
    spec, images = case.spec, case.facts.images
    # whoever runs the database: the schema is made by a Job of this image
    yield "spec.database.image", "database", spec.database.image or images.database
    # the online store of the features runs the cache's image
    if "Builtin" in (spec.cache.provider, spec.features.provider):
        yield "spec.cache.image", "cache", spec.cache.image or images.cache
    if spec.bus.provider == "Builtin":
        yield "spec.bus.image", "bus", spec.bus.image or images.bus
    if spec.features.provider == "Builtin":
        yield "spec.features.image", "features", spec.features.image or images.features
    yield "spec", TOOLS, images.tools


def _images(case: Case) -> Iterator[tuple[str, str, str]]:
    """Yield the field, the image and what to mend, for every image that runs."""
    spec = case.spec
    named = {
        "spec.database.image": spec.database.image,
        "spec.cache.image": spec.cache.image,
        "spec.bus.image": spec.bus.image,
        "spec.features.image": spec.features.image,
        "spec.features.repoImage": spec.features.repo_image,
        "spec.riskApi.image": spec.risk_api.image,
    } | {
        f"spec.ingestors[{place}].image": ingestor.image
        for place, ingestor in enumerate(spec.ingestors)
    }
    for field, image in named.items():
        if image:
            yield field, image, "it"
    for field, setting, image in _builtin(case):
        if image and not named.get(field):
            yield field, image, f"images.{setting} of the operator's chart"
