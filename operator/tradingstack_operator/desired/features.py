"""The feature store: Feast's registry, its servers, and what carries features to them."""

from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api import names
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import feast, parts
from tradingstack_operator.desired.credentials import external_secret
from tradingstack_operator.desired.jobs import cron_job, job
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.model.components import FEATURES, MATERIALIZATION, REGISTRY
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import DEPLOYMENT, SERVICE
from tradingstack_operator.model.objects import Manifest, desired_hash

DEFAULT_REPLICAS: Final = 2
DEFAULT_SCHEDULE: Final = "*/5 * * * *"
WORKERS: Final = 2
"""Processes of each server: one goes on answering while the other is replaced."""
PORT_NAME: Final = "features"
METRICS_PORT: Final = 8000
"""Fixed by Feast."""
METRICS_PORT_NAME: Final = "metrics"
DRAIN_SECONDS: Final = 10
GRACE_SECONDS: Final = 60
RUN_SECONDS: Final = 3600
"""The longest a materialisation may take; the next one waits for it."""
ANNOTATION_CONFIG_HASH: Final = f"{names.GROUP}/config-hash"
WARM: Final = "warm"
RETRIES: Final = 20
"""A database may be away for an hour or two, and nobody should have to start a Job anew."""


def build_features(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render the Builtin feature store; an External one is somebody else's Feast."""
    if stack.spec.features.provider == "External":
        return ()
    return (
        *_registry(stack, facts),
        *_materialization(stack, facts),
        *_servers(stack, facts),
    )


def _common(stack: TradingStack, component: str) -> tuple[Manifest, ...]:
    return (
        parts.service_account(stack, component),
        *external_secret(stack, component, feast.credentials(stack)),
    )


def _registry(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Make the registry's tables, and write the feature definitions to them."""
    granted = resources(stack, REGISTRY, None)
    image = feast.repo_image(stack, facts)
    schema = feast.container("schema", image, feast.feast("registry", "create-schema"), granted)
    apply = feast.container(
        REGISTRY, image, feast.feast("--chdir", feast.REPO_DIR, "apply"), granted
    )
    bootstrap = stack.spec.features.bootstrap
    applies = bootstrap is None or bootstrap.apply_on_start is not False
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        **({"initContainers": [schema]} if applies else {}),
        "containers": [apply if applies else schema],
    }
    template = feast.pod_template(stack, REGISTRY, pod, grace_seconds=GRACE_SECONDS)
    _mark(template, stack, facts)
    return (*_common(stack, REGISTRY), job(stack, REGISTRY, template, retries=RETRIES))


def _materialization(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Carry features from the database to the online store, by the clock and once at the start."""
    materialization = stack.spec.features.materialization
    bootstrap = stack.spec.features.bootstrap
    warms = bootstrap is None or bootstrap.warm_online_store is not False
    container = feast.container(
        MATERIALIZATION,
        feast.image(stack, facts),
        [feast.PROGRAM, "materialize", "--store", feast.STORE_PATH],
        resources(stack, MATERIALIZATION, None),
    )
    template = feast.pod_template(
        stack,
        MATERIALIZATION,
        {"restartPolicy": "Never", "containers": [container]},
        grace_seconds=GRACE_SECONDS,
    )
    return (
        *_common(stack, MATERIALIZATION),
        *((job(stack, MATERIALIZATION, template, WARM, retries=RETRIES),) if warms else ()),
        cron_job(
            stack,
            MATERIALIZATION,
            template,
            schedule=(materialization and materialization.schedule) or DEFAULT_SCHEDULE,
            starting_deadline=RUN_SECONDS,
            active_deadline=RUN_SECONDS,
        ),
    )


def _servers(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    name, replicas = parts.object_name(stack, FEATURES), replicas_of(stack)
    template = feast.pod_template(
        stack, FEATURES, _server_pod(stack, facts), grace_seconds=GRACE_SECONDS
    )
    _mark(template, stack, facts)
    return (
        *_common(stack, FEATURES),
        {
            **parts.head(SERVICE, stack, name, FEATURES),
            "spec": {
                "type": "ClusterIP",
                "selector": parts.selector(stack, FEATURES),
                "ports": [
                    parts.service_port(PORT_NAME, endpoints.FEATURES_PORT),
                    parts.service_port(METRICS_PORT_NAME, METRICS_PORT),
                ],
            },
        },
        *((parts.disruption_budget(stack, name, FEATURES),) if replicas > 1 else ()),
        {
            **parts.head(DEPLOYMENT, stack, name, FEATURES),
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": parts.selector(stack, FEATURES)},
                # A Feast process keeps the passwords it started with, so a rotation is a rollout;
                # it takes no capacity away.
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
                },
                "template": template,
            },
        },
    )


def replicas_of(stack: TradingStack) -> int:
    online = stack.spec.features.online
    return DEFAULT_REPLICAS if online is None or online.replicas is None else online.replicas


def _server_pod(stack: TradingStack, facts: Facts) -> dict[str, Any]:
    granted = resources(stack, FEATURES, stack.spec.features.resources)
    image = feast.image(stack, facts)
    alive = {"httpGet": {"path": "/health", "port": PORT_NAME}}
    ready = {"exec": {"command": [feast.READINESS_PROGRAM]}}
    serve = feast.feast(
        "serve",
        *("--host", "0.0.0.0"),  # noqa: S104 - inside a pod, behind its network policy
        *("--port", str(endpoints.FEATURES_PORT)),
        *("--workers", str(WORKERS)),
        "--no-access-log",
        "--metrics",
    )
    choose = [feast.PROGRAM, "choose-canary", "--store", feast.STORE_PATH]
    return {
        # Finds out what the readiness probe may ask for, because that takes seconds.
        "initContainers": [feast.container("canary", image, choose, granted)],
        "containers": [
            feast.container(
                FEATURES,
                image,
                serve,
                granted,
                ports=[
                    parts.port(PORT_NAME, endpoints.FEATURES_PORT),
                    parts.port(METRICS_PORT_NAME, METRICS_PORT),
                ],
                lifecycle={"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}},
                startupProbe=parts.probe(alive, period=3, timeout=2, failures=60),
                # /health answers from the registry's cache, with stores down and passwords revoked.
                readinessProbe=parts.probe(ready, period=5, timeout=3, failures=2),
                livenessProbe=parts.probe(alive, period=20, timeout=5, failures=3),
            )
        ],
    }


def _mark(template: dict[str, Any], stack: TradingStack, facts: Facts) -> None:
    """Start pods anew when their settings or the feature definitions change: Feast reads both once.

    Settings travel in a Secret, which no pod template shows.
    """
    files = {item.name: item.files for item in feast.credentials(stack)}
    content = {"files": files, "definitions": feast.repo_image(stack, facts)}
    template["metadata"]["annotations"] = {ANNOTATION_CONFIG_HASH: desired_hash(content)}
