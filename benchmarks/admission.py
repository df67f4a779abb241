"""What the rules cost: the same requests with all of them in force and with none."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from typing import Final

import aiohttp
import orjson
import yaml

from benchmarks import stacks
from benchmarks.api import Api, Send
from benchmarks.figure import Figure, percentile
from benchmarks.live import Live
from benchmarks.testbed import Testbed, install
from tools.devcluster import cluster
from tradingstack_operator.model.kinds import DEPLOYMENT, TRADING_STACK
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules.registry import POLICIES

BARE: Final = "bench-bare"
STACK, DEPLOYED, ELSEWHERE = 1.3, 1.5, 1.1
"""What a request may cost with all rules, as a multiple of what it costs without."""
STACKS, UNRELATED = "rules-000", "unrelated"
"""The namespace of a stack, and one that no rule is about."""
WARM_UP: Final = 20
HOW: Final = """\
Two control planes take turns, request by request: one has the rules in its CRDs and all admission \
policies, the other has the same CRDs without rules and no policy. The object is created and, \
untimed, deleted again. The figure is the ratio of the medians; *unrelated* is a namespace without \
the labels of a stack.""".replace("\n", "")


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of request to compare."""

    name: str
    path: str
    body: Manifest
    at_most: float


def measure(bed: Testbed, live: Live, *, rounds: int) -> Iterator[Figure]:
    """Create each object many times on either control plane, in turns."""
    live.say("starting a control plane without rules")
    cluster.down(BARE, progress=live.say)
    up = cluster.up(BARE, controllers=False, simulate_workloads=True, progress=live.say)
    try:
        bare = install(up, with_rules=False)
        for side in (bed, bare):
            unrelated = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": UNRELATED}}
            stacks.create_namespaces(side.api, [STACKS])
            side.api.one(Send.applying(f"/api/v1/namespaces/{UNRELATED}", unrelated))
        differ(bed.api, bare.api)
        with live.steps("rules on and off", len(questions())) as steps:
            for question in questions():
                steps.now(question.name)
                yield figure(question, *asyncio.run(compare(question, bed.api, bare.api, rounds)))
                steps.done()
    finally:
        cluster.down(BARE, progress=live.say)
    yield Figure("bindings that match one request, at most", most_bindings(), "", 6)


def differ(ruled: Api, bare: Api) -> None:
    """Make sure that the rules are in force on one side, and on that side only."""
    broken = stacks.stack(STACKS)
    broken["spec"]["insecureFlags"] = ["DisableAuth"]
    broken["spec"]["environment"] = "production"
    send = Send("POST", f"{TRADING_STACK.path(STACKS)}?dryRun=All", orjson.dumps(broken))
    bare.one(send)
    refused = False
    try:
        ruled.one(send)
    except* RuntimeError:
        refused = True
    if not refused:
        raise RuntimeError("the rules are not in force")


def questions() -> list[Question]:
    deployment = yaml.safe_load((stacks.ROOT / "tests/vectors/bases/deployment.yaml").read_text())
    return [
        Question("TradingStack", TRADING_STACK.path(STACKS), stacks.stack(STACKS), STACK),
        Question("Deployment", DEPLOYMENT.path(STACKS), deployment, DEPLOYED),
        Question(
            "Deployment, unrelated",
            DEPLOYMENT.path(UNRELATED),
            deployment,
            ELSEWHERE,
        ),
    ]


def figure(question: Question, ruled: list[float], bare: list[float]) -> Figure:
    def spell(seconds: list[float]) -> str:
        return f"p50 {1000 * median(seconds):.2f} ms, p99 {1000 * percentile(seconds, 99):.2f} ms"

    return Figure(
        f"creating a {question.name}: with all rules / without",
        median(ruled) / median(bare),
        "x",
        question.at_most,
        f"{spell(ruled)} against {spell(bare)}, {len(ruled)} each",
    )


async def compare(
    question: Question, ruled: Api, bare: Api, rounds: int
) -> tuple[list[float], list[float]]:
    """Time one request after the other; the first few only fill caches."""
    seconds: tuple[list[float], list[float]] = ([], [])
    async with AsyncExitStack() as exits:
        sessions = [await exits.enter_async_context(session(api)) for api in (ruled, bare)]
        for number in range(WARM_UP + rounds):
            # whoever comes second finds the caches of the machine warm, so they swap
            for side in (0, 1) if number % 2 else (1, 0):
                taken = await create(sessions[side], question)
                if number >= WARM_UP:
                    seconds[side].append(taken)
    return seconds


def session(api: Api) -> aiohttp.ClientSession:
    token = (api.directory / "token").read_text()
    context = ssl.create_default_context(cafile=api.directory / "ca.crt")
    return aiohttp.ClientSession(
        api.server,
        connector=aiohttp.TCPConnector(ssl=context),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )


async def create(to: aiohttp.ClientSession, question: Question) -> float:
    started = time.perf_counter()
    async with to.post(question.path, data=orjson.dumps(question.body)) as answer:
        text = await answer.read()
        taken = time.perf_counter() - started
    if not answer.ok:
        raise RuntimeError(f"{question.name}: {answer.status} {text.decode()[:500]}")
    async with to.delete(f"{question.path}/{question.body['metadata']['name']}") as gone:
        await gone.read()
    return taken


def most_bindings() -> int:
    """Count, over all resources and operations, the bindings that one request can meet."""
    targets = {
        (match.group, resource, operation)
        for policy in POLICIES
        for match in policy.matches
        for resource in match.resources
        for operation in match.operations
    }
    return max(
        sum(
            any(match.lists(group, resource, operation) for match in policy.matches)
            for policy in POLICIES
        )
        for group, resource, operation in targets
    )
