"""How the API pages are made: `python -m sphinx -W -b html docs site`.

Sphinx's autoapi reads the engine's files without running them, so a module that moves or is new needs no edit here, and
none of the engine's libraries is needed to build.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

project = "CisLens"
release = re.search(r'__version__ = "(.+)"', (ROOT / "engine" / "__init__.py").read_text())[1]
extensions = ["autoapi.extension", "myst_parser", "sphinx.ext.napoleon"]
napoleon_custom_sections = ["Returns"]  # free text: it may begin with `{name: value}`, which is no type
default_role = "code"  # our docstrings write code between single backticks

autoapi_dirs = [str(ROOT / "engine")]
autoapi_ignore = ["*/engine/cli/*", "*/engine/__main__.py"]  # commands describe themselves: cislens --help
autoapi_root = "api"
autoapi_member_order = "bysource"
autoapi_options = ["members", "show-inheritance", "show-module-summary"]
autoapi_own_page_level = "module"

html_theme = "furo"
html_title = f"CisLens {release}"
html_favicon = "../assets/icon.svg"
html_logo = "../assets/icon.svg"

suppress_warnings = [
    "autoapi.python_import_resolution",  # names that are unpacked from a tuple
    "ref.python",  # two classes of one name
]
