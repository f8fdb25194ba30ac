//! How many questions a call asks of peers, as the nodes tell it by `tracing`.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Counts the questions of all calls. Only one may be made at a time.
#[derive(Clone, Default)]
pub(crate) struct Questions {
    asked: Arc<AtomicUsize>,
}

impl Questions {
    /// Listens to all nodes of this process from now on.
    pub(crate) fn listen() -> Self {
        let questions = Self::default();
        tracing::subscriber::set_global_default(questions.clone()).expect("nobody else listens");
        questions
    }

    /// The questions of a call, and what it returns.
    pub(crate) async fn of<T>(&self, call: impl Future<Output = T>) -> (usize, T) {
        self.asked.store(0, Ordering::SeqCst);
        let returned = call.await;
        (self.asked.load(Ordering::SeqCst), returned)
    }
}

impl Visit for &Questions {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "asked" {
            self.asked.fetch_add(usize::try_from(value).expect("no call asks that many"), Ordering::SeqCst);
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn Debug) {}
}

impl Subscriber for Questions {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "value_store::kad"
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}
