"""Every figure is a picture with something in it, its texts lie apart, and its marks are the file's numbers."""

import io
import unittest
from itertools import combinations
from pathlib import Path
from unittest import mock

from under_test import InFolder, require

require("numpy", "h5py", "pandas", "matplotlib", "PIL")

import h5py
import numpy as np
from make_study import MODELS, make_study
from make_run import (
    ACCUMULATION_ENGINES,
    OF_TRAINING,
    make_accumulation,
    make_eval,
    make_formats,
    make_grid,
    make_quantize,
    make_sweep,
    make_training,
)
from matplotlib.container import ErrorbarContainer
from matplotlib.text import Text
from octavo_export import figures
from octavo_export.read import BIASES, open_run
from octavo_export.style import png
from PIL import Image

VERDICTS = ("holds", "undecided", "fails")


# Axes of what comes in whole numbers, by their labels; others are told by their data.
WHOLE = {
    "scaling bias b",
    "constant bias",
    "bias",
    "decoder",
    "step",
    "margin",
    "exponent",
    "log2 of the loss scale",
    "scale 2^b, exponent b",
}


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def told_number(label: str) -> float | None:
    """The number that a tick's label says, None for other labels."""
    try:
        return float(label.replace("−", "-").rstrip("%")) / (100 if label.endswith("%") else 1)
    except ValueError:
        return None


def along(axes, axis) -> np.ndarray:
    """What the lines of the axes have along one of its axes, those in its data's units alone."""
    which = 0 if axis is axes.xaxis else 1
    lines = [line for line in axes.lines if line.get_transform().contains_branch_seperately(axes.transData)[which]]
    values = np.concatenate([np.ma.getdata(line.get_xydata()).astype(float)[:, which] for line in lines] or [[]])
    return values[np.isfinite(values)]


