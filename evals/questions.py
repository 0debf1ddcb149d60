"""Question sets: YAML files of conversations with what a right answer must show, and where that is known from.

A file is `{about, questions: [...]}`; its name is the slice. Questions with the same `pair` are the same request in
English and in Spanish. Scalars are kept as written (`NO` is Norway, `0101` a heading); an unknown or doubled key is
an error that names its place, so that a misspelt expectation never counts as met.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from assistant.errors import InvalidInput

DEFAULT_SET = Path(__file__).parent / "questions"
TOOLS = ("estimate_duty", "tariff_line", "tariff_changes", "check_origin", "classify_product", "search_rules",
         "find_manufacturers", "manufacturer_profile", "compare_landed_cost", "plan_scale_up", "order_status",
         "supplier_performance", "production_risks")  # fmt: skip
Status = Literal["answered", "clarify", "refused", "partial"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedCall(Strict):
    """A tool call that must be made. `arguments` is a part of the call's arguments; `null` means not given.

    `error` is the code that the tool must answer with (unknown_hts, not_in_force …); without it the call must work."""

    name: str
    arguments: dict[str, Any] = {}
    error: str | None = None

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in TOOLS:
            raise ValueError(f"no tool is called {name!r}; tools: {', '.join(TOOLS)}")
        return name


class ExpectedCitation(Strict):
    """Something the answer must cite: a document (any language version), a page, a URL part, a legal citation."""

    document: str | None = None
    url: str | None = None
    cite: str | None = None

    @model_validator(mode="after")
    def _something(self) -> ExpectedCitation:
        if not (self.document or self.url or self.cite):
            raise ValueError("a citation needs document, url or cite")
        return self


class ExpectedMatches(Strict):
    """What find_manufacturers must give: who comes first, who is among the matches, who is not."""

    first: str | None = None
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


class Expect(Strict):
    """What a right answer shows. Everything left out is not scored, except language, refusal and grounding."""

    status: tuple[Status, ...] = ()
    refused: bool | None = None
    language: Literal["en", "es"] | None = None
    tools: tuple[ExpectedCall, ...] | None = None
    may_call: tuple[str, ...] = Field(default=(), description="tools whose further calls do no harm here")
    figures: tuple[str, ...] = ()
    figures_absent: tuple[str, ...] = ()
    citations: tuple[ExpectedCitation, ...] = ()
    contains: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    matches: ExpectedMatches | None = None

    @field_validator("status", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("may_call")
    @classmethod
    def _tools(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in TOOLS:
                raise ValueError(f"no tool is called {name!r}; tools: {', '.join(TOOLS)}")
        return names

    @field_validator("figures", "figures_absent")
    @classmethod
    def _numbers(cls, figures: tuple[str, ...]) -> tuple[str, ...]:
        for figure in figures:
            try:
                Decimal(figure.rstrip("%"))
            except InvalidOperation:
                raise ValueError(f"{figure!r} is not a number such as 1250.00 or 5.6%") from None
        return figures

    @property
    def refusal(self) -> bool | None:
        """Whether the question must be refused: as said, else as the status says where it leaves no choice."""
        if self.refused is not None or not self.status:
            return self.refused
        return ("refused" in self.status) if len(set(self.status)) == 1 or "refused" not in self.status else None


class Turn(Strict):
    ask: str = Field(min_length=1)
    expect: Expect


class Question(Strict):
    """One conversation. `because` names the source of the expectation: a file, a rule, a table."""

    id: str = Field(min_length=1)
    pair: str = Field(min_length=1)
    language: Literal["en", "es"]
    as_of: date
    turns: tuple[Turn, ...] = Field(min_length=1)
    because: str = Field(min_length=1)
    tags: tuple[str, ...] = ()
    slice: str = ""

    @property
    def tools(self) -> tuple[str, ...]:
        """Tools that the expectations name, in order; empty when none is to be called."""
        names = [c.name for turn in self.turns for c in turn.expect.tools or ()]
        return tuple(dict.fromkeys(names))


class _File(Strict):
    about: str = ""
    questions: tuple[Question, ...] = Field(min_length=1)


class _Loader(yaml.SafeLoader):
    """Keeps scalars as strings, knows merge keys, refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and key.value != "<<":
                raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {"<": [r for r in yaml.SafeLoader.yaml_implicit_resolvers["<"] if "merge" in r[0]]}


def load_file(path: Path) -> list[Question]:
    """Questions of one file; raises InvalidInput naming the file and the place."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", hint="name a YAML file or a folder") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is not a question set: {error}", hint="correct the file there") from error
    try:
        read = _File.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = _place(data, first["loc"])
        raise InvalidInput(
            f"{path}: {place}: {first['msg']}"
            + (f" ({error.error_count()} errors)" if error.error_count() > 1 else ""),
            hint="the keys that exist are described in evals/README.md",
        ) from error
    return [q.model_copy(update={"slice": path.stem}) for q in read.questions]


def _place(data: Any, loc: Sequence[int | str]) -> str:
    """Where an error stands, with the question's id in place of its number."""
    words = [str(part) for part in loc]
    if len(loc) > 1 and loc[0] == "questions" and isinstance(loc[1], int):
        try:
            words[:2] = [str(data["questions"][loc[1]]["id"])]
        except (KeyError, TypeError, IndexError):
            words[:2] = [f"question {loc[1] + 1}"]
    return ".".join(words) or "the file"


def load_sets(paths: Iterable[Path]) -> list[Question]:
    """Questions of files and folders, in order; ids must differ and pairs must be one English and one Spanish."""
    files: list[Path] = []
    for path in paths:
        found = sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]
        if not found:
            raise InvalidInput(f"{path} holds no question set", hint="a set is a .yaml file")
        files += found
    questions = [q for file in dict.fromkeys(files) for q in load_file(file)]
    seen: dict[str, Question] = {}
    pairs: dict[str, list[Question]] = {}
    for question in questions:
        if question.id in seen:
            raise InvalidInput(f"two questions have the id {question.id!r}", hint="give each its own id")
        seen[question.id] = question
        pairs.setdefault(question.pair, []).append(question)
    for pair, twins in pairs.items():
        languages = [q.language for q in twins]
        if len(languages) != len(set(languages)):
            raise InvalidInput(f"pair {pair!r} has a language twice", hint="a pair is one question in en and one in es")
        if len({len(q.turns) for q in twins}) > 1:
            raise InvalidInput(
                f"the questions of pair {pair!r} differ in their number of turns", hint="make them equal"
            )
    return questions


def select(questions: Sequence[Question], only: Sequence[str]) -> list[Question]:
    """Questions whose id, pair, slice, language, tag or tool is in `only`; a word that picks none is InvalidInput."""
    if not only:
        return list(questions)
    chosen: list[Question] = []
    for word in only:
        hits = [q for q in questions if word in (q.id, q.pair, q.slice, q.language, *q.tags, *q.tools)]
        if not hits:
            raise InvalidInput(
                f"--only {word}: no question has that id, pair, slice, language, tag or tool", field="only"
            )
        chosen += hits
    return [q for q in questions if q in chosen]


def digest(questions: Sequence[Question]) -> str:
    """SHA-256 of the questions in canonical JSON: two runs with the same digest asked and expected the same."""
    rows = [q.model_dump(mode="json") for q in sorted(questions, key=lambda q: q.id)]
    return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
