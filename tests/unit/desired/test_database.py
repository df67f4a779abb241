import pytest

from tests.unit.desired.factory import a_stack, facts, objects

BACKUP = {"bucket": "s3://alpha-backups/tsdb", "schedule": "0 2 * * *", "retentionDays": 30}


def database(stack_fields=None, **fields):
    return a_stack(database={"provider": "Builtin"} | fields, **(stack_fields or {}))


def files(stack):
    return objects(stack)["ConfigMap", "alpha-database"]["data"]


def conf(stack):
    """Read postgresql.conf as the server does: of two lines for one setting the later counts."""
    lines = files(stack)["postgresql.conf"].splitlines()
    return {name: value.strip("'") for name, value in (line.split(" = ", 1) for line in lines)}


def pod(stack, surroundings=None):
    return objects(stack, surroundings)["StatefulSet", "alpha-database"]["spec"]["template"]


def containers(stack, surroundings=None):
    spec = pod(stack, surroundings)["spec"]
    return {item["name"]: item for item in [*spec["initContainers"], *spec["containers"]]}


def claims(stack):
    return {
        name: item
        for (kind, name), item in objects(stack).items()
        if kind == "PersistentVolumeClaim" and name.startswith("alpha-database")
    }


def config_hash(stack):
    return pod(stack)["metadata"]["annotations"]["tradingstack.io/config-hash"]


def test_an_external_database_renders_no_server():
    external = {"host": "db.example", "port": 5432, "database": "trading"}
    rendered = objects(a_stack(database={"provider": "External", "external": external}))
    assert not [name for _, name in rendered if name.startswith("alpha-database")]


def test_a_cluster_of_cloudnativepg_has_no_stateful_set():
    rendered = objects(a_stack(database={"provider": "CloudNativePG"}))
    assert ("Cluster", "alpha-database") in rendered
    assert ("StatefulSet", "alpha-database") not in rendered


def test_the_image_is_the_operators_unless_the_spec_names_one():
    images = {item["image"] for item in containers(database(backup=BACKUP)).values()}
    assert images == {facts().images.database}
    named = containers(database(image="registry.example/mine:1"))
    assert {item["image"] for item in named.values()} == {"registry.example/mine:1"}


def test_memory_is_shared_between_buffers_and_the_rest():
    told = conf(database(resources={"limits": {"memory": "4Gi"}}))
    assert (told["shared_buffers"], told["effective_cache_size"]) == ("1024MB", "2048MB")


def test_the_users_parameters_count_more_than_the_operators():
    assert conf(database(parameters={"shared_buffers": "3GB"}))["shared_buffers"] == "3GB"


def test_tls_cannot_be_switched_off():
    assert conf(database())["ssl"] == "on"


def test_only_tls_and_scram_open_the_network():
    rules = [line.split() for line in files(database())["pg_hba.conf"].splitlines()[1:]]
    assert [rule[-1] for rule in rules if rule[0] != "local"] == [
        "reject",
        "scram-sha-256",
        "reject",
    ]
    assert {rule[0] for rule in rules if rule[-1] == "scram-sha-256"} == {"hostssl"}


@pytest.mark.parametrize(
    ("seconds", "told"), [({}, "60s"), ({"walArchiveTimeoutSeconds": 30}, "30s")]
)
def test_the_log_is_archived_when_there_are_backups(seconds, told):
    settings = conf(database(backup=BACKUP | seconds))
    assert settings["archive_mode"] == "on"
    assert settings["archive_command"].endswith("archive-push %p")
    assert settings["archive_timeout"] == told


def test_without_backups_nothing_is_archived():
    assert conf(database())["archive_mode"] == "off"
    assert set(containers(database())) == {"prepare", "database"}


def test_a_changed_configuration_rolls_the_pod():
    assert config_hash(database()) == config_hash(database())
    assert config_hash(database()) != config_hash(database(parameters={"work_mem": "64MB"}))


def test_the_data_belong_to_nobody_who_could_take_them_along():
    (claim,) = claims(database()).values()
    assert "ownerReferences" not in claim["metadata"]


def test_the_data_go_with_a_stack_that_says_so():
    (claim,) = claims(database({"deletionPolicy": "Delete"})).values()
    assert claim["metadata"]["ownerReferences"]


def test_a_volume_that_nobody_sized_has_twenty_gibibytes():
    (claim,) = claims(database()).values()
    assert claim["spec"]["resources"]["requests"]["storage"] == "20Gi"


def test_the_log_has_a_volume_of_its_own_when_the_spec_says_so():
    stack = database(walStorage={"size": "40Gi", "storageClass": "fast"})
    wal = claims(stack)["alpha-database-wal"]["spec"]
    assert (wal["resources"]["requests"]["storage"], wal["storageClassName"]) == ("40Gi", "fast")
    mounted = {mount["name"] for mount in containers(stack)["database"]["volumeMounts"]}
    assert "wal" in mounted


def test_the_log_of_each_data_volume_has_its_own_directory():
    script = files(database(walStorage={"size": "40Gi"}))["prepare.sh"]
    assert "/var/lib/postgresql/wal/alpha-database-data" in script


def test_the_backup_server_reads_the_data_and_cannot_write_them():
    stack = database(backup=BACKUP, walStorage={"size": "40Gi"})
    mounts = {mount["name"]: mount for mount in containers(stack)["backup"]["volumeMounts"]}
    assert [mounts[name]["readOnly"] for name in ("data", "wal")] == [True, True]


def test_a_failing_backup_server_cuts_nobody_off():
    service = objects(database(backup=BACKUP))["Service", "alpha-database"]["spec"]
    assert service["publishNotReadyAddresses"] is True


def test_the_server_has_longer_to_stop_than_it_takes_at_most():
    hook = containers(database())["database"]["lifecycle"]["preStop"]["exec"]["command"][-1]
    assert "-t 240 " in hook
    assert pod(database())["spec"]["terminationGracePeriodSeconds"] > 240


def test_a_drain_may_move_the_only_pod():
    budget = objects(database())["PodDisruptionBudget", "alpha-database"]["spec"]
    assert budget["maxUnavailable"] == 1


def test_the_certificate_may_be_delivered_by_somebody_else():
    secrets = {"secrets": {"existing": {"database-tls": "their-secret"}}}
    stack = database({"secrets": a_stack().spec.secrets.to_json() | secrets["secrets"]})
    assert "database-tls.tls.key" not in str(objects(stack)["ExternalSecret", "alpha-database"])
    assert "their-secret" in str(pod(stack)["spec"]["volumes"])
