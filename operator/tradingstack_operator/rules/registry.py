"""Every rule there is; what is not listed here is not enforced."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any, Final

from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.rules import (
    access,
    bus,
    children,
    cnpg,
    components,
    credentials,
    external,
    field_managers,
    images,
    namespaces,
    network,
    objects,
    operations,
    placement,
    platform,
    platform_policy,
    pods,
    policy_ranges,
    safety,
    schedules,
    services,
    stacks,
)
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import Policy
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Rule

STACK_RULES: Final[tuple[Rule[Case], ...]] = (
    placement.environment_is_that_of_the_namespace,
    placement.namespace_belongs_to_this_stack,
    placement.name_leaves_room_for_suffixes,
    safety.production_never_simulates,
    safety.simulation_routes_no_orders,
    credentials.secret_folder_is_the_stacks_own,
    credentials.secret_store_is_allowed_here,
    credentials.env_carries_no_credential,
    credentials.env_overrides_no_typed_field,
    placement.namespace_refuses_privileged_pods,
    images.production_images_are_pinned,
    images.images_come_from_approved_registries,
    images.components_have_images,
    safety.production_keeps_its_kill_switch,
    safety.production_keeps_its_breakers,
    safety.production_runs_its_risk_api,
    safety.breakers_stay_below_the_platforms_limits,
    safety.production_has_no_insecure_flag,
    safety.partners_are_allowed_here,
    services.external_components_are_allowed_here,
    components.production_database_is_backed_up,
    components.builtin_database_stands_alone,
    cnpg.cluster_image_tells_its_version,
    cnpg.cluster_reaches_the_api_server,
    components.external_address_goes_with_external_provider,
    components.kafka_is_run_by_others,
    components.streams_fit_the_bus,
    components.production_alerts_reach_somebody,
    components.production_retains_its_data,
    components.autoscaling_bounds_are_in_order,
    schedules.times_exist,
)
POLICY_RULES: Final[tuple[Rule[PlatformPolicy], ...]] = (
    policy_ranges.addresses_are_canonical,
    policy_ranges.ranges_are_narrow,
    policy_ranges.ranges_have_no_special_addresses,
    platform_policy.ports_carry_trading,
    platform_policy.partners_are_few,
    platform_policy.classes_share_no_address,
    platform_policy.partners_lie_outside_the_cluster,
    platform_policy.approved_ranges_are_those_in_use,
    platform_policy.probe_target_is_forbidden,
    platform_policy.policy_has_the_one_name,
)
REQUEST_RULES: Final[tuple[Rule[Request], ...]] = (
    *stacks.RULES,
    bus.bus_keeps_its_servers,
    *pods.RULES,
    *objects.RULES,
    *children.RULES,
    *field_managers.RULES,
    *network.RULES,
    *external.RULES,
    *access.RULES,
    *namespaces.RULES,
    *operations.RULES,
    *platform.RULES,
)
POLICIES: Final[tuple[Policy, ...]] = (
    *stacks.POLICIES,
    *pods.POLICIES,
    *objects.POLICIES,
    *children.POLICIES,
    *network.POLICIES,
    *external.POLICIES,
    *access.POLICIES,
    *namespaces.POLICIES,
    *operations.POLICIES,
    *platform.POLICIES,
)


@dataclass(frozen=True, slots=True)
class Registry:
    """All rules, by what they judge."""

    stack: tuple[Rule[Case], ...] = STACK_RULES
    policy: tuple[Rule[PlatformPolicy], ...] = POLICY_RULES
    request: tuple[Rule[Request], ...] = REQUEST_RULES

    def __iter__(self) -> Iterator[Rule[Any]]:
        yield from self.stack
        yield from self.policy
        yield from self.request


REGISTRY: Final = Registry()


def validate_stack(case: Case) -> tuple[Violation, ...]:
    """Find every broken rule of a stack, in a stable order."""
    return in_order(violation for rule in STACK_RULES for violation in rule(case))


def validate_policy(policy: PlatformPolicy) -> tuple[Violation, ...]:
    """Find every broken rule of a policy, in a stable order."""
    return in_order(violation for rule in POLICY_RULES for violation in rule(policy))


def in_order(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """Sort violations, so that the same facts always make the same message."""
    return tuple(sorted(violations, key=astuple))
