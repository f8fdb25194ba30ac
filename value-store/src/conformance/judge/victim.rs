//! What a victim does: it opens the store, makes the calls that the judge orders, and waits to be killed.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io::BufReader;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::AbortHandle;

use super::runtime::build;
use crate::ValueStore;
use crate::conformance::history::History;
use crate::conformance::session::panics;
use crate::conformance::subject::Subject;
use crate::conformance::victim::{Answer, Order, Reply, Seat, end_this_process};
use crate::conformance::world::Context;

/// Takes the seat of a victim. This process ends with the judge, if he does not kill it before.
pub(crate) fn serve(subject: &'static Subject, seat: Seat) -> ! {
    // A generated test runs on a runtime, on whose thread no other can run.
    let _ = std::thread::spawn(move || serve_here(subject, &seat)).join();
    end_this_process()
}

fn serve_here(subject: &'static Subject, seat: &Seat) {
    let history = Arc::new(History::of_a_replay());
    panics::watch(&history);
    let Ok(stream) = seat.take() else { return };
    let Ok(orders) = listen(&stream) else { return };
    let world = Box::leak(Box::new(Context::elsewhere(seat.world.name.clone(), seat.world.directory.clone())));
    let (handles, calls) = (HashMap::new(), HashMap::new());
    let victim = Serving { subject, world, history: Arc::clone(&history), replies: stream.into(), handles, calls };
    build(subject.settings.runtime, &history).block_on(victim.obey(orders));
}

/// Reads the orders on a thread of its own: even if the store blocks all others, this process notices that the judge is gone.
fn listen(stream: &TcpStream) -> std::io::Result<UnboundedReceiver<Order>> {
    let (sender, orders) = unbounded_channel();
    let mut stream = BufReader::new(stream.try_clone()?);
    std::thread::spawn(move || {
        while let Ok(order) = Order::read(&mut stream) {
            let _ = sender.send(order);
        }
        end_this_process()
    });
    Ok(orders)
}

struct Serving {
    subject: &'static Subject,
    world: &'static Context,
    history: Arc<History>,
    replies: Replies,
    handles: HashMap<usize, Arc<dyn ValueStore>>,
    /// What drops the futures of the calls.
    calls: HashMap<u64, AbortHandle>,
}

impl Serving {
    async fn obey(mut self, mut orders: UnboundedReceiver<Order>) {
        while let Some(order) = orders.recv().await {
            match order {
                Order::Open { handle } => {
                    let reply = self.open(handle).await;
                    self.replies.send(&reply);
                }
                Order::Close { handle } => self.close(handle),
                Order::Call { id, handle, key, value, options } => {
                    let Some(store) = self.handles.get(&handle).cloned() else { continue };
                    let (replies, history) = (self.replies.clone(), Arc::clone(&self.history));
                    let call = tokio::spawn(async move {
                        let answer = caught(async {
                            match value {
                                Some(value) => store.put(&key, value, &options).await.map(|()| Answer::Stored),
                                None => store.get(&key, &options).await.map(Answer::Found),
                            }
                        });
                        let answer = match answer.await {
                            Ok(answer) => answer.unwrap_or_else(Answer::Failed),
                            Err(message) => Answer::Panicked { message: with_its_place(&history, message) },
                        };
                        replies.send(&Reply::Ended { id, answer });
                    });
                    self.calls.insert(id, call.abort_handle());
                }
                Order::Drop { id } => drop(self.calls.remove(&id).map(|call| call.abort())),
            }
        }
    }

    /// Drops a handle, and with the last of them what they share. Other cases are about drops that panic.
    fn close(&mut self, handle: usize) {
        let _ = panics::catch(|| {
            drop(self.handles.remove(&handle));
            if self.handles.is_empty() {
                self.world.restart();
            }
        });
    }

    async fn open(&mut self, handle: usize) -> Reply {
        // A factory may panic before it returns a future.
        match caught(async { (self.subject.open)(self.world).await }).await {
            Ok(Ok(store)) => {
                self.handles.insert(handle, store);
                Reply::Opened { members: self.world.members().iter().map(ToString::to_string).collect() }
            }
            Ok(Err(error)) => Reply::NotOpened { chain: error.0 },
            Err(message) => Reply::Panicked { message: with_its_place(&self.history, message) },
        }
    }
}

/// The way to the judge. A reply is lost if he is gone.
#[derive(Clone)]
struct Replies(Arc<Mutex<TcpStream>>);

impl From<TcpStream> for Replies {
    fn from(stream: TcpStream) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }
}

impl Replies {
    fn send(&self, reply: &Reply) {
        let _ = reply.write(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Awaits a future, and returns the message of its panic if it panics.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = Box::pin(future);
    let poll = |context: &mut std::task::Context<'_>| match panics::catch(|| future.as_mut().poll(context)) {
        Ok(poll) => poll.map(Ok),
        Err(message) => Poll::Ready(Err(message)),
    };
    poll_fn(poll).await
}

/// The message of a panic with its place in the source, which the hook has noted.
fn with_its_place(history: &History, message: String) -> String {
    let noted = history.panics().into_iter().rfind(|panic| panic.message.starts_with(&message));
    noted.map_or(message, |panic| panic.message)
}
