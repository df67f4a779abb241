import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stacks import DIGEST, facts
from tests.unit.rules.judging import broken_fields, messages
from tradingstack_operator.rules import credentials

ENV = "spec.riskApi.env[0]"


def test_the_stacks_own_folder_is_kept():
    assert broken_fields(credentials.secret_folder_is_the_stacks_own) == []


@pytest.mark.parametrize(
    "prefix",
    [
        "production/trading-prod/beta",
        "production/other/alpha",
        "staging/trading-prod/alpha",
    ],
)
def test_a_folder_of_another_stack_is_refused(prefix):
    assert broken_fields(
        credentials.secret_folder_is_the_stacks_own, spec={"secrets": {"pathPrefix": prefix}}
    ) == ["spec.secrets.pathPrefix"]


def test_the_message_names_the_stacks_own_folder():
    (message,) = messages(
        credentials.secret_folder_is_the_stacks_own, spec={"secrets": {"pathPrefix": "a/b/c"}}
    )
    assert message.endswith("set it to production/trading-prod/alpha")


def test_a_listed_store_is_kept():
    assert broken_fields(credentials.secret_store_is_allowed_here) == []


@pytest.mark.parametrize(
    "store",
    [
        {"kind": "ClusterSecretStore", "name": "mine"},
        {"kind": "SecretStore", "name": "vault-prod"},
        {"kind": "ClusterSecretStore", "name": "vault-dev"},
    ],
    ids=["unknown", "of another kind", "of another environment"],
)
def test_a_store_that_is_not_listed_here_is_refused(store):
    assert broken_fields(
        credentials.secret_store_is_allowed_here, spec={"secrets": {"storeRef": store}}
    ) == ["spec.secrets.storeRef"]


def test_without_a_policy_no_store_is_allowed():
    surroundings = facts(policy=None, policy_problem="spec.egress is missing")
    (message,) = messages(credentials.secret_store_is_allowed_here, surroundings)
    assert message.endswith("(spec.egress is missing), so create PlatformPolicy default")


def test_without_a_problem_the_policy_was_not_found():
    (message,) = messages(credentials.secret_store_is_allowed_here, facts(policy=None))
    assert "(it was not found)" in message


HARMLESS = [
    ("LOG_LEVEL", "info"),
    ("BATCH_SIZE", "500"),
    ("EMPTY", ""),
    ("TOKEN_BUCKET_RATE", "50"),
    ("MAX_TOKENS", "8"),
    ("TOKEN_TTL", "15m"),
    ("AUTH_RATE", "99.5%"),
    ("USE_TOKENS", "true"),
    ("SECRET_NAME", "x"),
    ("PASSWORD_POLICY", "strict"),
    ("KEY_PREFIX", "md"),
    ("JWT_ISSUER", "desk.example"),
    ("DB_PASSWORD_FILE", "/var/run/credentials/db"),
    ("CERT_DIR", "/var/run/tls"),
    ("URL", "postgres://timescale:5432/db"),
    ("URL", "https://exchange.example/a@b?c=d@e"),
    ("MONKEYS", "capuchin"),
    ("REGION", "eu-west-1-primary-zone"),
    ("PATHS", "/var/lib/trading/Data/2026/01/01"),
    ("STREAMS", "md.kraken.BTC-USD,md.kraken.ETH-USD"),
]


@pytest.mark.parametrize(("name", "value"), HARMLESS)
def test_a_plain_setting_is_kept(name, value):
    env = [{"name": name, "value": value}]
    assert (
        broken_fields(credentials.env_carries_no_credential, spec={"riskApi": {"env": env}}) == []
    )


NAMED = [
    ("PASSWORD", "hunter2"),
    ("PGPASSWORD", "hunter2"),
    ("DB_PASS", "hunter2"),
    ("DB_PWD", "x"),
    ("KRAKEN_APISECRET", "abc"),
    ("KRAKENKEY", "abc"),
    ("SIGNING_KEY", "abc"),
    ("JWT", "abc"),
    ("API_KEYS", "a,b"),
    ("PROXY_AUTH", "abc"),
    ("BASICAUTH", "abc"),
    ("SESSION_COOKIE", "abc"),
    ("DB_DSN", "abc"),
    ("SEED", "abc"),
    ("PRIVATE_THING", "abc"),
    ("TOKEN_TTL", "15 m"),
    ("SECRET_NAME", "NotALabel"),
    ("SECRET_NAME", "x" * 33),
    ("TOKEN_PATH", "relative"),
]


