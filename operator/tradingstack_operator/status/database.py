"""Whether the database answers, and whether it would outlive its server."""

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.components import DATABASE, SCHEMA
from tradingstack_operator.status import cnpg
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, component_ready, workloads_of


def database_ready(found: Findings) -> Verdict | None:
    """Judge server and schema; of an External database only the schema is there to be judged."""
    cluster = cnpg.cluster_ref(found)
    if cluster is not None:
        return cnpg.database_ready(found, cluster)
    server_is_up = not found.trouble(workloads_of(found, DATABASE))
    schema_is_there = not found.trouble(workloads_of(found, SCHEMA))
    unready = "PrimaryUnavailable" if schema_is_there and not server_is_up else "Bootstrapping"
    kind = ConditionType.DATABASE_READY
    return component_ready(found, kind, (DATABASE, SCHEMA), unready, "Bootstrapping")


def database_highly_available(found: Findings) -> Verdict | None:
    """Say what a lost server means; None while the spec is rejected."""
    if found.stack is None:
        return None
    kind = ConditionType.DATABASE_HIGHLY_AVAILABLE
    cluster = cnpg.cluster_ref(found)
    if cluster is not None:
        return cnpg.highly_available(found, cluster)
    if found.stack.spec.database.provider == "External":
        text = "The database is somebody else's, and so is its availability."
        return Verdict(kind, "Unknown", "ExternallyManaged", text)
    text = (
        "One server has no standby: while it restarts or moves, nothing can be read or written. "
        "Provider CloudNativePG runs several."
    )
    return Verdict(kind, "False", "SingleInstance", text)
