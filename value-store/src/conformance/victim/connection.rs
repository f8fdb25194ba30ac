//! The connection between the judge and a victim: TCP on the loopback address, which there is on every system, and which
//! nothing that a store prints can disturb.

use std::fmt;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What a victim has to know to open a store: the directory and the name of its world.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    pub(crate) name: String,
}

/// What a victim is told when it starts.
#[derive(Debug, PartialEq)]
pub(crate) struct Seat {
    /// Where the judge waits for it.
    address: SocketAddr,
    /// What it has to say there. Other processes can connect to the address, too.
    token: String,
    /// The test or the check that it belongs to.
    pub(crate) name: String,
    pub(crate) world: Place,
}

impl Seat {
    /// A seat, and where the judge waits for the victim to take it.
    pub(super) fn prepare(name: String, world: Place) -> io::Result<(Self, Waiting)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let token = format!("{:032x}", fastrand::u128(..));
        let seat = Self { address: listener.local_addr()?, token: token.clone(), name, world };
        Ok((seat, Waiting { listener, token }))
    }

    /// Reads what [`Display`](fmt::Display) has written: all but the directory, whose path need not be a text.
    pub(super) fn of(text: &str, directory: PathBuf) -> Option<Self> {
        let told: Value = serde_json::from_str(text).ok()?;
        let text = |name: &str| told[name].as_str().map(str::to_owned);
        let world = Place { directory, name: text("world")? };
        Some(Self { address: text("address")?.parse().ok()?, token: text("token")?, name: text("name")?, world })
    }

    /// Connects to the judge.
    pub(crate) fn take(&self) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.write_all(self.token.as_bytes())?;
        Ok(stream)
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, token, name, world } = self;
        let told = json!({ "address": address.to_string(), "token": token, "name": name, "world": world.name });
        write!(formatter, "{told}")
    }
}

/// The judge, who waits for a victim.
pub(super) struct Waiting {
    listener: TcpListener,
    token: String,
}

impl Waiting {
    /// The connection to the victim. Returns an error if the process ends without having connected, or takes too long.
    pub(super) fn accept(self, child: &mut Child, patience: Duration) -> io::Result<TcpStream> {
        let begun = Instant::now();
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    if let Ok(stream) = self.welcome(stream) {
                        return Ok(stream);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let happened = match child.try_wait()? {
                        Some(status) => format!("ended before it opened the store ({status})"),
                        None if begun.elapsed() > patience => format!("did not come to open the store in {patience:?}"),
                        None => String::new(),
                    };
                    if !happened.is_empty() {
                        return Err(io::Error::other(format!(
                            "this program was started again, to be killed, and {happened}"
                        )));
                    }
                    thread::sleep(Duration::from_millis(1));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn welcome(&self, mut stream: TcpStream) -> io::Result<TcpStream> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        let mut token = vec![0; self.token.len()];
        stream.read_exact(&mut token)?;
        if token == self.token.as_bytes() { Ok(stream) } else { Err(ErrorKind::PermissionDenied.into()) }
    }
}
