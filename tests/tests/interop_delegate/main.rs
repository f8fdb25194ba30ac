//! Delegates and JavaScript: Kubo's client at our server, and the suite on a store that is written in JavaScript.

mod content_routing;
mod kubo_client;
mod served;
