import pytest

from tests.unit.desired.factory import a_stack, container, facts, objects
from tradingstack_operator.desired.redis import snapshot_seconds
from tradingstack_operator.model.images import Images


def cache(**fields):
    return a_stack(cache={"provider": "Builtin"} | fields)


def conf(stack):
    text = objects(stack)["ConfigMap", "alpha-cache"]["data"]["redis.conf"]
    return dict(line.split(" ", 1) for line in text.splitlines())


def stateful_set(stack, surroundings=None):
    return objects(stack, surroundings)["StatefulSet", "alpha-cache"]


def config_hash(stack):
    metadata = stateful_set(stack)["spec"]["template"]["metadata"]
    return metadata["annotations"]["tradingstack.io/config-hash"]


def claim(stack):
    (only,) = stateful_set(stack)["spec"]["volumeClaimTemplates"]
    return only["spec"]


def test_an_external_cache_renders_nothing_of_its_own():
    external = {"host": "redis.example", "port": 6379}
    rendered = objects(a_stack(cache={"provider": "External", "external": external}))
    components = {o["metadata"]["labels"]["app.kubernetes.io/component"] for o in rendered.values()}
    assert "cache" not in components


def test_the_image_is_the_operators_unless_the_spec_names_one():
    assert container(stateful_set(cache()))["image"] == facts().images.cache
    named = stateful_set(cache(image="registry.example/mine:1"))
    assert container(named)["image"] == "registry.example/mine:1"


def test_memory_is_a_share_of_the_limit():
    stack = cache(resources={"limits": {"memory": "1000Mi"}}, maxMemoryPercent=50)
    assert conf(stack)["maxmemory"] == str(500 * 1024**2)


def test_a_full_cache_refuses_instead_of_forgetting():
    assert conf(cache())["maxmemory-policy"] == "noeviction"


def test_writes_are_flushed_as_often_as_the_spec_says():
    assert conf(cache(persistence={"appendfsync": "always"}))["appendfsync"] == "always"
    assert conf(cache(persistence={}))["appendfsync"] == "everysec"


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [
        ("*/30 * * * *", 1800),
        ("* * * * *", 60),
        ("*/15 * * * *", 900),
        ("0 * * * *", 3600),
        ("0 4 * * *", 3600),
        ("*/0 * * * *", 3600),
        ("*/15 8-16 * * *", 3600),
    ],
)
def test_a_snapshot_schedule_becomes_an_interval(schedule, seconds):
    assert snapshot_seconds(schedule) == seconds


def test_a_changed_configuration_rolls_the_pod():
    assert config_hash(cache()) == config_hash(cache())
    assert config_hash(cache()) != config_hash(cache(maxMemoryPercent=60))


@pytest.mark.parametrize(("policy", "kept"), [("Retain", "Retain"), ("Delete", "Delete")])
def test_the_volume_outlives_its_stack_unless_the_spec_says_delete(policy, kept):
    stack = a_stack(deletionPolicy=policy)
    assert stateful_set(stack)["spec"]["persistentVolumeClaimRetentionPolicy"] == {
        "whenDeleted": kept,
        "whenScaled": "Retain",
    }


def test_a_volume_that_nobody_sized_has_ten_gibibytes_of_the_default_class():
    assert claim(cache())["resources"] == {"requests": {"storage": "10Gi"}}
    assert "storageClassName" not in claim(cache())


def test_a_volume_has_the_size_and_class_of_the_spec():
    spec = claim(cache(storage={"size": "2048Mi", "storageClass": "fast"}))
    assert spec["resources"] == {"requests": {"storage": "2Gi"}}
    assert spec["storageClassName"] == "fast"


def test_a_drain_may_move_the_only_pod():
    budget = objects(cache())["PodDisruptionBudget", "alpha-cache"]["spec"]
    assert budget["maxUnavailable"] == 1


def test_no_probe_shows_a_password_in_the_process_list():
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        (*_, script) = container(stateful_set(cache()))[name]["exec"]["command"]
        assert " -a " not in script
        assert "--pass" not in script


def test_an_operator_without_a_cache_image_leaves_the_refusal_to_the_api_server():
    assert not container(stateful_set(cache(), facts(images=Images())))["image"]


def pod(stack):
    return stateful_set(stack)["spec"]["template"]["spec"]


def test_a_snapshot_is_taken_every_half_hour_unless_the_spec_says_otherwise():
    assert conf(cache())["save"] == "1800 1"
    often = cache(persistence={"snapshotSchedule": "*/5 * * * *"})
    assert conf(often)["save"] == "300 1"


def test_snapshots_have_a_volume_of_their_own_that_no_garbage_collection_takes():
    claim = objects(cache())["PersistentVolumeClaim", "alpha-cache-snapshots"]
    assert "ownerReferences" not in claim["metadata"]
    assert {
        "name": "snapshots",
        "persistentVolumeClaim": {"claimName": "alpha-cache-snapshots"},
    } in (pod(cache())["volumes"])


def test_the_snapshots_go_with_a_stack_whose_data_shall_go():
    stack = a_stack(deletionPolicy="Delete")
    claim = objects(stack)["PersistentVolumeClaim", "alpha-cache-snapshots"]
    assert [owner["kind"] for owner in claim["metadata"]["ownerReferences"]] == ["TradingStack"]


def test_an_empty_volume_is_filled_before_redis_starts_unless_the_spec_says_no():
    def names(stack):
        return [container["name"] for container in pod(stack)["initContainers"]]

    assert names(cache()) == ["restore", "snapshots"]
    assert names(cache(restoreOnEmptyVolume=True)) == ["restore", "snapshots"]
    assert names(cache(restoreOnEmptyVolume=False)) == ["snapshots"]


def test_the_keeper_of_snapshots_cannot_write_to_the_data():
    keeper = pod(cache())["initContainers"][-1]
    mounts = {mount["name"]: mount for mount in keeper["volumeMounts"]}
    assert mounts["data"]["readOnly"] is True
    assert keeper["restartPolicy"] == "Always"


def test_the_keeper_of_snapshots_knows_no_password():
    for helper in pod(cache())["initContainers"]:
        assert "credentials" not in {mount["name"] for mount in helper["volumeMounts"]}
