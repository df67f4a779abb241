import pytest

from tests.golden.cases import rendered
from tests.redis.server import Pod


def conf_of(case, server="cache"):
    return next(
        manifest["data"]["redis.conf"]
        for manifest in rendered(case)
        if manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"].endswith(f"-{server}")
    )


@pytest.fixture
def make_pod(tmp_path):
    """Make a Redis pod of a golden case; whatever it starts is stopped with the test."""
    pods = []

    def make(case, server="cache"):
        pods.append(Pod(tmp_path, conf_of(case, server), server))
        return pods[-1]

    yield make
    for pod in pods:
        pod.remove()


@pytest.fixture
def pod(make_pod):
    """Run the cache of the minimal stack."""
    pod = make_pod("minimal")
    pod.start_and_wait()
    return pod
