"""A whole server: the store, the engine, the operations and the port, from opening to closing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from aslrun.errors import AslrunError, UsageError
from aslrun.functions.log import Show, show_on_stderr
from aslrun.server.api_gateway.opening import Apis
from aslrun.server.app import Application
from aslrun.server.clients import boto3_client
from aslrun.server.console.guard import Guard
from aslrun.server.console.routes import Console
from aslrun.server.engine import Engine
from aslrun.server.events.declared import Declared
from aslrun.server.events.hub import Events
from aslrun.server.events.invoking import EventFunctions
from aslrun.server.events.mapping import MappingError
from aslrun.server.events.telling import Telling
from aslrun.server.exporting import Exporting
from aslrun.server.files import create_machines
from aslrun.server.lambda_api.calls import Calls
from aslrun.server.lambda_api.operations import Functions
from aslrun.server.lambda_api.routes import PREFIXES, Routes
from aslrun.server.lambda_api.settings import EventSources
from aslrun.server.lambda_api.settings import Settings as FunctionSettings
from aslrun.server.lambda_api.versions import Versions
from aslrun.server.leaving import close_at_exit
from aslrun.server.listening import Listener, bind, raise_file_limit
from aslrun.server.local_aws import LocalAws
from aslrun.server.nested import NestedExecutions
from aslrun.server.observing import PATH as METRICS
from aslrun.server.observing import Observing
from aslrun.server.operations import operate
from aslrun.server.operations.machines import remove_if_deleted
from aslrun.server.operations.starting import start_nested
from aslrun.server.projects import declare, functions_folder, templates_of, with_machines
from aslrun.server.protocol import QUICK, Protocol
from aslrun.server.service import Service
from aslrun.server.watching import Watch
from aslrun.states.resource import DEFAULT_REGION
from aslrun.store import DEFAULT_STORE, Resource, open_store
from aslrun.store.records import Sync
from aslrun.values import JSON, to_json_text

PORT = 8083
"""Step Functions Local's."""
API_PORT = 3000
"""That of `sam local start-api`."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a server is to be.

    Args:
        files: definitions, templates and folders whose machines it has from the start.
        host: the address that it listens on.
        port: the port; 0 for a free one.
        api_port: the port of the templates' HTTP APIs, REST APIs and function URLs; 0 for a free one.
        store: a file, `memory`, or a `postgresql://` URL.
        sync: `full` waits for the disk at each commit; see `aslrun.store.open_store`.
        time: `real`, or `virtual`, where the clock jumps whenever all executions wait.
        scale: how many seconds go by in a real one.
        seed: makes runs repeatable.
        mock_config: a mock configuration of Step Functions Local.
        function_files: `NAME=FILE:HANDLER` for functions in files.
        aws: where calls to AWS go, and what is behind the port besides; see `aslrun.machine.RunOptions`.
        http_private: let HTTP Tasks go to addresses that are not public.
        watch: update machines as their files are saved.
        resume: go on with the executions that an earlier server has left.
        show: is given each line that functions print, after the function's name.
        tell: is told what is wrong with a file that was saved.
        json_log: tell of all that happens as objects on stderr, not by `show` and `tell`; what functions
            print, too, if `show` would write it there.
    """

    files: Sequence[str] = ()
    host: str = "127.0.0.1"
    port: int = PORT
    api_port: int = API_PORT
    store: str = DEFAULT_STORE
    sync: Sync = "normal"
    time: str = "real"
    scale: float = 1.0
    seed: str | None = None
    mock_config: str | None = None
    function_files: Sequence[str] = ()
    aws: str | None = None
    http_private: bool = False
    watch: bool = False
    resume: bool = True
    show: Show = show_on_stderr
    tell: Callable[[AslrunError], None] = print
    json_log: bool = False


