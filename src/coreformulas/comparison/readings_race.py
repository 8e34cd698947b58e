"""Readings from the race of the three families on digits and on the grid."""

import numpy as np

from coreformulas.comparison.readings import Quantity, Reading, Records, below, over_seeds

__all__ = [
    "blur",
    "diversity",
    "drawing",
    "early_generator_loss",
    "elbo_rises",
    "elbo_under_likelihood",
    "exact_likelihood",
    "near_the_floor",
    "no_likelihood",
    "precision_and_recall",
    "samples_that_pass",
    "sequence_quality",
    "spread_on_the_grid",
    "two_judges",
    "weights",
]

FAMILIES = ("vae", "gan", "transformer")


def _of_all(records: Records, key: str, unit: str = "", scale: float = 1.0) -> list[Quantity]:
    families = records("comparison-digits")["families"]
    return [over_seeds(families[name][key], unit, scale=scale) for name in FAMILIES]


def elbo_under_likelihood(records: Records) -> Reading:
    """The ELBO of a trained VAE against the likelihood that it bounds, digits, nats an image."""
    vae = records("comparison-digits")["families"]["vae"]
    bounds, nats = vae["negative_elbo"], vae["negative_log_likelihood"]
    found = {"negative_elbo": over_seeds(bounds, "nats"), "nats": over_seeds(nats, "nats")}
    under = all(bound > exact for bound, exact in zip(bounds, nats, strict=True))
    return Reading(found, "every seed's ELBO is below its log-likelihood", under)


def elbo_rises(records: Records) -> Reading:
    """The ELBO in the first steps of training and at its end, digits, nats an image."""
    vae = records("comparison-digits")["families"]["vae"]
    first, last = (-np.asarray(row) for row in (vae["early_losses"]["loss"], vae["negative_elbo"]))
    found = {"elbo_first": over_seeds(first, "nats"), "elbo_last": over_seeds(last, "nats")}
    return Reading(found, "training raises the ELBO of every seed", bool((last > first).all()))


def exact_likelihood(records: Records) -> Reading:
    """The likelihood that the chain rule gives, without a latent variable, and the VAE's."""
    families = records("comparison-digits")["families"]
    vae, transformer = families["vae"], families["transformer"]
    found = {
        "vae_nats": over_seeds(vae["negative_log_likelihood"], "nats"),
        "transformer_nats": over_seeds(transformer["negative_log_likelihood"], "nats"),
    }
    exact = transformer["negative_log_likelihood_kind"] == "exact"
    exact &= vae["negative_log_likelihood_kind"] != "exact" and "latent" not in transformer["model"]
    return Reading(found, "the Transformer's is exact and has no latent, the VAE's is not", exact)


def no_likelihood(records: Records) -> Reading:
    """The GAN has a latent variable and no density."""
    gan = records("comparison-digits")["families"]["gan"]
    silent = gan["negative_log_likelihood_kind"] == "none" and not gan["negative_log_likelihood"]
    found = {"latents": Quantity(gan["model"]["latent"])}
    supports = silent and gan["model"]["latent"] > 0
    return Reading(found, "the GAN has latent numbers and no likelihood", supports)


def near_the_floor(records: Records) -> Reading:
    """How far the Transformer ends from the least loss that is possible, grid, nats a point."""
    kept = records("comparison-grid")
    floor = kept["reference"]["entropy"] + kept["reference"]["discretization_cost"]
    nats = np.asarray(kept["families"]["transformer"]["negative_log_likelihood"])
    excess = over_seeds(nats - floor, "nats")
    vae = min(kept["families"]["vae"]["negative_log_likelihood"]) - kept["reference"]["entropy"]
    supports = bool((nats >= floor).all() and nats.max() - floor < vae / 10)
    words = "no seed is below the floor, or a tenth as far above it as the VAE's best seed"
    return Reading({"excess": excess}, words, supports)


def precision_and_recall(records: Records) -> Reading:
    """Quality and coverage of samples of digits, in percent."""
    precision = dict(zip(FAMILIES, _of_all(records, "precision", "%", 100), strict=True))
    recall = dict(zip(FAMILIES, _of_all(records, "recall", "%", 100), strict=True))
    found = {f"precision_{name}": precision[name] for name in FAMILIES}
    found |= {f"recall_{name}": recall[name] for name in FAMILIES}
    best = all(below(precision[name], precision["gan"]) for name in ("vae", "transformer"))
    least = (
        below(recall["gan"], recall["transformer"]) and recall["gan"].value < recall["vae"].value
    )
    words = "the GAN's precision is clearly highest, its recall lowest, clearly so of two"
    return Reading(found, words, best and least)


def samples_that_pass(records: Records) -> Reading:
    """Shares of the GAN's samples within the reach of test images, and of training images."""
    kept = records("comparison-digits")
    gan = over_seeds(kept["families"]["gan"]["precision"], "%", scale=100)
    real = Quantity(100 * kept["reference"]["test"]["precision"], unit="%")
    words = "more than half of the fakes pass, and clearly fewer than of real images"
    return Reading({"passing": gan, "real": real}, words, gan.value > 50 and below(gan, real))


