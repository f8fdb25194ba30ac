//! What is asked of every page.

use std::path::Path;

use serde_json::Value;

use crate::browser::Browser;

pub(crate) fn expect_nothing(found: &Value, what: &str) {
    assert_eq!(found.as_array().map(Vec::len), Some(0), "{what}: {found:#}");
}

/// Fails unless all text of the page that is shown can be read, in light and in dark.
pub(crate) fn expect_readable(browser: &mut Browser, page: &Path) {
    let page = page.display();
    for scheme in ["light", "dark"] {
        browser.emulate("screen", scheme);
        let background = browser.ask("getComputedStyle(document.body).backgroundColor");
        assert_eq!(background == "rgb(255, 255, 255)", scheme == "light", "{page} in {scheme}: {background}");
        assert!(browser.ask(&format!("{CONTRASTS}.length")).as_u64() > Some(30), "the text of {page} was looked at");
        let faint = browser.ask(&format!("{CONTRASTS}.filter(([contrast]) => !(contrast >= 4.5))"));
        expect_nothing(&faint, &format!("text of little contrast in {scheme} in {page}"));
    }
}

/// The contrast between each text that is shown and what is behind it, by the formula of WCAG. A hatched bar counts as one that
/// is all hatch.
const CONTRASTS: &str = "(() => {
    const parse = color => { const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
    const over = ([r, g, b, a], below) => [r, g, b].map((value, index) => value * a + below[index] * (1 - a));
    const behind = element => {
        if (!element) return [255, 255, 255];
        const style = getComputedStyle(element), color = parse(style.backgroundColor);
        const plain = color[3] === 1 ? color : over(color, behind(element.parentElement));
        const hatch = [...parse(style.borderLeftColor).slice(0, 3), .24];
        return style.backgroundImage === 'none' ? plain : over(hatch, plain);
    };
    const linear = value => value <= .04045 * 255 ? value / 255 / 12.92 : ((value / 255 + .055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
    const contrast = element => {
        const background = behind(element), color = over(parse(getComputedStyle(element).color), background);
        const [dark, light] = [background, color].map(luminance).sort((one, other) => one - other);
        return (light + .05) / (dark + .05);
    };
    const hasText = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    return [...document.body.querySelectorAll('*:not(style)')]
        .filter(element => hasText(element) && element.getClientRects().length)
        .map(element => [contrast(element), element.outerHTML.slice(0, 100)]);
})()";
