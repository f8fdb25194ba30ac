//! What the documentation of this module says, as processes see it that use the disk.

use std::io;
use std::process::Stdio;

use super::*;
use crate::conformance::world::Scratch;

/// A disk, and scripts that run on it.
struct Tried {
    scratch: Scratch,
    disk: Disk,
}

impl Tried {
    fn new() -> Self {
        let scratch = Scratch::new().unwrap();
        let disk = Disk::new(scratch.path()).unwrap();
        Self { scratch, disk }
    }

    /// A disk on which a script has run.
    fn after(script: &str) -> Self {
        let tried = Self::new();
        assert_eq!(tried.run(script), "");
        tried
    }

    fn start(&self, script: &str) -> std::process::Child {
        let mut command = std::process::Command::new("sh");
        command.args(["-ec", &format!("cd '{}'; {script}", self.scratch.path().display())]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Disk::spawn(command).unwrap()
    }

    /// What a script prints.
    fn run(&self, script: &str) -> String {
        let output = self.start(script).wait_with_output().unwrap();
        [output.stdout, output.stderr].map(|printed| String::from_utf8_lossy(&printed).into_owned()).concat()
    }

    /// Lets the power go, and come back.
    fn without_power(self, kind: usize, seed: u64) -> Self {
        self.disk.hold();
        self.disk.switch_off();
        self.disk.switch_on(Draw { kind, seed }).unwrap();
        self
    }

    /// What a script prints after each of many power losses after the first script.
    fn printed_after_power_losses(first: &str, then: &str) -> Vec<String> {
        let draws = (0..Draw::KINDS).flat_map(|kind| (0..5).map(move |seed| (kind, seed)));
        let printed = draws.map(|(kind, seed)| Self::after(first).without_power(kind, seed).run(then));
        let mut printed: Vec<_> = printed.collect();
        printed.sort_unstable();
        printed.dedup();
        printed
    }
}

#[test]
fn it_is_a_file_system() {
    let tried = Tried::new();
    let said = tried.run(
        "echo one > a; mkdir d; mv a d/b; cat d/b; ln d/b c; rm d/b; cat c; ln -s c s; cat s; rmdir d; ls; printf 12345 > c; \
         printf ab | dd of=c bs=1 seek=1 conv=notrunc status=none; cat c; truncate -s 3 c; cat c; chmod 600 c; stat -c %a c",
    );
    assert_eq!(said, "one\none\none\nc\ns\n1ab451ab600\n");
    let refused =
        tried.run("mkdir d; touch d/e; rmdir d || true; mkdir d || true; cat none || true; mv -T d c || true");
    let reasons = ["Directory not empty", "File exists", "No such file or directory", "cannot overwrite"];
    let told: Vec<_> = refused.lines().filter(|line| reasons.iter().any(|reason| line.contains(reason))).collect();
    assert_eq!(told.len(), refused.lines().count(), "{refused}");
    assert_eq!(tried.run("(flock -n 9 && (flock -n 8 || echo taken) 8> lock) 9> lock"), "taken\n");
}

#[test]
fn it_has_what_servers_ask_of_a_directory() {
    let tried = Tried::new();
    assert_eq!(tried.run("stat -c %a .; chmod 750 .; stat -c %a .; mkfifo p; stat -c %F p"), "700\n750\nfifo\n");
    assert_eq!(tried.run("touch -d @1000 f; stat -c %Y f; ln -s target s; stat -c %s s"), "1000\n6\n");
    let long = format!("touch {} || true", "n".repeat(256));
    assert!(tried.run(&long).contains("File name too long"));
    let socket = tried.scratch.path().join("socket");
    let said = mount::inside(move || -> io::Result<Vec<u8>> {
        let server = std::os::unix::net::UnixListener::bind(&socket)?;
        let mut client = std::os::unix::net::UnixStream::connect(&socket)?;
        std::io::Write::write_all(&mut server.accept()?.0, b"hello")?;
        let mut said = Vec::new();
        std::io::Read::read_to_end(&mut client, &mut said)?;
        Ok(said)
    });
    assert_eq!(said.unwrap().unwrap(), b"hello");
}

#[test]
fn a_sync_that_failed_is_told_once_to_each_who_had_the_file_open() {
    let tried = Tried::after("printf old > f; sync f .");
    let path = tried.scratch.path().join("f");
    let open = move || -> io::Result<_> {
        let open = || std::fs::OpenOptions::new().write(true).open(&path);
        let mut files = [open()?, open()?];
        std::io::Write::write_all(&mut files[0], b"new")?;
        Ok(files)
    };
    let files = mount::inside(open).unwrap().unwrap();
    tried.disk.fail(Fault::FailedSyncs);
    let synced =
        mount::inside(move || [&files[1], &files[0], &files[0], &files[1]].map(|file| file.sync_data().is_ok()));
    assert_eq!(synced.unwrap(), [false, false, true, true]);
    tried.disk.heal();
    assert_eq!(tried.without_power(0, 0).run("cat f"), "old");
}

#[test]
fn a_directory_can_be_emptied_while_it_is_read() {
    let tried = Tried::new();
    assert_eq!(tried.run("mkdir d; cd d; seq 3000 | xargs touch; cd ..; ls d | wc -l; rm -r d; ls"), "3000\n");
}

#[test]
fn what_was_synced_is_there() {
    let first = "printf old > f; printf synced > g; sync f g .; printf new > f; sync -d f";
    assert_eq!(Tried::printed_after_power_losses(first, "cat f g; ls"), ["newsyncedf\ng\n"]);
}

#[test]
fn of_what_was_written_since_any_part_is_there() {
    let first = "dd if=/dev/zero bs=4096 count=4 status=none | tr '\\0' a > f; sync f .; \
                 dd if=/dev/zero bs=4096 count=4 status=none | tr '\\0' b | dd of=f conv=notrunc bs=4096 status=none";
    // Each sector is old or new, so no other letter is there, and each run of one letter is of whole sectors.
    let found = Tried::printed_after_power_losses(first, "cat f");
    assert!(found.iter().all(|bytes| bytes.len() == 16_384));
    let sectors = |bytes: &String| -> Vec<Vec<u8>> { bytes.as_bytes().chunks(512).map(<[u8]>::to_vec).collect() };
    assert!(
        found.iter().flat_map(sectors).all(|sector| [[b'a'; 512], [b'b'; 512]].iter().any(|all| all[..] == sector))
    );
    let is_torn =
        |bytes: &String| bytes.as_bytes().chunks(4096).any(|page| page.contains(&b'a') && page.contains(&b'b'));
    let is_whole = |letter: u8| move |bytes: &String| bytes.bytes().all(|byte| byte == letter);
    assert!(found.iter().any(is_torn) && found.iter().any(is_whole(b'a')), "torn, old");
    let has_a_hole = |bytes: &String| {
        let pages: Vec<u8> = bytes.as_bytes().chunks(4096).map(|page| page[0]).collect();
        pages[1..].windows(2).any(|pages| pages == [b'a', b'b'])
    };
    assert!(found.iter().any(has_a_hole), "a page is missing amid others");
}

#[test]
fn a_file_that_has_grown_may_have_its_length_and_zeros() {
    let first = "printf old > f; sync f .; printf newer >> f";
    let found = Tried::printed_after_power_losses(first, "cat f");
    assert!(found.contains(&"old".to_owned()) && found.contains(&"oldnewer".to_owned()), "{found:?}");
    assert!(found.contains(&"old\0\0\0\0\0".to_owned()), "{found:?}");
}

#[test]
fn changes_of_names_survive_in_their_order() {
    let first = "touch a; mv a b; mkdir d; mv b d/c; rm d/c; rmdir d";
    let found = Tried::printed_after_power_losses(first, "find . | sort | tr '\\n' ' '");
    let possible = [". ", ". ./a ", ". ./b ", ". ./b ./d ", ". ./d ./d/c ", ". ./d "];
    assert!(found.iter().all(|names| possible.contains(&names.as_str())), "{found:?}");
    assert!(found.len() >= 3, "{found:?}");
}

#[test]
fn a_sync_of_a_directory_writes_all_changes_up_to_its_last_one() {
    let first = "mkdir d e; touch d/a e/b; sync d; touch e/c";
    let found = Tried::printed_after_power_losses(first, "ls d");
    assert_eq!(found, ["a\n"]);
    let of_others = Tried::printed_after_power_losses(first, "ls e");
    // What was changed in another directory before that, in part after.
    assert_eq!(of_others, ["", "b\n", "b\nc\n"]);
}

#[test]
fn a_sync_of_a_file_writes_its_name_and_if_it_has_grown_all_changes_before() {
    assert_eq!(Tried::printed_after_power_losses("printf v > f; mv f g; sync g", "ls; cat g"), ["g\nv"]);
    let grown = "printf v > f; sync f .; touch a; printf w >> f; sync f";
    assert_eq!(Tried::printed_after_power_losses(grown, "ls"), ["a\nf\n"]);
    let of_data = "printf v > f; sync f .; mv f g; sync -d g";
    assert_eq!(Tried::printed_after_power_losses(of_data, "ls"), ["f\n", "g\n"], "a name is no data");
    let as_long = "printf v > f; sync f .; touch a; printf w | dd of=f conv=notrunc status=none; sync f";
    assert_eq!(Tried::printed_after_power_losses(as_long, "ls"), ["a\nf\n", "f\n"]);
}

#[test]
fn a_file_that_is_renamed_before_it_is_synced_may_take_the_old_value_with_it() {
    let first = "printf old > f; sync f .; printf new > n; mv n f; sync .";
    let found = Tried::printed_after_power_losses(first, "cat f");
    assert!(found.contains(&String::new()) && found.contains(&"new".to_owned()), "{found:?}");
    assert!(!found.contains(&"old".to_owned()), "{found:?}");
}

#[test]
fn what_was_emptied_and_written_again_may_be_empty() {
    let found = Tried::printed_after_power_losses("printf old > f; sync f .; printf new > f", "cat f");
    assert!(["", "old", "new"].iter().all(|content| found.contains(&(*content).to_owned())), "{found:?}");
}

#[test]
fn a_sync_of_everything_writes_nothing() {
    let found = Tried::printed_after_power_losses("printf v > f; sync -f f; sync", "ls");
    assert!(found.contains(&String::new()), "{found:?}");
}

#[test]
fn a_kill_alone_loses_nothing() {
    let tried = Tried::after("printf unsynced > f");
    tried.disk.hold();
    tried.disk.forsake(false);
    assert_eq!(tried.run("cat f"), "unsynced");
}

#[test]
fn a_sync_that_fails_drops_what_it_should_have_written_and_the_next_one_is_fine() {
    let tried = Tried::after("printf old > f; sync f .; printf new | dd of=f conv=notrunc status=none");
    tried.disk.fail(Fault::FailedSyncs);
    assert!(tried.run("sync f || true").contains("Input/output error"));
    assert_eq!(tried.run("sync f; cat f"), "new");
    tried.disk.heal();
    assert_eq!(tried.run("sync f"), "");
    assert_eq!(tried.without_power(0, 0).run("cat f"), "old");
}

#[test]
fn a_full_disk_takes_no_more_pages_until_there_is_room() {
    let tried = Tried::after("dd if=/dev/zero of=f bs=4096 count=4 status=none");
    tried.disk.fail(Fault::Full);
    let more = "dd if=/dev/zero of=g bs=40960 count=1 status=none || true";
    assert!(tried.run(more).contains("No space left on device"));
    assert_eq!(tried.run("stat -c %s g"), "8192\n", "as much as there was room for");
    assert_eq!(tried.run("dd if=/dev/zero of=f bs=4096 count=4 conv=notrunc status=none"), "", "these pages are there");
    assert_eq!(tried.run("truncate -s 8192 f; dd if=/dev/zero of=h bs=8192 count=1 status=none"), "");
    tried.disk.heal();
    assert_eq!(tried.run("fallocate -l 40960 a"), "");
    tried.disk.fail(Fault::Full);
    assert_eq!(tried.run("dd if=/dev/zero of=a bs=4096 count=10 conv=notrunc status=none"), "", "this room was kept");
    tried.disk.heal();
    assert_eq!(tried.run("dd if=/dev/zero of=h bs=4096 count=99 status=none"), "");
}

#[test]
fn writes_and_reads_fail_also_of_what_was_read_before() {
    let tried = Tried::after("printf v > f; cat f > /dev/null");
    tried.disk.fail(Fault::FailedWrites);
    assert!(tried.run("printf w > g || true").contains("I/O error"));
    assert_eq!(tried.run("cat f"), "v");
    tried.disk.fail(Fault::FailedReads);
    assert!(tried.run("cat f || true").contains("Input/output error"));
    tried.disk.heal();
    assert_eq!(tried.run("cat f; printf w > g; cat g"), "vw");
}

#[test]
fn a_disk_that_hangs_answers_when_it_is_well_again() {
    let tried = Tried::after("printf v > f");
    tried.disk.fail(Fault::Stalled);
    let mut script = tried.start("printf w > g; cat f g");
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert!(script.try_wait().unwrap().is_none(), "it waits");
    tried.disk.heal();
    let output = script.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"vw");
}

