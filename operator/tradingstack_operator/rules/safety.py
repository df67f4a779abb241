"""What keeps real money from moving by accident."""

from collections.abc import Iterator

from tradingstack_operator.api.platform_policy import PlatformPolicySpec
from tradingstack_operator.api.scalars import Environment
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import if_changed
from tradingstack_operator.rules.rule import Broken, Crd, Validation, rule


@rule(
    "INV-04",
    "simulation never runs in production",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production' || !self.?simulation.?enabled.orValue(false)",
        "remove it, or use a namespace labelled staging",
        "simulation.enabled",
    ),
)
def production_never_simulates(case: Case) -> Iterator[Broken]:
    """Keep a desk from holding positions that exist in a simulation only."""
    if case.production and _simulates(case):
        yield Broken("spec.simulation.enabled")


@rule(
    "INV-05",
    "a simulating stack routes no orders",
    Crd(
        "TradingStack",
        "spec",
        "!self.?simulation.?enabled.orValue(false) || !has(self.orderRouting)",
        "remove it, or turn spec.simulation off",
        "orderRouting",
    ),
)
def simulation_routes_no_orders(case: Case) -> Iterator[Broken]:
    """Give paper orders no way to a real exchange."""
    if _simulates(case) and case.spec.order_routing:
        yield Broken("spec.orderRouting")


@rule(
    "INV-13",
    "a production stack keeps its kill switch",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production' || self.?safety.?killSwitch.?enabled.orValue(true)",
        "remove it or set it to true",
        "safety.killSwitch.enabled",
    ),
)
def production_keeps_its_kill_switch(case: Case) -> Iterator[Broken]:
    """Keep the one thing that stops a runaway strategy in time."""
    safety = case.spec.safety
    switch = safety.kill_switch if safety else None
    if case.production and switch and switch.enabled is False:
        yield Broken("spec.safety.killSwitch.enabled")


@rule(
    "INV-45b",
    "a production stack runs its risk API",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production' || self.riskApi.?replicas.orValue(1) > 0",
        "ask for at least one, and stop trading with a TradingHalt",
        "riskApi.replicas",
    ),
)
def production_runs_its_risk_api(case: Case) -> Iterator[Broken]:
    """Stop trading by a halt that is recorded and released, not by taking the risk checks away."""
    if case.production and case.spec.risk_api.replicas == 0:
        yield Broken("spec.riskApi.replicas")


@rule(
    "INV-14a",
    "a production stack keeps every circuit breaker",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production' || !has(self.safety)"
        " || !has(self.safety.circuitBreakers)"
        " || self.safety.circuitBreakers.all(b, b.?enabled.orValue(true))",
        "remove enabled or set it to true",
        "safety.circuitBreakers",
    ),
)
def production_keeps_its_breakers(case: Case) -> Iterator[Broken]:
    """Lift no limit unless the platform team decides it."""
    breakers = case.spec.safety.circuit_breakers if case.spec.safety else ()
    for number, breaker in enumerate(breakers):
        if case.production and breaker.enabled is False:
            yield Broken(f"spec.safety.circuitBreakers[{number}].enabled")


@rule(
    "INV-14b",
    "a circuit breaker is one of PlatformPolicy's and stays below its limit",
    Validation(
        "stacks-allowed",
        if_changed(
            "!has(object.spec.safety) || !has(object.spec.safety.circuitBreakers)"
            " || object.spec.safety.circuitBreakers.all(b, params.spec.breakerLimits.exists(l,"
            " l.name == b.name && double(b.threshold) <= double(l.max)))"
        ),
        "spec.safety.circuitBreakers",
        "choose one of PlatformPolicy's breakerLimits and stay within its max",
    ),
)
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


@rule(
    "INV-15",
    "a production stack has no insecure flag",
    Crd(
        "TradingStack",
        "spec",
        "self.environment != 'production' || size(self.?insecureFlags.orValue([])) == 0",
        "remove every flag",
        "insecureFlags",
    ),
)
def production_has_no_insecure_flag(case: Case) -> Iterator[Broken]:
    """Keep every protection that production relies on."""
    if case.production and case.spec.insecure_flags:
        yield Broken("spec.insecureFlags")


def _partners_exist(partners: str, wanted: str) -> str:
    return (
        f"{partners}.all(p, params.spec.egress.partners.exists(q, q.name == p"
        f" && q.class == '{wanted}' && object.spec.environment in q.environments))"
    )


@rule(
    "INV-16",
    "a partner is one of PlatformPolicy's, of the right class and environment",
    Validation(
        "stacks-allowed",
        if_changed(
            "object.spec.?ingestors.orValue([]).all(i, "
            + _partners_exist("i.?partners.orValue([])", "MarketData")
            + ")"
        ),
        "spec.ingestors",
        "choose MarketData partners that PlatformPolicy allows in this environment",
    ),
    Validation(
        "stacks-allowed",
        if_changed(
            _partners_exist("object.spec.?orderRouting.?partners.orValue([])", "OrderEntry")
        ),
        "spec.orderRouting.partners",
        "choose OrderEntry partners that PlatformPolicy allows in this environment",
    ),
)
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
