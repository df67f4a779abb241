import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stacks import facts, manifest, policy, stack
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.images import Images
from tradingstack_operator.rules.accept import accept


def test_a_fitting_stack_is_accepted_as_it_is():
    assert stack() == accept(manifest(), facts())


def test_a_paused_production_stack_is_accepted():
    assert isinstance(accept(manifest(spec={"paused": True}), facts()), TradingStack)


def test_every_violation_is_found_in_a_stable_order():
    bad = manifest(spec={"simulation": {"enabled": True}, "deletionPolicy": "Delete"})
    found = accept(bad, facts(stacks=("alpha", "beta"), images=Images()))
    assert [one.rule for one in found] == ["INV-03", "INV-04", "INV-31", *["image"] * 4]


def test_without_any_facts_a_stack_is_refused():
    assert {"INV-02", "INV-03", "INV-07", "INV-10a", "INV-12", "INV-16", "image"} == {
        violation.rule for violation in accept(manifest(), Facts())
    }


def test_an_unsafe_policy_makes_its_stacks_unsafe():
    unsafe = policy(spec={"egress": {"clusterCIDRs": ["all"]}})
    (violation,) = accept(manifest(), facts(policy=unsafe))
    assert (
        violation.rule,
        violation.field,
    ) == ("INV-17", "PlatformPolicy/default spec.egress.clusterCIDRs[0]")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            {"spec": {"database": {"password": "hunter2"}}},
            (
                "schema spec.database.password: unknown field; "
                "remove it or see kubectl explain tradingstack.spec.database"
            ),
        ),
        (
            {"spec": {"riskApi": {"image": None}}},
            (
                "schema spec.riskApi.image: required, but absent; "
                "add it or see kubectl explain tradingstack.spec.riskApi.image"
            ),
        ),
        (
            {"spec": {"riskApi": {"replicas": "3"}}},
            (
                "schema spec.riskApi.replicas: must be a valid integer; "
                "see kubectl explain tradingstack.spec.riskApi.replicas"
            ),
        ),
        (
            {"spec": {"simulation": {"enabled": "true"}}},
            (
                "schema spec.simulation.enabled: must be a valid boolean; "
                "see kubectl explain tradingstack.spec.simulation.enabled"
            ),
        ),
        (
            {"spec": {"ingestors": [{"name": "a"}]}},
            (
                "schema spec.ingestors[0].image: required, but absent; "
                "add it or see kubectl explain tradingstack.spec.ingestors.image"
            ),
        ),
        (
            {"spec": {"ingestors": {"name": "a"}}},
            (
                "schema spec.ingestors: must be a list; "
                "see kubectl explain tradingstack.spec.ingestors"
            ),
        ),
        (
            {"spec": {"cache": "redis"}},
            "schema spec.cache: must be an object; see kubectl explain tradingstack.spec.cache",
        ),
        (
            {"spec": {"secrets": {"existing": {"A b": "x"}}}},
            (
                "schema spec.secrets.existing.A b: must match pattern "
                "'^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$'; "
                "see kubectl explain tradingstack.spec.secrets.existing"
            ),
        ),
        (
            {"spec": {"risk_api": {"image": "registry.example/a"}}},
            (
                "schema spec.risk_api: unknown field; "
                "remove it or see kubectl explain tradingstack.spec"
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_manifest_that_does_not_parse_is_refused_with_the_next_step(overrides, said):
    assert [said] == [str(violation) for violation in accept(manifest(**overrides), facts())]


def test_all_mistakes_of_the_schema_are_found_at_once():
    bad = manifest(spec={"paused": 1, "sizing": "huge", "riskApi": {"replicas": -1}})
    assert [violation.field for violation in accept(bad, facts())] == [
        "spec.paused",
        "spec.riskApi.replicas",
        "spec.sizing",
    ]


def test_an_empty_manifest_is_refused():
    assert {"apiVersion", "kind", "metadata", "spec"} == {
        violation.field for violation in accept({}, Facts())
    }


@pytest.mark.parametrize("count", [33, 10_000])
def test_too_many_ingestors_are_refused(count):
    ingestors = [{"name": f"i{n}", "image": "registry.example/a"} for n in range(count)]
    (violation,) = accept(manifest(spec={"ingestors": ingestors}), facts())
    assert (violation.rule, violation.field) == ("schema", "spec.ingestors")


SECRET = "hunter2-" + "x" * 200


@given(
    st.sampled_from(
        [
            {"environment": SECRET},
            {"database": {"image": SECRET}},
            {"database": {"external": {"host": SECRET, "port": 1, "database": SECRET}}},
            {"database": {"parameters": {"work_mem": SECRET}}},
            {"secrets": {"pathPrefix": SECRET}},
            {"observability": {"alerting": {"receivers": [SECRET]}}},
            {"riskApi": {"replicas": SECRET, "env": [{"name": "A", "value": SECRET}]}},
            {"safety": {"circuitBreakers": [{"name": SECRET, "threshold": SECRET}]}},
            {"extra": SECRET},
        ]
    )
)
def test_no_message_repeats_what_was_written(spec):
    assert not any(
        "hunter2" in str(violation) for violation in accept(manifest(spec=spec), facts())
    )


def test_violations_of_the_policy_are_sorted_in():
    unsafe = policy(spec={"egress": {"clusterCIDRs": ["all"]}})
    bad = manifest(spec={"simulation": {"enabled": True}, "deletionPolicy": "Delete"})
    found = accept(bad, facts(policy=unsafe))
    assert [one.rule for one in found] == ["INV-04", "INV-17", "INV-31"]
