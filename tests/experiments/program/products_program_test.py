#!/usr/bin/env python3
"""octavo gemm, compare and run from outside: results, files, exit statuses, and one line for everything that is wrong.

    python3 products_program_test.py OCTAVO [SHARED]

As program_test.py. Tests that write CASES.h5 with h5py need it for /usr/bin/python3 and are skipped without.
"""

import json
import pathlib
import random
import struct
import subprocess
import sys
import unittest

import program_test
from program_test import ProgramTest


def npy(dtype, shape, content):
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + content


def codes(seed, rows, depth):
    """Finite E4M3 codes."""
    generator = random.Random(seed)
    return npy("|u1", (rows, depth), bytes(generator.choice((0, 128)) + generator.randrange(0x7F)
                                           for _ in range(rows * depth)))


def values(seed, rows, depth):
    generator = random.Random(seed)
    numbers = (generator.gauss(0, 1) for _ in range(rows * depth))
    return npy("<f4", (rows, depth), struct.pack(f"<{rows * depth}f", *numbers))


def python(folder, script):
    subprocess.run(["/usr/bin/python3", "-c", script], cwd=folder, check=True)


def has_h5py():
    return subprocess.run(["/usr/bin/python3", "-c", "import h5py, numpy"], capture_output=True).returncode == 0


class ProductsTest(ProgramTest):
    def ran(self, *words, status=0, **variables):
        done = self.octavo(*words, **variables)
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout)
        return done.stdout


