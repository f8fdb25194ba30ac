//! The files that commands write: each format is a file.

pub(crate) mod badge;
pub(crate) mod family;
pub(crate) mod html;
pub(crate) mod junit;
pub(crate) mod markup;
pub(crate) mod page;

use std::io::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::misuse::Misuse;

/// Prints a text as it is. Who reads only its beginning, such as `head`, has got what was wanted.
pub(crate) fn print(text: &str) -> Result<(), Misuse> {
    let mut output = io::stdout().lock();
    let printed = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    let printed = printed.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) });
    printed.map_err(|error| Misuse::new(format_args!("standard output cannot be written: {error}")))
}

/// Writes a file, and the directories above it.
pub(crate) fn write(file: &Path, content: &str) -> Result<(), Misuse> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let written = parent.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(file, content));
    written.map_err(|error| Misuse::new(format_args!("{} cannot be written: {error}", file.display())))
}
