"""Orders of the halt relay, and policies of the kill switch, with sound defaults."""

from datetime import UTC, datetime

from tradingstack_contract.files import KillSwitch, OnUnknown
from tradingstack_contract.halts import Halt, HaltOrder


def kill_switch(**fields):
    sound = {"enabled": True, "on_unknown": OnUnknown.HALT, "network_cut_after_seconds": 0}
    return KillSwitch(**(sound | fields))


def an_order(*halts, **fields):
    """Write an order about stack alpha; each halt is given by its name."""
    sound = {
        "namespace": "trading-prod",
        "stack": "alpha",
        "relay": "relay-a/1",
        "sequence": 0,
        "sent_at": datetime(2026, 8, 1, 10, tzinfo=UTC),
        "engaged": False,
        "halts": tuple(
            Halt(name=name, uid=f"uid-of-{name}", reason="runaway orders", requested_by="alice")
            for name in halts
        ),
    }
    return HaltOrder(**(sound | fields))
