//! Faults of calls that run at the same time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use tokio::time::sleep;
use value_store::{Bytes, Error};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, step};

/// Long enough for calls on other threads to begin.
const A_WHILE: Duration = Duration::from_millis(20);

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("gets share one place").caught_by("concurrency::gets_side_by_side", "ran at the same time: is the ans").get(
        step!(|base, key, _| {
            let found = base.read(key)?;
            base.other.lock().unwrap().insert(Vec::new(), found);
            std::thread::yield_now();
            sleep(Duration::from_millis(1)).await;
            Ok(base.other.lock().unwrap()[&Vec::new()].clone())
        }),
    ),
    mutant("a large put shuts the others out")
        .caught_by("concurrency::large_put_beside_small_calls", "had not returned when the deadline of 40 s had passed")
        .put(step!(|base, key, value, _| {
            if value.len() >= 1 << 20 {
                let all = base.permits.acquire_many(100).await.unwrap();
                sleep(Duration::from_millis(5)).await;
                all.forget();
                base.permits.add_permits(99);
            }
            let Ok(_one) = base.permits.try_acquire() else { return Err(Error::backend("busy")) };
            base.write(key, value)
        })),
    mutant("one thread only")
        .caught_by("factory::store_moves_between_tasks", "ended with Backend: another thread, where put")
        .first(|base, _| {
            let here = format!("{:?}", std::thread::current().id());
            let first = base.other.lock().unwrap().entry(Vec::new()).or_insert(here.clone().into()).clone();
            if first == here { Ok(()) } else { Err(Error::backend("another thread")) }
        }),
    mutant("what a get read before a put is cached after it")
        .caught_by("concurrency::put_amid_a_get", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let cached = base.other.lock().unwrap().get(key).cloned();
            if let Some(cached) = cached {
                return Ok(cached);
            }
            let found = base.read(key)?;
            sleep(Duration::from_millis(1)).await;
            base.other.lock().unwrap().insert(key.to_vec(), found.clone());
            Ok(found)
        })),
    mutant("a miss from before a put is cached after it")
        .caught_by("concurrency::put_amid_a_miss", "came before the put and missed: is the miss remembered?")
        .put(step!(|base, key, value, _| {
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            if base.other.lock().unwrap().contains_key(key) {
                return Err(Error::NotFound);
            }
            let found = base.read(key);
            tokio::task::yield_now().await;
            if found.is_err() {
                base.other.lock().unwrap().insert(key.to_vec(), "".into());
            }
            found
        })),
    mutant("written in halves").caught_by("concurrency::same_key_one_whole_value", ", which is ").put(step!(
        |base, key, value, _| {
            let (mut half, rest) = (value.clone(), value.len() / 2);
            half.truncate(rest);
            for (part, from) in [(half, 0), (value.slice(rest..), rest)] {
                let mut whole = base.read(key).unwrap_or_default().to_vec();
                whole.resize(value.len(), 0);
                whole[from..from + part.len()].copy_from_slice(&part);
                base.write(key, whole.into())?;
                sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        }
    )),
    mutant("removed, then written").caught_by("concurrency::misses_beside_puts", "ended with NotFound").put(step!(
        |base, key, value, _| {
            base.values.lock().unwrap().remove(key);
            sleep(Duration::from_millis(1)).await;
            base.write(key, value)
        }
    )),
    mutant("the whole map is read and written")
        .caught_by("concurrency::distinct_keys_all_land", "ended with NotFound, where put")
        .put(step!(|base, key, value, _| {
            let mut copy = base.values.lock().unwrap().clone();
            sleep(A_WHILE).await;
            copy.insert(key.to_vec(), value);
            *base.values.lock().unwrap() = copy;
            sleep(A_WHILE).await;
            Ok(())
        })),
    mutant("a value is copied with the lock let go halfway")
        .caught_by("concurrency::read_beside_write_old_or_new", ", which is ")
        .put(step!(|base, key, value, _| {
            base.write(key, value.slice(..value.len() / 2))?;
            std::thread::sleep(Duration::from_millis(2));
            base.write(key, value)
        })),
    mutant("busy while another thread reads")
        .caught_by("concurrency::gets_side_by_side", "ended with Backend: busy, where put")
        .get(step!(|base, key, _| {
            let Ok(_reading) = base.lock.try_lock() else { return Err(Error::backend("busy")) };
            std::thread::sleep(Duration::from_millis(5));
            base.read(key)
        })),
    mutant("a get joins one of another key")
        .caught_by("concurrency::gets_amid_each_other", "has that value: is the answer to a call that was given u")
        .get(step!(|base, key, _| {
            let under_way = base.other.lock().unwrap().get(&b""[..]).cloned();
            if let Some(found) = under_way {
                return Ok(found);
            }
            let found = base.read(key)?;
            base.other.lock().unwrap().insert(Vec::new(), found.clone());
            sleep(A_WHILE).await;
            base.other.lock().unwrap().clear();
            Ok(found)
        })),
    mutant("a get joins one from before the last put")
        .caught_by("concurrency::put_amid_a_get", "it is the older value, of put")
        .get(step!(|base, key, _| {
            let under_way = base.other.lock().unwrap().get(key).cloned();
            if let Some(found) = under_way {
                return Ok(found);
            }
            let found = base.read(key)?;
            base.other.lock().unwrap().insert(key.to_vec(), found.clone());
            let _over = Guard(|| drop(base.other.lock().unwrap().remove(key)));
            sleep(A_WHILE).await;
            Ok(found)
        })),
    mutant("a put beside another is left out")
        .caught_by(
            "concurrency::puts_amid_each_other",
            "it fails only if put 1 and put 2 run at the same time: does one undo",
        )
        .put(step!(|base, key, value, _| {
            let Ok(_turn) = base.lock.try_lock() else { return Ok(()) };
            sleep(A_WHILE).await;
            base.write(key, value)
        })),
    mutant("a put beside another is busy")
        .caught_by("concurrency::puts_amid_each_other", "ended with Backend: busy, and not with Ok")
        .put(step!(|base, key, value, _| {
            let Ok(_turn) = base.lock.try_lock() else { return Err(Error::backend("busy")) };
            sleep(A_WHILE).await;
            base.write(key, value)
        })),
    mutant("a put beside another panics")
        .caught_by("concurrency::puts_amid_each_other", " panicked: nobody else writes: TryLockError(())")
        .put(step!(|base, key, value, _| {
            let _turn = base.lock.try_lock().expect("nobody else writes");
            sleep(A_WHILE).await;
            base.write(key, value)
        })),
    mutant("one temporary file")
        .caught_by("concurrency::puts_amid_each_other", "returned \"v12\" (3 B)")
        .put(step!(|base, key, value, _| renamed(base, b"temporary", key, value).await)),
    mutant("a temporary file of the name of the key")
        .caught_by(
            "concurrency::put_amid_a_put",
            "returned \"v12\" (3 B), which is neither \"v1\" (2 B) nor \"v2\" (2 B)",
        )
        .put(step!(|base, key, value, _| renamed(base, key, key, value).await)),
    mutant("eight puts at once, and the ninth is lost")
        .caught_by("round_trip::many_keys_each_their_own", "ended with NotFound, where put")
        .put(step!(|base, key, value, _| {
            let Ok(_place) = base.permits.try_acquire_many(12) else { return Ok(()) };
            sleep(Duration::from_millis(2)).await;
            base.write(key, value)
        })),
    mutant("sixteen gets at once, and the next is refused")
        .caught_by("round_trip::many_keys_each_their_own", "ended with Backend: pool exhausted, where put")
        .get(step!(|base, key, _| {
            let Ok(_place) = base.permits.try_acquire_many(6) else { return Err(Error::backend("pool exhausted")) };
            sleep(Duration::from_millis(2)).await;
            base.read(key)
        })),
    mutant("of two puts in one tick of the clock, the first wins")
        .caught_by("overwrite::second_put_wins", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            let tick = Bytes::from((base.next() / 1_000).to_string());
            let before = base.other.lock().unwrap().insert(key.to_vec(), tick.clone());
            if before == Some(tick) { Ok(()) } else { base.write(key, value) }
        })),
    mutant("put and get take two locks in two orders")
        .caught_by("concurrency::get_amid_a_put", "calls ran at the same time, and none has ended: do they wait for")
        .put(step!(|base, key, value, _| {
            let _one = base.lock.lock().await;
            sleep(A_WHILE).await;
            let _other = base.permits.acquire_many(100).await;
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let _other = base.permits.acquire_many(100).await;
            sleep(A_WHILE).await;
            let _one = base.lock.lock().await;
            base.read(key)
        })),
    mutant("a reader becomes a writer")
        .caught_by(
            "concurrency::puts_amid_each_other",
            "calls ran at the same time, and none has ended: do they wait for",
        )
        .put(step!(|base, key, value, _| {
            let _reader = base.permits.acquire().await;
            sleep(A_WHILE).await;
            let _writer = base.permits.acquire_many(99).await;
            base.write(key, value)
        })),
    mutant("keys are out of sight while the map grows")
        .caught_by("concurrency::misses_beside_puts", "ended with NotFound, where put")
        .put(step!(|base, key, value, _| {
            let full = base.values.lock().unwrap().len() == 32;
            if full {
                let values = std::mem::take(&mut *base.values.lock().unwrap());
                sleep(10 * A_WHILE).await;
                base.values.lock().unwrap().extend(values);
            }
            base.write(key, value)
        })),
    mutant("each thread has its own values")
        .caught_by("concurrency::completed_put_seen_by_other_tasks", "ended with NotFound, where put")
        .put(step!(|base, key, value, _| {
            of_this_thread(|values| values.insert((base.number, key.to_vec()), value));
            Ok(())
        }))
        .get(step!(|base, key, _| of_this_thread(|values| values.get(&(base.number, key.to_vec())).cloned())
            .ok_or(Error::NotFound))),
    mutant("each task has a cache")
        .caught_by("concurrency::tasks_keep_nothing_to_themselves", "it is the older value, of put 1")
        .put(step!(|base, key, value, _| {
            if let Some(place) = of_this_task(key) {
                base.other.lock().unwrap().insert(place, value.clone());
            }
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let found = base.read(key)?;
            let Some(place) = of_this_task(key) else { return Ok(found) };
            Ok(base.other.lock().unwrap().entry(place).or_insert(found).clone())
        })),
    mutant("a task does not put again what it put last")
        .caught_by("concurrency::tasks_keep_nothing_to_themselves", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            let last = of_this_task(key).and_then(|place| base.other.lock().unwrap().insert(place, value.clone()));
            if last == Some(value.clone()) { Ok(()) } else { base.write(key, value) }
        })),
    mutant("each thread has a cache")
        .caught_by("concurrency::threads_keep_nothing_to_themselves", "it is the older value, of put 1")
        .put(step!(|base, key, value, _| {
            of_this_thread(|values| values.insert((base.number, key.to_vec()), value.clone()));
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let found = base.read(key)?;
            Ok(of_this_thread(|values| values.entry((base.number, key.to_vec())).or_insert(found).clone()))
        })),
    mutant("a put joins one of the same value that is under way")
        .caught_by("concurrency::same_put_amid_a_put", "ran at the same time: is it agreed")
        .put(step!(|base, key, value, _| {
            let (put, number) = ([key, b"=", &value].concat(), Bytes::from(base.next().to_string()));
            let under_way = base.other.lock().unwrap().get(&put).cloned();
            if under_way.is_some() {
                while base.other.lock().unwrap().get(&put) == under_way.as_ref() {
                    sleep(Duration::from_millis(1)).await;
                }
                return Ok(());
            }
            base.other.lock().unwrap().insert(put.clone(), number);
            let _over = Guard(|| drop(base.other.lock().unwrap().remove(&put)));
            base.write(key, value)?;
            tokio::task::yield_now().await;
            Ok(())
        })),
    mutant("values are written in pieces of 256 KiB")
        .caught_by("concurrency::get_amid_a_put", "returned 262145 other bytes, which is not 262145 B")
        .put(step!(|base, key, value, _| {
            let mut whole = base.read(key).unwrap_or_default().to_vec();
            whole.resize(value.len(), 0);
            for start in (0..value.len().max(1)).step_by(256 << 10) {
                let end = value.len().min(start + (256 << 10));
                whole[start..end].copy_from_slice(&value[start..end]);
                base.write(key, whole.clone().into())?;
                sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        })),
    mutant("values are read in pieces of 256 KiB")
        .caught_by(
            "concurrency::put_amid_a_get",
            "it fails only if get 2 and put 3 run at the same time: do they share",
        )
        .get(step!(|base, key, _| {
            let length = base.read(key)?.len();
            let mut whole = Vec::with_capacity(length);
            while whole.len() < length {
                let now = base.read(key)?;
                let end = now.len().min(whole.len() + (256 << 10));
                whole.extend_from_slice(now.get(whole.len()..end).unwrap_or_default());
                if end == now.len() {
                    break;
                }
                sleep(Duration::from_millis(1)).await;
            }
            Ok(whole.into())
        })),
    mutant("a get that began before a put is cached after it, however late")
        .caught_by("concurrency::put_amid_a_get", "it is the older value, of put")
        .put(step!(|base, key, value, _| {
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let cached = base.other.lock().unwrap().get(key).cloned();
            if let Some(cached) = cached {
                return Ok(cached);
            }
            let found = base.read(key)?;
            tokio::task::yield_now().await;
            base.other.lock().unwrap().insert(key.to_vec(), found.clone());
            Ok(found)
        })),
    mutant("a cache of what was read first").caught_by("concurrency::reads_do_not_go_back", " returned ").get(step!(
        |base, key, _| {
            let cached = base.other.lock().unwrap().get(key).cloned();
            let found = cached.map_or_else(|| base.read(key), Ok)?;
            base.other.lock().unwrap().insert(key.to_vec(), found.clone());
            Ok(found)
        }
    )),
];

