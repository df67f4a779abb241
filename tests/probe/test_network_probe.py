import json
import subprocess
import sys
from pathlib import Path

import pytest

STAGE = Path(__file__).with_name("stage.py")
JOBS = Path(sys.executable).with_name("tradingstack-jobs")
ALWAYS = 1_000_000
NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "--net", "--kill-child")


@pytest.fixture
def probe(tmp_path):
    """Run the probe as a pod does; the exit code and what the log says."""

    def run(*, dropped=False, target="10.6.0.10:443", dns_answers=ALWAYS):
        done = subprocess.run(
            [
                *NAMESPACES,
                *(sys.executable, STAGE, str(dns_answers), tmp_path),
                *(["drop"] if dropped else []),
                *(JOBS, "network-probe", "--target", target),
                *("--control", "kubernetes.default.svc"),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stderr == ""
        (line,) = map(json.loads, done.stdout.splitlines())
        return done.returncode, line["outcome"], line["why"]

    return run


def test_a_host_that_answers_is_reached(probe):
    assert probe()[:2] == (3, "reached")


def test_silence_is_a_proof_while_the_dns_answers(probe):
    assert probe(dropped=True)[:2] == (0, "shut")


def test_silence_of_a_pod_without_a_network_is_no_proof(probe):
    code, outcome, why = probe(dropped=True, dns_answers=0)
    assert (code, outcome) == (4, "unknown")
    assert "the pod may have no network" in why


def test_silence_is_no_proof_when_the_network_went_away_meanwhile(probe):
    code, outcome, why = probe(dropped=True, dns_answers=2)
    assert (code, outcome) == (4, "unknown")
    assert "during the attempt" in why


def test_a_refused_connection_proves_neither(probe):
    assert probe(target="10.6.0.10:444")[:2] == (4, "unknown")


def test_a_pod_without_a_route_proves_nothing(probe):
    code, outcome, why = probe(target="203.0.113.9:443")
    assert (code, outcome) == (4, "unknown")
    assert "ENETUNREACH" in why


@pytest.mark.parametrize("target", ["10.6.0.10", "10.6.0.10:0", ":443", "10.6.0.10:https"])
def test_a_target_that_is_no_address_with_a_port_is_refused(target):
    done = subprocess.run(
        [JOBS, "network-probe", "--target", target, "--control", "x"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "write host:port, such as 203.0.113.9:443" in done.stderr
