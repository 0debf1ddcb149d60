"""Structured text: JSON, JSON Lines, YAML, and the front matter of Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from assistant.errors import InvalidInput

MAX_YAML_BYTES: Final = 32 * 1024 * 1024
MAX_YAML_NODES: Final = 2_000_000
MAX_YAML_DEPTH: Final = 100
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Record:
    """One object of a file and the line it starts on (None where the format doesn't tell), or why it can't be read."""

    line: int | None
    value: Any
    problem: str | None = None


class StrictLoader(_Loader):  # type: ignore[misc]  # the C loader exists only where libyaml does
    """Keeps strings (`NO` is Norway, 0101 a heading, dates stay text) and refuses duplicate keys."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(
                    None, None, "a list or mapping is used as a key", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        result: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return result


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    StrictLoader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def load_yaml(text: str) -> Any:
    """One YAML document (or a list of several). Raises InvalidInput with the line of what is wrong."""
    if len(text) > MAX_YAML_BYTES:
        raise InvalidInput("the YAML text is too large", hint="split it, or use JSON Lines")
    try:
        _bound_aliases(text)
        documents = [d for d in yaml.load_all(text, Loader=StrictLoader) if d is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise InvalidInput(
            f"the YAML is wrong{where}: {error.problem or error.context}", hint="correct that line"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidInput(f"the YAML is wrong: {str(error)[:200]}", hint="correct it") from error
    except RecursionError as error:
        raise InvalidInput("the YAML is nested too deeply", hint="flatten it") from error
    return documents[0] if len(documents) == 1 else documents


def _bound_aliases(text: str) -> None:
    """Refuse text that is too deep, or whose aliases written out give more than MAX_YAML_NODES nodes (a YAML bomb)."""
    anchors: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            size = anchors.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            size = 1
            if event.anchor:
                anchors[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, 1))
            if len(open_nodes) > MAX_YAML_DEPTH:  # the C parser would exhaust the stack, not raise
                raise InvalidInput("the YAML is nested too deeply", hint="flatten it")
            continue
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_nodes.pop()
            if anchor:
                anchors[anchor] = size
        else:
            continue
        name, total = open_nodes[-1]
        open_nodes[-1] = (name, total + size)
        if total + size > MAX_YAML_NODES:
            raise InvalidInput(
                "the YAML's aliases unfold into too much data", hint="write the values out instead of using aliases"
            )


def load_json(text: str) -> Any:
    """Raises InvalidInput with line and column, and says when the text just ends too early."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            raise InvalidInput(
                f"the JSON is truncated: it ends at line {error.lineno} before it is complete",
                hint="download or export it again",
            ) from error
        raise InvalidInput(
            f"the JSON is wrong at line {error.lineno}, column {error.colno}: {error.msg}", hint="correct that place"
        ) from error
    except RecursionError as error:
        raise InvalidInput("the JSON is nested too deeply", hint="flatten it") from error


def _no_constant(name: str) -> Any:
    raise InvalidInput(f"the JSON holds {name}, which is not a number of JSON", hint="use null for an unknown number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise InvalidInput(f"the key {key!r} stands twice in one JSON object", hint="keep one of the two")
        result[key] = value
    return result


def load_jsonl(text: str) -> list[Record]:
    """One record a line; a line that isn't JSON becomes a record with its problem, and the others are still read."""
    records = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                records.append(Record(number, load_json(line)))
            except InvalidInput as error:
                problem = error.message.replace(" at line 1, column", " at column").replace(" at line 1", "")
                records.append(Record(number, None, problem))
    return records


def json_records(text: str) -> list[Record]:
    """Records of a JSON text: one object, an array of them, or (named .json all the same) one object a line."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines):
        return load_jsonl(text)
    value = load_json(text)
    if not isinstance(value, list):
        return [Record(1, value)]
    return [Record(line, item) for line, item in zip(_array_lines(text), value, strict=True)]


def _array_lines(text: str) -> Iterator[int]:
    """Line on which each element of the top-level JSON array starts; `text` is known to be valid JSON."""
    decoder = json.JSONDecoder()
    space = re.compile(r"[\s,]*")
    at = text.index("[") + 1
    line, counted = 1, 0
    while True:
        at = space.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty string too
        if text[at] == "]":
            return
        line += text.count("\n", counted, at)
        counted = at
        yield line
        _, at = decoder.raw_decode(text, at)


def yaml_records(text: str) -> list[Record]:
    """Records of a YAML text: one mapping, a list of mappings, or several documents, each with its line."""
    value = load_yaml(text)
    if isinstance(value, list):
        lines = list(_sequence_lines(text))
        if len(lines) != len(value):
            lines = [None] * len(value)
        return [Record(line, item) for line, item in zip(lines, value, strict=True)]
    return [Record(1, value)]


def _sequence_lines(text: str) -> Iterator[int | None]:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if depth == 1 and isinstance(event, yaml.NodeEvent):
            yield event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The YAML mapping between the first two `---` lines ({} when there is none) and the text after it."""
    text = text.lstrip("\ufeff")
    found = re.match(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", text, re.S | re.M)
    if found is None:
        if re.match(r"---[ \t]*\n[A-Za-z_]+:", text):
            raise InvalidInput("the front matter never ends", hint="close it with a line of three hyphens (---)")
        return {}, text
    try:
        fields = load_yaml(found[1])
    except InvalidInput as error:
        raise InvalidInput(f"front matter: {error.message}", hint=error.hint) from error
    if not isinstance(fields, dict):
        if not fields:
            return {}, text[found.end() :]
        raise InvalidInput("the front matter is not a list of `field: value` lines", hint="write one field a line")
    return {str(k): v for k, v in fields.items()}, text[found.end() :]
