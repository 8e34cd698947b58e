r"""Formulas that somebody wrote and that do not hold, each with the place and the right one.

What a program computes decides here: :attr:`Erratum.measure` works out the stated value, the right
one, and what the package's own losses and densities give. What the kernel says of the same formulas
is in ``derivation_errata``, under the same ids.
"""

from collections.abc import Callable
from dataclasses import dataclass

from coreformulas.comparison import errata_measures as measures
from coreformulas.comparison.errata_measures import Finding

__all__ = ["ERRATA", "Erratum"]

_GITHUB = "https://github.com/"


@dataclass(frozen=True)
class Erratum:
    """One formula that does not hold as it was written.

    Attributes:
        id: name of the erratum, the same in ``derivation_errata.statements``.
        title: what is mistaken, in words.
        quotation: the words or the line of the source, verbatim.
        source: who wrote it, and where in it the line stands.
        url: where it can be read, at the version that was read.
        stated: the formula as it was written, or as we read the words, in TeX.
        right: the formula that holds, in TeX.
        label: the derivation that decides.
        measure: computes the stated value, the right one, and what the program gives.
    """

    id: str
    title: str
    quotation: str
    source: str
    url: str
    stated: str
    right: str
    label: str
    measure: Callable[[], Finding]


_PROBML = (
    "probml-notebooks, notebooks/gan_tricks.ipynb, introduction",
    f"{_GITHUB}probml/probml-notebooks/blob/6060801db78ce88283b7ad364259b7c294793c46/notebooks/gan_tricks.ipynb",
)

ERRATA: tuple[Erratum, ...] = (
    Erratum(
        "inverted-discriminator",
        "The best discriminator, upside down",
        r"D_g^*(x)= \frac{p_{g}(x)}{p_{g}(x)+p_{data}(x)}",
        *_PROBML,
        r"D^* = \frac{q}{p + q}",
        r"D^* = \frac{p}{p + q}",
        "optimal-discriminator",
        measures.inverted_discriminator,
    ),
    Erratum(
        "slope-of-probability",
        "The slope of the discriminator, and of its logit",
        r"\nabla D^*_g(x) = \frac{1}{p_{data}(x)}\nabla_xp_{data}(x)"
        r" - \frac{1}{p_g(x)}\nabla_xp_g(x)",
        *_PROBML,
        r"\nabla D^* = \frac{\nabla p}{p} - \frac{\nabla q}{q}",
        r"\nabla D^* = D^* (1 - D^*) \left(\frac{\nabla p}{p} - \frac{\nabla q}{q}\right)",
        "slope-of-the-discriminator",
        measures.slope_of_probability,
    ),
    Erratum(
        "saturation-near-one",
        "Where the minimax loss saturates",
        r"If the generator does a perfect job, then $D(\mathbf x')\approx 1$ so the above loss"
        " near 0, which results the gradients are too small",
        "Dive into Deep Learning, chapter on generative adversarial networks",
        f"{_GITHUB}d2l-ai/d2l-en/blob/0d12ac3410106558611f48850c3aef902491f870/chapter_generative-adversarial-networks/gan.md",
        r"\frac{\partial}{\partial \ell} \log(1 - D) \to 0 \text{ as } D \to 1",
        r"\frac{\partial}{\partial \ell} \log(1 - D) = -D \to 0 \text{ as } D \to 0",
        "saturating-slope",
        measures.saturation_near_one,
    ),
    Erratum(
        "same-descent",
        "Two losses of the generator that are not the same",
        "Then descending on this loss is the same as descending on\n# the above gradient.",
        "labml.ai, labml_nn/gan/original/__init__.py, GeneratorLogitsLoss",
        f"{_GITHUB}labmlai/annotated_deep_learning_paper_implementations/blob/02309fa4cc9dd4121567b64b8da9bf94705ed93b/labml_nn/gan/original/__init__.py",
        r"\nabla \left(-\log D\right) = \nabla \log(1 - D)",
        r"\frac{\partial}{\partial \ell} \left(-\log D\right) = -(1 - D), \quad"
        r" \frac{\partial}{\partial \ell} \log(1 - D) = -D",
        "non-saturating-slope",
        measures.same_descent,
    ),
    Erratum(
        "hidden-beta",
        "A weight that is not the weight",
        "loss = reconstruction_loss + 0.1 * kl_loss",
        "Flax, examples/nnx_toy_examples/05_vae.py, train_step",
        f"{_GITHUB}google/flax/blob/1f10b9da1a4fd0f0ebbc9358e140888d9dbe2352/examples/nnx_toy_examples/05_vae.py",
        r"\beta = w",
        r"\beta = \frac{w D}{s K}",
        "hidden-beta",
        measures.hidden_beta,
    ),
    Erratum(
        "padding-counted",
        "Padding that is counted",
        "criterion = nn.NLLLoss()",
        "PyTorch tutorials, intermediate_source/seq2seq_translation_tutorial.py, train",
        f"{_GITHUB}pytorch/tutorials/blob/c53e7d4efc0e39e455c531d21ec7db28ba220214/intermediate_source/seq2seq_translation_tutorial.py",
        r"L = \mathbb{E}_{\mathrm{tokens}}[f]",
        r"L = (1 - w) \, \mathbb{E}_{\mathrm{tokens}}[f] + w \, \mathbb{E}_{\mathrm{padding}}[f]",
        "padding-in-the-mean",
        measures.padding_counted,
    ),
    Erratum(
        "minimized-elbo",
        "A lower bound that is minimized",
        "by minimizing the ELBO, encoder and decoder are optimized",
        "the source article, claim D2 (translated)",
        "",
        r"\log p(x) \le \mathrm{ELBO}",
        r"\log p(x) \ge \mathrm{ELBO}",
        "elbo-by-jensen",
        measures.minimized_elbo,
    ),
    Erratum(
        "maximized-kl",
        "A divergence with the wrong sign",
        "maximize reconstruction likelihood and KL",
        "the source article, row R4 of its table (translated)",
        "",
        r"\mathrm{ELBO} = \mathbb{E}_q[\log p(x \mid z)] + D_{\mathrm{KL}}(q \Vert p)",
        r"\mathrm{ELBO} = \mathbb{E}_q[\log p(x \mid z)] - D_{\mathrm{KL}}(q \Vert p)",
        "elbo-as-reconstruction-minus-kl",
        measures.maximized_kl,
    ),
)
"""Eight formulas, as their sources stood when this book read them, in November 2026."""
