"""How fast the hub is, as ratios to bounds measured in the same run."""
