//! What client and server have to agree on.

/// The longest value unless a client or a server is told otherwise, in bytes: 4 MiB, many times what records on public
/// networks have.
pub const DEFAULT_MAX_VALUE_LEN: usize = 4 << 20;

pub(super) const PUT_PATH: &str = "/api/v0/routing/put";
pub(super) const GET_PATH: &str = "/api/v0/routing/get";

/// The type of a body that is parameters.
pub(super) const FORM_URLENCODED: &str = "application/x-www-form-urlencoded";
