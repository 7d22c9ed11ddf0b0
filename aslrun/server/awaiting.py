"""Steps, done on an event loop between other things: a warm function's invocation needs no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

from aslrun.functions.steps import Result, Steps, go_on


async def in_steps(steps: Steps[Result], threads: Executor) -> Result:
    """Do all of it, and return what comes of it; on a thread from where it may take its time.

    When nobody waits for it any more (it is cancelled), it goes on to its end all the same.
    """
    try:
        wait = next(steps)
        while wait is not None and wait.channels.readable:
            try:
                await _readable(wait.channels.readable, wait.seconds)
            except asyncio.CancelledError:
                threads.submit(go_on, steps, wait)
                raise
            wait = steps.send(wait.channels.read(0))
    except StopIteration as done:
        result: Result = done.value
        return result
    return await asyncio.get_running_loop().run_in_executor(threads, go_on, steps, wait)


async def _readable(descriptors: Sequence[int], seconds: float) -> None:
    """Wait until one of some descriptors can be read, for at most so long."""
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    waited_for = [*descriptors]
    timer = loop.call_later(seconds, wake)
    for descriptor in waited_for:
        loop.add_reader(descriptor, wake)
    try:
        await woken
    finally:
        timer.cancel()
        for descriptor in waited_for:
            loop.remove_reader(descriptor)
