import pytest

from tests.unit.rules.judging import broken_fields
from tradingstack_operator.rules import components

EXTERNAL = {"host": "db.example", "port": 5432, "database": "trading"}
STREAM = {"name": "ticks", "subjects": ["md.>"]}


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"database": {"provider": "External", "external": EXTERNAL, "backup": None}},
        {"environment": "staging", "database": {"backup": None}},
    ],
    ids=["with backup", "of somebody else", "in staging"],
)
def test_a_database_that_can_be_restored_is_kept(spec):
    assert broken_fields(components.production_database_is_backed_up, spec=spec) == []


@pytest.mark.parametrize("provider", ["Builtin", "CloudNativePG"])
def test_a_production_database_without_backup_is_refused(provider):
    assert broken_fields(
        components.production_database_is_backed_up,
        spec={"database": {"provider": provider, "backup": None}},
    ) == ["spec.database.backup"]


@pytest.mark.parametrize(
    "database",
    [{}, {"instances": 1}, {"provider": "CloudNativePG", "instances": 3}],
    ids=str,
)
def test_instances_that_the_provider_can_run_are_kept(database):
    assert (
        broken_fields(components.builtin_database_stands_alone, spec={"database": database}) == []
    )


def test_a_second_builtin_instance_is_refused():
    assert broken_fields(
        components.builtin_database_stands_alone, spec={"database": {"instances": 2}}
    ) == ["spec.database.instances"]


@pytest.mark.parametrize("database", [{}, {"provider": "External", "external": EXTERNAL}], ids=str)
def test_an_address_that_fits_the_provider_is_kept(database):
    assert (
        broken_fields(
            components.external_address_goes_with_external_provider, spec={"database": database}
        )
        == []
    )


@pytest.mark.parametrize(
    "database", [{"external": EXTERNAL}, {"provider": "External"}], ids=["needless", "missing"]
)
def test_an_address_that_does_not_fit_the_provider_is_refused(database):
    assert broken_fields(
        components.external_address_goes_with_external_provider, spec={"database": database}
    ) == ["spec.database.external"]


@pytest.mark.parametrize("bus", [{}, {"kind": "Kafka", "provider": "External"}], ids=str)
def test_a_bus_that_somebody_can_run_is_kept(bus):
    assert broken_fields(components.kafka_is_run_by_others, spec={"bus": bus}) == []


def test_a_builtin_kafka_is_refused():
    assert broken_fields(components.kafka_is_run_by_others, spec={"bus": {"kind": "Kafka"}}) == [
        "spec.bus.kind"
    ]


@pytest.mark.parametrize(
    "bus",
    [
        {},
        {"streams": [STREAM | {"replicas": 3}]},
        {"replicas": None, "streams": [STREAM | {"replicas": 3}]},
        {"replicas": 1, "streams": [STREAM]},
    ],
    ids=str,
)
def test_streams_that_fit_the_bus_are_kept(bus):
    assert broken_fields(components.streams_fit_the_bus, spec={"bus": bus}) == []


@pytest.mark.parametrize(
    "bus",
    [
        {"replicas": 1, "streams": [STREAM | {"replicas": 2}]},
        {"replicas": None, "streams": [STREAM | {"replicas": 4}]},
    ],
    ids=str,
)
def test_a_stream_with_more_replicas_than_the_bus_is_refused(bus):
    assert broken_fields(components.streams_fit_the_bus, spec={"bus": bus}) == [
        "spec.bus.streams[0].replicas"
    ]


@pytest.mark.parametrize("spec", [{}, {"environment": "staging", "observability": None}], ids=str)
def test_a_stack_with_enough_receivers_is_kept(spec):
    assert broken_fields(components.production_alerts_reach_somebody, spec=spec) == []


@pytest.mark.parametrize(
    "observability", [None, {"alerting": None}, {"alerting": {"receivers": []}}], ids=str
)
def test_production_without_a_receiver_is_refused(observability):
    assert broken_fields(
        components.production_alerts_reach_somebody, spec={"observability": observability}
    ) == ["spec.observability.alerting.receivers"]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"deletionPolicy": "Retain"},
        {"environment": "staging", "deletionPolicy": "Delete"},
    ],
    ids=str,
)
def test_production_that_retains_its_data_is_kept(spec):
    assert broken_fields(components.production_retains_its_data, spec=spec) == []


def test_production_that_deletes_its_data_is_refused():
    assert broken_fields(
        components.production_retains_its_data, spec={"deletionPolicy": "Delete"}
    ) == ["spec.deletionPolicy"]


@pytest.mark.parametrize(
    "autoscaling",
    [None, {"minReplicas": 3, "maxReplicas": 10}, {"minReplicas": 3, "maxReplicas": 3}],
    ids=str,
)
def test_bounds_in_order_are_kept(autoscaling):
    assert (
        broken_fields(
            components.autoscaling_bounds_are_in_order,
            spec={"riskApi": {"autoscaling": autoscaling}},
        )
        == []
    )


def test_a_minimum_above_the_maximum_is_refused():
    spec = {"riskApi": {"autoscaling": {"minReplicas": 4, "maxReplicas": 3}}}
    assert broken_fields(components.autoscaling_bounds_are_in_order, spec=spec) == [
        "spec.riskApi.autoscaling.minReplicas"
    ]
