"""The book in a real browser, opened from disk with the network off."""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from mini_study import ROOT
from playwright.sync_api import Browser, Page, sync_playwright

from compendium.figures.style import SMALLEST_PT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
PHONE, DESK = {"width": 390, "height": 800}, {"width": 1280, "height": 900}
LEAST_PX = 11  # of a letter that is read on a telephone
WIDE_TABLES = """() => [...document.querySelectorAll("article table")].filter((table) => {
    const holder = table.closest(".pst-scrollable-table-container") ?? table.parentElement;
    return table.scrollWidth > holder.clientWidth + 1;
}).map((table) => table.innerText.slice(0, 60))"""
LETTERS = """() => {
    const found = {};
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const holder = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !holder.checkVisibility()) continue;
        if (holder.closest("mjx-assistive-mml, noscript, script, style")) continue;
        const size = parseFloat(getComputedStyle(holder).fontSize);
        found[`${holder.tagName} ${walker.currentNode.textContent.trim().slice(0, 40)}`] = size;
    }
    return found;
}"""
PX_A_POINT = """() => Object.fromEntries([...document.querySelectorAll("article img[src$='.svg']")]
    .map((one) => [one.src, one.getBoundingClientRect().width / (one.naturalWidth * 0.75)]))"""
WHOLE_BOOK = ROOT / "book" / "_build" / "html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """An installed Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=root)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def small(mini_book: Path) -> Path:
    """The small study's book."""
    return mini_book / "book" / "_build" / "html"


@pytest.fixture(params=["small", pytest.param("whole", marks=pytest.mark.built)], scope="module")
def html(request: pytest.FixtureRequest, small: Path) -> Path:
    """The small study's book, and the project's own where it has been built."""
    if request.param == "small":
        return small
    if not (WHOLE_BOOK / "index.html").is_file():
        pytest.skip("the whole book is not built; `make book` builds it")
    return WHOLE_BOOK


def pages(html: Path) -> list[Path]:
    return sorted([*html.glob("*.html"), *html.glob("notebooks/*.html")])


@cache
def parsed(path: Path) -> BeautifulSoup:
    """A page's elements, not to be changed."""
    return BeautifulSoup(path.read_text(), "html.parser")


class Visit:
    """A page opened off-line, with all that it asked for and complained of."""

    def __init__(self, browser: Browser, viewport: dict[str, int], **options: Any) -> None:
        self.context = browser.new_context(viewport=viewport, offline=True, **options)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.errors.append(said.text) if said.type == "error" else None,
        )

    def open(self, path: Path, target: str = "") -> Page:
        self.page.goto(path.as_uri() + target)
        self.page.wait_for_load_state("load")
        return self.page


def serious(page: Page) -> list[str]:
    """Axe-core's serious and critical violations, once no colour is on its way to another."""
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:120]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


def test_pages_ask_no_host_raise_no_error_hold_their_tables_and_have_a_card_for_every_number(
    browser: Browser, html: Path
) -> None:
    visit = Visit(browser, DESK)
    wide = {}
    for path in pages(html):
        page = visit.open(path)
        wide[path.name] = page.evaluate(WIDE_TABLES)
        untraced = page.evaluate(
            """() => [...document.querySelectorAll("a.traced")]
                .filter(({dataset}) => !window.COMPENDIUM.numbers[dataset.num]
                    && !window.COMPENDIUM.tables[dataset.table])
                .map((link) => link.textContent)"""
        )
        assert untraced == [], path.name
    assert {name: tables for name, tables in wide.items() if tables} == {}
    assert [url for url in visit.requests if not url.startswith(("file:", "data:"))] == []
    assert visit.errors == []


def test_pages_have_no_serious_accessibility_violation(browser: Browser, html: Path) -> None:
    visit = Visit(browser, DESK)
    found = {path.name: serious(visit.open(path)) for path in pages(html)}
    assert {name: violations for name, violations in found.items() if violations} == {}


def test_pages_have_no_serious_violation_on_a_telephone(browser: Browser, html: Path) -> None:
    page = Visit(browser, PHONE).open(html / "methods.html")  # with the formulas
    page.evaluate("window.MathJax && window.MathJax.startup.promise")
    assert serious(page) == []


