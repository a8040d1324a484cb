"""The book's own Sphinx extension: reported numbers with their provenance, and generated pages."""

import re
from html import escape
from typing import Any

from docutils import nodes
from pybtex.plugin import find_plugin, register_plugin
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform

from compendium.errors import InputError
from compendium.formatting import isotopes
from compendium.publish.editions import SYNTHETIC
from compendium.rules import Rules
from compendium_book import (
    analyses,
    answers,
    article,
    cards,
    chapters,
    claims,
    numbers,
    references,
    rules,
    tables,
)
from compendium_book.published import load

# A chapter of real, public data in the book of the synthetic study.
PUBLIC_DATA = "PUBLIC DATA"
PUBLIC_MEANING = (
    "of real patients and images that others have published; nothing here is of the study"
)
CITED_AS = ("pybtex.backends", "plaintext")

BETWEEN_TAGS = re.compile(r"(?<=>)[^<]+(?=<)")
CHINESE_MARK = re.compile(r"[\u3000-\u303f\uff00-\uffef]\s*$")

# What docutils and the bibliography write, and what a screen reader and a journal need.
MENDED = {
    '<th class="head': '<th scope="col" class="head',
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    ' role="doc-biblioentry"': "",
    ", and others.": " et al.",
    '<div class="chinese docutils">': '<div class="chinese docutils" lang="zh-CN">',
}


class ChineseLines(SphinxTransform):
    """Join the lines of a Chinese paragraph: Chinese has no space between its sentences."""

    default_priority = 500

    def apply(self, **kwargs: Any) -> None:
        """Take out line ends after a Chinese mark."""
        for paragraph in self.document.findall(nodes.paragraph):
            before = ""
            for node in list(paragraph.children):
                if node.astext() == "\n" and CHINESE_MARK.search(before):
                    paragraph.children = [one for one in paragraph.children if one is not node]
                before = node.astext() or before


class CellAnchors(SphinxTransform):
    """Give each code cell an anchor of its execution count, for the links of the provenance."""

    default_priority = 500

    def apply(self, **kwargs: Any) -> None:
        """Add the ids."""
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") == "cell_code" and cell.get("exec_count"):
                notebook = self.env.docname.rpartition("/")[2].lower()
                cell["ids"].append(f"cell-{cell['exec_count']}")
                cell["names"].append(f"{notebook}-cell-{cell['exec_count']}")
                self.document.note_explicit_target(cell, cell)


def on_config(app: Sphinx, config: Any) -> None:
    """Sphinx event: title and mark of the study, and the facts of its cards."""
    published = load(app.srcdir)
    try:
        texts = claims.texts_of(app.srcdir, app.srcdir / "notebooks")
        claims.require_claims(app.srcdir, Rules.declared, texts)
        references.require_references(app.srcdir)
    except InputError as error:
        raise ExtensionError(str(error).replace("\n", "; ")) from None
    settings = published.settings
    (app.srcdir / "_static" / "published.js").write_text(cards.script(published), encoding="utf-8")
    config.html_title = settings["title"]
    config.html_context["study_mark"] = settings["mark"]
    config.html_theme_options["logo"] = {"text": escape(settings["title"])}
    if settings["mark"]:
        config.html_title = f"{settings['mark']}: {settings['title']}"
        said = _announced(settings["mark"], settings["mark_meaning"])
        config.html_theme_options["announcement"] = said


def _announced(mark: str, meaning: str) -> str:
    return f'<span class="study-mark">{mark}</span> {meaning}'


def on_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Sphinx event: mend what is written of a page, and mark every sheet that is printed of it."""
    published = load(app.srcdir)
    mark = published.settings["mark"]
    record = published.runs.get(pagename.rpartition("/")[2], {})
    if record.get("public") and SYNTHETIC.mark in mark:
        mark = mark.replace(SYNTHETIC.mark, PUBLIC_DATA)
        context["study_mark"] = mark
        context["theme_announcement"] = _announced(mark, PUBLIC_MEANING)
        context["docstitle"] = context["docstitle"].replace(SYNTHETIC.mark, PUBLIC_DATA)
    body = context.get("body", "")
    for written, meant in MENDED.items():
        body = body.replace(written, meant)
    if pagename == "references":  # titles have 131I for ¹³¹I
        body = BETWEEN_TAGS.sub(lambda found: isotopes(found[0]), body)
    if mark and body:
        body = f'<div class="print-mark" aria-hidden="true">{mark}</div>{body}'
    context["body"] = body
    raw = ("pagetitle", *(["docstitle"] if pagename == "search" else []))
    for name in raw:  # what the theme writes as it is
        context[name] = escape(context.get(name, ""))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # Asked for at each citation; else all packages are searched for it each time.
    register_plugin(*CITED_AS, find_plugin(*CITED_AS), force=True)
    app.add_node(
        numbers.traced,
        html=(numbers.visit_traced, numbers.depart_traced),
        text=(numbers.visit_plain, numbers.visit_plain),
    )
    app.add_js_file("published.js")
    app.add_role("num", numbers.NumberRole())
    app.add_role("rule", rules.RuleRole())
    app.add_role("claim", claims.ClaimRole())
    app.add_role("analysis", analyses.AnalysisRole())
    app.add_role("origin", article.OriginRole())
    app.add_directive("reported-number", numbers.ReportedNumber)
    app.add_directive("results-table", tables.ResultsTable)
    app.add_directive("results-figure", article.ResultsFigure)
    app.add_transform(CellAnchors)
    app.add_transform(ChineseLines)
    app.connect("config-inited", on_config)
    app.connect("source-read", chapters.on_source_read)
    app.connect("env-check-consistency", answers.require_answers)
    app.connect("env-check-consistency", analyses.require_described)
    app.connect("html-page-context", on_page, priority=900)  # after the theme
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
