"""Which services outside of a stack may take the place of its components."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import if_changed
from tradingstack_operator.rules.rule import Broken, Validation, rule

COMPONENTS: Final = ("database", "cache", "bus", "features")


def _is_listed(component: str) -> str:
    address = f"object.spec.{component}.external"
    return (
        f"!has({address}) || params.spec.egress.?services.orValue([]).exists(s,"
        f" s.host == {address}.host && s.port == {address}.port"
        " && object.spec.environment in s.environments)"
    )


@rule(
    "INV-16b",
    "an External component is a service of PlatformPolicy in this environment",
    *(
        Validation(
            "stacks-allowed",
            if_changed(_is_listed(component)),
            f"spec.{component}.external",
            "choose host and port of one of PlatformPolicy's egress.services",
        )
        for component in COMPONENTS
    ),
)
def external_components_are_allowed_here(case: Case) -> Iterator[Broken]:
    """Keep positions and orders from going where the platform team approved nobody."""
    spec = case.spec
    given = {
        "database": spec.database.external,
        "cache": spec.cache.external,
        "bus": spec.bus.external,
        "features": spec.features.external,
    }
    asked = {f"spec.{name}.external": address for name, address in given.items() if address}
    if case.policy is None:
        yield from (case.undecided(field) for field in list(asked)[:1])
        return
    listed = {
        (service.host, service.port)
        for service in case.policy.egress.services
        if spec.environment in service.environments
    }
    for field, address in asked.items():
        if (address.host, address.port) not in listed:
            yield Broken(field)
