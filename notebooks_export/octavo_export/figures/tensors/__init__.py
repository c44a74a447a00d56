"""Of tensors: what casts did to them."""
