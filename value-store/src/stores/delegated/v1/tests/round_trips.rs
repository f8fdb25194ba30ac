//! Records from a client to a router and back.

use libp2p_identity::PeerId;

use super::*;

#[tokio::test]
async fn a_record_is_published_and_found() {
    let (memory, owner) = (MemoryStore::new(), Owner::new());
    let peer_id = PeerId::random();
    let store = IpnsStore::builder(&serve(memory.clone()).await).peer_id(peer_id).build().unwrap();
    assert!(get(&store, &owner).await.unwrap_err().is_not_found());
    for record in [owner.numbered(1), owner.numbered(2), owner.numbered(u64::MAX)] {
        put(&store, &owner, &record).await.unwrap();
        put(&store, &owner, &record).await.unwrap();
        let found = soon(store.get(&owner.name().to_key(), &Options::new())).await.unwrap();
        assert_eq!((&found.val, found.from), (&record, peer_id));
        assert_eq!(get(&memory, &owner).await.unwrap(), record);
    }
}

#[tokio::test]
async fn a_path_in_the_url_comes_first() {
    let (listener, url) = listen().await;
    let app = axum::Router::new().nest("/ipfs", router(MemoryStore::new()));
    tokio::spawn(axum::serve(listener, app).into_future());
    let (store, owner) = (IpnsStore::new(&format!("{url}/ipfs/")).unwrap(), Owner::new());
    let record = owner.numbered(1);
    put(&store, &owner, &record).await.unwrap();
    assert_eq!(get(&store, &owner).await.unwrap(), record);
}

#[tokio::test]
async fn what_is_no_key_or_no_record_is_refused_before_it_is_sent() {
    let (owner, other) = (Owner::new(), Owner::new());
    let store = IpnsStore::new("http://127.0.0.1:9").unwrap();
    let options = Options::new();
    for key in [&b""[..], b"key", b"/ipns/", b"/ipns/k51", b"/pk/\0"] {
        assert!(soon(store.get(key, &options)).await.unwrap_err().is_invalid_key(), "{key:?}");
        let put = store.put(key, owner.numbered(1), &options);
        assert!(soon(put).await.unwrap_err().is_invalid_key(), "{key:?}");
    }
    let valid = owner.numbered(1);
    let expired = owner.record(1, -1, Duration::ZERO);
    for record in
        [Bytes::new(), "no record".into(), valid.slice(1..), other.numbered(1), expired, vec![0; 10_241].into()]
    {
        assert!(put(&store, &owner, &record).await.unwrap_err().is_invalid_value(), "{record:?}");
    }
}

#[tokio::test]
async fn a_token_is_sent_with_each_call() {
    let (listener, url) = listen().await;
    let guard =
        axum::middleware::from_fn(async |request: axum::extract::Request, next: axum::middleware::Next| match request
            .headers()
            .get("authorization")
        {
            Some(token) if token == "Bearer abc" => next.run(request).await,
            _ => axum::response::IntoResponse::into_response((http::StatusCode::UNAUTHORIZED, "who are you?")),
        });
    tokio::spawn(axum::serve(listener, router(MemoryStore::new()).layer(guard)).into_future());
    let (owner, member) = (Owner::new(), IpnsStore::builder(&url).token("abc").build().unwrap());
    let record = owner.numbered(1);
    put(&member, &owner, &record).await.unwrap();
    assert_eq!(get(&member, &owner).await.unwrap(), record);
    let stranger = IpnsStore::new(&url).unwrap();
    for error in [get(&stranger, &owner).await.unwrap_err(), put(&stranger, &owner, &record).await.unwrap_err()] {
        assert!(
            error.is_backend() && chain(&error).contains("who are you?") && chain(&error).contains("token"),
            "{error:?}"
        );
    }
}
