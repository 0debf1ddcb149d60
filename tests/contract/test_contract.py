"""The contract's own checker, run over a home with the embedded corpus."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SHARED


def test_contract_holds(home: Path) -> None:
    checker = SHARED / "check_contract.py"
    if not checker.exists():
        pytest.skip("the contract's checker is absent: put check_contract.py in ../shared")
    sourcing = Path(sys.executable).parent / "sourcing"
    done = subprocess.run(
        [sys.executable, str(checker), str(sourcing), "--home", str(home)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
