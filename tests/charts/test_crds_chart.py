"""The chart of the kinds and rules holds what the code defines, and keeps the kinds."""

import pytest
import yaml

from tests.charts.helm import CHARTS, CRDS, defaults, run, template

pytestmark = pytest.mark.apiserver
KEEP = "helm.sh/resource-policy"


def test_lint_has_nothing_to_say():
    finished = run("lint", "--strict", str(CRDS))
    assert finished.returncode == 0, finished.stdout


def content(manifest):
    """Give what counts of an object: its identity, and all but its metadata."""
    identity = (manifest["kind"], manifest["metadata"]["name"])
    return identity, {key: value for key, value in manifest.items() if key != "metadata"}


def test_it_holds_every_kind_and_rule_as_generated():
    """Helm reads templates in braces, and some rules speak of such."""
    generated = [
        content(document)
        for path in (CHARTS.parent / "crds").rglob("*.yaml")
        for document in yaml.safe_load_all(path.read_text())
    ]
    assert dict(map(content, defaults(CRDS))) == dict(generated)


def test_kinds_outlive_the_release_and_rules_do_not():
    kept = {
        (manifest["kind"], manifest["metadata"].get("annotations", {}).get(KEEP))
        for manifest in defaults(CRDS)
    }
    assert kept == {
        ("CustomResourceDefinition", "keep"),
        ("ValidatingAdmissionPolicy", None),
        ("ValidatingAdmissionPolicyBinding", None),
        ("ClusterRole", None),
    }


def test_it_has_no_values():
    finished = template(CRDS, {"bogus": 1})
    assert "additional properties 'bogus' not allowed" in finished.stderr
