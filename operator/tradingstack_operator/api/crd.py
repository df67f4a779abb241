"""The CustomResourceDefinitions of the four kinds."""

from dataclasses import dataclass
from typing import Any, Final

from tradingstack_operator.api.base import ApiModel
from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.api.names import GROUP, VERSION
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.schema import build_schema
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.api.trading_halt import TradingHalt
from tradingstack_operator.api.trading_stack import TradingStack


@dataclass(frozen=True, slots=True)
class Column:
    """One column of ``kubectl get``."""

    name: str
    path: str
    type: str = "string"
    wide: bool = False

    def to_json(self) -> dict[str, Any]:
        column: dict[str, Any] = {"name": self.name, "type": self.type, "jsonPath": self.path}
        return column | {"priority": 1} if self.wide else column


@dataclass(frozen=True, slots=True)
class CustomResource:
    """A kind of ours, as the API server serves it."""

    model: type[ApiModel]
    plural: str
    short_name: str
    columns: tuple[Column, ...] = ()
    namespaced: bool = True
    scalable: bool = False

    @property
    def kind(self) -> str:
        return self.model.__name__


def _condition(name: str, type_: ConditionType, *, wide: bool = False) -> Column:
    return Column(name, f'.status.conditions[?(@.type=="{type_}")].status', wide=wide)


_AGE: Final = Column("Age", ".metadata.creationTimestamp", "date")
_SCALE: Final = {
    "specReplicasPath": ".spec.riskApi.replicas",
    "statusReplicasPath": ".status.riskApi.replicas",
    "labelSelectorPath": ".status.riskApi.selector",
}

CUSTOM_RESOURCES: Final = (
    CustomResource(
        TradingStack,
        "tradingstacks",
        "ts",
        (
            Column("Env", ".spec.environment"),
            _condition("Ready", ConditionType.READY),
            _condition("Trading", ConditionType.TRADING_ENABLED),
            _condition("DB", ConditionType.DATABASE_READY),
            Column("Backup-Age", ".status.lastBackupTime", "date"),
            Column("Drill-Age", ".status.lastDrillTime", "date"),
            Column("Paused", ".spec.paused", "boolean", wide=True),
            _condition("Secrets", ConditionType.CREDENTIALS_SYNCED, wide=True),
            _condition("Network", ConditionType.NETWORK_LOCKED_DOWN, wide=True),
            _AGE,
        ),
        scalable=True,
    ),
    CustomResource(
        TradingHalt,
        "tradinghalts",
        "th",
        (
            Column("Stack", ".spec.stack"),
            Column("Requested-By", ".spec.requestedBy"),
            Column("Acknowledged", '.status.conditions[?(@.type=="Acknowledged")].status'),
            Column("Reason", ".spec.reason", wide=True),
            _AGE,
        ),
    ),
    CustomResource(
        StackOperation,
        "stackoperations",
        "sop",
        (
            Column("Stack", ".spec.stack"),
            Column("Type", ".spec.type"),
            Column("Phase", ".status.phase"),
            Column("Message", ".status.message", wide=True),
            _AGE,
        ),
    ),
    CustomResource(PlatformPolicy, "platformpolicies", "pp", (_AGE,), namespaced=False),
)


def build_crd(resource: CustomResource) -> dict[str, Any]:
    singular = resource.kind.lower()
    subresources: dict[str, Any] = {"status": {}}
    if resource.scalable:
        subresources["scale"] = dict(_SCALE)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced" if resource.namespaced else "Cluster",
            "names": {
                "kind": resource.kind,
                "listKind": f"{resource.kind}List",
                "plural": resource.plural,
                "singular": singular,
                "shortNames": [resource.short_name],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": subresources,
                    "additionalPrinterColumns": [column.to_json() for column in resource.columns],
                    "schema": {"openAPIV3Schema": build_schema(resource.model)},
                }
            ],
        },
    }
