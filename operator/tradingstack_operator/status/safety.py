"""Whether the safety controls act, and whether orders may flow.

What the risk API's replicas say reaches the operator in two ways. While a halt exists, the relay
writes into its status who obeys it. Otherwise their readiness tells: by the contract, a replica
that does not know whether trading is halted is not ready.
"""

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.api.safety import KillSwitch
from tradingstack_operator.model.components import RISK_API
from tradingstack_operator.model.halts import Halt
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, sentence, workloads_of


def safety_controls_active(found: Findings) -> Verdict:
    kind = ConditionType.SAFETY_CONTROLS_ACTIVE
    if found.stack is not None and found.stack.spec.insecure_flags:
        listed = ", ".join(sorted(found.stack.spec.insecure_flags))
        return Verdict(kind, "False", "InsecureFlagEnabled", f"Switched off by the spec: {listed}.")
    doubt = _doubt(found)
    if doubt:
        return Verdict(kind, "False", "KillSwitchUnconfirmed", doubt)
    return Verdict(
        kind, "True", "Active", "Every replica of the risk API knows whether trading is halted."
    )


def trading_enabled(found: Findings, ready: Verdict) -> Verdict:
    """Anything not known to allow trading forbids it."""
    kind = ConditionType.TRADING_ENABLED
    halted = _halted(found)
    if halted is not None:
        return halted
    simulation = found.stack.spec.simulation if found.stack else None
    if simulation is not None and simulation.enabled:
        return Verdict(kind, "False", "SimulationOnly", "Orders are simulated.")
    if ready.status != "True":
        return Verdict(kind, "False", "NotReady", ready.message)
    doubt = "" if _kill_switch(found).enabled is False else _doubt(found)
    if doubt:
        return Verdict(kind, "Unknown", "StateUnknown", doubt)
    return Verdict(kind, "True", "Enabled", "Nothing halts the stack, and its replicas know it.")


def _halted(found: Findings) -> Verdict | None:
    """Tell who halts the stack: any TradingHalt, or the spec. A switch that is off obeys none."""
    kind, switch = ConditionType.TRADING_ENABLED, _kill_switch(found)
    listed = [_described(halt) for halt in found.facts.halts]
    if switch.engaged:
        listed.append("Halted by the spec: spec.safety.killSwitch.engaged is true")
    if not listed:
        return None
    text = "; ".join(listed)
    if switch.enabled is False:
        off = "but spec.safety.killSwitch.enabled is false, so no replica obeys"
        return Verdict(kind, "Unknown", "StateUnknown", f"{text}; {off}.")
    return Verdict(kind, "False", "Halted", f"{text}.")


def _kill_switch(found: Findings) -> KillSwitch:
    safety = found.stack.spec.safety if found.stack else None
    return (safety and safety.kill_switch) or KillSwitch()


def _doubt(found: Findings) -> str:
    """Say why not every replica is known to obey the kill switch; empty when all are."""
    if found.stack is None:
        return "Without an accepted spec it is not known what the replicas obey."
    if _kill_switch(found).enabled is False:
        return "The spec switches the kill switch off: spec.safety.killSwitch.enabled is false."
    if found.facts.relay is None:
        return (
            "There is no halt relay, so every replica is halted: install chart "
            "tradingstack-operator with its relay."
        )
    workloads = workloads_of(found, RISK_API)
    trouble = found.trouble(workloads)
    if trouble or not workloads:
        return sentence(trouble) or "No replica of the risk API exists."
    unsure = [halt for halt in found.facts.halts if not _confirmed(halt, found)]
    return f"{'; '.join(_described(halt) for halt in unsure)}." if unsure else ""


def _confirmed(halt: Halt, found: Findings) -> bool:
    """Believe a report only if it counts at least the replicas that are ready now."""
    ready = sum(
        found.children[ref].status.get("readyReplicas", 0) for ref in workloads_of(found, RISK_API)
    )
    return halt.confirmed and len(halt.acknowledged) >= ready


def _described(halt: Halt) -> str:
    report = halt.report or "The halt relay has not reported on it yet"
    return (
        f"Halted by TradingHalt {halt.name} of {halt.requested_by} ({halt.reason}): "
        f"{report.rstrip('.')}"
    )
