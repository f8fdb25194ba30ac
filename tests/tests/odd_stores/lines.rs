//! A store on a server that speaks lines over TCP, through a link.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use value_store::stores::MemoryStore;
use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, value_store_tests};

use crate::serve::{Answer, Request, memory, serve};

/// A request is a line, `put <key> <value>` or `get <key>`, and so is its answer: `ok`, `value <value>` or `missing`. Keys
/// and values are in hexadecimal.
struct Server {
    address: SocketAddr,
    store: MemoryStore,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(store: MemoryStore) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, served) = (listener.local_addr()?, store.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let store = served.clone();
                tokio::spawn(async move { answer_all(client, &store).await });
            }
        });
        Ok(Self { address, store, task })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer_all(client: TcpStream, store: &MemoryStore) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = BufStream::new(client);
    let mut line = String::new();
    while client.read_line(&mut line).await? > 0 {
        let answer = answer(&line, store).await.ok_or(io::ErrorKind::InvalidData)?;
        client.write_all(answer.as_bytes()).await?;
        client.flush().await?;
        line.clear();
    }
    Ok(())
}

/// `None` for a line that is no request, such as one whose end did not come.
async fn answer(line: &str, store: &MemoryStore) -> Option<String> {
    let options = Options::new();
    let mut words = line.strip_suffix('\n')?.split(' ');
    let (verb, key) = (words.next()?, decode(words.next()?)?);
    match (verb, words.next()) {
        ("put", Some(value)) => {
            store.put(&key, decode(value)?.into(), &options).await.ok()?;
            Some("ok\n".to_owned())
        }
        ("get", None) => match store.get(&key, &options).await {
            Ok(found) => Some(format!("value {}\n", encode(&found.val))),
            Err(_) => Some("missing\n".to_owned()),
        },
        _ => None,
    }
}

/// A connection serves one call at a time. One whose call was given up is closed, since the answer may still come.
struct Client {
    address: SocketAddr,
    server: Arc<Server>,
    idle: Mutex<Vec<BufStream<TcpStream>>>,
}

impl Client {
    async fn serve(&self, request: Request) -> Answer {
        let mut connection = self.connect().await.map_err(Error::backend)?;
        match ask(&mut connection, &request).await {
            Ok(answer) => {
                self.idle.lock().unwrap().push(connection);
                self.read(&answer)
            }
            Err(error) => {
                // The others have been open for as long.
                self.idle.lock().unwrap().clear();
                Err(Error::backend(error))
            }
        }
    }

    async fn connect(&self) -> io::Result<BufStream<TcpStream>> {
        let idle = self.idle.lock().unwrap().pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let connection = TcpStream::connect(self.address).await?;
        connection.set_nodelay(true)?;
        Ok(BufStream::new(connection))
    }

    fn read(&self, answer: &str) -> Answer {
        let value = |value| {
            let val = Bytes::from(decode(value)?);
            Some(Ok(Some(GetValueResult { from: self.server.store.peer_id(), val })))
        };
        match answer.strip_suffix('\n').unwrap_or_default().split_once(' ').unwrap_or((answer, "")) {
            ("ok\n", _) => Ok(None),
            ("missing\n", _) => Err(Error::NotFound),
            ("value", encoded) => value(encoded).unwrap_or_else(|| Err(Error::backend("not in hexadecimal"))),
            _ => Err(Error::backend(format!("no answer: {answer:?}"))),
        }
    }
}

async fn ask(connection: &mut BufStream<TcpStream>, request: &Request) -> io::Result<String> {
    let key = encode(&request.key);
    let line = match &request.value {
        Some(value) => format!("put {key} {}\n", encode(value)),
        None => format!("get {key}\n"),
    };
    connection.write_all(line.as_bytes()).await?;
    connection.flush().await?;
    let mut answer = String::new();
    match connection.read_line(&mut answer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(answer),
    }
}

fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |digit: u8| char::from(DIGITS[usize::from(digit)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let byte = |pair: &[u8]| u8::try_from(digit(pair[0])? * 16 + digit(*pair.get(1)?)?).ok();
    text.as_bytes().chunks(2).map(byte).collect()
}

/// What was put in vain may still be on its way when the line is back, so it is not settled.
#[value_store_tests(shared, convergent, faults, linearizable)]
async fn lines_over_tcp(context: &Context) -> io::Result<impl ValueStore> {
    let server = context.share(async || Server::start(memory(context)).await).await?;
    let client = Client { address: context.link(server.address)?, server, idle: Mutex::default() };
    Ok(serve(client, |client, request| async move { client.serve(request).await }))
}
