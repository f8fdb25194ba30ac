//! A redis server for the tests of this process. All worlds share it.

use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

/// Starts the server beside a shell that waits for the end of its input, and then removes everything. That comes when this
/// process ends, even if it is killed. The shell starts the server without this input.
const SCRIPT: &str = r#"
"$1" --bind 127.0.0.1 --port "$2" --dir "$3" --save "" --appendonly yes --appendfsync no &
read -r _
kill "$!"
wait "$!"
rm -rf "$3"
"#;

/// What the server prints when it has the port, and listens.
const READY: &str = "Ready to accept connections";

/// How many ports to try. Another process may take one in the moment between the choice and the start.
const ATTEMPTS: usize = 10;

struct Server {
    address: SocketAddr,
    #[expect(dead_code, reason = "the server ends when its input does")]
    shell: Child,
}

/// The address of the server, which the first call starts.
pub(crate) fn server() -> io::Result<SocketAddr> {
    static SERVER: Mutex<Option<Server>> = Mutex::new(None);
    let mut server = SERVER.lock().map_err(|_| io::Error::other("the server could not be started"))?;
    match &*server {
        Some(server) => Ok(server.address),
        None => Ok(server.insert(start()?).address),
    }
}

fn start() -> io::Result<Server> {
    let program = option_env!("REDIS_SERVER").ok_or_else(|| io::Error::other("there was none when this was built"))?;
    for _ in 0..ATTEMPTS {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let directory = TempDir::with_prefix("redis-")?.keep();
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh", program, &address.port().to_string()])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = shell.stdout.take().unwrap_or_else(|| unreachable!("it was started with a pipe"));
        // The server ends, and so does what it prints, if it does not get the port.
        if BufReader::new(output).lines().map_while(Result::ok).any(|line| line.contains(READY)) {
            return Ok(Server { address, shell });
        }
    }
    Err(io::Error::other(format!("redis-server did not start, {ATTEMPTS} times")))
}
