"""Grafana's administrator, from the secret store: no default password ever exists."""

from typing import Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.credentials import Credential, Remote, external_secret
from tradingstack_operator.model.components import GRAFANA_ADMIN
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.objects import Manifest

_KEYS: Final = {
    # what Grafana's chart reads, as admin.existingSecret
    "admin-user": "grafana_user",
    "admin-password": "grafana_password",
    # what the Grafana Operator reads, and files for Grafana's own GF_SECURITY_ADMIN_*__FILE
    "GF_SECURITY_ADMIN_USER": "grafana_user",
    "GF_SECURITY_ADMIN_PASSWORD": "grafana_password",
}


def build_grafana(stack: TradingStack, _: Facts) -> tuple[Manifest, ...]:
    """Fetch the administrator when the spec says where it is kept."""
    observability = stack.spec.observability
    grafana = observability.grafana if observability else None
    if grafana is None or grafana.admin_remote_key is None:
        return ()
    entry = grafana.admin_remote_key
    remote = {
        "grafana_user": Remote(entry, "user"),
        "grafana_password": Remote(entry, "password"),
    }
    return tuple(
        _with_plain_keys(manifest)
        for manifest in external_secret(
            stack, GRAFANA_ADMIN, (Credential(GRAFANA_ADMIN, remote, {}),)
        )
    )


def _with_plain_keys(manifest: Manifest) -> Manifest:
    """Name the Secret's keys as Grafana's installations ask for them."""
    target = manifest["spec"]["target"]
    data = {key: f"{{{{ .{variable} }}}}" for key, variable in _KEYS.items()}
    template = {**target["template"], "data": data}
    return {**manifest, "spec": {**manifest["spec"], "target": {**target, "template": template}}}
