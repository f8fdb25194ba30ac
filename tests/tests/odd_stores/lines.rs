//! A store on a server, with a protocol of lines over TCP, through a link.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use value_store::stores::MemoryStore;
use value_store::{Bytes, Context, Error, GetValueResult, Options, ValueStore, value_store_tests};

use crate::serve::{Answer, Request, memory, serve};

/// A request is a line, `put <length of key> <length of value>` or `get <length of key>`, and then the bytes of these. So is an
/// answer: `ok`, `missing` or `value <length>`.
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

/// Reads a line: a word, and then numbers. `None` at the end of the stream, even within a line.
async fn read_line(from: &mut BufStream<TcpStream>) -> io::Result<Option<(String, Vec<usize>)>> {
    let mut line = String::new();
    from.read_line(&mut line).await?;
    let Some(line) = line.strip_suffix('\n') else { return Ok(None) };
    let mut words = line.split(' ');
    let verb = words.next().unwrap_or_default().to_owned();
    let lengths = words.map(str::parse).collect::<Result<_, _>>();
    Ok(Some((verb, lengths.map_err(|_| io::ErrorKind::InvalidData)?)))
}

async fn read_bytes(from: &mut BufStream<TcpStream>, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn answer_all(client: TcpStream, store: &MemoryStore) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (mut client, options) = (BufStream::new(client), Options::new());
    while let Some((verb, lengths)) = read_line(&mut client).await? {
        match (verb.as_str(), lengths.as_slice()) {
            ("put", [key, value]) => {
                let (key, value) = (read_bytes(&mut client, *key).await?, read_bytes(&mut client, *value).await?);
                store.put(&key, value.into(), &options).await.map_err(io::Error::other)?;
                client.write_all(b"ok\n").await?;
            }
            ("get", [key]) => match store.get(&read_bytes(&mut client, *key).await?, &options).await {
                Ok(found) => {
                    client.write_all(format!("value {}\n", found.val.len()).as_bytes()).await?;
                    client.write_all(&found.val).await?;
                }
                Err(_) => client.write_all(b"missing\n").await?,
            },
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        client.flush().await?;
    }
    Ok(())
}

/// A connection serves one call at a time. If the call is given up, its connection is closed, since the answer may still come.
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
                let from = self.server.store.peer_id();
                answer.map(|found| found.map(|val| GetValueResult { from, val }))
            }
            Err(error) => {
                // The idle ones may be broken as well.
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
}

async fn ask(connection: &mut BufStream<TcpStream>, request: &Request) -> io::Result<Result<Option<Bytes>, Error>> {
    let Request { key, value, .. } = request;
    let line = match value {
        Some(value) => format!("put {} {}\n", key.len(), value.len()),
        None => format!("get {}\n", key.len()),
    };
    connection.write_all(line.as_bytes()).await?;
    connection.write_all(key).await?;
    connection.write_all(value.as_deref().unwrap_or_default()).await?;
    connection.flush().await?;
    let (verb, lengths) = read_line(connection).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    match (verb.as_str(), lengths.as_slice()) {
        ("ok", []) => Ok(Ok(None)),
        ("missing", []) => Ok(Err(Error::NotFound)),
        ("value", [length]) => Ok(Ok(Some(read_bytes(connection, *length).await?.into()))),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// A put that failed may still be on its way when the outage is over, so this store is not settled.
#[value_store_tests(shared, convergent, faults, monotonic, linearizable)]
async fn lines_over_tcp(context: &Context) -> io::Result<impl ValueStore> {
    let server = context.share(async || Server::start(memory(context)).await).await?;
    let client = Client { address: context.link(server.address)?, server, idle: Mutex::default() };
    Ok(serve(client, |client, request| async move { client.serve(request).await }))
}
