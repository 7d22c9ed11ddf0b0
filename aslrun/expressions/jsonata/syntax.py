"""The grammar of JSONata: operator precedence over tokens. Source: the language as JSONata 2.0.6 reads it.

What comes out is the tree as written; `resolution` makes paths of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aslrun.expressions.jsonata.errors import JSONataError, LimitExceeded
from aslrun.expressions.jsonata.signatures import parse_signature
from aslrun.expressions.jsonata.tokens import Token, Tokens
from aslrun.expressions.jsonata.tree import Node, Term

MAX_NESTING = 100
"""Brackets and right sides within each other; an expression that has more is not read."""

_POWERS = {
    ".": 75, "[": 80, "{": 70, "(": 80, "@": 80, "#": 80, "?": 20, "+": 50, "-": 50, "*": 60, "/": 60,
    "%": 60, "=": 40, "<": 40, ">": 40, "^": 40, ":=": 10, "!=": 40, "<=": 40, ">=": 40, "~>": 40,
    "and": 30, "or": 25, "in": 40, "&": 50,
}  # fmt: skip
"""How strongly an operator binds what stands on its left."""
_LEAVES = frozenset({"name", "variable", "string", "number", "value", "regex", "end"})
_PREFIXES = {"*": "wildcard", "**": "descendant", "%": "parent"}


def parse_tokens(text: str) -> Node:
    """Return the tree of an expression as it is written; JSONataError, with the place, if it is none."""
    return _Parser(text).parse()


class _Parser:
    """Reads one expression; `token` is the one that comes next."""

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text)
        self.token = self.next(True)
        self.nesting = 0

    def parse(self) -> Node:
        tree = self.expression(0)
        if self.token.type != "end":
            raise JSONataError("S0201", self.token.end, token=self.token.value)
        return tree

    # ------------------------------------------------------------ tokens

    def advance(self, expected: str | None = None, is_operand_next: bool = True) -> Token:
        """Take the next token, which must be the operator `expected`."""
        token = self.token
        if expected is not None and not self.at(expected):
            code = "S0203" if token.type == "end" else "S0202"
            raise JSONataError(code, token.end, token=token.value, value=expected)
        self.token = self.next(is_operand_next)
        return token

    def next(self, is_operand_next: bool) -> Token:
        token = self.tokens.next(is_operand_next)
        if token.type == "operator" and token.value in ("!", "~"):
            raise JSONataError("S0204", token.end, token=token.value)
        return token

    def at(self, operator: str) -> bool:
        return self.token.type == "operator" and self.token.value == operator

    # ------------------------------------------------------------ expressions

    def expression(self, power: int) -> Node:
        """Read an operand and all operators that bind it more strongly than `power`."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise LimitExceeded("U1001", self.token.start)
        left = _with_height(self.operand(self.advance(None, False)))
        while self.token.type == "operator" and power < _POWERS.get(self.token.value, 0):
            token = self.advance()
            left = _with_height(_AFTER.get(token.value, _Parser.binary)(self, token, left))
        self.nesting -= 1
        return left

    def operand(self, token: Token) -> Node:
        """Read what begins with `token`."""
        if token.type in _LEAVES:
            return Node(token.type, token.value, token.start, token.end)
        if token.value in ("and", "or", "in"):  # also the names of fields
            return Node("name", token.value, token.start, token.end)
        if token.value in _PREFIXES:
            return Node(_PREFIXES[token.value], token.value, token.start, token.end)
        if token.value in _BEFORE:
            return _BEFORE[token.value](self, token)
        raise JSONataError("S0211", token.end, token=token.value)

    def negation(self, token: Token) -> Node:
        return Node("negation", "-", token.start, token.end, expression=self.expression(70))

    def binary(self, token: Token, left: Node) -> Node:
        power = _POWERS[token.value]
        return Node("binary", token.value, token.start, token.end, lhs=left, rhs=self.expression(power))

    def bind(self, token: Token, left: Node) -> Node:
        if left.type != "variable":
            raise JSONataError("S0212", left.end, token=left.value)
        return Node("bind", ":=", token.start, token.end, lhs=left, rhs=self.expression(_POWERS[":="] - 1))

    def variable_binding(self, token: Token, left: Node) -> Node:
        node = self.binary(token, left)
        if node.rhs.type != "variable":
            raise JSONataError("S0214", node.rhs.end, token=token.value)
        return node

    def condition(self, token: Token, left: Node) -> Node:
        node = Node("condition", "?", token.start, token.end, condition=left)
        node.then = self.expression(0)
        if self.at(":"):
            self.advance(":")
            node.otherwise = self.expression(0)
        return node

    # ------------------------------------------------------------ brackets

    def block(self, token: Token) -> Node:
        node = Node("block", "(", token.start, token.end)
        while not self.at(")"):
            node.expressions.append(self.expression(0))
            if not self.at(";"):
                break
            self.advance(";")
        self.advance(")", False)
        return node

    def array(self, token: Token) -> Node:
        node = Node("array", "[", token.start, token.end)
        while not self.at("]"):
            item = self.expression(0)
            if self.at(".."):
                dots = self.advance("..")
                item = Node("binary", "..", dots.start, dots.end, lhs=item, rhs=self.expression(0))
                _with_height(item)
            node.expressions.append(item)
            if not self.at(","):
                break
            self.advance(",")
            if self.at("]"):
                self.expression(0)  # nothing may be missing after a comma: this fails
        self.advance("]", False)
        return node

    def object(self, token: Token) -> Node:
        return Node("object", "{", token.start, token.end, pairs=self.read_pairs())

    def read_pairs(self) -> list[tuple[Node, Node]]:
        pairs: list[tuple[Node, Node]] = []
        if not self.at("}"):
            while True:
                key = self.expression(0)
                self.advance(":")
                pairs.append((key, self.expression(0)))
                if not self.at(","):
                    break
                self.advance(",")
        self.advance("}", False)
        return pairs

    def group(self, token: Token, left: Node) -> Node:
        return Node("binary", "{", token.start, token.end, lhs=left, pairs=self.read_pairs())

    def subscript(self, token: Token, left: Node) -> Node:
        if self.at("]"):
            step = left
            while step.type == "binary" and step.value == "[":
                step = step.lhs
            step.keeps_array = True
            self.advance("]")
            return left
        node = Node("binary", "[", token.start, token.end, lhs=left, rhs=self.expression(0))
        self.advance("]", False)
        return node

    def order_by(self, token: Token, left: Node) -> Node:
        node = Node("binary", "^", token.start, token.end, lhs=left)
        self.advance("(")
        while True:
            is_descending = self.at(">")
            if is_descending or self.at("<"):
                self.advance()
            node.terms.append(Term(self.expression(0), is_descending))
            if not self.at(","):
                break
            self.advance(",")
        self.advance(")")
        return node

    def transform(self, token: Token) -> Node:
        node = Node("transform", "|", token.start, token.end)
        node.pattern = self.expression(0)
        self.advance("|")
        node.update = self.expression(0)
        if self.at(","):
            self.advance(",")
            node.delete = self.expression(0)
        self.advance("|")
        return node

    # ------------------------------------------------------------ functions

    def call(self, token: Token, left: Node) -> Node:
        node = Node("function", "(", token.start, token.end, procedure=left)
        if not self.at(")"):
            while True:
                if self.at("?"):
                    mark = self.advance("?")
                    node.type = "partial"
                    node.arguments.append(Node("placeholder", "?", mark.start, mark.end))
                else:
                    node.arguments.append(self.expression(0))
                if not self.at(","):
                    break
                self.advance(",")
        self.advance(")", False)
        if left.type == "name" and left.value in ("function", "λ"):
            self.definition(node)
        return node

    def definition(self, node: Node) -> None:
        """Read the signature and the body of a function whose parameters are the arguments of `node`."""
        for number, parameter in enumerate(node.arguments, start=1):
            if parameter.type != "variable":
                raise JSONataError("S0208", parameter.end, token=parameter.value, value=number)
        node.type, node.procedure = "lambda", None  # type: ignore[assignment]
        if self.at("<"):
            node.signature = self.read_signature()
        self.advance("{")
        node.body = self.expression(0)
        self.advance("}")

    def read_signature(self) -> str:
        begin, depth, text = self.token.end, 1, "<"
        while depth > 0 and not self.at("{") and self.token.type != "end":
            self.advance()
            depth += self.at("<") - self.at(">")
            text += str(self.token.value)
        self.advance(">")
        try:
            parse_signature(text)
        except JSONataError as wrong:
            wrong.offset = begin + (wrong.offset or 0)
            raise
        return text


def _with_height(node: Node) -> Node:
    node.height = 1 + max((child.height for child in node.children()), default=0)
    return node


_BEFORE: Mapping[str, Callable[[_Parser, Token], Node]] = {
    "-": _Parser.negation,
    "(": _Parser.block,
    "[": _Parser.array,
    "{": _Parser.object,
    "|": _Parser.transform,
}
_AFTER: Mapping[str, Callable[[_Parser, Token, Node], Node]] = {
    ":=": _Parser.bind,
    "@": _Parser.variable_binding,
    "#": _Parser.variable_binding,
    "?": _Parser.condition,
    "{": _Parser.group,
    "[": _Parser.subscript,
    "^": _Parser.order_by,
    "(": _Parser.call,
}
