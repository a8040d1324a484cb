"""Pages, styles and tables of a Word document, as a journal wants a manuscript for its referees."""

import copy
from collections.abc import Sequence

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table

from compendium.publish.word_fields import Element, field, run_of, style_of

FONT, EAST_ASIAN_FONT = "Times New Roman", "SimSun"
TEXT_PT, TABLE_PT, SMALL_TABLE_PT = 11, 8.5, 7
PAGE_MM, MARGIN_MM = (210, 297), 25
LINE_SPACING = 1.5
LETTER_EM = 0.55  # mean width of a letter of the font, bold ones included
PADDING_MM = 4.2  # of a cell, both sides, as Word sets it
MARK_COLOUR = RGBColor(0x7A, 0x3E, 0x00)
TABLE_TEXT = "Table text"


def lay_out(document: Document, mark: str) -> None:
    """Set styles, sheets and tables; the mark stands at the head of every sheet."""
    _styles(document)
    for section in document.sections:
        _sheet(section)
    first = document.sections[0]
    head = first.header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = head.add_run(mark)
    run.bold, run.font.color.rgb = True, MARK_COLOUR
    foot = first.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for part in (*field("PAGE", "1"), run_of(" of "), *field("NUMPAGES", "1")):
        foot._p.append(part)
    for table in document.tables:
        _table(table, first._sectPr)


def widths_mm(texts: Sequence[Sequence[str]], pt: float, room_mm: float) -> list[float] | None:
    """Widths of a table's columns by what they hold.

    Every column holds its longest word; what room is left goes to those with the most text.

    Args:
        texts: rows of cells.
        pt: size of the letters.
        room_mm: width of the page's text.

    Returns:
        One width a column; None where the longest words do not fit.
    """
    letter = pt * LETTER_EM * 25.4 / 72
    columns = list(zip(*texts, strict=True))
    least = [
        max(len(word) for cell in column for word in (cell.split() or [""])) * letter + PADDING_MM
        for column in columns
    ]
    whole = [max(map(len, column)) * letter + PADDING_MM for column in columns]
    spare = room_mm - sum(least)
    if spare < 0:
        return None
    wanted = [most - few for most, few in zip(whole, least, strict=True)]
    share = min(1.0, spare / sum(wanted)) if sum(wanted) else 0.0
    return [few + share * more for few, more in zip(least, wanted, strict=True)]


def _styles(document: Document) -> None:
    styles = document.styles
    for name in ("Normal", "Heading 1", "Heading 2", "Heading 3", "Heading 4", "Title"):
        style = styles[name]
        style.font.name = FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), EAST_ASIAN_FONT)
        if name != "Normal":
            style.font.color.rgb = RGBColor(0, 0, 0)
    styles["Normal"].font.size = Pt(TEXT_PT)
    for name in ("Body Text", "First Paragraph"):
        styles[name].paragraph_format.line_spacing = LINE_SPACING
    for name in ("Table Caption", "Image Caption"):
        styles[name].font.size = Pt(TEXT_PT - 1)
    styles["Table Caption"].paragraph_format.keep_with_next = True
    text = styles.add_style(TABLE_TEXT, 1)
    text.base_style = styles["Normal"]
    text.font.size = Pt(TABLE_PT)
    text.paragraph_format.space_before = text.paragraph_format.space_after = Pt(1)
    text.paragraph_format.line_spacing = 1


def _sheet(section: Section) -> None:
    section.page_width, section.page_height = (Mm(side) for side in PAGE_MM)
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Mm(MARGIN_MM))
    lines = OxmlElement("w:lnNumType")
    lines.set(qn("w:countBy"), "5")
    lines.set(qn("w:restart"), "continuous")
    section._sectPr.insert_element_before(
        lines, "w:pgNumType", "w:cols", "w:docGrid", "w:titlePg", "w:printerSettings"
    )


def _table(table: Table, sheet: Element) -> None:
    """Fit a table to the page: upright, else in smaller letters, else on a sheet turned round."""
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    upright, turned = (side - 2 * MARGIN_MM for side in PAGE_MM)
    for pt, room in ((TABLE_PT, upright), (SMALL_TABLE_PT, upright), (TABLE_PT, turned),
                     (SMALL_TABLE_PT, turned)):  # fmt: skip
        if widths := widths_mm(texts, pt, room):
            break
    else:
        widths = [turned / len(texts[0])] * len(texts[0])
    _set_widths(table, widths)
    for row in table.rows:
        _keep_whole(row._tr)
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.style = TABLE_TEXT
                for run in paragraph.runs if pt != TABLE_PT else ():
                    run.font.size = Pt(pt)
    for paragraph in (p for cell in table.rows[0].cells for p in cell.paragraphs):
        for run in paragraph.runs:
            run.bold = True
    if room == turned:
        _turn(table._tbl, sheet)


def _set_widths(table: Table, widths: Sequence[float]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _keep_whole(row: Element) -> None:
    whole = OxmlElement("w:cantSplit")
    row.get_or_add_trPr().append(whole)


def _turn(table: Element, sheet: Element) -> None:
    """Put a table with its caption on sheets of their own, turned round."""
    caption = _neighbour(table)
    first = table if caption is None or style_of(caption) != "TableCaption" else caption
    before = _neighbour(first)
    if before is not None and _is_turned(before):  # two of them share their sheets
        before.getparent().remove(before)
    else:
        first.addprevious(_end_of(copy.deepcopy(sheet)))
    turned = copy.deepcopy(sheet)
    size = turned.find(qn("w:pgSz"))
    width, height = size.get(qn("w:w")), size.get(qn("w:h"))
    size.set(qn("w:w"), height)
    size.set(qn("w:h"), width)
    size.set(qn("w:orient"), "landscape")
    table.addnext(_end_of(turned))


def _neighbour(element: Element) -> Element | None:
    """The paragraph or table before an element, bookmarks passed over."""
    found = element.getprevious()
    while found is not None and found.tag not in (qn("w:p"), qn("w:tbl")):
        found = found.getprevious()
    return found


def _end_of(sheet: Element) -> Element:
    """The empty paragraph that ends a section."""
    paragraph = OxmlElement("w:p")
    properties = OxmlElement("w:pPr")
    properties.append(sheet)
    paragraph.append(properties)
    return paragraph


def _is_turned(paragraph: Element) -> bool:
    size = paragraph.find(f"{qn('w:pPr')}/{qn('w:sectPr')}/{qn('w:pgSz')}")
    return size is not None and size.get(qn("w:orient")) == "landscape"
