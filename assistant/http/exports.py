"""`POST /v1/export/{name}`: a tool's response as CSV, XLSX or PDF, or the drafts for its suppliers."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Body, FastAPI, Query, Request
from starlette.responses import JSONResponse, Response

from assistant.exports.run import drafts, export
from assistant.http.work import Work

_FORMAT = Query(description="csv, xlsx, pdf, or rfq for drafts of requests for quotation as JSON")


def install(app: FastAPI, work: Work) -> None:
    """Add the route to `app`."""

    @app.post("/v1/export/{name}", summary="A tool's response as a file that can be sent on", tags=["export"])
    async def exported(
        request: Request,
        name: str,
        arguments: Annotated[dict[str, Any], Body()],
        format: Annotated[str, _FORMAT] = "pdf",
    ) -> Response:
        tenant = request.state.caller.tenant
        if format == "rfq":
            found = await work.run(lambda: drafts(work.services_for(tenant), name, arguments))
            return JSONResponse({"drafts": [dataclasses.asdict(draft) for draft in found]})
        file = await work.run(lambda: export(work.services_for(tenant), name, arguments, format))
        disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
        return Response(file.data, media_type=file.media_type, headers={"Content-Disposition": disposition})
