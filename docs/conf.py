"""The site: Sphinx over the same Markdown that a code host shows.

The root of its sources is the repository and not this directory, so that the READMEs of the repository, its plugins
and its examples are pages like the rest, and a link between two pages is the same link in both places.
"""

from __future__ import annotations

import builtins
from importlib.metadata import version as installed
from typing import TYPE_CHECKING

from sphinx.addnodes import pending_xref

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.application import Sphinx

project = "corral"
author = "The corral maintainers"
project_copyright = author
version = release = installed("corral-core")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**", "examples/*/README.md", "examples/plugins/*/README.md", "plugins/*/README.md"]
exclude_patterns = [".*", "**/.*", "build", "dist", "corral_core", "tests", "docs/_build"]

html_theme = "furo"
html_title = "corral"
html_copy_source = False
templates_path = ["_templates"]
html_additional_pages = {"index": "to-docs.html"}  # the site's own address leads to its first page

myst_heading_anchors = 4  # the anchors that code hosts give to headings

autodoc_default_options = {"members": True, "show-inheritance": True, "undoc-members": True}
autodoc_member_order = "bysource"

nitpicky = True
nitpick_ignore_regex = [
    # Others' types: their inventories would have to come by network.
    (r"py:(class|exc|obj)", r"(?!corral_).*"),
    # Insides, which have no page.
    (r"py:.*", r"corral_core\.(bundle|cli|engine|keys|parameters|plugins|remote|settings|storage\.(?!api)\w+)\b.*"),
    (r"py:(class|obj)", r"corral_.*\._\w+"),
]


def setup(app: Sphinx) -> None:
    """Sphinx calls it."""
    app.connect("doctree-read", _leave_builtins_alone)


def _leave_builtins_alone(_app: Sphinx, doctree: document) -> None:
    """``bytes`` in a signature is Python's, not the attribute of that name that some event has."""
    for reference in doctree.findall(pending_xref):
        if reference.get("reftarget") in vars(builtins):
            reference.attributes.pop("refspecific", None)  # which lets it match the end of any name
