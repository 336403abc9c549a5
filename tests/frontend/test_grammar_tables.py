from __future__ import annotations

import json
import subprocess
import sys

from utrace.frontend.build_grammar import TABLES, build_tables, render_tables


def test_tables_belong_to_the_grammar():
    """Run `python -m utrace.frontend.build_grammar` when this fails."""
    assert render_tables(build_tables()) == TABLES.read_text()


def test_tables_are_json():
    assert json.loads(TABLES.read_text())["terminals"]


def test_frontend_loads_no_heavy_module():
    code = (
        "import sys, utrace.frontend.infer, utrace.frontend.parse, utrace.frontend.expand, utrace.frontend.dump;"
        "print([m for m in ('lark', 'llvmlite', 'frida', 'elftools', 'difflib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.strip() == "[]"
