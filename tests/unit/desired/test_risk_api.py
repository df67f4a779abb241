from tests.unit.desired.factory import a_risk_api, a_stack, container, env, facts, objects

DEPLOYMENT = ("Deployment", "alpha-risk-api")
AUTOSCALER = ("HorizontalPodAutoscaler", "alpha-risk-api")


def risk_api(**fields):
    return objects(a_stack(riskApi=a_risk_api(**fields)))


def test_two_replicas_run_unless_the_spec_says_otherwise():
    assert risk_api()[DEPLOYMENT]["spec"]["replicas"] == 2
    assert risk_api(replicas=0)[DEPLOYMENT]["spec"]["replicas"] == 0


def test_an_autoscaler_owns_the_number_of_replicas():
    rendered = risk_api(replicas=3, autoscaling={"minReplicas": 2, "maxReplicas": 9})
    assert "replicas" not in rendered[DEPLOYMENT]["spec"]
    spec = rendered[AUTOSCALER]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 9)
    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 60


def test_without_autoscaling_there_is_no_autoscaler():
    assert AUTOSCALER not in risk_api()


def test_a_rollout_never_has_fewer_replicas_than_asked_for():
    strategy = risk_api()[DEPLOYMENT]["spec"]["strategy"]
    assert strategy["rollingUpdate"]["maxUnavailable"] == 0


def test_a_stopping_pod_serves_until_its_endpoint_is_gone():
    hook = container(risk_api()[DEPLOYMENT])["lifecycle"]["preStop"]
    assert hook == {"sleep": {"seconds": 10}}


def test_the_service_has_the_business_port_and_the_health_port():
    ports = risk_api()["Service", "alpha-risk-api"]["spec"]["ports"]
    assert {(port["name"], port["port"]) for port in ports} == {("api", 8000), ("health", 8080)}


def test_the_users_settings_are_set_after_the_operators():
    names = [
        variable["name"]
        for variable in container(
            risk_api(env=[{"name": "LOG_LEVEL", "value": "info"}])[DEPLOYMENT]
        )["env"]
    ]
    assert names[-1] == "LOG_LEVEL"
    assert "TRADINGSTACK_CONFIG_DIR" in names


def test_a_users_setting_cannot_replace_the_operators():
    theirs = [{"name": "TRADINGSTACK_CONFIG_DIR", "value": "/tmp"}]  # noqa: S108 - in a container
    assert env(risk_api(env=theirs)[DEPLOYMENT])["TRADINGSTACK_CONFIG_DIR"] == "/etc/tradingstack"


def test_only_a_partner_behind_the_proxy_points_the_program_at_it():
    direct = objects(a_stack(orderRouting={"partners": ["sim-venue"]}))
    assert "HTTPS_PROXY" not in env(direct[DEPLOYMENT])


def test_orders_to_a_venue_behind_the_proxy_go_through_it():
    production = a_stack(environment="production", orderRouting={"partners": ["kraken-trade"]})
    variables = env(objects(production)[DEPLOYMENT])
    assert variables["HTTPS_PROXY"] == "http://10.9.0.10:3128"
    assert variables["NO_PROXY"] == (
        "localhost,127.0.0.1,alpha-bus,alpha-cache,alpha-database,alpha-features"
    )


def test_an_ipv6_proxy_is_bracketed_in_its_url():
    policy = facts().policy
    proxy = policy.spec.egress.proxy.model_copy(update={"host": "2001:db8::10"})
    egress = policy.spec.egress.model_copy(update={"proxy": proxy})
    spec = policy.spec.model_copy(update={"egress": egress})
    surroundings = facts(policy=policy.model_copy(update={"spec": spec}))
    production = a_stack(environment="production", orderRouting={"partners": ["kraken-trade"]})
    assert (
        env(objects(production, surroundings)[DEPLOYMENT])["HTTPS_PROXY"]
        == "http://[2001:db8::10]:3128"
    )
