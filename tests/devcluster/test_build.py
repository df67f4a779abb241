"""How a build ends, shown with a go command that is a shell script."""

import signal

import pytest

from tools.devcluster import build
from tools.devcluster.errors import BuildError

# the last argument but one of `go build ... -o FILE .` is the file
SCRIPT = """#!/bin/sh
case "$1" in
  env) echo go1.26.8 ;;
  list) echo fmt; echo k8s.io/api/core/v1 ;;
  build)
    while [ "$1" != -o ]; do shift; done
    echo half > "$2"
    {then}
    ;;
esac
"""
INTERRUPT_CALLER = "kill -INT $PPID; exec sleep 60"
FAIL = 'echo "main.go:7: undefined: everything" >&2; exit 1'
SUCCEED = "echo k8s.io/api/core/v1 >&2"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/tradingstack-devcluster"


@pytest.fixture
def go_that(tmp_path, monkeypatch):
    """Put a go command first on PATH that ends its build as told."""

    def place(then):
        command = tmp_path / "bin/go"
        command.parent.mkdir()
        command.write_text(SCRIPT.replace("{then}", then))
        command.chmod(0o755)
        monkeypatch.setenv("PATH", str(command.parent), prepend=":")

    return place


@pytest.fixture
def interruptible():
    """Let SIGINT interrupt: a shell that starts the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_interrupted_build_leaves_no_half_cache(cache, go_that, quiet):
    go_that(INTERRUPT_CALLER)
    with pytest.raises(KeyboardInterrupt):
        build.kube(quiet)
    assert [entry for entry in cache.iterdir() if entry.is_dir()] == []


def test_failed_build_shows_the_compilers_words(go_that, quiet):
    go_that(FAIL)
    with pytest.raises(BuildError, match="undefined: everything"):
        build.kube(quiet)


def test_build_after_a_failed_one_succeeds(go_that, quiet, tmp_path):
    go_that(FAIL)
    with pytest.raises(BuildError):
        build.kube(quiet)
    (tmp_path / "bin/go").write_text(SCRIPT.replace("{then}", SUCCEED))
    assert build.kube(quiet).exists()


def test_build_counts_compiled_packages(go_that):
    go_that(SUCCEED)
    lines = []
    build.kube(lines.append)
    assert lines[-1].endswith("1 of at most 2 packages")
