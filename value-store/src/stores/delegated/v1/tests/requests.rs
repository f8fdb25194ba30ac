//! The router against requests that a test has written itself.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{Method, StatusCode};
use reqwest::Response;

use super::*;
use crate::stores::delegated::endpoint::Endpoint;

const RECORD: &str = "application/vnd.ipfs.ipns-record";

/// A router over memory.
struct Server {
    memory: MemoryStore,
    url: String,
}

impl Server {
    async fn start() -> Self {
        let memory = MemoryStore::new();
        Self { url: serve(memory.clone()).await, memory }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response {
        let endpoint = Endpoint::new(&self.url);
        let url = endpoint.url_of(path).unwrap();
        let request = endpoint.client(&url).unwrap().request(method, url);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        soon(request.body(body.into()).send()).await.unwrap()
    }

    async fn get(&self, owner: &Owner, headers: &[(&str, &str)]) -> Response {
        self.ask(Method::GET, &path(owner), headers, "").await
    }

    async fn put(&self, owner: &Owner, content_type: &str, body: impl Into<Bytes>) -> Response {
        self.ask(Method::PUT, &path(owner), &[("content-type", content_type)], body).await
    }
}

fn path(owner: &Owner) -> String {
    format!("/routing/v1/ipns/{}", owner.name())
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn check(response: Response, status: StatusCode, says: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(header(&response, "access-control-allow-origin"), "*");
    let text = response.text().await.unwrap();
    assert!(text.contains(says), "{text}");
}

/// The number after this word in the header.
fn seconds(header: &str, word: &str) -> i64 {
    header.split(", ").find_map(|part| part.strip_prefix(word)?.strip_prefix('=')?.parse().ok()).unwrap()
}

#[tokio::test]
async fn a_record_comes_with_what_caches_need() {
    let (server, owner) = (Server::start().await, Owner::new());
    let record = owner.record(1, HOUR, Duration::from_secs(300));
    check(server.put(&owner, RECORD, record.clone()).await, StatusCode::OK, "").await;
    let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let found = server.get(&owner, &[("accept", RECORD)]).await;
    assert_eq!(found.status(), StatusCode::OK);
    assert_eq!(header(&found, "content-type"), RECORD);
    assert_eq!(header(&found, "content-length"), record.len().to_string());
    assert_eq!(header(&found, "vary"), "Accept");
    let etag = header(&found, "etag");
    assert!(etag.len() == 45 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    let control = header(&found, "cache-control");
    assert!(control.starts_with("public, max-age=300, "), "{control}");
    for word in ["stale-while-revalidate", "stale-if-error"] {
        // They begin when the 300 seconds are over, and end with the record.
        assert!((HOUR - 360..=HOUR - 300).contains(&seconds(control, word)), "{control}");
    }
    let date =
        |name| httpdate::parse_http_date(header(&found, name)).unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!((begun + 3_540..=begun + 3_601).contains(&date("expires")), "{found:?}");
    assert!((begun..=begun + 60).contains(&date("last-modified")), "{found:?}");
    assert_eq!(found.bytes().await.unwrap(), record);
}

#[tokio::test]
async fn a_record_without_ttl_is_cached_for_a_minute_and_none_for_longer_than_it_is_valid() {
    let (server, owner, short) = (Server::start().await, Owner::new(), Owner::new());
    put(&server.memory, &owner, &owner.numbered(1)).await.unwrap();
    put(&server.memory, &short, &short.record(1, 30, Duration::from_secs(300))).await.unwrap();
    assert_eq!(seconds(header(&server.get(&owner, &[]).await, "cache-control"), "max-age"), 60);
    let left = seconds(header(&server.get(&short, &[]).await, "cache-control"), "max-age");
    assert!((0..=30).contains(&left), "{left}");
}

#[tokio::test]
async fn that_there_is_no_record_is_told_by_the_content_type() {
    let (server, owner) = (Server::start().await, Owner::new());
    let missing = server.get(&owner, &[("accept", RECORD), ("if-none-match", "*")]).await;
    assert_eq!(header(&missing, "content-type"), "text/plain; charset=utf-8");
    assert_eq!((header(&missing, "cache-control"), header(&missing, "vary")), ("public, max-age=15", "Accept"));
    check(missing, StatusCode::OK, "the name has no record").await;
    put(&server.memory, &owner, &owner.record(1, -1, Duration::ZERO)).await.unwrap();
    check(server.get(&owner, &[]).await, StatusCode::OK, "was valid until").await;
}

#[tokio::test]
async fn a_client_that_has_the_record_is_not_sent_it_again() {
    let (server, owner) = (Server::start().await, Owner::new());
    server.put(&owner, RECORD, owner.numbered(1)).await;
    let first = server.get(&owner, &[]).await;
    let (etag, modified) = (header(&first, "etag").to_owned(), header(&first, "last-modified").to_owned());
    let weak = format!("\"other\", W/{etag}");
    let later = "Fri, 31 Dec 9999 23:59:59 GMT";
    for (name, value) in [
        ("if-none-match", &*etag),
        ("if-none-match", &weak),
        ("if-none-match", "*"),
        ("if-modified-since", &modified),
        ("if-modified-since", later),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let known = server.ask(method, &path(&owner), &[(name, value)], "").await;
            assert_eq!(known.status(), StatusCode::NOT_MODIFIED, "{name}: {value}");
            for name in ["etag", "expires", "last-modified", "vary"] {
                assert_eq!(header(&known, name), header(&first, name));
            }
            assert!(header(&known, "cache-control").starts_with("public, max-age=60"));
            assert_eq!(known.bytes().await.unwrap(), "");
        }
    }
    for headers in [
        &[("if-none-match", "\"other\"")][..],
        &[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")],
        &[("if-none-match", "\"other\""), ("if-modified-since", later)],
        &[("if-modified-since", "yesterday")],
    ] {
        assert_eq!(server.get(&owner, headers).await.status(), StatusCode::OK, "{headers:?}");
    }
}

#[tokio::test]
async fn a_record_that_was_replaced_in_the_same_second_is_sent() {
    let (server, owner) = (Server::start().await, Owner::new());
    // The second may end between two requests, so this tries a few times.
    for sequence in 1..=10 {
        server.put(&owner, RECORD, owner.numbered(2 * sequence)).await;
        let modified = header(&server.get(&owner, &[]).await, "last-modified").to_owned();
        server.put(&owner, RECORD, owner.numbered(2 * sequence + 1)).await;
        let found = server.get(&owner, &[("if-modified-since", &modified)]).await;
        assert_eq!(found.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn head_is_a_get_without_the_record() {
    let (server, owner) = (Server::start().await, Owner::new());
    server.put(&owner, RECORD, owner.numbered(1)).await;
    let (get, head) = (server.get(&owner, &[]).await, server.ask(Method::HEAD, &path(&owner), &[], "").await);
    assert_eq!(head.status(), StatusCode::OK);
    for name in ["content-type", "content-length", "etag", "expires", "last-modified", "vary"] {
        assert_eq!(header(&head, name), header(&get, name), "{name}");
    }
    assert_eq!(head.bytes().await.unwrap(), "");
}

#[tokio::test]
async fn another_content_type_is_not_acceptable() {
    let (server, owner) = (Server::start().await, Owner::new());
    let record = owner.numbered(1);
    for content_type in ["application/json", "application/octet-stream", ""] {
        let says = "retry with `Content-Type: application/vnd.ipfs.ipns-record`";
        check(server.put(&owner, content_type, record.clone()).await, StatusCode::NOT_ACCEPTABLE, says).await;
    }
    let untyped = server.ask(Method::PUT, &path(&owner), &[], record.clone()).await;
    check(untyped, StatusCode::NOT_ACCEPTABLE, "retry with").await;
    let put = server.put(&owner, "Application/vnd.ipfs.IPNS-record; v=1", record).await;
    check(put, StatusCode::OK, "").await;
    for (accept, status) in [("application/json", 406), ("text/html", 406), ("*/*", 200), ("application/*;q=0.1", 200)]
    {
        let found = server.get(&owner, &[("accept", accept)]).await;
        assert_eq!((found.status().as_u16(), header(&found, "vary")), (status, "Accept"), "{accept}");
    }
    let refused = server.get(&owner, &[("accept", "text/html")]).await;
    check(refused, StatusCode::NOT_ACCEPTABLE, "retry with `Accept: application/vnd.ipfs.ipns-record`").await;
}

#[tokio::test]
async fn a_name_or_a_record_that_is_not_valid_is_a_bad_request() {
    let (server, owner, other) = (Server::start().await, Owner::new(), Owner::new());
    for name in ["name", "k51", "bafkqaaa", "%2Fipns%2Fx", "%ff"] {
        let path = format!("/routing/v1/ipns/{name}");
        let got = server.ask(Method::GET, &path, &[], "").await;
        check(got, StatusCode::BAD_REQUEST, if name == "%ff" { "" } else { "no IPNS name" }).await;
        let put = server.ask(Method::PUT, &path, &[("content-type", RECORD)], owner.numbered(1)).await;
        assert_eq!(put.status(), StatusCode::BAD_REQUEST, "{name}");
    }
    let check_put = async |record: Bytes, says| {
        check(server.put(&owner, RECORD, record).await, StatusCode::BAD_REQUEST, says).await;
    };
    check_put("".into(), "no valid IPNS record").await;
    check_put(other.numbered(1), "signature is invalid").await;
    check_put(owner.record(1, -1, Duration::ZERO), "was valid until").await;
    check_put(vec![0; 10_241].into(), "at most 10240 bytes").await;
    check_put(vec![0; 1_000_000].into(), "at most 10240 bytes").await;
    assert!(get(&server.memory, &owner).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_name_is_taken_in_every_notation() {
    let (server, owner) = (Server::start().await, Owner::new());
    server.put(&owner, RECORD, owner.numbered(1)).await;
    let cid = [&[0x01, 0x72][..], &owner.name().peer_id().to_bytes()].concat();
    let bases = [multibase::Base::Base32Lower, multibase::Base::Base36Upper, multibase::Base::Base16Lower];
    let texts = bases.map(|base| multibase::encode(base, &cid)).into_iter().chain([owner.name().peer_id().to_string()]);
    for text in texts.chain([multibase::encode(multibase::Base::Base58Btc, &cid)]) {
        let found = server.ask(Method::GET, &format!("/routing/v1/ipns/{text}"), &[("accept", RECORD)], "").await;
        assert_eq!(header(&found, "content-type"), RECORD, "{text}");
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_call() {
    let (server, owner) = (Server::start().await, Owner::new());
    let headers = [
        ("origin", "https://example.com"),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "content-type"),
    ];
    let preflight = server.ask(Method::OPTIONS, &path(&owner), &headers, "").await;
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&preflight, "access-control-allow-origin"), "*");
    assert_eq!(header(&preflight, "access-control-allow-methods"), "GET, HEAD, PUT, OPTIONS");
    assert!(header(&preflight, "access-control-allow-headers").contains("Content-Type"));
    let found = server.get(&owner, &[("origin", "https://example.com")]).await;
    assert_eq!(header(&found, "access-control-expose-headers"), "Etag");
    check(found, StatusCode::OK, "no record").await;
}

#[tokio::test]
async fn what_it_does_not_serve_is_not_implemented() {
    let (server, owner) = (Server::start().await, Owner::new());
    for (method, path) in [
        (Method::POST, &*path(&owner)),
        (Method::DELETE, &path(&owner)),
        (Method::GET, "/routing/v1/providers/bafkqaaa"),
        (Method::PUT, "/routing/v1/peers"),
        (Method::GET, "/routing/v1/ipns/a/b"),
    ] {
        check(server.ask(method, path, &[], "").await, StatusCode::NOT_IMPLEMENTED, "GET and PUT of /routing/v1/ipns/")
            .await;
    }
}
