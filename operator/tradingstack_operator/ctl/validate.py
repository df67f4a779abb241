"""tradingstackctl validate: what the API server would say, without one."""

import argparse
import sys
from typing import Any, Final

from tradingstack_operator.ctl.files import read_texts
from tradingstack_operator.ctl.findings import Findings, Unreadable
from tradingstack_operator.ctl.inputs import read_inputs
from tradingstack_operator.ctl.report import REPORTS
from tradingstack_operator.ctl.verdicts import Sender, judge_inputs
from tradingstack_operator.rules.request import GUARD

EXIT_VIOLATIONS: Final = 1
EXIT_UNREADABLE: Final = 2

_DESCRIPTION: Final = """\
Judge manifests by the rules that the API server enforces, without an API server.

Every object is judged as if somebody created it. What is allowed depends on the labels of its
namespace and on PlatformPolicy: give the Namespace objects and PlatformPolicy "default" among
the files, or as context. A rule that needs one that is missing is not checked, and said to be so.
"""
_EPILOG: Final = """\
Whoever applies the objects is taken for a person or a pipeline: not the operator, not one of
PlatformPolicy's secretWriters, not a controller of Kubernetes. So a Secret in a stack's namespace
is refused. What depends on the user's own name (requestedBy) or on the right of the platform team
(PlatformPolicy) is not checked, unless --as names the user and --platform-team grants the right.

exit codes:
  0  nothing is refused
  1  something is refused; with --strict also: a rule is not checked
  2  something cannot be read, or there is nothing to judge; the rest is judged nevertheless
"""


def add_to(commands: Any) -> None:
    """Add the subcommand to a command line."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "validate",
        help="judge manifests without an API server",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-f",
        "--filename",
        action="append",
        required=True,
        metavar="PATH",
        help="a file, a folder with every *.yaml, *.yml and *.json below, or - for standard input",
    )
    parser.add_argument(
        "-c",
        "--context",
        action="append",
        default=[],
        metavar="PATH",
        help="the same, for Namespaces and PlatformPolicy that are there already: not judged",
    )
    parser.add_argument(
        "-n",
        "--namespace",
        default="default",
        help="the namespace of objects that name none (default: %(default)s)",
    )
    parser.add_argument("--as", dest="user", default="", metavar="USER", help="who applies them")
    parser.add_argument(
        "--platform-team", action="store_true", help="the user may change PlatformPolicy"
    )
    parser.add_argument(
        "--strict", action="store_true", help="fail when a rule is not checked, too"
    )
    parser.add_argument("-o", "--output", choices=sorted(REPORTS), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge what the arguments name, and print what was found."""
    inputs = read_inputs(
        read_texts(arguments.filename, sys.stdin.buffer),
        read_texts(arguments.context, sys.stdin.buffer),
        arguments.namespace,
    )
    if not (inputs.items or inputs.not_judged or inputs.unreadable):
        inputs.unreadable.append(Unreadable(arguments.filename[0], "it holds no object"))
    findings = judge_inputs(inputs, _sender(arguments))
    sys.stdout.write(REPORTS[arguments.output](findings))
    return _exit_code(findings, strict=arguments.strict)


def _sender(arguments: argparse.Namespace) -> Sender:
    if arguments.platform_team:
        return Sender(arguments.user, frozenset({GUARD}))
    return Sender(arguments.user, frozenset() if arguments.user else None)


def _exit_code(findings: Findings, *, strict: bool) -> int:
    if findings.unreadable:
        return EXIT_UNREADABLE
    if findings.refusals or (strict and findings.unchecked):
        return EXIT_VIOLATIONS
    return 0
