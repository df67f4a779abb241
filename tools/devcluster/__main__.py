"""The command line: python -m tools.devcluster up|down|status|kubeconfig|build."""

import argparse
import sys

from tools.devcluster import build, cluster, monitoring, upstream
from tools.devcluster.errors import DevClusterError

_DESCRIPTION = """\
A real Kubernetes control plane (etcd, API server, controller manager, scheduler) on this machine,
without a container engine and on the loopback address only. The node, its pods and volumes and
the synchronisation of ExternalSecrets are simulated."""

_EPILOG = """\
The first `up` compiles Kubernetes from its Go modules: about 8-12 minutes on 2 cores, and 4 GB of
disk. Later ones start in seconds.

environment:
  TRADINGSTACK_DEVCLUSTER_HOME  where clusters live (~/.local/state/tradingstack-devcluster)
  XDG_CACHE_HOME                where built programs are kept (~/.cache)
  GOPROXY                       where Go modules are fetched from

exit status: 0 all is well, 1 it failed or does not run, 2 wrong arguments"""


def main() -> int:
    arguments = _parser().parse_args()
    commands = {
        "up": _up,
        "down": _down,
        "status": _status,
        "kubeconfig": _kubeconfig,
        "build": _build,
    }
    try:
        return commands[arguments.command](arguments)
    except DevClusterError as error:
        print(f"devcluster: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("devcluster: interrupted; what this command had started is stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.devcluster",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", default="dev", help="which cluster (default: dev)")

    up = commands.add_parser("up", parents=[named], help="start a cluster, or what it lacks")
    up.add_argument("--no-node", action="store_true", help="no simulated node: nothing runs pods")
    up.add_argument(
        "--no-controllers", action="store_true", help="no controller manager and no scheduler"
    )
    up.add_argument(
        "--simulate-workloads",
        action="store_true",
        help="StatefulSets and Deployments report ready by themselves, without pods",
    )
    down = commands.add_parser("down", parents=[named], help="stop a cluster, remove its data")
    down.add_argument("--all", action="store_true", help="every cluster of this machine")
    commands.add_parser("status", parents=[named], help="show its processes; 1 if one is dead")
    commands.add_parser("kubeconfig", parents=[named], help="print the admin kubeconfig's path")
    commands.add_parser("build", help="build every program ahead of the first `up`")
    return parser


def _up(arguments: argparse.Namespace) -> int:
    running = cluster.up(
        arguments.name,
        node=not arguments.no_node,
        controllers=not arguments.no_controllers,
        simulate_workloads=arguments.simulate_workloads,
    )
    print(f"\ncluster {running.name!r} answers at {running.server}; to use it:\n")
    print(f"  export KUBECONFIG={running.kubeconfig}")
    print(f'  export PATH="{running.directory / "bin"}:$PATH"')
    return 0


def _down(arguments: argparse.Namespace) -> int:
    for name in cluster.names() if arguments.all else [arguments.name]:
        if not cluster.down(name):
            print(f"there is no cluster {name!r}")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    rows = cluster.status(arguments.name)
    if not rows:
        print(f"there is no cluster {arguments.name!r}")
        return 1
    print(f"{'PROCESS':<25}{'PID':>8}  {'ALIVE':<6}{'RSS':>8}  PORT")
    for row in rows:
        alive = "yes" if row.alive else "no"
        memory = f"{row.resident_bytes / 2**20:.0f} MiB" if row.alive else "-"
        print(f"{row.process:<25}{row.pid or '-':>8}  {alive:<6}{memory:>8}  {row.port or '-'}")
    return 0 if all(row.alive for row in rows) else 1


def _kubeconfig(arguments: argparse.Namespace) -> int:
    found = cluster.find(arguments.name)
    if found is None:
        print(f"devcluster: cluster {arguments.name!r} does not run", file=sys.stderr)
        return 1
    print(found.kubeconfig)
    return 0


def _build(_: argparse.Namespace) -> int:
    for program in (build.kube, build.kwok, build.helm):
        print(program(print))
    print(upstream.external_secrets_crds(print))
    print(upstream.cloudnative_pg_crds(print))
    print(upstream.kwok_stages(print))
    print(monitoring.promtool(print))
    print(monitoring.alertmanager(print))
    print(monitoring.prometheus_operator_crds(print))
    return 0


if __name__ == "__main__":
    sys.exit(main())
