"""What a VAE is used for, measured on the digits: compression, denoising, dimension reduction."""

import bz2
import gzip
import lzma
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key, Num

from coreformulas import vae
from coreformulas.comparison.uses_training import train_seeds, unstacked
from coreformulas.datasets import load
from coreformulas.vae import VAEConfig

__all__ = ["compression", "denoising", "reduction"]

TRIALS = 16
NOISES = (1.0, 8.0)  # in counts: weak and strong
NEIGHBORS = (1, 3, 5, 9, 15)
Images = Int[np.ndarray, "images 64"]


def digits_of() -> dict[str, Images]:
    """The three splits, flat."""
    digits = load("digits")
    splits = {"train": digits.train, "validation": digits.validation, "test": digits.test}
    return {name: part.images.reshape(-1, 64).astype(np.int32) for name, part in splits.items()}


def _trained(config: VAEConfig, rate: float, update=vae.make_update, /, **run: Any):
    """Models of all seeds, and their first losses."""
    optimizer = optax.adam(optax.cosine_decay_schedule(rate, run["steps"]))
    states, early = train_seeds(
        update(config, optimizer),
        partial(_begin, config, optimizer),
        digits_of()["train"],
        run.pop("key"),
        **run,
    )
    return [vae.to_model(config, state) for state in unstacked(states)], early


def _begin(config: VAEConfig, optimizer: optax.GradientTransformation, key: Key[Array, ""]):
    return vae.initial_state(config, optimizer, key=key)


def compression(
    *, seeds: int, key: Key[Array, ""], first_steps: int | None = None
) -> dict[str, Any]:
    """Bits an image: the message of bits-back coding, the negative ELBO, and general compressors.

    The message is that of the first seed, for all test images, less the bits that it gives back.
    Each general compressor sees the training images first, in the arrangement that it packs best.

    Also how much of the variance of test pixels the reconstructions explain, and how much of the
    variance of drawn pixels comes from z, the rest being the likelihood's noise.
    """
    fit_key, elbo_key, again_key, draw_key, spare_key = jax.random.split(key, 5)
    config, images = VAEConfig(hidden=(256,), latent=16), digits_of()
    run = {"seeds": seeds, "steps": 1500, "first_steps": first_steps, "key": fit_key}
    models, early = _trained(config, 3e-3, **run)
    test, found = images["test"], []
    for place, model in enumerate(models):
        keys = [jax.random.fold_in(one, place) for one in (elbo_key, again_key, draw_key)]
        found.append(_looks(model, test, *keys))
    codec = vae.make_codec(models[0], bin_bits=12)
    spare = np.asarray(jax.random.bits(spare_key, (codec.reserve,), jnp.uint32))
    message, net_bits = vae.compress(codec, test, spare)
    restored, _ = vae.decompress(codec, message)
    return {
        "early_losses": early,
        "uncoded_bits": 64 * float(np.log2(TRIALS + 1)),
        "bits_back": round(float(net_bits.mean()), 3),
        "wrong_pixels": int((restored != test).sum()),
        **{name: [round(row[name], 4) for row in found] for name in found[0]},
        "general_bits": {
            name: round(_added_bits(pack, images["train"], test), 3)
            for name, pack in COMPRESSORS.items()
        },
    }


@jax.jit
def _measure(model: vae.VAE, test: Array, keys: tuple[Array, Array, Array]):
    parts = {"encode": model.encode, "decode": model.decode}
    bound = vae.elbo(
        test, **parts, log_likelihood=model.log_likelihood, key=keys[0], samples=64
    ).value
    again = vae.reconstruct(model, test, key=keys[1]).expected
    return bound.mean(), again, vae.sample(model, 1000, key=keys[2]).expected


def _looks(model: vae.VAE, test: Images, *keys: Key[Array, ""]) -> dict[str, float]:
    bound, again, means = (np.asarray(part) for part in _measure(model, jnp.asarray(test), keys))
    shares = means / TRIALS
    within = (TRIALS * shares * (1 - shares)).mean()  # of a binomial
    between = means.var(axis=0).mean()
    left = ((test - again) ** 2).mean() / test.var(axis=0).mean()
    return {
        "negative_elbo_bits": float(-bound / np.log(2)),
        "explained_variance": float(1 - left),
        "variance_through_z": float(between / (between + within)),
    }


