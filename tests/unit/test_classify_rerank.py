"""A chat model may order the candidates, and can name nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr, ValidationError

from assistant.bootstrap import open_services
from assistant.classification.rerank import rerank
from assistant.config import load_settings
from assistant.tools import call

CANDIDATES = {"610910": ("T-shirts", "Of cotton"), "610990": ("T-shirts", "Of other textile materials")}


class Scripted(BaseChatModel):
    """Answers every structured question with the same arguments, or raises; keeps what it was asked."""

    arguments: dict[str, Any] = {}
    fails: bool = False
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tool_name="Order")

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        self._asked.append(messages)
        if self.fails:
            raise RuntimeError("no connection")
        reply = AIMessage("", tool_calls=[{"name": "Order", "args": self.arguments, "id": "1"}])
        return ChatResult(generations=[ChatGeneration(message=reply)])


def test_the_model_s_order_and_what_it_left_out_behind() -> None:
    model = Scripted(arguments={"order": ["610990"], "reason": "polyester"})
    opinion = rerank(model, "polyester T-shirt", CANDIDATES, "Order them.", "en")
    assert opinion.order == ("610990", "610910")
    assert opinion.reason == "polyester"
    asked = str(model._asked[0][-1].content)
    assert "610910: T-shirts > Of cotton" in asked and "polyester T-shirt" in asked


@pytest.mark.parametrize("order", [["999999"], ["610910", "854430"]])
def test_a_number_that_is_no_candidate_is_refused(order: list[str]) -> None:
    with pytest.raises(ValidationError):
        rerank(Scripted(arguments={"order": order, "reason": ""}), "shirt", CANDIDATES, "Order them.", "en")


def test_the_tool_takes_the_model_s_order_and_says_whose_it_is(filled_home: Path, monkeypatch: Any) -> None:
    settings = load_settings({"SOURCING_HOME": str(filled_home), "SOURCING_MODEL": "openai:scripted"})
    plain = call(open_services(load_settings({"SOURCING_HOME": str(filled_home)})), "classify_product", ASKED)
    last = plain["candidates"][-1]["subheading"]
    model = Scripted(arguments={"order": [last.replace(".", "")], "reason": "because it says so"})
    monkeypatch.setattr("assistant.toolbox.classify.chat_model", lambda *_: model)
    answer = call(open_services(settings), "classify_product", ASKED)
    assert answer["candidates"][0]["subheading"] == last
    assert answer["ranked_by"] == "openai:scripted"
    assert "because it says so" in answer["candidates"][0]["why"]
    assert {c["subheading"] for c in answer["candidates"]} <= {
        c["subheading"]
        for c in call(
            open_services(load_settings({"SOURCING_HOME": str(filled_home)})),
            "classify_product",
            {**ASKED, "limit": 20},
        )["candidates"]
    }


def test_a_model_that_fails_leaves_the_scoring_s_order(filled_home: Path, monkeypatch: Any) -> None:
    settings = load_settings({"SOURCING_HOME": str(filled_home), "SOURCING_MODEL": "openai:scripted"})
    plain = call(open_services(load_settings({"SOURCING_HOME": str(filled_home)})), "classify_product", ASKED)
    monkeypatch.setattr("assistant.toolbox.classify.chat_model", lambda *_: Scripted(fails=True))
    answer = call(open_services(settings), "classify_product", ASKED)
    assert [c["hts"] for c in answer["candidates"]] == [c["hts"] for c in plain["candidates"]]
    assert answer["ranked_by"] == "scoring"
    assert any("language model" in text for text in answer["not_covered"])


ASKED = {"description": "knit shirt of cotton for men", "limit": 8}
