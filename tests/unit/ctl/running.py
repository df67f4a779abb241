"""Runs tradingstackctl on files that a test writes."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass

import yaml

from tests.support.stacks import NAMESPACE, NAMESPACE_LABELS, POLICY, STACK
from tradingstack_operator.ctl.cli import main

NAMESPACE_OBJECT = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": NAMESPACE, "labels": NAMESPACE_LABELS},
}
SURROUNDINGS = [NAMESPACE_OBJECT, POLICY]
SIMULATING = STACK | {"spec": STACK["spec"] | {"simulation": {"enabled": True}}}
CANARY = "hunter2-canary"
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "password", "namespace": NAMESPACE},
    "stringData": {"password": CANARY},
}


@dataclass(frozen=True)
class Run:
    code: int
    out: str

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def document(self):
        return json.loads(self.out)

    def rules(self, part="violations"):
        return {(one["kind"], one["rule"]) for one in self.document[part]}


def validate(*arguments):
    out = io.StringIO()
    with redirect_stdout(out):
        code = main(["validate", *(str(one) for one in arguments)])
    return Run(code, out.getvalue())


def write(folder, name, *documents):
    """Write a file; a text is written as it is."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [one if isinstance(one, str) else yaml.safe_dump(one) for one in documents]
    path.write_text("---\n".join(texts))
    return path


def unreadable(run):
    assert run.code == 2
    return [(one["line"], one["column"], one["message"]) for one in run.document["unreadable"]]
