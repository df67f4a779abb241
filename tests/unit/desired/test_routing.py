from tests.unit.desired.factory import a_secrets, a_stack, objects

ONCALL = {"name": "oncall", "severity": "critical", "webhookRemoteKey": "oncall-webhook"}
TEAM = {"name": "team", "severity": "info", "webhookRemoteKey": "chat/team"}
KEY = ("AlertmanagerConfig", "alpha")


def calling(*receivers, heartbeat=None, **spec):
    alerting = {"receivers": list(receivers)}
    alerting |= {"heartbeatRemoteKey": heartbeat} if heartbeat else {}
    return a_stack(observability={"alerting": alerting}, **spec)


def config(stack):
    return objects(stack)[KEY]["spec"]


def routes_of(stack, receiver):
    return [r for r in config(stack)["route"]["routes"] if r["receiver"] == receiver]


def test_without_alerting_nothing_is_routed():
    assert KEY not in objects(a_stack())


def test_a_receiver_hears_what_is_at_least_as_severe_as_it_asked_for():
    stack = calling(ONCALL, TEAM)
    heard = {
        name: routes_of(stack, name)[0]["matchers"][0]["value"]
        for name in ("call-oncall", "call-team")
    }
    assert heard == {"call-oncall": "critical", "call-team": "critical|warning|info"}


def test_an_alert_goes_on_to_the_other_receivers():
    stack = calling(ONCALL, TEAM)
    assert all(routes_of(stack, name)[0]["continue"] for name in ("call-oncall", "call-team"))


def test_what_no_receiver_wants_ends_here():
    spec = config(calling(ONCALL))
    assert spec["route"]["receiver"] == "nobody"
    assert {"name": "nobody"} in spec["receivers"]


def test_the_heartbeat_comes_first_and_calls_nobody():
    first = config(calling(ONCALL))["route"]["routes"][0]
    (matcher,) = first["matchers"]
    assert (matcher["value"], first["receiver"]) == ("TradingStackRoutingTest", "nobody")


def test_a_dead_mans_switch_hears_the_heartbeat_within_a_minute_or_two():
    stack = calling(ONCALL, heartbeat="switch")
    (route,) = routes_of(stack, "dead-mans-switch")
    assert (route["matchers"][0]["value"], route["repeatInterval"]) == (
        "TradingStackRoutingTest",
        "1m",
    )


def test_every_receiver_of_a_route_exists():
    spec = config(calling(ONCALL, TEAM, heartbeat="switch"))
    used = {spec["route"]["receiver"], *(route["receiver"] for route in spec["route"]["routes"])}
    assert used == {receiver["name"] for receiver in spec["receivers"]}


def test_a_receiver_that_the_spec_names_like_the_operators_own_is_another():
    twin = ONCALL | {"name": "nobody"}
    names = [receiver["name"] for receiver in config(calling(twin))["receivers"]]
    assert names == ["nobody", "call-nobody"]


def addresses(stack):
    return {
        item["name"]: item["webhookConfigs"][0]["urlSecret"]
        for item in config(stack)["receivers"]
        if "webhookConfigs" in item
    }


def test_an_address_comes_from_the_store():
    stack = calling(ONCALL, TEAM)
    secret = objects(stack)["ExternalSecret", "alpha-observability"]["spec"]
    read = {item["secretKey"]: item["remoteRef"]["key"] for item in secret["data"]}
    assert read == {
        "alert_call_oncall": "staging/trading/alpha/oncall-webhook",
        "alert_call_team": "staging/trading/alpha/chat/team",
    }


def test_every_address_is_a_key_of_the_secret():
    stack = calling(ONCALL, TEAM, heartbeat="switch")
    secret = objects(stack)["ExternalSecret", "alpha-observability"]["spec"]["target"]
    for address in addresses(stack).values():
        assert address["name"] == secret["name"]
        assert address["key"] in secret["template"]["data"]


def test_an_address_that_somebody_delivers_is_not_fetched():
    existing = a_secrets(existing={"alert-call-oncall": "the-hook"})
    stack = calling(ONCALL, secrets=existing)
    assert addresses(stack) == {"call-oncall": {"name": "the-hook", "key": "url"}}
    assert ("ExternalSecret", "alpha-observability") not in objects(stack)
