"""What a pass over a stack did, one value an object."""

from dataclasses import dataclass
from enum import StrEnum

from tradingstack_operator.model.objects import ObjectRef, Version


class Action(StrEnum):
    """Why an object was written."""

    CREATE = "create"
    UPDATE = "update"
    REPAIR = "repair"
    """Someone else had changed what the operator had applied."""
    DELETE = "delete"


class Refusal(StrEnum):
    """Why the API server did not take a write that will not succeed by trying again soon."""

    FORBIDDEN = "Forbidden"
    KIND_MISSING = "KindMissing"
    INVALID = "Invalid"
    CONFLICT = "Conflict"
    FOREIGN = "Foreign"
    """Somebody else's object has the name; it is left as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write: done when ``refusal`` is None."""

    ref: ObjectRef
    action: Action
    refusal: Refusal | None = None
    message: str = ""
    """What the API server said, when it refused."""
    exact: Version | None = None
    """The version this write made, when nobody else has ever written the object."""
