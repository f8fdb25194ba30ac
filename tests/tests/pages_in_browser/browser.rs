//! A headless Chromium, which is driven through a pipe with the Chrome `DevTools` Protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A step that takes longer than this hangs. Each should end at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page, which can run no script of its own. The browser ends when this is dropped.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    calls: u64,
    /// What the browser reported unasked.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().expect("a directory for the browser");
        // The browser reads from its descriptor 3 and writes to 4.
        let mut child = Command::new("sh")
            .args([
                "-c",
                r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#,
                option_env!("CHROMIUM").unwrap_or(""),
            ])
            .args(["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell that starts the browser");
        let (input, output) = (child.stdin.take().expect("is piped"), child.stdout.take().expect("is piped"));
        let messages = messages(output);
        let mut browser =
            Self { child, input, messages, session: None, calls: 0, events: Vec::new(), _profile: profile };
        browser.attach();
        browser
    }

    fn attach(&mut self) {
        let target = self.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attached = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call("Target.attachToTarget", &attached);
        self.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}));
        }
        self.call("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    }

    pub(crate) fn open(&mut self, page: &Path) {
        self.events.clear();
        let url = json!(format!("file://{}", page.display()));
        self.call("Page.navigate", &json!({ "url": url }));
        // An event cannot tell: it may be about the page before.
        let is_shown = format!("document.URL === new URL({url}).href && document.readyState === 'complete'");
        while self.ask(&is_shown) != true {
            let event = self.receive();
            self.events.push(event);
        }
    }

    /// Gives the window this size, in CSS pixels.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Shows the page on this medium, `screen` or `print`, in the colour scheme `light` or `dark`.
    pub(crate) fn emulate(&mut self, medium: &str, scheme: &str) {
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "media": medium, "features": feature }));
    }

    pub(crate) fn point_at(&mut self, x: f64, y: f64) {
        self.mouse("mouseMoved", x, y);
    }

    pub(crate) fn click(&mut self, x: f64, y: f64) {
        self.mouse("mousePressed", x, y);
        self.mouse("mouseReleased", x, y);
    }

    fn mouse(&mut self, kind: &str, x: f64, y: f64) {
        let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
        self.call("Input.dispatchMouseEvent", &event);
    }

    /// Evaluates this JavaScript expression from outside: the page itself runs no script.
    pub(crate) fn ask(&mut self, expression: &str) -> Value {
        let question = json!({ "expression": expression, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", &question);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer:#}");
        answer["result"]["value"].take()
    }

    /// The events of this kind since the page was opened.
    pub(crate) fn told(&self, method: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["method"] == method).collect()
    }

    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.input.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let mut answer = self.receive();
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{method}: {answer:#}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    fn receive(&self) -> Value {
        match self.messages.recv_timeout(PATIENCE) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => panic!("the browser has not answered for {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the browser has ended by itself"),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // On this request, it also ends the processes that it started, and no longer writes to its profile.
        let _ = self.input.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let end = Instant::now() + PATIENCE;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The messages from the browser. Each ends with a NUL.
fn messages(output: impl Read + Send + 'static) -> Receiver<Value> {
    let (sender, messages) = channel();
    thread::spawn(move || {
        let texts = BufReader::new(output).split(0).map_while(Result::ok);
        let mut messages = texts.map_while(|text| serde_json::from_slice(&text).ok());
        messages.try_for_each(|message| sender.send(message))
    });
    messages
}
