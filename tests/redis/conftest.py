import pytest

from tests.golden.cases import rendered
from tests.redis.server import Pod


def conf_of(case):
    return next(
        manifest["data"]["redis.conf"]
        for manifest in rendered(case)
        if manifest["kind"] == "ConfigMap" and "redis.conf" in manifest["data"]
    )


@pytest.fixture
def make_pod(tmp_path):
    """Make the cache's pod of a golden case; whatever it starts is stopped with the test."""
    pods = []

    def make(case):
        pods.append(Pod(tmp_path, conf_of(case)))
        return pods[-1]

    yield make
    for pod in pods:
        pod.stop(kill=True)


@pytest.fixture
def pod(make_pod):
    """Run the cache of the minimal stack."""
    pod = make_pod("minimal")
    pod.start_and_wait()
    return pod
