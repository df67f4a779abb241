"""Builders of StackOperations as the API server stores them."""

from datetime import UTC, datetime
from zlib import crc32

from tests.support.stacks import NAME, NAMESPACE
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.model.halts import Halt

A_HALT = Halt("stop", "the-uid", "alice", "runaway orders", "2026-08-01T09:00:00Z")
ASKED = datetime(2026, 8, 1, 9, 59, tzinfo=UTC)


def an_operation(kind="Backup", phase=None, *, name="", asked=ASKED, **fields):
    """Make an operation.

    ``started``, ``completed``, ``message`` and ``job`` are its status's, ``restore``, ``drill``
    and ``stack`` its spec's.
    """
    name = name or kind.lower()
    status = {
        "phase": phase,
        "startedAt": fields.get("started"),
        "completedAt": fields.get("completed"),
        "message": fields.get("message", ""),
        "job": fields.get("job", ""),
    }
    spec = {"stack": fields.get("stack", NAME), "type": kind}
    spec |= {key: fields[key] for key in ("restore", "drill") if key in fields}
    return StackOperation.model_validate(
        {
            "apiVersion": "tradingstack.io/v1alpha1",
            "kind": "StackOperation",
            "metadata": {
                "name": name,
                "namespace": NAMESPACE,
                "uid": f"{crc32(name.encode()):08x}-0000-4000-8000-000000000000",
                "resourceVersion": "7",
                "generation": 1,
                "creationTimestamp": asked,
            },
            "spec": spec,
        }
        | ({"status": status} if phase else {})
    )
