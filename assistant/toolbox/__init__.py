"""The functions behind `assistant.tools`, one module a field: each validates, calls one engine or search, shapes."""
