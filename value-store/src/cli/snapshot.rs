//! Text that is compared with a checked-in file.

use std::path::Path;
use std::{env, fs};

/// Expects `actual` to be the content of the file at `path` below the folder of the command. If `UPDATE_SNAPSHOTS` is set in the
/// environment, writes it there instead.
pub(crate) fn expect(path: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli").join(path);
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, actual).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "{} is not what was printed. If the new text is right, UPDATE_SNAPSHOTS=1 writes it there.\n\
         --- expected\n{expected}\n--- printed\n{actual}",
        path.display()
    );
}
