import pytest

from tests.unit.desired.factory import a_stack, container, facts, objects

COMPONENTS = ("features", "materialization", "registry")


def features(**fields):
    return a_stack(features={"provider": "Builtin"} | fields)


def only(kind, component, stack):
    (found,) = (
        manifest
        for (its_kind, name), manifest in objects(stack).items()
        if its_kind == kind and name.startswith(f"alpha-{component}")
    )
    return found


def deployment(stack):
    return objects(stack)["Deployment", "alpha-features"]


def pod(stack):
    return deployment(stack)["spec"]["template"]["spec"]


def job_pod(component, stack):
    return only("Job", component, stack)["spec"]["template"]["spec"]


def cron_job(stack):
    return objects(stack)["CronJob", "alpha-materialization"]["spec"]


def store_file(stack, component="features"):
    secret = objects(stack)["ExternalSecret", f"alpha-{component}"]["spec"]
    return secret["target"]["template"]["data"]["feature-store.feature_store.yaml"]


def config_hash(workload):
    annotations = workload["spec"]["template"]["metadata"]["annotations"]
    return annotations["tradingstack.io/config-hash"]


def test_an_external_feature_store_renders_nothing_of_its_own():
    external = {"provider": "External", "external": {"host": "feast.example", "port": 6566}}
    rendered = objects(a_stack(features=external))
    components = {o["metadata"]["labels"]["app.kubernetes.io/component"] for o in rendered.values()}
    assert not components & {"features", "registry", "materialization", "online-store"}


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_password_of_the_settings_comes_from_the_store(component):
    lines = [line for line in store_file(features(), component).splitlines() if "password" in line]
    assert len(lines) == 3
    assert all("{{ " in line for line in lines)


def test_the_settings_name_the_database_wherever_it_is():
    assert "features@alpha-database:5432/feast_registry" in store_file(features())
    external = {"host": "pg.example", "port": 6432, "database": "desk"}
    stack = a_stack(
        database={"provider": "External", "external": external, "tls": {"mode": "verify-ca"}}
    )
    text = store_file(stack)
    assert "features@pg.example:6432/feast_registry" in text
    assert 'database: "desk"' in text
    assert "sslmode: verify-full" not in text


def test_the_project_is_the_stacks_name_unless_the_spec_names_one():
    assert 'project: "alpha"' in store_file(features())
    assert 'project: "desk"' in store_file(features(project="desk"))


def test_the_registry_is_made_before_the_definitions_are_written():
    spec = job_pod("registry", features())
    assert [item["name"] for item in spec["initContainers"]] == ["schema"]
    assert spec["containers"][0]["command"][-1] == "apply"


def test_a_stack_that_applies_nothing_still_has_a_registry():
    spec = job_pod("registry", features(bootstrap={"applyOnStart": False}))
    assert "initContainers" not in spec
    assert spec["containers"][0]["command"][-1] == "create-schema"


def test_definitions_come_from_the_repo_image_and_servers_from_the_image():
    stack = features(repoImage="registry.example/repo:1", image="registry.example/feast:1")
    assert job_pod("registry", stack)["containers"][0]["image"] == "registry.example/repo:1"
    assert container(deployment(stack))["image"] == "registry.example/feast:1"
    assert job_pod("registry", features())["containers"][0]["image"] == facts().images.features


def test_other_definitions_are_another_job_and_start_the_servers_anew():
    one, other = (features(repoImage=f"registry.example/repo:{n}") for n in (1, 2))
    names = {only("Job", "registry", stack)["metadata"]["name"] for stack in (one, other)}
    assert len(names) == 2
    assert config_hash(deployment(one)) != config_hash(deployment(other))


def test_other_settings_start_the_servers_anew():
    assert config_hash(deployment(features())) == config_hash(deployment(features()))
    assert config_hash(deployment(features())) != config_hash(deployment(features(project="desk")))


def test_features_are_carried_every_five_minutes_and_never_twice_at_a_time():
    assert cron_job(features())["schedule"] == "*/5 * * * *"
    assert cron_job(features())["concurrencyPolicy"] == "Forbid"
    hourly = features(materialization={"schedule": "0 * * * *"})
    assert cron_job(hourly)["schedule"] == "0 * * * *"


def test_the_online_store_is_filled_once_before_the_first_request_unless_the_spec_says_no():
    warm = only("Job", "materialization-warm", features())["spec"]["template"]
    assert warm == cron_job(features())["jobTemplate"]["spec"]["template"]
    cold = objects(features(bootstrap={"warmOnlineStore": False}))
    assert not [name for kind, name in cold if name.startswith("alpha-materialization-warm")]


def test_a_server_is_ready_when_it_reads_and_alive_when_it_answers():
    server = container(deployment(features()))
    assert server["readinessProbe"]["exec"]["command"] == ["tradingstack-feast-ready"]
    assert server["livenessProbe"]["httpGet"]["path"] == "/health"


def test_a_rollout_takes_no_server_away():
    assert deployment(features())["spec"]["strategy"]["rollingUpdate"] == {
        "maxSurge": 1,
        "maxUnavailable": 0,
    }


@pytest.mark.parametrize(("replicas", "budgets"), [(0, 0), (1, 0), (2, 1)])
def test_a_budget_never_holds_up_a_drain_of_the_only_server(replicas, budgets):
    stack = features(online={"replicas": replicas})
    assert deployment(stack)["spec"]["replicas"] == replicas
    found = [name for kind, name in objects(stack) if kind == "PodDisruptionBudget"]
    assert found.count("alpha-features") == budgets


def test_two_servers_are_the_default():
    assert deployment(features())["spec"]["replicas"] == 2
    assert deployment(features(online={}))["spec"]["replicas"] == 2


def test_a_server_has_the_resources_of_the_spec():
    stack = features(resources={"limits": {"memory": "2Gi"}})
    assert container(deployment(stack))["resources"]["limits"]["memory"] == "2Gi"


def test_feast_writes_to_the_temporary_space_only():
    for item in (*pod(features())["initContainers"], *pod(features())["containers"]):
        env = {variable["name"]: variable["value"] for variable in item["env"]}
        assert (env["HOME"], env["TMPDIR"]) == ("/tmp", "/tmp")  # noqa: S108 - the pod's
