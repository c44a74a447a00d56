"""The names of the figures, in the order in which they are drawn. The figure some-name is the module figures/some_name."""

NAMES = (
    "sweep",
    "sweep-by-kind",
    "sensitivity",
    "amax-bias",
    "bias-histogram",
    "exponent-histogram",
    "snr",
    "format-snr",
    "format-outliers",
    "accumulation",
    "constant-bias",
    "bias-intervals",
    "outcomes",
    "bias-by-decoder",
    "bias-over-steps",
    "loss-curves",
    "overflows",
    "loss-scales",
)
