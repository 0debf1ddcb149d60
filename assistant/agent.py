"""The conversation: LangChain's agent over the one list of tools, with memory by thread, checked before it is shown."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.errors import GraphRecursionError

import prompts
from assistant import tools
from assistant.assemble import META, assemble, grounder_of, message_text, split_turns
from assistant.bootstrap import Services
from assistant.careful import Careful, Whole, retries, usage
from assistant.config import OFFLINE
from assistant.errors import BY_CODE, Internal, InvalidInput, SourcingError, Unavailable
from assistant.models import chat_model, model_label
from assistant.offline.language import detect
from assistant.plant_names import plants_asked
from assistant.replay import TurnCheck, check_turn
from assistant.running import Running
from assistant.schema import Answer, AskRequest, Event, Language, Usage
from assistant.threads import Threads, repairs

_log = logging.getLogger(__name__)
_DATES = ("entry_date", "as_of")


class Agent:
    """Answers questions in threads. Safe to share between threads of a process; one thread of talk is served at a time.

    `model` replaces the models that settings and requests name (for tests and for embedding)."""

    def __init__(self, services: Services, model: BaseChatModel | None = None) -> None:
        self._services, self._model = services, model
        self._threads = Threads(services.home, services.settings.tenant)
        self._graphs: dict[str, Any] = {}
        self._guard = threading.Lock()

    def close(self) -> None:
        """Close the thread store."""
        self._graphs.clear()
        self._threads.close()

    def ask(self, request: AskRequest) -> Answer:
        """One answer. Raises SourcingError when none can be given."""
        for event in self.stream(request):
            if event.type == "answer":
                return Answer.model_validate(event.data)
            if event.type == "error":
                raise _error_of(event.data)
        raise Internal("the answer ended without a result", hint="ask again")

    def stream(self, request: AskRequest) -> Iterator[Event]:
        """Events of one answer: `token`, `tool_started`, `tool_finished`, then exactly one `answer` or `error`."""
        try:
            yield from self._events(request)
        except SourcingError as error:
            yield Event(type="error", data=error.as_dict())
        except GraphRecursionError:
            problem = Unavailable("the model kept calling tools without answering", hint="ask one thing at a time")
            yield Event(type="error", data=problem.as_dict())
        except Exception as error:
            _log.exception("answer failed")
            yield Event(type="error", data=self._failed(request, error).as_dict())

    def thread(self, thread_id: str) -> dict[str, Any]:
        """`thread_id`, `title` and `turns` (`question`, `as_of`, `answer` or null), oldest first. Raises NotFound."""
        return self._threads.show(thread_id)

    def threads(self, limit: int = 100) -> list[dict[str, Any]]:
        """This tenant's threads, newest first: `thread_id`, `title`, `turns` (how many), `updated_at`."""
        return self._threads.newest(limit)

    def rename_thread(self, thread_id: str, title: str) -> str:
        """Give a thread a title; returns it as kept. Raises NotFound, InvalidInput for an empty or too long one."""
        return self._threads.rename(thread_id, title)

    def check_thread(self, thread_id: str, day: date | None = None) -> list[TurnCheck]:
        """Whether its answers still hold on `day` (default: today), by their stored calls. Raises NotFound."""
        checks = []
        for turn in self._threads.show(thread_id)["turns"]:
            if turn["answer"] is not None:
                answer = Answer.model_validate(turn["answer"])
                run = partial(tools.call, self._services)
                checks.append(check_turn(turn["question"], answer, day or self._services.today(), run))
        return checks

    def delete_thread(self, thread_id: str) -> None:
        """Forget a thread. Raises NotFound."""
        self._threads.delete(thread_id)

    # -- one answer -------------------------------------------------------------------------------------------------

    def _events(self, request: AskRequest) -> Iterator[Event]:
        started = time.perf_counter()
        limit = self._services.settings.max_question_chars
        question = request.question.strip()
        if not question or len(question) > limit:
            raise InvalidInput(
                f"the question has {len(question)} characters" if question else "the question is empty",
                field="question",
                hint=f"ask in up to {limit} characters; load longer documents with `sourcing ingest`",
            )
        thread_id = request.thread_id or uuid.uuid4().hex
        graph = self._graph(request.model)
        with self._threads.serialised(thread_id):
            before = self._threads.messages(thread_id)
            human = self._human(request, question, thread_id, before)
            yield from self._run(graph, thread_id, [*repairs(before), human])
            answer = self._finish(graph, thread_id, started)
        yield Event(type="answer", data=answer.model_dump(mode="json"))

    def _run(self, graph: Any, thread_id: str, messages: list[BaseMessage]) -> Iterator[Event]:
        """Tool events, and tokens as far as they are checked."""
        grounder, current = None, None
        config = self._threads.config(thread_id)
        stream = graph.stream({"messages": messages}, config, stream_mode=["messages", "custom"], durability="sync")
        for mode, item in stream:
            if mode == "custom":
                data = dict(item)
                yield Event(type=data.pop("type"), data=data)
                continue
            chunk, _ = item
            if not isinstance(chunk, AIMessage | AIMessageChunk) or not message_text(chunk):
                continue
            if chunk.id != current:
                if grounder is not None:  # the model broke off and began anew
                    yield Event(type="token", data={"text": "\n\n"})
                current = chunk.id
                grounder = grounder_of(split_turns(self._threads.messages(thread_id))[-1])
            if grounder is not None and (shown := grounder.feed(message_text(chunk))):
                yield Event(type="token", data={"text": shown})
        if grounder is not None and (rest := grounder.close()):
            yield Event(type="token", data={"text": rest})

    def _finish(self, graph: Any, thread_id: str, started: float) -> Answer:
        """The answer; what is shown replaces what the model wrote, so that the thread holds no unsupported prose."""
        turn = split_turns(self._threads.messages(thread_id))[-1]
        ms = round((time.perf_counter() - started) * 1000, 1)
        spent = usage(turn.after, self._services.settings)
        final = turn.final
        answer = assemble(turn).model_copy(update={"ms": ms, "usage": Usage(**spent) if spent else None})
        if final is not None:
            meta = {**(final.additional_kwargs.get(META) or {}), "status": answer.status, "ms": ms, "usage": spent}
            kept = final.model_copy(
                update={"content": answer.answer, "additional_kwargs": {**final.additional_kwargs, META: meta}}
            )
            graph.update_state(self._threads.config(thread_id), {"messages": [kept]}, as_node="model")
        self._threads.prune(thread_id)
        return answer

    def _human(self, request: AskRequest, question: str, thread_id: str, before: list[BaseMessage]) -> HumanMessage:
        earlier = split_turns(before)
        previous: Language = earlier[-1].meta.get("language", "en") if earlier else "en"
        meta = {
            "as_of": (request.as_of or self._services.today()).isoformat(),
            "language": request.language or detect(question).language or previous,
            "thread_id": thread_id,
            "model": self._label(request.model),
            "prompt_sha": prompts.sha(),
            "data_vintage": self._services.data_vintage(),
            "plants": self._plants(question),
        }
        return HumanMessage(content=question, id=uuid.uuid4().hex, additional_kwargs={META: meta})

    def _plants(self, question: str) -> list[tuple[str, str]]:
        """(id, name) of the manufacturers on file that the question names: kept with it, so that an old thread reads
        the same tomorrow. A store that cannot be read names none; the tools say so."""
        try:
            return plants_asked(self._services, question)
        except SourcingError:
            return []

    def _failed(self, request: AskRequest, error: Exception) -> SourcingError:
        if self._label(request.model) == OFFLINE:
            return Internal("the answer could not be finished", hint="ask again; the thread is kept")
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        return Unavailable(f"the chat model failed: {first}", hint="ask again, or use the model offline")

    # -- graph and store --------------------------------------------------------------------------------------------

    def _label(self, name: str | None) -> str:
        if self._model is not None:
            return str(self._model._llm_type)
        return model_label(self._services.settings, name)

    def _graph(self, name: str | None) -> Any:
        label = self._label(name)
        with self._guard:
            if label not in self._graphs:
                model = self._model or chat_model(self._services.settings, name)
                offline = label == OFFLINE
                guards = [] if offline else [Careful(self._services.settings), retries(label), Whole(label)]
                self._graphs[label] = create_agent(
                    model,
                    tools=_tools(),
                    middleware=[Running(self._services, offline), *guards],
                    checkpointer=self._threads.saver,
                )
            return self._graphs[label]


def _tools() -> list[BaseTool]:
    """The tools as LangChain sees them. Arguments are checked by `tools.call`, so every face gives the same errors."""

    def never(**arguments: Any) -> str:
        raise AssertionError("tools run through the middleware")

    return [
        StructuredTool(
            name=tool.name, description=tool.description, args_schema=tool.request.model_json_schema(), func=never
        )
        for tool in tools.TOOLS.values()
    ]


def _error_of(data: dict[str, Any]) -> SourcingError:
    """The exception behind an error event."""
    body = data["error"]
    kind = BY_CODE.get(body["code"], Internal)
    return kind(body["message"], field=body.get("field"), hint=body.get("hint"))
