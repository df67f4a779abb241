"""What every scenario needs: a cluster, an identity, and the laws that each status must obey."""

import datetime as dt
import logging

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.scenario.operators import running
from tests.scenario.stage import Stage, assert_lawful
from tradingstack_operator import replica


@pytest.fixture(scope="session")
def ca_certificate():
    """Make a CA that nothing is signed with: the fake server speaks plain HTTP."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scenario")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def credentials(tmp_path, ca_certificate):
    """Lay out a ServiceAccount's directory, as a pod has it."""
    (tmp_path / "ca.crt").write_bytes(ca_certificate)
    (tmp_path / "token").write_text("first-token\n")
    return tmp_path


@pytest.fixture(autouse=True)
def _nothing_unforeseen(caplog):
    """Fail a scenario in which the operator caught what it did not expect."""
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    ours = [it for it in records if it.name.startswith(("tradingstack_operator", "asyncio"))]
    errors = [it.getMessage() for it in ours if it.levelno >= logging.ERROR]
    # kopf leaves its generators to the garbage collector, which may find one running
    assert [] == [text for text in errors if "async_generator_athrow" not in text]


@pytest.fixture(autouse=True)
def _brisk(monkeypatch):
    """Gather what happens together for a shorter time: a scenario has many steps."""
    monkeypatch.setattr(replica, "NOISE", 0.05)


@pytest_asyncio.fixture
async def server():
    """Serve one namespace in which all workloads become ready at once."""
    async with Stage() as stage:
        yield stage
        assert_lawful(stage)


@pytest_asyncio.fixture
async def slow_server():
    """Serve one namespace in which workloads become ready only when the test says so."""
    async with Stage(settled=False) as stage:
        yield stage
        assert_lawful(stage)


@pytest_asyncio.fixture
async def ready(server, operator):
    """Have a stack ready, and the operator at rest."""
    server.apply_stack()
    await server.until_condition("Ready", "True")
    await operator.rest()
    return operator


@pytest_asyncio.fixture
async def operator(server, credentials):
    """Run one operator from the beginning."""
    async with running(server, credentials) as started:
        yield started
