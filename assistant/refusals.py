"""What a request lacks or holds wrongly, said in the language of the request: pydantic's findings as our errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assistant.errors import InvalidInput

Language = Literal["en", "es"]

_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "unicode": {
        "en": "the arguments hold text that is not valid Unicode",
        "es": "los argumentos contienen texto que no es Unicode válido",
    },
    "unicode.hint": {"en": "send well-formed UTF-8 JSON", "es": "envíe JSON bien formado en UTF-8"},
    "missing": {"en": "{field} is missing", "es": "falta {field}"},
    "missing.hint": {"en": "give {field}: {meaning}", "es": "dé {field}: {meaning}"},
    "extra": {"en": "{tool} takes no field {field!r}", "es": "{tool} no tiene el campo {field!r}"},
    "extra.hint": {"en": "its fields are: {known}", "es": "sus campos son: {known}"},
    "other": {"en": "{field}: {what} (got {shown})", "es": "{field}: {what} (se recibió {shown})"},
    "other.hint": {"en": "see `sourcing tools` for {tool}", "es": "vea {tool} en `sourcing tools`"},
}
# Fields that requests cannot do without, as their schema describes them in English.
_MEANINGS: Final = {
    "hts": "número HTS, con o sin puntos",
    "origin": "país de origen, código ISO 3166-1 alfa-2 (MX, CN, VN …)",
    "customs_value": "valor en aduana en USD, mayor que cero",
    "from": "primer día del periodo, AAAA-MM-DD",
    "to": "último día del periodo, AAAA-MM-DD",
    "query": "lo que se busca",
    "description": "qué es el producto",
    "id": "identificador del fabricante, como lo da find_manufacturers",
    "manufacturer_id": "identificador, como lo da find_manufacturers",
    "order_id": "número de la orden, p. ej. PO-1042",
    "quantity": "unidades del lote",
    "destination_place": "ciudad a la que van los bienes, p. ej. Laredo, TX",
    "program": "símbolo del programa o T-MEC",
}
# pydantic's findings in Spanish, by the sort of finding; {…} are the values of its context.
_SPANISH: Final = {
    "decimal_parsing": "debe ser un número decimal",
    "decimal_type": "debe ser un número decimal",
    "decimal_max_digits": "tiene demasiados dígitos",
    "decimal_whole_digits": "tiene demasiados dígitos",
    "finite_number": "debe ser un número finito",
    "int_parsing": "debe ser un número entero",
    "int_type": "debe ser un número entero",
    "int_from_float": "debe ser un número entero",
    "float_parsing": "debe ser un número",
    "float_type": "debe ser un número",
    "bool_parsing": "debe ser true o false",
    "bool_type": "debe ser true o false",
    "string_type": "debe ser texto",
    "string_too_short": "debe tener al menos {min_length} caracteres",
    "string_too_long": "debe tener a lo más {max_length} caracteres",
    "string_pattern_mismatch": "debe tener la forma {pattern}",
    "date_parsing": "debe ser una fecha que exista, escrita AAAA-MM-DD",
    "date_type": "debe ser una fecha escrita AAAA-MM-DD",
    "date_from_datetime_parsing": "debe ser una fecha que exista, escrita AAAA-MM-DD",
    "date_from_datetime_inexact": "debe ser una fecha sin hora",
    "datetime_parsing": "debe ser fecha y hora ISO 8601",
    "literal_error": "debe ser {expected}",
    "enum": "debe ser {expected}",
    "dict_type": "debe ser un objeto JSON",
    "model_type": "debe ser un objeto JSON",
    "model_attributes_type": "debe ser un objeto JSON",
    "list_type": "debe ser una lista",
    "tuple_type": "debe ser una lista",
    "too_short": "debe tener al menos {min_length} elementos",
    "too_long": "debe tener a lo más {max_length} elementos",
    "greater_than": "debe ser mayor que {gt}",
    "greater_than_equal": "debe ser al menos {ge}",
    "less_than": "debe ser menor que {lt}",
    "less_than_equal": "debe ser a lo más {le}",
    "nobody": "dé el id de un fabricante o requisitos",
    "cost": "{name} debe ser un monto de cero o más",
}


def refusal(error: ValidationError, tool: str, request: type[BaseModel], language: Language = "en") -> InvalidInput:
    """The contract's error for arguments of `tool` that its `request` model refused: the first finding."""

    def say(key: str, **values: object) -> str:
        return _TEXTS[key][language].format(**values)

    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    if first["type"] == "json_invalid":
        return InvalidInput(say("unicode"), hint=say("unicode.hint"))
    if first["type"] == "missing":
        meaning = _meaning(request, str(first["loc"][-1] if language == "es" else first["loc"][0]), language)
        hint = say("missing.hint", field=field, meaning=meaning) if meaning else say("other.hint", tool=tool)
        return InvalidInput(say("missing", field=field), field=field, hint=hint)
    if first["type"] == "extra_forbidden":
        known = ", ".join(_fields(request, first["loc"][:-1]))
        return InvalidInput(say("extra", tool=tool, field=field), field=field, hint=say("extra.hint", known=known))
    what = spanish(first) if language == "es" else first["msg"]
    if field is None:  # what is wrong is the request as a whole
        return InvalidInput(what, hint=say("other.hint", tool=tool))
    shown = repr(first.get("input"))
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return InvalidInput(
        say("other", field=field, what=what, shown=shown), field=field, hint=say("other.hint", tool=tool)
    )


def _fields(request: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """Names of the fields of the request, or of the part of it that `path` leads to."""
    for step in path:
        info = request.model_fields.get(str(step))
        parts = (info.annotation, *get_args(info.annotation)) if info else ()
        request = next((p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)), request)
    return [info.alias or name for name, info in request.model_fields.items()]


def _meaning(request: type[BaseModel], name: str, language: Language) -> str:
    if language == "es":
        return _MEANINGS.get(name, "")
    found: dict[str, Any] = request.model_json_schema()["properties"].get(name, {})
    return str(found.get("description", ""))


def spanish(finding: ErrorDetails) -> str:
    """The finding in Spanish; one that no phrase is known for (a check of our own) as it is."""
    phrase = _SPANISH.get(finding["type"])
    if phrase is None:
        return finding["msg"]
    values = {name: _plain(value) for name, value in finding.get("ctx", {}).items()}
    return phrase.format(**values)


def _plain(value: object) -> str:
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value).replace(" or ", " o ")


__all__ = ["refusal", "spanish"]
