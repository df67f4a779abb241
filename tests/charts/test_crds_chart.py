"""The chart of the kinds holds what the code defines, and keeps it."""

import pytest
import yaml

from tests.charts.helm import CHARTS, CRDS, defaults, run, template

pytestmark = pytest.mark.apiserver


def test_lint_has_nothing_to_say():
    finished = run("lint", "--strict", str(CRDS))
    assert finished.returncode == 0, finished.stdout


def test_it_holds_the_generated_kinds():
    generated = [
        yaml.safe_load(path.read_text()) for path in (CHARTS.parent / "crds").glob("*.yaml")
    ]
    expected = {crd["metadata"]["name"]: crd["spec"] for crd in generated}
    assert {crd["metadata"]["name"]: crd["spec"] for crd in defaults(CRDS)} == expected


def test_kinds_outlive_the_release():
    kept = {crd["metadata"]["annotations"]["helm.sh/resource-policy"] for crd in defaults(CRDS)}
    assert kept == {"keep"}


def test_it_has_no_values():
    finished = template(CRDS, {"bogus": 1})
    assert "additional properties 'bogus' not allowed" in finished.stderr
