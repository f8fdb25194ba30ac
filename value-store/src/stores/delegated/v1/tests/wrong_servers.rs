//! The client against servers that are wrong, or broken.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// A client of a server that sends this to each connection, and closes it.
async fn client_that_is_sent(answer: Vec<u8>) -> IpnsStore {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4_096];
                // A request is small, and comes in one piece or two: the head, and a record.
                let _ = connection.read(&mut request).await;
                let _ = connection.write_all(&answer).await;
                let _ = connection.shutdown().await;
                while connection.read(&mut request).await.is_ok_and(|length| length > 0) {}
            });
        }
    });
    IpnsStore::new(&url).unwrap()
}

fn answer(status: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

const RECORD: &str = "application/vnd.ipfs.ipns-record";

async fn get_from(owner: &Owner, answer: Vec<u8>) -> Result<Bytes, Error> {
    get(&client_that_is_sent(answer).await, owner).await
}

async fn put_to(owner: &Owner, answer: Vec<u8>) -> Result<(), Error> {
    put(&client_that_is_sent(answer).await, owner, &owner.numbered(1)).await
}

fn check_backend(error: &Error, says: &str) {
    assert!(error.is_backend() && chain(error).contains(says), "{error:?}");
}

#[tokio::test]
async fn a_record_is_known_by_its_content_type() {
    let owner = Owner::new();
    let record = owner.numbered(1);
    assert_eq!(get_from(&owner, answer("200 OK", RECORD, &record)).await.unwrap(), record);
    assert_eq!(get_from(&owner, answer("200 OK", &format!("{RECORD}; v=1"), &record)).await.unwrap(), record);
    for other in ["text/plain; charset=utf-8", "application/json", "application/octet-stream"] {
        assert!(get_from(&owner, answer("200 OK", other, &record)).await.unwrap_err().is_not_found(), "{other}");
    }
    let untyped = [b"HTTP/1.1 200 OK\r\n\r\n", &record[..]].concat();
    assert!(get_from(&owner, untyped).await.unwrap_err().is_not_found());
    let long_page = answer("200 OK", "text/html", &vec![b'x'; 100_000]);
    assert!(get_from(&owner, long_page).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn not_found_means_that_there_is_no_record() {
    let owner = Owner::new();
    assert!(get_from(&owner, answer("404 Not Found", "text/plain", b"no")).await.unwrap_err().is_not_found());
    check_backend(
        &put_to(&owner, answer("404 Not Found", "text/plain", b"no such path")).await.unwrap_err(),
        "no such path",
    );
}

#[tokio::test]
async fn a_record_that_is_not_valid_is_never_returned() {
    let (owner, other) = (Owner::new(), Owner::new());
    let valid = owner.numbered(1);
    let check = async |bytes: &[u8], says: &str| {
        check_backend(&get_from(&owner, answer("200 OK", RECORD, bytes)).await.unwrap_err(), says);
    };
    check(b"", "no valid IPNS record").await;
    check(b"<html>", "no valid IPNS record").await;
    check(&valid[..valid.len() - 1], "no valid IPNS record").await;
    check(&other.numbered(1), "signature is invalid").await;
    check(&owner.record(1, -1, Duration::ZERO), "was valid until").await;
    check(&[&valid[..], &vec![0; 10 << 10]].concat(), "longer than 10240 bytes").await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    let owner = Owner::new();
    for status in ["200 OK", "404 Not Found", "400 Bad Request"] {
        for content_type in [RECORD, "text/plain"] {
            let mut cut = answer(status, content_type, &owner.numbered(1));
            cut.truncate(cut.len() - 1);
            check_backend(&get_from(&owner, cut.clone()).await.unwrap_err(), "broken off");
            check_backend(&put_to(&owner, cut).await.unwrap_err(), "broken off");
        }
    }
    check_backend(&get_from(&owner, Vec::new()).await.unwrap_err(), "did not answer");
}

#[tokio::test]
async fn a_status_tells_the_error() {
    let owner = Owner::new();
    let with = |status| answer(status, "text/plain", b"the reason\nand more");
    let error = get_from(&owner, with("400 Bad Request")).await.unwrap_err();
    assert!(error.is_invalid_key() && error.to_string().ends_with("the reason"), "{error}");
    for status in ["400 Bad Request", "413 Payload Too Large"] {
        let error = put_to(&owner, with(status)).await.unwrap_err();
        assert!(error.is_invalid_value() && error.to_string().ends_with("the reason"), "{error}");
    }
    assert!(get_from(&owner, with("504 Gateway Timeout")).await.unwrap_err().is_timeout());
    assert!(put_to(&owner, with("504 Gateway Timeout")).await.unwrap_err().is_timeout());
    for status in ["401 Unauthorized", "406 Not Acceptable", "500 Internal Server Error", "302 Found", "204 No Content"]
    {
        let body: &[u8] = if status.starts_with("204") { b"" } else { b"the reason\nand more" };
        let says = if body.is_empty() { "does not say why" } else { "the reason" };
        for error in [
            get_from(&owner, answer(status, "text/plain", body)).await.unwrap_err(),
            put_to(&owner, answer(status, "text/plain", body)).await.unwrap_err(),
        ] {
            check_backend(&error, says);
            check_backend(&error, status);
        }
    }
}

#[tokio::test]
async fn a_silent_server_is_a_timeout_and_not_before_it_has_passed() {
    let (listener, url) = listen().await;
    let owner = Owner::new();
    let key = owner.name().to_key();
    let (default, timeout) = (Duration::from_millis(40), Duration::from_millis(80));
    let store = IpnsStore::builder(&url).timeout(default).build().unwrap();
    for (options, timeout) in [(Options::new(), default), (Options::new().with_timeout(timeout), timeout)] {
        let begun = std::time::Instant::now();
        assert!(soon(store.get(&key, &options)).await.unwrap_err().is_timeout());
        assert!(begun.elapsed() >= timeout);
        let begun = std::time::Instant::now();
        let put = store.put(&key, owner.numbered(1), &options);
        assert!(soon(put).await.unwrap_err().is_timeout());
        assert!(begun.elapsed() >= timeout);
    }
    drop(listener);
}
