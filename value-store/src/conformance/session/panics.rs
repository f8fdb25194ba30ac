//! Collects the panics on the threads of a case, with their messages.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Once};

use crate::conformance::history::History;

thread_local! {
    static HISTORY: RefCell<Option<Arc<History>>> = const { RefCell::new(None) };
}

/// Records all later panics on this thread in `history`. They are printed only if a backtrace is asked for, since the
/// report contains them, and only once.
///
/// This needs the panic hook. The payload of a panic in a task ends up in the handle of the task, which the store may drop,
/// and it does not say where in the source the panic happened.
pub(crate) fn watch(history: &Arc<History>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let wants_backtrace = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
            match note(info) {
                Some(history) if history.is_replay() || !wants_backtrace => {}
                _ => previous(info),
            }
        }));
    });
    HISTORY.set(Some(Arc::clone(history)));
}

/// Records a panic in the history of the case that this thread belongs to, if it belongs to one.
fn note(info: &PanicHookInfo<'_>) -> Option<Arc<History>> {
    // A thread that is ending may have dropped the value already, and then belongs to no case.
    let history = HISTORY.try_with(|history| history.borrow().clone()).ok().flatten()?;
    history.panicked(describe(info));
    Some(history)
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = message(info.payload());
    match info.location() {
        Some(place) => format!("{message} (at {}:{})", place.file(), place.line()),
        None => message,
    }
}

/// Runs `work`, and returns the message of its panic if it panics.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // Unwind safe, since nothing that `work` touched is used again: a case that panicked has failed.
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| message(&*payload))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
