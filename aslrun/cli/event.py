"""`aslrun event TYPE`: print a sample event, to feed to `aslrun invoke` or `aslrun execute`."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import click

from aslrun.errors import UsageError
from aslrun.functions import sample_events
from aslrun.functions.sample_events import Origin
from aslrun.timestamps import parse_timestamp
from aslrun.values import JSON, from_json_text


class Types(click.Group):
    """A group that says which type may be meant by one that there is not."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            words = args[0].lower().replace("-", "")
            near = [one for one in self.commands if words in one.replace("-", "")]
            near += get_close_matches(args[0].lower(), self.commands, 1, 0.5)
            guess = f"; did you mean '{near[0]}'?" if near else f": there are {', '.join(self.commands)}"
            raise UsageError(f"there is no event type '{args[0]}'{guess}")
        return super().resolve_command(ctx, args)


@click.group(cls=Types, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Print a sample event as JSON: what an AWS service sends to a function.

    The ids and times are the same each time. `aslrun event TYPE --help` lists a type's options.
    """


def sample(name: str, help: str, *options: Callable[[Any], Any]) -> Callable[[Any], click.Command]:
    """Make a subcommand of a function of the origin and of the options' values, which returns the event."""

    def decorate(make: Callable[..., dict[str, JSON]]) -> click.Command:
        def print_event(region: str, account: str, time: str, **values: Any) -> None:
            from aslrun.cli.output import print_json

            print_json(make(Origin(region, account, time), **values))

        for option in (*reversed(options), *ORIGIN):
            print_event = option(print_event)
        return command.command(name, help=help)(print_event)

    return decorate


def an_instant(ctx: click.Context, param: click.Parameter, text: str) -> str:
    """Take a time in ISO 8601 with Z, of second or millisecond precision."""
    is_precise = re.fullmatch(r"[^.]+(\.\d{3})?Z", text) is not None
    if not is_precise or parse_timestamp(text) is None:
        raise UsageError(f"--time {text}: write it as 2026-01-01T12:00:00.000Z")
    return text


def pairs(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    """Take NAME=VALUE texts apart."""
    for text in texts:
        if "=" not in text:
            raise UsageError(f"{param.opts[0]} {text}: write NAME=VALUE")
    return dict(text.split("=", 1) for text in texts)


def json_value(ctx: click.Context, param: click.Parameter, text: str | None) -> JSON:
    """Take JSON text."""
    try:
        return None if text is None else from_json_text(text)
    except (ValueError, RecursionError) as wrong:
        raise UsageError(f"{param.opts[0]} is not JSON: {wrong}") from None


ORIGIN = [
    click.option(
        "--time", default=Origin().time, show_default=True, callback=an_instant, help="When it was."
    ),
    click.option("--account", default=Origin().account, show_default=True, help="The account's id."),
    click.option("--region", default=Origin().region, show_default=True, help="The region."),
]
REQUEST = [
    click.option("--method", default="GET", show_default=True, help="The HTTP method."),
    click.option("--path", default="/", show_default=True, help="The request's path."),
    click.option("--body", help="The request's body."),
    click.option("--query", multiple=True, metavar="NAME=VALUE", callback=pairs, help="A query parameter."),
    click.option(
        "--header", "headers", multiple=True, metavar="NAME=VALUE", callback=pairs, help="A header."
    ),
]

sample("apigateway", "A request of a REST API (payload 1.0).", *REQUEST)(sample_events.apigateway)
sample("apigateway-http", "A request of an HTTP API or function URL (payload 2.0).", *REQUEST)(
    sample_events.apigateway_http
)
sample(
    "s3-put",
    "An object was put into a bucket.",
    click.option("--bucket", default="bucket", show_default=True, help="The bucket's name."),
    click.option("--key", default="key", show_default=True, help="The object's key, as it is."),
    click.option("--size", default=1024, show_default=True, type=int, help="Its size in bytes."),
)(sample_events.s3_put)
sample(
    "dynamodb-stream",
    "An item of a table was written.",
    click.option("--table", default="table", show_default=True, help="The table's name."),
    click.option("--kind", default="INSERT", show_default=True,
                 type=click.Choice(["INSERT", "MODIFY", "REMOVE"]), help="What happened."),
    click.option("--item", callback=json_value, metavar="JSON", help="The item, as plain JSON."),
    click.option("--key", default="id", show_default=True, help="The name of the partition key."),
)(sample_events.dynamodb_stream)  # fmt: skip
sample(
    "sqs",
    "Messages of a queue.",
    click.option("--queue", default="queue", show_default=True, help="The queue's name."),
    click.option("--body", "bodies", multiple=True, default=["hello"], help="A message; may be repeated."),
)(sample_events.sqs)
sample(
    "sns",
    "The notification of a topic.",
    click.option("--topic", default="topic", show_default=True, help="The topic's name."),
    click.option("--message", default="hello", show_default=True, help="The message."),
    click.option("--subject", help="Its subject."),
)(sample_events.sns)
sample(
    "eventbridge",
    "An event on an event bus.",
    click.option("--source", default="my.app", show_default=True, help="Who sent it."),
    click.option("--detail-type", default="Something happened", show_default=True, help="What it is."),
    click.option("--detail", callback=json_value, metavar="JSON", help="The event's detail."),
)(sample_events.eventbridge)
sample(
    "schedule",
    "A scheduled rule ran.",
    click.option("--rule", default="rule", show_default=True, help="The rule's name."),
)(sample_events.schedule)
