"""The names of the figures, in the order in which they are drawn, by folder: the figure some-name of a folder is the module
figures/folder/some_name."""

FOLDERS = {
    "trainings": (
        "training",
        "bias-over-steps",
        "amax-over-steps",
        "snr-over-steps",
        "underflow-over-steps",
        "overflow-over-steps",
    ),
    "sweeps": ("sweep", "sweep-by-kind", "sensitivity", "bias-map", "recipes"),
    "tensors": (
        "amax-bias",
        "bias-histogram",
        "exponent-histogram",
        "snr",
        "quantize-snr",
        "quantize-scales",
        "format-snr",
        "format-outliers",
    ),
    "studies": (
        "accumulation",
        "constant-bias",
        "bias-intervals",
        "outcomes",
        "bias-by-decoder",
        "loss-curves",
        "overflows",
        "loss-scales",
    ),
}
NAMES = tuple(name for names in FOLDERS.values() for name in names)
