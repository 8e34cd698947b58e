"""Speed and cost, measured side by side in one run and given as ratios: ``make bench``."""
