"""What the pods of an environment may reach outside the cluster, in CEL and in Python."""

from typing import Final, NamedTuple

from tradingstack_operator.rules.request import Request

WAYS: Final = """\
[{'cidrs': dyn([params.spec.egress.proxy.host\
 + (params.spec.egress.proxy.host.contains(':') ? '/128' : '/32')]),\
 'ports': dyn([params.spec.egress.proxy.port])}]\
 + (has(params.spec.egress.apiServer)\
 ? [{'cidrs': dyn(params.spec.egress.apiServer.cidrs),\
 'ports': dyn([params.spec.egress.apiServer.port])}] : [])\
 + params.spec.egress.?objectStores.orValue([]).map(store,\
 {'cidrs': dyn(store.cidrs), 'ports': dyn([store.port])})\
 + params.spec.egress.?services.orValue([]).filter(service,\
 variables.environment in service.environments).map(service,\
 {'cidrs': dyn(service.cidrs), 'ports': dyn([service.port])})\
 + params.spec.egress.partners.filter(partner, partner.via == 'Direct'\
 && variables.environment in partner.environments).map(partner,\
 {'cidrs': dyn(partner.cidrs), 'ports': dyn(partner.ports)})"""


class Way(NamedTuple):
    """What may be reached outside the cluster, and on which ports."""

    cidrs: tuple[str, ...]
    ports: tuple[int, ...]


def ways(request: Request) -> list[Way]:
    """List what the pods of this environment may reach themselves."""
    egress = request.allowed.egress
    proxy, server = egress.proxy, egress.api_server
    return [
        Way((f"{proxy.host}/{128 if ':' in proxy.host else 32}",), (proxy.port,)),
        *([Way(server.cidrs, (server.port,))] if server else []),
        *(Way(store.cidrs, (store.port,)) for store in egress.object_stores),
        *(
            Way(service.cidrs, (service.port,))
            for service in egress.services
            if request.environment in service.environments
        ),
        *(
            Way(partner.cidrs, partner.ports)
            for partner in egress.partners
            if partner.via == "Direct" and request.environment in partner.environments
        ),
    ]
