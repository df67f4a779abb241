"""The laws that a status keeps whatever was found: kstatus's own and those of the API's CRD."""

from functools import cache
from pathlib import Path

import jsonschema
import yaml

from tradingstack_operator.api.conditions import REASONS, TRUE_MEANS_TROUBLE, ConditionType

CRD = Path(__file__).parents[2] / "crds" / "tradingstacks.yaml"
PRESERVED = "x-kubernetes-preserve-unknown-fields"
MAP_KEYS = "x-kubernetes-list-map-keys"


def broken_laws(status, generation):
    """List every law that a TradingStack's status breaks, in words; empty when all are kept."""
    conditions = status.get("conditions", [])
    truths = {item["type"]: item["status"] for item in conditions}
    reasons = {item["type"]: item["reason"] for item in conditions}
    return [
        *_about_kstatus(truths, reasons),
        *_about_generations(status, generation),
        *(law for item in conditions for law in _about_condition(item)),
        *(error.message for error in jsonschema.Draft202012Validator(schema()).iter_errors(status)),
        *_twins(status, schema()),
    ]


def _about_kstatus(truths, reasons):
    moving = {kind for kind in TRUE_MEANS_TROUBLE if kind in truths}
    if "Ready" not in truths:
        yield "Ready is missing"
    # a restart that waits for its window leaves a stack ready that is not all its spec says yet
    waits = moving == {"Reconciling"} and reasons["Reconciling"] == "WaitingForWindow"
    if truths.get("Ready") == "True" and moving and not waits:
        yield f"Ready is True beside {', '.join(sorted(moving))}"
    if truths.get("Ready") != "True" and not moving:
        yield "neither Reconciling nor Stalled says why Ready is not True"
    if len(moving) > 1:
        yield "Reconciling and Stalled are both present"
    for kind in moving:
        if truths[kind] != "True":
            yield f"{kind} is present and not True"


def _about_generations(status, generation):
    if status.get("observedGeneration", 0) > generation:
        yield "observedGeneration is ahead of metadata.generation"
    for item in status.get("conditions", []):
        if item.get("observedGeneration") != status.get("observedGeneration"):
            yield f"{item['type']} has another observedGeneration than the status"


def _about_condition(item):
    kind = item["type"]
    if kind not in set(ConditionType):
        yield f"{kind} is no known condition"
    elif item["reason"] not in REASONS[ConditionType(kind)]:
        yield f"{item['reason']} is no reason of {kind}"
    if not item["message"]:
        yield f"{kind} has no message"


def _twins(value, part):
    """Find items of a map list that share their key, which JSON Schema cannot say."""
    if isinstance(value, list):
        keys = part.get(MAP_KEYS, [])
        identities = [tuple(item[key] for key in keys) for item in value] if keys else []
        if len(set(identities)) < len(identities):
            yield f"items share the same {', '.join(keys)}"
        for item in value:
            yield from _twins(item, part["items"])
    elif isinstance(value, dict):
        for key, inner in part.get("properties", {}).items():
            if key in value:
                yield from _twins(value[key], inner)


@cache
def schema():
    """Read the CRD's schema of the status, closed where the API server would prune."""
    (version,) = yaml.safe_load(CRD.read_text())["spec"]["versions"]
    return _closed(version["schema"]["openAPIV3Schema"]["properties"]["status"])


def _closed(part):
    if not isinstance(part, dict):
        return part
    inner = {key: _closed(value) for key, value in part.items()}
    if isinstance(part.get("properties"), dict) and not part.get(PRESERVED):
        inner["additionalProperties"] = False
    return inner
