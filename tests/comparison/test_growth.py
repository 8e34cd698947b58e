"""Costs against sizes: counts by hand, and exponents of known powers."""

import argparse
import json

import jax
import numpy as np
import pytest

from coreformulas.comparison import command_growth, digits_contenders, exponents, growth
from coreformulas.comparison import measure_costs as measure


def test_exponents_of_known_powers():
    sizes = [2, 4, 12]
    rows = [{"square": 5.0 * n**2, "constant": 7} for n in sizes]
    assert exponents(sizes, rows) == {"square": [2.0, 2.0], "constant": [0.0, 0.0]}


def test_a_wider_model_costs_more(monkeypatch):
    monkeypatch.setattr(growth, "AT_LEAST", 0.01)
    narrow, wide = (
        measure(digits_contenders(width=width)["vae"], key=jax.random.key(0)) for width in (1, 2)
    )

    # 64 pixels, 16 latents; two hidden layers each way, two outputs of the encoder.
    def count(w):
        encoder = 64 * 96 * w + 96 * w + 96 * w * 64 * w + 64 * w + 2 * (64 * w * 16 + 16)
        decoder = 16 * 64 * w + 64 * w + 64 * w * 96 * w + 96 * w + 96 * w * 64 + 64
        return encoder + decoder

    assert (narrow["parameters"], wide["parameters"]) == (count(1), count(2))
    for name in ("flops_per_step", "bytes_per_step", "seconds_per_step"):
        assert narrow[name] > 0
    assert wide["flops_per_step"] > 2 * narrow["flops_per_step"]


def test_larger_images_repeat_each_pixel():
    small, large = (digits_contenders(side=side)["vae"].data for side in (8, 16))
    first = np.asarray(large[0]).reshape(16, 16)
    np.testing.assert_array_equal(first[::2, ::2].ravel(), small[0])
    np.testing.assert_array_equal(first[1::2, 1::2].ravel(), small[0])
    assert digits_contenders(side=16)["transformer"].settings()["model"]["length"] == 257


@pytest.mark.parametrize(
    ("change", "message"),
    [({"side": 12}, "side must be a multiple of 8, got 12"), ({"width": 0}, "width must be")],
)
def test_sizes_out_of_range_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        digits_contenders(**change)


def parsed(*words):
    parser = argparse.ArgumentParser()
    command_growth.add_options(parser)
    return parser.parse_args([*words, "--seed", "1"])


def test_the_command_measures_every_size(monkeypatch):
    def size(contender, key):
        del key
        return {"parameters": contender.data.size, "seconds_per_step": 1.0}

    monkeypatch.setattr(command_growth, "measure_costs", size)
    options = parsed("--widths", "1", "2", "--sides", "8", "16")
    record = json.loads(json.dumps(command_growth.compare(options)))
    assert record["by_pixels"]["sizes"] == [64, 256]
    assert record["by_pixels"]["families"]["vae"]["exponents"] == {
        "parameters": [1.0],
        "seconds_per_step": [0.0],
    }
    assert record["by_width"]["families"]["gan"]["exponents"] == {
        "parameters": [0.0],
        "seconds_per_step": [0.0],
    }


@pytest.mark.parametrize("words", [("--widths", "1"), ("--sides", "16", "8")])
def test_sizes_that_do_not_rise_are_refused(words):
    with pytest.raises(ValueError, match="must be at least two rising numbers"):
        command_growth.compare(parsed(*words))
