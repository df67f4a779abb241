"""The optional admission webhook: the rules in a process of its own, asked by the API server."""

from tradingstack_operator.webhook.requirements import RequirementsError

__all__ = ["RequirementsError"]
