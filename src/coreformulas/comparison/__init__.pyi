from .beta import RECIPES, Recipe, effective_beta, effective_scale

__all__ = ["RECIPES", "Recipe", "effective_beta", "effective_scale"]
