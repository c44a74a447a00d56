"""Of sweeps and evaluations: losses by bias, layer and recipe."""