class Gemm(ProductsTest):
    def setUp(self):
        super().setUp()
        self.write("a.npy", codes(1, 20, 256))
        self.write("b.npy", codes(2, 30, 256))
        self.write("x.npy", values(3, 20, 256))
        self.write("y.npy", values(4, 30, 256))

    def test_engines_differ_as_they_should(self):
        result = json.loads(self.ran("gemm", "a.npy", "b.npy", "--engine", "hopper-wgmma,fp32,fp64", "--promotion",
                                     "0,128", "--against", "exact", "--json"))
        error = {product["label"]: product["median_relative_error"] for product in result["products"]}
        self.assertEqual(list(error), ["exact", "hopper-wgmma promotion=0", "hopper-wgmma promotion=128", "fp32", "fp64"])
        self.assertEqual(error["exact"], 0)
        self.assertLess(error["fp64"], error["fp32"] + 1e-12)
        self.assertLess(error["fp32"], error["hopper-wgmma promotion=128"])
        self.assertGreater(error["hopper-wgmma promotion=0"], 1e-5)
        for product in result["products"]:
            self.assertEqual(product["outputs"], 600)
        self.assertIn("promotion=128", result["products"][2]["product"])
        self.assertIn("wgmma.mma_async", result["products"][2]["product"])

    def test_text_names_what_differs(self):
        text = self.ran("gemm", "a.npy", "b.npy", "--engine", "hopper-wgmma")
        self.assertIn("against exact, of 600 outputs", text)
        self.assertRegex(text, r"D\[0, 0\] +hopper-wgmma +0x[0-9a-f]{8} ")
        alone = self.ran("gemm", "a.npy", "b.npy", "--engine", "fp32,bf16")
        self.assertRegex(alone, r"bf16 +0 ")  # codes: no difference

    def test_same_bytes_for_any_threads_and_instruction_set(self):
        engines = "exact,fp32,fp16-accumulate,bf16,hopper-wgmma,ada-mma,hopper-mma"
        first = self.ran("gemm", "a.npy", "b.npy", "--engine", engines, "--threads", 1, "--out", "one.h5")
        for number, variables in enumerate(({}, {"OCTAVO_ISA": "scalar"}, {"OCTAVO_ISA": "avx2"})):
            done = self.octavo("gemm", "a.npy", "b.npy", "--engine", engines, "--threads", 3, "--out",
                               f"{number}.h5", **variables)
            if done.returncode and "lacks it" in done.stderr:
                continue
            self.assertEqual(done.stdout, first)
            self.assertEqual((self.folder / f"{number}.h5").read_bytes(), (self.folder / "one.h5").read_bytes())

    def test_values(self):
        self.refused(("gemm", "x.npy", "y.npy", "--engine", "hopper-wgmma"), "x.npy", "--cast")
        self.assertRegex(self.ran("gemm", "x.npy", "y.npy", "--engine", "fp32,bf16"), r"bf16 +600 ")
        text = self.ran("gemm", "x.npy", "y.npy", "--engine", "hopper-wgmma,exact", "--cast")
        self.assertRegex(text, r"A: 20 x 256 values cast to e4m3 under amax, bias -?\d+ ")
        self.assertIn("e5m2", self.ran("gemm", "x.npy", "b.npy", "--engine", "exact", "--cast", "--a-format", "e5m2"))
        self.refused(("gemm", "x.npy", "y.npy", "--engine", "fp32", "--a-format", "e5m2"), "x.npy", "--cast")

    def test_casts_take_any_policy(self):
        exact = ("gemm", "x.npy", "y.npy", "--engine", "exact,fp32", "--json")
        for policy in ("amax:2", "cscale:-3", "current", "current@row", "mse", "percentile:99", "current@1x128"):
            result = json.loads(self.ran(*exact, f"--cast={policy}"))
            self.assertEqual(result["a"]["scaling"], policy)
            self.assertEqual(result["a"]["format"], "e4m3")
        self.assertEqual(json.loads(self.ran(*exact, "--cast=cscale:-3"))["a"]["bias"], -3)
        blocks = json.loads(self.ran(*exact, "--cast", "--a-format", "mxfp4", "--b-format", "nvfp4"))
        self.assertEqual((blocks["a"]["format"], blocks["a"]["scaling"], blocks["b"]["scaling"]), ("e2m1", "mx", "nvfp4"))
        # A tensor core adds the scaled sums of blocks of K as DeepGEMM does.
        chunks = json.loads(self.ran("gemm", "x.npy", "y.npy", "--engine", "hopper-wgmma", "--against", "fp32",
                                     "--cast=current@1x128", "--json"))
        self.assertLess(chunks["products"][1]["normwise_relative_error"], 1e-3)
        # A block-scaled tensor core multiplies both levels of NVFP4's scales itself.
        levels = json.loads(self.ran("gemm", "x.npy", "y.npy", "--engine", "blackwell-mxf4nvf4", "--against", "fp32",
                                     "--cast", "--a-format", "nvfp4", "--b-format", "nvfp4", "--json"))
        self.assertLess(levels["products"][1]["normwise_relative_error"], 1e-6)
        self.refused(("gemm", "x.npy", "y.npy", "--engine", "fp32", "--cast=amx"), "--cast", "did you mean 'amax'")
        self.refused(("gemm", "x.npy", "y.npy", "--engine", "fp32", "--cast=delayed"), "history")
        self.refused(("gemm", "x.npy", "y.npy", "--engine", "fp32", "--cast=mse", "--a-format", "mxfp4"), "block format")

    def test_a_matrix_of_zeros_has_no_bias(self):
        self.write("zero.npy", npy("<f4", (20, 256), bytes(4 * 20 * 256)))
        text = self.ran("gemm", "zero.npy", "y.npy", "--engine", "fp32,exact", "--cast")
        self.assertIn("all zero", text)
        self.assertNotIn("bias 0", text)

    def test_against_a_result_of_ones_own(self):
        self.ran("gemm", "a.npy", "b.npy", "--engine", "hopper-wgmma", "--out", "d.npy")
        against = ("gemm", "a.npy", "b.npy", "--against", "d.npy", "--engine")
        self.assertTrue(self.ran(*against, "hopper-wgmma").endswith("\nthe same bits\n"))
        text = self.ran(*against, "hopper-wgmma,exact", status=1)
        self.assertTrue(text.endswith("\nnot the same bits\n"), text)
        result = json.loads(self.ran(*against, "exact", "--json", status=1))
        self.assertGreater(result["products"][1]["largest_ulps"], 1)
        self.assertEqual(result["reference"], "d.npy")
        self.write("wrong.npy", npy("<f4", (30, 20), bytes(4 * 600)))
        self.refused(("gemm", "a.npy", "b.npy", "--engine", "fp32", "--against", "wrong.npy"), "[30, 20]", "[20, 30]")

    def test_codes_and_scales_of_quantize_are_operands(self):
        for side, name in (("a", "x"), ("b", "y")):
            self.ran("quantize", f"{name}.npy", "--format", "e2m1", "--scaling", "mx", "--codes", f"{name}.safetensors",
                     "--quiet")
            self.ran("quantize", f"{name}.npy", "--format", "e2m1", "--scaling", "mx", "--codes", f"{name}_codes.npy",
                     "--quiet")
        engine = ("--engine", "fp32")
        self.ran("gemm", "x.npy", "y.npy", *engine, "--cast", "--a-format", "mxfp4", "--b-format", "mxfp4", "--out", "d.npy")
        self.ran("gemm", "x.safetensors", "y.safetensors", *engine, "--against", "d.npy")
        self.ran("gemm", "x_codes.npy", "y_codes.npy", *engine, "--against", "d.npy", "--a-format", "e2m1", "--b-format",
                 "fp4", "--a-scales", "x_codes.scales.npy", "--b-scales", "y_codes.scales.npy")
        self.refused(("gemm", "x_codes.npy", "y_codes.npy", *engine, "--a-format", "e2m1", "--a-scales", "d.npy"), "d.npy")

    def test_padding_where_it_is_exact(self):
        self.write("a40.npy", codes(1, 5, 40))
        self.write("b40.npy", codes(2, 6, 40))
        self.assertIn("filled up with zeros", self.ran("gemm", "a40.npy", "b40.npy", "--engine", "hopper-wgmma"))
        self.assertNotIn("filled up", self.ran("gemm", "a.npy", "b.npy", "--engine", "hopper-wgmma"))

    def test_npy_out(self):
        self.ran("gemm", "a.npy", "b.npy", "--engine", "hopper-wgmma", "--out", "d.npy")
        data = (self.folder / "d.npy").read_bytes()
        self.assertIn(b"(20, 30)", data[:128])
        self.assertEqual(len(data) % 64, (20 * 30 * 4) % 64)
        self.refused(("gemm", "a.npy", "b.npy", "--engine", "fp32,exact", "--out", "e.npy"), "e.npy", ".h5")
        self.refused(("gemm", "a.npy", "b.npy", "--engine", "fp32", "--out", "d.npy"), "--force")

    def test_bad_input(self):
        gemm = ("gemm", "a.npy", "b.npy", "--engine")
        self.write("short.npy", codes(1, 20, 128))
        self.write("flat.npy", npy("|u1", (64,), bytes(64)))
        self.write("empty.npy", npy("|u1", (0, 64), b""))
        self.write("ints.npy", npy("<i4", (2, 32), bytes(256)))
        self.write("cut.npy", codes(1, 20, 256)[:-7])
        self.write("big.npy", npy("|u1", (2**40, 2**40), bytes(10)))
        self.refused(("gemm", "a.npy", "short.npy", "--engine", "fp32"), "20 x 256", "20 x 128", "same K")
        self.refused(("gemm", "flat.npy", "b.npy", "--engine", "fp32"), "flat.npy", "1 dimensions")
        self.refused(("gemm", "empty.npy", "b.npy", "--engine", "fp32"), "empty")
        self.refused(("gemm", "ints.npy", "b.npy", "--engine", "fp32"), "i4", "uint8")
        self.refused(("gemm", "cut.npy", "b.npy", "--engine", "fp32"), "cut.npy")
        self.refused(("gemm", "big.npy", "b.npy", "--engine", "fp32"), "big.npy")
        self.refused(("gemm", "absent.npy", "b.npy", "--engine", "fp32"), "absent.npy")
        self.refused(("gemm", "model.bin", "b.npy", "--engine", "fp32"), "model.bin", "numpy.save")
        self.refused((*gemm, "hopper-wgma"), "hopper-wgma", "hopper-wgmma")
        self.refused((*gemm, "fp32", "--against", "exakt"), "exakt", "exact")
        self.refused((*gemm, "hopper-wgmma", "--promotion", "48"), "48", "32")
        self.refused((*gemm, "hopper-wgmma", "--promotion", "often"), "often")
        self.refused((*gemm, "hopper-wgmma", "--split-k", "0"), "split-k")
        self.refused((*gemm, "hopper-wgmma", "--accumulator", "f8"), "f8", "f16")
        self.refused((*gemm, "cdna3", "--accumulator", "f16"), "cdna3", "f16")
        self.refused((*gemm, "cdna3"), "e4m3fnuz")
        self.refused((*gemm, "hopper-wgmma", "--a-format", "e4m4"), "e4m4")
        self.refused((*gemm, "hopper-wgmma", "--a-format", "bf16"), "16 bits")
        self.refused((*gemm, "fp32", "--a-format", "e2m1"), "no code of e2m1")
        self.refused((*gemm, "fp32", "--out", "absent/d.h5"), "absent")
        self.refused(("gemm", "a.npy", "b.npy"), "--engine")


