"""How an execution is run: the same options in Python, in tests and on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, Unpack

from aslrun.drivers.clock import Clock
from aslrun.interpreter.loop import Machine

if TYPE_CHECKING:
    from aslrun.functions.log import Show
    from aslrun.integrations.mocks import Mocks
    from aslrun.services.places import Aws

Instrument: TypeAlias = Callable[[Machine], Machine]
ChildHistory: TypeAlias = Literal["on-disk", "off"]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How an execution is run, in Python, in tests and on the command line.

    Args:
        functions: Lambda functions by name. Each is a callable of (event) or (event, context), a value to
            return, an exception to raise, or a tuple of these, one for each call. A function that is not here
            is run from the handlers that lie beside the definition.
        mocks: the same for Tasks of any service, by the state's name, asked before anything else; a callable
            gets the arguments. `aslrun.StateError("Name", "cause")` fails with just that error. Or what
            `StateMachine.read_mocks` returned.
        function_files: `NAME=FILE:HANDLER` for functions in files, before those found by name.
        name: the execution's name; a UUID by default.
        clock: a virtual clock by default, which jumps over waiting; `VirtualClock(start)` begins then.
        seed: makes chance (States.UUID, States.MathRandom, jitter, the default name) repeatable.
        quota: False lifts the service's limits on events and sizes.
        cold: start a fresh worker for each invocation of a function in a file.
        workers: how many processes run functions in files at once; further invocations wait. By default one
            for each 128 MB of this machine's memory and at most 64, as far as its limit on open files allows.
        reports: add the lines START, END and REPORT to the functions' logs.
        show: is given each line of those logs, after the function's name; they go to stderr by default.
        aws: where calls to AWS go: `local` (in this process), `off`, `real`, the URL of an endpoint, or what
            `aws_at` returned. By default as aslrun.toml says in `[aws] at`, else `local` where `aslrun[aws]`
            is installed. Handlers in files reach the same place, and have no other credentials unless it is
            `real`.
        aws_dump: a folder that what is in the local AWS at the end is written to.
        activities: callables (input) that work on the Tasks of activities, by the activity's
            name or ARN; or values, exceptions and tuples, as in `functions`; or an `aslrun.ActivityQueue`.
        answers: what task tokens are answered with, by the state's name, once the service was called: values,
            exceptions, callables (arguments), and tuples of these.
        token_grace: the real seconds for which a virtual clock waits for somebody to answer a task token
            before it jumps over the time; by default 0 (`execute`).
        s3: folders that stand for S3 buckets, by the buckets' names, before those of `[s3]` in aslrun.toml.
        child_history: whether the histories of the children of distributed Maps are kept, "on-disk" in a
            temporary file, or not, "off".
        map_workers: who runs the children of distributed Maps: "here", a number of processes, "dask:2" (a
            cluster of Dask's on this machine), or a Dask scheduler's address ("tcp://HOST:PORT"). By default
            as aslrun.toml says in `[map] workers`, else here. See docs/distributed-map.md.
        trace: whether somebody takes the execution's trace: the functions in files are told so, in the
            tracing header that they have.
        instrument: makes the machine that is run of the compiled one, to see what is exercised.
        partial: run also where nothing answers some of the Tasks, until one of them is come to.
        http_private: let HTTP Tasks go to addresses that are not public; see docs/http-task.md.

    An execution that is started with them raises UsageError for a mock of a state that is no Task of the
    machine, for a function that none of them calls, and for Tasks that nothing answers; but a test case of a
    mock configuration names the Tasks on its way, and no others.
    """

    functions: Mapping[str, Any] = field(default_factory=dict)
    mocks: Mapping[str, Any] | Mocks = field(default_factory=dict)
    function_files: Sequence[str] = ()
    name: str | None = None
    clock: Clock | None = None
    seed: int | str | None = None
    quota: bool = True
    cold: bool = False
    workers: int | None = None
    reports: bool = False
    show: Show | None = None
    aws: str | Aws | None = None
    aws_dump: str | os.PathLike[str] | None = None
    activities: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    token_grace: float = 0.0
    s3: Mapping[str, str | os.PathLike[str]] = field(default_factory=dict)
    child_history: ChildHistory = "on-disk"
    map_workers: int | str | None = None
    trace: bool = False
    instrument: Instrument | None = None
    partial: bool = False
    http_private: bool = False


RUN_OPTIONS = RunOptions()


class Options(TypedDict, total=False):
    """The arguments of `StateMachine.execute`: what `RunOptions` has, by the same names."""

    functions: Mapping[str, Any] | None
    mocks: Mapping[str, Any] | Mocks | None
    function_files: Sequence[str]
    name: str | None
    clock: Clock | None
    seed: int | str | None
    quota: bool
    cold: bool
    workers: int | None
    reports: bool
    show: Show | None
    aws: str | Aws | None
    aws_dump: str | os.PathLike[str] | None
    activities: Mapping[str, Any] | None
    answers: Mapping[str, Any] | None
    token_grace: float
    s3: Mapping[str, str | os.PathLike[str]] | None
    child_history: ChildHistory
    map_workers: int | str | None
    trace: bool
    instrument: Instrument | None
    partial: bool
    http_private: bool


def options_of(**given: Unpack[Options]) -> RunOptions:
    """Return the options that arguments are; those that are None are left at what they are by default."""
    return RunOptions(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