class FiguresTest(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_ = open_run(make_sweep(Path("runs.h5"), layers=4, biases=range(-5, 7)))
        cls.drawn = figures.drawable(cls.run_)

    def assert_ticks_are_true(self, name: str, figure) -> None:
        """Labels that are numbers differ by what their places differ by, and no two are alike; along whole numbers all
        of them are whole."""
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                ticks = [(tick.get_loc(), tick.label1.get_text()) for tick in axis.get_major_ticks()]
                ticks = [(place, label) for place, label in ticks if low <= place <= high and label]
                labels = [label for _, label in ticks]
                what = f"{name}, {axes.get_title('left')}, {axis.get_label_text()}: {ticks}"
                self.assertEqual(len(labels), len(set(labels)), what)
                told = [(place, told_number(label)) for place, label in ticks]
                told = [(place, number) for place, number in told if number is not None]
                if not axis.get_offset_text().get_text() and told:
                    shift = told[0][0] - told[0][1]
                    for place, number in told:
                        self.assertAlmostEqual(place - number, shift, delta=1e-9 + 1e-6 * abs(place), msg=what)
                data = along(axes, axis)
                if axis.get_label_text() in WHOLE or (len(np.unique(data)) > 1 and (data == np.round(data)).all()):
                    self.assertEqual([place for place, _ in ticks], [round(place) for place, _ in ticks], what)

    def assert_is_picture(self, name: str, figure) -> None:
        """Large enough, with the colours of a drawing, neither blank nor mostly ink; texts inside it and apart."""
        drawn = []
        draw = Text.draw

        def record(text, *arguments, **named):
            if text.get_visible() and text.get_text().strip():
                drawn.append(text)
            return draw(text, *arguments, **named)

        with mock.patch.object(Text, "draw", record):
            image = pixels(png(figure))
        self.assert_ticks_are_true(name, figure)
        self.assertGreaterEqual(image.shape[1], 1000, name)
        self.assertGreaterEqual(image.shape[0], 300, name)
        self.assertGreater(len(np.unique(image @ np.array([65536, 256, 1]))), 150, name)
        ink = (image.min(axis=2) < 200).mean()
        self.assertTrue(0.01 < ink < 0.8, f"{name}: {ink}")
        boxes = [(text.get_text(), text.get_window_extent()) for text in dict.fromkeys(drawn)]
        self.assertGreater(len(boxes), 10, name)
        for text, box in boxes:
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= image.shape[1] and box.y1 <= image.shape[0]
            self.assertTrue(inside, f"{name}: '{text}' leaves the sheet")
        for (one, a), (other, b) in combinations(boxes, 2):
            apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1
            self.assertTrue(apart, f"{name}: '{one}' runs into '{other}'")

    def test_every_figure_is_made(self):
        formats = figures.drawable(open_run(make_formats(Path("formats.h5"))))
        self.assertEqual(list(formats), ["format-snr", "format-outliers"])
        accumulation = figures.drawable(open_run(make_accumulation(Path("accumulation.h5"))))
        study = figures.drawable(open_run(make_study(Path("study.h5"))))
        steps = figures.drawable(open_run(make_study(Path("steps.h5"), range(0, 40, 3))))
        study["bias-over-steps"] = steps["bias-over-steps"]
        training = figures.drawable(open_run(make_training(Path("training.h5"))))
        self.assertEqual(list(training), [*OF_TRAINING, "amax-bias", "snr"])
        for name, path in (("bias-map", make_grid(Path("grid.h5"))), ("recipes", make_eval(Path("three.h5"), "abc"))):
            study[name] = figures.drawable(open_run(path))[name]
        quantize = figures.drawable(open_run(make_quantize(Path("drawn.h5"), tensors=7)))
        others = {**training, **formats, **accumulation, **study, **quantize}
        self.assertEqual({*self.drawn, *others}, {*figures.CATALOGUE})
        for name, figure in {**others, **self.drawn}.items():
            self.assert_is_picture(name, figure)

    def test_deep_models_draw_too(self):
        training = open_run(make_training(Path("deep.h5"), layers=80, recorded=3))
        sweep = open_run(make_sweep(Path("deep-sweep.h5"), scopes=("layer",), family="gpt", layers=80, biases=range(-1, 2)))
        for run, names in (
            (training, ("amax-over-steps",)),
            (sweep, ("sensitivity", "amax-bias", "exponent-histogram")),
        ):
            for name in names:
                self.assert_is_picture(f"{name}, 80 decoders", figures.draw(run, name))

    def test_few_whole_numbers_have_whole_ticks(self):
        """One or two biases, steps or margins: an axis that is divided further would round its labels."""
        path = make_study(Path("narrow.h5"), range(2))
        with h5py.File(path, "r+") as file:
            for name, keep in (("bias_intervals", None), ("overflows", "margin"), ("loss_curves", "step"), ("outcomes", "bias")):
                rows = file[f"tables/{name}"][()]
                if keep is None:
                    rows["first_bias"], rows["last_bias"], rows["biases"], rows["amax_bias_min"] = 10, 11, 2, 11
                else:
                    rows = rows[rows[keep] <= 1]
                del file[f"tables/{name}"]
                file[f"tables/{name}"] = rows
        sweep = make_sweep(Path("narrow-sweep.h5"), family="gpt", layers=1, biases=range(10, 12))
        for run in (open_run(path), open_run(sweep), open_run(make_training(Path("narrow-training.h5"), layers=1, steps=2, recorded=2))):
            for name, figure in figures.drawable(run).items():
                figure.set_layout_engine("none")
                png(figure, 40)
                self.assert_ticks_are_true(f"{run.path} {name}", figure)

    def test_training_is_the_file(self):
        run = open_run(make_training(Path("training.h5"), stopped="training diverged in step 40"))
        figure = figures.draw(run, "training")
        loss, norm, rate, scale = figure.axes
        np.testing.assert_array_equal(loss.lines[0].get_ydata(), run.metric(0, "loss"))
        np.testing.assert_array_equal(loss.lines[1].get_xydata(), run.metric(0, "validation_loss").reset_index())
        self.assertEqual(list(norm.lines[1].get_xdata()), [9, 25])  # infinite: marks on the edge
        np.testing.assert_array_equal(rate.lines[0].get_ydata(), run.metric(0, "learning_rate"))
        self.assertEqual(set(scale.lines[0].get_ydata()), {10, 11, 12, 13})
        self.assertEqual(list(scale.lines[1].get_xdata()), [9, 25])  # skipped
        words = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
        self.assertIn("From step 20 on the cosine is that of 40 steps.", words)
        self.assertIn("It ended early: training diverged in step 40.", words)
        traces = run.traces(0)
        row = traces[(traces.kind == "attention.qkv") & (traces.role == "weight") & (traces.layer == 1)]
        np.testing.assert_array_equal(figures.draw(run, "amax-over-steps").axes[0].lines[1].get_ydata(), row.amax)
        np.testing.assert_array_equal(np.round(figures.draw(run, "bias-over-steps").axes[0].lines[1].get_ydata()), row.bias)

    def test_formats_are_the_table(self):
        run = open_run(make_formats(Path("formats.h5")))
        table = run.formats
        panels = figures.draw(run, "format-snr").axes
        self.assertEqual(
            [axes.get_title("left") for axes in panels], ["Gaussian", "Student t, 3 degrees", "Activations"]
        )
        for axes, source in zip(panels, ("gaussian", "student-t", "activations")):
            for line, name in zip(axes.lines[::2], ("e4m3", "e5m2", "int8")):
                rows = table[(table.source == source) & (table.format == name) & (table.scaling == "cscale")]
                np.testing.assert_array_equal(line.get_ydata(), rows.snr_db)
        lines = figures.draw(run, "format-outliers").axes[0].lines
        self.assertEqual(len(lines), 3)  # of int8 only absmax
        np.testing.assert_allclose(lines[1].get_ydata(), [31.5 - 10, 31.5 - 20])

    def test_studies_are_the_tables(self):
        run = open_run(make_study(Path("study.h5"), range(0, 40, 3)))
        curve = figures.draw(run, "constant-bias").axes
        self.assertEqual([axes.get_title("left") for axes in curve], [f"{model}: next byte" for model, _ in MODELS])
        rows = run.outcomes[(run.outcomes.model == "gpt-50k") & (run.outcomes.policy == "cscale")]
        bars = [item for item in curve[0].containers if isinstance(item, ErrorbarContainer)]
        for bar, seed in zip(bars, (1, 2), strict=True):
            np.testing.assert_array_equal(bar.lines[0].get_ydata(), rows[rows.seed == seed].relative_accuracy)
        lines = figures.draw(run, "bias-intervals").axes[0].lines
        self.assertEqual(len(lines), 3 * len(run.bias_intervals))  # one undecided bias in each
        np.testing.assert_allclose(lines[0].get_xdata(), [-4.4, 3.4])
        steps = figures.draw(run, "bias-over-steps").axes
        self.assertEqual(len(steps), 4 * 3)
        np.testing.assert_array_equal(np.round(steps[2].lines[0].get_ydata()[:3]), [6, 7, 6])
        self.assertEqual(len(figures.draw(run, "loss-curves").axes[0].lines), 4)
        self.assertEqual(list(figures.draw(run, "overflows").axes[0].lines[0].get_ydata()[:3]), [0.1, 0.025, 0.006])
        lost = figures.draw(run, "loss-scales").axes[1].lines
        np.testing.assert_array_equal(lost[1].get_xydata(), [[0, 50.0], [5, 1.5]])  # none lost at 2^10 and 2^15

    def test_awkward_files_draw_too(self):
        one = make_sweep(
            Path("one.h5"),
            family="gpt",
            layers=1,
            biases=range(0, 3),
            not_finite=True,
            model_name="a $b$ \\frac{ <c>",
            engine="engine " * 40,
        )
        for path in (one, make_eval(Path("eval.h5")), make_quantize(Path("quantize.h5"), tensors=16)):
            for name, figure in figures.drawable(open_run(path)).items():
                self.assert_is_picture(f"{path} {name}", figure)

    def test_accumulation(self):
        for model in (False, True):
            run = open_run(make_accumulation(Path(f"accumulation-{model}.h5"), model))
            drawn = figures.drawable(run)
            self.assertEqual(list(drawn), ["accumulation"])
            self.assert_is_picture("accumulation", drawn["accumulation"])
            axes = drawn["accumulation"].axes
            self.assertEqual(len(axes), 3 if model else 2)
            for place, distribution in zip(axes, ("uniform", "normal")):
                self.assertEqual(len(place.lines), len(ACCUMULATION_ENGINES) - 1)
                table = run.accumulation[run.accumulation.distribution == distribution]
                fast = table[(table.engine == "hopper-wgmma") & (table.promotion == 0) & (table.accumulator == "f32")]
                self.assertIn(
                    list(fast.normwise_relative_error), [list(line.get_ydata()) for line in place.lines]
                )
            if model:
                (bars,) = (item for item in axes[2].containers if isinstance(item, ErrorbarContainer))
                self.assertEqual(list(bars.lines[0].get_xdata()), list(run.accumulation_model.loss_increase[1:]))

    def test_equal_files_make_equal_bytes(self):
        for name in ("amax-bias", "sensitivity"):
            self.assertEqual(png(figures.draw(self.run_, name)), png(figures.draw(open_run("runs.h5"), name)))
        self.assertNotIn(b"tEXt", png(self.drawn["snr"]))

    def shades(self, axes) -> list[tuple[float, float]]:
        boxes = [
            patch.get_path().get_extents(patch.get_patch_transform())
            for patch in axes.patches
            if patch.get_gid() == "interval"
        ]
        return [(box.x0, box.x1) for box in boxes]

    def test_shaded_interval_is_the_table(self):
        table = self.run_.interval[self.run_.interval.reference == "baseline"].set_index(["scope", "target"])
        self.assertTrue((table.biases > 0).any())
        row = table.loc["model", ""]
        for axes in self.drawn["sweep"].axes:
            self.assertEqual(self.shades(axes), [(row.first_bias - 0.5, row.last_bias + 0.5)])
        panels = self.drawn["sweep-by-kind"].axes
        for axes, kind in zip(panels, (axes.get_title("left") for axes in panels[: len(panels) // 2])):
            row = table.loc["kind", kind]
            self.assertEqual(self.shades(axes), [(row.first_bias - 0.5, row.last_bias + 0.5)])

    def test_no_interval_no_shade(self):
        from dataclasses import replace

        from octavo_export.bias_axes import shade_interval
        from octavo_export.points import series

        item = series(self.run_, "model")[0]
        axes = mock.Mock()
        shade_interval(axes, replace(item, interval=item.interval.replace({item.interval.biases: 0}), as_amax=None))
        shade_interval(axes, replace(item, interval=None, as_amax=None))
        axes.axvspan.assert_not_called()

    def test_points_and_bars_are_the_table(self):
        rows = self.run_.sweep[(self.run_.sweep.policy == "cscale") & (self.run_.sweep.scope == "model")]
        amax = self.run_.sweep[self.run_.sweep.policy == "amax"].iloc[0]
        accuracy, _, loss = self.drawn["sweep"].axes
        for axes, column in ((accuracy, "relative_accuracy"), (loss, "loss_increase")):
            bars = next(item for item in axes.containers if isinstance(item, ErrorbarContainer))
            np.testing.assert_allclose(bars.lines[0].get_ydata(), rows[column])
            segments = np.array(bars.lines[2][0].get_segments())
            np.testing.assert_allclose(segments[:, 0, 0], rows.bias.astype(float))
            np.testing.assert_allclose(segments[:, 1, 1] - segments[:, 0, 1], 4 * rows[column + "_se"])
            self.assertIn(amax[column], [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"])

    def test_marks_are_the_verdicts(self):
        rows = self.run_.sweep[(self.run_.sweep.policy == "cscale") & (self.run_.sweep.scope == "model")]
        accuracy, _, loss = self.drawn["sweep"].axes
        for axes, column in ((accuracy, "verdict_accuracy"), (loss, "verdict_loss")):
            marks = {line.get_gid(): list(line.get_xdata()) for line in axes.lines if line.get_gid() in VERDICTS}
            said = {verdict: list(own.bias.astype(int)) for verdict, own in rows.groupby(column)}
            self.assertEqual(marks, said)
        self.assertGreater(rows.verdict_accuracy.nunique(), 1)
        rows = self.run_.sweep[(self.run_.sweep.scope == "layer") & (self.run_.sweep.verdict == "undecided")]
        marked = [
            (x, y)
            for line in self.drawn["sensitivity"].axes[0].lines
            if line.get_gid() == "undecided"
            for x, y in line.get_xydata()
        ]
        self.assertEqual(marked, [(int(row.target.split(".")[1]), row.bias) for row in rows.itertuples()])
        self.assertTrue(marked)

    def test_bias_map_is_the_table(self):
        run = open_run(make_grid(Path("grid.h5")))
        rows = run.sweep[run.sweep.weight_bias.notna()]
        axes = figures.draw(run, "bias-map").axes[0]
        shown = axes.images[0].get_array()
        for row in rows.itertuples():
            value = shown[row.weight_bias + 2, row.activation_bias + 3]
            self.assertTrue(value == row.loss_increase or (row.loss_increase < 1e-3 and value < 1e-3))
        for verdict in ("holds", "undecided"):
            own = rows[rows.verdict == verdict]
            marked = [tuple(at) for line in axes.lines if line.get_gid() == verdict for at in line.get_xydata()]
            self.assertEqual(marked, list(zip(own.activation_bias, own.weight_bias)))
        self.assertTrue((rows.verdict == "holds").any())
        for name in ("sweep", "bias-intervals"):
            with self.assertRaises(figures.Lacks):
                figures.draw(run, name)

    def test_recipes_are_the_table(self):
        run = open_run(make_eval(Path("recipes.h5"), ("a.toml", "b.toml")))
        figure = figures.draw(run, "recipes")
        marked = [x for line in figure.axes[0].lines for x in line.get_xdata() if line.get_marker() == "o"]
        self.assertEqual(sorted(marked), sorted(run.eval.loss_increase[1:]))
        self.assertEqual([label.get_text() for label in figure.axes[0].get_yticklabels()], ["a.toml", "b.toml"])
        words = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
        self.assertIn("engine hopper-wgmma /128 75.0%, fp32 25.0%. Octavo", words)

    def test_heat_map_is_the_table(self):
        rows = self.run_.sweep[self.run_.sweep.scope == "layer"]
        shown = self.drawn["sensitivity"].axes[0].images[0].get_array()
        for row in rows.itertuples():
            value = shown[row.bias + 5, int(row.target.split(".")[1])]
            self.assertTrue(value == row.loss_increase or (row.loss_increase < 1e-3 and value < 1e-3))

    def test_amax_bias_and_snr_are_the_file(self):
        tensors = self.run_.tensors_of(self.run_.point("amax"))
        kinds = list(dict.fromkeys(tensors.kind))
        for axes, role in zip(self.drawn["amax-bias"].axes, ("weight", "activation")):
            for line, kind in zip(axes.lines, kinds):
                rows = tensors[(tensors.role == role) & (tensors.kind == kind)]
                np.testing.assert_array_equal(np.round(line.get_ydata()), rows.bias)
                self.assertLess(np.abs(line.get_ydata() - rows.bias).max(), 0.25)
        for axes, role in zip(self.drawn["snr"].axes, ("weight", "activation")):
            rows = tensors[(tensors.role == role) & (tensors.kind == kinds[0])]
            np.testing.assert_array_equal(axes.lines[0].get_ydata(), rows.snr_db)

    def test_histograms_add_up(self):
        counts = self.run_.histogram(self.run_.point("amax"), "bias")
        tensors = self.run_.tensors_of(self.run_.point("amax"))
        axes = self.drawn["bias-histogram"].axes[0]
        for bars, role in zip(axes.containers, ("weight", "activation")):
            total = counts[(tensors.role == role) & (tensors.kind == axes.get_title("left"))].sum(axis=0)
            self.assertAlmostEqual(sum(bar.get_height() for bar in bars), 1.0)
            highest = max(bars, key=lambda bar: bar.get_height())
            self.assertEqual(round(highest.get_x() + highest.get_width() / 2), BIASES[total.argmax()])
        for axes in self.drawn["exponent-histogram"].axes[:-1]:
            np.testing.assert_allclose(axes.images[0].get_array().filled(0).sum(axis=1), 1.0)

    def test_an_evaluation_without_casts_shows_magnitudes_alone(self):
        run = open_run(make_eval(Path("plain.h5"), ()))
        self.assertEqual(list(figures.drawable(run)), ["exponent-histogram"])
        with self.assertRaisesRegex(figures.Lacks, "under a recipe that casts"):
            figures.draw(run, "snr")

    def test_figures_of_quantize_show_every_tensor_and_cast(self):
        path = make_quantize(Path("many.h5"), tensors=5)
        drawn = figures.drawable(open_run(path))
        self.assertEqual(list(drawn), ["exponent-histogram", "quantize-snr", "quantize-scales"])
        names = [f"blk.{number}.ffn_up.weight" for number in range(5)]
        for figure in drawn.values():
            self.assertEqual([label.get_text() for label in figure.axes[0].get_yticklabels()], names)
        (image,) = drawn["quantize-snr"].axes[0].images
        np.testing.assert_array_equal(image.get_array().filled(np.nan), [[31.0, 18.5, np.nan]] * 5)
        shown = [text.get_text() for text in drawn["quantize-snr"].axes[0].texts]
        self.assertEqual(shown, ["31.0", "18.5", "∞"] * 5)
        run = open_run(path)
        marks = [line for line in drawn["quantize-scales"].axes[0].lines if len(line.get_xdata()) == 1]
        commonest = [BIASES[run.histogram(number, "bias").sum(axis=0).argmax()] for number in range(15)]
        self.assertEqual([line.get_xdata()[0] for line in marks], commonest)
        np.testing.assert_allclose(drawn["exponent-histogram"].axes[0].images[0].get_array().filled(0).sum(axis=1), 1.0)

    def test_says_what_a_file_lacks(self):
        run = open_run(make_sweep(Path("plain.h5"), scopes=("model",), family="gpt", layers=1, biases=range(0, 2)))
        for name, words in (("sweep-by-kind", "--by kind"), ("sensitivity", "--by layer")):
            with self.assertRaisesRegex(figures.Lacks, words):
                figures.draw(run, name)
        run = open_run(make_quantize(Path("quantize.h5")))
        for name in ("sweep", "amax-bias", "snr", "bias-histogram", "format-snr", "format-outliers"):
            with self.assertRaises(figures.Lacks):
                figures.draw(run, name)


if __name__ == "__main__":
    unittest.main()
