"""The certificate: replaced without a failed review, and never served when it is no good."""

import asyncio
import ssl

import pytest
from cryptography import x509

from tests.webhook.authority import DAY, NOW
from tests.webhook.reviews import review
from tests.webhook.running import ask, client, started
from tradingstack_operator.webhook.certificate import Certificate

EXPIRED = object()


async def served(webhook, context) -> int:
    """Shake hands anew, and give the serial number of the certificate."""
    port = webhook.said("started")[0]["webhook_port"]
    reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
    del reader
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return x509.load_der_x509_certificate(found).serial_number


async def test_rotation_under_load_fails_no_review(webhook, mount, authority, stack):
    body = review("CREATE", stack)
    over, answers = asyncio.Event(), []

    async def load(**options):
        async with client(authority.client(), **options) as session:
            while not over.is_set():
                answers.append((await ask(session, webhook, body))["allowed"])

    async with asyncio.TaskGroup() as group:
        # some shake hands for each review, as others keep their connection
        loads = [group.create_task(load(force_close=True)) for _ in range(4)]
        loads += [group.create_task(load()) for _ in range(2)]
        for rotation in range(2, 5):
            mount.write(*authority.issue())
            await webhook.says("certificate in use", times=rotation)
            assert await served(webhook, authority.client()) == authority.serial
        over.set()
    assert len(answers) > 100
    assert all(answers)


async def test_a_certificate_without_its_key_is_not_taken(webhook, mount, authority, stack):
    before = authority.serial
    chain, _ = authority.issue()
    _, stranger = authority.issue()
    mount.write(chain, stranger)
    line = await webhook.says("certificate not usable")
    assert "KEY_VALUES_MISMATCH" in line["error"]
    assert await served(webhook, authority.client()) == before
    async with client(authority.client()) as session:
        assert (await ask(session, webhook, review("CREATE", stack)))["allowed"]
    assert (await webhook.get("/readyz"))[0] == 200


async def test_an_expired_certificate_is_not_taken(webhook, mount, authority):
    before = authority.serial
    mount.write(*authority.issue(ends=NOW - DAY))
    assert "expired" in (await webhook.says("certificate not usable"))["error"]
    assert await served(webhook, authority.client()) == before


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (None, "No such file or directory"),
        ((b"", b""), "tls.crt with tls.key: not PEM"),
        ((b"garbage", b"\xff"), "tls.crt with tls.key: not PEM"),
        (EXPIRED, "certificate has expired"),
    ],
)
async def test_without_a_certificate_it_waits_for_one(
    server, credentials, mount, authority, files, reason
):
    if files:
        mount.write(*(authority.issue(ends=NOW - DAY) if files is EXPIRED else files))
    async with started(server.url, credentials, mount.directory) as webhook:
        await webhook.says("judging")
        status, text = await webhook.get("/readyz")
        assert status == 503
        assert text.startswith("no certificate: ")
        assert reason in text
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await served(webhook, authority.client())
        mount.write(*authority.issue())
        await webhook.says("certificate in use")
        await webhook.ready()


def test_it_is_not_ready_once_its_certificate_has_expired(mount, authority):
    clock = [NOW]
    certificate = Certificate(mount.directory, lambda: clock[0], lambda _: None)
    mount.write(*authority.issue(ends=NOW + DAY))
    certificate.look()
    assert list(certificate.not_ready()) == []
    clock[0] = NOW + DAY
    expired = f"the certificate expired at {(NOW + DAY).isoformat()}"
    assert list(certificate.not_ready()) == [expired]


async def test_metrics_say_when_the_certificate_expires(webhook):
    _, text = await webhook.get("/metrics")
    name = "tradingstack_webhook_certificate_expiry_timestamp_seconds"
    (value,) = [line.split()[1] for line in text.splitlines() if line.startswith(name)]
    assert float(value) == (NOW + DAY).timestamp()
