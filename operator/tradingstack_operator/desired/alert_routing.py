"""Who is called: the stack's part of Alertmanager's configuration, and the addresses it needs."""

from typing import Any, Final

from tradingstack_operator.api.observability import Alerting
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.alerts import HEARTBEAT
from tradingstack_operator.desired.credentials import Credential, Remote, external_secret
from tradingstack_operator.desired.monitoring import observability_head
from tradingstack_operator.desired.parts import object_name
from tradingstack_operator.model.components import OBSERVABILITY
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import ALERTMANAGER_CONFIG
from tradingstack_operator.model.objects import Manifest

NOBODY: Final = "nobody"
"""Takes what no route of the stack takes, so that it does not reach other people's receivers."""
DEAD_MANS_SWITCH: Final = "dead-mans-switch"
URL: Final = "url"
"""The property of an entry of the store, and the file, that hold a webhook's address."""
_HEARD: Final = {
    "critical": ("critical",),
    "warning": ("critical", "warning"),
    "info": ("critical", "warning", "info"),
}
"""The severities that reach a receiver, by the least severe that it wants."""


def build_alert_routing(stack: TradingStack, _: Facts) -> tuple[Manifest, ...]:
    observability = stack.spec.observability
    alerting = observability.alerting if observability else None
    if alerting is None:
        return ()
    addresses = [_credential(name, key) for name, key in _receivers(alerting).items()]
    return (
        *external_secret(stack, OBSERVABILITY, addresses),
        {
            **observability_head(ALERTMANAGER_CONFIG, stack, stack.metadata.name),
            "spec": {
                "route": {
                    "receiver": NOBODY,
                    "groupBy": ["alertname", "stack"],
                    "groupWait": "10s",
                    "groupInterval": "1m",
                    "repeatInterval": "4h",
                    "routes": [*_heartbeat(alerting), *_by_severity(alerting)],
                },
                "receivers": [
                    {"name": NOBODY},
                    *(_receiver(stack, name) for name in _receivers(alerting)),
                ],
            },
        },
    )


def _receivers(alerting: Alerting) -> dict[str, str]:
    """Name every receiver and its entry in the store."""
    called = {_own(item.name): item.webhook_remote_key for item in alerting.receivers}
    switch = alerting.heartbeat_remote_key
    return {**called, **({DEAD_MANS_SWITCH: switch} if switch else {})}


def _own(receiver: str) -> str:
    """Keep a receiver of the spec apart from those of the operator."""
    return f"call-{receiver}"


def _credential(receiver: str, entry: str) -> Credential:
    variable = f"alert_{receiver}".replace("-", "_")
    return Credential(
        f"alert-{receiver}", {variable: Remote(entry, URL)}, {URL: f"{{{{ .{variable} }}}}"}
    )


def _receiver(stack: TradingStack, name: str) -> dict[str, Any]:
    credential = f"alert-{name}"
    delivered = stack.spec.secrets.existing.get(credential)
    return {
        "name": name,
        "webhookConfigs": [
            {
                "urlSecret": {
                    "name": delivered or object_name(stack, OBSERVABILITY),
                    "key": URL if delivered else f"{credential}.{URL}",
                },
                # a dead man's switch counts what arrives; that the heartbeat ended is no news
                "sendResolved": name != DEAD_MANS_SWITCH,
            }
        ],
    }


def _heartbeat(alerting: Alerting) -> list[dict[str, Any]]:
    """Send the heartbeat to its own receiver every minute or so, and to nobody else."""
    return [
        {
            "receiver": DEAD_MANS_SWITCH if alerting.heartbeat_remote_key else NOBODY,
            "matchers": [_matcher("alertname", "=", HEARTBEAT)],
            "groupWait": "0s",
            "groupInterval": "30s",
            "repeatInterval": "1m",
        }
    ]


def _by_severity(alerting: Alerting) -> list[dict[str, Any]]:
    return [
        {
            "receiver": _own(item.name),
            "matchers": [_matcher("severity", "=~", "|".join(_HEARD[item.severity]))],
            "continue": True,
        }
        for item in alerting.receivers
    ]


def _matcher(name: str, match_type: str, value: str) -> dict[str, str]:
    return {"name": name, "matchType": match_type, "value": value}