@pytest.mark.parametrize(("name", "value"), NAMED)
def test_a_name_that_speaks_of_a_credential_is_refused(name, value):
    env = [{"name": name, "value": value}]
    assert [f"{ENV}.name"] == broken_fields(
        credentials.env_carries_no_credential, spec={"riskApi": {"env": env}}
    )


HELD = [
    ("CONFIG_FILE", "config.yaml"),
    ("CONFIG_FILE", ""),
    ("URL", "postgres://u:p@h/db"),
    ("URL", "redis://:p@h:6379"),
    ("URL", "amqp://h/x,kafka://user@h"),
    ("URL", "postgres://h/db?user=u"),
    ("URL", "https://h/x?a=b&ACCESS_TOKEN=c"),
    ("OPTIONS", "host=h password=p"),
    ("OPTIONS", "pwd=p"),
    ("X", "-----BEGIN PRIVATE KEY-----"),
    ("X", "eyJhbGciOiJIUzI1"),
    ("X", "0123456789abcdef" * 2),
    ("X", "AKIA0123456789ABCDEF"),
    ("X", "c2VjcmV0LXZhbHVlLTEyMzQ1Njc4OTA="),
]


@pytest.mark.parametrize(("name", "value"), HELD)
def test_a_value_that_holds_a_credential_is_refused(name, value):
    env = [{"name": name, "value": value}]
    assert [f"{ENV}.value"] == broken_fields(
        credentials.env_carries_no_credential, spec={"riskApi": {"env": env}}
    )


def test_a_file_variable_with_a_credential_breaks_the_rule_twice():
    env = [{"name": "DB_PASSWORD_FILE", "value": "hunter2"}]
    assert [f"{ENV}.name", f"{ENV}.value"] == broken_fields(
        credentials.env_carries_no_credential, spec={"riskApi": {"env": env}}
    )


def ingestor(*env):
    return [
        {
            "name": "kraken",
            "image": f"registry.example/kraken{DIGEST}",
            "env": [{"name": name, "value": value} for name, value in env],
        }
    ]


def test_the_variables_of_ingestors_are_judged_too():
    spec = {"ingestors": ingestor(("LOG_LEVEL", "info"), ("PASSWORD", "hunter2"))}
    assert broken_fields(credentials.env_carries_no_credential, spec=spec) == [
        "spec.ingestors[0].env[1].name"
    ]


@given(st.sampled_from(NAMED + HELD))
def test_a_message_never_repeats_the_value(variable):
    name, value = variable
    found = messages(
        credentials.env_carries_no_credential,
        spec={"riskApi": {"env": [{"name": name, "value": value}]}},
    )
    assert not any(len(value) > 3 and f" {value}" in message for message in found)


@pytest.mark.parametrize(
    "name",
    [
        "SIMULATION_MODE",
        "SIM_SPEED",
        "PAPER_TRADING",
        "DRYRUN",
        "IS_DRY_RUN",
        "BACKTEST",
        "USE_SANDBOX",
        "HTTPS_PROXY",
        "NO_PROXY",
        "LD_PRELOAD",
        "PYTHONPATH",
        "PATH",
        "SSL_CERT_FILE",
    ],
)
def test_a_reserved_name_is_refused(name):
    assert broken_fields(
        credentials.env_overrides_no_typed_field, spec={"ingestors": ingestor((name, "1"))}
    ) == ["spec.ingestors[0].env[0].name"]


@pytest.mark.parametrize("name", ["LOG_LEVEL", "DATA_PATH", "SIMPLE", "NEWSPAPER", "PROXY_COUNT"])
def test_another_name_is_not_reserved(name):
    assert (
        broken_fields(
            credentials.env_overrides_no_typed_field, spec={"ingestors": ingestor((name, "1"))}
        )
        == []
    )
