"""What the reader gives is what the file holds, and a file that is not whole is refused."""

import os
import random
import traceback
import unittest
from pathlib import Path

from under_test import InFolder, require

require("numpy", "h5py", "pandas", "matplotlib")

import h5py
import numpy as np
import pandas as pd
from make_run import as_version_1, make_eval, make_quantize, make_sweep
from make_study import make_study
from octavo_export.errors import UserError
from octavo_export.read import BIASES, EXPONENTS, open_run


class ReadTest(InFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = make_sweep(Path("runs.h5"), family="gpt", layers=2, biases=range(-2, 3))

    def test_tables_hold_what_the_file_holds(self):
        run = open_run(self.path)
        with h5py.File(self.path) as file:
            table = file["tables/sweep"][()]
            self.assertEqual(list(run.sweep.target), [value.decode() for value in table["target"]])
            np.testing.assert_array_equal(run.sweep.relative_accuracy_se, table["relative_accuracy_se"])
            np.testing.assert_array_equal(run.sweep.bias.isna(), table["bias"] == -2147483648)
            np.testing.assert_array_equal(run.interval.first_bias, file["tables/interval"]["first_bias"])
            np.testing.assert_array_equal(
                run.runs.loss, [file[f"runs/{n}/metrics/loss/value"][0] for n in range(len(run.runs))]
            )
        self.assertEqual(run.attributes["tokens"], 2048)
        self.assertIn("e4m3fnuz", run.recipe)
        self.assertEqual((run.runs.policy[0], run.runs.policy[1]), ("baseline", "amax"))

    def test_distributions_belong_to_their_tensors(self):
        run = open_run(self.path)
        kind_point = int(run.runs.index[run.runs.target == "mlp.up"][0])
        for point in (run.point("amax"), kind_point):
            tensors = run.tensors_of(point)
            with h5py.File(self.path) as file:
                stored = file[f"runs/{point}/tensors"]
                names = file["tensors/name"][()][stored["index"][()]]
                self.assertEqual(list(tensors.name), [name.decode() for name in names])
                np.testing.assert_array_equal(tensors.snr_db, stored["snr_db"][0])
                np.testing.assert_array_equal(run.histogram(point, "bias"), stored["bias_histogram"][0])
            self.assertEqual(run.histogram(point, "exponent").shape, (len(tensors), len(EXPONENTS)))
        np.testing.assert_array_equal(
            BIASES[run.histogram(run.point("amax"), "bias").argmax(axis=1)], run.tensors_of(run.point("amax")).bias
        )
        self.assertEqual(set(run.tensors_of(kind_point).kind), {"mlp.up"})
        self.assertEqual(len(run.tensors_of(run.point("baseline"))), 0)
        self.assertEqual(run.histogram(run.point("baseline"), "bias").shape, (0, len(BIASES)))

    def test_tokens_average_to_the_metrics(self):
        run = open_run(self.path)
        tokens = run.tokens(1)
        self.assertAlmostEqual(tokens.loss.mean(), run.runs.loss[1], 12)
        self.assertAlmostEqual(tokens.correct.mean(), run.runs.accuracy[1], 12)

    def test_version_1_is_read_as_if_it_were_version_2(self):
        path = Path("first.h5")
        path.write_bytes(self.path.read_bytes())
        old, new = open_run(as_version_1(path)), open_run(self.path)
        lost = [name for name in new.sweep if name.startswith("amax_")]
        self.assertTrue((old.sweep[[name for name in lost if "verdict" in name]] == "").all(axis=None))
        pd.testing.assert_frame_equal(old.sweep.drop(columns=lost), new.sweep.drop(columns=lost))
        self.assertEqual(list(old.sweep), list(new.sweep))
        kept = new.interval[new.interval.reference == "baseline"].reset_index(drop=True)
        pd.testing.assert_frame_equal(old.interval, kept)
        self.assertGreater((kept.biases > 0).sum(), 0)
        self.assertGreater((kept.undecided > 0).sum(), 0)
        old, new = open_run(as_version_1(make_study(Path("old.h5")))), open_run(make_study(Path("new.h5")))
        self.assertEqual(list(old.bias_intervals), list(new.bias_intervals))
        self.assertEqual(list(old.outcomes), list(new.outcomes))
        self.assertTrue((old.outcomes.verdict == old.outcomes.verdict_accuracy).all())
        self.assertEqual({*old.outcomes.verdict}, {"holds", "fails"})

    def test_evaluations_have_rows_and_every_tensor(self):
        run = open_run(make_eval(Path("recipes.h5"), ("a.toml", "b.toml")))
        self.assertEqual(list(run.eval.recipe), ["", "a.toml", "b.toml"])
        self.assertEqual(run.eval.first_loss_increase[1], 0.0)
        self.assertEqual(list(run.tokens(1)), ["loss", "correct", "kl", "agrees"])
        self.assertEqual(list(run.tokens(0)), ["loss", "correct"])
        self.assertTrue((run.tensors_of(0).cast == 0).all() and run.tensors_of(0).bias.isna().all())
        self.assertTrue((run.tensors_of(1).cast == 1).all())

    def test_other_experiments_have_no_sweep(self):
        self.assertIsNone(open_run(make_eval(Path("eval.h5"))).sweep)
        run = open_run(make_quantize(Path("quantize.h5")))
        self.assertEqual(len(run.quantize), 9)
        self.assertNotIn("text_name", run.attributes)

    def refused(self, path, *words):
        with self.assertRaises(UserError) as caught:
            run = open_run(path)
            run.tensors_of(1), run.histogram(1, "bias"), run.histogram(1, "exponent"), run.tokens(1)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def changed(self, change) -> Path:
        """A copy of the file after `change(file)`."""
        path = Path("changed.h5")
        path.write_bytes(self.path.read_bytes())
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    def test_refuses_other_schemas(self):
        for schema, words in ((b"octavo-part", "--resume"), (b"octavo-cases", "octavo-cases"), (b"", "schema")):
            self.refused(
                self.changed(
                    lambda file: file.attrs.__setitem__("schema", np.bytes_(schema) if schema else np.array(b"", "S1"))
                ),
                words,
            )
        self.refused(
            self.changed(lambda file: file.attrs.__setitem__("schema_version", np.int32(3))), "schema_version 3"
        )
        self.refused(self.changed(lambda file: file.attrs.__delitem__("schema")), "without the attribute 'schema'")

    def test_refuses_what_does_not_fit_together(self):
        def replace(name, value):
            def change(file):
                del file[name]
                file[name] = value

            return self.changed(change)

        self.refused(replace("runs/1/tensors/index", np.full(16, 999, np.int32)), "index")
        self.refused(replace("runs/1/tensors/index", np.full(16, -1, np.int32)), "index")
        self.refused(replace("runs/1/tensors/bias_histogram", np.zeros((1, 16, 254), np.uint32)), "bias_histogram")
        self.refused(replace("runs/1/tensors/snr_db", np.zeros((1, 3))), "snr_db")
        self.refused(replace("runs/1/tensors/snr_db", np.zeros((0, 16))), "steps")
        self.refused(replace("runs/1/tokens/correct", np.zeros(5, np.uint8)), "correct")
        self.refused(replace("tables/sweep", np.zeros(3)), "no column")
        self.refused(replace("tensors/kind", np.array([b"mlp.up"] * 3)), "kind")
        self.refused(
            self.changed(lambda file: file.__delitem__("tables/sweep") or file.__delitem__("tensors")), "damaged"
        )
        self.refused(self.changed(lambda file: file["runs/1"].attrs.__setitem__("bias", np.bytes_(b"high"))), "damaged")

    def test_reads_no_dataset_larger_than_its_file_can_hold(self):
        def grow(file):
            del file["runs/1/tokens/loss"]
            file.create_dataset("runs/1/tokens/loss", shape=(1 << 44,), dtype="f4", chunks=(1 << 20,))

        self.refused(self.changed(grow), "declares")

    def test_truncated_files_are_refused(self):
        whole = self.path.read_bytes()
        for length in (1, 8, 100, 2048, len(whole) // 2, len(whole) - 1):
            Path("cut.h5").write_bytes(whole[:length])
            self.refused("cut.h5", "cut.h5")

    def test_flipped_bits_are_refused_or_read(self):
        """The HDF5 library itself may crash on some, so each is read in a process of its own, as the commands do."""
        whole = self.path.read_bytes()
        generator = random.Random(3)
        outcomes = []
        for _ in range(80):  # in the first pages, where HDF5 keeps its own structures, and anywhere
            damaged = bytearray(whole)
            for _ in range(4):
                damaged[generator.randrange(generator.choice((4096, len(whole))))] ^= 1 << generator.randrange(8)
            Path("flipped.h5").write_bytes(damaged)
            child = os.fork()
            if child == 0:
                os._exit(read_all("flipped.h5"))
            outcomes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        self.assertNotIn(DEFECT, outcomes)
        self.assertIn(REFUSED, outcomes)
        self.assertIn(READ, outcomes)


READ, REFUSED, DEFECT = 0, 1, 2


def read_all(path: str) -> int:
    try:
        run = open_run(path)
        for point in run.runs.index[:3]:
            run.tensors_of(point), run.histogram(point, "exponent"), run.tokens(point)
    except UserError:
        return REFUSED
    except Exception:
        traceback.print_exc()
        return DEFECT
    return READ


if __name__ == "__main__":
    unittest.main()