/// What is there when a process was killed at an operation of a script, and which moment that was.
fn killed_at(operation: usize, is_amid: bool, script: &str, then: &str) -> (String, Moment) {
    let tried = Tried::after("printf old > f");
    tried.disk.call_begins();
    tried.disk.hold_at(operation);
    let mut process = tried.start(&format!("exec sh -ec '{script}'"));
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(tried.disk.held());
    let moment = tried.disk.hold();
    process.kill().unwrap();
    tried.disk.forsake(is_amid);
    process.wait().unwrap();
    (tried.run(then), moment)
}

#[test]
fn a_process_is_killed_between_two_operations() {
    let script = "printf new > n; mv n f";
    let names = |operation| killed_at(operation, false, script, "ls; cat f");
    let neighbours = |done, next| Neighbours { done, next };
    let expected = [
        ("f\nold", neighbours(None, Some("creat"))),
        ("f\nn\nold", neighbours(Some("creat"), Some("write"))),
        ("f\nn\nold", neighbours(Some("write"), Some("rename"))),
    ];
    for (operation, (found, neighbours)) in (1..).zip(expected) {
        let moment = Moment::Before { operation, neighbours, is_amid: false };
        assert_eq!(names(operation), (found.to_owned(), moment));
    }
}

#[test]
fn half_of_a_large_write_may_be_done_when_a_process_is_killed() {
    let script = "exec dd if=/dev/zero of=n bs=40960 count=1 status=none";
    assert_eq!(killed_at(2, true, script, "stat -c %s n").0, "20480\n");
    assert_eq!(killed_at(2, false, script, "stat -c %s n").0, "0\n");
    let amid_a_page = "exec dd if=/dev/zero of=n bs=40960 count=1 seek=1000 oflag=seek_bytes status=none";
    assert_eq!(killed_at(3, true, amid_a_page, "stat -c %s n").0, "20480\n", "up to the end of a page");
}

#[test]
fn a_disk_that_is_gone_is_seen_by_nobody_and_leaves_its_place() {
    let Tried { scratch, disk } = Tried::after("touch f");
    let place = scratch.path().to_owned();
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0, "this process does not see it");
    disk.remove();
    let mut mounts = std::process::Command::new("cat");
    mounts.arg("/proc/self/mounts").stdout(Stdio::piped());
    let mounts = Disk::spawn(mounts).unwrap().wait_with_output().unwrap().stdout;
    assert!(!String::from_utf8_lossy(&mounts).contains(&place.display().to_string()));
    drop(scratch);
    assert!(!place.exists());
}
