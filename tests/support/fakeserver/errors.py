"""The refusals of the API server, as values with the words clients match on."""

from collections.abc import Sequence


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a defect
    """A request the server answers with a Status instead of an object."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        causes: Sequence[dict[str, str]] = (),
        details: dict | None = None,
    ):
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = (details or {}) | ({"causes": list(causes)} if causes else {})

    @property
    def status(self) -> dict:
        """Render the Status object that is the body of the answer."""
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }
        return {key: value for key, value in status.items() if value != ""}


def not_found(what: str, name: str) -> Refusal:
    details = {"name": name, "kind": what}
    return Refusal(404, "NotFound", f'{what} "{name}" not found', details=details)


def already_exists(what: str, name: str) -> Refusal:
    details = {"name": name, "kind": what}
    return Refusal(409, "AlreadyExists", f'{what} "{name}" already exists', details=details)


def conflict(what: str, name: str, why: str) -> Refusal:
    message = f'Operation cannot be fulfilled on {what} "{name}": {why}'
    return Refusal(409, "Conflict", message, details={"name": name, "kind": what})


def stale(what: str, name: str) -> Refusal:
    advice = "please apply your changes to the latest version and try again"
    return conflict(what, name, f"the object has been modified; {advice}")


def invalid(
    kind: str, name: str, field: str, why: str, reason: str = "FieldValueInvalid"
) -> Refusal:
    cause = {"reason": reason, "message": why, "field": field}
    message = f'{kind} "{name}" is invalid: {field}: {why}'
    details = {"name": name, "kind": kind}
    return Refusal(422, "Invalid", message, causes=[cause], details=details)


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def forbidden(what: str, name: str, why: str, reason: str) -> Refusal:
    cause = {"reason": reason, "message": why}
    message = f'{what} "{name}" is forbidden: {why}'
    details = {"name": name, "kind": what}
    return Refusal(403, "Forbidden", message, causes=[cause], details=details)


def expired(why: str) -> Refusal:
    return Refusal(410, "Expired", why)
