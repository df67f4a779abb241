from tests.unit.desired.factory import a_stack, container, facts, objects
from tradingstack_operator.model.images import Images


def store(stack, surroundings=None):
    return objects(stack, surroundings)["StatefulSet", "alpha-online-store"]


def conf(stack):
    text = objects(stack)["ConfigMap", "alpha-online-store"]["data"]["redis.conf"]
    return dict(line.split(" ", 1) for line in text.splitlines())


def test_it_is_a_redis_of_its_own():
    rendered = objects(a_stack())
    assert rendered["Service", "alpha-online-store"] != rendered["Service", "alpha-cache"]
    assert rendered["Service", "alpha-online-store"]["spec"]["selector"] == {
        "tradingstack.io/stack": "alpha",
        "app.kubernetes.io/component": "online-store",
    }


def test_it_keeps_nothing_on_disk():
    settings = conf(a_stack())
    assert (settings["appendonly"], settings["save"]) == ("no", '""')
    assert "volumeClaimTemplates" not in store(a_stack())["spec"]


def test_a_full_one_refuses_instead_of_forgetting():
    settings = conf(a_stack())
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["maxmemory"] == str(1024**3 * 80 // 100)


def test_only_features_and_the_probe_have_a_password_for_it():
    data = objects(a_stack())["ExternalSecret", "alpha-online-store"]["spec"]["data"]
    assert [item["remoteRef"]["key"].rpartition("/")[2] for item in data] == [
        "online-store-features",
        "online-store-probe",
    ]


def test_its_image_is_the_caches():
    assert container(store(a_stack()))["image"] == facts().images.cache
    named = a_stack(cache={"provider": "Builtin", "image": "registry.example/mine:1"})
    assert container(store(named))["image"] == "registry.example/mine:1"
    assert not container(store(a_stack(), facts(images=Images())))["image"]


def test_an_external_feature_store_needs_none():
    external = {"provider": "External", "external": {"host": "feast.example", "port": 6566}}
    assert ("StatefulSet", "alpha-online-store") not in objects(a_stack(features=external))