RECORDED = ("# hardware=H100 types=E4M3.E4M3 instruction=wgmma m64nNk32 (C=0: the c column is NOT used); source test\n"
            "# a b c d\n")
# 1.0 times 1.0, 32 times.
ONES = f"{'38' * 32} {'38' * 32} 00000000 "


class Compare(ProductsTest):
    def test_recorded_gpu_results(self):
        folder = program_test.SHARED / "hardware"
        files = sorted(folder.glob("*_fp*.txt"))
        if len(files) != 12:
            self.skipTest(f"{folder} does not hold the recorded results")
        text = self.ran("compare", *files, "--out", "cases.h5")
        self.assertTrue(text.endswith("\ncompared 30000 results: 0 mismatches\n"), text)
        self.assertEqual(self.ran("compare", "cases.h5"), text)
        self.assertTrue(self.ran("compare", "cases.h5", OCTAVO_ISA="scalar").endswith("30000 results: 0 mismatches\n"))
        # Another engine is another rounding.
        other = self.ran("compare", "cases.h5", "--engine", "exact", "--json", status=1)
        self.assertGreater(json.loads(other)["mismatches"], 1000)

    def test_a_planted_error_is_explained(self):
        self.write("right.txt", RECORDED + ONES + "42000000\n")
        self.assertTrue(self.ran("compare", "right.txt").endswith("compared 1 results: 0 mismatches\n"))
        self.write("wrong.txt", RECORDED + ONES + "42000000\n" + ONES + "42000400\n")
        text = self.ran("compare", "right.txt", "wrong.txt", status=1)
        for words in ("result 1", "recorded 0x42000400", "computed 0x42000000", "38" * 32, "E = 0", "k0:0 k1:0"):
            self.assertIn(words, text)
        self.assertTrue(text.endswith("compared 3 results: 1 mismatches\n"))
        self.assertIn("exponent", self.ran("compare", "wrong.txt", "--explain", status=1))
        found = json.loads(self.ran("compare", "wrong.txt", "--json", status=1))
        self.assertEqual((found["results"], found["mismatches"]), (2, 1))
        self.assertEqual(found["cases"][0]["first"][0]["computed"], "0x42000000")

    def test_bad_text(self):
        for name, content, told in (("head", ONES + "42000000\n", "neither"), ("none", RECORDED, "no result"),
                                    ("digits", RECORDED + ONES + "4200000g\n", "digits':3"),
                                    ("k", RECORDED + "3838 3838 00000000 42000000\n", "K is 2")):
            self.write(name, content)
            self.refused(("compare", name), name, told)
        self.refused(("compare", "absent.h5"), "absent.h5")
        self.refused(("compare", "."), "cannot be read")
        self.refused(("compare", "model.bin"), "model.bin")
        self.refused(("compare",), "FILE")
        self.write("right.txt", RECORDED + ONES + "42000000\n")
        self.refused(("compare", "right.txt", "--engine", "exakt"), "exakt")
        self.refused(("compare", *3 * ("right.txt",), "--out", "x.h5"), "two cases")

    @unittest.skipUnless(has_h5py(), "needs h5py for /usr/bin/python3")
    def test_cases_that_h5py_writes(self):
        python(self.folder, """
import h5py, numpy as np
random = np.random.default_rng(1)
with h5py.File("cases.h5", "w") as file:
    for name, operation, out in (("f32", "wgmma.m64n256k32.f32.e4m3.e5m2", "f4"),
                                 ("f16", "wgmma.m64n8k32.f16.e4m3.e5m2", "f2")):
        group = file.create_group("cases/" + name)
        group.attrs.update(operation=operation, source="h5py", a_format="e4m3", b_format="e5m2", layout="gemm")
        group["a"] = np.full((3, 64), 0x38, np.uint8)
        group["b"] = np.full((2, 64), 0x3C, np.uint8)
        group["c"] = np.full((3, 2), 0.5, out)
        group["d"] = np.full((3, 2), 64.5, out)
    group.attrs["promotion"] = 0
    group.attrs["split_k"] = 1
    cvt = file.create_group("cases/cvt")
    cvt.attrs.update(operation="cvt.rn.satfinite.e4m3x2.f32", source="h5py")
    cvt["input"] = np.array([[1, -1], [500, np.nan]], "f4")
    cvt["output"] = np.array([[0x38, 0xB8], [0x7E, 0x7F]], "u1")
""")
        self.assertTrue(self.ran("compare", "cases.h5").endswith("compared 16 results: 0 mismatches\n"))

    @unittest.skipUnless(has_h5py(), "needs h5py for /usr/bin/python3")
    def test_attributes_of_one_element_are_scalars(self):
        """As H5LTset_attribute_int and MATLAB's h5writeatt write them."""
        python(self.folder, """
import h5py, numpy as np
with h5py.File("cases.h5", "w") as f:
    f.attrs["schema"] = np.array([b"octavo-cases"])
    f.attrs["schema_version"] = np.array([1.0])
    g = f.create_group("cases/x")
    for name, value in dict(operation="wgmma.m64n8k32.f32.e4m3.e4m3", source="x", a_format="e4m3", b_format="e4m3",
                            layout="dots").items():
        g.attrs[name] = np.array([[value.encode()]])
    g.attrs["promotion"] = np.array([[128.0]])
    g.attrs["split_k"] = np.array([1], "i2")
    g["a"] = g["b"] = np.full((3, 32), 0x38, "u1")
    g["d"] = np.full(3, 32, "f4")
""")
        self.assertTrue(self.ran("compare", "cases.h5").endswith("compared 3 results: 0 mismatches\n"))

    @unittest.skipUnless(has_h5py(), "needs h5py for /usr/bin/python3")
    def test_run_files_with_attributes_of_one_element_are_read(self):
        self.sweep("runs.h5")
        python(self.folder, """
import h5py, numpy as np
def wrap(name, item):
    for key, value in list(item.attrs.items()):
        if np.ndim(value) == 0 and key not in ("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"):
            kind = item.attrs.get_id(key).dtype
            del item.attrs[key]
            item.attrs.create(key, np.array([value], dtype=kind))
with h5py.File("runs.h5", "r+") as f:
    f.visititems(wrap)
    wrap("/", f)
""")
        done = self.octavo(*self.sweep_words("runs.h5", "--resume"))  # reads the whole of what is there
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_run_files(self):
        self.sweep("a.h5")
        self.sweep("b.h5", "--threads", 2)
        same = self.ran("compare", "a.h5", "b.h5")
        self.assertRegex(same, r"\nthe same results, bit for bit \(\d+ objects\)\n\Z")
        self.sweep("c.h5", "--recipe", "hopper-wgmma")
        text = self.ran("compare", "a.h5", "c.h5", status=1)
        self.assertRegex(text, r"(?m)^engine ")
        self.assertRegex(text, r"\nnot the same results: \d+ of \d+ objects differ\n\Z")
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        found = json.loads(self.ran("compare", "a.h5", "c.h5", "--json", status=1))
        self.assertFalse(found["same"])
        baseline = next(point for point in found["points"] if point["point"] == "baseline")
        self.assertEqual((baseline["loss_increase"], baseline["differences"]), (0, []))  # no cast, no tensor core
        amax = next(point for point in found["points"] if point["point"] == "amax")
        self.assertNotEqual(amax["loss"][0], amax["loss"][1])
        self.assertTrue(any(one["object"] == "/tokens/loss" for one in amax["differences"]))
        self.ran(*self.sweep_words("d.h5", "--quiet")[:5], "--bias", "-1:1", "--out", "d.h5", "--quiet")
        some = json.loads(self.ran("compare", "a.h5", "d.h5", "--json", status=1))
        self.assertEqual((some["only_first"], some["only_second"]), (["cscale -2", "cscale 2"], []))
        self.refused(("compare", "a.h5"), "a.h5", "run file")
        self.write("text.txt", "x")
        self.refused(("compare", "a.h5", "text.txt"), "text.txt")

    @unittest.skipUnless(has_h5py(), "needs h5py for /usr/bin/python3")
    def test_hostile_cases(self):
        changes = {
            "no dataset 'd'": "del g['d']",
            "no dataset 'a'": "del g['a']",
            "no attribute 'operation'": "del g.attrs['operation']",
            "no attribute 'layout'": "del g.attrs['layout']",
            "same K": "del g['b']; g['b'] = np.zeros((3, 64), 'u1')",
            "'d' has shape": "del g['d']; g['d'] = np.zeros(7, 'f4')",
            "'d' has 2 dimensions": "del g['d']; g['d'] = np.zeros((3, 1), 'f4')",
            "neither float32": "del g['d']; g['d'] = np.zeros(3, 'f8')",
            "no uint8 codes": "del g['a']; g['a'] = np.zeros((3, 32), 'f4')",
            "not an integer": "g.attrs['promotion'] = '128'",
            "not a string": "g.attrs['layout'] = 7",
            "did you mean 'wgmma.m64n8k32.f32.e4m3.e4m3'": "g.attrs['operation'] = 'wgmma.m64n8k32.f32.e4m3.e4m5'",
            "e9m9": "g.attrs['a_format'] = 'e9m9'",
            "the operation names e4m3": "g.attrs['a_format'] = 'e5m2'",
            "K is 16": "del g['a'], g['b']; g['a'] = g['b'] = np.zeros((3, 16), 'u1')",
            "multiple of 32": "g.attrs['promotion'] = 33",
            "split_k": "g.attrs['split_k'] = -1",
            "larger than": "del g['a']; g.create_dataset('a', (2**40, 32), 'u1', chunks=(64, 32)); del g['b'];"
                           "g['b'] = h5py.SoftLink('/cases/x/a')",
            "neither float32 nor": "del g['d']; g['d'] = np.array([b'1', b'2', b'3'])",
            "is empty": "del f['cases/x']",
            "no group 'cases'": "del f['cases']",
            "'octavo-runs'": "f.attrs['schema'] = 'octavo-runs'",
        }
        for told, change in changes.items():
            python(self.folder, f"""
import h5py, numpy as np
with h5py.File("cases.h5", "w") as f:
    g = f.create_group("cases/x")
    g.attrs.update(operation="wgmma.m64n8k32.f32.e4m3.e4m3", source="x", a_format="e4m3", b_format="e4m3", layout="dots")
    g["a"] = g["b"] = np.zeros((3, 32), "u1")
    g["d"] = np.zeros(3, "f4")
    {change}
""")
            self.refused(("compare", "cases.h5"), "cases.h5", told)


