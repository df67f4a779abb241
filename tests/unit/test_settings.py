from pathlib import Path

import pytest

from tradingstack_operator.settings import Settings, SettingsError

NEEDED = {
    "TRADINGSTACK_API_SERVER": "https://10.0.0.1:6443",
    "TRADINGSTACK_NAMESPACE": "tradingstack-system",
    "TRADINGSTACK_IDENTITY": "operator-0",
}


def read(**variables):
    """Read what is needed, and what the test adds or, with None, takes away."""
    given = NEEDED | {f"TRADINGSTACK_{name}": value for name, value in variables.items()}
    return Settings.from_environment({k: v for k, v in given.items() if v is not None})


def problems(**variables):
    with pytest.raises(SettingsError) as caught:
        read(**variables)
    return str(caught.value).splitlines()


def test_what_is_needed_is_enough():
    settings = read()
    assert (settings.api_server, settings.namespace, settings.identity) == tuple(NEEDED.values())


def test_what_is_not_given_has_a_default():
    settings = read()
    assert (settings.http_port, settings.workers, settings.resync_seconds) == (8080, 16, 300)


def test_a_pod_finds_its_credentials_where_every_pod_has_them():
    assert read().credentials_directory == Path("/var/run/secrets/kubernetes.io/serviceaccount")


def test_numbers_are_read_from_their_text():
    settings = read(HTTP_PORT="0", WORKERS="4", RESYNC_SECONDS="60.5")
    assert (settings.http_port, settings.workers, settings.resync_seconds) == (0, 4, 60.5)


def test_settings_do_not_change_while_the_process_runs():
    with pytest.raises(ValueError, match="frozen"):
        read().workers = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_SERVER", "10.0.0.1"),
        ("API_SERVER", "https://10.0.0.1/path"),
        ("API_SERVER", "ftp://10.0.0.1"),
        ("NAMESPACE", ""),
        ("NAMESPACE", "Trading"),
        ("NAMESPACE", "a/b"),
        ("NAMESPACE", "x" * 64),
        ("IDENTITY", ""),
        ("IDENTITY", "x" * 254),
        ("HTTP_PORT", "65536"),
        ("HTTP_PORT", "-1"),
        ("HTTP_PORT", "http"),
        ("LOG_LEVEL", "verbose"),
        ("WORKERS", "0"),
        ("WORKERS", "257"),
        ("WRITES_IN_FLIGHT", "0"),
        ("WRITES_IN_FLIGHT", "65"),
        ("RESYNC_SECONDS", "9"),
        ("RESYNC_SECONDS", "86401"),
        ("RESYNC_SECONDS", "nan"),
        ("UNKNOWN", "1"),
    ],
)
def test_a_bad_variable_is_named(name, value):
    (line,) = problems(**{name: value})
    assert line.startswith(f"TRADINGSTACK_{name}: ")


@pytest.mark.parametrize("name", ["API_SERVER", "NAMESPACE", "IDENTITY"])
def test_a_missing_variable_is_named(name):
    assert problems(**{name: None}) == [f"TRADINGSTACK_{name}: Field required"]


def test_every_bad_variable_is_named_in_order():
    lines = problems(WORKERS="0", HTTP_PORT="http", IDENTITY=None, NO_SUCH="1")
    assert [line.partition(":")[0] for line in lines] == [
        "TRADINGSTACK_HTTP_PORT",
        "TRADINGSTACK_IDENTITY",
        "TRADINGSTACK_NO_SUCH",
        "TRADINGSTACK_WORKERS",
    ]


def in_cluster(**variables):
    environment = NEEDED | variables
    del environment["TRADINGSTACK_API_SERVER"]
    return Settings.from_environment(environment).api_server


@pytest.mark.parametrize(
    ("variables", "server"),
    [
        ({"KUBERNETES_SERVICE_HOST": "10.96.0.1"}, "https://10.96.0.1:443"),
        (
            {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "6443"},
            "https://10.96.0.1:6443",
        ),
        ({"KUBERNETES_SERVICE_HOST": "fd00::1"}, "https://[fd00::1]:443"),
    ],
)
def test_a_pod_finds_the_api_server_by_itself(variables, server):
    assert in_cluster(**variables) == server


def test_a_server_that_is_given_counts_more_than_the_one_found():
    environment = NEEDED | {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}
    assert Settings.from_environment(environment).api_server == "https://10.0.0.1:6443"


@pytest.mark.parametrize("host", [{}, {"KUBERNETES_SERVICE_HOST": ""}])
def test_outside_of_a_pod_the_api_server_has_to_be_given(host):
    with pytest.raises(SettingsError, match="TRADINGSTACK_API_SERVER: Field required"):
        in_cluster(**host)


def test_the_variables_of_others_do_not_matter():
    assert Settings.from_environment(NEEDED | {"PATH": "/bin", "WORKERS": "x"}) == read()
