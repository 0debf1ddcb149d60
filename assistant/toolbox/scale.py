"""`plan_scale_up`: a stored profile, or the best match of a need, into the pilot-to-scale planner."""

from __future__ import annotations

from typing import Any, Literal

from assistant.bootstrap import Services
from assistant.customs.types import Language
from assistant.errors import InvalidInput, NotFound
from assistant.production.measures import say
from assistant.schema import ManufacturerProfileRequest
from assistant.sourcing.scale_types import Risk, ScaleRequest, ScaleResponse
from assistant.sourcing.types import Need, Profile
from assistant.toolbox.manufacturers import find_manufacturers, manufacturer_profile

_POOR_RECORD = 0.6  # of a track record's score, 0 to 1


def plan_scale_up(services: Services, request: ScaleRequest) -> ScaleResponse:
    """The plan at one manufacturer by stage, with second sources among the others."""
    from assistant.sourcing.relaxing import keys_of
    from assistant.sourcing.scale_parts import say as told
    from assistant.sourcing.scale_up import choose_line, plan  # brings the vocabulary
    from assistant.sourcing.understand import understand
    from assistant.sourcing.vocabulary import Vocabulary
    from assistant.toolbox.meaning import meaning_of

    day, lang = request.as_of or services.today(), request.language
    vocabulary = Vocabulary.load()
    need = (request.requirements or Need()).model_copy(update={"as_of": day, "language": request.language})
    understood, _, unmapped = understand(need, vocabulary, meaning=meaning_of(services))
    chosen = request.id
    if chosen is None and unmapped and not keys_of(understood):
        raise InvalidInput(
            told(lang, "refusals", "nothing", text="; ".join(unmapped)[:200]),
            field="requirements",
            hint=told(lang, "refusals", "nothing_hint"),
        )
    if chosen is None:
        found = find_manufacturers(services, need.model_copy(update={"limit": 1, **_volumes(request, need)}))
        if not found.matches:  # none carries it alone: plan on the best fit and look for a second
            found = find_manufacturers(services, need.model_copy(update={"limit": 1}))
        if not found.matches:
            changes = "; ".join(r.change for r in found.relaxations[:2])
            raise NotFound(
                told(lang, "refusals", "nobody"),
                field="requirements",
                hint=told(lang, "refusals", "relax", changes=f" ({changes})" if changes else ""),
            )
        chosen = found.matches[0].id
    shown = manufacturer_profile(services, ManufacturerProfileRequest(id=chosen, as_of=day, language=request.language))
    profile = shown.profile
    if request.process is None and understood.processes:
        request = request.model_copy(update={"requirements": understood})
    wanted = [request.process] if request.process else list(understood.processes)
    line, _ = choose_line(profile, wanted, vocabulary, lang)
    others: list[Profile] = []
    if line is not None:
        same = Need(
            processes=[line.process],
            certifications=understood.certifications,
            materials=understood.materials,
            as_of=day,
            limit=50,
        )
        for match in find_manufacturers(services, same).matches:
            if match.id != profile.id:
                asked = ManufacturerProfileRequest(id=match.id, as_of=day)
                others.append(manufacturer_profile(services, asked).profile)
    response = plan(
        request,
        profile,
        as_of=day,
        vocabulary=vocabulary,
        required=understood.certifications,
        others=others,
        matched=request.id is None,
    )
    response = response.model_copy(
        update={"sources": [*(s.model_dump(mode="json") for s in shown.sources), *response.sources]}
    )
    return _with_record(response, shown.performance, request.language)


def _with_record(response: ScaleResponse, record: dict[str, Any] | None, language: Language) -> ScaleResponse:
    """The plan with what the plant's orders on file warn of, as a risk of every stage and a point to agree on."""
    if record is None or not record["warnings"]:
        return response
    told = "; ".join(record["warnings"])
    level: Literal["high", "medium"] = "high" if float(record["score"]) < _POOR_RECORD else "medium"
    risk = Risk(level=level, name="performance", text=f"{say('record_risk', language)}: {told}")
    stages = [stage.model_copy(update={"risks": [*stage.risks, risk]}) for stage in response.stages]
    asked = [*response.negotiate, say("record_ask", language, reasons=told)]
    return response.model_copy(update={"stages": stages, "negotiate": asked})


def _volumes(request: ScaleRequest, need: Need) -> dict[str, float | str]:
    """The volume of the largest stage as what a plant should carry, unless the need itself states one."""
    largest = max(stage.volume for stage in request.stages)
    return {} if need.monthly_volume else {"monthly_volume": largest, "volume_unit": request.volume_unit}
