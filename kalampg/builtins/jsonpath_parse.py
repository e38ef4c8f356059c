"""The SQL/JSON path language: text to a tree. PURE.

A tree is nested tuples, the first item names the node:
``("root",) ("current",) ("variable", name) ("literal", value) ("last",)``,
``("member", of, key) ("any member", of) ("any depth", of, least, most)``,
``("subscript", of, ranges) ("any element", of) ("method", of, name) ("filter", of, predicate)``,
``("arith", symbol, left, right) ("sign", symbol, of)``, and predicates ``("compare", ...)``,
``("and", ...) ("or", ...) ("not", ...) ("exists", of) ("unknown", of) ("like", of, regex, flags)``,
``("starts", of, prefix)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final, TypeAlias

from kalampg import errors
from kalampg.pgtypes.json_text import JsonNumber

Node: TypeAlias = tuple[Any, ...]

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    | (?P<string>")
    | (?P<variable>\$(?:[A-Za-z_]\w*))
    | (?P<symbol>\*\*|&&|\|\||==|!=|<>|<=|>=|[$@().\[\],*?<>!+\-/%{}:])
    | (?P<word>[A-Za-z_\x80-\U0010ffff][\w]*)
    )""",
    re.VERBOSE,
)
_METHODS: Final = frozenset(
    {"type", "size", "double", "ceiling", "floor", "abs", "keyvalue", "datetime"}
)
_WORDS: Final[dict[str, Node]] = {
    "true": ("literal", True), "false": ("literal", False), "null": ("literal", None),
    "last": ("last",),
}  # fmt: skip
_COMPARISONS: Final = frozenset({"==", "!=", "<>", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A parsed path."""

    is_strict: bool
    tree: Node


@lru_cache(maxsize=512)
def parse_jsonpath(text: str) -> JsonPath:
    """Read a path.

    Raises:
        SyntaxError: 42601
    """
    parser = _Parser(text)
    is_strict = parser.takes_word("strict")
    if not is_strict:
        parser.takes_word("lax")
    tree = parser.expression()
    parser.expect_end()
    return JsonPath(is_strict, tree)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._scan(text)
        self._at = 0
        self._in_filter = 0

    def _scan(self, text: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._error(text[at:].strip()[:1])
            kind = str(found.lastgroup)
            at = found.end()
            value = found[kind]
            if kind == "string":
                try:
                    value, at = scanstring(text, at, True)
                except ValueError:
                    raise self._error('"') from None
            elif kind == "number" and text[at : at + 1].isalpha():
                raise errors.SyntaxError(
                    f'trailing junk after numeric literal at or near "{value}{text[at]}" '
                    "of jsonpath input"
                )
            tokens.append((kind, value))
        return tokens

    def _error(self, near: str) -> errors.SyntaxError:
        if not near:
            return errors.SyntaxError("syntax error at end of jsonpath input")
        return errors.SyntaxError(f'syntax error at or near "{near}" of jsonpath input')

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _takes(self, symbol: str) -> bool:
        if self._peek() == ("symbol", symbol):
            self._at += 1
            return True
        return False

    def takes_word(self, word: str) -> bool:
        if self._peek() == ("word", word):
            self._at += 1
            return True
        return False

    def _expect(self, symbol: str) -> None:
        if not self._takes(symbol):
            raise self._error(self._peek()[1])

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise self._error(self._peek()[1])

    def expression(self) -> Node:
        """A path expression or a predicate."""
        left = self._conjunction()
        while self._takes("||"):
            left = ("or", left, self._conjunction())
        return left

    def _conjunction(self) -> Node:
        left = self._comparison()
        while self._takes("&&"):
            left = ("and", left, self._comparison())
        return left

    def _comparison(self) -> Node:
        if self._takes("!"):
            self._expect("(")
            inner = self.expression()
            self._expect(")")
            return ("not", inner)
        if self.takes_word("exists"):
            self._expect("(")
            inner = self._sum()
            self._expect(")")
            return ("exists", inner)
        left = self._sum()
        kind, value = self._peek()
        if kind == "symbol" and value in _COMPARISONS:
            self._at += 1
            return ("compare", "!=" if value == "<>" else value, left, self._sum())
        if self.takes_word("starts"):
            if not self.takes_word("with"):
                raise self._error(self._peek()[1])
            return ("starts", left, self._primary())
        if self.takes_word("like_regex"):
            return self._like(left)
        if self.takes_word("is"):
            if not self.takes_word("unknown"):
                raise self._error(self._peek()[1])
            return ("unknown", left)
        return left

    def _like(self, left: Node) -> Node:
        kind, pattern = self._take()
        if kind != "string":
            raise self._error(pattern)
        flags = ""
        if self.takes_word("flag"):
            flags = self._take()[1]
        return ("like", left, pattern, flags)

    def _sum(self) -> Node:
        left = self._product()
        while self._peek() in {("symbol", "+"), ("symbol", "-")}:
            left = ("arith", self._take()[1], left, self._product())
        return left

    def _product(self) -> Node:
        left = self._signed()
        while self._peek() in {("symbol", "*"), ("symbol", "/"), ("symbol", "%")}:
            left = ("arith", self._take()[1], left, self._signed())
        return left

    def _signed(self) -> Node:
        if self._peek() in {("symbol", "+"), ("symbol", "-")}:
            return ("sign", self._take()[1], self._signed())
        return self._path()

    def _path(self) -> Node:
        node = self._primary()
        while True:
            if self._takes("."):
                node = self._accessor(node)
            elif self._takes("["):
                node = self._subscripts(node)
            elif self._takes("?"):
                self._expect("(")
                self._in_filter += 1
                node = ("filter", node, self.expression())
                self._in_filter -= 1
                self._expect(")")
            else:
                return node

    def _accessor(self, of: Node) -> Node:
        if self._takes("*"):
            return ("any member", of)
        if self._takes("**"):
            return self._depth(of)
        kind, value = self._take()
        if kind not in {"word", "string"}:
            raise self._error(value)
        if kind == "word" and value in _METHODS and self._takes("("):
            self._expect(")")
            return ("method", of, value)
        return ("member", of, value)

    def _depth(self, of: Node) -> Node:
        least, most = 0, -1
        if self._takes("{"):
            least = most = self._level()
            if self.takes_word("to"):
                most = self._level()
            self._expect("}")
        return ("any depth", of, least, most)

    def _level(self) -> int:
        if self.takes_word("last"):
            return -1
        kind, value = self._take()
        if kind != "number":
            raise self._error(value)
        return int(value)

    def _subscripts(self, of: Node) -> Node:
        if self._takes("*"):
            self._expect("]")
            return ("any element", of)
        ranges: list[tuple[Node, Node | None]] = []
        while True:
            first = self._sum()
            last = self._sum() if self.takes_word("to") else None
            ranges.append((first, last))
            if not self._takes(","):
                break
        self._expect("]")
        return ("subscript", of, tuple(ranges))

    def _primary(self) -> Node:
        kind, value = self._take()
        if kind in {"number", "string"}:
            return ("literal", JsonNumber(value) if kind == "number" else value)
        if kind == "variable":
            return ("variable", value[1:])
        if kind == "word" and value in _WORDS:
            return _WORDS[value]
        if (kind, value) == ("symbol", "$"):
            return ("root",)
        if (kind, value) == ("symbol", "@"):
            if not self._in_filter:
                raise errors.SyntaxError("@ is not allowed in root expressions")
            return ("current",)
        if (kind, value) == ("symbol", "("):
            inner = self.expression()
            self._expect(")")
            return inner
        raise self._error(value)
