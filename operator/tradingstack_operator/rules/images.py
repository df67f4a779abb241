"""Which container images a stack may run."""

import re
from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.rule import Broken, rule

_DIGEST: Final = re.compile(r"@sha256:[a-f0-9]{64}\Z")


@rule("INV-11", "a production image is pinned by its sha256 digest")
def production_images_are_pinned(case: Case) -> Iterator[Broken]:
    """Know which code trades: a tag can be moved, a digest cannot."""
    if not case.production:
        return
    for field, image, mend in _images(case):
        if not _DIGEST.search(image):
            yield Broken(field, f"add @sha256: and the 64 hex digits to {mend}")


@rule("INV-12", "an image comes from a registry that PlatformPolicy lists")
def images_come_from_approved_registries(case: Case) -> Iterator[Broken]:
    """Run only what was scanned and signed, which happens in the approved registries."""
    if case.policy is None:
        yield case.undecided("spec.riskApi.image")
        return
    for field, image, mend in _images(case):
        if not image.startswith(case.policy.image_registries):
            yield Broken(field, f"use one of PlatformPolicy's imageRegistries for {mend}")


@rule("cache-image", "a Builtin cache has an image to run")
def builtin_cache_has_an_image(case: Case) -> Iterator[Broken]:
    """Ask whoever installs the operator for an image: it carries none of its own."""
    cache = case.spec.cache
    if cache.provider == "Builtin" and not (cache.image or case.facts.cache_image):
        yield Broken(
            "spec.cache",
            "the operator was started without one, so set cacheImage in its chart, "
            "or spec.cache.image",
        )


def _images(case: Case) -> Iterator[tuple[str, str, str]]:
    """Yield the field, the image and what to mend, for every image that is named."""
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
    if spec.cache.provider == "Builtin" and not spec.cache.image and case.facts.cache_image:
        yield "spec.cache.image", case.facts.cache_image, "cacheImage of the operator's chart"
