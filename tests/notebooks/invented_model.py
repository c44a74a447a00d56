"""An invented model: its tensors, each with an AMAX bias, and what a token loses under a constant one."""

from __future__ import annotations

import numpy as np

KINDS = {
    "llama": ("attention.q", "attention.k", "attention.v", "attention.out", "mlp.up", "mlp.gate", "mlp.down"),
    "gpt": ("attention.qkv", "attention.out", "mlp.up", "mlp.down"),
}
WINDOWS, WINDOW = 16, 128
TOKENS = WINDOWS * WINDOW


class Fixture:
    """The invented model: its tensors, each with an AMAX bias, and what a token loses under a bias."""

    def __init__(self, family: str, layers: int, seed: int = 1):
        self.random = np.random.default_rng(seed)
        self.family, self.layers, self.kinds = family, layers, KINDS[family]
        self.names, self.bias = [], []
        for layer in range(layers):
            for place, kind in enumerate(self.kinds):
                for role in ("weight", "activation"):
                    self.names.append((f"decoder.{layer}.{kind}", layer, kind, role))
                    high = {"weight": 8, "activation": 3}[role] + (
                        3 if kind == "attention.out" and role == "activation" else 0
                    )
                    self.bias.append(high - int(layer * place / (3.0 * layers)) - int(self.random.integers(0, 2)))
        self.base_loss = self.random.gamma(2.0, 0.7, TOKENS)
        self.base_correct = self.random.random(TOKENS) < 0.55

    def indices(self, target: str) -> list[int]:
        """Tensors under test: all for an empty target, else those of the kind or the decoder."""
        return [i for i, (_, layer, kind, _) in enumerate(self.names) if target in ("", kind, f"decoder.{layer}")]

    def tokens(self, target: str, bias: int | None) -> tuple[np.ndarray, np.ndarray]:
        """Loss and correctness by token, worse the further a bias lies from the tensors' own, cliffs at both ends."""
        if bias is None:
            harm = 0.001
        else:
            lowest = min(self.bias[i] for i in self.indices(target))
            share = len(self.indices(target)) / len(self.names)
            over, under = max(0, bias - lowest), max(0, lowest - 5 - bias)
            harm = 0.001 + share * 0.05 * (3.0**over + 2.5**under - 2.0)
        loss = self.base_loss + harm * self.random.gamma(1.0, 1.0, TOKENS) + self.random.normal(0, 0.01, TOKENS)
        lost = self.random.random(TOKENS) < 1 - np.exp(-harm)
        gained = self.random.random(TOKENS) < 0.002
        return loss.astype(np.float32), ((self.base_correct & ~lost) | (gained & ~lost)).astype(np.uint8)
