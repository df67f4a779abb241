"""An event loop whose clock jumps to the next timer, so that a pause of hours costs nothing."""

import asyncio
import functools
import selectors


class JumpingSelector(selectors.DefaultSelector):
    """Serve what is ready; when nothing is, move the clock instead of waiting."""

    def __init__(self):
        super().__init__()
        self.moment = 0.0

    def select(self, timeout=None):
        found = super().select(0)
        if not found:
            if timeout is None:
                raise RuntimeError("everything waits for something that never comes")
            self.moment += max(0.0, timeout)
        return found


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self):
        return self.jumping.moment


def in_virtual_time(test):
    """Run a test, which may wait as long as it likes, on a loop of its own."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now():
    """Tell the seconds since the test began."""
    return asyncio.get_running_loop().time()


async def let_run(coroutine, seconds):
    """Run something that never ends for some seconds, then cancel it and wait for its end."""
    task = asyncio.ensure_future(coroutine)
    await asyncio.wait({task}, timeout=seconds)
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
