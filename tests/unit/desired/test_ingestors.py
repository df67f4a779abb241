from tests.unit.desired.factory import a_stack, an_ingestor, env, objects

DEPLOYMENT = ("Deployment", "alpha-ingestor-kraken")
BUDGET = ("PodDisruptionBudget", "alpha-ingestor-kraken")


def kraken(**fields):
    return objects(a_stack(ingestors=[an_ingestor(**fields)]))


def test_a_stack_without_ingestors_has_none_of_their_objects():
    rendered = objects(a_stack())
    assert not [name for kind, name in rendered if "ingestor" in name and kind != "NetworkPolicy"]


def test_each_ingestor_has_its_own_deployment():
    rendered = objects(a_stack(ingestors=[an_ingestor(), an_ingestor(name="risk")]))
    assert DEPLOYMENT in rendered
    assert ("Deployment", "alpha-ingestor-risk") in rendered


def test_the_pods_of_two_ingestors_are_told_apart():
    spec = kraken()[DEPLOYMENT]["spec"]
    label = "tradingstack.io/ingestor"
    assert spec["selector"]["matchLabels"][label] == "kraken"
    assert spec["template"]["metadata"]["labels"][label] == "kraken"


def test_one_replica_runs_unless_the_spec_says_otherwise():
    assert kraken()[DEPLOYMENT]["spec"]["replicas"] == 1
    assert kraken(replicas=0)[DEPLOYMENT]["spec"]["replicas"] == 0


def test_only_several_replicas_have_a_disruption_budget():
    assert BUDGET not in kraken()
    selector = kraken(replicas=2)[BUDGET]["spec"]["selector"]
    assert selector == kraken()[DEPLOYMENT]["spec"]["selector"]


def test_a_rollout_never_runs_more_feeds_than_asked_for():
    assert kraken()[DEPLOYMENT]["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 0


def test_an_ingestor_knows_its_name():
    assert env(kraken()[DEPLOYMENT])["TRADINGSTACK_INGESTOR"] == "kraken"


def test_a_feed_behind_the_proxy_goes_through_it():
    assert "HTTPS_PROXY" in env(kraken(partners=["sim-feed"])[DEPLOYMENT])
