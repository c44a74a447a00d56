"""The page is one file that refers to nothing outside, holds the tables' numbers, and escapes what the file says."""

import base64
import unittest
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

from under_test import InFolder, require

require("numpy", "h5py", "pandas", "matplotlib")

from make_run import OF_EXPERIMENTS, make_quantize, make_sweep, make_training
from make_study import make_study
from octavo_export.figures import CATALOGUE
from octavo_export.page import page
from octavo_export.read import open_run
from octavo_export.report import main

PROGRAM = "octavo report"


class Page(HTMLParser):
    """The tags of a page that matter here, checked for balance."""

    def __init__(self, text: str):
        super().__init__()
        self.images, self.rows, self.shaded, self.links, self.texts, self.open = {}, 0, 0, [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.links += [named[name] for name in ("src", "href") if name in named]
        if tag == "img":
            self.images[self.open[-1][1]] = named["src"]
        self.rows += tag == "tr"
        self.shaded += named.get("class") == "holds"
        if tag not in ("meta", "img"):
            self.open.append((tag, named.get("id")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag, tag

    def handle_data(self, data):
        self.texts.append(data)


class ReportTest(InFolder):
    def test_page_of_a_sweep(self):
        path = make_sweep(
            Path("runs.h5"), family="gpt", layers=2, biases=range(-3, 4), model_name="<script>alert(1)</script>&"
        )
        status, out, err = self.called(main, path, "--out", "new/page.html")
        self.assertEqual((status, out, err), (0, "new/page.html\n", ""))
        text = Path("new/page.html").read_text()
        page, run = Page(text), open_run(path)
        self.assertEqual(page.open, [])
        self.assertEqual(list(page.images), [name for name in CATALOGUE if name not in OF_EXPERIMENTS])
        for source in page.links:
            self.assertTrue(source.startswith("data:image/png;base64,"))
            self.assertTrue(base64.b64decode(source.split(",")[1]).startswith(b"\x89PNG"))
        self.assertNotIn("<script", text)
        self.assertIn("<script>alert(1)</script>&", page.texts)
        holds = (run.sweep.policy == "cscale") & (run.sweep.verdict == "holds")
        self.assertEqual(page.shaded, holds.sum())
        for value in (
            f"{run.sweep.loss[3]:.4f}",
            f"{run.sweep.relative_accuracy[3]:.4f}",
            run.attributes["text_sha256"],
            run.recipe,
        ):
            self.assertIn(value, page.texts)
        heads = 3  # of intervals, whole-model points, other points
        self.assertEqual(page.rows, len(run.sweep) + len(run.interval) + heads + len(run.attributes))
        self.assertEqual(self.called(main, path, "--out", "again.html")[0], 0)
        self.assertEqual(Path("again.html").read_text(), text)

    def test_page_of_other_files_stands_beside_them(self):
        self.assertEqual(self.called(main, make_quantize(Path("quantize.h5"))), (0, "quantize.html\n", ""))
        self.assertEqual(list(Page(Path("quantize.html").read_text()).images), ["exponent-histogram", "quantize-snr", "quantize-scales"])

    def test_mistakes_are_told_in_one_line(self):
        path = make_quantize(Path("kept.h5"))
        before = path.read_bytes()
        Path("taken.html").mkdir()
        for arguments, words in (
            (["absent.h5"], ["absent.h5", "no such file"]),
            (["/"], ["folder"]),
            ([path, "--out", path], ["would replace the run file"]),
            ([path, "--out", "taken.html"], ["taken.html", "cannot write"]),
            ([path, "--out", "kept.h5/page.html"], ["kept.h5", "--out"]),
            ([path, "--figure", "snr"], ["--figure"]),
        ):
            with self.subTest(arguments=arguments):
                self.assert_one_line(self.called(main, *arguments), PROGRAM, *words)
        self.assertEqual(path.read_bytes(), before)


class StudyReportTest(InFolder):
    def test_a_training_has_its_steps(self):
        run = open_run(make_training(Path("training.h5"), layers=1, stopped="diverged in <step> 40"))
        with mock.patch("octavo_export.figures.drawable", lambda _: {}):
            shown = Page(page(run))
        self.assertIn("20 of 40 steps", " ".join(shown.texts))
        self.assertIn("It ended early: diverged in <step> 40.", " ".join(shown.texts))
        for step in (0, 39):
            self.assertIn(f"{run.metric(0, 'loss')[step]:.6g}", shown.texts)
        self.assertEqual(shown.rows, 1 + 20 + len(run.attributes))

    def test_claims_are_told(self):
        html = page(open_run(make_study(Path("study.h5"))))
        self.assertIn("<h2>Claims</h2>", html)
        self.assertIn("a criterion", html)


if __name__ == "__main__":
    unittest.main()
