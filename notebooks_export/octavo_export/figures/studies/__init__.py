"""Of `octavo run`: the tables of experiments."""
