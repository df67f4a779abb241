"""What a look at some files finds."""

from dataclasses import dataclass
from typing import Any, Final

from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.kinds import Kind
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules.rule import Severity

SENDER: Final = "sender"
"""What an unchecked rule needs when its verdict depends on who applies the object."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something of the inputs that cannot be judged."""

    file: str
    problem: str
    line: int = 0
    """0 when the whole file is meant."""
    column: int = 0
    """0 when the whole object is meant."""


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a kind that some rule looks at."""

    file: str
    line: int
    kind: Kind
    name: str
    namespace: str
    """Empty for an object of the cluster."""
    manifest: Manifest

    @property
    def spec(self) -> dict[str, Any]:
        spec = self.manifest.get("spec")
        return spec if isinstance(spec, dict) else {}

    @property
    def order(self) -> tuple[str, int, str, str, str]:
        return self.file, self.line, self.kind.kind, self.namespace, self.name


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason for which the API server would refuse an object."""

    item: Item
    violation: Violation
    severity: Severity


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Rules whose verdict on an object depends on something that was not given."""

    item: Item
    rules: tuple[str, ...]
    needs: str
    """``Namespace/<name>``, ``PlatformPolicy/default`` or ``sender``."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was found, each part in a stable order."""

    judged: int
    not_judged: int
    """How many objects are of a kind that no rule looks at."""
    refusals: tuple[Refusal, ...]
    unchecked: tuple[Unchecked, ...]
    unreadable: tuple[Unreadable, ...]
