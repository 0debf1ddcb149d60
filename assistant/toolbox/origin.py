"""`check_origin`: a bill of materials into the origin engine, under the rules that are loaded."""

from __future__ import annotations

from assistant.bootstrap import Services
from assistant.customs.origin import OriginRequest, OriginResponse, check


def check_origin(services: Services, request: OriginRequest) -> OriginResponse:
    """Whether the good originates on the day, by which route, and what is missing or short."""
    if request.as_of is None and request.entry_date is None:
        request = request.model_copy(update={"as_of": services.today()})
    return check(request, services.origin_rules)
