from dataclasses import replace

import pytest

from tests.support.observed import counts
from tests.support.stacks import stack
from tests.unit.status.findings import DESIRED, RUNNING, healthy, rejected, without
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.database import database_highly_available, database_ready

SERVER = ObjectRef("StatefulSet", "alpha-database")
(SCHEMA,) = (ref for ref in DESIRED if ref.kind == "Job" and DESIRED[ref] == "schema")
UP = counts(1)
DOWN = counts(1, readyReplicas=0)
DONE = {"conditions": [{"type": "Complete", "status": "True"}]}


def found(server=UP, schema=DONE, **fields):
    statuses = {SERVER: server, SCHEMA: schema}
    told = {ref: replace(RUNNING[ref], status=status) for ref, status in statuses.items()}
    bound = {
        ref: replace(child, status={"phase": "Bound"})
        for ref, child in RUNNING.items()
        if ref.kind == "PersistentVolumeClaim"
    }
    return healthy(**({"children": RUNNING | bound | told} | fields))


def test_a_server_with_its_schema_is_ready():
    verdict = database_ready(found())
    assert (verdict.status, verdict.reason) == ("True", "Ready")


def test_a_server_without_its_schema_is_bootstrapping():
    verdict = database_ready(found(schema={}))
    assert (verdict.status, verdict.reason) == ("False", "Bootstrapping")


def test_a_server_that_was_never_up_is_bootstrapping():
    verdict = database_ready(found(server=DOWN, schema={}))
    assert (verdict.status, verdict.reason) == ("False", "Bootstrapping")


def test_a_server_that_is_gone_is_unavailable():
    verdict = database_ready(found(server=DOWN))
    assert (verdict.status, verdict.reason) == ("False", "PrimaryUnavailable")
    assert str(SERVER) in verdict.message


def test_a_schema_that_waits_says_for_what():
    waiting = (Waiting("schema", f"schema waits for {SERVER}, which has 0 of 1 replicas ready"),)
    verdict = database_ready(found(server=DOWN, waiting=waiting))
    assert (verdict.reason, verdict.message) == ("Bootstrapping", f"{waiting[0].message}.")


def test_a_server_of_somebody_else_is_judged_by_its_schema():
    desired = {SCHEMA: "schema"}
    assert database_ready(found(desired=desired)).status == "True"
    assert database_ready(found(desired=desired, schema={})).reason == "Bootstrapping"


def test_nothing_is_said_of_a_stack_without_workloads():
    assert database_ready(found(desired={})) is None


def test_one_server_is_called_what_it_is():
    verdict = database_highly_available(found())
    assert (verdict.status, verdict.reason) == ("False", "SingleInstance")


def test_the_availability_of_an_external_database_is_unknown():
    external = {"host": "db.example", "port": 5432, "database": "trading"}
    database = {"provider": "External", "external": external, "image": None, "storage": None}
    other = stack(spec={"database": database | {"backup": None}})
    verdict = database_highly_available(found(stack=other))
    assert (verdict.status, verdict.reason) == ("Unknown", "ExternallyManaged")


def test_nothing_is_said_of_the_availability_of_a_rejected_spec():
    assert database_highly_available(rejected()) is None


@pytest.mark.parametrize("judge", [database_ready, database_highly_available])
def test_a_cluster_of_cloudnativepg_is_judged_by_its_own_status(judge):
    cluster = ObjectRef("Cluster", "alpha-database")
    verdict = judge(found(desired={cluster: "database"}, children=without(SERVER)))
    assert "Cluster/alpha-database does not exist yet" in verdict.message
