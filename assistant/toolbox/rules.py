"""`search_rules`: cited passages from what is loaded."""

from __future__ import annotations

from assistant.bootstrap import Services, store_errors
from assistant.customs.types import Source
from assistant.errors import InvalidInput
from assistant.schema import Passage, SearchRequest, SearchResponse

# Supplier papers are found through find_manufacturers; a claim in one is never an answer about the law.
SUPPLIER_KINDS = frozenset({"manufacturer", "certificate"})


def search_rules(services: Services, request: SearchRequest) -> SearchResponse:
    """Passages in force on the day that answer the query, the asker's language first."""
    if not request.query.strip():
        raise InvalidInput("the query is blank", field="query", hint="say what to look for, in English or Spanish")
    day = request.as_of or services.today()
    with store_errors():
        loaded = set(services.catalog.status()["documents"])
        if unknown := sorted(set(request.kinds or ()) - loaded):
            raise InvalidInput(
                f"no document of kind {unknown[0]!r} is loaded",
                field="kinds",
                hint=f"kinds that are loaded: {', '.join(sorted(loaded)) or 'none'}",
            )
        kinds = request.kinds or sorted(loaded - SUPPLIER_KINDS)
        result = services.searcher.search(
            request.query,
            kinds=kinds,
            as_of=day,
            language=request.language,
            tenants=services.tenants,
            limit=request.limit,
        )
    passages = [Passage.model_validate(hit, from_attributes=True) for hit in result.hits]
    sources = {
        (p.document_id, p.page): Source(
            title=p.title,
            url=p.url,
            document_id=p.document_id,
            page=p.page,
            effective_from=p.effective_from,
            effective_to=p.effective_to,
        )
        for p in passages
    }
    return SearchResponse(
        query=request.query,
        as_of=day,
        passages=passages,
        weak=result.weak,
        sources=list(sources.values()),
        not_covered=[],
    )
