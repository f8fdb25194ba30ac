//! What the delegated store and its server cost, next to a client and a server that one would write by hand with the same
//! libraries. Both make the same exchange: a put sends the value as the part of a multipart body, and a get returns it in JSON,
//! in base64. Both servers keep the values in a map in memory.
//!
//!     cargo bench --package value-store-benches --features delegated --bench delegated

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use axum::extract::{DefaultBodyLimit, Multipart, Query, State};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use value_store::stores::{DelegatedStore, MemoryStore, delegated};
use value_store_benches::interleaved::{Comparison, Engine, Store};

fn main() {
    Comparison::from_args().run("delegated", async || {
        let store = DelegatedStore::new(&serve(delegated::router(MemoryStore::new())).await).unwrap();
        (Store(store), Raw::new(&serve(router()).await))
    });
}

/// Serves the router on a port of its own until the bench ends, and returns its URL.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    url
}

#[derive(Clone)]
struct Raw {
    client: Client,
    url: Url,
}

impl Raw {
    fn new(url: &str) -> Self {
        Self {
            client: Client::builder().no_proxy().timeout(delegated::DEFAULT_TIMEOUT).build().unwrap(),
            url: url.parse().unwrap(),
        }
    }

    fn url(&self, path: &str, key: &[u8]) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url.query_pairs_mut().append_pair("arg", str::from_utf8(key).unwrap());
        url
    }
}

impl Engine for Raw {
    async fn put(&self, key: &[u8], value: Bytes) {
        let length = value.len() as u64;
        let part = Part::stream_with_length(value, length).file_name("");
        let request = self.client.post(self.url("put", key)).multipart(Form::new().part("file", part));
        let answer: Answer = request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
        assert_eq!(answer.extra, "");
    }

    async fn get(&self, key: &[u8]) -> Bytes {
        let answer = self.client.post(self.url("get", key)).send().await.unwrap().error_for_status().unwrap();
        STANDARD.decode(answer.json::<Answer>().await.unwrap().extra).unwrap().into()
    }
}

type Values = Arc<RwLock<HashMap<String, Bytes>>>;

#[derive(Deserialize)]
struct Key {
    arg: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    r#type: i64,
    extra: String,
}

fn router() -> Router {
    let put = async |State(values): State<Values>, Query(Key { arg }), mut body: Multipart| {
        let value = body.next_field().await.unwrap().unwrap().bytes().await.unwrap();
        values.write().unwrap().insert(arg, value);
        Json(Answer { r#type: 5, extra: String::new() })
    };
    let get = async |State(values): State<Values>, Query(Key { arg })| {
        let value = values.read().unwrap().get(&arg).cloned().unwrap();
        Json(Answer { r#type: 5, extra: STANDARD.encode(value) })
    };
    let router = Router::new().route("/put", post(put)).route("/get", post(get));
    router.layer(DefaultBodyLimit::max(delegated::DEFAULT_MAX_VALUE_LEN)).with_state(Values::default())
}
