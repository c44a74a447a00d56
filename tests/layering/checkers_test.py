"""The checkers find what they are there for."""

import os
import tempfile
import unittest

import check_documents
import check_includes
import check_symbols


class Includes(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return list(check_includes.problems(root))

    def test_right_direction_passes(self):
        self.assertEqual([], self.problems({
            "messages/error.h": "",
            "machine/share.h": '#include "messages/error.h"\n',
            "formats/spec.h": '#include <array>\n#include "machine/share.h"\n',
            "scaling/policy/amax.h": '#include "formats/spec.h"\n',
            "sim/gemm/engine.h": '#include "scaling/policy/amax.h"\n#include "formats/spec.h"\n',
            "cuda/cast.cu": '#include "scaling/policy/amax.h"\n',
            "experiments/main.cpp": '#include "sim/gemm/engine.h"\n',
            "tests/sim/engine_test.cpp": '#include "experiments/main.cpp"\n',
        }))

    def test_wrong_direction_fails(self):
        for user, used in (("messages", "machine"), ("machine", "formats"), ("formats", "scaling"), ("formats", "sim"), ("scaling", "sim"), ("sim", "experiments"),
                           ("cuda", "sim"), ("sim", "cuda"), ("scaling", "experiments")):
            found = self.problems({f"{used}/a.h": "", f"{user}/b.h": f'\n #  include "{used}/a.h"\n'})
            self.assertEqual([f'{user}/b.h:2: {user} must not include "{used}/a.h"'], found)

    def test_paths_start_at_the_root(self):
        for include in ('"amax.h"', '"../scaling/amax.h"', "<scaling/policy/amax.h>"):
            self.assertEqual(1, len(self.problems({"scaling/policy/amax.h": "", "scaling/b.cpp": f"#include {include}\n"})))

    def test_a_cycle_of_folders_fails(self):
        found = self.problems({
            "sim/model/config.h": '#include "sim/nn/linear/linear.h"\n',
            "sim/nn/linear/linear.h": '#include "sim/nn/product.h"\n',
            "sim/nn/product.h": '#include "sim/text/windows.h"\n',
            "sim/text/windows.h": '// \n#include "sim/model/weights.h"\n',
            "sim/model/weights.h": '#include "sim/model/config.h"\n',
            "sim/train/trainer.h": '#include "sim/model/config.h"\n',
        })
        self.assertEqual(1, len(found))
        self.assertTrue(found[0].startswith("cycle of folders sim/model, sim/nn, sim/nn/linear, sim/text: "), found[0])
        self.assertIn('sim/text/windows.h:2 includes "sim/model/weights.h"', found[0])

    def test_a_folder_and_its_parent_are_no_exception(self):
        found = self.problems({
            "formats/spec.h": '#include "formats/span/cast.h"\n',
            "formats/span/cast.h": '#include "formats/spec.h"\n',
        })
        self.assertEqual(1, len(found))
        self.assertIn("formats, formats/span", found[0])

    def test_a_large_folder_fails(self):
        files = {f"sim/gemm/a{i}.h": "" for i in range(21)}
        self.assertEqual(["sim/gemm: 21 sources; at most 20: what would a folder inside it be called?"],
                         self.problems(files))
        del files["sim/gemm/a0.h"]
        self.assertEqual([], self.problems({**files, **{f"tests/sim/a{i}.cpp": "" for i in range(40)}}))

    def test_names_that_say_nothing_fail(self):
        for path in ("sim/utils/a.h", "sim/common.h", "formats/helpers.simd.cpp", "docs/misc/a.md", "sim/Core/a.h"):
            self.assertEqual(1, len(self.problems({path: ""})), path)
        self.assertEqual([], self.problems({"build/core/a.h": "", ".git/misc/a": "", "sim/tensor_core.h": ""}))


class Documents(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return list(check_documents.problems(root))

    def test_what_is_there_passes(self):
        self.assertEqual([], self.problems({
            "README.md": "[design](docs/design.md#the-rooms) and ![a](docs/a.png), `octavo run x`, [far](https://x.org/a)\n"
                         "```sh\nscripts/test   # then look at out/runs.h5\n```\n",
            "docs/design.md": "# The rooms\n[back](../README.md), [here](#the-rooms), `sim/nn/linear`, `sim/nn`, "
                              "`sim/nn/{linear,norm}.h`, `sim/*/linear.h`, `sim/nn/NAME.h`, `tokens/loss`\n",
            "docs/a.png": "", "scripts/test": "", "sim/nn/linear.h": "", "sim/nn/norm.h": "",
        }))

    def test_what_is_not_there_fails(self):
        for text, what in (("[a](b.md)", "nothing is at the end of the link b.md"),
                           ("[`a`](b.md)", "nothing is at the end of the link b.md"),
                           ("![a](docs/b.png)", "nothing is at the end of the link docs/b.png"),
                           ("[a](docs/a.md#none)", "docs/a.md has no heading #none"),
                           ("[a](#none)", "README.md has no heading #none"),
                           ("`python3 sim/b.py`", "there is no sim/b.py"), ("`sim/b`", "there is no sim/b"),
                           ("`sim/{a,b}.h`", "there is no sim/b.h"), ("`sim/b*.h`", "there is no sim/b*.h"),
                           ("`sim/nn/NAME.h`", "there is no sim/nn/NAME.h"), ("    sim/b.h", "there is no sim/b.h")):
            found = self.problems({"README.md": f"# A\n{text}\n", "docs/a.md": "# A\n", "sim/a.h": ""})
            self.assertEqual([f"README.md:2: {what}"], found, text)
        self.assertEqual(["README.md:2: there is no sim/b.h"],
                         self.problems({"README.md": "```\nsim/b.h sim/a.h\n```\n", "sim/a.h": ""}))

    def test_sources_that_name_documents_that_are_not_there_fail(self):
        files = {"README.md": "", "docs/a.md": "", "sim/notes.md": ""}
        self.assertEqual([], self.problems({**files, "sim/a.h": "// docs/a.md, a.md, notes.md, README.md, *.claims.md\n"}))
        for name in ("b.md", "docs/b.md", "sim/docs/a.md"):
            self.assertEqual([f"sim/a.cpp:2: there is no {name}"], self.problems({**files, "sim/a.cpp": f"\n// see {name} 2.0\n"}))

    def test_a_long_readme_fails(self):
        self.assertEqual([], self.problems({"README.md": "a\n" * 100, "docs/a.md": "a\n" * 200}))
        for text in ("a\n" * 101, "a" * 9001):
            self.assertEqual(1, len(self.problems({"README.md": text})))


class Symbols(unittest.TestCase):
    def test_weak_symbols_fail(self):
        output = ("0000000000000010 W std::vector<int>::size() const\n"
                  "0000000000000000 V typeinfo for octavo::Error\n"
                  "0000000000000000 u guard variable for x\n"
                  "0000000000000020 T octavo::avx2::multiply(float)\n"
                  "0000000000000020 t (anonymous namespace)::tile(float)\n"
                  "0000000000000000 V DW.ref.__gxx_personality_v0\n"
                  "                 U fmaf\n"
                  "                 w __gmon_start__\n")
        self.assertEqual(["std::vector<int>::size() const", "typeinfo for octavo::Error", "guard variable for x"],
                         list(check_symbols.problems(output)))


if __name__ == "__main__":
    unittest.main()
