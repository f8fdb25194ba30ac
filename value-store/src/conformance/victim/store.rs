//! A store in a victim, as the judge calls it.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufReader};
use std::net::{Shutdown, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::oneshot;

use super::connection::{Place, Seat};
use super::message::{Answer, Order, Reply};
use super::process;
use crate::conformance::history::History;
use crate::conformance::subject::Subject;
use crate::conformance::world::{Context, Disk};
use crate::{Error, GetValueResult, Options, ValueStore};

/// A process with a store that is killed when this is dropped.
pub(crate) struct Victim {
    shared: Arc<Shared>,
    child: Mutex<Dying>,
    /// The thread that reads what it says.
    listener: Mutex<Option<JoinHandle<()>>>,
}

/// What the threads share that call the victim and listen to it.
struct Shared {
    world: &'static Context,
    stream: TcpStream,
    /// Orders are written one after the other.
    writing: Mutex<()>,
    expected: Mutex<Expected>,
    next: AtomicU64,
    is_killed: AtomicBool,
    /// The end of what it has printed as errors.
    printed: Mutex<Vec<u8>>,
}

/// Who waits for replies. Nobody can, once the process has ended.
#[derive(Default)]
struct Expected {
    has_ended: bool,
    calls: HashMap<u64, oneshot::Sender<Answer>>,
    opening: Option<oneshot::Sender<Reply>>,
}

/// Why a store could not be opened in a victim.
#[derive(Debug)]
pub(crate) enum NotOpened {
    /// The factory failed with these messages, or the process could not be started.
    Failed(Vec<String>),
    Panicked(String),
}

impl From<io::Error> for NotOpened {
    fn from(error: io::Error) -> Self {
        Self::Failed(vec![error.to_string()])
    }
}

impl Victim {
    /// Starts a process for a store of this factory in this world.
    ///
    /// # Errors
    ///
    /// If the system does not start it, or if it ends at once.
    pub(crate) fn start(subject: &Subject, case: &str, world: &'static Context) -> io::Result<Self> {
        let place = Place { directory: world.dir().to_owned(), name: world.name().to_owned() };
        let (seat, waiting) = Seat::prepare(process::name(subject, case), place)?;
        let child = process::start(subject, case, &seat, world.disk().is_some())?;
        let mut child = Dying { child, is_over: false };
        let stream = waiting.accept(&mut child.child, subject.settings.deadline / 2)?;
        let shared = Arc::new(Shared {
            world,
            stream: stream.try_clone()?,
            writing: Mutex::default(),
            expected: Mutex::default(),
            next: AtomicU64::new(0),
            is_killed: AtomicBool::new(false),
            printed: Mutex::default(),
        });
        if let Some(mut errors) = child.child.stderr.take() {
            // Nobody waits for this thread: a server that has left the group of the process may print on for ever.
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.keep_what_is_printed(&mut errors));
        }
        let listening = Arc::clone(&shared);
        let listener = std::thread::spawn(move || listening.listen(stream));
        Ok(Self { shared, child: Mutex::new(child), listener: Mutex::new(Some(listener)) })
    }

    /// Opens a handle, which gets this number, and returns the members of the world.
    pub(crate) async fn open(&self, handle: usize) -> Result<Vec<String>, NotOpened> {
        let (sender, reply) = oneshot::channel();
        {
            let mut expected = lock(&self.shared.expected);
            expected.opening = (!expected.has_ended).then_some(sender);
        }
        self.shared.order(&Order::Open { handle });
        match reply.await {
            Ok(Reply::Opened { members }) => Ok(members),
            Ok(Reply::NotOpened { chain }) => Err(NotOpened::Failed(chain)),
            Ok(Reply::Panicked { message }) => Err(NotOpened::Panicked(message)),
            Ok(Reply::Ended { .. }) | Err(_) => Err(NotOpened::Failed(vec![self.shared.gone().to_string()])),
        }
    }

    /// Whether the process has ended, whatever ended it.
    pub(crate) fn has_ended(&self) -> bool {
        lock(&self.shared.expected).has_ended
    }

    /// A handle that was opened.
    pub(crate) fn handle(&self, number: usize, history: Arc<History>) -> impl ValueStore + use<> {
        InVictim { shared: Arc::clone(&self.shared), number, history }
    }

    /// Kills the process, with all that it has started, if it still runs. When this returns, everything that it has said
    /// before has arrived. What it waits for in the system does not keep it, if `let_go` ends that.
    pub(crate) fn kill(&self, let_go: impl FnOnce()) {
        self.shared.is_killed.store(true, Ordering::SeqCst);
        lock(&self.child).kill(let_go);
        let _ = self.shared.stream.shutdown(Shutdown::Write);
        // It ends with the connection, which nothing has that the process has started.
        if let Some(listener) = lock(&self.listener).take() {
            let _ = listener.join();
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // The world may go on without it.
        self.kill(|| self.shared.world.disk().into_iter().for_each(|disk| disk.forsake(false)));
    }
}

/// A process that is killed once, when this is dropped or before. Later, its number may be that of another.
struct Dying {
    child: Child,
    is_over: bool,
}

impl Dying {
    fn kill(&mut self, let_go: impl FnOnce()) {
        if !self.is_over {
            self.is_over = true;
            process::kill(&mut self.child, let_go);
        }
    }
}

impl Drop for Dying {
    fn drop(&mut self) {
        self.kill(|| ());
    }
}

impl Shared {
    /// Sends an order. If the process has ended, the reply says so, or is missing.
    fn order(&self, order: &Order) {
        let _writing = lock(&self.writing);
        let _ = order.write(&mut &self.stream);
    }

    /// Hands on the replies, until the process ends.
    fn listen(&self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        while let Ok(reply) = Reply::read(&mut stream) {
            let mut expected = lock(&self.expected);
            match reply {
                Reply::Ended { id, answer } => {
                    // Nobody waits for a call that was dropped.
                    if let Some(caller) = expected.calls.remove(&id) {
                        let _ = caller.send(answer);
                    }
                }
                reply => {
                    if let Some(opening) = expected.opening.take() {
                        let _ = opening.send(reply);
                    }
                }
            }
        }
        // Those who wait get to know that there is no reply.
        *lock(&self.expected) = Expected { has_ended: true, ..Expected::default() };
    }

    fn keep_what_is_printed(&self, errors: &mut impl io::Read) {
        let mut some = [0; 1 << 10];
        while let Ok(read @ 1..) = errors.read(&mut some) {
            let mut printed = lock(&self.printed);
            printed.extend_from_slice(&some[..read]);
            let surplus = printed.len().saturating_sub(SHOWN);
            printed.drain(..surplus);
        }
    }

    fn gone(&self) -> Gone {
        if self.is_killed.load(Ordering::SeqCst) {
            return Gone::Killed;
        }
        Gone::Ended { printed: String::from_utf8_lossy(&lock(&self.printed)).trim().to_owned() }
    }
}

/// How much of what a process has printed is kept, in bytes: the last words say why it ended.
const SHOWN: usize = 1 << 11;

/// Why there is no reply.
#[derive(Debug)]
enum Gone {
    Killed,
    Ended { printed: String },
}

impl fmt::Display for Gone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed => formatter.write_str("the process was killed"),
            Self::Ended { printed } if printed.is_empty() => formatter.write_str("the process ended by itself"),
            Self::Ended { printed } => write!(formatter, "the process ended by itself, and printed at last: {printed}"),
        }
    }
}

