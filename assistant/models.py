"""Which chat model answers: the offline one, or any LangChain provider by `provider:name`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.config import OFFLINE, Settings
from assistant.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_KEYLESS = frozenset({"ollama", "fake"})


def chat_model(settings: Settings, name: str | None = None) -> BaseChatModel:
    """The chat model `name` (default: the setting). `openai:gpt-4o`, `anthropic:…`, `ollama:…`; base URL and key from
    settings.

    Raises InvalidInput for a name that is not `offline` or `provider:name`, Unavailable when the provider's package
    or key is missing."""
    chosen = (name or settings.model).strip()
    if chosen == OFFLINE:
        from assistant.offline.model import OfflineChatModel

        return OfflineChatModel()
    provider, colon, model = chosen.partition(":")
    if not colon or not provider or not model:
        raise InvalidInput(
            f"{chosen!r} names no chat model",
            field="model",
            hint="use offline, or provider:name such as openai:gpt-4o, anthropic:claude-sonnet-4-5, ollama:llama3.1",
        )
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"temperature": 0, "timeout": settings.model_timeout_s, "max_retries": 2}
    if provider == "openai":
        options["stream_usage"] = True  # tokens are counted in a stream only where it is asked for
    if provider == "ollama":
        options = {"temperature": 0, "client_kwargs": {"timeout": settings.model_timeout_s}}
    # Key and address belong to the configured provider; with none configured, to the one that the operator names.
    own = settings.model == OFFLINE or settings.model.partition(":")[0] == provider
    if own and settings.model_base_url:
        options["base_url"] = settings.model_base_url
    if own and settings.model_api_key and provider not in _KEYLESS:
        options["api_key"] = settings.model_api_key
    try:
        loaded: BaseChatModel = init_chat_model(model, model_provider=provider, **options)
    except ImportError as error:
        raise Unavailable(
            f"the package for {provider} models is not installed",
            field="model",
            hint="install the extra: pip install 'madein-sourcing[llm]'",
        ) from error
    except ValueError as error:
        if "nsupported" in str(error):
            raise InvalidInput(
                f"LangChain knows no provider {provider!r}", field="model", hint="use openai, anthropic, ollama …"
            ) from error
        raise _no_start(provider, error) from error
    except Exception as error:  # each provider raises its own for a missing key
        raise _no_start(provider, error) from error
    return loaded


def _no_start(provider: str, error: Exception) -> Unavailable:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return Unavailable(
        f"the {provider} model cannot start: {first[:200]}",
        field="model",
        hint="set SOURCING_MODEL_API_KEY (and SOURCING_MODEL_BASE_URL), or use the model offline",
    )


def model_label(settings: Settings, name: str | None) -> str:
    """How the model is named in an answer."""
    return (name or settings.model).strip()
