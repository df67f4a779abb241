"""What a test can have go wrong with requests; each fault is taken by the calls it matches."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_WRITES: Final = frozenset({"create", "update", "patch", "apply", "delete"})


@dataclass(slots=True)
class Call:
    """One request, as the audit log would tell it."""

    verb: str
    path: str
    kind: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    manager: str = ""
    user_agent: str = ""
    authorization: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    status: int = 0
    """The answer's status; 0 when none was sent."""

    @property
    def is_write(self) -> bool:
        return self.verb in _WRITES

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


When = Callable[[Call], bool]


def any_call(call: Call) -> bool:
    del call
    return True


def any_write(call: Call) -> bool:
    """Match writes, but for the Lease's: its renewals come whenever they like."""
    return call.is_write and call.kind != "Lease"


@dataclass(slots=True, eq=False)
class Gate:
    """A point at which a call waits for the test."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self) -> None:
        self.opened.set()


@dataclass(slots=True, eq=False)
class Fault:
    """What happens to the calls it matches."""

    when: When
    left: int
    skip: int = 0
    """How many matching calls pass unharmed first."""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "injected by the test"
    drops: bool = False
    applied: bool = True
    """Whether a dropped call does its work before the connection breaks."""
    gate: Gate | None = None


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def fail_next(
        self,
        n: int = 1,
        *,
        status: int,
        when: When = any_call,
        headers: Mapping[str, str] | None = None,
        skip: int = 0,
    ) -> Fault:
        """Refuse the next n matching calls with a status."""
        return self._add(Fault(when, n, skip, status=status, headers=headers or {}))

    def drop_next(
        self, n: int = 1, *, when: When = any_write, applied: bool = True, skip: int = 0
    ) -> Fault:
        """Break the connection instead of answering, after or before the work is done."""
        return self._add(Fault(when, n, skip, drops=True, applied=applied))

    def pause_next(self, n: int = 1, *, when: When = any_write, skip: int = 0) -> Gate:
        """Hold the next n matching calls until the gate is opened."""
        gate = Gate()
        self._add(Fault(when, n, skip, gate=gate))
        return gate

    def clear(self) -> None:
        self._faults.clear()

    def _add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def take(self, call: Call) -> Fault | None:
        """Find the first fault that is due for a call, and count it."""
        for fault in self._faults:
            if not fault.left or not fault.when(call):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.left -= 1
            return fault
        return None
