//! Text that is compared with a file in `snapshots`.

use std::path::Path;
use std::{env, fs};

/// Expects `actual` to be the content of `snapshots/<name>.txt`.
pub(crate) fn expect(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/snapshots").join(format!("{name}.txt"));
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
