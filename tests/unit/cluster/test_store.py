import pytest

from tests.support.observed import live
from tests.support.stacks import NAME, NAMESPACE, NAMESPACE_LABELS, POLICY, manifest, merged
from tradingstack_operator.cluster.store import Address, Store
from tradingstack_operator.model.images import Images
from tradingstack_operator.model.kinds import (
    CONFIG_MAP,
    EXTERNAL_SECRET,
    PLATFORM_POLICY,
    SERVICE,
    TRADING_HALT,
    TRADING_STACK,
)
from tradingstack_operator.model.kinds import (
    NAMESPACE as NAMESPACES,
)
from tradingstack_operator.model.objects import ObjectRef, StackKey

KEY = StackKey(NAMESPACE, NAME)
SYSTEM = ObjectRef("ConfigMap", "alpha-system")


@pytest.fixture
def woken():
    return []


@pytest.fixture
def store(woken):
    """Have a store that knows one stack."""
    store = Store(lambda key, *, urgent: woken.append((key, urgent)), Images(cache="redis:7"))
    store.upsert(TRADING_STACK, manifest())
    woken.clear()
    return store


def stack(**metadata):
    return manifest(metadata=metadata)


def config_map(version="1", uid="first", **overrides):
    metadata = {"resourceVersion": version, "uid": uid}
    return merged(live(*SYSTEM, metadata=metadata), overrides)


def namespace(version="1", **metadata):
    sound = {"name": NAMESPACE, "uid": "n", "resourceVersion": version, "labels": NAMESPACE_LABELS}
    return {"metadata": sound | metadata}


def halt(name="stop", version="1"):
    metadata = {
        "name": name,
        "namespace": NAMESPACE,
        "uid": name,
        "resourceVersion": version,
        "creationTimestamp": "2026-08-01T10:00:00Z",
    }
    return {"metadata": metadata, "spec": {"requestedBy": "alice", "reason": "runaway orders"}}


def policy(version="1", **overrides):
    metadata = {"uid": "p", "resourceVersion": version}
    return merged(merged(POLICY, {"metadata": metadata}), overrides)


def listed(store, kind, manifests, version):
    """Give the store a whole list, as an informer does."""
    store.begin(kind, version)
    for item in manifests:
        store.upsert(kind, item)
    store.retain(kind, {Address.of(item) for item in manifests}, version)


def facts(store):
    return store.observe(KEY).facts


def version_in(store, ref=SYSTEM):
    return store.observe(KEY).children[ref].resource_version


def test_an_unknown_stack_is_not_observed(store):
    assert store.observe(StackKey(NAMESPACE, "other")) is None


def test_a_stack_is_observed_as_the_server_sent_it(store):
    assert store.observe(KEY).manifest == manifest()


def test_the_managed_fields_of_a_stack_are_not_kept(store):
    store.upsert(TRADING_STACK, stack(resourceVersion="2", managedFields=[{}]))
    assert "managedFields" not in store.observe(KEY).manifest["metadata"]


def test_every_stack_is_listed(store):
    store.upsert(TRADING_STACK, stack(namespace="other", uid="o"))
    assert set(store.stack_keys()) == {KEY, StackKey("other", NAME)}


def test_a_snapshot_does_not_change_when_the_store_does(store):
    before = store.observe(KEY)
    store.upsert(CONFIG_MAP, config_map())
    assert before.children == {}


def test_a_stack_has_the_children_of_its_namespace_only(store):
    store.upsert(CONFIG_MAP, config_map())
    store.upsert(CONFIG_MAP, config_map(metadata={"namespace": "other"}))
    assert list(store.observe(KEY).children) == [SYSTEM]


@pytest.mark.parametrize(("versions", "kept"), [("12", 2), ("21", 2), ("22", 2), (("9", "10"), 10)])
def test_the_newer_version_of_a_child_wins(store, versions, kept):
    for version in versions:
        store.upsert(CONFIG_MAP, config_map(version))
    assert version_in(store) == kept


@pytest.mark.parametrize("versions", ["12", "21"])
def test_the_newer_version_of_a_stack_wins(store, versions):
    for version in versions:
        store.upsert(TRADING_STACK, stack(resourceVersion=version))
    assert store.observe(KEY).metadata["resourceVersion"] == "2"


def test_a_child_is_told_as_it_was_sent_although_a_newer_one_is_kept(store):
    store.upsert(CONFIG_MAP, config_map("5"))
    assert store.upsert_child(CONFIG_MAP, config_map("3")).resource_version == 3


def test_a_removed_child_is_gone(store):
    store.upsert(CONFIG_MAP, config_map())
    store.remove(CONFIG_MAP, config_map("2"))
    assert store.observe(KEY).children == {}


def test_the_removal_of_a_namesake_is_ignored(store):
    store.upsert(CONFIG_MAP, config_map("5", "second"))
    store.remove(CONFIG_MAP, config_map("4", "first"))
    assert version_in(store) == 5


def test_a_removed_stack_is_gone(store):
    store.remove(TRADING_STACK, manifest())
    assert store.observe(KEY) is None


def test_the_removal_of_a_stacks_namesake_is_ignored(store):
    store.remove(TRADING_STACK, stack(uid="earlier"))
    assert store.observe(KEY) is not None


def test_the_removal_of_what_was_never_known_is_ignored(store, woken):
    store.remove(CONFIG_MAP, config_map())
    assert woken == []


