from tests.unit.desired.factory import a_stack, facts, objects

EXTERNAL = {
    "provider": "External",
    "external": {"host": "db.example", "port": 6432, "database": "desk"},
}


def job(stack, surroundings=None):
    (found,) = (
        item
        for (kind, name), item in objects(stack, surroundings).items()
        if kind == "Job" and name.startswith("alpha-schema-")
    )
    return found


def container(stack, surroundings=None):
    (only,) = job(stack, surroundings)["spec"]["template"]["spec"]["containers"]
    return only


def env(stack):
    return {item["name"]: item["value"] for item in container(stack)["env"]}


def test_the_schema_is_made_on_every_providers_server():
    assert env(a_stack())["PGHOST"] == "alpha-database"
    assert env(a_stack(database={"provider": "CloudNativePG"}))["PGHOST"] == "alpha-database-rw"
    external = env(a_stack(database=EXTERNAL))
    assert (external["PGHOST"], external["PGPORT"], external["PGDATABASE"]) == (
        "db.example",
        "6432",
        "desk",
    )


def test_the_servers_certificate_is_checked():
    assert env(a_stack())["PGSSLMODE"] == "verify-full"
    assert env(a_stack())["PGSSLROOTCERT"].endswith("/database-ca/ca.crt")


def test_the_job_works_as_the_owner_and_not_as_a_superuser():
    assert env(a_stack())["PGUSER"] == "trading_owner"


def test_the_database_is_marked_with_what_the_stack_is_for():
    assert env(a_stack())["STACK_MODE"] == "live"
    simulated = env(a_stack(simulation={"enabled": True}))
    assert (simulated["STACK_MODE"], simulated["STACK_ENVIRONMENT"]) == ("simulation", "staging")


def test_another_server_is_another_job():
    assert job(a_stack())["metadata"]["name"] != job(a_stack(database=EXTERNAL))["metadata"]["name"]


def test_the_image_is_the_operators_unless_the_spec_names_one():
    assert container(a_stack())["image"] == facts().images.database
    named = a_stack(database={"provider": "Builtin", "image": "registry.example/mine:1"})
    assert container(named)["image"] == "registry.example/mine:1"


def test_the_job_knows_the_password_of_every_role_that_logs_in():
    secret = objects(a_stack())["ExternalSecret", "alpha-schema"]["spec"]["data"]
    entries = {item["remoteRef"]["key"].rpartition("/")[2] for item in secret}
    assert entries == {
        "database-features",
        "database-ingestor",
        "database-owner",
        "database-risk-api",
        "database-tls",
        "database-watchdog",
    }