class Server:
    """A server that listens. Closed by `close`, or at the end of a `with`.

    `url` is its address, `environment` the variables with which AWS SDKs find it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        raise_file_limit()
        self.telling = Telling(settings.show, as_json=settings.json_log)
        listening = bind(settings.host, settings.port)
        self.port: int = listening.getsockname()[1]
        try:
            self.store = open_store(settings.store, sync=settings.sync)
        except BaseException:
            listening.close()
            raise
        self.templates = templates_of(settings.files)
        folder = Path(self.templates[0].file).parent if self.templates else None
        self.aws = LocalAws(settings.aws, self.url, folder, self.templates)
        self.engine = self._new_engine()
        self.service = Service(self.store, self.engine)
        self._add_nested()
        # On a database elsewhere, or with a disk that is waited for, each statement takes its time.
        is_quick = self.store.is_at_hand and settings.sync == "normal"
        self.protocol = Protocol(lambda request: operate(self.service, request), QUICK if is_quick else ())
        calls = Calls(self.engine.deployed, self.engine.find_function, self.engine.workers, self.telling.line)
        self.functions = EventFunctions(calls)
        self.events = self._new_events() if self.aws.is_local else None
        if self.events is not None:
            calls.later = self.events.targets.invoked
        self.exporting = Exporting(self.engine.running.history_of, self.telling.line)
        self.observing = self._new_observing()
        self.application = self._new_application(calls)
        self.aws.serve(self.application)
        self._listener = Listener(self.application, listening)
        self._clients: dict[str, Any] = {}
        self._watch: Watch | None = None
        try:
            self.machines = self._create_machines()
            self.apis = self._new_apis()
        except BaseException:
            listening.close()
            self.engine.close()
            self.store.close()
            raise
        if settings.watch:
            self._watch = Watch(settings.files, self._update, self._tell_mistake)
        self.engine.start_running(resume=settings.resume)
        self._listener.start()
        if self.events is not None:
            self._make_declared(self.events)
        self._has_closed = close_at_exit(self)

    def _create_machines(self) -> list[Resource]:
        files = with_machines(self.settings.files)
        return create_machines(self.service, files, resolve=self.aws.resolved) if files else []

    def _new_engine(self) -> Engine:
        settings = self.settings
        engine = Engine(
            self.store,
            surroundings=self.aws,
            services=self.aws.integrations(),
            s3=lambda: self.aws.aws.client("s3"),
            time=settings.time,
            scale=settings.scale,
            seed=settings.seed,
            functions_folder=functions_folder(settings.store),
            function_files=settings.function_files,
            mock_config=settings.mock_config,
            http_private=settings.http_private,
            show=self.telling.line,
        )
        declare(engine.deployed, self.templates)
        return engine

    def _add_nested(self) -> None:
        """Let Tasks start executions of the server's machines; see to machines that are to be deleted."""
        self.engine.preparing.integrations.append(
            NestedExecutions(
                lambda members, starter: start_nested(self.service, members, starter),
                self.engine.watch,
                self.engine.stop_soon,
            )
        )
        self.engine.after_end.append(lambda record: remove_if_deleted(self.service, record.machine))

    def _new_observing(self) -> Observing:
        engine, telling = self.engine, self.telling
        observing = Observing(engine.running.history_of, engine.preparing.has_tasks, engine.now, telling.line)
        engine.after_start.append(observing.started)
        engine.after_end.append(observing.ended)
        engine.after_end.append(self.exporting.ended)
        engine.workers.on_invoked = observing.invoked
        if telling.as_json:
            engine.after_start.append(telling.execution)
            engine.after_end.append(telling.execution)
            engine.workers.on_invoked = telling.before(observing.invoked)
        if self.aws.is_local:
            observing.put_into(self.aws.aws)
            self.exporting.put_into(self.aws.aws)
        return observing

    def _new_application(self, calls: Calls) -> Application:
        """Return what answers requests: Step Functions, Lambda, the console, and the local AWS."""
        settings, engine = self.settings, self.engine
        fetch = self.aws.fetch if self.aws.is_local else None
        routes = Routes(
            Functions(engine.deployed, engine.now, fetch),
            calls,
            Versions(engine.deployed, engine.now, fetch),
            FunctionSettings(engine.deployed, engine.now, self.functions.set),
            EventSources(self.events.mappings if self.events is not None else None, MappingError),
        )
        self.console = Console(
            self.service,
            self.protocol,
            kept_in=self.kept_in,
            time=settings.time,
            scale=settings.scale,
        )
        return Application(
            self.protocol,
            {**dict.fromkeys(PREFIXES, routes.handle), METRICS: self.observing.answer},
            self.aws.forward if self.aws.is_local else None,
            guard=Guard(settings.host),
            console=self.console.answer,
        )

    def _new_apis(self) -> Apis:
        settings = self.settings
        return Apis(
            lambda: self.templates,
            self.engine,
            settings.function_files,
            self.telling.line,
            self.protocol,
            self.telling,
            host=settings.host,
            port=settings.api_port,
        )

    def _new_events(self) -> Events:
        events = Events(self.aws.aws, self.engine.driver, self.functions, self._start, self.telling)
        self.functions.others.append(events.pipes.run)
        self.engine.after_start.append(events.has_changed)
        self.engine.after_end.append(events.has_changed)
        return events

    def _start(self, arn: str, input: JSON) -> str:
        members = {"stateMachineArn": arn, "input": to_json_text(input)}
        return start_nested(self.service, members, "").arn

    def _make_declared(self, events: Events) -> None:
        """Make the event sources of templates, and begin to read queues and streams."""
        for template in self.templates:
            declared = Declared(template, events)
            declared.make()
            self.functions.settings |= declared.asynchronous
        events.begin()

    def advance(self, seconds: float) -> None:
        """Let time go by on the server's clock, until what was due in it has come to its end.

        On a virtual clock that takes no time; schedules happen only so, and when executions wait.
        """
        if self.events is not None:
            self.events.advance(seconds)

    def settle(self) -> None:
        """Wait until no event is being delivered any more."""
        if self.events is not None:
            self.events.settle()

    def _update(self) -> None:
        """Take what was saved: functions at once, machines for executions that start from now on."""
        began = perf_counter()
        self.templates = templates_of(self.settings.files)
        declare(self.engine.deployed, self.templates)
        self.engine.workers.renew()
        self.engine.preparing.forget_functions()
        self.machines = self._create_machines() or self.machines
        self.apis.renew()
        self.telling.reloaded("ok", perf_counter() - began)

    def _tell_mistake(self, mistake: AslrunError) -> None:
        if self.settings.json_log:
            self.telling.reloaded(str(mistake))
        else:
            self.settings.tell(mistake)

    @property
    def kept_in(self) -> str:
        """Where executions are kept; of a URL, without what is nobody's business."""
        store = self.settings.store
        return store.rpartition("@")[2] if "://" in store else store

    @property
    def url(self) -> str:
        """Where it listens, as clients on this machine write it."""
        return self._url(self.port)

    @property
    def api_url(self) -> str | None:
        """Where the APIs of its templates listen; None where they have no routes."""
        return None if self.apis.port is None else self._url(self.apis.port)

    def _url(self, port: int) -> str:
        host = self.settings.host
        shown = "127.0.0.1" if host in ("localhost", "0.0.0.0", "::", "") else host
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for AWS SDKs and the AWS command line."""
        return {
            **({"AWS_ENDPOINT_URL": self.url} if self.aws.is_local else {}),
            "AWS_ENDPOINT_URL_SFN": self.url,
            "AWS_ENDPOINT_URL_LAMBDA": self.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": "aslrun",
            "AWS_SECRET_ACCESS_KEY": "aslrun",
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
        }

    def client(self, service: str = "stepfunctions") -> Any:
        """Return a boto3 client that asks this server, the same one each time.

        Raises UsageError where boto3 is not installed.
        """
        if service not in self._clients:
            self._clients[service] = boto3_client(service, self.url)
        return self._clients[service]

    def close(self) -> None:
        """End it. What runs goes on with the next server on the same store, if that outlives this one."""
        self._has_closed()
        if self._watch is not None:
            self._watch.close()
        self.console.close()
        self._listener.close()
        self.application.close()
        self.apis.close()
        if self.events is not None:
            self.events.close()
        self.protocol.close()
        self.engine.close()
        self.exporting.close()
        self.aws.close()
        self.store.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    *files: str | os.PathLike[str],
    port: int = 0,
    api_port: int = 0,
    host: str = "127.0.0.1",
    store: str | os.PathLike[str] = "memory",
    time: str = "virtual",
    time_scale: float = 1.0,
    seed: int | str | None = None,
    mock_config: str | os.PathLike[str] | None = None,
    function_files: Sequence[str] = (),
    aws: str | None = None,
    http_private: bool = False,
    show: Show = show_on_stderr,
) -> Server:
    """Serve the Step Functions API in this process, for tests in any language.

        with aslrun.serve("order.asl.json") as server:
            client = server.client("stepfunctions")

    Args: see `Settings`; here the ports are free ones, nothing is kept, and the clock jumps over waiting.
    Raises UsageError for what cannot be read, DefinitionError for a definition that is refused.
    """
    if time not in ("real", "virtual"):
        raise UsageError(f"time is 'real' or 'virtual', not '{time}'")
    return Server(
        Settings(
            files=[os.fspath(file) for file in files],
            host=host,
            port=port,
            api_port=api_port,
            store=os.fspath(store),
            time=time,
            scale=time_scale,
            seed=None if seed is None else str(seed),
            mock_config=None if mock_config is None else os.fspath(mock_config),
            function_files=function_files,
            aws=aws,
            http_private=http_private,
            show=show,
        )
    )
