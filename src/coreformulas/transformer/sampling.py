"""Writing with a trained model, one token after the other: draws, greedy choice and beam search.

All of it runs compiled, with the keys and values of the tokens so far in a cache.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax
from jaxtyping import Array, Bool, Float, Int, Integer, Key

from coreformulas.transformer.checks import require_filled, require_tokens
from coreformulas.transformer.model import Cache, EncoderDecoder, LanguageModel, Source

__all__ = ["Hypotheses", "beam_search", "greedy", "sample", "truncated_logits"]

Number = float | Float[Array, ""]


def truncated_logits(
    logits: Float[Array, "*batch vocabulary"],
    *,
    temperature: Number = 1.0,
    top_k: int | Int[Array, ""] | None = None,
    nucleus: Number | None = None,
) -> Float[Array, "*batch vocabulary"]:
    r"""Logits of the distribution to draw from, minus infinity for what is never drawn.

    In this order: the temperature T makes :math:`p_v \propto \exp(l_v / T)`; the k most likely
    tokens are kept; of these, with probabilities that add up to one again, the nucleus is kept:
    the smallest set of most likely tokens whose probabilities add up to at least p. Of equal
    tokens, the first in the vocabulary counts as the more likely.

    Args:
        logits: l, of the next token.
        temperature: T, above 0; below 1 it sharpens, above 1 it flattens.
        top_k: k, at least 1; 1 is the greedy choice. None keeps all.
        nucleus: p, above 0 and at most 1. None keeps all.

    Raises:
        ValueError: if there are no logits, or an argument is out of range.

    References:
        Holtzman et al. (2020), for the nucleus; Fan et al. (2018), for the k most likely.
    """
    require_filled("logits", logits)
    _require_range("temperature", temperature, "a finite number above 0", lambda t: 0 < t < np.inf)
    if top_k is not None:
        _require_range("top_k", top_k, "at least 1", lambda k: k >= 1)
    if nucleus is not None:
        _require_range("nucleus", nucleus, "above 0 and at most 1", lambda p: 0 < p <= 1)
    scaled = logits / temperature
    if top_k is None and nucleus is None:
        return scaled
    order = jnp.argsort(scaled, axis=-1, descending=True, stable=True)
    ordered = jnp.take_along_axis(scaled, order, axis=-1)
    kept = jnp.ones(logits.shape, bool)
    if top_k is not None:
        kept = jnp.broadcast_to(jnp.arange(logits.shape[-1]) < top_k, logits.shape)
    if nucleus is not None:
        chances = jax.nn.softmax(jnp.where(kept, ordered, -jnp.inf), axis=-1)
        # A token is needed as long as those before it fall short. A sum of rounded numbers may
        # reach 1 too early.
        short = jnp.cumsum(chances, axis=-1) - chances < nucleus
        kept &= short | (jnp.asarray(nucleus) >= 1)
    kept = jnp.take_along_axis(kept, jnp.argsort(order, axis=-1), axis=-1)
    return jnp.where(kept, scaled, -jnp.inf)


def sample(
    model: LanguageModel,
    prompt: Integer[Array | np.ndarray, "batch prompt"],
    count: int,
    *,
    key: Key[Array, ""],
    temperature: Number = 1.0,
    top_k: int | None = None,
    nucleus: Number | None = None,
) -> Int[Array, "batch total"]:
    r"""Go on with texts: :math:`x_t \sim p(x_t \mid x_1, \ldots, x_{t-1})`, one after the other.

    Args:
        model: the model.
        prompt: the texts so far, at least one token each.
        count: of the tokens to draw for each.
        key: for the draws.
        temperature: see :func:`truncated_logits`, as for the next two.
        top_k: 1 draws nothing and takes the most likely token.
        nucleus: see there.

    Returns:
        The prompts with ``count`` tokens behind each.

    Raises:
        ValueError: if there is no prompt, a token is outside the vocabulary, ``count`` is below 1,
            the whole is longer than ``model.config.length``, or an argument is out of range.
    """
    config = model.config
    require_tokens("prompt", prompt, config.vocabulary, config.length)
    if not 1 <= count <= config.length - prompt.shape[1]:
        raise ValueError(
            f"count must be from 1 to {config.length - prompt.shape[1]}, what model.config.length "
            f"leaves behind the prompt, got {count}"
        )
    # Checked here, where the numbers are known.
    settings = {"temperature": temperature, "top_k": top_k, "nucleus": nucleus}
    truncated_logits(jnp.zeros(1), **settings)
    graph, weights = nnx.split(model)
    return _sample(graph, weights, jnp.asarray(prompt, jnp.int32), key, settings, count=count)


@partial(jax.jit, static_argnames=("graph", "count"))
def _sample(graph, weights, prompt, key, settings, *, count):
    model = nnx.merge(graph, weights)

    def draw(logits: Array, step: Array) -> Array:
        drawn = truncated_logits(logits, **settings)
        return jax.random.categorical(jax.random.fold_in(key, step), drawn).astype(jnp.int32)

    def one(carry: tuple[Cache, Array], step: Array):
        logits, cache = model.extend(carry[0], carry[1][:, None])
        return (cache, token := draw(logits[:, 0], step)), token

    logits, cache = model.extend(model.start(len(prompt), prompt.shape[1] + count), prompt)
    first = draw(logits[:, -1], jnp.zeros((), jnp.int32))
    _, rest = lax.scan(one, (cache, first), jnp.arange(1, count))
    return jnp.concatenate([prompt, first[:, None], rest.T], axis=1)


class Hypotheses(NamedTuple):
    """Translations of each source, the best first.

    Attributes:
        tokens: without the begin token; the end token is the last, padding behind it. There is no
            end token where a translation was cut off.
        log_probability: log p(tokens | source) in nats, the end token's included. Minus infinity
            marks a place for which there was no further translation.
    """

    tokens: Int[Array, "batch beams length"]
    log_probability: Float[Array, "batch beams"]


def greedy(
    model: EncoderDecoder,
    source: Source,
    *,
    length: int | None = None,
) -> Int[Array, "batch length"]:
    """Translate by the most likely next token, up to the end token: a beam of one.

    Arguments and errors are those of :func:`beam_search`.
    """
    return beam_search(model, source, beams=1, length=length).tokens[:, 0]


def beam_search(
    model: EncoderDecoder,
    source: Source,
    *,
    beams: int = 4,
    length: int | None = None,
    length_penalty: Number = 0.0,
) -> Hypotheses:
    r"""Look for the likeliest translations, keeping the best few beginnings at every length.

    Beginnings y and finished translations are ranked together, by

    .. math::
        s(y) = \frac{\log p(y \mid x)}{\left( (5 + |y|) / 6 \right)^{\alpha}}

    where the length counts the end token. Padding and the begin token are never written.

    Args:
        model: the model.
        source: what to translate, tokens or :class:`Frames` of sound.
        beams: how many are kept; with as many as there are translations the search is exact.
        length: of the longest translation; ``model.config.length`` where it is None.
        length_penalty: :math:`\alpha`, at least 0; at 0 the score is the log-probability, which
            favors short translations.

    Raises:
        ValueError: if there is no source, a token is outside the vocabulary, a sequence is too
            long, or an argument is out of range.

    References:
        Wu et al. (2016), section 7, whose coverage penalty is left out; Vaswani et al. (2017),
        section 6.1, with 4 beams and 0.6.
    """
    config = model.config
    source = model.checked(source)
    if beams < 1:
        raise ValueError(f"beams must be at least 1, got {beams}")
    length = config.length if length is None else length
    if not 1 <= length <= config.length:
        raise ValueError(f"length must be from 1 to {config.length}, got {length}")
    wanted = "a finite number of at least 0"
    _require_range("length_penalty", length_penalty, wanted, lambda alpha: 0 <= alpha < np.inf)
    graph, weights = nnx.split(model)
    return _search(graph, weights, source, length_penalty, beams=beams, length=length)


class _Beam(NamedTuple):
    """The search after some steps."""

    step: Int[Array, ""]
    tokens: Int[Array, "batch beams length"]
    log_probability: Float[Array, "batch beams"]
    lengths: Int[Array, "batch beams"]
    finished: Bool[Array, "batch beams"]
    cache: Cache


@partial(jax.jit, static_argnames=("graph", "beams", "length"))
def _search(graph, weights, source, length_penalty, *, beams, length):
    model = nnx.merge(graph, weights)
    cache = model.start(source, length)
    batch = len(cache.past[0].key)
    past, memory, mask = jax.tree.map(
        lambda kept: jnp.repeat(kept, beams, axis=0),
        (cache.past, cache.memory, cache.memory_mask),
    )
    # The beams are all the same at first, so only one of them may have successors.
    scores = jnp.where(jnp.arange(beams) == 0, 0.0, -jnp.inf)
    beam = _Beam(
        step=jnp.zeros((), jnp.int32),
        tokens=jnp.full((batch, beams, length), model.config.padding, jnp.int32),
        log_probability=jnp.broadcast_to(scores, (batch, beams)),
        lengths=jnp.zeros((batch, beams), jnp.int32),
        finished=jnp.zeros((batch, beams), bool),
        cache=Cache(past, cache.position, memory, mask),
    )
    beam = lax.while_loop(
        lambda beam: (beam.step < length) & ~beam.finished.all(),
        lambda beam: _advance(model, beam, length_penalty),
        beam,
    )
    return Hypotheses(beam.tokens, beam.log_probability)


def _advance(model: EncoderDecoder, beam: _Beam, length_penalty: Number) -> _Beam:
    """Put one token behind every beginning, and keep the best."""
    config, (batch, beams) = model.config, beam.finished.shape
    last = jnp.where(beam.step == 0, config.begin, beam.tokens[:, :, beam.step - 1])
    logits, cache = model.extend(beam.cache, last.reshape(-1, 1))
    vocabulary = jnp.arange(logits.shape[-1])[None, None]
    chances = jax.nn.log_softmax(logits[:, 0]).reshape(batch, beams, -1)
    written = (vocabulary != config.padding) & (vocabulary != config.begin)
    chances = jnp.where(written, chances, -jnp.inf)
    # What is finished stays as it is: one successor, at no cost.
    stay = jnp.where(vocabulary == config.padding, 0.0, -jnp.inf)
    chances = jnp.where(beam.finished[..., None], stay, chances)
    totals = beam.log_probability[..., None] + chances
    lengths = beam.lengths + ~beam.finished
    scores = totals / (((5 + lengths) / 6) ** length_penalty)[..., None]
    _, chosen = lax.top_k(scores.reshape(batch, -1), beams)
    parents, tokens = jnp.divmod(chosen, vocabulary.size)

    def of_parents(values: Array) -> Array:
        return jnp.take_along_axis(values, parents, axis=1)

    before = jnp.take_along_axis(beam.tokens, parents[..., None], axis=1)
    rows = (jnp.arange(batch)[:, None] * beams + parents).reshape(-1)
    past = jax.tree.map(lambda kept: kept[rows], cache.past)
    return _Beam(
        step=beam.step + 1,
        tokens=before.at[:, :, beam.step].set(tokens),
        log_probability=jnp.take_along_axis(totals.reshape(batch, -1), chosen, axis=1),
        lengths=of_parents(lengths),
        finished=of_parents(beam.finished) | (tokens == config.end),
        cache=cache._replace(past=past),
    )


def _require_range(name, value, wanted, holds):
    """Raise unless a number that is known holds what it should."""
    if not isinstance(value, jax.core.Tracer) and not holds(float(value)):
        raise ValueError(f"{name} must be {wanted}, got {value}")
