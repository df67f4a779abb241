from configparser import ConfigParser

import pytest

from tests.unit.desired.factory import a_stack, objects
from tests.unit.desired.test_database import BACKUP, database


def conf(component, **backup):
    text = objects(database(backup=BACKUP | backup))["ConfigMap", f"alpha-{component}"]["data"]
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string(text["pgbackrest.conf"])
    return parser


def clock(**backup):
    return objects(database(backup=BACKUP | backup))["CronJob", "alpha-backup"]["spec"]


def repository_entry(**backup):
    secret = objects(database(backup=BACKUP | backup))["ExternalSecret", "alpha-backup"]
    keys = {item["secretKey"]: item["remoteRef"]["key"] for item in secret["spec"]["data"]}
    return keys["s3_key"]


@pytest.mark.parametrize(
    "chosen",
    [
        {"provider": "Builtin"},
        {"provider": "CloudNativePG", "backup": BACKUP},
    ],
)
def test_only_a_builtin_database_with_backups_has_a_clock_for_them(chosen):
    assert ("CronJob", "alpha-backup") not in objects(a_stack(database=chosen))


def test_backups_are_taken_when_the_spec_says_and_never_two_at_a_time():
    spec = clock(schedule="30 1 * * *")
    assert (spec["schedule"], spec["concurrencyPolicy"]) == ("30 1 * * *", "Forbid")


def test_a_bucket_may_have_a_folder():
    assert conf("backup")["global"]["repo1-s3-bucket"] == "alpha-backups"
    assert conf("backup")["global"]["repo1-path"] == "/tsdb"
    assert conf("backup", bucket="s3://alpha-backups")["global"]["repo1-path"] == "/"


@pytest.mark.parametrize(
    ("given", "region", "style"),
    [
        ({}, "us-east-1", "host"),
        ({"endpoint": "https://s3.eu-west-1.amazonaws.com"}, "eu-west-1", "host"),
        ({"endpoint": "https://s3-ap-southeast-2.amazonaws.com"}, "ap-southeast-2", "host"),
        ({"endpoint": "https://objects.example:9000"}, "us-east-1", "path"),
    ],
)
def test_a_region_is_read_from_the_endpoint(given, region, style):
    told = conf("backup", **given)["global"]
    assert (told["repo1-s3-region"], told["repo1-s3-uri-style"]) == (region, style)


@pytest.mark.parametrize("component", ["backup", "database"])
def test_the_repository_is_encrypted(component):
    assert conf(component)["global"]["repo1-cipher-type"] == "aes-256-cbc"


def test_any_moment_of_the_retention_can_be_restored():
    told = conf("backup", retentionDays=14)["global"]
    assert told["repo1-retention-full-type"] == "time"
    assert told["repo1-retention-full"] == "14"


def test_only_the_backups_certificate_opens_the_servers_files():
    assert conf("database")["global"]["tls-server-auth"] == "backup=alpha"


def test_what_opens_the_bucket_is_in_no_config_map():
    for component in ("backup", "database"):
        assert not {"repo1-s3-key", "repo1-s3-key-secret", "repo1-cipher-pass"} & set(
            conf(component)["global"]
        )


def test_the_buckets_credentials_have_the_entry_that_the_spec_names():
    assert repository_entry() == "staging/trading/alpha/backup-s3"
    assert repository_entry(credentialsRemoteKey="other") == "staging/trading/alpha/other"
