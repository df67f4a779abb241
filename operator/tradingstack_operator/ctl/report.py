"""What was found, for people and for programs; neither holds the value of a field."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from tradingstack_operator.ctl.findings import SENDER, Findings, Item, Unchecked, Unreadable

SCHEMA_VERSION: Final = 1


def as_text(findings: Findings) -> str:
    """One line for each refusal, one for each gap, and one that counts them."""
    lines = [
        *(_unreadable_line(one) for one in findings.unreadable),
        *(
            f"{_where(one.item)}: {one.violation.rule}"
            f"{_after_space(one.violation.field)}: {one.violation.message}"
            for one in findings.refusals
        ),
        *_gaps(findings),
        _summary(findings),
    ]
    return "".join(f"{_printable(line)}\n" for line in lines)


def as_json(findings: Findings) -> str:
    """Write the structure that docs/how-to/validate-in-ci.md describes."""
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "objects": {"judged": findings.judged, "notJudged": findings.not_judged},
        "violations": [
            _address(one.item)
            | {
                "rule": one.violation.rule,
                "severity": one.severity,
                "field": one.violation.field,
                "message": one.violation.message,
            }
            for one in findings.refusals
        ],
        "notChecked": [
            _address(one.item) | {"rules": list(one.rules), "needs": one.needs}
            for one in findings.unchecked
        ],
        "unreadable": [
            {"file": one.file, "line": one.line, "column": one.column, "message": one.problem}
            for one in findings.unreadable
        ],
    }
    return json.dumps(document, indent=2) + "\n"


REPORTS: Final[dict[str, Callable[[Findings], str]]] = {"text": as_text, "json": as_json}


def _unreadable_line(one: Unreadable) -> str:
    place = [one.file, *(str(number) for number in (one.line, one.column) if number)]
    return f"{':'.join(place)}: unreadable: {one.problem}"


def _where(item: Item) -> str:
    return f"{item.file}:{item.line} {item.kind.kind}/{item.name}"


def _address(item: Item) -> dict[str, Any]:
    return {
        "file": item.file,
        "line": item.line,
        "kind": item.kind.kind,
        "namespace": item.namespace,
        "name": item.name,
    }


def _gaps(findings: Findings) -> Iterator[str]:
    """Name once what is missing, with all rules and objects that wait for it."""
    gaps: dict[str, list[Unchecked]] = {}
    for one in findings.unchecked:
        gaps.setdefault(one.needs, []).append(one)
    for needs, waiting in sorted(gaps.items()):
        rules = ", ".join(sorted({rule for one in waiting for rule in one.rules}))
        first = _where(waiting[0].item)
        more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        yield f"not checked: {rules}: needs {_in_words(needs)} (for {first}{more})"


def _in_words(needs: str) -> str:
    if needs == SENDER:
        return "to know who applies it, which --as says"
    kind, _, name = needs.partition("/")
    return f"the {kind} {name} among the inputs"


def _summary(findings: Findings) -> str:
    rules = {rule for one in findings.unchecked for rule in one.rules}
    parts = [
        _count(findings.judged, "object judged", "objects judged"),
        _count(len(findings.refusals), "violation", "violations"),
        _count(len(rules), "rule not checked", "rules not checked"),
    ]
    if findings.not_judged:
        parts.append(f"{findings.not_judged} of other kinds")
    if findings.unreadable:
        parts.append(_count(len(findings.unreadable), "input unreadable", "inputs unreadable"))
    return ", ".join(parts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _after_space(text: str) -> str:
    return f" {text}" if text else ""


def _printable(line: str) -> str:
    """Keep a line one line, and a terminal as it is, whatever somebody called an object."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in line
    )
