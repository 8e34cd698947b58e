"""Readings from the Transformer's kept runs, and from the kinds of data of every family."""

import numpy as np

from coreformulas.comparison.readings import Quantity, Reading, Records, over_seeds

__all__ = [
    "beyond_the_training_length",
    "gan_kinds",
    "missed_letters",
    "speech",
    "text",
    "transformer_kinds",
    "translation",
    "vae_kinds",
]


def translation(records: Records) -> Reading:
    """BLEU of German sentences in English, by beam search."""
    test = records("transformer-multi30k")["results"]["test"]
    greedy, beam = test["greedy"]["bleu"], test["beam"]["bleu"]
    found = {"bleu": Quantity(beam, unit="BLEU"), "bleu_greedy": Quantity(greedy, unit="BLEU")}
    return Reading(found, "at least 30 BLEU, and no less by beam search", 30 <= greedy <= beam)


def text(records: Records) -> Reading:
    """Nats a character of plays, and those of a model that knows nothing."""
    kept = records("transformer-tiny-shakespeare")
    nats = kept["results"]["validation"]["nats_per_character"]
    ignorant = float(np.log(kept["model"]["vocabulary"]))
    found = {"text_nats": Quantity(nats, unit="nats"), "ignorant": Quantity(ignorant, unit="nats")}
    return Reading(found, "less than half of what ignorance costs", nats < ignorant / 2)


def speech(records: Records) -> Reading:
    """Spoken digits that were recognized, in percent."""
    test = records("transformer-fsdd")["results"]["test"]
    share = Quantity(100 * test["accuracy"], 100 * test["standard_error"], "%")
    found = {"heard": share, "heard_right": Quantity(test["right"])}
    found["recordings"] = Quantity(test["recordings"])
    return Reading(found, "more than 95 of 100 spoken digits are right", share.value > 95)


def _names(records: Records) -> dict[int, tuple[int, int]]:
    rows = records("transformer-number-names")["results"]["by_digits"]
    return {int(digits): (row["right"], row["numbers"]) for digits, row in rows.items()}


def beyond_the_training_length(records: Records) -> Reading:
    """Number names put right at the longest length of training, and one digit beyond."""
    from coreformulas.transformer.command_number_names import MOST_DIGITS as longest  # needs JAX

    by_digits = _names(records)
    (right, tried), (right_beyond, tried_beyond) = by_digits[longest], by_digits[longest + 1]
    found = {
        "trained_length": Quantity(longest),
        "right": Quantity(right),
        "tried": Quantity(tried),
        "right_beyond": Quantity(right_beyond),
        "tried_beyond": Quantity(tried_beyond),
    }
    supports = right > 0.99 * tried and right_beyond < 0.01 * tried_beyond
    words = "nearly all are right at the longest length, nearly none one digit beyond"
    return Reading(found, words, supports)


def missed_letters(records: Records) -> Reading:
    """Letters of Morse code that were sent and not written, in percent: worst and best noise."""
    by_snr = records("transformer-morse")["results"]["by_snr"]
    found = {}
    for name, ratio in (("noisy", min(by_snr, key=float)), ("clear", max(by_snr, key=float))):
        row = by_snr[ratio]["recognizer"]
        found[f"missed_{name}"] = Quantity(100 * row["missed"] / row["letters"], unit="%")
        found[f"ratio_{name}"] = Quantity(float(ratio), unit="dB")
    supports = found["missed_clear"].value < 1 < 5 < found["missed_noisy"].value
    return Reading(found, "hardly a letter is missed without noise, many in noise", supports)


def vae_kinds(records: Records) -> Reading:
    """Nats of the VAE on three kinds of data, each against a model that knows less."""
    mnist = records("vae-binarized-mnist")["nats"]["test"]["negative_log_likelihood"]
    digits, grid = records("comparison-digits"), records("comparison-grid")
    found = {
        "binary": Quantity(mnist["mean"], mnist["standard_error"], "nats"),
        "counts": over_seeds(digits["families"]["vae"]["negative_log_likelihood"], "nats"),
        "points": over_seeds(grid["families"]["vae"]["negative_log_likelihood"], "nats"),
    }
    supports = found["binary"].value < 784 * np.log(2)
    supports &= found["counts"].value < digits["reference"]["independent_pixels"]
    supports &= found["points"].value < 2 * np.log(12)  # uniform on a square around the grid
    return Reading(found, "on all three it knows more than a model without structure", supports)


def gan_kinds(records: Records) -> Reading:
    """What GANs of this book were given to generate, and how that came out."""
    runs = records("gan-mixtures")["runs"]
    covered = {
        run["settings"]["data"]: min(run["covered"])
        for run in runs
        if run["settings"]["method"] == "r1"
    }
    uses = records("comparison-uses")["uses"]
    obeyed = over_seeds(uses["conditional"]["obeyed"], "%", scale=100)
    passing = records("comparison-digits")["families"]["gan"]["precision"]
    found = {
        "ring": Quantity(covered["ring"]),
        "grid": Quantity(covered["grid"]),
        "passing": over_seeds(passing, "%", scale=100),
        "obeyed": obeyed,
    }
    supports = covered == {"ring": 8, "grid": 25} and min(passing) > 0.5 and obeyed.value > 90
    return Reading(found, "all modes, most images and nearly all orders come out", supports)


def transformer_kinds(records: Records) -> Reading:
    """What Transformers of this book were given to read or write, and how that came out."""
    names = beyond_the_training_length(records)
    right, tried = names.quantities["right"].value, names.quantities["tried"].value
    ratios = records("transformer-morse")["results"]["by_snr"]
    errors = ratios[max(ratios, key=float)]["recognizer"]["character_error_rate"]
    pixels = records("comparison-digits")
    nats = over_seeds(pixels["families"]["transformer"]["negative_log_likelihood"], "nats")
    found = {
        "names": Quantity(100 * right / tried, unit="%"),
        "letter_errors": Quantity(100 * errors, unit="%"),
        "pixels": nats,
        **translation(records).quantities,
        **text(records).quantities,
        **speech(records).quantities,
    }
    parts = [of(records).supports for of in (translation, text, speech)]
    supports = all(parts) and names.supports and errors < 0.05
    supports &= nats.value < pixels["reference"]["independent_pixels"]
    return Reading(found, "names, sentences, plays, sounds and pixels all come out", supports)
