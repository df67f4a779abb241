"""How a stack is watched, and who is called."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tradingstack_operator.api.base import BY_NAME, ApiModel
from tradingstack_operator.api.scalars import (
    EXACT,
    HttpsURL,
    LabelKey,
    LabelValue,
    Name,
    RemoteKey,
)


class Prometheus(ApiModel):
    """How Prometheus finds the stack."""

    labels: Annotated[Mapping[LabelKey, LabelValue], Field(max_length=8)] = {}
    """Labels for monitors and rules; they must match the selectors of your Prometheus."""


class Grafana(ApiModel):
    """Dashboards for the stack."""

    enabled: bool | None = None
    """Deliver the dashboards. Default: true."""
    dashboard_labels: Annotated[Mapping[LabelKey, LabelValue], Field(max_length=8)] = {}
    """Labels by which Grafana's sidecar finds them. Default: grafana_dashboard: "1"."""
    admin_remote_key: RemoteKey | None = None
    """Key of Grafana's administrator below spec.secrets.pathPrefix. Omitted: not delivered."""


Indicator = Literal[
    "risk-api-availability", "risk-api-latency", "market-data-freshness", "ingest-lag"
]
"""What is measured; each is defined in ``desired.slo``."""


class ServiceLevel(ApiModel):
    """A service level objective, alerted on by burn rate."""

    name: Indicator
    """Which indicator it is about."""
    objective: Annotated[Decimal, Field(ge=50, le=Decimal("99.999")), EXACT]
    """Share of good events to keep, in percent."""
    window_days: Annotated[int, Field(ge=1, le=90)] | None = None
    """Days over which it is measured. Default: 30."""


class Receiver(ApiModel):
    """Somebody to call."""

    name: Name
    """Name of the receiver."""
    severity: Literal["critical", "warning", "info"]
    """Least severe alerts that it gets."""
    webhook_remote_key: RemoteKey
    """Key of its webhook URL below spec.secrets.pathPrefix; the URL itself is a credential."""


class Alerting(ApiModel):
    """Where alerts go."""

    receivers: Annotated[tuple[Receiver, ...], Field(max_length=8), BY_NAME]
    """Who is called; production needs at least one."""
    heartbeat_remote_key: RemoteKey | None = None
    """Key of a dead man's switch, which gets the alert that always fires. Omitted: nobody does."""


class Observability(ApiModel):
    """Metrics, dashboards, objectives and alerts."""

    prometheus: Prometheus | None = None
    """How Prometheus finds the stack."""
    grafana: Grafana | None = None
    """Dashboards for the stack."""
    runbook_base_url: Annotated[HttpsURL | None, Field(alias="runbookBaseURL")] = None
    """Address below which alerts link to their runbooks. Omitted: alerts carry no link."""
    slo: Annotated[tuple[ServiceLevel, ...], Field(max_length=16), BY_NAME] = ()
    """Objectives to measure and alert on. Omitted: one for each indicator."""
    alerting: Alerting | None = None
    """Where alerts go; required in production."""
