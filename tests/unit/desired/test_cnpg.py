import pytest

from tests.support.stacks import DIGEST, facts, policy, stack
from tradingstack_operator.desired.build import build
from tradingstack_operator.desired.cnpg import build_cnpg
from tradingstack_operator.desired.cnpg_backup import with_seconds

IMAGE = f"registry.example/timescaledb-cnpg:17-ts2{DIGEST}"
API_SERVER = {"cidrs": ["10.7.0.0/28"], "port": 6443}
WRITERS = [
    "system:serviceaccount:external-secrets:external-secrets",
    "system:serviceaccount:cnpg-system:cnpg-manager",
    "system:serviceaccount:cnpg-system:plugin-barman-cloud",
]


def a_stack(deletion_policy="Retain", environment="production", existing=None, **database):
    """Make a stack whose database CloudNativePG runs; keywords are fields of its spec."""
    return stack(
        spec={
            "environment": environment,
            "deletionPolicy": deletion_policy,
            "secrets": {"existing": existing or {}},
            "database": {"provider": "CloudNativePG", "image": IMAGE, "instances": 3} | database,
        }
    )


def surroundings():
    return facts(
        policy=policy(spec={"secretWriters": WRITERS, "egress": {"apiServer": API_SERVER}})
    )


def objects(wanted=None, around=None):
    """Render the database and index it by kind and name."""
    manifests = build_cnpg(wanted or a_stack(), around or surroundings())
    return {(item["kind"], item["metadata"]["name"]): item for item in manifests}


def cluster(wanted=None, around=None):
    return objects(wanted, around)["Cluster", "alpha-database"]


def secret(name, wanted=None):
    return objects(wanted)["ExternalSecret", name]["spec"]


def remote_keys(spec):
    return {(item["remoteRef"]["key"], item["remoteRef"]["property"]) for item in spec["data"]}


def instances_policy(wanted=None, around=None):
    return objects(wanted, around)["NetworkPolicy", "alpha-database-instances"]["spec"]


def test_the_stack_holds_what_is_rendered_for_its_database():
    whole = {
        (item["kind"], item["metadata"]["name"]): item for item in build(a_stack(), surroundings())
    }
    assert whole.items() >= objects().items()


def test_the_cluster_has_the_instances_image_and_volumes_of_the_spec():
    wanted = a_stack(storage={"size": "200Gi", "storageClass": "fast"}, walStorage={"size": "40Gi"})
    spec = cluster(wanted)["spec"]
    assert spec["instances"] == 3
    assert spec["imageName"] == IMAGE
    assert spec["storage"] == {"size": "200Gi", "storageClass": "fast"}
    assert spec["walStorage"] == {"size": "40Gi"}


def test_a_log_without_a_volume_of_its_own_shares_that_of_the_data():
    assert "walStorage" not in cluster()["spec"]


def test_a_database_without_a_number_of_instances_has_one():
    assert cluster(a_stack(instances=None))["spec"]["instances"] == 1


@pytest.mark.parametrize("deletion_policy", ["Retain", None])
def test_a_cluster_whose_data_is_kept_belongs_to_nobody(deletion_policy):
    assert "ownerReferences" not in cluster(a_stack(deletion_policy))["metadata"]


def test_a_cluster_whose_data_is_to_go_belongs_to_the_stack():
    wanted = a_stack("Delete", environment="staging")
    (owner,) = cluster(wanted)["metadata"]["ownerReferences"]
    assert owner["uid"] == wanted.metadata.uid


def test_everything_else_belongs_to_the_stack():
    rest = [item for item in objects().values() if item["kind"] != "Cluster"]
    assert all(item["metadata"]["ownerReferences"] for item in rest)


def test_a_cluster_that_slept_is_woken():
    assert cluster()["metadata"]["annotations"] == {"cnpg.io/hibernation": "off"}


def test_pods_carry_the_labels_that_network_policies_select_by():
    inherited = cluster()["spec"]["inheritedMetadata"]["labels"]
    assert inherited.items() >= instances_policy()["podSelector"]["matchLabels"].items()


def test_pods_do_not_carry_the_operators_mark():
    inherited = cluster()["spec"]["inheritedMetadata"]["labels"]
    assert "app.kubernetes.io/managed-by" not in inherited


def test_nobody_logs_in_as_superuser():
    spec = cluster()["spec"]
    (role,) = spec["managed"]["roles"]
    assert spec["enableSuperuserAccess"] is False
    assert "superuser" not in role


def test_the_owner_of_the_database_may_make_roles_and_databases():
    spec = cluster()["spec"]
    (role,) = spec["managed"]["roles"]
    assert role["name"] == spec["bootstrap"]["initdb"]["owner"] == "trading_owner"
    assert (role["createrole"], role["createdb"], role["login"]) == (True, True, True)


