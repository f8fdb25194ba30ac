//! The timeline of a case that failed.

use std::path::Path;

use serde_json::Value;

use crate::browser::Browser;
use crate::look::{expect_nothing, expect_readable};
use crate::race;

/// A page with one of everything that a timeline can show.
fn one_of_each() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../value-store/src/conformance/report/timeline/snapshot.html"))
}

/// A browser of this width that shows this page.
fn shown(page: &Path, width: u32) -> Browser {
    let mut browser = Browser::start();
    show(&mut browser, page, width);
    browser
}

fn show(browser: &mut Browser, page: &Path, width: u32) {
    browser.resize(width, 900);
    browser.emulate("screen", "light");
    browser.open(page);
}

const DESK: u32 = 1_300;
const PHONE: u32 = 375;

/// Scrolls to an element, and returns its place in the window: left, top, width and height.
fn place(browser: &mut Browser, selector: &str) -> [f64; 4] {
    let place = browser.ask(&format!(
        "(() => {{
            const element = document.querySelector('{selector}');
            element.scrollIntoView({{ block: 'center', inline: 'nearest' }});
            const {{ left, top, width, height }} = element.getBoundingClientRect();
            return [left, top, width, height];
        }})()"
    ));
    serde_json::from_value(place).expect("four numbers")
}

