from datetime import UTC, datetime, timedelta

import pytest

from tradingstack_operator.model.rotation import (
    SecretReport,
    SecretVersion,
    delivered,
    entries_of,
    parse_time,
    read,
    rotated,
    write,
)

BORN = datetime(2026, 8, 1, 10, tzinfo=UTC)
LATER = BORN + timedelta(days=1)
OLD = SecretVersion(1, BORN - timedelta(days=1))
NEW = SecretVersion(2, LATER)
LINE = "bus-risk-api=2@2026-08-02T10:00:00Z,cache-probe=2@2026-08-02T10:00:00Z"


def test_a_value_older_than_the_stack_has_not_rotated():
    assert rotated(SecretReport({"cache-probe": OLD}), BORN, ()) == {}


def test_a_value_newer_than_the_stack_has_rotated():
    assert rotated(SecretReport({"cache-probe": NEW}), BORN, ()) == {"cache-probe": NEW}


def test_what_was_asked_for_stands_in_for_a_store_that_was_not_asked_yet():
    assert rotated(None, BORN, [LINE]) == {"bus-risk-api": NEW, "cache-probe": NEW}


def test_of_what_was_asked_for_the_newest_version_counts():
    lines = ["a=3@2026-08-03T10:00:00Z", "a=2@2026-08-02T10:00:00Z"]
    assert rotated(None, BORN, lines)["a"].number == 3


def test_the_store_knows_better_than_what_was_asked_for():
    restored = SecretVersion(1, LATER)
    assert rotated(SecretReport({"cache-probe": restored}), BORN, [LINE])["cache-probe"] == restored


def test_an_entry_that_is_gone_from_the_store_keeps_its_last_version():
    assert rotated(SecretReport(), BORN, [LINE])["cache-probe"] == NEW


def test_versions_are_written_in_order():
    assert write({"cache-probe": NEW, "bus-risk-api": NEW}) == LINE


def test_what_was_written_is_read():
    assert read(LINE) == {"bus-risk-api": NEW, "cache-probe": NEW}


@pytest.mark.parametrize("text", ["", "1754042400", "2026-08-01T10:00:00Z", "a=b@c"])
def test_what_somebody_else_wrote_is_no_version(text):
    assert read(text) == {}


@pytest.mark.parametrize(
    ("refreshed", "fresh"),
    [
        ("", False),
        ("2026-08-02T09:59:59Z", False),
        ("2026-08-02T10:00:00Z", False),
        ("2026-08-02T10:00:01Z", True),
    ],
)
def test_a_value_is_delivered_by_a_refresh_after_the_second_in_which_it_was_written(
    refreshed, fresh
):
    assert delivered(LINE, refreshed) is fresh


def test_what_was_never_asked_for_needs_no_refresh():
    assert delivered("", "")


def test_a_time_is_cut_to_its_second():
    assert parse_time("2026-08-01T10:00:00.123456Z") == BORN


def test_entries_are_named_without_the_stacks_folder():
    remotes = [{"remoteRef": {"key": f"production/a/b/{name}"}} for name in ("x", "y")]
    secret = {"spec": {"data": remotes}}
    assert list(entries_of(secret, "production/a/b/")) == ["x", "y"]


def test_an_external_secret_may_name_no_entry():
    assert list(entries_of({"spec": {}}, "production/a/b/")) == []
