//! Tokens in files: not on a command line, where every user of the machine could read them.

use std::fs;
use std::path::Path;

use crate::misuse::Misuse;

/// The token in this file, without the white space around it. Warns if other users may read the file.
pub(crate) fn read(file: &Path) -> Result<String, Misuse> {
    let shown = file.display();
    let bytes = fs::read(file).map_err(|error| {
        Misuse::new(format_args!("the token file {shown} cannot be read: {error}"))
            .help("name a file that has the token")
    })?;
    let token = token_of(&bytes).map_err(|wrong| {
        Misuse::new(format_args!("a token was expected in {shown}, and {wrong}"))
            .help("a token is one line of letters, digits and -._~+/=; `openssl rand -hex 32` makes one")
    })?;
    if is_open_to_others(file) {
        eprintln!("warning: every user of this machine can read the token in {shown}: `chmod 600` keeps it for you");
    }
    Ok(token)
}

/// What RFC 6750 takes for a token. The error does not quote it.
fn token_of(bytes: &[u8]) -> Result<String, String> {
    let token = bytes.trim_ascii();
    if token.is_empty() {
        return Err("it is empty".into());
    }
    let is_known = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    match token.iter().position(|byte| !is_known(byte)) {
        Some(position) => Err(format!("character {} is one that no token has", position + 1)),
        None => Ok(token.iter().copied().map(char::from).collect()),
    }
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    const READ_BY_OTHERS: u32 = 0o004;
    fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & READ_BY_OTHERS != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_token_is_no_part_of_it() {
        assert_eq!(token_of(b"\r\n abc-._~+/=\n"), Ok("abc-._~+/=".into()));
    }

    #[test]
    fn what_is_no_token_is_refused_and_not_quoted() {
        assert_eq!(token_of(b" \n"), Err("it is empty".into()));
        for odd in ["abc def", "abc\ndef", "abc\"def", "abc\u{f6}def", "abc\0def"] {
            assert_eq!(token_of(odd.as_bytes()), Err("character 4 is one that no token has".into()), "{odd:?}");
        }
    }
}
