"""The table of credentials says what the rendered ExternalSecrets fetch, and for whom."""

import re
from pathlib import Path

from tests.golden.cases import CASES

PAGE = Path(__file__).parents[2] / "docs/reference/credentials.md"


def told():
    """Read the table: each property of an entry with the ExternalSecrets that read it."""
    rows = [line.split("|")[1:5] for line in PAGE.read_text().splitlines() if line[:3] == "| `"]
    return {
        (entry.strip(" `"), name): set(quoted(readers))
        for entry, properties, _, readers in rows
        for name in quoted(properties)
    }


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def fetched():
    found = {}
    for _, manifests in CASES:
        for manifest in manifests:
            if manifest["kind"] == "ExternalSecret":
                reader = manifest["metadata"]["name"].partition("-")[2]
                for item in manifest["spec"]["data"]:
                    remote = item["remoteRef"]
                    entry = remote["key"].rpartition("/")[2]
                    found.setdefault((entry, remote["property"]), set()).add(reader)
    return found


def test_the_table_lists_every_credential_with_its_readers():
    assert told() == fetched()
