//! The page of a report, and that of a comparison, each with one of everything. They are the snapshots of the command's tests.

use std::path::{Path, PathBuf};

use crate::browser::Browser;
use crate::look::{expect_nothing, expect_readable};

fn pages() -> [PathBuf; 2] {
    let command = Path::new(env!("CARGO_MANIFEST_DIR")).join("../value-store/src/cli");
    ["output/snapshot.html", "compare/snapshot.html"].map(|page| command.join(page))
}

const DESK: u32 = 1_400;
const PHONE: u32 = 360;

/// Calls this function with each page.
fn on_each_page(width: u32, look: impl Fn(&mut Browser, &Path)) {
    let mut browser = Browser::start();
    for page in pages() {
        browser.resize(width, 900);
        browser.emulate("screen", "light");
        browser.open(&page);
        // As a reader who has unfolded everything.
        browser.ask("[...document.querySelectorAll('details')].forEach(details => { details.open = true; })");
        look(&mut browser, &page);
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn no_page_scrolls_sideways() {
    for (medium, width) in [("screen", DESK), ("screen", PHONE), ("print", 700)] {
        on_each_page(width, |browser, page| {
            browser.emulate(medium, "light");
            let (page, wider) = (page.display(), "document.documentElement.scrollWidth > innerWidth");
            assert_eq!(browser.ask(wider), false, "{page} in {medium} at {width}");
            // `scrollWidth` does not count what is left of the page, or what an ancestor clips.
            let out = browser.ask(
                "[...document.body.querySelectorAll('*')].filter(element => {
                    const { left, right } = element.getBoundingClientRect();
                    return (left < 0 || right > innerWidth) && !element.closest('.scroll table, pre');
                }).map(element => element.outerHTML.slice(0, 100))",
            );
            expect_nothing(&out, &format!("elements beside {page} in {medium} at {width}"));
        });
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn a_long_line_of_a_report_can_be_scrolled_to() {
    on_each_page(PHONE, |browser, page| {
        let scrolled = "(() => {
            const pre = document.querySelector('pre');
            pre.scrollLeft = 100_000;
            return pre.scrollLeft > 0;
        })()";
        assert_eq!(browser.ask(scrolled), true, "{}", page.display());
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn every_link_leads_somewhere_and_every_id_is_there_once() {
    on_each_page(DESK, |browser, page| {
        let page = page.display();
        let links = "[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))";
        assert!(browser.ask(&format!("{links}.length")).as_u64() > Some(10), "{page} has links");
        let astray = browser.ask(&format!(
            "{links}.filter(href => !href.startsWith('#') || !document.getElementById(decodeURIComponent(href.slice(1))))"
        ));
        expect_nothing(&astray, &format!("links of {page} that lead nowhere"));
        let twice = browser.ask(
            "[...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, index, ids) => ids.indexOf(id) !== index)",
        );
        expect_nothing(&twice, &format!("ids that {page} has twice"));
        let labels = browser.ask(
            "[...document.querySelectorAll('[aria-labelledby]')].map(element => element.getAttribute('aria-labelledby'))
                .filter(id => !document.getElementById(id))",
        );
        expect_nothing(&labels, &format!("labels that {page} lacks"));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn a_cause_leads_to_a_report() {
    on_each_page(DESK, |browser, page| {
        let target = "document.querySelector('.causes a, ul a').getAttribute('href')";
        let report =
            browser.ask(&format!("document.querySelector({target}.replaceAll('.', '\\\\.') + ' pre').innerText"));
        let report = report.as_str().unwrap_or_default();
        assert!(report.contains("  rule ") && report.contains("again: "), "{}: {report}", page.display());
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn all_text_can_be_read_in_light_and_dark() {
    on_each_page(DESK, expect_readable);
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn nothing_is_told_by_colour_alone() {
    on_each_page(DESK, |browser, page| {
        let unmarked = browser.ask(
            "[...document.querySelectorAll('.passed, .failed, .known, .unjudged')]
                .filter(element => !/^[✓✕!?–·]/u.test(element.textContent.trim())).map(element => element.outerHTML.slice(0, 100))",
        );
        expect_nothing(&unmarked, &format!("elements of {} that only a colour tells apart", page.display()));
    });
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn nothing_is_asked_for_and_nothing_complained_of() {
    on_each_page(DESK, |browser, page| {
        let asked: Vec<_> = browser.told("Network.requestWillBeSent");
        assert_eq!(asked.len(), 1, "{} itself, and nothing else: {asked:#?}", page.display());
        for complaint in ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"] {
            assert!(browser.told(complaint).is_empty(), "{:#?}", browser.told(complaint));
        }
    });
}
