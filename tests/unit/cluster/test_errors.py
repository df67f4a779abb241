from math import inf

import orjson
import pytest

from tradingstack_operator.cluster.errors import (
    LONGEST_MESSAGE,
    BusyError,
    ExpiredError,
    RefusedError,
    UnauthorizedError,
    error_of,
    message_of,
)
from tradingstack_operator.model.changes import Refusal
from tradingstack_operator.model.ports import PortError

TYPED = 'failed to create typed patch object (trading/a; apps/v1, Kind=Deployment): "x"'


def answer(message):
    return orjson.dumps({"kind": "Status", "message": message})


def error(status, text=b"", retry_after=None):
    return error_of(status, text, retry_after)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RefusedError),
        (401, UnauthorizedError),
        (403, RefusedError),
        (404, RefusedError),
        (409, RefusedError),
        (410, ExpiredError),
        (415, RefusedError),
        (422, RefusedError),
        (429, BusyError),
        (500, BusyError),
        (502, BusyError),
        (503, BusyError),
        (504, BusyError),
    ],
)
def test_a_status_decides_what_an_answer_means(status, kind):
    assert type(error(status)) is kind


@pytest.mark.parametrize("status", [401, 410, 429, 500])
def test_what_may_succeed_later_is_an_error_of_the_port(status):
    assert isinstance(error(status), PortError)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_what_the_server_would_say_again_is_no_error_of_the_port(status):
    assert not isinstance(error(status), PortError)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (403, Refusal.FORBIDDEN),
        (404, Refusal.KIND_MISSING),
        (409, Refusal.CONFLICT),
        (422, Refusal.INVALID),
        (400, Refusal.INVALID),
        (500, Refusal.INVALID),
    ],
)
def test_a_refusal_tells_why(status, refusal):
    assert error(status, answer(TYPED)).refusal == refusal


def test_a_wrong_type_in_an_apply_is_refused_although_it_comes_as_a_500():
    assert isinstance(error(500, answer(TYPED)), RefusedError)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (None, inf),
        ("", inf),
        ("-1", inf),
        ("1.5", inf),
        ("Wed, 21 Oct 2026 07:28:00 GMT", inf),
    ],
)
def test_a_busy_server_is_left_alone_for_as_long_as_it_says(header, seconds):
    assert error(429, retry_after=header).retry_after == seconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (answer("no such field"), "no such field"),
        (b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
        (b"", ""),
        (b"[1, 2]", ""),
        (b'"text"', ""),
        (b"{}", ""),
        (b'{"message": 7}', "7"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_a_message_is_read_from_whatever_answers(text, message):
    assert message_of(text) == message


@pytest.mark.parametrize("text", [answer("x" * 9999), b"x" * 9999])
def test_no_message_is_longer_than_a_few_lines(text):
    assert message_of(text) == "x" * LONGEST_MESSAGE


@pytest.mark.parametrize("status", [401, 403, 410, 429])
def test_an_error_reads_as_status_and_message(status):
    assert str(error(status, answer("because"))) == f"{status}: because"
