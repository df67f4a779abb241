from tests.scenario.test_surroundings import *
async def test_x(server, ready):
    server.cluster.apply(PLATFORM_POLICY, moved_policy(), manager="platform", force=True)
    await ready.rest()
    print(server.stack()["status"]["conditions"][:4])
    for b in server.cluster.objects(NETWORK_POLICY):
        if "kraken" in b["metadata"]["name"]: print(b["spec"])
    print(server.cluster.objects(PLATFORM_POLICY)[0]["spec"]["egress"])
