"""`sourcing eval`: starts the evaluator, which is a client of this package and not a part of it."""

from __future__ import annotations

import argparse
import subprocess
import sys


def run(options: argparse.Namespace) -> int:
    return subprocess.call([sys.executable, "-m", "evals", *options.arguments])
