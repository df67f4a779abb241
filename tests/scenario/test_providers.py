"""A cluster without the External Secrets Operator is said to be one, and comes good with it."""

from tests.scenario.operators import running
from tradingstack_operator.cluster import informer
from tradingstack_operator.model.kinds import DEPLOYMENT, EXTERNAL_SECRET, STATEFUL_SET


async def test_a_missing_provider_is_named_and_ends_nothing(server, credentials):
    server.cluster.catalogue.withdraw(EXTERNAL_SECRET)
    async with running(server, credentials) as operator:
        server.apply_stack()
        told = await server.until_condition("Stalled", "True", "ProviderMissing")
        await operator.rest()
    assert "External Secrets Operator" in told["message"]
    assert set() == server.names(STATEFUL_SET, DEPLOYMENT)


async def test_a_provider_that_is_installed_later_is_used(server, credentials, monkeypatch):
    monkeypatch.setattr(informer, "MISSING_PAUSE", 0.2)
    server.cluster.catalogue.withdraw(EXTERNAL_SECRET)
    async with running(server, credentials) as operator:
        server.apply_stack()
        await server.until_condition("Stalled", "True", "ProviderMissing")
        server.cluster.catalogue.serve(EXTERNAL_SECRET)
        await server.until_condition("Ready", "True")
        await operator.rest()


async def test_a_provider_that_is_taken_away_is_missed(server, ready, monkeypatch):
    monkeypatch.setattr(informer, "MISSING_PAUSE", 0.2)
    server.cluster.catalogue.withdraw(EXTERNAL_SECRET)
    server.cut_watches(mid_line=False, broken=False)
    await server.until_condition("Stalled", "True", "ProviderMissing")
    server.cluster.catalogue.serve(EXTERNAL_SECRET)
    await server.until_condition("Ready", "True")
    await ready.rest()
