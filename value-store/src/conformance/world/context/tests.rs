//! What a restart and the end of a world keep, and in which order they drop the rest.

use std::sync::mpsc::{Sender, channel};

use super::*;

struct TellsItsDrop(&'static str, Sender<&'static str>);

impl Drop for TellsItsDrop {
    fn drop(&mut self) {
        let _ = self.1.send(self.0);
    }
}

struct First(#[expect(dead_code, reason = "told when dropped")] TellsItsDrop);
struct Second(#[expect(dead_code, reason = "told when dropped")] TellsItsDrop);

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
    context.keep(TellsItsDrop("first guard", told.clone()));
    context.keep(TellsItsDrop("second guard", told.clone()));
    let second = async || {
        context.share(async || Ok::<_, ()>(First(TellsItsDrop("first shared", told.clone())))).await?;
        Ok::<_, ()>(Second(TellsItsDrop("second shared", told.clone())))
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

#[test]
fn a_name_is_a_short_word_that_outlives_a_restart() {
    let context = Context::default();
    let name = context.name().to_owned();
    assert_eq!(name.len(), 24);
    assert!(name.starts_with(|char: char| char.is_ascii_lowercase()), "{name}");
    assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{name}");
    context.restart();
    assert_eq!(context.name(), name);
}

#[test]
fn no_two_worlds_have_one_name() {
    let threads: Vec<_> =
        (0..4).map(|_| std::thread::spawn(|| (0..1_000).map(|_| Context::default()).collect::<Vec<_>>())).collect();
    let worlds: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let names: BTreeSet<_> = worlds.iter().map(Context::name).collect();
    assert_eq!(names.len(), worlds.len());
}
