"""A real Alertmanager delivers a stack's alerts to those whom its AlertmanagerConfig names."""

import asyncio
import json
from collections import defaultdict
from contextlib import suppress

import aiohttp
import pytest
import pytest_asyncio
import yaml
from aiohttp import web

from tests.support.stacks import facts, stack
from tools.devcluster import monitoring
from tools.devcluster.ports import free
from tradingstack_operator.desired.alert_routing import build_alert_routing

RECEIVERS = {
    "receivers": [
        {"name": "oncall", "severity": "critical", "webhookRemoteKey": "oncall"},
        {"name": "team", "severity": "warning", "webhookRemoteKey": "team"},
    ],
    "heartbeatRemoteKey": "switch",
}
PATIENCE = 60


def alertmanager_yaml(config, address):
    """Translate an AlertmanagerConfig the way the Prometheus Operator does."""

    def route(node):
        matchers = [
            f'{item["name"]}{item["matchType"]}"{item["value"]}"'
            for item in node.get("matchers", ())
        ]
        renamed = {
            "group_by": node.get("groupBy"),
            "group_wait": node.get("groupWait"),
            "group_interval": node.get("groupInterval"),
            "repeat_interval": node.get("repeatInterval"),
            "continue": node.get("continue", False),
            "matchers": matchers,
            "routes": [route(inner) for inner in node.get("routes", ())],
            "receiver": node["receiver"],
        }
        return {name: value for name, value in renamed.items() if value is not None}

    def receiver(item):
        hooks = [
            {"url": f"{address}/{item['name']}", "send_resolved": hook["sendResolved"]}
            for hook in item.get("webhookConfigs", ())
        ]
        return {"name": item["name"], "webhook_configs": hooks}

    own = route(config["route"]) | {"matchers": ['namespace="trading-prod"'], "continue": True}
    return {
        "route": {"receiver": "others", "routes": [own]},
        "receivers": [{"name": "others"}, *(receiver(item) for item in config["receivers"])],
    }


@pytest.fixture(scope="session")
def program():
    return monitoring.alertmanager(print)


@pytest.fixture
def delivered():
    """Collect the names of the alerts that each receiver got."""
    return defaultdict(set)


@pytest_asyncio.fixture
async def receivers(delivered):
    """Stand in for the receivers; gives their address, and wakes whoever waits for news."""
    news = asyncio.Condition()

    async def hear(request):
        body = await request.json()
        async with news:
            delivered[request.match_info["name"]].update(
                alert["labels"]["alertname"] for alert in body["alerts"]
            )
            news.notify_all()
        return web.Response()

    app = web.Application()
    app.router.add_post("/{name}", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", news
    await runner.cleanup()


@pytest_asyncio.fixture
async def alertmanager(program, receivers, tmp_path):
    """Run Alertmanager with a production stack's routes; gives its address once it is ready."""
    observability = {"alerting": RECEIVERS}
    _, config = build_alert_routing(stack(spec={"observability": observability}), facts())
    path = tmp_path / "alertmanager.yml"
    path.write_text(yaml.safe_dump(alertmanager_yaml(config["spec"], receivers[0])))
    (port,) = free(1)
    command = [
        program,
        f"--config.file={path}",
        f"--storage.path={tmp_path}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stderr=log)
    try:
        async with asyncio.timeout(PATIENCE):
            await ready(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def ready(address):
    async with aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientConnectionError):
                async with session.get(f"{address}/-/ready") as answer:
                    if answer.ok:
                        return
            await asyncio.sleep(0.05)


def firing(name, severity, namespace="trading-prod"):
    return {"labels": {"alertname": name, "severity": severity, "namespace": namespace}}


async def test_each_receiver_gets_what_is_meant_for_it(alertmanager, receivers, delivered):
    alerts = [
        firing("TradingStackRoutingTest", "none"),
        firing("TradingHalted", "critical"),
        firing("MetricsAbsent", "warning"),
        firing("CredentialRotationDue", "info"),
        firing("NotOfThisStack", "critical", namespace="other"),
    ]
    expected = {
        "dead-mans-switch": {"TradingStackRoutingTest"},
        "call-oncall": {"TradingHalted"},
        "call-team": {"TradingHalted", "MetricsAbsent"},
    }
    async with aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/json"}
        url = f"{alertmanager}/api/v2/alerts"
        async with session.post(url, data=json.dumps(alerts), headers=headers) as answer:
            assert answer.status == 200
    _, news = receivers
    async with asyncio.timeout(PATIENCE), news:
        await news.wait_for(lambda: expected == delivered)
