"""Is an answer still right? Its stored tool calls are run again and what they give now is held against what they gave.

Two comparisons tell two causes apart: the same call for the same day (what is loaded was corrected or completed), and
that against the call for today (the law, a certificate or an order moved on).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from assistant.differences import Change, changes, moved
from assistant.errors import SourcingError
from assistant.schema import Answer, Language
from assistant.tools import TOOLS

Call = Callable[[str, dict[str, Any]], dict[str, Any]]


class TurnCheck(BaseModel):
    """One answer, checked. `failed`: calls that can no longer be made, with why."""

    question: str
    as_of: date
    checked_for: date
    language: Language
    calls: int
    changes: list[Change]
    failed: list[str]

    @property
    def same(self) -> bool:
        return not self.changes and not self.failed


def check_turn(question: str, answer: Answer, day: date, run: Call) -> TurnCheck:
    """Run the calls of `answer` again for its own day and for `day`. `run` calls one tool; its SourcingErrors are
    taken down in `failed`."""
    found: list[Change] = []
    failed: list[str] = []
    calls = [c for c in answer.tool_calls if c.response is not None and c.name in TOOLS]
    for made in calls:
        then: Mapping[str, Any] = made.response or {}
        later = moved(made.arguments, answer.as_of, day)
        try:
            again = run(made.name, dict(made.arguments))
            found += changes(made.name, then, again, "data")
            if later != made.arguments:
                found += changes(made.name, again, run(made.name, later), "date")
        except SourcingError as error:
            failed.append(f"{made.name}: {error.message}" + (f" ({error.hint})" if error.hint else ""))
    return TurnCheck(
        question=question,
        as_of=answer.as_of,
        checked_for=day,
        language=answer.language,
        calls=len(calls),
        changes=found,
        failed=failed,
    )