def diversity(records: Records) -> Reading:
    """Recall on digits, and how many of the ten classes a seed draws at least."""
    vae, gan, transformer = _of_all(records, "recall", "%", 100)
    families = records("comparison-digits")["families"]
    classes = min(min(record["classes"]) for record in families.values())
    found = {"recall_vae": vae, "recall_gan": gan, "recall_transformer": transformer}
    supports = classes == 10 and gan.value < vae.value < transformer.value
    supports &= below(gan, transformer)
    words = "every seed draws all ten digits; the Transformer's recall is clearly above the GAN's"
    return Reading(found | {"classes": Quantity(classes)}, words, supports)


def blur(records: Records) -> Reading:
    """Sharpness of the VAE's mean images and of all samples, digits; real images have one."""
    vae, gan, transformer = _of_all(records, "sharpness")
    family = records("comparison-digits")["families"]["vae"]
    means = over_seeds(family["sharpness_of_expected"])
    found = {"sharp_means": means, "sharp_vae": vae}
    found |= {"sharp_gan": gan, "sharp_transformer": transformer}
    supports = below(means, vae) and below(vae, gan) and below(vae, transformer)
    supports &= below(means, Quantity(1.0))
    words = "mean images are clearly less sharp than samples, and the VAE's than the others'"
    return Reading(found, words, supports)


def sequence_quality(records: Records) -> Reading:
    """The Transformer's samples on two targets, of two tokens and of 64."""
    grid, digits = records("comparison-grid"), records("comparison-digits")
    easy = over_seeds(grid["families"]["transformer"]["high_quality"], "%", scale=100)
    data = over_seeds(grid["reference"]["data"]["high_quality"], "%", scale=100)
    hard = over_seeds(digits["families"]["transformer"]["precision"], "%", scale=100)
    real = Quantity(100 * digits["reference"]["test"]["precision"], unit="%")
    close = not below(easy, data, errors=4) and not below(data, easy, errors=4)
    found = {"easy": easy, "easy_data": data, "hard": hard, "hard_data": real}
    words = "two tokens come out like data, 64 clearly do not"
    return Reading(found, words, close and below(hard, real))


def spread_on_the_grid(records: Records) -> Reading:
    """The least and the greatest share of good samples over the seeds of the VAE, in percent."""
    families = records("comparison-grid")["families"]
    spread = {name: np.ptp(families[name]["high_quality"]) for name in FAMILIES}
    seeds = families["vae"]["high_quality"]
    found = {"worst_seed": min(seeds), "best_seed": max(seeds)}
    supports = bool(spread["vae"] > 3 * max(spread["gan"], spread["transformer"]))
    words = "the VAE's seeds differ on the grid more than three times as much as the others'"
    return Reading({k: Quantity(100 * v, unit="%") for k, v in found.items()}, words, supports)


def weights(records: Records) -> Reading:
    """Numbers that are trained, and those that drawing needs, digits."""
    families, found = records("comparison-digits")["families"], {}
    for name in FAMILIES:
        record = families[name]
        found[f"weights_{name}"] = Quantity(record["parameters"])
        found[f"drawing_{name}"] = Quantity(record["parameters_to_sample"])
        left = record["parameters"] - record["parameters_to_sample"]
        found[f"second_{name}"] = Quantity(left)
    supports = found["second_transformer"].value == 0 < found["second_vae"].value
    supports &= found["second_gan"].value > 0
    words = "VAE and GAN leave a second network behind, the Transformer none"
    return Reading(found, words, supports)


def drawing(records: Records) -> Reading:
    """Milliseconds for a thousand digits."""
    families = records("comparison-digits")["families"]
    found = {
        f"draw_{name}": Quantity(1e3 * families[name]["seconds_per_thousand_samples"], unit="ms")
        for name in FAMILIES
    }
    slowest = found["draw_transformer"].value
    supports = slowest > 10 * max(found["draw_vae"].value, found["draw_gan"].value)
    words = "token by token takes more than ten times as long as one pass"
    return Reading(found, words, supports)


def early_generator_loss(records: Records) -> Reading:
    """The generator's loss when training has only begun, and that of perfect fakes."""
    losses = records("comparison-digits")["families"]["gan"]["early_losses"]["generator_loss"]
    perfect = np.log(2) / 2  # at the equilibrium D = 1/2 everywhere
    found = {
        "perfect_fakes": Quantity(perfect, unit="nats"),
        "untrained": Quantity(min(losses), unit="nats"),
    }
    words = "a seed that has hardly begun has a lower loss than perfect fakes"
    return Reading(found, words, bool(min(losses) < perfect))


def two_judges(records: Records) -> Reading:
    """Two discriminators on four real and four fake examples: loss in nats, and mistakes."""
    del records  # nothing was run: two rows of logits decide it
    certain = np.array([3.0, 3.0, 3.0, -9.0, 3.0, 3.0, 3.0, 3.0])  # positive where right
    careful = np.array([1.0, 1.0, 1.0, -0.1, 1.0, 1.0, 1.0, -0.1])
    found = {}
    for name, margins in (("certain", certain), ("careful", careful)):
        found[f"loss_{name}"] = Quantity(float(np.logaddexp(0, -margins).mean()), unit="nats")
        found[f"mistakes_{name}"] = Quantity(int((margins < 0).sum()))
    supports = found["loss_careful"].value < found["loss_certain"].value
    supports &= found["mistakes_careful"].value > found["mistakes_certain"].value
    return Reading(found, "the lower loss belongs to the judge with more mistakes", supports)