fn middle(browser: &mut Browser, selector: &str) -> (f64, f64) {
    let [left, top, width, height] = place(browser, selector);
    (left + width / 2.0, top + height / 2.0)
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn every_bar_can_be_seen() {
    let (mut browser, race) = (Browser::start(), race::timeline());
    for (page, width) in [(race.as_path(), DESK), (&race, PHONE), (one_of_each(), DESK)] {
        show(&mut browser, page, width);
        assert!(browser.ask("document.querySelectorAll('.track .bar').length").as_u64() >= Some(3));
        let unseen = browser.ask(
            "[...document.querySelectorAll('.track .bar')].filter(bar => {
                bar.scrollIntoView({ block: 'center', inline: 'center' });
                const { left, top, width, height, right } = bar.getBoundingClientRect();
                const track = bar.parentElement.getBoundingClientRect();
                const there = document.elementFromPoint(left + width / 2, top + height / 2);
                return width < 4 || height < 10 || left < track.left || right > track.right + 1 || !bar.contains(there);
            }).map(bar => bar.id)",
        );
        expect_nothing(&unseen, "bars that are not seen");
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn only_the_containers_scroll_sideways() {
    let (mut browser, race) = (Browser::start(), race::timeline());
    for (medium, width) in [("screen", DESK), ("screen", PHONE), ("print", 1_000)] {
        show(&mut browser, &race, width);
        browser.emulate(medium, "light");
        assert_eq!(browser.ask("document.documentElement.scrollWidth <= innerWidth"), true, "{medium}, {width}");
        let is_wide = browser.ask("document.querySelector('.chart').getBoundingClientRect().width > innerWidth");
        match (medium, width) {
            ("print", _) => assert_eq!(is_wide, false, "paper does not scroll"),
            (_, PHONE) => assert_eq!(is_wide, true, "there is something to scroll to"),
            _ => {}
        }
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn the_call_to_blame_is_seen_first_and_differs_from_all_others() {
    let mut browser = shown(&race::timeline(), DESK);
    let seen = "(() => {
        const scroll = document.querySelector('.scroll').getBoundingClientRect();
        const bar = document.querySelector('.track .blamed').getBoundingClientRect();
        return bar.left >= scroll.left && bar.right <= scroll.right && bar.bottom <= innerHeight;
    })()";
    assert_eq!(browser.ask(seen), true, "the bar is in the part of the timeline that is shown first");
    let alike = browser.ask(
        "(() => {
            const looks = bar => { const style = getComputedStyle(bar); return [style.backgroundColor, style.outlineStyle]; };
            const blamed = looks(document.querySelector('.track .blamed'));
            const others = [...document.querySelectorAll('.track .bar:not(.blamed)')];
            return others.filter(bar => looks(bar).some((look, index) => look === blamed[index])).map(bar => bar.id);
        })()",
    );
    expect_nothing(&alike, "bars that look as the one to blame in their colour or their shape");
    let text = browser
        .ask("document.querySelector('.track .blamed').textContent + document.querySelector('tr.blamed').innerText");
    let text = text.as_str().unwrap_or_default();
    assert!(text.trim().starts_with('✕') && text.contains("to blame"), "it is told in text, too: {text}");
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn all_text_can_be_read_in_light_and_dark() {
    let (mut browser, race) = (Browser::start(), race::timeline());
    for page in [race.as_path(), one_of_each()] {
        show(&mut browser, page, DESK);
        expect_readable(&mut browser, page);
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn nothing_is_asked_for_and_nothing_complained_of() {
    let (mut browser, race) = (Browser::start(), race::timeline());
    for page in [race.as_path(), one_of_each()] {
        show(&mut browser, page, DESK);
        let asked: Vec<_> = browser.told("Network.requestWillBeSent");
        assert_eq!(asked.len(), 1, "the page itself, and nothing else: {asked:#?}");
        for complaint in ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"] {
            assert!(browser.told(complaint).is_empty(), "{:#?}", browser.told(complaint));
        }
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn a_bar_tells_its_call_to_the_pointer() {
    let mut browser = shown(one_of_each(), DESK);
    let details = "(() => {
        const details = document.querySelector('#bar-7 .details'), { left, top, right, bottom } = details.getBoundingClientRect();
        const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return right > left && left >= 0 && right <= innerWidth && bottom <= innerHeight && details.contains(there)
            ? details.innerText : null;
    })()";
    assert_eq!(browser.ask(details), Value::Null, "nothing points at it yet");
    let (x, y) = middle(&mut browser, "#bar-7");
    browser.point_at(x, y);
    let told = browser.ask(details);
    let told = told.as_str().expect("the details are seen");
    for part in
        ["get 7, to blame", "task 4", "k (1 B)", "\"old\" (3 B)", "the value of put 1", "at 130.000 µs, for 30 µs"]
    {
        assert!(told.contains(part), "{part} is not in: {told}");
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn a_bar_leads_to_its_row_and_back() {
    let mut browser = shown(&race::timeline(), PHONE);
    let blamed = browser.ask("document.querySelector('.track .blamed').id.replace('bar-', '')");
    let blamed = blamed.as_str().expect("a number").to_owned();
    for (from, to) in
        [(format!("#bar-{blamed}"), format!("#call-{blamed}")), (format!("#call-{blamed} a"), format!("#bar-{blamed}"))]
    {
        let (x, y) = middle(&mut browser, &from);
        browser.click(x, y);
        let is_there = format!(
            "(() => {{
                const {{ left, top, width, height }} = document.querySelector('{to}').getBoundingClientRect();
                return location.hash === '{to}' && top >= 0 && top + height <= innerHeight && left < innerWidth && width > 0;
            }})()"
        );
        assert_eq!(browser.ask(&is_there), true, "{from} leads to {to}");
    }
}

#[test]
#[cfg_attr(not(chromium), ignore = "needs Chromium on the PATH when it is built")]
fn a_key_can_be_chosen() {
    let mut browser = shown(one_of_each(), DESK);
    let calls = "[...document.querySelectorAll('.call')].filter(row => row.getClientRects().length).map(row => row.id)";
    let bars = "[...document.querySelectorAll('.track .bar')].filter(bar => getComputedStyle(bar).opacity === '1').map(bar => bar.id)";
    assert_eq!(browser.ask(calls).as_array().map(Vec::len), Some(9));
    let (x, y) = middle(&mut browser, "label:has(#key-2)");
    browser.click(x, y);
    assert_eq!(browser.ask(calls), serde_json::json!(["call-3", "call-4", "call-9"]));
    assert_eq!(browser.ask(bars), serde_json::json!(["bar-4", "bar-3", "bar-9"]));
}