def test_dark_pages_have_no_serious_accessibility_violation(browser: Browser, small: Path) -> None:
    visit = Visit(browser, DESK, color_scheme="dark")
    for name in ("index", "methods", "notebooks/02_scores", "numbers"):
        page = visit.open(small / f"{name}.html")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert serious(page) == []


def test_pages_fit_a_telephone(browser: Browser, html: Path) -> None:
    visit = Visit(browser, PHONE)
    for path in pages(html):
        page = visit.open(path)
        width = page.evaluate("document.scrollingElement.scrollWidth")
        assert width <= PHONE["width"], f"{path.name} is {width} px wide"
        small = {text: size for text, size in page.evaluate(LETTERS).items() if size < LEAST_PX}
        assert small == {}, path.name
        drawn = {name: SMALLEST_PT * px for name, px in page.evaluate(PX_A_POINT).items()}
        assert {name: size for name, size in drawn.items() if size < LEAST_PX} == {}, path.name


def test_all_internal_links_are_alive(html: Path) -> None:
    read = {path: parsed(path) for path in pages(html)}
    ids = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in read.items()}
    dead = []
    for path, page in read.items():
        for link in page.find_all("a", href=True):
            file, _, target = link["href"].partition("#")
            if "://" in link["href"] or link["href"].startswith("mailto:"):
                continue
            to = (path.parent / file).resolve() if file else path
            if not to.is_file() or (target and to in ids and target not in ids[to]):
                dead.append(f"{path.name}: {link['href']}")
    assert dead == []


def test_tables_show_no_raw_missing_value(html: Path) -> None:
    for path in pages(html):
        for entry in parsed(path).select("td, a.traced"):
            raw = {"nan", "NaN", "None", "NaT", "<NA>", "inf", "-inf"}
            assert entry.get_text(strip=True) not in raw, path.name


