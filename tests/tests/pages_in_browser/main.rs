//! Pages of HTML as a person sees them: in a real browser, with the scripts of pages turned off.

mod browser;
mod look;
mod race;
mod reports;
mod timeline;
