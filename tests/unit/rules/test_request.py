import pytest

from tradingstack_operator.rules.request import Request


def test_a_rule_that_asks_a_missing_policy_is_a_defect_and_says_so():
    """Such rules are skipped without one; nothing must be allowed by accident."""
    request = Request(operation="CREATE", group="", resource="pods", kind="Pod", name="any")
    with pytest.raises(LookupError, match="needs PlatformPolicy"):
        _ = request.allowed
