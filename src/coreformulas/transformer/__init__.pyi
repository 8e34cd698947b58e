from .attention import MultiHeadAttention, attention_weights, scaled_dot_product_attention
from .chunked import chunked_attention
from .config import (
    LanguageModelConfig,
    RecognizerConfig,
    StackConfig,
    TranslatorConfig,
    WriterConfig,
)
from .continuation import text_loss
from .counts import forward_flops, parameter_count
from .depth import DepthProfile, depth_profile, fresh_weights, layer_branches
from .frames import Frames
from .layers import FeedForward, KeyValue, Layer
from .linear import linear_attention, positive_features
from .masks import causal_mask, padding_mask
from .model import Cache, Embedding, EncoderDecoder, LanguageModel, Translator
from .morse import morse_recognizer, morse_transcripts, recognized
from .numerals import is_translated, number_pairs
from .objective import sequence_cross_entropy, token_accuracy
from .online import SoftmaxState, merge_states, softmax_state
from .positions import Positions, rotate, sinusoidal_positions
from .recipe import Recipe
from .recognizer import FrameEmbedding, Recognizer
from .sampling import Hypotheses, beam_search, greedy, sample, truncated_logits
from .stacks import Decoder, Encoder
from .update import (
    Pairs,
    Prediction,
    Transcripts,
    initial_state,
    make_update,
    predict,
    to_model,
)

__all__ = [
    "Cache",
    "Decoder",
    "DepthProfile",
    "Embedding",
    "Encoder",
    "EncoderDecoder",
    "FeedForward",
    "FrameEmbedding",
    "Frames",
    "Hypotheses",
    "KeyValue",
    "LanguageModel",
    "LanguageModelConfig",
    "Layer",
    "MultiHeadAttention",
    "Pairs",
    "Positions",
    "Prediction",
    "Recipe",
    "Recognizer",
    "RecognizerConfig",
    "SoftmaxState",
    "StackConfig",
    "Transcripts",
    "Translator",
    "TranslatorConfig",
    "WriterConfig",
    "attention_weights",
    "beam_search",
    "causal_mask",
    "chunked_attention",
    "depth_profile",
    "forward_flops",
    "fresh_weights",
    "greedy",
    "initial_state",
    "is_translated",
    "layer_branches",
    "linear_attention",
    "make_update",
    "merge_states",
    "morse_recognizer",
    "morse_transcripts",
    "number_pairs",
    "padding_mask",
    "parameter_count",
    "positive_features",
    "predict",
    "recognized",
    "rotate",
    "sample",
    "scaled_dot_product_attention",
    "sequence_cross_entropy",
    "sinusoidal_positions",
    "softmax_state",
    "text_loss",
    "to_model",
    "token_accuracy",
    "truncated_logits",
]
