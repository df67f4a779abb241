import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from tradingstack_operator.cli import EXIT_SETTINGS, main

WITHOUT_SETTINGS = {
    name: value for name, value in os.environ.items() if not name.startswith("TRADINGSTACK_")
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in set(os.environ) - set(WITHOUT_SETTINGS):
        monkeypatch.delenv(name)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


def ended(*arguments):
    """Run a command line that only prints, and tell its exit code."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


def test_help_names_the_command_and_where_settings_come_from(capsys):
    assert ended("--help") == 0
    text = capsys.readouterr().out
    assert "reconcile until stopped" in text
    assert "TRADINGSTACK_*" in text


def test_the_version_is_that_of_the_package(capsys):
    assert ended("--version") == 0
    assert capsys.readouterr().out == f"tradingstack-operator {version('tradingstack-operator')}\n"


@pytest.mark.parametrize("arguments", [[], ["walk"], ["run", "--fast"]])
def test_a_command_line_that_makes_no_sense_is_explained(capsys, arguments):
    assert ended(*arguments) == 2
    assert capsys.readouterr().err.startswith("usage: tradingstack-operator")


def test_bad_settings_end_the_process_with_a_code_of_their_own():
    assert main(["run"]) == EXIT_SETTINGS == 2


def test_bad_settings_are_all_named_on_standard_error(capsys, monkeypatch):
    monkeypatch.setenv("TRADINGSTACK_WORKERS", "none")
    main(["run"])
    captured = capsys.readouterr()
    assert (captured.out, captured.err.splitlines()[0]) == (
        "",
        "tradingstack-operator: bad settings",
    )
    assert [line.partition(":")[0] for line in captured.err.splitlines()[1:]] == [
        "TRADINGSTACK_API_SERVER",
        "TRADINGSTACK_IDENTITY",
        "TRADINGSTACK_NAMESPACE",
        "TRADINGSTACK_WORKERS",
    ]


def test_bad_settings_show_no_stack_trace(capsys):
    main(["run"])
    assert "Traceback" not in capsys.readouterr().err


def test_the_package_can_be_run_as_a_module():
    ran = subprocess.run(
        [sys.executable, "-m", "tradingstack_operator", "--version"],
        env=WITHOUT_SETTINGS,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.startswith("tradingstack-operator ")
