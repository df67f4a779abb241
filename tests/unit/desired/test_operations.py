import pytest

from tests.support.operations import an_operation
from tests.unit.desired.factory import a_stack, facts, objects
from tradingstack_operator.desired.build import build
from tradingstack_operator.desired.drills import CACHE_SCRIPT, database_script, drill_kinds
from tradingstack_operator.desired.effective import effective_spec
from tradingstack_operator.desired.operations import refusals
from tradingstack_operator.model.operations import job_name, mark_of

BACKUP = {"bucket": "s3://alpha-backups/tsdb", "schedule": "0 2 * * *", "retentionDays": 30}
BACKED_UP = {"database": {"provider": "Builtin", "backup": BACKUP}}
DATABASE = {"component": "database", "confirm": "alpha"}
AT = {"targetTime": "2026-08-01T12:00:00+02:00"}


def render(operation, stack=None):
    return objects(stack or a_stack(**BACKED_UP), facts(operations=(operation,)))


def job_of(operation, stack=None):
    """Find the Job of an operation; None when there is none."""
    return render(operation, stack).get(("Job", job_name("alpha", operation)))


def pod_of(operation, stack=None):
    return job_of(operation, stack)["spec"]["template"]["spec"]


def a_restore(phase="Running", component="database", **fields):
    wanted = DATABASE | {"component": component} | fields
    return an_operation("Restore", phase, restore=wanted)


def refusal(operation, **spec):
    surroundings = facts(operations=(operation,))
    stack = a_stack(**spec)
    found = refusals(stack, surroundings, build(stack, surroundings))
    return found.get(operation.metadata.name, "")


def claims(operation):
    return {name for kind, name in render(operation) if kind == "PersistentVolumeClaim"}


def mounted(manifest):
    volumes = manifest["spec"]["template"]["spec"]["volumes"]
    return {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in volumes
        if "persistentVolumeClaim" in volume
    }


@pytest.mark.parametrize("phase", [None, "Pending", "Succeeded", "Failed", "Rejected"])
def test_only_an_operation_that_runs_has_a_job(phase):
    assert job_of(an_operation(phase=phase)) is None


def test_an_operation_that_runs_has_a_job():
    assert job_of(an_operation(phase="Running"))


def test_a_job_that_was_seen_is_not_asked_for_again():
    assert job_of(an_operation(phase="Running", job="alpha-operation-1")) is None


def test_a_job_runs_once_ends_and_goes_after_a_week():
    spec = job_of(an_operation(phase="Running"))["spec"]
    assert (spec["backoffLimit"], spec["ttlSecondsAfterFinished"]) == (0, 604800)
    assert spec["activeDeadlineSeconds"] > 0
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_two_operations_of_one_name_have_different_jobs():
    first = an_operation()
    again = first.metadata.model_copy(update={"uid": "ffffffff-1"})
    assert job_name("alpha", first) != job_name(
        "alpha", first.model_copy(update={"metadata": again})
    )


def test_a_backup_does_what_the_schedule_does():
    operation = an_operation(phase="Running")
    scheduled = render(operation)["CronJob", "alpha-backup"]["spec"]["jobTemplate"]["spec"]
    assert scheduled["template"] == job_of(operation)["spec"]["template"]


def test_a_restore_goes_into_a_volume_of_its_own():
    operation = a_restore()
    new = f"alpha-database-{mark_of(operation)}"
    assert claims(operation) >= {"alpha-database-data", new}
    assert mounted(job_of(operation)) == {"data": new}


def test_while_a_restore_runs_the_database_keeps_its_data():
    server = render(a_restore())["StatefulSet", "alpha-database"]
    assert mounted(server)["data"] == "alpha-database-data"


def test_after_a_restore_the_database_uses_the_new_volume():
    operation = a_restore("Succeeded")
    new = f"alpha-database-{mark_of(operation)}"
    assert mounted(render(operation)["StatefulSet", "alpha-database"])["data"] == new
    assert new in claims(operation)


@pytest.mark.parametrize("phase", ["Failed", "Rejected"])
def test_a_restore_that_came_to_nothing_changes_nothing(phase):
    server = render(a_restore(phase))["StatefulSet", "alpha-database"]
    assert mounted(server)["data"] == "alpha-database-data"


