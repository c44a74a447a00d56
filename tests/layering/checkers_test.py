"""The checkers find what they are there for."""

import os
import tempfile
import unittest

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
            "formats/spec.h": "#include <array>\n",
            "scaling/amax.h": '#include "formats/spec.h"\n',
            "sim/gemm/engine.h": '#include "scaling/amax.h"\n#include "formats/spec.h"\n',
            "cuda/cast.cu": '#include "scaling/amax.h"\n',
            "experiments/main.cpp": '#include "sim/gemm/engine.h"\n',
            "tests/sim/engine_test.cpp": '#include "experiments/main.cpp"\n',
        }))

    def test_wrong_direction_fails(self):
        for user, used in (("formats", "scaling"), ("formats", "sim"), ("scaling", "sim"), ("sim", "experiments"),
                           ("cuda", "sim"), ("sim", "cuda"), ("scaling", "experiments")):
            found = self.problems({f"{used}/a.h": "", f"{user}/b.h": f'\n #  include "{used}/a.h"\n'})
            self.assertEqual([f'{user}/b.h:2: {user} must not include "{used}/a.h"'], found)

    def test_paths_start_at_the_root(self):
        for include in ('"amax.h"', '"../scaling/amax.h"', "<scaling/amax.h>"):
            self.assertEqual(1, len(self.problems({"scaling/amax.h": "", "scaling/b.cpp": f"#include {include}\n"})))

    def test_names_that_say_nothing_fail(self):
        for path in ("sim/utils/a.h", "sim/common.h", "formats/helpers.simd.cpp", "docs/misc/a.md", "sim/Core/a.h"):
            self.assertEqual(1, len(self.problems({path: ""})), path)
        self.assertEqual([], self.problems({"build/core/a.h": "", ".git/misc/a": "", "sim/tensor_core.h": ""}))


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
