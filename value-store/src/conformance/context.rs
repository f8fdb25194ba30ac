//! The world that a factory opens its store in.

use std::any::{Any, TypeId};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libp2p_identity::PeerId;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The world that a factory opens a handle onto.
///
/// Each case has a world of its own, and a factory called again with the same context opens another handle onto the same
/// world. A restart drops all handles and everything that was shared, keeps the directory, and calls the factory anew.
///
/// ```
/// use value_store::{Context, stores::MemoryStore, value_store_tests};
///
/// /// The handles of one world share one store.
/// #[value_store_tests]
/// async fn memory(context: &Context) -> MemoryStore {
///     let store = context.share(async || Ok::<_, String>(MemoryStore::new())).await.unwrap();
///     context.member(store.peer_id());
///     MemoryStore::clone(&store)
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Default)]
pub struct Context {
    path: OnceLock<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    directory: Option<TempDir>,
    shared: HashMap<TypeId, Cell>,
    /// The types of what is shared, in the order in which the values were finished.
    order: Vec<TypeId>,
    guards: Vec<Guard>,
    members: BTreeSet<PeerId>,
}

type Cell = Arc<OnceCell<Arc<dyn Any + Send + Sync>>>;

struct Guard(#[expect(dead_code, reason = "a guard is there to be dropped")] Box<dyn Any + Send>);

impl std::fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Guard")
    }
}

impl Context {
    /// A scratch directory, made at the first call. It is the one thing that outlives a restart, and is gone when the case
    /// ends.
    ///
    /// # Panics
    ///
    /// When the directory cannot be made below the system's place for temporary files (`TMPDIR`); the case that asked for
    /// it fails with that message.
    pub fn dir(&self) -> &Path {
        self.path.get_or_init(|| {
            let directory = tempfile::Builder::new().prefix("value-store-").tempdir();
            let directory = directory.unwrap_or_else(|error| panic!("no scratch directory can be made: {error}"));
            let path = directory.path().to_owned();
            self.state().directory = Some(directory);
            path
        })
    }

    /// A value made once in this world, such as a server, a cluster or an open file: the first call makes it, and every
    /// later one, until the next restart, gets the same. There is one for each type `T`; two servers of one type go into
    /// two types of your own, or into one value.
    ///
    /// ```
    /// use value_store::{Context, stores::MemoryStore, value_store_tests};
    ///
    /// #[value_store_tests]
    /// async fn memory(context: &Context) -> Result<MemoryStore, std::io::Error> {
    ///     let store = context.share(async || std::io::Result::Ok(MemoryStore::new())).await?;
    ///     Ok(MemoryStore::clone(&store))
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// That of `make`. Nothing is kept then, and the next call tries again.
    pub async fn share<T, E>(&self, make: impl AsyncFnOnce() -> Result<T, E>) -> Result<Arc<T>, E>
    where
        T: Send + Sync + 'static,
    {
        let type_id = TypeId::of::<T>();
        let cell = Arc::clone(self.state().shared.entry(type_id).or_default());
        let shared = cell.get_or_try_init(async || {
            let value: Arc<dyn Any + Send + Sync> = Arc::new(make().await?);
            self.state().order.push(type_id);
            Ok(value)
        });
        let shared = shared.await?;
        Ok(Arc::clone(shared).downcast().unwrap_or_else(|_| unreachable!("the cell was found by this type")))
    }

    /// Says that this peer belongs to the world. Once one is named, the `from` of every value must name one of them.
    pub fn member(&self, peer_id: PeerId) {
        self.state().members.insert(peer_id);
    }

    /// Keeps `guard` as long as the world, and drops it with the world: after all handles and all that was shared, the
    /// last kept first.
    pub fn keep(&self, guard: impl Any + Send) {
        self.state().guards.push(Guard(Box::new(guard)));
    }

    pub(crate) fn members(&self) -> BTreeSet<PeerId> {
        self.state().members.clone()
    }

    /// Drops what does not outlive a restart: everything shared, the last made first, since it may stand on the others.
    pub(crate) fn restart(&self) {
        loop {
            let mut state = self.state();
            let Some(newest) = state.order.pop() else { break };
            let cell = state.shared.remove(&newest);
            // What is dropped here may take its time, and may ask for this context.
            drop(state);
            drop(cell);
        }
        self.state().members.clear();
    }

    /// Ends the world, its directory excepted.
    pub(crate) fn end(&self) {
        self.restart();
        loop {
            let guard = self.state().guards.pop();
            if guard.is_none() {
                break;
            }
        }
    }

    /// Removes the directory, whoever still writes to it.
    pub(crate) fn remove_dir(&self) {
        let directory = self.state().directory.take();
        // What cannot be removed lies below the system's place for temporary files, and is no fault of the store.
        let _ = directory.map(TempDir::close);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Each change of the state is one step, so a panic elsewhere has left it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    struct Told(&'static str, Sender<&'static str>);

    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.1.send(self.0);
        }
    }

    struct First(#[expect(dead_code, reason = "told when dropped")] Told);
    struct Second(#[expect(dead_code, reason = "told when dropped")] Told);

    #[tokio::test]
    async fn a_shared_value_is_made_once_until_the_restart() {
        let context = Context::default();
        let share = async |value: u8| *context.share(async || Ok::<_, ()>(value)).await.unwrap();
        assert_eq!((share(1).await, share(2).await), (1, 1));
        context.restart();
        assert_eq!(share(3).await, 3);
    }

    #[tokio::test]
    async fn a_value_that_could_not_be_made_is_tried_again() {
        let context = Context::default();
        assert_eq!(context.share(async || Err::<u8, _>("no")).await, Err("no"));
        assert_eq!(context.share(async || Ok::<u8, &str>(1)).await.as_deref(), Ok(&1));
    }

    #[tokio::test]
    async fn the_world_ends_in_the_reverse_of_the_order_it_was_made_in() {
        let (told, order) = channel();
        let context = Context::default();
        context.keep(Told("first guard", told.clone()));
        context.keep(Told("second guard", told.clone()));
        let second = async || {
            context.share(async || Ok::<_, ()>(First(Told("first shared", told.clone())))).await?;
            Ok::<_, ()>(Second(Told("second shared", told.clone())))
        };
        context.share(second).await.unwrap();
        drop(told);

        context.end();
        drop(context);
        let order: Vec<_> = order.iter().collect();
        assert_eq!(order, ["second shared", "first shared", "second guard", "first guard"]);
    }

    #[test]
    fn the_directory_outlives_a_restart_and_not_the_world() {
        let context = Context::default();
        let path = context.dir().to_owned();
        std::fs::write(path.join("file"), "content").unwrap();
        context.restart();
        assert_eq!(context.dir(), path);
        assert!(path.join("file").exists());

        context.end();
        context.remove_dir();
        assert!(!path.exists());
    }
}
