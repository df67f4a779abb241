import pytest

from tests.unit.desired.factory import a_stack, container, facts, objects
from tradingstack_operator.desired.streams import declared, overlap

BUS = {"provider": "Builtin", "kind": "NATS"}


def of(kind, name="alpha-bus", **bus):
    return objects(a_stack(bus=BUS | bus))[(kind, name)]


def conf(**bus):
    return of("ConfigMap", **bus)["data"]["nats.conf"]


def streams(*, spec=(), **fields):
    stack = a_stack(**({"bus": BUS | {"streams": list(spec)}} | fields))
    return {stream.name: stream for stream in declared(stack).streams}


def test_a_bus_has_three_servers_by_default():
    assert of("StatefulSet")["spec"]["replicas"] == 3


def test_all_servers_start_at_once_because_the_first_waits_for_a_majority():
    assert of("StatefulSet")["spec"]["podManagementPolicy"] == "Parallel"
    assert of("Service", "alpha-bus-nodes")["spec"]["publishNotReadyAddresses"] is True


def test_a_drain_takes_one_server_at_a_time():
    assert of("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_the_servers_of_a_cluster_know_each_other_by_name():
    for number in range(3):
        assert f'"tls://alpha-bus-{number}.alpha-bus-nodes:6222"' in conf()


def test_a_single_server_forms_no_cluster():
    assert "cluster {" not in conf(replicas=1)


def test_jetstream_leaves_room_on_the_volume():
    assert f"max_file_store: {100 * 2**30 * 85 // 100}" in conf(storage={"size": "100Gi"})


def test_every_message_is_flushed_when_asked_for():
    assert 'sync_interval: "1s"' in conf()
    assert 'sync_interval: "always"' in conf(syncInterval="always")


def test_a_volume_has_the_size_and_class_that_is_asked_for():
    asked = of("StatefulSet", storage={"size": "2048Mi", "storageClass": "fast"})
    (claim,) = asked["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "2Gi"
    assert claim["spec"]["storageClassName"] == "fast"


@pytest.mark.parametrize(("policy", "kept"), [(None, "Retain"), ("Delete", "Delete")])
def test_volumes_outlive_the_stack_unless_asked_otherwise(policy, kept):
    stack = a_stack(**({"deletionPolicy": policy} if policy else {}))
    retention = objects(stack)[("StatefulSet", "alpha-bus")]["spec"][
        "persistentVolumeClaimRetentionPolicy"
    ]
    assert retention["whenDeleted"] == kept


def test_liveness_asks_no_other_server():
    probes = container(of("StatefulSet"))
    assert probes["livenessProbe"]["httpGet"]["path"] == "/healthz?js-enabled-only=true"
    assert probes["readinessProbe"]["httpGet"]["path"] == "/healthz"


def test_a_server_sends_its_clients_away_before_it_stops():
    server = container(of("StatefulSet"))
    assert server["lifecycle"]["preStop"]["exec"]["command"] == [
        "nats-server",
        "--signal",
        "ldm=/tmp/nats.pid",
    ]


def test_the_heap_stays_below_the_memory_limit():
    server = container(of("StatefulSet", resources={"limits": {"memory": "100Mi"}}))
    assert server["env"][0] == {"name": "GOMEMLIMIT", "value": str(90 * 2**20)}


def test_a_change_of_rights_restarts_the_servers():
    live, simulated = (
        objects(stack)[("StatefulSet", "alpha-bus")]["spec"]["template"]["metadata"]["annotations"]
        for stack in (a_stack(), a_stack(simulation={"enabled": True}))
    )
    assert live != simulated


def test_the_operators_image_runs_unless_the_spec_names_one():
    assert container(of("StatefulSet"))["image"] == facts().images.bus
    assert container(of("StatefulSet", image="registry.example/nats:2"))["image"].endswith("nats:2")


def test_no_password_stands_in_the_configuration_or_the_template():
    template = of("ExternalSecret")["spec"]["target"]["template"]["data"]["bus.users.conf"]
    assert template.count("password: {{ .") == template.count("password") == 4
    assert "password" not in conf()


def test_an_external_bus_is_not_rendered():
    external = {"host": "kafka.example", "port": 9093}
    stack = a_stack(bus={"provider": "External", "kind": "Kafka", "external": external})
    own = ("alpha-bus", "alpha-streams")
    assert [ref for ref in objects(stack) if ref[1].startswith(own)] == []


def test_a_stack_has_the_streams_its_programs_need():
    assert set(streams()) == {"MD", "FILLS", "RISK", "DLQ"}


def test_a_full_stream_of_fills_refuses_and_others_drop_their_oldest():
    assert {name: stream.discard for name, stream in streams().items()} == {
        "MD": "old",
        "FILLS": "new",
        "RISK": "old",
        "DLQ": "old",
    }


def test_the_default_streams_fit_the_volume_together():
    total = sum(stream.max_bytes for stream in streams().values())
    assert total <= 10 * 2**30 * 85 // 100


@pytest.mark.parametrize(("servers", "copies"), [(1, 1), (3, 3), (5, 3)])
def test_a_default_stream_has_a_copy_on_up_to_three_servers(servers, copies):
    found = streams(bus=BUS | {"replicas": servers})
    assert {stream.replicas for stream in found.values()} == {copies}


def test_a_simulation_stores_its_own_fills():
    assert streams()["FILLS"].subjects == ("fill.live.>",)
    assert streams(simulation={"enabled": True})["FILLS"].subjects == ("fill.sim.>",)


def test_a_declared_stream_is_as_the_spec_says():
    asked = {"name": "ticks", "subjects": ["md.>"], "maxAge": "24h", "maxBytes": "20Gi"}
    ticks = streams(spec=[asked | {"replicas": 3}])["ticks"]
    assert (ticks.replicas, ticks.max_age_seconds, ticks.max_bytes) == (3, 86400, 20 * 2**30)


def test_a_declared_stream_without_limits_has_none():
    ticks = streams(spec=[{"name": "ticks", "subjects": ["md.>"]}])["ticks"]
    assert (ticks.replicas, ticks.max_age_seconds, ticks.max_bytes) == (1, 0, -1)


@pytest.mark.parametrize(
    "asked",
    [{"name": "MD", "subjects": ["quotes.>"]}, {"name": "ticks", "subjects": ["md.trade.>"]}],
)
def test_a_default_stream_gives_way_to_one_of_its_name_or_subjects(asked):
    found = streams(spec=[asked])
    assert [name for name, one in found.items() if "md.>" in one.subjects] == []
    assert "FILLS" in found


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("md.>", "md.trade.kraken", True),
        ("md.*.kraken", "md.trade.*", True),
        ("md.trade", "md.trade", True),
        (">", "md", True),
        ("md.trade", "md.book", False),
        ("md", "md.trade", False),
        ("md.*", "md.trade.kraken", False),
    ],
)
def test_patterns_overlap_when_some_subject_matches_both(one, other, both):
    assert overlap(one, other) is both
    assert overlap(other, one) is both


def test_other_streams_are_another_job():
    jobs = [
        next(name for kind, name in objects(stack) if kind == "Job" and "streams" in name)
        for stack in (a_stack(), a_stack(bus=BUS | {"replicas": 1}))
    ]
    assert jobs[0] != jobs[1]


def test_streams_are_looked_at_again_by_the_clock():
    clock = of("CronJob", "alpha-streams")["spec"]
    assert (clock["schedule"], clock["concurrencyPolicy"]) == ("*/10 * * * *", "Forbid")
