from .uncertainty import Estimate, mean_and_standard_error

__all__ = ["Estimate", "mean_and_standard_error"]
