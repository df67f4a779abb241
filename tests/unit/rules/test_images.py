from dataclasses import replace

import pytest

from tests.support.stacks import DIGEST, IMAGES, facts, policy
from tests.unit.rules.judging import broken_fields, messages
from tradingstack_operator.rules import images

UNPINNED = "registry.example/app:1.2"
FIELDS = {
    "spec.database.image": {"database": {"image": UNPINNED}},
    "spec.cache.image": {"cache": {"image": UNPINNED}},
    "spec.bus.image": {"bus": {"image": UNPINNED}},
    "spec.features.image": {"features": {"image": UNPINNED}},
    "spec.features.repoImage": {"features": {"repoImage": UNPINNED}},
    "spec.riskApi.image": {"riskApi": {"image": UNPINNED}},
    "spec.ingestors[0].image": {"ingestors": [{"name": "kraken", "image": UNPINNED}]},
}


def test_pinned_images_are_kept():
    assert broken_fields(images.production_images_are_pinned) == []


def test_a_tag_beside_the_digest_is_kept():
    spec = {"riskApi": {"image": f"registry.example:5000/app:1.2{DIGEST}"}}
    assert broken_fields(images.production_images_are_pinned, spec=spec) == []


@pytest.mark.parametrize("field", FIELDS)
def test_an_unpinned_image_is_refused_wherever_it_stands(field):
    assert [field] == broken_fields(images.production_images_are_pinned, spec=FIELDS[field])


def test_outside_production_a_tag_will_do():
    spec = {"environment": "staging", "riskApi": {"image": UNPINNED}}
    assert broken_fields(images.production_images_are_pinned, spec=spec) == []


def test_the_operators_cache_image_is_pinned_too():
    surroundings = facts(images=replace(IMAGES, cache="registry.example/redis:7.4"))
    (message,) = messages(images.production_images_are_pinned, surroundings)
    assert message.endswith("images.cache of the operator's chart")


EXTERNAL = {"provider": "External", "image": None}


def test_an_external_cache_uses_no_image_of_the_operator():
    surroundings = facts(images=replace(IMAGES, cache="registry.example/redis:7.4"))
    spec = {"cache": EXTERNAL, "features": EXTERNAL}
    assert broken_fields(images.production_images_are_pinned, surroundings, spec=spec) == []


def test_the_online_store_beside_an_external_cache_uses_the_image_of_a_cache():
    surroundings = facts(images=replace(IMAGES, cache="registry.example/redis:7.4"))
    spec = {"cache": EXTERNAL}
    assert broken_fields(images.production_images_are_pinned, surroundings, spec=spec) == [
        "spec.cache.image"
    ]


def test_images_of_a_listed_registry_are_kept():
    assert broken_fields(images.images_come_from_approved_registries) == []


@pytest.mark.parametrize(
    "image",
    [
        f"elsewhere.example/app{DIGEST}",
        f"registry.example.evil.example/app{DIGEST}",
        f"registry.example:5000/app{DIGEST}",
    ],
)
def test_an_image_of_another_registry_is_refused(image):
    assert broken_fields(
        images.images_come_from_approved_registries, spec={"riskApi": {"image": image}}
    ) == ["spec.riskApi.image"]


def test_one_of_several_registries_is_enough():
    listed = policy(spec={"imageRegistries": ["other.example/team/", "registry.example/"]})
    assert broken_fields(images.images_come_from_approved_registries, facts(policy=listed)) == []


def test_the_operators_cache_image_comes_from_a_listed_registry_too():
    surroundings = facts(images=replace(IMAGES, cache=f"elsewhere.example/redis{DIGEST}"))
    assert broken_fields(images.images_come_from_approved_registries, surroundings) == [
        "spec.cache.image"
    ]


def test_without_a_policy_no_registry_is_approved():
    assert broken_fields(images.images_come_from_approved_registries, facts(policy=None)) == [
        "spec.riskApi.image"
    ]


BUILTIN = ("database", "cache", "bus", "features")


@pytest.mark.parametrize("component", BUILTIN)
def test_a_component_runs_the_operators_image_or_its_own(component):
    without = facts(images=replace(IMAGES, **{component: ""}))
    own = {component: {"image": f"registry.example/own:1{DIGEST}"}}
    assert broken_fields(images.components_have_images, without, spec=own) == []
    assert broken_fields(images.components_have_images) == []


@pytest.mark.parametrize("component", BUILTIN)
def test_a_component_without_any_image_is_refused(component):
    without = facts(images=replace(IMAGES, **{component: ""}))
    bare = {component: {"image": None}}
    assert broken_fields(images.components_have_images, without, spec=bare) == [
        f"spec.{component}.image"
    ]


def test_an_external_database_needs_the_image_of_the_schema_job():
    without = facts(images=replace(IMAGES, database=""))
    spec = {"database": {"provider": "External", "image": None}}
    assert broken_fields(images.components_have_images, without, spec=spec) == [
        "spec.database.image"
    ]


@pytest.mark.parametrize("component", ["cache", "bus", "features"])
def test_an_external_component_needs_no_image(component):
    without = facts(images=replace(IMAGES, **{component: ""}))
    spec = {component: EXTERNAL, "features": EXTERNAL}
    assert broken_fields(images.components_have_images, without, spec=spec) == []


def test_the_online_store_beside_an_external_cache_needs_the_image_of_a_cache():
    without = facts(images=replace(IMAGES, cache=""))
    spec = {"cache": EXTERNAL}
    assert broken_fields(images.components_have_images, without, spec=spec) == ["spec.cache.image"]


def test_no_stack_runs_without_the_tools():
    without = facts(images=replace(IMAGES, tools=""))
    (message,) = messages(images.components_have_images, without)
    assert message.endswith(
        "; the operator was started without one, so set images.tools in its chart"
    )
