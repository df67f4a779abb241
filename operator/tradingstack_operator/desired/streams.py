"""The streams of the bus and their consumers: what must exist, and the Job that declares it.

A Job declares them before anything publishes; a CronJob looks again, because a volume may be lost
and its streams with it.
"""

from collections.abc import Sequence
from typing import Final, Literal

from tradingstack_contract import bus
from tradingstack_contract.text import to_yaml
from tradingstack_operator.api import components as spec
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts, tools
from tradingstack_operator.desired.bus import ANNOTATION_CONFIG_HASH, servers_of, store_bytes
from tradingstack_operator.desired.clients import bus_client
from tradingstack_operator.desired.credentials import external_secret
from tradingstack_operator.desired.jobs import cron_job, job
from tradingstack_operator.desired.nats import READERS
from tradingstack_operator.model.components import STREAMS
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP
from tradingstack_operator.model.objects import Manifest, desired_hash
from tradingstack_operator.model.quantity import whole_bytes

SCHEDULE: Final = "*/10 * * * *"
RUN_SECONDS: Final = 300
MOST_REPLICAS: Final = 3
"""Of a default stream: two copies survive any one server, and more cost every publisher time."""
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_SECONDS: Final = {"s": 1, "m": 60, "h": _HOUR}


def build_streams(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    if stack.spec.bus.provider == "External":
        return ()
    client, name = bus_client(STREAMS), parts.object_name(stack, STREAMS)
    text = to_yaml(declared(stack))
    template = tools.pod_template(
        stack,
        facts,
        tools.Command(
            STREAMS,
            ("streams", "--file", f"{tools.MORE_CONFIG_DIR}/{bus.Streams.file_name}"),
            env=client.env,
            credentials=client.credentials,
            config_map=name,
        ),
    )
    # the Job's name follows its pod, and other streams are another Job
    template["metadata"]["annotations"] = {ANNOTATION_CONFIG_HASH: desired_hash({"streams": text})}
    return (
        parts.service_account(stack, STREAMS),
        {
            **parts.head(CONFIG_MAP, stack, name, STREAMS),
            "data": {bus.Streams.file_name: text},
        },
        *external_secret(stack, STREAMS, client.credentials),
        job(stack, STREAMS, template),
        cron_job(
            stack,
            STREAMS,
            template,
            schedule=SCHEDULE,
            starting_deadline=RUN_SECONDS,
            active_deadline=RUN_SECONDS,
        ),
    )


def declared(stack: TradingStack) -> bus.Streams:
    """List the streams of the spec, and the default ones that none of them replaces.

    A default stream gives way to one of its name, and to one that stores a subject of its own:
    JetStream keeps a message in one stream only.
    """
    asked = tuple(_asked(stream) for stream in stack.spec.bus.streams)
    names = {stream.name for stream in asked}
    taken = [subject for stream in asked for subject in stream.subjects]
    return bus.Streams(
        streams=(
            *asked,
            *(
                stream
                for stream in defaults(stack)
                if stream.name not in names and not _any_overlap(stream.subjects, taken)
            ),
        )
    )


def _asked(stream: spec.Stream) -> bus.Stream:
    return bus.Stream(
        name=stream.name,
        subjects=stream.subjects,
        replicas=stream.replicas or 1,
        max_age_seconds=_seconds(stream.max_age) if stream.max_age else 0,
        max_bytes=whole_bytes(stream.max_bytes) if stream.max_bytes else -1,
        discard="old",
        consumers=READERS,
    )


def defaults(stack: TradingStack) -> tuple[bus.Stream, ...]:
    """Give the streams that the programs of a stack need.

    Market data comes again by itself, so its oldest gives way. A fill does not: a full stream
    refuses it, and who publishes it has to wait.
    """
    fills = bus.fills(simulation=stack.simulated)
    return (
        _default(stack, "MD", bus.MARKET_DATA, percent=50, seconds=_HOUR),
        _default(stack, "FILLS", fills, percent=25, seconds=7 * _DAY, discard="new"),
        _default(stack, "RISK", bus.RISK_EVENTS, percent=15, seconds=30 * _DAY),
        _default(stack, "DLQ", bus.DEAD_LETTERS, percent=5, seconds=30 * _DAY),
    )


def _default(
    stack: TradingStack,
    name: str,
    subject: str,
    *,
    percent: int,
    seconds: int,
    discard: Literal["old", "new"] = "old",
) -> bus.Stream:
    """Describe a stream that takes a share of each volume."""
    return bus.Stream(
        name=name,
        subjects=(subject,),
        replicas=min(servers_of(stack), MOST_REPLICAS),
        max_age_seconds=seconds,
        max_bytes=store_bytes(stack) * percent // 100,
        discard=discard,
        consumers=READERS,
    )


def _seconds(duration: str) -> int:
    """Read a Duration of the API, such as 24h."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def _any_overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    return any(overlap(one, other) for one in some for other in others)


def overlap(one: str, other: str) -> bool:
    """Tell whether some subject matches both patterns, as NATS reads ``*`` and ``>``."""
    left, right = one.split("."), other.split(".")
    for mine, theirs in zip(left, right, strict=False):
        if ">" in (mine, theirs):
            return True
        if mine != theirs and "*" not in (mine, theirs):
            return False
    return len(left) == len(right)
