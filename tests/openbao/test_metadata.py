"""The operator learns from a real store that a value changed, and never what it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import hvac
import pytest

from tests.openbao.conftest import FOLDER, answering, let_operator_in, running, token
from tests.redis.server import free_port
from tradingstack_operator.model.rotation import SecretReport
from tradingstack_operator.vault.metadata import Vault

CANARY = "canary-9f2d-value"


@pytest.fixture
def vault(account):
    vault = Vault(account)
    yield vault
    vault.close()


@pytest.fixture
def folder(bao, request):
    """Give a test a folder of its own, with two entries in it."""
    folder = f"{FOLDER}-{request.node.name[:40].strip('_[]')}"
    bao.write("cache-probe", folder, password=CANARY)
    bao.write("bus-risk-api", folder, password=CANARY)
    return folder


def versions(report):
    return {entry: version.number for entry, version in report.versions.items()}


async def test_every_entry_of_the_folder_is_told_with_its_version(bao, vault, folder):
    bao.write("bus-risk-api", folder, password=CANARY)
    report = await vault.report(folder)
    assert (versions(report), report.problem) == ({"bus-risk-api": 2, "cache-probe": 1}, "")


async def test_a_version_is_told_with_its_age(vault, folder):
    report = await vault.report(folder)
    age = datetime.now(UTC) - report.versions["cache-probe"].created  # noqa: TID251 - a real clock
    assert timedelta() <= age < timedelta(minutes=1)


async def test_a_folder_without_entries_is_empty_and_no_problem(vault):
    assert await vault.report("production/trading-prod/empty") == SecretReport()


async def test_a_value_that_was_deleted_is_not_there(bao, vault, folder):
    bao.admin.secrets.kv.v2.delete_latest_version_of_secret(f"{folder}/cache-probe")
    assert versions(await vault.report(folder)) == {"bus-risk-api": 1}


async def test_a_value_that_was_destroyed_is_not_there(bao, vault, folder):
    bao.admin.secrets.kv.v2.destroy_secret_versions(f"{folder}/cache-probe", [1])
    assert versions(await vault.report(folder)) == {"bus-risk-api": 1}


async def test_folders_within_the_folder_are_somebody_elses(bao, vault, folder):
    bao.write("deeper/entry", folder, password=CANARY)
    assert "deeper" not in " ".join((await vault.report(folder)).versions)


async def test_the_operators_token_cannot_read_a_value(vault, folder):
    await vault.report(folder)
    with pytest.raises(hvac.exceptions.Forbidden):
        vault._client.secrets.kv.v2.read_secret_version(  # noqa: SLF001 - what a thief would have
            f"{folder}/cache-probe", mount_point="secret", raise_on_deleted_version=True
        )


async def test_the_operators_token_cannot_write_a_value(vault, folder):
    await vault.report(folder)
    with pytest.raises(hvac.exceptions.Forbidden):
        vault._client.secrets.kv.v2.create_or_update_secret(  # noqa: SLF001 - as above
            f"{folder}/cache-probe", {"password": "x"}, mount_point="secret"
        )


async def test_the_operator_asks_for_metadata_only(bao, vault, folder):
    before = len(bao.requests())
    await vault.report(folder)
    asked = {(operation, path.rstrip("/")) for operation, path in bao.requests()[before:]}
    assert asked == {
        ("update", "auth/kubernetes/login"),
        ("list", f"secret/metadata/{folder}"),
        ("read", f"secret/metadata/{folder}/bus-risk-api"),
        ("read", f"secret/metadata/{folder}/cache-probe"),
    }


async def test_a_token_that_was_revoked_is_replaced_without_a_word(bao, vault, folder):
    await vault.report(folder)
    bao.admin.auth.token.revoke(vault._client.token)  # noqa: SLF001 - nobody else knows it
    assert (await vault.report(folder)).problem == ""


async def test_a_folder_of_somebody_else_is_denied_and_named(vault):
    report = await vault.report("staging/other/beta")
    assert report == SecretReport(
        problem="The secret store denies role tradingstack-operator the metadata of "
        "staging/other/beta: let it list and read secret/metadata/staging/other/beta"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "unknown"},
        {"token": token(audience="https://kubernetes.default.svc")},
        {"token": token("system:serviceaccount:trading-prod:default")},
    ],
    ids=["role", "audience", "account"],
)
async def test_whoever_the_store_does_not_know_stays_outside(account, wrong):
    if "token" in wrong:
        account.token_file.write_text(wrong["token"])
    vault = Vault(replace(account, role=wrong.get("role", account.role)))
    report = await vault.report(FOLDER)
    vault.close()
    assert report.problem == (
        f"The secret store does not let the operator in: check role {vault.account.role} of its "
        "authentication at kubernetes"
    )


async def test_a_store_that_is_not_there_is_told(account):
    vault = Vault(replace(account, address=f"http://127.0.0.1:{free_port()}"))
    report = await vault.report(FOLDER)
    vault.close()
    assert report == SecretReport(
        problem="The secret store cannot be reached: see whether it runs, and its address"
    )


async def test_a_missing_token_file_is_named(account, tmp_path):
    vault = Vault(replace(account, token_file=tmp_path / "none"))
    report = await vault.report(FOLDER)
    vault.close()
    assert report.problem == (
        f"The token for the secret store cannot be read: mount {tmp_path / 'none'}"
    )


async def test_no_report_holds_a_value(vault, folder):
    assert CANARY not in repr(await vault.report(folder))


async def test_a_sealed_store_is_told(account, reviews, tmp_path):
    with running(tmp_path) as other:
        let_operator_in(other.admin, reviews)
        vault = Vault(replace(account, address=other.address))
        await vault.report(FOLDER)
        other.admin.sys.seal()
        report = await vault.report(FOLDER)
        vault.close()
    assert report == SecretReport(
        problem="The secret store is sealed or down for maintenance: unseal it"
    )


@pytest.mark.parametrize("body", [b"[]", b"{}", b"<html>", b'{"data": {"keys": [1]}}'])
async def test_an_answer_that_makes_no_sense_is_told(account, body):
    with answering(body) as address:
        vault = Vault(replace(account, address=address))
        report = await vault.report(FOLDER)
        vault.close()
    assert report.problem
    assert not report.versions