def test_the_owners_secret_has_the_shape_that_cloudnativepg_asks_for():
    target = secret("alpha-database-owner")["target"]
    assert target["name"] == cluster()["spec"]["bootstrap"]["initdb"]["secret"]["name"]
    assert target["template"]["type"] == "kubernetes.io/basic-auth"
    assert target["template"]["data"] == {
        "username": "trading_owner",
        "password": "{{ .database_owner }}",
    }


def test_the_owners_password_comes_from_the_folder_of_the_stack():
    prefix = a_stack().spec.secrets.path_prefix
    assert remote_keys(secret("alpha-database-owner")) == {(f"{prefix}/database-owner", "password")}


def test_the_servers_certificate_has_the_shape_that_cloudnativepg_asks_for():
    target = secret("alpha-database-tls")["target"]
    assert target["template"]["type"] == "kubernetes.io/tls"
    assert set(target["template"]["data"]) == {"tls.crt", "tls.key", "ca.crt"}
    assert cluster()["spec"]["certificates"] == {
        "serverTLSSecret": target["name"],
        "serverCASecret": target["name"],
    }


@pytest.mark.parametrize("name", ["alpha-database-owner", "alpha-database-tls"])
def test_a_changed_secret_is_loaded_without_a_restart(name):
    template = secret(name)["target"]["template"]
    assert template["metadata"]["labels"] == {"cnpg.io/reload": "true"}


def test_secrets_that_somebody_delivers_are_named_and_not_fetched():
    wanted = a_stack(
        existing={"database-owner": "theirs", "database-tls": "pki", "backup-s3": "bucket"}
    )
    rendered = objects(wanted)
    spec = cluster(wanted)["spec"]
    credentials = rendered["ObjectStore", "alpha-database"]["spec"]["configuration"][
        "s3Credentials"
    ]
    assert [kind for kind, _ in rendered if kind == "ExternalSecret"] == []
    assert spec["bootstrap"]["initdb"]["secret"] == {"name": "theirs"}
    assert spec["certificates"]["serverTLSSecret"] == "pki"
    assert credentials["accessKeyId"]["name"] == "bucket"


def test_passwords_are_taken_over_tls_only():
    assert cluster()["spec"]["postgresql"]["pg_hba"] == [
        "hostssl trading,feast_registry all all scram-sha-256",
        "host all all all reject",
    ]


def test_a_users_parameter_overrides_the_default_and_others_stay():
    wanted = a_stack(parameters={"shared_buffers": "2GB"})
    parameters = cluster(wanted)["spec"]["postgresql"]["parameters"]
    assert parameters["shared_buffers"] == "2GB"
    assert parameters["timescaledb.telemetry_level"] == "off"


def test_a_quarter_of_the_memory_is_for_the_servers_own_cache():
    wanted = a_stack(resources={"limits": {"memory": "8Gi"}})
    assert cluster(wanted)["spec"]["postgresql"]["parameters"]["shared_buffers"] == "2048MB"


def test_timescaledb_is_loaded():
    assert cluster()["spec"]["postgresql"]["shared_preload_libraries"] == ["timescaledb"]


def synchronous(instances):
    return cluster(a_stack(instances=instances))["spec"]["postgresql"].get("synchronous")


def test_three_instances_lose_nothing_in_a_failover():
    assert synchronous(3) == {
        "method": "any",
        "number": 1,
        "dataDurability": "required",
        "failoverQuorum": True,
    }


def test_two_instances_go_on_while_one_is_away():
    assert (synchronous(2)["dataDurability"], synchronous(2)["failoverQuorum"]) == (
        "preferred",
        False,
    )


def test_one_instance_waits_for_no_other():
    assert synchronous(1) is None


@pytest.mark.parametrize(
    ("environment", "instances", "expected"),
    [("production", 3, "required"), ("production", 1, "preferred"), ("staging", 3, "preferred")],
)
def test_production_puts_no_two_instances_on_one_node(environment, instances, expected):
    wanted = a_stack(environment=environment, instances=instances)
    assert cluster(wanted)["spec"]["affinity"]["podAntiAffinityType"] == expected


@pytest.mark.parametrize(("instances", "expected"), [(1, False), (2, True)])
def test_a_budget_never_blocks_the_drain_of_a_single_instance(instances, expected):
    assert cluster(a_stack(instances=instances))["spec"]["enablePDB"] is expected


def test_the_log_is_archived_by_the_plugin_into_the_rendered_store():
    (plugin,) = cluster()["spec"]["plugins"]
    assert plugin["name"] == "barman-cloud.cloudnative-pg.io"
    assert plugin["isWALArchiver"] is True
    assert ("ObjectStore", plugin["parameters"]["barmanObjectName"]) in objects()