def _lzma(data: bytes) -> bytes:
    chain = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 2**17}]
    return lzma.compress(data, lzma.FORMAT_RAW, filters=chain)


COMPRESSORS = {
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
    "bzip2": bz2.compress,
    "LZMA": _lzma,
}


def _added_bits(pack, before: Images, images: Images) -> float:
    """What ``images`` add to the packed size of those before, by the best arrangement."""

    def size(arrange, rows: Images) -> int:
        return len(pack(arrange(rows.astype(np.uint8))))

    def five_bits(rows: Num[np.ndarray, "rows 64"]) -> bytes:
        return np.packbits((rows.reshape(-1, 1) >> np.arange(5)[::-1]) & 1).tobytes()

    ways = (lambda a: a.tobytes(), lambda a: np.ascontiguousarray(a.T).tobytes(), five_bits)
    both = np.concatenate([before, images])
    return 8 * min(size(way, both) - size(way, before) for way in ways) / len(images)


def denoising(*, seeds: int, key: Key[Array, ""], first_steps: int | None = None) -> dict[str, Any]:
    """Squared errors a pixel of test images in weak and in strong noise, in squared counts.

    The VAE is trained on images with the same noise. The rival is the Wiener filter, which knows
    the covariance of the training images and the strength of the noise, clipped to 0 and 16.
    """
    config, images = VAEConfig(hidden=(256,), latent=16), digits_of()
    test, found = images["test"], {}
    for scale in NOISES:
        fit_key, noise_key, clean_key, key = jax.random.split(key, 4)
        update = partial(vae.make_denoising_update, noise_scale=scale)
        run = {"seeds": seeds, "steps": 450, "first_steps": first_steps, "key": fit_key}
        models, early = _trained(config, 5e-3, update, **run)
        errors: dict[str, list[float]] = {"noisy": [], "wiener": [], "vae": []}
        for place, model in enumerate(models):
            noisy = vae.add_noise(test, scale, key=jax.random.fold_in(noise_key, place))
            cleaned = vae.denoise(model, noisy, key=jax.random.fold_in(clean_key, place))
            guesses = (noisy, _wiener(images["train"], np.asarray(noisy), scale), cleaned)
            for name, guess in zip(errors, guesses, strict=True):
                errors[name].append(round(float(((np.asarray(guess) - test) ** 2).mean()), 4))
        found[f"{scale:g}"] = {"early_losses": early, **errors}
    return {"by_noise": found}


def _wiener(
    train: Images, noisy: Float[np.ndarray, "images 64"], scale: float
) -> Float[np.ndarray, "images 64"]:
    center = train.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(train.T, bias=True))
    shrunk = (noisy - center) @ axes * (variances / (variances + scale**2)) @ axes.T
    return np.clip(center + shrunk, 0, TRIALS)


def reduction(*, seeds: int, key: Key[Array, ""], first_steps: int | None = None) -> dict[str, Any]:
    """How many test digits a nearest-neighbor vote reads right from codes of two and of eight.

    The rival is PCA with as many axes; the number of neighbors is chosen on validation images. It
    needs scikit-learn, which the extra ``book`` brings.
    """
    from sklearn.decomposition import PCA

    images, found = digits_of(), {}
    for latent in (2, 8):
        fit_key, key = jax.random.split(key)
        config = VAEConfig(hidden=(128, 128), latent=latent)
        run = {"seeds": seeds, "steps": 500, "first_steps": first_steps, "key": fit_key}
        models, early = _trained(config, 5e-3, **run)
        plane = PCA(latent).fit(images["train"])
        found[str(latent)] = {
            "early_losses": early,
            "vae": [
                _accuracy({n: np.asarray(model.encode(x)[0]) for n, x in images.items()})
                for model in models
            ],
            "pca": _accuracy({name: plane.transform(x) for name, x in images.items()}),
        }
    return {"by_latent": found, "pixels": _accuracy(images), "test_images": len(images["test"])}


def _accuracy(codes: dict[str, Any]) -> float:
    from sklearn.neighbors import KNeighborsClassifier

    digits = load("digits")

    def score(neighbors: int, split: str) -> float:
        voter = KNeighborsClassifier(neighbors).fit(codes["train"], digits.train.labels)
        return float(voter.score(codes[split], getattr(digits, split).labels))

    best = max(NEIGHBORS, key=lambda neighbors: score(neighbors, "validation"))
    return round(score(best, "test"), 4)
