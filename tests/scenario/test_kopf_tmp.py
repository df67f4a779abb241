import asyncio, time
async def test_foreign_task(server, operator):
    server.apply_stack()
    await server.until_condition("Ready", "True")
    await operator.rest()
    foreign = asyncio.create_task(asyncio.Event().wait())
    server.fail_watches(500)
    t=time.time()
    await asyncio.sleep(0.5)
    print("shell down", time.time()-t, foreign)
    try:
        async with asyncio.timeout(12):
            await asyncio.wait({foreign})
    except TimeoutError: pass
    print("now", time.time()-t, foreign)
    foreign.cancel()
    t=time.time()
    await operator.stop()
    print("stop", time.time()-t)
async def test_stop(server, operator):
    server.apply_stack()
    await server.until_condition("Ready", "True")
    await operator.rest()
    foreign = asyncio.create_task(asyncio.Event().wait())
    t=time.time()
    await operator.stop()
    print("stop", time.time()-t, foreign, len(asyncio.all_tasks()))
    foreign.cancel()
