"""Regression questions, scorers, runner and reports: `python -m evals`. A client of the assistant, not a part of it."""