/// Writes a value to a temporary file in two steps, and makes it the value of its key in a third.
async fn renamed(base: &Base, temporary: &[u8], key: &[u8], value: Bytes) -> Result<(), Error> {
    let half = value.len() / 2;
    base.other.lock().unwrap().insert(temporary.to_vec(), value.slice(..half));
    sleep(A_WHILE).await;
    let begun = base.other.lock().unwrap().remove(temporary).unwrap_or_default();
    let whole = [begun, value.slice(half..)].concat();
    base.other.lock().unwrap().insert(temporary.to_vec(), whole.into());
    sleep(A_WHILE).await;
    let written = base.other.lock().unwrap().get(temporary).cloned().unwrap_or_default();
    base.write(key, written)
}

/// Does something when it is dropped.
struct Guard<F: Fn()>(F);

impl<F: Fn()> Drop for Guard<F> {
    fn drop(&mut self) {
        self.0();
    }
}

/// Where this task keeps something about a key, if this is a task.
fn of_this_task(key: &[u8]) -> Option<Vec<u8>> {
    Some([format!("{}=", tokio::task::try_id()?).as_bytes(), key].concat())
}

type OfAThread = HashMap<(usize, Vec<u8>), Bytes>;

fn of_this_thread<T>(work: impl FnOnce(&mut OfAThread) -> T) -> T {
    thread_local! {
        static VALUES: RefCell<OfAThread> = RefCell::default();
    }
    VALUES.with_borrow_mut(work)
}
