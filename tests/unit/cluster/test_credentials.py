import ssl

import pytest

from tests.support.ports import HandClock
from tradingstack_operator.cluster.credentials import TOKEN_LIFE, ServiceAccount


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def account(tmp_path, clock):
    (tmp_path / "token").write_text("first\n")
    return ServiceAccount(tmp_path, clock)


def rotate(account):
    (account.directory / "token").write_text("second\n")


def test_the_token_is_read_without_its_newline(account):
    assert account.token() == "first"


def test_a_token_is_used_for_a_while_before_its_file_is_read_again(account, clock):
    account.token()
    rotate(account)
    clock.forward(TOKEN_LIFE)
    assert account.token() == "first"


def test_a_rotated_token_is_found_after_a_while(account, clock):
    account.token()
    rotate(account)
    clock.forward(TOKEN_LIFE + 1)
    assert account.token() == "second"


def test_a_token_that_was_not_accepted_is_read_again_at_once(account):
    account.token()
    rotate(account)
    account.expire()
    assert account.token() == "second"


def test_a_token_that_is_missing_for_a_moment_is_found_later(account, clock):
    account.token()
    (account.directory / "token").unlink()
    clock.forward(TOKEN_LIFE + 1)
    with pytest.raises(OSError, match="token"):
        account.token()
    rotate(account)
    assert account.token() == "second"


def test_no_token_is_shown_by_accident(account):
    account.token()
    assert "first" not in repr(account)


def test_the_ca_lies_beside_the_token(account, tmp_path):
    assert account.ca_file == tmp_path / "ca.crt"


def test_a_missing_ca_is_an_error_and_not_a_wider_trust(account):
    with pytest.raises(OSError, match="No such file"):
        account.tls()


def test_a_file_that_is_no_ca_is_an_error_and_not_a_wider_trust(account):
    account.ca_file.write_text("nonsense")
    with pytest.raises(ssl.SSLError):
        account.tls()
