import pytest

from tradingstack_operator.planning.diff import first_difference


@pytest.mark.parametrize(
    ("desired", "live", "difference"),
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": 1}, {"a": 1, "defaulted": True}, None),
        ({"a": 1}, {"a": 2}, "a"),
        ({"a": 1}, {}, "a"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b"),
        ({"a": {"b": 1}}, {"a": "b"}, "a"),
        ({"a": {}}, {}, "a"),
        ({"a": {}}, {"a": {"defaulted": 1}}, None),
        ({"a": None}, {"a": None}, None),
        ({"a": "x", "b": "x"}, {"a": "y", "b": "y"}, "a"),
    ],
)
def test_a_map_is_covered_by_one_that_says_the_same_and_more(desired, live, difference):
    assert first_difference(desired, live) == difference


@pytest.mark.parametrize(
    ("desired", "live"),
    [(1, True), (0, False), (1, "1"), (1, 1.0), ("", None), (False, None)],
)
def test_values_of_different_types_differ(desired, live):
    assert first_difference({"a": desired}, {"a": live}) == "a"


@pytest.mark.parametrize(
    ("desired", "live", "difference"),
    [
        (["x"], ["x"], None),
        (["x"], ["x", "y"], "args"),
        (["x", "y"], ["y", "x"], "args[0]"),
        (["x"], "x", "args"),
        ([], [], None),
        ([], ["x"], "args"),
        ([{"a": 1}], [{"a": 1, "defaulted": 2}], None),
        ([{"a": 1}], [{"a": 2}], "args[0].a"),
    ],
)
def test_an_atomic_list_is_compared_item_by_item(desired, live, difference):
    assert first_difference({"args": desired}, {"args": live}) == difference


APP = {"name": "app", "image": "app:1"}
SIDECAR = {"name": "mesh", "image": "mesh:1"}


@pytest.mark.parametrize(
    ("live", "difference"),
    [
        ([APP], None),
        ([APP | {"imagePullPolicy": "IfNotPresent"}], None),
        ([SIDECAR, APP], None),
        ([SIDECAR], "containers[0]"),
        ([SIDECAR, APP | {"image": "evil:1"}], "containers[0].image"),
        (None, "containers"),
    ],
)
def test_a_keyed_list_is_compared_by_its_keys(live, difference):
    assert first_difference({"containers": [APP]}, {"containers": live}) == difference


@pytest.mark.parametrize(
    ("field", "desired", "live"),
    [
        ("env", {"name": "A", "value": "1"}, {"name": "B", "value": "2"}),
        ("volumeMounts", {"mountPath": "/a", "name": "x"}, {"mountPath": "/b", "name": "x"}),
        ("ownerReferences", {"uid": "1", "name": "x"}, {"uid": "2", "name": "x"}),
    ],
)
def test_an_item_that_others_put_in_front_of_a_keyed_list_is_no_difference(field, desired, live):
    assert first_difference({field: [desired]}, {field: [live, desired]}) is None


def test_spread_constraints_of_one_topology_key_are_told_apart_by_what_they_do():
    hard = {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}
    soft = {"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 2}
    field = "topologySpreadConstraints"
    assert first_difference({field: [hard, soft]}, {field: [soft, hard]}) is None


def test_ports_of_a_container_are_told_apart_by_number_and_protocol():
    udp = {"containerPort": 53, "protocol": "UDP"}
    tcp = {"containerPort": 53, "protocol": "TCP"}
    assert first_difference({"ports": [udp, tcp]}, {"ports": [tcp, udp]}) is None


def test_ports_of_a_service_are_told_apart_by_number_and_protocol():
    one = {"port": 1, "protocol": "TCP", "targetPort": "a"}
    two = {"port": 2, "protocol": "TCP", "targetPort": "b"}
    live = {"spec": {"ports": [two | {"nodePort": 30000}, one]}}
    assert first_difference({"spec": {"ports": [one, two]}}, live) is None


def test_ports_of_a_network_policy_are_atomic():
    one, two = {"port": 1, "protocol": "TCP"}, {"port": 2, "protocol": "TCP"}
    desired = {"spec": {"egress": [{"ports": [one]}]}}
    live = {"spec": {"egress": [{"ports": [one, two]}]}}
    assert first_difference(desired, live) == "spec.egress[0].ports"


@pytest.mark.parametrize("desired", [[], [80]])
def test_ports_that_are_no_objects_are_atomic(desired):
    assert first_difference({"ports": desired}, {"ports": [1, 2]}) == "ports"


def test_a_difference_deep_inside_is_named_with_its_whole_path():
    def pod(image):
        return {"spec": {"template": {"spec": {"containers": [APP | {"image": image}]}}}}

    assert first_difference(pod("a"), pod("b")) == "spec.template.spec.containers[0].image"