def test_a_restore_returns_to_the_moment_it_names_in_utc():
    (container,) = pod_of(a_restore(**AT))["containers"]
    assert "--type=time '--target=2026-08-01 10:00:00.000000+00'" in container["command"][2]


def test_a_restore_without_a_moment_follows_the_archive_to_its_end():
    (container,) = pod_of(a_restore())["containers"]
    assert "--type=default restore" in container["command"][2]


def test_a_restored_server_listens_to_nobody():
    (container,) = pod_of(a_restore())["containers"]
    assert "-c listen_addresses= " in container["command"][2]


@pytest.mark.parametrize("operation", [a_restore(), an_operation("Drill", "Running")])
def test_what_is_only_restored_archives_nothing(operation):
    assert "-c archive_mode=off" in pod_of(operation)["containers"][0]["command"][2]


def test_an_operation_may_know_how_to_read_the_backups_and_nothing_else():
    secret = render(an_operation())["ExternalSecret", "alpha-operation"]
    keys = {item["remoteRef"]["key"] for item in secret["spec"]["data"]}
    assert keys == {"staging/trading/alpha/backup-s3"}


def test_no_policy_lets_an_operation_reach_another_pod():
    policy = objects(a_stack(**BACKED_UP))["NetworkPolicy", "alpha-operation"]["spec"]
    assert policy["policyTypes"] == ["Egress"]
    assert all("podSelector" not in peer for rule in policy["egress"] for peer in rule["to"])


def test_no_service_selects_the_pods_of_operations():
    operation = an_operation("Drill", "Running")
    labels = job_of(operation)["spec"]["template"]["metadata"]["labels"]
    for (kind, _), manifest in render(operation).items():
        if kind == "Service":
            assert not manifest["spec"]["selector"].items() <= labels.items()


def test_a_restore_of_the_features_writes_the_registry_anew():
    operation = a_restore(component="features")
    (registry,) = (
        manifest
        for (kind, name), manifest in render(operation).items()
        if kind == "Job" and name.startswith("alpha-registry")
    )
    assert registry["spec"]["template"] == job_of(operation)["spec"]["template"]


def test_a_drill_restores_every_store_in_a_container_of_its_own():
    containers = pod_of(an_operation("Drill", "Running"))["containers"]
    assert [item["name"] for item in containers] == ["database", "cache"]


def test_a_drill_uses_no_volume_that_the_database_uses():
    operation = an_operation("Drill", "Running")
    assert mounted(job_of(operation)) == {"snapshots": "alpha-cache-snapshots"}
    cache = pod_of(operation)["containers"][1]
    assert {"name": "snapshots", "mountPath": "/snapshots", "readOnly": True} in cache[
        "volumeMounts"
    ]


def test_a_drill_restores_into_volumes_as_large_as_those_of_the_stores():
    given = a_stack(**BACKED_UP, cache={"provider": "Builtin", "storage": {"size": "30Gi"}})
    pod = job_of(an_operation("Drill", "Running"), given)["spec"]["template"]["spec"]
    sizes = {
        volume["name"]: volume["ephemeral"]["volumeClaimTemplate"]["spec"]["resources"]["requests"]
        for volume in pod["volumes"]
        if "ephemeral" in volume
    }
    assert sizes == {"data": {"storage": "20Gi"}, "cache-data": {"storage": "30Gi"}}


def test_a_drill_of_the_cache_goes_where_the_volume_of_the_snapshots_is():
    assert "affinity" in pod_of(an_operation("Drill", "Running"))
    database = an_operation("Drill", "Running", drill={"include": ["DatabaseRestore"]})
    assert "affinity" not in pod_of(database)


@pytest.mark.parametrize(
    ("asked", "stores"),
    [
        (["CacheRestore"], ["cache"]),
        (["DatabaseRestore"], ["database"]),
        (["RegistryRestore"], ["database"]),
        (["DatabaseFailover", "CacheRestore"], ["cache"]),
    ],
)
def test_a_drill_does_what_it_is_asked_for(asked, stores):
    containers = pod_of(an_operation("Drill", "Running", drill={"include": asked}))["containers"]
    assert stores == [item["name"] for item in containers]


