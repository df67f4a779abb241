"""What the command line answers when there is no cluster."""

import sys

import pytest

from tools.devcluster.__main__ import main


@pytest.fixture
def devcluster(monkeypatch, tmp_path):
    """Run the command line with a home in which there is nothing."""
    monkeypatch.setenv("TRADINGSTACK_DEVCLUSTER_HOME", str(tmp_path / "home"))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["devcluster", *arguments])
        return main()

    return run


def test_status_of_no_cluster_fails(devcluster):
    assert devcluster("status") == 1


def test_kubeconfig_of_no_cluster_prints_no_path(devcluster, capsys):
    devcluster("kubeconfig")
    assert capsys.readouterr().out == ""


def test_down_without_a_cluster_succeeds(devcluster):
    assert devcluster("down") == 0


def test_name_that_leaves_the_home_is_refused(devcluster, capsys):
    devcluster("status", "--name", "../elsewhere")
    assert "cannot name a cluster" in capsys.readouterr().err


def test_unknown_command_is_a_usage_error(devcluster):
    with pytest.raises(SystemExit, match="2"):
        devcluster("sideways")
