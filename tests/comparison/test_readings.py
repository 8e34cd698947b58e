"""Every reading gives way when a number that it rests on is another one."""

from math import inf
from typing import Any

import pytest

from coreformulas.comparison import READINGS
from coreformulas.comparison.readings import Quantity, below, over_seeds
from coreformulas.training import kept_record


def changed(record, path, change):
    """The records, with one number replaced."""
    *way, last = path.split("/")

    def records(name):
        found = kept_record(name)
        if name == record:
            place: Any = found
            for step in way:
                place = place[int(step) if isinstance(place, list) else step]
            key = int(last) if isinstance(place, list) else last
            old = place.get(key) if isinstance(place, dict) else place[key]
            place[key] = change(old)
        return found

    return records


def times(factor):
    return lambda value: (
        [factor * one for one in value] if isinstance(value, list) else factor * value
    )


def put(value):
    return lambda _: value


DIGITS, GRID, USES = "comparison-digits", "comparison-grid", "comparison-uses"
STABLE, GROWTH, GAN = "comparison-stability", "comparison-growth", "gan-mixtures"
NAMES, MORSE = "transformer-number-names", "results/by_snr/6/recognizer"
LONGER = "by_pixels/families/transformer/exponents"
SPOILED = [  # reading, record, place, change
    ("elbo_under_likelihood", DIGITS, "families/vae/negative_elbo/3", put(80.0)),
    ("elbo_rises", DIGITS, "families/vae/early_losses/loss/0", put(50.0)),
    ("exact_likelihood", DIGITS, "families/vae/negative_log_likelihood_kind", put("exact")),
    ("exact_likelihood", DIGITS, "families/transformer/model/latent", put(16)),
    ("no_likelihood", DIGITS, "families/gan/model/latent", put(0)),
    ("no_likelihood", DIGITS, "families/gan/negative_log_likelihood_kind", put("exact")),
    ("near_the_floor", GRID, "families/transformer/negative_log_likelihood/0", put(0.5)),
    ("near_the_floor", GRID, "families/transformer/negative_log_likelihood/0", put(0.01)),
    ("precision_and_recall", DIGITS, "families/gan/precision", times(0.8)),
    ("precision_and_recall", DIGITS, "families/gan/recall", times(1.1)),
    ("samples_that_pass", DIGITS, "families/gan/precision", times(0.5)),
    ("samples_that_pass", DIGITS, "reference/test/precision", times(0.5)),
    ("diversity", DIGITS, "families/vae/classes/2", put(9)),
    ("diversity", DIGITS, "families/gan/recall", times(1.1)),
    ("blur", DIGITS, "families/vae/sharpness_of_expected", times(1.2)),
    ("blur", DIGITS, "families/gan/sharpness", times(0.9)),
    ("sequence_quality", GRID, "families/transformer/high_quality", times(0.9)),
    ("sequence_quality", DIGITS, "families/transformer/precision", times(2.0)),
    ("spread_on_the_grid", GRID, "families/vae/high_quality", put([0.8, 0.79, 0.8, 0.8, 0.8])),
    ("weights", DIGITS, "families/transformer/parameters_to_sample", put(1)),
    ("weights", DIGITS, "families/gan/parameters_to_sample", put(29877)),
    ("drawing", DIGITS, "families/vae/seconds_per_thousand_samples", times(50)),
    ("early_generator_loss", DIGITS, "families/gan/early_losses/generator_loss", times(2)),
    ("bits_back", USES, "uses/compression/wrong_pixels", put(1)),
    ("bits_back", USES, "uses/compression/general_bits/LZMA", put(130.0)),
    ("bits_back", USES, "uses/compression/bits_back", put(137.0)),
    ("restored_variance", USES, "uses/compression/explained_variance", times(0.5)),
    ("variance_through_the_code", USES, "uses/compression/variance_through_z", times(0.5)),
    ("denoising_by_noise", USES, "uses/denoising/by_noise/8/vae", times(1.2)),
    ("denoising_by_noise", USES, "uses/denoising/by_noise/1/vae", times(0.2)),
    ("reduction_to_two", USES, "uses/reduction/by_latent/2/pca", put(0.78)),
    ("reduction_to_two", USES, "uses/reduction/by_latent/8/pca", put(0.9)),
    ("collapsed_code", USES, "uses/collapse/strong/rate", times(10)),
    ("collapsed_code", USES, "uses/collapse/strong/negative_elbo", times(1.2)),
    ("ordered_digits", USES, "uses/conditional/obeyed", times(0.9)),
    ("style_without_pairs", USES, "uses/style/unpaired/error/1", put(13.0)),
    ("style_without_pairs", USES, "uses/style/symmetric/error", times(0.01)),
    ("gradient_by_depth", USES, "uses/depth/powers_of_ten/bare", times(0.1)),
    ("gradient_by_depth", USES, "uses/depth/powers_of_ten/pre", times(4)),
    ("vae_stability", STABLE, "families/vae/runs/2/failed", put(1)),
    ("transformer_stability", STABLE, "families/transformer/runs/1/failed", put(2)),
    ("gan_stability", STABLE, "families/gan/runs/3/failed", put(0)),
    ("gan_stability", STABLE, "families/gan-r1/runs/1/failed", put(1)),
    ("modes_over_seeds", GAN, "runs/5/covered", put([25] * 10)),
    ("modes_over_seeds", GAN, "runs/6/covered/4", put(24)),
    ("ring_covered", GAN, "runs/0/covered/4", put(7)),
    ("operations", DIGITS, "budgets/parameters_ratio", put(1.5)),
    ("operations", DIGITS, "families/gan/flops_per_example", times(20)),
    ("vae_growth", GROWTH, "by_pixels/families/vae/exponents/flops_per_example/1", put(1.1)),
    ("gan_growth", GROWTH, "by_pixels/families/gan/exponents/flops_per_example/1", put(1.5)),
    ("transformer_growth", GROWTH, f"{LONGER}/bytes_per_step/1", put(1.0)),
    ("width_growth", GROWTH, "by_width/families/gan/exponents/parameters/2", put(1.0)),
    ("attention_memory", "attention", "lengths/1/extra_bytes/plain/forward", times(3)),
    ("attention_memory", "attention", "lengths/1/extra_bytes/chunked/forward", times(0.1)),
    ("translation", "transformer-multi30k", "results/test/beam/bleu", put(20.0)),
    ("text", "transformer-tiny-shakespeare", "results/validation/nats_per_character", put(3.0)),
    ("speech", "transformer-fsdd", "results/test/accuracy", put(0.9)),
    ("beyond_the_training_length", NAMES, "results/by_digits/9/right", put(500)),
    ("beyond_the_training_length", NAMES, "results/by_digits/8/right", put(500)),
    ("missed_letters", "transformer-morse", f"{MORSE}/missed", put(100)),
    ("vae_kinds", "vae-binarized-mnist", "nats/test/negative_log_likelihood/mean", put(600.0)),
    ("vae_kinds", DIGITS, "families/vae/negative_log_likelihood", times(1.5)),
    ("gan_kinds", GAN, "runs/1/covered/0", put(7)),
    ("gan_kinds", USES, "uses/conditional/obeyed", times(0.9)),
    ("transformer_kinds", "transformer-fsdd", "results/test/accuracy", put(0.9)),
    ("transformer_kinds", "transformer-morse", f"{MORSE}/character_error_rate", put(0.5)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "record", "path", "change"), SPOILED)
