"""NATS as the bus runs it: its configuration, its users and how it is asked about its health.

Everything here is tested on real servers, in tests/nats; it is valid from NATS 2.10 to 2.15.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import orjson

from tradingstack_contract import bus, endpoints, paths
from tradingstack_operator.desired.credentials import Credential, Remote
from tradingstack_operator.model.components import BUS, INGESTOR, RISK_API, STREAMS, WATCHDOG

CONFIG_DIR: Final = "/etc/nats"
CONFIG_FILE: Final = "nats.conf"
USERS_FILE: Final = "users.conf"
DATA_DIR: Final = "/data"
PID_FILE: Final = "/tmp/nats.pid"  # noqa: S108 - inside a container
MONITOR_PORT: Final = 8222
"""Where the kubelet asks; no network policy lets a pod in."""
MEMORY_STORE_BYTES: Final = 16 * 1024**2
"""Streams are kept in files; this is for what the server itself keeps in memory."""
LAME_DUCK_GRACE_SECONDS: Final = 10
LAME_DUCK_SECONDS: Final = 30
"""The shortest NATS takes: its clients are sent to the other servers one by one meanwhile."""

ALIVE: Final = "/healthz?js-enabled-only=true"
"""Fails when JetStream has shut itself down, which a restart may mend; asks no other server."""
READY: Final = "/healthz"
"""Fails also while a leader is missing or a replica of a stream lags behind."""

TLS: Final = Credential(
    f"{BUS}-tls",
    {
        "tls_crt": Remote(f"{BUS}-tls", "tls.crt"),
        "tls_key": Remote(f"{BUS}-tls", "tls.key"),
        "tls_ca": Remote(f"{BUS}-tls", "ca.crt"),
    },
    {
        "tls.crt": "{{ .tls_crt }}",
        "tls.key": "{{ .tls_key }}",
        "ca.crt": "{{ .tls_ca }}",
    },
)
"""The servers' certificate: valid for servers and clients, for the Service's name and, with more
than one server, for ``*.<stack>-bus-nodes``."""

READERS: Final = (INGESTOR, RISK_API)
"""The users that read streams; each has a durable consumer of its own name on every stream."""

_API: Final = "$JS.API"
_LOOK: Final = (f"{_API}.INFO", f"{_API}.STREAM.NAMES", f"{_API}.STREAM.INFO.*")
_DECLARE: Final = tuple(
    f"{_API}.{request}"
    for request in (
        "STREAM.LIST",
        "STREAM.CREATE.*",
        "STREAM.UPDATE.*",
        "CONSUMER.CREATE.>",
        "CONSUMER.INFO.*.*",
    )
)
"""Everything but deleting and purging."""


def users(*, simulation: bool) -> Credential:
    """Describe the file of the users, their passwords and what each may publish and hear.

    A subject that is not listed is closed. Live and simulated orders have different subjects, and
    no user of either kind of stack has the other's.
    """
    orders, fills = bus.orders(simulation=simulation), bus.fills(simulation=simulation)
    shared = [bus.MARKET_DATA, bus.RISK_EVENTS, orders, fills]
    entries = (
        _user(INGESTOR, publish=[bus.MARKET_DATA, bus.DEAD_LETTERS], hear=shared),
        _user(RISK_API, publish=[orders, fills, bus.RISK_EVENTS, bus.DEAD_LETTERS], hear=shared),
        _user(STREAMS, publish=_DECLARE, hear=()),
        _user(WATCHDOG, publish=(), hear=shared),
    )
    components = (INGESTOR, RISK_API, STREAMS, WATCHDOG)
    text = "authorization {\n  timeout: 5\n  users: [\n" + "".join(entries) + "  ]\n}\n"
    return Credential(
        BUS,
        {_variable(component): Remote(f"{BUS}-{component}") for component in components},
        {USERS_FILE: text},
    )


def _user(component: str, *, publish: Iterable[str], hear: Iterable[str]) -> str:
    """Write a user whose password the template engine quotes, as Go does and NATS reads it."""
    reads = component in READERS
    own = (f"{_API}.CONSUMER.INFO.*.{component}", f"{_API}.CONSUMER.MSG.NEXT.*.{component}")
    acks = (f"$JS.ACK.*.{component}.>",)
    allowed = [*publish, *_LOOK, *(own if reads else ()), *(acks if reads else ())]
    inbox = f"{bus.inbox_prefix(component)}.>"
    return (
        f"    {{user: {component}, password: {{{{ .{_variable(component)} | quote }}}},\n"
        f"     permissions: {{publish: {{allow: {_list(allowed)}}},\n"
        f"                   subscribe: {{allow: {_list([*hear, inbox])}}}}}}}\n"
    )


def _variable(component: str) -> str:
    return component.replace("-", "_")


def _list(items: Sequence[str]) -> str:
    return orjson.dumps(list(items)).decode()


def render_conf(name: str, servers: Sequence[str], *, max_bytes: int, sync_interval: str) -> str:
    """Write nats.conf; ``max_bytes`` is what JetStream may keep on the volume.

    ``servers`` are the host names of all servers of the bus, which form a cluster when there are
    more than one. Other servers join only with a certificate that names one of these hosts.
    """
    files = {key: paths.credential_file(TLS.name, key) for key in ("tls.crt", "tls.key", "ca.crt")}
    users_file = ".." + "/.." * (CONFIG_DIR.count("/") - 1) + paths.credential_file(BUS, USERS_FILE)
    conf = f"""\
server_name: $POD_NAME
port: {endpoints.BUS_PORT}
http_port: {MONITOR_PORT}
pid_file: "{PID_FILE}"
lame_duck_grace_period: "{LAME_DUCK_GRACE_SECONDS}s"
lame_duck_duration: "{LAME_DUCK_SECONDS}s"
tls {{
  cert_file: "{files["tls.crt"]}"
  key_file: "{files["tls.key"]}"
  timeout: 5
}}
include "{users_file}"
jetstream {{
  store_dir: "{DATA_DIR}"
  max_file_store: {max_bytes}
  max_memory_store: {MEMORY_STORE_BYTES}
  sync_interval: "{sync_interval}"
}}
"""
    if len(servers) == 1:
        return conf
    routes = ", ".join(f'"tls://{server}:{endpoints.BUS_ROUTES_PORT}"' for server in servers)
    return (
        conf
        + f"""\
cluster {{
  name: "{name}"
  port: {endpoints.BUS_ROUTES_PORT}
  no_advertise: true
  routes: [{routes}]
  tls {{
    cert_file: "{files["tls.crt"]}"
    key_file: "{files["tls.key"]}"
    ca_file: "{files["ca.crt"]}"
    verify_cert_and_check_known_urls: true
    timeout: 5
  }}
}}
"""
    )
