from tests.golden.cases import platform_policy
from tests.unit.desired.factory import a_stack, facts, objects
from tradingstack_operator.api.platform_policy import ProbeTarget
from tradingstack_operator.desired.network import build_network

PROBE = ("CronJob", "alpha-network-probe")


def aimed_at(target):
    """Make a policy that names another target, or none."""
    policy = platform_policy()
    egress = policy.spec.egress.model_copy(update={"probe_target": target})
    spec = policy.spec.model_copy(update={"egress": egress})
    return facts(policy=policy.model_copy(update={"spec": spec}))


def job(surroundings=None):
    return objects(a_stack(), surroundings)[PROBE]["spec"]["jobTemplate"]["spec"]


def command(surroundings=None):
    (container,) = job(surroundings)["template"]["spec"]["containers"]
    return container["command"]


def test_the_probe_tries_the_address_that_the_platform_names():
    assert command() == [
        "tradingstack-jobs",
        "network-probe",
        "--target",
        "10.6.0.10:443",
        "--control",
        "kubernetes.default.svc",
    ]


def test_an_ipv6_target_is_written_in_brackets():
    assert "[2001:db8::9]:443" in command(aimed_at(ProbeTarget(host="2001:db8::9", port=443)))


def test_reaching_the_target_fails_the_job_at_once():
    (rule,) = job()["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailJob"
    assert rule["onExitCodes"]["values"] == [3]


def test_no_policy_but_the_general_ones_selects_the_probe():
    selectors = [item["spec"]["podSelector"] for item in build_network(a_stack(), facts())]
    assert not [one for one in selectors if "network-probe" in str(one)]


def test_without_a_target_nothing_is_probed():
    assert PROBE not in objects(a_stack(), aimed_at(None))
    assert PROBE not in objects(a_stack(), facts(policy=None))
