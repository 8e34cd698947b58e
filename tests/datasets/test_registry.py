import re
import subprocess
import sys
from pathlib import Path

import pytest

from coreformulas.datasets import (
    NAMES,
    binarized_mnist,
    digits,
    load,
    mnist,
    multi30k,
    spoken_digits,
    texts,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["MNIST", "digit", "", None, ["digits"]])
def test_unknown_name_lists_the_known_ones(name):
    # The wrapped function: under tests a type checker would refuse what is no string first.
    bare = getattr(load, "__wrapped__", load)
    with pytest.raises(ValueError, match="name: got") as error:
        bare(name)
    assert repr(name) in str(error.value)
    for known in NAMES:
        assert repr(known) in str(error.value)


def test_names_are_the_documented_ones():
    assert NAMES == ("digits", "mnist", "binarized-mnist")
    assert all(f"``{name}``" in (load.__doc__ or "") for name in NAMES)


def test_readme_of_the_data_lists_every_checksum():
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"`([0-9a-f]{64})`", readme)
    sources = [*mnist.SHA256.values(), *binarized_mnist.SHA256.values()]
    sources += [binarized_mnist.PACKED.sha256, texts.TINY_SHAKESPEARE.sha256]
    sources += [*multi30k.SHA256.values(), spoken_digits.PACKED.sha256]
    assert listed == [digits.SHA256, texts.GENESIS_SHA256, *sources]


def test_loading_the_digits_imports_neither_jax_nor_a_downloader():
    code = (
        "import sys; from coreformulas.datasets import load; load('digits'); "
        "print(sorted({'jax', 'flax', 'pooch', 'requests', 'sympy'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert (result.stdout.strip(), result.stderr) == ("[]", "")
