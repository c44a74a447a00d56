"""Draws every figure and the page of run files in one process, for every_file_test.py: Python and its packages take longer to
start than to draw.

    /usr/bin/python3 draw_files.py NOTEBOOKS_EXPORT FILE...

Prints JSON: by file the names of its figures, or the line that says why there are none.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])
try:
    from octavo_export import figures, page
    from octavo_export.errors import UserError
    from octavo_export.read import open_run
    from octavo_export.style import png
except ImportError as error:
    sys.exit(f"skipped: {error}")

draw_all = figures.drawable
told = {}
for path in sys.argv[2:]:
    try:
        run = open_run(path)
        drawn = draw_all(run)
        for name, figure in drawn.items():
            figure.set_layout_engine("none")  # places of texts are tests/notebooks/figures_test.py's
            png(figure, 30)
        figures.drawable, page.png = lambda _: drawn, lambda _: b""  # the page's pictures are these
        assert page.page(run).endswith("</html>\n")
        told[path] = sorted(drawn) or figures.why_none(run)
    except UserError as error:
        told[path] = str(error)
json.dump(told, sys.stdout)
