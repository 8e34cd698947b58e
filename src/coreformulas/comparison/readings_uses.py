"""Readings from what VAE and GAN are used for, and from where they fail."""

import numpy as np

from coreformulas.comparison.readings import Quantity, Reading, Records, below, over_seeds

__all__ = [
    "bits_back",
    "collapsed_code",
    "denoising_by_noise",
    "gradient_by_depth",
    "ordered_digits",
    "reduction_to_two",
    "restored_variance",
    "style_without_pairs",
    "variance_through_the_code",
]


def _of(records: Records, use: str) -> dict:
    return records("comparison-uses")["uses"][use]


def bits_back(records: Records) -> Reading:
    """Bits an image: a lossless message by the VAE, and general compressors."""
    found = _of(records, "compression")
    best = min(found["general_bits"].values())
    length, bound = found["bits_back"], found["negative_elbo_bits"][0]
    quantities = {
        "message": length,
        "elbo_bits": bound,
        "uncoded": found["uncoded_bits"],
        "gzip": found["general_bits"]["gzip"],
        "best_general": best,
    }
    lossless = found["wrong_pixels"] == 0
    supports = lossless and length < best and abs(length - bound) < 1
    words = "nothing is lost; the message is shorter than all others, and within a bit of the bound"
    return Reading({k: Quantity(v, unit="bits") for k, v in quantities.items()}, words, supports)


def restored_variance(records: Records) -> Reading:
    """How much of the variance of test pixels the decoder restores from the code, in percent."""
    restored = over_seeds(_of(records, "compression")["explained_variance"], "%", scale=100)
    supports = restored.value > 50 and below(restored, Quantity(100.0))
    return Reading({"restored": restored}, "most of the variance comes back, but not all", supports)


def variance_through_the_code(records: Records) -> Reading:
    """How much of the variance of drawn pixels comes from z, in percent; the rest is noise."""
    share = over_seeds(_of(records, "compression")["variance_through_z"], "%", scale=100)
    return Reading({"through_z": share}, "more than half comes from z", share.value > 50)


def denoising_by_noise(records: Records) -> Reading:
    """Squared error of denoisers, in squared counts, at the weakest and the strongest noise."""
    by_noise = _of(records, "denoising")["by_noise"]
    weak, strong = (by_noise[name] for name in (min(by_noise, key=float), max(by_noise, key=float)))
    found = {
        f"{who}_{when}": over_seeds(errors[who])
        for when, errors in (("weak", weak), ("strong", strong))
        for who in ("vae", "wiener", "noisy")
    }
    supports = below(found["vae_strong"], found["wiener_strong"])
    supports &= below(found["wiener_weak"], found["vae_weak"])
    supports &= below(found["noisy_weak"], found["vae_weak"])
    words = "the VAE beats the Wiener filter in strong noise; in weak noise it does harm"
    return Reading(found, words, supports)


def reduction_to_two(records: Records) -> Reading:
    """Digits that a classifier still reads after reduction, in percent."""
    by_latent = _of(records, "reduction")["by_latent"]
    found = {}
    for size in ("2", "8"):
        found[f"vae_{size}"] = over_seeds(by_latent[size]["vae"], "%", scale=100)
        found[f"pca_{size}"] = Quantity(100 * by_latent[size]["pca"], unit="%")
    supports = below(found["pca_2"], found["vae_2"]) and not below(found["pca_8"], found["vae_8"])
    words = "two latent numbers keep clearly more than two components; eight do not"
    return Reading(found, words, supports)


def collapsed_code(records: Records) -> Reading:
    """KL, reconstruction and ELBO of a decoder that can do without the code, and of one that
    cannot; binary digits, nats an image.
    """
    found = _of(records, "collapse")
    quantities = {}
    for name in ("strong", "plain"):
        rate, loss = (np.asarray(found[name][key]) for key in ("rate", "negative_elbo"))
        quantities[f"rate_{name}"] = over_seeds(rate, "nats")
        quantities[f"loss_{name}"] = over_seeds(loss, "nats")
        quantities[f"error_{name}"] = over_seeds(loss - rate, "nats")
    supports = quantities["rate_strong"].value < 0.5
    supports &= below(quantities["rate_strong"], quantities["rate_plain"])
    supports &= below(quantities["loss_strong"], quantities["loss_plain"])
    supports &= below(quantities["error_plain"], quantities["error_strong"])
    words = "the better ELBO comes with a code that says nothing and with the worse first term"
    return Reading(quantities, words, supports)


def ordered_digits(records: Records) -> Reading:
    """Samples that another classifier reads as the digit that was ordered, in percent."""
    found = _of(records, "conditional")
    obeyed = over_seeds(found["obeyed"], "%", scale=100)
    taught = over_seeds(found["taught"], "%", scale=100)
    real = Quantity(100 * found["real"], unit="%")
    words = "more than nine of ten are read as ordered, fewer than of real digits"
    quantities = {"obeyed": obeyed, "taught": taught, "real_read": real}
    return Reading(quantities, words, obeyed.value > 90 and below(obeyed, real))


def style_without_pairs(records: Records) -> Reading:
    """Errors of style transfer in counts, and seeds that learned the inverse where they may."""
    found = _of(records, "style")
    plain, free = found["unpaired"], found["symmetric"]
    right = all(e < i for e, i in zip(plain["error"], plain["inverted"], strict=True))
    turned = sum(i < e for e, i in zip(free["error"], free["inverted"], strict=True))
    quantities = {
        "style_error": over_seeds(plain["error"], "counts"),
        "style_inverse": over_seeds(plain["inverted"], "counts"),
        "turned": Quantity(turned),
        "style_seeds": Quantity(len(free["error"])),
    }
    supports = right and 0 < turned < len(free["error"])
    words = "all seeds translate rightly; on symmetric data some, not all, learn the inverse"
    return Reading(quantities, words, supports)


def gradient_by_depth(records: Records) -> Reading:
    """Powers of ten by which a gradient changes on its way through the layers of a fresh stack."""
    found = _of(records, "depth")
    powers = {name: over_seeds(found["powers_of_ten"][name]) for name in found["powers_of_ten"]}
    quantities = {"layers": Quantity(found["layers"])} | powers
    supports = below(powers["bare"], Quantity(-2.0)) and below(Quantity(2.0), powers["residual"])
    supports &= max(abs(powers["pre"].value), abs(powers["post"].value)) < 1.5
    words = "it vanishes without residuals, explodes without normalization, and not with both"
    return Reading(quantities, words, supports)
