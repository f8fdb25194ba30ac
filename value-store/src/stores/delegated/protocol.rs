//! What the client and the server must agree on.

/// The longest value that a client or a server takes unless it is told otherwise, in bytes: 4 MiB, many times the
/// length of records on public networks.
pub const DEFAULT_MAX_VALUE_LEN: usize = 4 << 20;

pub(super) const PUT_PATH: &str = "/api/v0/routing/put";
pub(super) const GET_PATH: &str = "/api/v0/routing/get";

/// The content type of parameters in a body.
pub(super) const FORM_URLENCODED: &str = "application/x-www-form-urlencoded";