def test_an_unfinished_segment_is_archived_after_the_time_of_the_spec():
    backup = {"walArchiveTimeoutSeconds": 30}
    parameters = cluster(a_stack(backup=backup))["spec"]["postgresql"]["parameters"]
    assert parameters["archive_timeout"] == "30s"


def test_a_database_without_backup_archives_nothing():
    rendered = objects(a_stack(environment="staging", backup=None))
    assert "plugins" not in rendered["Cluster", "alpha-database"]["spec"]
    assert {kind for kind, _ in rendered} == {"Cluster", "NetworkPolicy", "ExternalSecret"}
    assert ("ExternalSecret", "alpha-database-backup") not in rendered


def test_the_store_says_where_backups_go_and_how_long_they_stay():
    wanted = a_stack(backup={"endpoint": "https://s3.example", "retentionDays": 14})
    spec = objects(wanted)["ObjectStore", "alpha-database"]["spec"]
    assert spec["configuration"]["destinationPath"] == "s3://alpha-backups/tsdb"
    assert spec["configuration"]["endpointURL"] == "https://s3.example"
    assert spec["retentionPolicy"] == "14d"


def test_the_public_store_needs_no_address():
    spec = objects()["ObjectStore", "alpha-database"]["spec"]
    assert "endpointURL" not in spec["configuration"]


def test_the_sidecar_has_a_limit_of_memory():
    spec = objects()["ObjectStore", "alpha-database"]["spec"]
    assert "memory" in spec["instanceSidecarConfiguration"]["resources"]["limits"]


def test_the_buckets_credentials_come_from_the_entry_of_the_spec():
    wanted = a_stack(backup={"credentialsRemoteKey": "storage/backup"})
    prefix = wanted.spec.secrets.path_prefix
    assert remote_keys(secret("alpha-database-backup", wanted)) == {
        (f"{prefix}/storage/backup", "access-key"),
        (f"{prefix}/storage/backup", "secret-key"),
    }


def test_a_base_backup_is_taken_at_once_and_then_on_schedule():
    spec = objects()["ScheduledBackup", "alpha-database"]["spec"]
    assert (spec["immediate"], spec["schedule"]) == (True, "0 0 2 * * *")
    assert (spec["method"], spec["cluster"]["name"]) == ("plugin", "alpha-database")


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("0 2 * * *", "0 0 2 * * *"),
        ("*/15 1-5 1,15 * 1-5", "0 */15 1-5 1,15 * 1-5"),
        ("0 2 * * 7", "0 0 2 * * 0"),
        ("0 2 * * 0,7", "0 0 2 * * 0"),
        ("0 2 * * 5-7", "0 0 2 * * 5,6,0"),
        ("0 2 * * 1-7/3", "0 0 2 * * 1,4,0"),
        ("0 2 * * 1-7/0", "0 0 2 * * 1,2,3,4,5,6,0"),
        ("0 2 * * */7", "0 0 2 * * */7"),
        ("0 2 * * *-7", "0 0 2 * * *-7"),
    ],
)
def test_a_schedule_gets_seconds_and_loses_day_seven(schedule, expected):
    assert with_seconds(schedule) == expected


def test_instances_reach_each_other_and_the_api_server_and_nothing_else():
    egress = instances_policy()["egress"]
    pods = {"podSelector": instances_policy()["podSelector"]}
    assert [(way["to"], [port["port"] for port in way["ports"]]) for way in egress] == [
        ([pods], [5432, 8000]),
        ([{"ipBlock": {"cidr": "10.7.0.0/28"}}], [6443]),
    ]


def test_without_an_api_server_in_the_platforms_policy_no_address_is_opened():
    egress = instances_policy(around=facts())["egress"]
    assert [peer for way in egress for peer in way["to"] if "ipBlock" in peer] == []


def test_without_a_policy_only_instances_reach_each_other():
    spec = instances_policy(around=facts(policy=None))
    pods = {"podSelector": spec["podSelector"]}
    assert [way["to"] for way in spec["egress"]] == [[pods]]
    assert [way["from"] for way in spec["ingress"]] == [[pods]]


def test_the_operators_pods_come_in_from_the_namespaces_of_those_that_write_secrets():
    (way,) = instances_policy()["ingress"]
    operators = [peer for peer in way["from"] if "namespaceSelector" in peer]
    assert {
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for peer in operators
    } == {"cnpg-system", "external-secrets"}
    assert all(
        peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "cloudnative-pg"}
        for peer in operators
    )
    assert [port["port"] for port in way["ports"]] == [5432, 8000]
