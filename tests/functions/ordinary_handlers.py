"""Ordinary handlers, for the comparison with Lambda's own client: name → what makes a module of it.

Each is (source, event, environment); `handler` is what is called, twice.
"""

from __future__ import annotations

from typing import Any

HEAD = "import json, logging, os, sys, time, decimal, datetime, collections, dataclasses, enum, uuid\n"


def returns(expression: str, before: str = "") -> str:
    """Return a module whose handler returns what an expression gives."""
    return f"{HEAD}{before}\ndef handler(event, context):\n    return {expression}\n"


def runs(*lines: str, before: str = "") -> str:
    """Return a module whose handler runs these lines."""
    return f"{HEAD}{before}\ndef handler(event, context):\n" + "".join(f"    {line}\n" for line in lines)


POINT = "Point = collections.namedtuple('Point', 'x y')\n"
LOGGER = "log = logging.getLogger(__name__)\nlogging.getLogger().setLevel(logging.INFO)\n"
JSON_LOGS = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}

SOURCES: dict[str, str | tuple[str, Any] | tuple[str, Any, dict[str, str]]] = {
    # ------------------------------------------------------------ results
    "echo": (returns("event"), {"orderId": "A-1", "items": [1, 2.5, None, True], "text": "é😀\u2028"}),
    "nothing": returns("None"),
    "number": returns("1e22"),
    "big_number": returns("2 ** 100"),
    "text": returns("'Grüße 😀 \\x07 </script>'"),
    "nested": returns("{'a': [{'b': {}}, [], (), {'c': None}]}"),
    "tuple_result": returns("(1, 2)"),
    "decimals": returns(
        "{'n': decimal.Decimal('5'), 'id': decimal.Decimal('12345678901234567890'),"
        " 'p': decimal.Decimal('1.50'), 'e': decimal.Decimal('1E+3')}"
    ),
    "decimal_specials": returns(
        "[decimal.Decimal('NaN'), decimal.Decimal('-NaN'), decimal.Decimal('Infinity')]"
    ),
    "named": returns("{'p': Point(1, [Point(2, 3)])}", POINT),
    "bytes_inside": returns("{'a': b'text', b'key': ['\\xe9'.encode()]}"),
    "bytes_alone": returns("b'{\"raw\": 1}'"),
    "bytes_wrong": returns("{'a': b'\\xff'}"),
    "bytearray_result": returns("bytearray(b'x')"),
    "not_a_number": returns("[float('nan'), float('inf'), -float('inf')]"),
    "keys": returns("{1: 'a', 1.5: 'b', True: 'c', None: 'd', False: 'e'}"),
    "key_tuple": returns("{(1, 2): 3}"),
    "a_set": returns("{1, 2}"),
    "date": returns("{'at': datetime.date(2026, 1, 2)}"),
    "an_object": returns("{'a': [Thing()]}", "class Thing: pass\n"),
    "dataclass_result": returns("D(1)", "@dataclasses.dataclass\nclass D:\n    a: int\n"),
    "enums": returns(
        "[I.A, S.B]", "class I(enum.IntEnum):\n    A = 1\nclass S(str, enum.Enum):\n    B = 'b'\n"
    ),
    "plain_enum": returns("E.A", "class E(enum.Enum):\n    A = 1\n"),
    "ordered": returns("collections.OrderedDict(b=1, a=collections.Counter('aab'))"),
    "deque_result": returns("collections.deque([1])"),
    "generator": returns("(n for n in [1])"),
    "cycle": runs("a = []", "a.append(a)", "return a"),
    "uuid_result": returns("uuid.UUID(int=1)"),
    "coroutine": HEAD + "async def handler(event, context):\n    return 1\n",
    "a_class": HEAD + "class handler:\n    def __init__(self, event, context): pass\n",
    "patched_json": returns(
        "{'d': datetime.date(2026, 1, 2)}", "json.JSONEncoder.default = lambda s, o: str(o)\n"
    ),
    # ------------------------------------------------------------ errors
    "raises": runs("raise ValueError('bad order')"),
    "raises_nothing": runs("raise KeyError"),
    "raises_deep": runs(
        "outer(event)", before="def inner(e): return e['missing']\ndef outer(e):\n    return inner(e)\n"
    ),
    "raises_from": runs("try: 1 / 0", "except ZeroDivisionError as e: raise RuntimeError('cause') from e"),
    "raises_own": runs("raise Own('é', 2)", before="class Own(Exception): pass\n"),
    "raises_long_line": runs(
        "return event['a'] + (1 + event['b']['c']['d'] if event else 2) * len('some text')"
    ),
    "one_argument": HEAD + "def handler(event): return 1\n",
    "exits": runs("sys.exit(3)"),
    "exits_with_text": runs("sys.exit('no more')"),
    "exits_well": runs("sys.exit()"),
    "interrupted": runs("raise BaseException('x')"),
    "multi_line_message": runs("raise ValueError('first\\n  second\\n\\nlast')"),
    "import_missing": HEAD + "import not_there_at_all\ndef handler(e, c): pass\n",
    "import_raises": HEAD + "value = {}['x']\ndef handler(e, c): pass\n",
    "import_exits": HEAD + "sys.exit(4)\n",
    "syntax": "def handler(event, context):\n    return (1\n",
    "no_handler": HEAD + "def other(e, c): pass\n",
    # ------------------------------------------------------------ logs
    "prints": runs("print('hello'); print('a', 'b', sep='\\n'); sys.stderr.write('err\\n')"),
    "logs_info": runs("log.info('order %s', 7); log.warning('w'); log.debug('no')", before=LOGGER),
    "logs_root": runs("logging.info('no'); logging.warning('é'); logging.error('e')"),
    "logs_error": runs("try: 1 / 0", "except ZeroDivisionError: log.exception('failed')", before=LOGGER),
    "basic_config": runs(
        "logging.info('no'); logging.warning('w')", before="logging.basicConfig(level='INFO')\n"
    ),
    "basic_config_forced": runs(
        "logging.info('yes')", before="logging.basicConfig(level='INFO', force=True, stream=sys.stdout)\n"
    ),
    "own_format": runs(
        "logging.warning('w')",
        before="form = logging.Formatter('%(levelname)s %(message)s')\n"
        "logging.getLogger().handlers[0].setFormatter(form)\n",
    ),
    "two_lines": runs("logging.warning('one\\ntwo')"),
    "json_info": (runs("log.info('order %s', 7); log.debug('no')", before=LOGGER), {}, JSON_LOGS),
    "json_extra": (
        runs("log.info({'a': 1, 'd': datetime.date(2026, 1, 2)}, extra={'order': 5})", before=LOGGER),
        {},
        JSON_LOGS,
    ),
    "json_exception": (
        runs("try: 1 / 0", "except ZeroDivisionError: log.exception('failed')", before=LOGGER),
        {},
        JSON_LOGS,
    ),
    "json_uncaught": (runs("raise ValueError('bad')"), {}, JSON_LOGS),
    "level_debug": (runs("logging.debug('d')"), {}, {"AWS_LAMBDA_LOG_LEVEL": "DEBUG"}),
    "level_trace": (runs("logging.debug('d')"), {}, {"AWS_LAMBDA_LOG_LEVEL": "TRACE"}),
    "level_error": (runs("logging.warning('w')"), {}, {"AWS_LAMBDA_LOG_LEVEL": "ERROR"}),
    # ------------------------------------------------------------ context, state
    "context_names": returns("sorted(name for name in vars(context) if not name.startswith('_'))"),
    "context_values": returns(
        "[context.function_name, context.function_version, context.memory_limit_in_mb,"
        " context.log_group_name,"
        " context.log_stream_name, context.client_context, context.tenant_id, context.w3c(),"
        " context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id,"
        " context.invoked_function_arn, type(context).__name__, type(context.identity).__name__]"
    ),
    "context_shown": returns("[repr(context), repr(context.identity)]"),
    "context_time": returns(
        "[type(context.get_remaining_time_in_millis()).__name__, 0 <"
        " context.get_remaining_time_in_millis() <= 60000]"
    ),
    "context_log": runs("context.log('one\\n'); context.log(2); context.log('\\n')"),
    "warm": runs("global n", "n += 1", "return n", before="n = 0\n"),
    "changes_event": (runs("event['a'] = event.get('a', 0) + 1", "return event"), {"a": 1}),
    "environment": returns(
        "[os.environ['AWS_LAMBDA_FUNCTION_NAME'], os.environ['_HANDLER'], os.environ['AWS_REGION'],"
        " __name__, os.path.basename(__file__), os.path.basename(os.getcwd()) != '']"
    ),
    "threads": HEAD + "import threading\ndef handler(e, c):\n"
    "    t = threading.Thread(target=print, args=('in a thread',)); t.start(); t.join()\n",
    "raises_in_str": runs("raise Odd", before="class Odd(Exception):\n    def __str__(self): return 1 / 0\n"),
}
