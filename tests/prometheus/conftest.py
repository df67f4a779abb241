"""promtool, and a production stack's rules for it to play through."""

import pytest
import yaml

from tests.golden.cases import CASES
from tests.prometheus.playing import Stage
from tools.devcluster import monitoring


@pytest.fixture(scope="session")
def promtool():
    return monitoring.promtool(print)


@pytest.fixture
def stage(promtool, tmp_path):
    """Give the rules of the golden production stack, and a place to play metrics through them."""
    write_rules(dict(CASES)["production"], tmp_path / "rules.yaml")
    return Stage(promtool, tmp_path)


def write_rules(manifests, path):
    (spec,) = (item["spec"] for item in manifests if item["kind"] == "PrometheusRule")
    path.write_text(yaml.safe_dump(spec))
