"""The import rules of the design: who may import whom. Walks the source, runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"assistant", "retrieval", "ingestion", "evals", "prompts", "ui"}
ENGINES = ("assistant.customs", "assistant.sourcing", "assistant.logistics", "assistant.production")
# pydantic_core: pydantic's own kind of finding; rapidfuzz: the vocabulary's spelling matcher, a pure function
PLAIN = {"pydantic", "pydantic_core", "yaml", "numpy", "rapidfuzz"}

# area: the modules of ours that it may import
MAY = {
    "engines": ("assistant.errors",),
    "retrieval": (),
    "prompts": (),
    "ingestion": ("retrieval", "assistant.errors", *ENGINES),
    "assistant": ("assistant", "retrieval", "prompts"),
    "composition": ("assistant", "retrieval", "prompts", "ingestion"),
    "ui": ("assistant.schema",),
    "evals": ("assistant.bootstrap", "assistant.schema", "assistant.config", "assistant.errors"),
}
COMPOSITION = ("assistant.bootstrap", "assistant.cli", "assistant.commands")


def area(module: str) -> str:
    if module.startswith(ENGINES):
        return "engines"
    if module.startswith(COMPOSITION):
        return "composition"
    return module.split(".")[0]


def modules() -> Iterator[tuple[str, Path]]:
    for package in sorted(OURS):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(module: str, path: Path) -> Iterator[str]:
    """Full names of what a module imports, type-checking blocks left out, relative ones resolved."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            name = ".".join([*base, node.module] if node.module else base)
            yield name
            if name in OURS:
                yield from (f"{name}.{alias.name}" for alias in node.names)


def allowed(imported: str, rules: tuple[str, ...]) -> bool:
    return any(imported == rule or imported.startswith(rule + ".") for rule in rules)


@pytest.mark.parametrize(
    ("module", "path"), list(modules()), ids=lambda value: str(value) if "." in str(value) else None
)
def test_imports_only_what_the_design_allows(module: str, path: Path) -> None:
    where = area(module)
    own = next((e for e in ENGINES if module.startswith(e)), module.split(".")[0])
    for imported in imports(module, path):
        if imported.split(".")[0] not in OURS or imported in OURS:
            continue
        inside = allowed(imported, (own,)) if where != "assistant" else False
        assert inside or allowed(imported, MAY[where]), f"{module} imports {imported}"


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_are_pure(engine: str) -> None:
    """Engines use the standard library and a few plain packages: no framework, no store, no network."""
    import sys

    for module, path in modules():
        if not module.startswith(engine):
            continue
        for imported in imports(module, path):
            top = imported.split(".")[0]
            assert top in sys.stdlib_module_names | PLAIN | OURS, f"{module} imports {imported}"
            assert top not in {"socket", "urllib", "http", "subprocess", "sqlite3"}, (
                f"{module} does I/O with {imported}"
            )


def test_no_engine_reads_the_clock() -> None:
    for module, path in modules():
        if area(module) == "engines":
            text = path.read_text(encoding="utf-8")
            assert "date.today" not in text and "datetime.now" not in text, f"{module} reads the clock"
