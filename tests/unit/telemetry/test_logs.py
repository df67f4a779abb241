import logging
import sys
from collections import Counter

import orjson
import pytest

from tradingstack_operator.telemetry.logs import NOISY, JsonFormatter, configure


def line(message="looked at %s", *arguments, error=None, **extra):
    """Format one record, and read the line back."""
    logger = logging.getLogger("tradingstack_operator.test")
    record = logger.makeRecord(
        logger.name, logging.WARNING, __file__, 1, message, arguments, error, extra=extra
    )
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return orjson.loads(text)


def failure():
    """Fail, and give what a logger is told of it."""
    try:
        return int("what went wrong")
    except ValueError:
        return sys.exc_info()


def test_every_line_has_the_same_first_keys():
    assert list(line("started")) == ["time", "level", "logger", "message"]


def test_a_line_says_how_bad_it_is_and_who_says_so():
    found = line("started")
    assert (found["level"], found["logger"]) == ("warning", "tradingstack_operator.test")


def test_the_arguments_are_part_of_the_message():
    assert line("looked at %s", "alpha")["message"] == "looked at alpha"


def test_the_time_is_in_utc():
    assert line("started")["time"].endswith("+00:00")


def test_whatever_is_given_besides_is_a_key_of_its_own():
    found = line("done", stack="trading/alpha", changes=Counter({"create": 3}))
    assert (found["stack"], found["changes"]) == ("trading/alpha", {"create": 3})


def test_what_is_no_json_is_written_as_text():
    assert line("done", error_=ValueError("what"))["error_"] == "what"


def test_a_message_of_several_lines_is_one_line():
    assert line("one\ntwo")["message"] == "one\ntwo"


def test_a_stack_trace_is_part_of_the_line():
    trace = line("failed", error=failure())["trace"]
    assert trace.startswith("Traceback")
    assert trace.splitlines()[-1].startswith("ValueError: ")


def test_a_line_without_a_failure_has_no_trace():
    assert "trace" not in line("started")


@pytest.fixture
def logging_as_before():
    """Put the process's logging back as it was."""
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in NOISY}
    yield
    root.level, root.handlers[:] = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("logging_as_before")
def test_logs_go_to_standard_error(capsys):
    configure("info")
    logging.getLogger("tradingstack_operator").info("started")
    captured = capsys.readouterr()
    assert (captured.out, orjson.loads(captured.err)["message"]) == ("", "started")


@pytest.mark.usefixtures("logging_as_before")
def test_what_is_less_than_the_level_is_left_out(capsys):
    configure("warning")
    logging.getLogger("tradingstack_operator").info("started")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("logging_as_before")
@pytest.mark.parametrize("name", NOISY)
def test_libraries_are_quiet_about_all_but_trouble(capsys, name):
    configure("debug")
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("trouble")
    assert orjson.loads(capsys.readouterr().err)["message"] == "trouble"