def test_what_was_deleted_can_be_forgotten_by_its_address(store):
    store.upsert(CONFIG_MAP, config_map())
    store.forget(CONFIG_MAP, Address(NAMESPACE, SYSTEM.name, "first"))
    assert store.observe(KEY).children == {}


def test_a_list_takes_away_what_it_lacks(store):
    store.upsert(CONFIG_MAP, config_map("1"))
    listed(store, CONFIG_MAP, [], 5)
    assert store.observe(KEY).children == {}


def test_a_list_does_not_take_away_what_is_newer_than_it(store):
    store.upsert(CONFIG_MAP, config_map("6"))
    listed(store, CONFIG_MAP, [], 5)
    assert version_in(store) == 6


def test_a_list_does_not_make_what_is_known_older(store):
    store.upsert(CONFIG_MAP, config_map("6"))
    listed(store, CONFIG_MAP, [config_map("4")], 5)
    assert version_in(store) == 6


def test_a_list_replaces_an_object_by_its_namesake(store):
    store.upsert(CONFIG_MAP, config_map("1", "first"))
    listed(store, CONFIG_MAP, [config_map("4", "second")], 5)
    assert store.observe(KEY).children[SYSTEM].uid == "second"


def test_a_list_of_one_kind_leaves_the_others_alone(store):
    store.upsert(CONFIG_MAP, config_map())
    listed(store, SERVICE, [], 5)
    assert list(store.observe(KEY).children) == [SYSTEM]


def test_a_list_of_stacks_takes_away_those_it_lacks(store):
    listed(store, TRADING_STACK, [], 5)
    assert list(store.stack_keys()) == []


def test_a_list_from_a_restored_backup_counts_more_than_what_is_known(store):
    listed(store, CONFIG_MAP, [config_map("90")], 100)
    listed(store, CONFIG_MAP, [config_map("40")], 50)
    assert version_in(store) == 40


def test_a_list_from_a_restored_backup_takes_away_what_was_newer(store):
    listed(store, CONFIG_MAP, [config_map("90")], 100)
    listed(store, CONFIG_MAP, [], 50)
    assert store.observe(KEY).children == {}


@pytest.mark.parametrize(("version", "known"), [(1, True), (2, False)])
def test_a_version_is_known_when_it_or_a_later_one_is_kept(store, version, known):
    assert store.knows(TRADING_STACK, NAMESPACE, NAME, version) is known


def test_an_object_that_is_not_kept_is_not_known(store):
    assert not store.knows(TRADING_HALT, NAMESPACE, "stop", 0)


def test_the_labels_of_the_namespace_are_facts(store):
    store.upsert(NAMESPACES, namespace())
    assert facts(store).namespace_labels == NAMESPACE_LABELS


def test_a_namespace_that_is_not_known_yet_has_no_labels(store):
    assert (facts(store).namespace_labels, facts(store).namespace_terminating) == ({}, False)


def test_a_namespace_that_goes_is_a_fact(store):
    store.upsert(NAMESPACES, namespace(deletionTimestamp="2026-01-01T00:00:00Z"))
    assert facts(store).namespace_terminating


def test_all_stacks_and_halts_of_the_namespace_are_facts(store):
    store.upsert(TRADING_STACK, stack(name="aaa", uid="other"))
    store.upsert(TRADING_HALT, halt("zzz"))
    store.upsert(TRADING_HALT, halt("bbb"))
    assert facts(store).stacks == ("aaa", NAME)
    assert [halt.name for halt in facts(store).halts] == ["bbb", "zzz"]


def test_the_images_of_the_installation_are_facts(store):
    assert facts(store).images == Images(cache="redis:7")


def test_without_a_policy_the_facts_say_so(store):
    assert (facts(store).policy, facts(store).policy_problem) == (
        None,
        "there is no PlatformPolicy named default",
    )


def test_the_policy_is_a_fact(store):
    store.upsert(PLATFORM_POLICY, policy())
    assert (facts(store).policy.metadata.name, facts(store).policy_problem) == ("default", "")


def test_a_policy_of_another_name_is_nobodys(store):
    store.upsert(PLATFORM_POLICY, policy(metadata={"name": "mine"}))
    assert facts(store).policy is None


def test_a_policy_that_does_not_parse_is_named_with_its_fields(store):
    store.upsert(PLATFORM_POLICY, policy(spec={"egress": {"proxy": {"port": "many"}}}))
    assert (facts(store).policy, facts(store).policy_problem) == (
        None,
        "PlatformPolicy default does not parse at spec.egress.proxy.port",
    )


def test_a_policy_that_is_removed_is_missing_again(store):
    store.upsert(PLATFORM_POLICY, policy())
    store.remove(PLATFORM_POLICY, policy())
    assert facts(store).policy is None


def test_a_missing_kind_is_a_fact(store):
    store.missing(EXTERNAL_SECRET)
    assert facts(store).missing_kinds == {"ExternalSecret"}


def test_a_kind_that_is_listed_is_missing_no_more(store):
    store.missing(EXTERNAL_SECRET)
    listed(store, EXTERNAL_SECRET, [], 5)
    assert facts(store).missing_kinds == frozenset()


def test_guards_that_were_not_read_yet_are_not_believed(store):
    assert facts(store).broken_guards == ("the guards have not been read yet",)


def test_a_stack_knows_the_guards_that_are_broken(store):
    store.learn_guards(("Crd/a is missing",))
    assert facts(store).broken_guards == ("Crd/a is missing",)
