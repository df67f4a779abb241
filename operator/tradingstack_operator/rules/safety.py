"""What keeps real money from moving by accident."""

from collections.abc import Iterator

from tradingstack_operator.api.platform_policy import PlatformPolicySpec
from tradingstack_operator.api.scalars import Environment
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.rule import Broken, rule


@rule("INV-04", "a production stack does not simulate")
def production_never_simulates(case: Case) -> Iterator[Broken]:
    """Keep a desk from holding positions that exist in a simulation only."""
    if case.production and _simulates(case):
        yield Broken("spec.simulation.enabled", "remove it or set it to false")


@rule("INV-05", "a simulating stack routes no orders")
def simulation_routes_no_orders(case: Case) -> Iterator[Broken]:
    """Give paper orders no way to a real exchange."""
    if _simulates(case) and case.spec.order_routing:
        yield Broken("spec.orderRouting", "remove it, or turn spec.simulation off")


@rule("INV-13", "a production stack keeps its kill switch")
def production_keeps_its_kill_switch(case: Case) -> Iterator[Broken]:
    """Keep the one thing that stops a runaway strategy in time."""
    safety = case.spec.safety
    switch = safety.kill_switch if safety else None
    if case.production and switch and switch.enabled is False:
        yield Broken("spec.safety.killSwitch.enabled", "remove it or set it to true")


@rule("INV-14a", "a production stack keeps every circuit breaker")
def production_keeps_its_breakers(case: Case) -> Iterator[Broken]:
    """Lift no limit unless the platform team decides it."""
    breakers = case.spec.safety.circuit_breakers if case.spec.safety else ()
    for number, breaker in enumerate(breakers):
        if case.production and breaker.enabled is False:
            yield Broken(
                f"spec.safety.circuitBreakers[{number}].enabled", "remove it or set it to true"
            )


@rule("INV-14b", "a circuit breaker is one of PlatformPolicy's and stays below its limit")
def breakers_stay_below_the_platforms_limits(case: Case) -> Iterator[Broken]:
    """Let a desk tighten the platform's limits, never loosen or invent them."""
    breakers = case.spec.safety.circuit_breakers if case.spec.safety else ()
    if breakers and case.policy is None:
        yield case.undecided("spec.safety.circuitBreakers")
        return
    limits = {limit.name: limit.max for limit in case.policy.breaker_limits} if case.policy else {}
    for number, breaker in enumerate(breakers):
        field = f"spec.safety.circuitBreakers[{number}]"
        if breaker.name not in limits:
            yield Broken(f"{field}.name", "choose one of PlatformPolicy's breakerLimits")
        elif breaker.threshold > limits[breaker.name]:
            yield Broken(f"{field}.threshold", "lower it to the limit or below")


@rule("INV-15", "a production stack has no insecure flag")
def production_has_no_insecure_flag(case: Case) -> Iterator[Broken]:
    """Keep every protection that production relies on."""
    if case.production and case.spec.insecure_flags:
        yield Broken("spec.insecureFlags", "remove every flag")


@rule("INV-16", "a partner is one of PlatformPolicy's, of the right class and environment")
def partners_are_allowed_here(case: Case) -> Iterator[Broken]:
    """Open the network only as far as the platform team decided."""
    routing = case.spec.order_routing
    asked = [
        (f"spec.ingestors[{place}].partners[{number}]", name, "MarketData")
        for place, ingestor in enumerate(case.spec.ingestors)
        for number, name in enumerate(ingestor.partners)
    ] + [
        (f"spec.orderRouting.partners[{number}]", name, "OrderEntry")
        for number, name in enumerate(routing.partners if routing else ())
    ]
    if case.policy is None:
        yield from (case.undecided(field) for field, _, _ in asked[:1])
        return
    for field, name, wanted in asked:
        if not _allows(case.policy, name, wanted, case.spec.environment):
            yield Broken(field, f"choose a {wanted} partner that PlatformPolicy allows here")


def _simulates(case: Case) -> bool:
    return bool(case.spec.simulation and case.spec.simulation.enabled)


def _allows(policy: PlatformPolicySpec, name: str, wanted: str, environment: Environment) -> bool:
    return any(
        (partner.name, partner.partner_class) == (name, wanted)
        and environment in partner.environments
        for partner in policy.egress.partners
    )
