"""Settings: environment variables with the prefix SOURCING_, read once, shown by `sourcing config`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from assistant.errors import InvalidInput

PREFIX = "SOURCING_"
OFFLINE = "offline"  # the model that needs no key and no network


def _setting(default: Any, doc: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"doc": doc, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """Every setting, its default and its meaning. `sources` says where each value came from."""

    home: Path = _setting(Path(".sourcing"), "Data folder")
    model: str = _setting("offline", "Chat model: offline, or provider:name (openai:gpt-4o, anthropic:…, ollama:…)")
    models_allowed: str = _setting(
        "", "Models that HTTP callers may name besides SOURCING_MODEL and offline, comma-separated"
    )
    model_base_url: str = _setting("", "Base URL of an OpenAI-compatible model server")
    model_api_key: str = _setting("", "Key of the chat model's provider", secret=True)
    model_timeout_s: int = _setting(60, "Seconds to wait for the chat model before it is tried again")
    model_context_tokens: int = _setting(100_000, "Tokens that the chat model takes; longer threads are shortened")
    model_price_input: str = _setting("", "USD for a million tokens sent, to show what an answer cost")
    model_price_output: str = _setting("", "USD for a million tokens written")
    embedding_model: str = _setting(
        "default", "Embedding model: default (English and Spanish), english, or a sentence-transformers folder or name"
    )
    encoder: Literal["onnx", "torch"] = _setting(
        "onnx", "How the default model runs: onnx (quick start) or torch (sentence-transformers)"
    )
    cache: Path = _setting(Path(), "Where the exported encoder is kept; default: the environment's share/sourcing")
    chroma_url: str = _setting("", "URL of a Chroma server; empty: embedded in the data folder")
    database_url: str = _setting("", "SQLAlchemy URL of the catalog; empty: SQLite in the data folder")
    api_host: str = _setting("127.0.0.1", "Address the API binds to")
    api_port: int = _setting(8000, "Port of the API")
    ui_host: str = _setting("127.0.0.1", "Address of the chat page; it has no login, so keep it to machines you trust")
    ui_port: int = _setting(8501, "Port of the chat page")
    api_url: str = _setting("", "URL at which the chat page finds the API; default: api_host and api_port")
    api_keys: str = _setting("", "Keys as key:tenant:role, comma-separated; empty: loopback only", secret=True)
    ui_api_key: str = _setting("", "Key that the chat page sends, when api_keys are configured", secret=True)
    webhook_secrets: str = _setting(
        "", "Who may send signed production webhooks: name:tenant:secret, comma-separated", secret=True
    )
    alert_webhook_url: str = _setting("", "Where production alerts are posted; empty: nowhere")
    alert_webhook_secret: str = _setting("", "Secret that alerts are signed with", secret=True)
    max_upload_mb: int = _setting(64, "Largest document accepted by upload, MB")
    max_question_chars: int = _setting(20_000, "Longest question accepted, characters")
    tenant: str = _setting("public", "Tenant of local use")
    sources: Mapping[str, str] = field(default_factory=dict, metadata={"internal": True})

    @property
    def api_base(self) -> str:
        return self.api_url or f"http://{self.api_host}:{self.api_port}"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from `environ` (default: the process's). A wrong value or an unknown name raises InvalidInput."""
    env = os.environ if environ is None else environ
    known = {f.name: f for f in fields(Settings) if not f.metadata.get("internal")}
    given = {k[len(PREFIX) :].lower(): v for k, v in env.items() if k.startswith(PREFIX)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InvalidInput(
            f"unknown setting {PREFIX}{unknown[0].upper()}",
            field=f"{PREFIX}{unknown[0].upper()}",
            hint="unset it, or see `sourcing config` for the settings that exist",
        )
    values: dict[str, Any] = {}
    for name, text in given.items():
        kind: Callable[[str], Any] = type(known[name].default)
        try:
            values[name] = kind(text)
        except ValueError as error:
            raise InvalidInput(
                f"{PREFIX}{name.upper()} must be a {type(known[name].default).__name__}, not {text!r}",
                field=f"{PREFIX}{name.upper()}",
                hint="correct or unset the environment variable",
            ) from error
    for name in ("api_port", "ui_port"):
        if not 1 <= values.get(name, 1) <= 65535:
            raise InvalidInput(
                f"{PREFIX}{name.upper()} is {values[name]}",
                field=f"{PREFIX}{name.upper()}",
                hint="give a port, 1 to 65535",
            )
    for name in ("model_price_input", "model_price_output"):
        if not re.fullmatch(r"(\d{1,6}(\.\d{1,6})?)?", values.get(name, "")):
            raise InvalidInput(
                f"{PREFIX}{name.upper()} is {values[name]!r}",
                field=f"{PREFIX}{name.upper()}",
                hint="give US dollars for a million tokens, for example 2.50",
            )
    check_tenant(values.get("tenant", "public"), f"{PREFIX}TENANT")
    if values.get("encoder", "onnx") not in ("onnx", "torch"):
        raise InvalidInput(
            f"SOURCING_ENCODER is {values['encoder']!r}", field="SOURCING_ENCODER", hint="set it to onnx or torch"
        )
    origin = {name: "environment" if name in given else "default" for name in known}
    return Settings(**values, sources=origin)


def check_tenant(name: str, field: str) -> str:
    """`name` when it can name a tenant; InvalidInput otherwise. No slash or odd character, so that names that are put
    together with others stay apart."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        raise InvalidInput(
            f"{name!r} cannot name a tenant",
            field=field,
            hint="use lower-case letters, digits, - and _, at most 64, beginning with a letter or digit",
        )
    return name


def describe(settings: Settings) -> list[dict[str, str]]:
    """One row a setting: environment variable, value (secrets masked), source, meaning."""
    rows = []
    for f in fields(Settings):
        if f.metadata.get("internal"):
            continue
        value = str(getattr(settings, f.name))
        if f.metadata["secret"] and value:
            value = "********"
        value = re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:********@", value)
        rows.append(
            {
                "name": PREFIX + f.name.upper(),
                "value": value,
                "source": settings.sources.get(f.name, "default"),
                "meaning": f.metadata["doc"],
            }
        )
    return rows
