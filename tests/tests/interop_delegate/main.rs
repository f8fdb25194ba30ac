//! Delegates and JavaScript: Kubo's client against the server of this project, and the suite on a store in JavaScript.

mod content_routing;
mod kubo_client;
mod served;
