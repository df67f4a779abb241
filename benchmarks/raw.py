"""The floor: apply the same bodies with a bare client; run as a process of its own."""

import sys
from pathlib import Path

import orjson

from benchmarks.api import Api, Send
from tradingstack_operator.api import names
from tradingstack_operator.model.kinds import BY_KIND
from tradingstack_operator.model.objects import Manifest


def applying(manifest: Manifest, user: str) -> Send:
    metadata = manifest["metadata"]
    path = BY_KIND[manifest["kind"]].path(metadata["namespace"], metadata["name"])
    return Send.applying(path, manifest, names.FIELD_MANAGER, user)


def main() -> None:
    server, directory, bodies, user = sys.argv[1:]
    manifests = orjson.loads(Path(bodies).read_bytes())
    Api(server, Path(directory)).send(applying(item, user) for item in manifests)


if __name__ == "__main__":
    main()
