"""The port of the APIs: opened when the files that a server has have any, read anew when these are saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aslrun.document.cloudformation.evaluation import Template
from aslrun.functions.invocation import LambdaFunctions
from aslrun.functions.log import Show, show_on_stderr
from aslrun.functions.steps import Steps
from aslrun.functions.template import functions_of
from aslrun.server.api_gateway.application import ApiApplication
from aslrun.server.api_gateway.gateway import CallNamed, Gateway, Served
from aslrun.server.api_gateway.reading import apis_of
from aslrun.server.engine import Engine
from aslrun.server.events.telling import Telling
from aslrun.server.functions import ServerFunctions
from aslrun.server.listening import Listener, bind
from aslrun.server.protocol import TARGET, Protocol, encode
from aslrun.values import JSON


class Apis:
    """The APIs of templates, at `host` and `port` (0 for a free one). Closed by `close`.

    `templates` returns these as they are now. `port` is where they listen, None where there are none.
    UsageError for a port that cannot be had.
    """

    def __init__(
        self,
        templates: Callable[[], Sequence[Template]],
        engine: Engine,
        function_files: Sequence[str],
        show: Show,
        protocol: Protocol,
        telling: Telling,
        *,
        host: str,
        port: int,
    ) -> None:
        self.templates = templates
        self.engine = engine
        self.function_files = function_files
        self.show = show
        self.protocol = protocol
        # Why something has failed is said also where what functions print is not shown.
        tell = telling.say if telling.as_json else lambda reason: show_on_stderr("api", reason)
        self.gateway = Gateway(self._read(), self._ask_states, tell, telling.happened)
        self.port: int | None = None
        self._listener: Listener | None = None
        if self.gateway.served:
            listening = bind(host, port, "--api-port")
            self.port = listening.getsockname()[1]
            self._listener = Listener(ApiApplication(self.gateway, engine.now), listening)
            self._listener.start()

    def _read(self) -> list[Served]:
        found = [(template, apis_of(template)) for template in self.templates()]
        return [Served(apis, self._calling(template)) for template, apis in found if apis]

    def _ask_states(self, action: str, members: JSON) -> tuple[int, JSON]:
        reply = self.protocol.answer_now({"x-amz-target": f"{TARGET}{action}"}, encode(members))
        return reply.status, reply.body

    def _calling(self, template: Template) -> CallNamed:
        table = ServerFunctions(
            self.engine.deployed,
            self.function_files,
            Path(template.file).parent,
            functions_of(template),
            tell=lambda text: self.show("aslrun", text),
        )
        functions = LambdaFunctions(table, self.engine.workers, show=self.show)

        def call(name: str, event: JSON, trace: str | None) -> Steps[JSON]:
            if not self.engine.store.is_at_hand:
                yield None
            return (yield from functions.invoke_in_steps(name, event, trace))

        return call

    @property
    def lines(self) -> list[str]:
        """A line for each route, to be shown."""
        told = []
        for api in (api for one in self.gateway.served for api in one.apis):
            if api.kind == "URL":
                told.append(f"http://{api.id.lower()}.lambda-url.localhost:{self.port}/")
            else:
                told += [route.key for route in api.routes]
        return told

    def renew(self) -> None:
        """Take what was saved. A template that had no routes before is not listened for."""
        self.gateway.served = self._read()

    def close(self) -> None:
        """End them."""
        if self._listener is not None:
            self._listener.close()
        self.gateway.close()
