"""YAML and JSON text as the values that kubectl would send, each with its line.

No message quotes the text that it is about: that may be a secret.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from tradingstack_operator.ctl.scalars import UndecodableError, key_text, number, resolve

_DEPTH: Final = 200
_TOO_DEEP: Final = "nested too deeply"
_COPIES: Final = 100_000
"""How many values aliases may add to a document: a few lines of YAML can stand for billions."""
_ITEM_DEPTH: Final = 2
"""How deep the items of a List lie."""
_START: Final = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file."""

    line: int
    value: Any
    lines: dict[int, int] = field(default_factory=dict)
    """The line of each mapping near the root, by its identity; of JSON only the root's is known."""

    def line_of(self, value: Any) -> int:
        return self.lines.get(id(value), self.line)


class UnreadableError(Exception):
    """A text that is no YAML or JSON, or that stands for nothing kubectl could send."""

    def __init__(self, problem: str, line: int, column: int = 1) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column


def read_documents(text: str) -> Iterator[Document | UnreadableError]:
    """Read every document that is not empty; one that cannot be read does not hide the others."""
    if text.lstrip().startswith("{"):
        try:
            yield from _json(text)
        except json.JSONDecodeError:
            pass  # a mapping in YAML may begin with a brace too
        else:
            return
    for first_line, chunk in _chunks(text):
        try:
            yield from _Reader(chunk, first_line).documents()
        except UnreadableError as error:
            yield error


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Cut a text at its document marks, as kubectl does before it parses."""
    starts = [0, *(match.start() for match in _START.finditer(text) if match.start())]
    line = 1
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        chunk = text[start:end]
        yield line, chunk
        line += chunk.count("\n")


def _json(text: str) -> list[Document | UnreadableError]:
    """Read objects that stand one after another."""
    found: list[Document | UnreadableError] = []
    place = 0
    while (place := _after_space(text, place)) < len(text):
        line = text.count("\n", 0, place) + 1
        try:
            value, place = _JSON.raw_decode(text, place)
            _check_depth(value)
        except UndecodableError as error:
            return [*found, UnreadableError(str(error), line)]
        except RecursionError:
            return [*found, UnreadableError(_TOO_DEEP, line)]
        found.append(Document(line, value))
    return found


def _after_space(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UndecodableError(f"the key {key} stands twice in one of its objects")
        found[key] = value
    return found


def _check_depth(value: Any, depth: int = 0) -> None:
    if depth > _DEPTH:
        raise UndecodableError(_TOO_DEEP)
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            _check_depth(one, depth + 1)


_JSON: Final = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=lambda digits: number(int(digits) if len(digits) < 25 else float(digits)),
    parse_float=lambda digits: number(float(digits)),
    parse_constant=lambda word: number(float(word)),
)


@dataclass(slots=True)
class _Anchored:
    value: Any
    size: int


@dataclass(slots=True)
class _Reader:
    """Builds values from the events of a parser, one look at each."""

    text: str
    first_line: int
    _events: Iterator[Any] = field(init=False)
    _anchors: dict[str, _Anchored | None] = field(init=False)
    """None while the value is being read: it cannot hold itself."""
    _lines: dict[int, int] = field(init=False)
    _size: int = field(init=False, default=0)
    _copied: int = field(init=False, default=0)

    def documents(self) -> Iterator[Document]:
        self._events = yaml.parse(self.text, Loader=_LOADER)
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                self._lines = {}
                self._copied = 0
                root = self._next()
                value = self._value(root, 0)
                self._check(value, root)
                if value is not None:
                    yield Document(self._line(root), value, self._lines)

    def _check(self, value: Any, root: Any) -> None:
        """Look once more at what aliases put together."""
        try:
            _check_depth(value)
        except UndecodableError as error:
            raise self._error(root, str(error)) from None

    def _next(self) -> Any:
        try:
            return next(self._events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line, mark.column + 1) if mark else (0, 1)
            raise UnreadableError(_said(error), self.first_line + line, column) from None
        except yaml.YAMLError:  # the reader's: a character that no YAML may hold
            raise UnreadableError("it holds a control character", self.first_line) from None

    def _value(self, event: Any, depth: int) -> Any:
        if depth > _DEPTH:
            raise self._error(event, _TOO_DEEP)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._size
        self._size += 1
        anchor = event.anchor
        if anchor:
            self._anchors[anchor] = None
        value = self._build(event)(event, depth)
        if anchor:
            self._anchors[anchor] = _Anchored(value, self._size - before)
        return value

    def _build(self, event: Any) -> Callable[[Any, int], Any]:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar
        return self._mapping if isinstance(event, yaml.MappingStartEvent) else self._sequence

    def _alias(self, event: Any) -> Any:
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            raise self._error(event, "the alias stands for nothing that was read before it")
        self._size += anchored.size
        self._copied += anchored.size
        if self._copied > _COPIES:
            raise self._error(event, "its aliases stand for too much")
        return anchored.value

    def _scalar(self, event: Any, _depth: int) -> Any:
        plain = event.implicit[0]
        try:
            return resolve(event.value, event.tag, plain=plain)
        except UndecodableError as error:
            raise self._error(event, str(error)) from None

    def _sequence(self, _event: Any, depth: int) -> list[Any]:
        items = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(event, depth + 1))
        return items

    def _mapping(self, start: Any, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if depth <= _ITEM_DEPTH:
            self._lines[id(found)] = self._line(start)
        written: set[str] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth)
            value = self._value(self._next(), depth + 1)
            if key is None:
                found.update(self._merged(event, value))
                continue
            if key in written:
                raise self._error(event, f"the key {key} stands twice in one mapping")
            written.add(key)
            found[key] = value
        return found

    def _key(self, event: Any, depth: int) -> str | None:
        """Read a key as text; None for the one that merges another mapping into this one."""
        if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
            return None
        try:
            return key_text(self._value(event, depth + 1))
        except UndecodableError as error:
            raise self._error(event, str(error)) from None

    def _merged(self, event: Any, value: Any) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        # of a list, the earlier ones win
        for one in reversed(value) if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                raise self._error(event, "only mappings can be merged")
            merged |= one
        return merged

    def _error(self, event: Any, problem: str) -> UnreadableError:
        return UnreadableError(problem, self._line(event), event.start_mark.column + 1)

    def _line(self, event: Any) -> int:
        return self.first_line + int(event.start_mark.line)


def _said(error: yaml.MarkedYAMLError) -> str:
    """Repeat what the parser says, unless it quotes the text."""
    problem = error.problem or ""
    return "not YAML" if "'" in problem or not problem else f"not YAML: {problem}"