class Experiments(ProductsTest):
    def test_list(self):
        self.assertRegex(self.ran("run", "--list"), r"(?m)^accumulation ")
        self.refused(("run",), "--list")
        self.refused(("run", "acumulation"), "did you mean 'accumulation'")
        self.refused(("run", "accumulation", "--text", "x.txt"), "--model")
        self.refused(("run", "accumulation", "--model", "absent.bin", "--token-ids", "ids.npy"), "absent.bin")
        self.refused(("run", "accumulation", "--scale", "huge"), "huge")
        self.refused(("run", "accumulation", "--out", "absent/x.h5"), "absent")

    def test_accumulation(self):
        text = self.ran("run", "accumulation", "--model", "model.bin", "--token-ids", "ids.npy", "--out", "one.h5",
                        "--json", "--threads", 1)
        found = json.loads(text)
        self.assertEqual(text, self.ran("run", "accumulation", "--model", "model.bin", "--token-ids", "ids.npy", "--out",
                                        "two.h5", "--json", "--threads", 2))
        self.assertEqual((self.folder / "one.h5").read_bytes(), (self.folder / "two.h5").read_bytes())

        def row(distribution, k, engine, promotion=0, accumulator="f32"):
            (one,) = (row for row in found["accumulation"] if (row["distribution"], row["k"], row["engine"]) ==
                      (distribution, k, engine) and (row["promotion"], row["accumulator"]) == (promotion, accumulator))
            return one

        # The size of the effect as measured before: 6.6 % and 4.9e-4 (median, uniform), 1.3e-3 and 1.3e-4
        # (normwise, normal), on other random numbers.
        fast = row("uniform", 4096, "hopper-wgmma")
        self.assertTrue(0.05 < fast["median_relative_error"] < 0.08, fast)
        self.assertLess(fast["mean_signed_relative_error"], -0.05)  # truncation of positive sums
        promoted = row("uniform", 4096, "hopper-wgmma", 128)
        self.assertTrue(3e-4 < promoted["median_relative_error"] < 7e-4, promoted)
        fast = row("normal", 4096, "hopper-wgmma")
        self.assertTrue(1e-3 < fast["normwise_relative_error"] < 1.7e-3, fast)
        promoted = row("normal", 4096, "hopper-wgmma", 128)
        self.assertTrue(0.9e-4 < promoted["normwise_relative_error"] < 1.8e-4, promoted)
        # It grows with K without promotion, and every engine but exact has some.
        errors = [row("uniform", k, "hopper-wgmma")["normwise_relative_error"] for k in (32, 256, 2048, 4096)]
        self.assertEqual(errors, sorted(errors))
        for engine in ("fp32", "fp16-accumulate", "hopper-mma", "ada-mma", "blackwell-tcgen05"):
            self.assertGreater(row("normal", 4096, engine)["normwise_relative_error"], 0)
        self.assertEqual(row("normal", 4096, "exact")["differing"], 0)
        model = {(row["engine"], row["promotion"], row["accumulator"]): row for row in found["accumulation_model"]}
        self.assertEqual(model["exact", 0, "f32"]["loss_increase"], 0)
        self.assertNotEqual(model["fp16-accumulate", 0, "f32"]["loss_increase"], 0)
        self.assertEqual(model["fp32", 0, "f32"]["loss"], model["bf16", 0, "f32"]["loss"])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program_test.PROGRAM = pathlib.Path(sys.argv[1]).resolve()
    program_test.SHARED = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "shared").resolve()
    unittest.main(argv=[sys.argv[0], *(name for name in sys.argv[3:])], verbosity=1)