def test_a_drill_that_is_not_asked_for_anything_does_what_the_stack_says():
    stack = a_stack(**BACKED_UP, drills={"include": ["CacheRestore"]})
    containers = pod_of(an_operation("Drill", "Running"), stack)["containers"]
    assert [item["name"] for item in containers] == ["cache"]


def test_each_drill_checks_its_own_part():
    stack = a_stack(**BACKED_UP)
    registry = database_script(stack, ["RegistryRestore"])
    assert ("feature_views" in registry, "pg_amcheck" in registry) == (True, False)
    data = database_script(stack, ["DatabaseRestore"])
    assert ("feature_views" in data, "pg_amcheck" in data) == (False, True)


def test_a_drill_of_the_cache_fails_without_a_snapshot():
    assert CACHE_SCRIPT.startswith("test -e /snapshots/dump.rdb || {")


EXTERNAL = {"host": "db.example", "port": 5432}
CASES = {
    "Backup without backups": (an_operation(), {}, "spec.database.backup"),
    "Backup of CloudNativePG": (
        an_operation(),
        {"database": {"provider": "CloudNativePG", "backup": BACKUP}},
        "create a Backup",
    ),
    "Restore without backups": (a_restore(None), {}, "spec.database.backup"),
    "Restore of an external database": (
        a_restore(None),
        {"database": {"provider": "External", "external": EXTERNAL | {"database": "md"}}},
        "whoever runs it",
    ),
    "Restore of what": (an_operation("Restore"), BACKED_UP, "spec.restore"),
    "Restore of the cache": (a_restore(None, "cache"), BACKED_UP, "volume claim"),
    "Restore of past features": (a_restore(None, "features", **AT), BACKED_UP, "targetTime"),
    "Restore of external features": (
        a_restore(None, "features"),
        {"features": {"provider": "External", "external": EXTERNAL}},
        "whoever runs it",
    ),
    "Drill of a failover": (
        an_operation("Drill", drill={"include": ["DatabaseFailover"]}),
        BACKED_UP,
        "fits",
    ),
    "Switchover": (an_operation("Switchover"), BACKED_UP, "single instance"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_done_is_refused_with_a_way_out(case):
    operation, spec, word = CASES[case]
    assert word in refusal(operation, **spec)


def test_a_rotation_is_refused_where_all_credentials_are_delivered():
    operation = an_operation("RotateCredentials")
    assert (
        "existing" in refusals(a_stack(), facts(operations=(operation,)), ())["rotatecredentials"]
    )


@pytest.mark.parametrize(
    "operation",
    [
        an_operation(),
        a_restore(None),
        a_restore(None, "features"),
        an_operation("Drill"),
        an_operation("RotateCredentials"),
    ],
    ids=lambda one: one.spec.type,
)
def test_what_can_be_done_is_not_refused(operation):
    assert refusal(operation, **BACKED_UP) == ""


def test_a_finished_operation_is_not_judged_again():
    assert refusal(an_operation("Switchover", "Rejected"), **BACKED_UP) == ""


def test_a_rotation_has_no_job():
    assert job_of(an_operation("RotateCredentials", "Running")) is None


def test_a_stack_without_saved_data_has_nothing_to_exercise():
    cache = {"provider": "Builtin", "restoreOnEmptyVolume": False}
    assert drill_kinds(a_stack(cache=cache)) == ()


def test_external_features_have_no_registry_to_restore():
    features = {"provider": "External", "external": EXTERNAL}
    assert drill_kinds(a_stack(**BACKED_UP, features=features)) == (
        "CacheRestore",
        "DatabaseRestore",
    )


def test_the_drills_in_force_are_shown():
    assert effective_spec(a_stack(**BACKED_UP))["drills"] == {
        "schedule": "0 4 1 */3 *",
        "maxAgeDays": 92,
        "include": ["CacheRestore", "DatabaseRestore", "RegistryRestore"],
    }


def test_drills_that_are_chosen_stand():
    stack = a_stack(**BACKED_UP, drills={"include": ["CacheRestore"], "maxAgeDays": 7})
    shown = effective_spec(stack)["drills"]
    assert (shown["include"], shown["maxAgeDays"]) == (["CacheRestore"], 7)
