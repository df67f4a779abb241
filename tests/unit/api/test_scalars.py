import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tradingstack_operator.api import database, parts, scalars, workloads
from tradingstack_operator.api.safety import CircuitBreaker

GOOD = {
    scalars.Name: ("a", "kraken-md", "a" * 63),
    scalars.StackName: ("alpha", "a" * 30),
    scalars.Image: (
        "registry.example/app",
        "registry.example:5000/team/app:1.2",
        f"registry.example/app:1.2@sha256:{'0' * 64}",
    ),
    scalars.Cron: ("0 2 * * *", "*/5 0-6,12 1 */3 1"),
    scalars.Duration: ("90s", "15m", "99999h"),
    scalars.Size: ("1Mi", "20Gi", "999999Ti"),
    scalars.RemoteKey: ("oncall-webhook", "team/a_b"),
    scalars.HttpsURL: ("https://s3.example", "https://s3.example:9000/a/b"),
    scalars.Host: ("db.example", "10.0.0.1"),
    scalars.ServiceAccountUser: ("system:serviceaccount:ns:name",),
    scalars.Port: (1, 65535),
    parts.CPU: ("500m", "2"),
    parts.Memory: ("1Gi", "512Mi", "1048576"),
    database.Bucket: ("s3://alpha-backups", "s3://alpha-backups/tsdb/a"),
}
BAD = {
    scalars.Name: ("", "A", "1a", "a.b", "a-", "a" * 64, "a\n", 1, None),
    scalars.StackName: ("a" * 31,),
    scalars.Image: (
        "app",
        "https://registry.example/app",
        "u:p@registry.example/app",
        "registry.example/app@sha256:zz",
        f"registry.example/app@sha256:{'A' * 64}",
        "registry.example/app:1.2\n",
        f"registry.example/{'a' * 512}",
    ),
    scalars.Cron: ("* * * * * *", "@every 1s", "@daily", "0 2 * *", "a b c d e"),
    scalars.Duration: ("0", "0s", "1d", "-1s", "1.5h", 60),
    scalars.Size: ("0Gi", "-1Gi", "1e3Ei", "1G", "1.5Gi", 1),
    scalars.RemoteKey: ("https://hooks.example/T/B/x", "/a", "a//b", "a.b", ""),
    scalars.HttpsURL: ("http://s3.example", "https://u:p@s3.example", "https://s3.example?a=b"),
    scalars.Host: ("u:p@db.example", "db.example:5432", "db/", "-db"),
    scalars.ServiceAccountUser: ("alice", "system:serviceaccount:ns"),
    scalars.Port: (0, 65536, "443", True),
    parts.CPU: ("500Mi", "0.5", 1),
    parts.Memory: ("1G", "500m", 1),
    database.Bucket: ("https://alpha", "s3://u:p@alpha", "s3://a"),
}


def pairs(table):
    return [(type_, value) for type_, values in table.items() for value in values]


@pytest.mark.parametrize(("type_", "value"), pairs(GOOD))
def test_a_good_value_is_taken_as_it_is(type_, value):
    assert value == TypeAdapter(type_).validate_python(value, strict=True)


@pytest.mark.parametrize(("type_", "value"), pairs(BAD))
def test_a_bad_value_is_refused(type_, value):
    with pytest.raises(ValidationError):
        TypeAdapter(type_).validate_python(value, strict=True)


@pytest.mark.parametrize(
    "value", ["", "1abc", "a-b", "lower", "A" * 64], ids=["none", "digit", "dash", "lower", "long"]
)
def test_a_variable_has_a_name_in_capitals(value):
    with pytest.raises(ValidationError):
        parts.EnvVar(name=value, value="x")


def test_a_pods_variables_differ_in_name():
    twins = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    with pytest.raises(ValidationError):
        TypeAdapter(workloads.Environ).validate_python(twins)


EXACT = TypeAdapter(Annotated[Decimal, scalars.EXACT])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_digit_by_digit(number):
    assert Decimal(repr(number)) == EXACT.validate_python(json.loads(json.dumps(number)))


@given(st.integers(-(10**12), 10**12) | st.floats(-1e12, 1e12))
def test_a_number_is_written_as_it_was_read(number):
    assert number == EXACT.dump_python(EXACT.validate_python(number), mode="json")


def test_a_tenth_stays_a_tenth():
    assert Decimal("0.1") == EXACT.validate_python(0.1)


def test_a_decimal_is_a_number():
    assert Decimal("2.50") == EXACT.validate_python(Decimal("2.50"))


@pytest.mark.parametrize("value", ["4", True, None, [4], float("inf"), float("nan")], ids=str)
def test_only_finite_numbers_are_numbers(value):
    with pytest.raises(ValidationError):
        EXACT.validate_python(value)


@pytest.mark.parametrize("threshold", [0, -1, 1e13, "4"])
def test_a_threshold_outside_its_bounds_is_refused(threshold):
    with pytest.raises(ValidationError):
        CircuitBreaker.model_validate({"name": "maxDrawdownPct", "threshold": threshold})


TIME = TypeAdapter(scalars.Timestamp)


def test_a_time_is_read_with_its_zone():
    assert datetime(2026, 8, 1, 10, tzinfo=UTC) == TIME.validate_python("2026-08-01T12:00:00+02:00")


def test_a_time_is_written_in_utc():
    assert TIME.dump_python(TIME.validate_python("2026-08-01T12:00:00+02:00"), mode="json") == (
        "2026-08-01T10:00:00Z"
    )


def test_a_time_may_come_as_a_datetime():
    now = datetime(2026, 8, 1, tzinfo=UTC)
    assert now == TIME.validate_python(now)


@pytest.mark.parametrize("value", ["yesterday", "2026-08-01T10:00:00", None])
def test_a_text_without_date_and_zone_is_no_time(value):
    with pytest.raises(ValidationError):
        TIME.validate_python(value)


def test_a_complaint_about_a_time_does_not_repeat_it():
    with pytest.raises(ValidationError) as caught:
        TIME.validate_python("hunter2")
    assert "hunter2" not in caught.value.errors()[0]["msg"]