def test_a_reading_gives_way(name, record, path, change):
    assert READINGS[name](kept_record).supports
    assert not READINGS[name](changed(record, path, change)).supports


def test_every_reading_of_a_record_was_spoiled():
    untested = set(READINGS) - {name for name, *_ in SPOILED}
    assert untested == {"two_judges"}  # which reads no record


def test_a_seed_that_is_not_finite_cannot_be_read():
    spoiled = changed(DIGITS, "families/vae/negative_elbo/0", put(inf))
    with pytest.raises(ValueError, match="must be finite"):
        READINGS["elbo_under_likelihood"](spoiled)


def test_a_quantity_prints_its_error_its_unit_and_a_minus():
    assert f"{Quantity(86.214, 0.236, 'nats'):.2f}" == "86.21 ± 0.24 nats"
    assert f"{Quantity(-0.5):.1f}" == "−0.5"
    assert f"{over_seeds([0.5, 0.7], '%', scale=100):.0f}" == "60 ± 10 %"


def test_below_asks_for_more_than_the_errors_allow():
    assert below(Quantity(1.0, 0.3), Quantity(2.6, 0.4))
    assert not below(Quantity(1.0, 0.3), Quantity(2.4, 0.4))
    assert below(Quantity(1.0, 0.3), Quantity(2.4, 0.4), errors=2)
    assert not below(Quantity(2.0), Quantity(1.0))
