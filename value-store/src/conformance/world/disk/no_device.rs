//! The disk of a build that has none.

#![expect(clippy::unnecessary_wraps, clippy::unused_async, reason = "these are the functions of a disk")]

use std::io;
use std::path::Path;
use std::process::{Child, Command};

use super::draw::Draw;
use super::fault::Fault;
use super::moment::Moment;

/// There is none.
#[derive(Debug)]
pub(crate) enum Disk {}

impl Disk {
    pub(crate) fn unusable() -> Option<&'static str> {
        let reason = "a disk that can fail: the feature `disk` of value-store, on Linux";
        Some(reason)
    }

    pub(crate) fn new(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn spawn(mut command: Command) -> io::Result<Child> {
        command.spawn()
    }

    pub(crate) fn operations(&self) -> usize {
        match *self {}
    }

    pub(crate) fn call_begins(&self) {
        match *self {}
    }

    pub(crate) fn hold_at(&self, _: usize) {
        match *self {}
    }

    pub(crate) async fn held(&self) {
        match *self {}
    }

    pub(crate) fn hold(&self) -> Moment {
        match *self {}
    }

    pub(crate) fn go_on(&self) {
        match *self {}
    }

    pub(crate) fn forsake(&self, _: bool) {
        match *self {}
    }

    pub(crate) fn switch_off(&self) {
        match *self {}
    }

    pub(crate) fn switch_on(&self, _: Draw) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn unsynced(&self) -> Vec<String> {
        match *self {}
    }

    pub(crate) fn remove(&self) {
        match *self {}
    }

    pub(crate) fn fail(&self, _: Fault) {
        match *self {}
    }

    pub(crate) fn heal(&self) {
        match *self {}
    }
}
