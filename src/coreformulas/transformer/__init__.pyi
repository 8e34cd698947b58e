from .attention import MultiHeadAttention, attention_weights, scaled_dot_product_attention

__all__ = [
    "MultiHeadAttention",
    "attention_weights",
    "scaled_dot_product_attention",
]
