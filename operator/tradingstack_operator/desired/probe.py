"""The network probe: a pod that may talk to nobody, and tries it all the same."""

from typing import Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts, tools
from tradingstack_operator.desired.jobs import cron_job
from tradingstack_operator.model.components import PROBE
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.objects import Manifest

SCHEDULE: Final = "*/10 * * * *"
RUN_SECONDS: Final = 120
REACHED: Final = 3
"""The command's exit code when the forbidden address answered."""
CONTROL_NAME: Final = "kubernetes.default.svc"
"""What every cluster's DNS resolves."""


def build_probe(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render the probe of the address that PlatformPolicy names for it; nothing without one.

    No policy but the namespace's default deny and its way to DNS selects the pod, so that what it
    cannot reach is what no pod reaches without leave.
    """
    target = facts.policy.spec.egress.probe_target if facts.policy else None
    if target is None:
        return ()
    host = f"[{target.host}]" if ":" in target.host else target.host
    command = tools.Command(
        PROBE,
        (PROBE, "--target", f"{host}:{target.port}", "--control", CONTROL_NAME),
    )
    manifest = cron_job(
        stack,
        PROBE,
        tools.pod_template(stack, facts, command),
        schedule=SCHEDULE,
        starting_deadline=RUN_SECONDS,
        active_deadline=RUN_SECONDS,
    )
    manifest["spec"]["jobTemplate"]["spec"]["podFailurePolicy"] = tools.failure_policy(
        PROBE, REACHED
    )
    return (parts.service_account(stack, PROBE), manifest)