impl std::error::Error for Gone {}

/// A handle onto a store in a victim.
struct InVictim {
    shared: Arc<Shared>,
    number: usize,
    history: Arc<History>,
}

impl InVictim {
    async fn call(&self, key: &[u8], value: Option<Bytes>, options: &Options) -> Answer {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        {
            let mut expected = lock(&self.shared.expected);
            if expected.has_ended {
                drop(sender);
            } else {
                expected.calls.insert(id, sender);
            }
        }
        self.shared.world.disk().into_iter().for_each(Disk::call_begins);
        let mut call = Running { shared: &self.shared, id, has_ended: false };
        let (key, options) = (Bytes::copy_from_slice(key), options.clone());
        self.shared.order(&Order::Call { id, handle: self.number, key, value, options });
        let answer = answer.await;
        call.has_ended = true;
        match answer {
            Ok(Answer::Panicked { message }) => {
                self.history.panicked(message.clone());
                std::panic::resume_unwind(Box::new(message))
            }
            Ok(answer) => answer,
            Err(_) => Answer::Failed(Error::backend(self.shared.gone())),
        }
    }
}

/// A call of a victim. If it is dropped before it has ended, its future is dropped there, too.
struct Running<'a> {
    shared: &'a Shared,
    id: u64,
    has_ended: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_ended && lock(&self.shared.expected).calls.remove(&self.id).is_some() {
            self.shared.order(&Order::Drop { id: self.id });
        }
    }
}

#[async_trait]
impl ValueStore for InVictim {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        match self.call(key, Some(value), options).await {
            Answer::Stored => Ok(()),
            Answer::Failed(error) => Err(error),
            Answer::Found(_) | Answer::Panicked { .. } => unreachable!("a put finds nothing, and panics went on above"),
        }
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        match self.call(key, None, options).await {
            Answer::Found(found) => Ok(found),
            Answer::Failed(error) => Err(error),
            Answer::Stored | Answer::Panicked { .. } => unreachable!("a get stores nothing, and panics went on above"),
        }
    }
}

impl Drop for InVictim {
    fn drop(&mut self) {
        self.shared.order(&Order::Close { handle: self.number });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one step, so a panic has left it consistent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
