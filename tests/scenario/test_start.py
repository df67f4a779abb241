async def test_a_stack_becomes_ready(server, operator):
    import time
    t=time.time()
    server.apply_stack()
    await server.until_condition("Ready", "True")
    print("ready", time.time()-t)
    await operator.rest()
    print("rest", time.time()-t)
    from tests.scenario.stage import named
    print("\n".join(named(server.writes())))
    for b in server.history: print([ (c["type"],c["status"],c["reason"]) for c in b.get("status",{}).get("conditions",[])])
    await operator.stop()
    print("stop", time.time()-t)