class TestCard:
    """The provenance of a number, beside it."""

    @pytest.fixture
    def visit(self, browser: Browser) -> Visit:
        return Visit(browser, DESK)

    def facts(self, page: Page) -> dict[str, str]:
        names = page.locator("dialog.provenance dt").all_inner_texts()
        return dict(zip(names, page.locator("dialog.provenance dd").all_inner_texts(), strict=True))

    def test_opens_by_mouse_with_all_facts(self, visit: Visit, small: Path) -> None:
        page = visit.open(small / "methods.html")
        page.click("a.traced >> nth=0")
        assert page.locator("dialog.provenance h2").inner_text() == "Shift"
        assert page.locator("dialog.provenance .value").inner_text() == "21.5 points"
        facts = self.facts(page)
        assert facts["Interval"] == "4.0 to 39.2 (95% confidence)"
        assert (facts["n"], facts["p"], facts["Method"]) == ("12", "0.012", "Hodges–Lehmann shift")
        assert facts["Made in"] == "Chapter scores, cell 3"
        assert facts["Study"] == "mini (SYNTHETIC)"
        assert facts["Data"].startswith("fingerprint ")
        assert facts["Package"].startswith("0.")
        page.click("dialog.provenance summary")
        assert "seed = 1" in page.locator("dialog.provenance details li").all_inner_texts()

    def test_opens_and_closes_by_keyboard_and_gives_the_focus_back(
        self, visit: Visit, small: Path
    ) -> None:
        page = visit.open(small / "methods.html")
        page.focus("a.traced >> nth=1")
        page.keyboard.press("Enter")
        assert page.locator("dialog.provenance").is_visible()
        assert serious(page) == []
        page.keyboard.press("Escape")
        assert not page.locator("dialog.provenance").is_visible()
        assert page.evaluate("document.activeElement.textContent") == "p = 0.012"

    def test_is_closed_by_a_click_beside_it(self, visit: Visit, small: Path) -> None:
        page = visit.open(small / "methods.html")
        page.click("a.traced >> nth=0")
        page.mouse.click(5, 5)
        assert not page.locator("dialog.provenance").is_visible()

    def test_leads_to_the_cell_with_its_code_open(self, visit: Visit, small: Path) -> None:
        page = visit.open(small / "methods.html")
        page.click("a.traced >> nth=0")
        page.click("dialog.provenance dd a")
        page.wait_for_url("**/notebooks/02_scores.html#cell-3")
        code = page.locator("#cell-3 details")
        assert code.evaluate("details => details.open")
        assert "report.number" in code.inner_text()

    def test_of_a_number_that_is_not_estimable_says_why(self, visit: Visit, small: Path) -> None:
        page = visit.open(small / "methods.html")
        page.click("a.traced >> nth=3")
        value = page.locator("dialog.provenance .value").inner_text()
        assert value == "not estimable: 2 deaths; at least 10 needed"
        assert "Interval" not in self.facts(page)

    def test_of_a_tables_value_names_row_and_column(self, visit: Visit, small: Path) -> None:
        page = visit.open(small / "notebooks" / "02_scores.html")
        page.click("table.results a.traced >> nth=0")
        assert page.locator("dialog.provenance h2").inner_text() == "a · Median"
        assert self.facts(page)["Table"] == "mini_groups, row 1"

    def test_a_table_is_one_stop_and_arrows_walk_it(self, visit: Visit, small: Path) -> None:
        page = visit.open(small / "notebooks" / "02_scores.html")
        stops = page.locator("table.results a.traced").evaluate_all(
            "links => links.map(link => link.tabIndex)"
        )
        assert stops == [0, -1, -1]
        page.focus("table.results a.traced >> nth=0")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.textContent") == "<0.001"
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.textContent") == "99.0"

    @pytest.mark.parametrize("name", ["numbers", "downloads", "notebooks/02_scores"])
    def test_tab_stops_once_in_each_table(self, visit: Visit, small: Path, name: str) -> None:
        page = visit.open(small / f"{name}.html")
        tables = page.locator("article table:has(a[href])").count()
        assert tables
        where = "document.activeElement.closest('article table')"
        page.evaluate("document.querySelector('article').tabIndex = -1")
        page.evaluate("document.querySelector('article').focus()")
        seen = []
        while not seen or page.evaluate("document.activeElement.closest('article') !== null"):
            page.keyboard.press("Tab")
            seen.append(page.evaluate(f"!!{where}"))
        assert sum(seen) == tables

    def test_arrows_walk_the_links_of_a_cell(self, visit: Visit, small: Path) -> None:
        page = visit.open(small / "downloads.html")
        links = page.locator("article table tbody tr >> nth=0").locator("a[href]")
        said = links.all_inner_texts()
        links.first.focus()
        for _ in said[1:]:
            page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.textContent") == said[-1]

    def test_without_scripts_a_number_leads_to_the_list(
        self, browser: Browser, small: Path
    ) -> None:
        page = Visit(browser, DESK, java_script_enabled=False).open(small / "methods.html")
        page.click("a.traced >> nth=0")
        assert page.url.endswith("/numbers.html#num-mini-shift")

    def test_prints_as_text_under_the_mark(self, visit: Visit, small: Path) -> None:
        page = visit.open(small / "methods.html")
        page.click("a.traced >> nth=0")
        page.emulate_media(media="print")
        assert not page.locator("dialog.provenance").is_visible()
        assert page.locator(".print-mark").is_visible()
        assert page.locator(".print-mark").inner_text() == "SYNTHETIC DATA"
        line = page.locator("a.traced >> nth=0").evaluate(
            "a => getComputedStyle(a).textDecorationLine"
        )
        assert line == "none"


def test_formulas_are_set_without_a_network(browser: Browser, small: Path) -> None:
    page = Visit(browser, DESK).open(small / "methods.html")
    page.wait_for_selector("mjx-container svg")
    assert page.locator("mjx-container").count() == 1


def test_search_works_from_disk(browser: Browser, small: Path) -> None:
    visit = Visit(browser, DESK)
    page = visit.open(small / "search.html", "?q=scores")
    page.wait_for_selector("#search-results li")
    assert visit.errors == []
