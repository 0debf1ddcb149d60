"""The OpenAPI page: every tool with its own request and response, the error object, examples."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from assistant.tools import TOOLS, Tool

_REF = "#/components/schemas/{model}"
EXAMPLES: dict[str, dict[str, Any]] = {
    "estimate_duty": {
        "hts": "8544.30.00.00",
        "origin": "MX",
        "entry_date": "2026-06-15",
        "customs_value": "25000",
        "transport_mode": "truck",
    },
    "tariff_line": {"hts": "8544300000", "as_of": "2026-06-15"},
    "tariff_changes": {"hts": "8544.30.00.00", "origin": "CN", "start": "2026-01-01", "end": "2026-06-30"},
    "check_origin": {
        "hts": "8544.30.00.00",
        "as_of": "2026-06-15",
        "transaction_value": "100",
        "materials": [
            {"description": "terminals", "hts": "8536.90", "origin": "CN", "value": "30"},
            {"description": "copper wire", "hts": "7408.11", "origin": "MX", "value": "40", "originating": True},
        ],
    },
    "search_rules": {"query": "certification of origin data elements", "limit": 3},
    "find_manufacturers": {"need": "injection molding of ABS housings in Querétaro with ISO 13485", "limit": 3},
    "compare_landed_cost": {
        "hts": "8544.30.00.00",
        "quantity": 10000,
        "unit_weight_kg": "0.3",
        "destination_place": "Laredo, TX",
        "entry_date": "2026-06-15",
        "scenarios": [
            {"origin": "MX", "origin_place": "Ciudad Juárez", "unit_price": "4.10", "incoterm": "FCA"},
            {"origin": "CN", "origin_place": "Shenzhen", "unit_price": "3.20", "incoterm": "FOB"},
        ],
    },
    "plan_scale_up": {
        "requirements": {"need": "injection molding in Querétaro"},
        "stages": [
            {"name": "Pilot", "volume": 300, "from": "2026-09-01"},
            {"name": "Scale", "volume": 20000, "from": "2027-01-01"},
        ],
    },
    "manufacturer_profile": {"id": "id-as-find_manufacturers-gives-it"},
    "order_status": {"order_id": "PO-1042"},
    "supplier_performance": {"manufacturer_id": "tezontle-polimeros", "from": "2026-03-01", "to": "2026-11-20"},
    "production_risks": {"language": "en"},
    "classify_product": {"description": "men's knit pullover, 100% cotton", "limit": 5},
}
QUESTIONS = {
    "en": {"summary": "A question", "value": {"question": "What must a USMCA certification of origin contain?"}},
    "es": {
        "summary": "Una pregunta, con fecha",
        "value": {
            "question": "¿Cuánto arancel general paga 8544.30.00.00 de México con y sin T-MEC, valor 25,000 dólares?",
            "as_of": "2026-06-15",
        },
    },
}
ERROR: dict[str, Any] = {
    "description": "Any 4xx or 5xx",
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/Error"},
            "example": {
                "error": {
                    "code": "unknown_hts",
                    "message": "0000.00.00.00 is not in the schedule",
                    "field": "hts",
                    "hint": "what to do next",
                }
            },
        }
    },
}
_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "field", "hint"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string", "description": "what is wrong"},
                "field": {"type": ["string", "null"], "description": "which part of the request is meant"},
                "hint": {"type": ["string", "null"], "description": "what to do next"},
            },
        }
    },
}


def tool_body(tool: Tool) -> dict[str, Any]:
    """The request body of a tool's route, for `openapi_extra`."""
    content: dict[str, Any] = {"schema": tool.request.model_json_schema(ref_template=_REF)}
    if tool.name in EXAMPLES:
        content["example"] = EXAMPLES[tool.name]
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def install(app: FastAPI, *, with_keys: bool) -> None:
    """Make `app.openapi()` give the whole description, built on first use."""

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            page = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            schemas = page.setdefault("components", {}).setdefault("schemas", {})
            schemas["Error"] = _ERROR_SCHEMA
            for tool in TOOLS.values():
                body = page["paths"][f"/v1/tools/{tool.name}"]["post"]["requestBody"]["content"]["application/json"]
                for name, schema in body["schema"].pop("$defs", {}).items():
                    schemas.setdefault(name, schema)
            for operations in page["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
                    operation["responses"]["default"] = ERROR
            if with_keys:
                page["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
                page["security"] = [{"key": []}]
            app.openapi_schema = page
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign]
