"""Prompts and prose templates: Markdown files, one copy of each, versioned by hash.

`system.md` is the system prompt of real chat models. `en/*.md` and `es/*.md` hold the phrases of the offline model:
a section `## key` each, with `{placeholders}`. Both languages hold the same keys with the same placeholders.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

_HOME: Final = Path(__file__).parent
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class PromptError(LookupError):
    """A phrase that does not exist, or a placeholder nobody filled."""


@lru_cache(maxsize=4)
def phrases(language: str) -> dict[str, str]:
    """All phrases of `language` ("en" or "es") by key. Raises PromptError when a key stands twice."""
    found: dict[str, str] = {}
    for path in sorted((_HOME / language).glob("*.md")):
        for part in re.split(r"(?m)^## ", path.read_text("utf-8"))[1:]:
            key, _, body = part.partition("\n")
            if key.strip() in found:
                raise PromptError(f"phrase {key.strip()!r} stands twice in {language}")
            found[key.strip()] = body.strip()
    return found


def placeholders(template: str) -> frozenset[str]:
    """Names of the placeholders in a template."""
    return frozenset(_PLACEHOLDER.findall(template))


def say(key: str, language: str, **values: str) -> str:
    """The phrase `key` in `language` with its placeholders filled.

    Raises PromptError for an unknown key, a placeholder without a value, or a value without a placeholder: a fact
    given to one language must not be lost in the other."""
    template = phrases(language).get(key)
    if template is None:
        raise PromptError(f"no phrase {key!r} in {language}")
    wanted = placeholders(template)
    if wanted != values.keys():
        raise PromptError(f"phrase {key!r} ({language}) takes {sorted(wanted)}, not {sorted(values)}")
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def instruction(name: str) -> str:
    """An instruction for a single task of a real chat model, `classify.md` for instance. No placeholders."""
    return (_HOME / f"{name}.md").read_text("utf-8").strip()


def system_prompt(**values: str) -> str:
    """The system prompt for real chat models. Raises PromptError for a placeholder nobody filled."""
    text = (_HOME / "system.md").read_text("utf-8")
    missing = placeholders(text) - values.keys()
    if missing:
        raise PromptError(f"system.md needs {sorted(missing)}")
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every prompt file, by its path inside this folder."""
    return tuple(path.relative_to(_HOME).as_posix() for path in sorted(_HOME.rglob("*.md")))


def source(name: str) -> str:
    """The text of one prompt file. Raises PromptError for a name that `names` does not give."""
    if name not in names():
        raise PromptError(f"no prompt {name!r}")
    return (_HOME / name).read_text("utf-8")


@lru_cache(maxsize=1)
def sha() -> str:
    """SHA-256 over every prompt file (name and content), in hex: one value for one wording."""
    digest = hashlib.sha256()
    for path in sorted(_HOME.rglob("*.md")):
        digest.update(path.relative_to(_HOME).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
