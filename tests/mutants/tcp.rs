//! Faults of stores whose values are on a server, which they reach over TCP through a link.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use value_store::conformance::Claim;
use value_store::{Bytes, Context, Error, Options};

use crate::mutant::Mutant;
use crate::network::{NETWORK, within};
use crate::store::{Base, Steps, step};

/// Not `settled`: the request of a call that was dropped or timed out may still be on its way.
pub(crate) const CLAIMS: &[Claim] = &[Claim::Shared, Claim::Convergent, Claim::Faults];

/// The handles of a world are clients of one server.
pub(crate) const REMOTE: Steps = Steps {
    put: step!(|base, key, value, options| within(options, client(base).call(key, Some(&value))).await.map(drop)),
    get: step!(|base, key, options| within(options, client(base).call(key, None)).await?.ok_or(Error::NotFound)),
    reach: |base, context| Box::pin(connect(base, context)),
    ..NETWORK
};

pub(crate) const MUTANTS: &[Mutant] = &[
    REMOTE
        .mutant("the deadline of a get over TCP covers only the connection")
        .caught_by("faults::stalled_get_times_out", ", had not returned after")
        .get(step!(|base, key, options| {
            let connection = within(options, client(base).connection()).await?;
            client(base).call_over(connection, key, None).await?.ok_or(Error::NotFound)
        })),
    REMOTE
        .mutant("connections that were reset go back to the pool")
        .caught_by("faults::heals_after_cut", "ended with Backend")
        .put(step!(|base, key, value, options| {
            within(options, client(base).call_and_keep(key, Some(&value))).await.map(drop)
        }))
        .get(step!(|base, key, options| {
            within(options, client(base).call_and_keep(key, None)).await?.ok_or(Error::NotFound)
        })),
    REMOTE
        .mutant("an answer that came too late is taken for the next one")
        .caught_by("faults::heals_after_stall", "has that value: is the answer to a call that was given")
        .get(step!(|base, key, options| get_with_what_came_late(base, key, options).await)),
];

/// Calls with a timeout of this length or more time out only in a stall. Whether shorter ones do depends on how fast the
/// machine is.
const IN_A_STALL: Duration = Duration::from_millis(20);

/// The client of a server.
pub(crate) struct Client {
    server: SocketAddr,
    /// Connections that no call uses. The last is the one that was used last.
    idle: Mutex<Vec<TcpStream>>,
    /// Connections whose answer a fault leaves for the next call.
    late: Mutex<Vec<TcpStream>>,
}

impl Client {
    /// Puts the value, or gets it if there is none. A call that is dropped closes its connection. One that fails closes
    /// all of them, since the others are likely to be broken too.
    async fn call(&self, key: &[u8], value: Option<&Bytes>) -> Result<Option<Bytes>, Error> {
        let connection = self.connection().await?;
        self.call_over(connection, key, value).await
    }

    async fn call_over(
        &self,
        mut connection: TcpStream,
        key: &[u8],
        value: Option<&Bytes>,
    ) -> Result<Option<Bytes>, Error> {
        let answer = exchange(&mut connection, key, value).await;
        match answer {
            Ok(_) => self.keep(connection),
            Err(_) => self.idle.lock().unwrap().clear(),
        }
        answer
    }

    /// As [`call`](Self::call), but keeps the connection even if the call failed.
    async fn call_and_keep(&self, key: &[u8], value: Option<&Bytes>) -> Result<Option<Bytes>, Error> {
        let mut connection = self.connection().await?;
        let answer = exchange(&mut connection, key, value).await;
        self.keep(connection);
        answer
    }

    /// An idle connection, or else a new one.
    async fn connection(&self) -> Result<TcpStream, Error> {
        let idle = self.idle.lock().unwrap().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => TcpStream::connect(self.server).await.map_err(Error::backend),
        }
    }

    fn keep(&self, connection: TcpStream) {
        self.idle.lock().unwrap().push(connection);
    }
}

fn client(base: &Base) -> &Client {
    base.client.get().expect("a handle is connected when it is opened")
}

/// A get that times out in a stall leaves its connection to the next get, and its answer with it.
async fn get_with_what_came_late(base: &Base, key: &[u8], options: &Options) -> Result<Bytes, Error> {
    let client = client(base);
    let late = client.late.lock().unwrap().pop();
    let is_late = late.is_some();
    let mut connection = match late {
        Some(connection) => connection,
        None => within(options, client.connection()).await?,
    };
    let answer = within(options, exchange(&mut connection, key, None)).await;
    match answer {
        Ok(_) if !is_late => client.keep(connection),
        Err(Error::Timeout) if !is_late && options.timeout() >= Some(IN_A_STALL) => {
            client.late.lock().unwrap().push(connection);
        }
        _ => {}
    }
    answer?.ok_or(Error::NotFound)
}

/// Connects a handle to the server of its world, which the first handle starts.
async fn connect(base: &Base, context: &Context) -> Result<(), Error> {
    let server = context.share(async || Server::start(Arc::clone(&base.values)).await).await.map_err(Error::backend)?;
    let server = context.link(server.address).map_err(Error::backend)?;
    base.client.get_or_init(|| Client { server, idle: Mutex::default(), late: Mutex::default() });
    Ok(())
}

async fn exchange(connection: &mut TcpStream, key: &[u8], value: Option<&Bytes>) -> Result<Option<Bytes>, Error> {
    let answer = async {
        connection.write_all(&[message(Some(key)), message(value.map(|value| &value[..]))].concat()).await?;
        read(connection).await
    };
    answer.await.map_err(Error::backend)
}

/// Serves the values of a world, until it is dropped.
struct Server {
    address: SocketAddr,
    listening: JoinHandle<()>,
}

type Values = Arc<Mutex<HashMap<Vec<u8>, Bytes>>>;

impl Server {
    async fn start(values: Values) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&values)));
            }
        });
        Ok(Self { address, listening })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Serves one client until it goes. A key with a value is a put, and answered with nothing. A key without one is a get, and
/// answered with the value that the key has.
async fn serve(mut connection: TcpStream, values: Values) -> io::Result<()> {
    loop {
        let key = read(&mut connection).await?.unwrap_or_default().to_vec();
        let found = match read(&mut connection).await? {
            Some(value) => {
                values.lock().unwrap().insert(key, value);
                None
            }
            None => values.lock().unwrap().get(&key).cloned(),
        };
        connection.write_all(&message(found.as_deref())).await?;
    }
}

/// The length that stands for no content at all.
const NOTHING: u32 = u32::MAX;

/// The length of the content, and the content.
fn message(content: Option<&[u8]>) -> Vec<u8> {
    let length = content.map_or(NOTHING, |content| u32::try_from(content.len()).expect("a few mebibytes at most"));
    [&length.to_be_bytes(), content.unwrap_or_default()].concat()
}

async fn read(connection: &mut TcpStream) -> io::Result<Option<Bytes>> {
    let length = connection.read_u32().await?;
    if length == NOTHING {
        return Ok(None);
    }
    let mut content = vec![0; length as usize];
    connection.read_exact(&mut content).await?;
    Ok(Some(content.into()))
}
