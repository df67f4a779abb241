"""Versions of the values in the secret store, and how far a new one has come."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

_WRITTEN: Final = re.compile(
    r"(?P<entry>[A-Za-z0-9_-]+)=(?P<number>[0-9]{1,9})@(?P<created>[0-9TZ:-]{20})(?:,|$)"
)
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"


class SecretVersion(NamedTuple):
    """One value of one entry of the store; the value itself is never read."""

    number: int
    created: datetime
    """In UTC, whole seconds."""


@dataclass(frozen=True, slots=True)
class SecretReport:
    """What the store's metadata say of a stack's folder."""

    versions: Mapping[str, SecretVersion] = field(default_factory=dict)
    """The current version of each entry of the folder."""
    problem: str = ""
    """Why nothing newer is known, in words for a user; then ``versions`` are the last known."""


def rotated(
    report: SecretReport | None, since: datetime, requested: Iterable[str]
) -> dict[str, SecretVersion]:
    """Find the entries whose value is newer than the stack, each with its version.

    Older values were there when the first pods started. ``requested`` is what the ExternalSecrets
    say was asked of them: it stands in for what the store cannot be asked about.
    """
    known: dict[str, SecretVersion] = {}
    for text in requested:
        for entry, version in read(text).items():
            known[entry] = max(version, known.get(entry, version))
    if report is not None:
        known |= {k: version for k, version in report.versions.items() if version.created > since}
    return known


def entries_of(external_secret: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """Name the entries of the stack's folder that an ExternalSecret reads, some of them twice."""
    for item in external_secret["spec"].get("data", ()):
        yield item["remoteRef"]["key"].removeprefix(prefix)


def write(versions: Mapping[str, SecretVersion]) -> str:
    """Put versions into one line for an annotation."""
    return ",".join(
        f"{entry}={version.number}@{version.created.strftime(_STAMP)}"
        for entry, version in sorted(versions.items())
    )


def read(text: str) -> dict[str, SecretVersion]:
    """Read such a line; what somebody else wrote there is no version."""
    return {
        found["entry"]: SecretVersion(int(found["number"]), parse_time(found["created"]))
        for found in _WRITTEN.finditer(text)
    }


def delivered(requested: str, refreshed: str) -> bool:
    """Tell whether an ExternalSecret was refreshed after each version that it was asked for.

    ``refreshed`` is its ``status.refreshTime``, empty before the first refresh. A refresh within
    the second in which the value changed may have been too early.
    """
    versions = read(requested).values()
    if not versions:
        return True
    return bool(refreshed) and parse_time(refreshed) > max(item.created for item in versions)


def parse_time(text: str) -> datetime:
    """Read a time as Kubernetes writes it."""
    return to_second(datetime.fromisoformat(text))


def to_second(moment: datetime) -> datetime:
    """Cut a moment to its second in UTC: Kubernetes tells none more precisely."""
    return moment.astimezone(UTC).replace(microsecond=0)


BEGINNING: Final = "1970-01-01T00:00:00Z"
"""Older than every stack."""
SETTLED: Final = timedelta(seconds=2)
"""A version is used when it is this old, so that a refresh asked for it bears a later second."""
