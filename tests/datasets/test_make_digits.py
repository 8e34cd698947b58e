import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "data"


def test_remaking_gives_the_same_bytes(tmp_path):
    pytest.importorskip("sklearn", reason="scikit-learn, whose digits these are, is not installed")
    output = tmp_path / "digits.npz"
    subprocess.run([sys.executable, DATA / "make_digits.py", "--output", output], check=True)
    assert output.read_bytes() == (DATA / "digits.npz").read_bytes()
    assert list(tmp_path.iterdir()) == [output]
