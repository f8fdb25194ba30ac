//! The scripts in `interop`: peers and clients that others wrote, each script in a Node.js process of its own.

#[cfg(unix)]
mod signals;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

#[cfg(unix)]
pub use signals::Paused;

/// A running script, which answers questions. Its process ends when this is dropped, and when the process that started it ends,
/// even if that is killed.
pub struct Script {
    process: Child,
    input: Mutex<ChildStdin>,
    questions: Arc<Mutex<Questions>>,
}

/// Why a script could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, thiserror::Error)]
#[error("{name}: {message}")]
pub struct ScriptError {
    /// The JavaScript error's name, such as `TypeError` or `AbortError`, or `Ended` if the process has ended.
    pub name: String,
    /// What the error says.
    pub message: String,
}

/// The questions that are not answered yet.
#[derive(Default)]
struct Questions {
    asked: u64,
    open: HashMap<u64, oneshot::Sender<Result<Value, ScriptError>>>,
    /// Why there will be no more answers.
    ended: Option<ScriptError>,
}

#[derive(Deserialize)]
struct Answer {
    number: u64,
    ok: Option<Value>,
    error: Option<ScriptError>,
}

impl Script {
    /// Starts the script of this file name in `tests/interop`.
    ///
    /// # Errors
    ///
    /// If there was no Node.js when this was built, or it does not start.
    pub fn start(name: &str) -> io::Result<Self> {
        let node = option_env!("NODE").ok_or_else(|| io::Error::other("there was no Node.js when this was built"))?;
        let complaints = tempfile::tempfile()?;
        let mut process = Command::new(node)
            .args(["--import", "./polyfill.mjs", name])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/interop"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints.try_clone()?)
            .spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("it was started with pipes")
        };
        let questions = Arc::default();
        thread::spawn({
            let (questions, name) = (Arc::clone(&questions), name.to_owned());
            move || pass_on_answers(&questions, output, &name, complaints)
        });
        Ok(Self { process, input: Mutex::new(input), questions })
    }

    /// Asks for a command with these arguments, an object, and waits for the answer. Several may wait at a time.
    ///
    /// # Errors
    ///
    /// If the command threw, or if the process has ended.
    ///
    /// # Panics
    ///
    /// If the arguments are no object.
    pub async fn ask(&self, command: &str, arguments: Value) -> Result<Value, ScriptError> {
        let answer = self.send(command, arguments)?;
        answer.await.expect("a question is answered, or the script ends, which answers it too")
    }

    /// Asks for a command as [`ask`](Self::ask) does, and does not wait for the answer.
    ///
    /// # Panics
    ///
    /// If the arguments are no object.
    pub fn tell(&self, command: &str, arguments: Value) {
        // A script that has ended need not be told.
        let _ = self.send(command, arguments);
    }

    fn send(
        &self,
        command: &str,
        arguments: Value,
    ) -> Result<oneshot::Receiver<Result<Value, ScriptError>>, ScriptError> {
        let Value::Object(mut question) = arguments else { panic!("the arguments of a command are an object") };
        let (number, answer) = lock(&self.questions).ask()?;
        question.extend([("number".to_owned(), json!(number)), ("command".to_owned(), json!(command))]);
        // If this fails, the process has ended: then that is the answer.
        let _ = writeln!(lock(&self.input), "{}", Value::Object(question));
        Ok(answer)
    }

    /// The number of the script's process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // This fails if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Questions {
    fn ask(&mut self) -> Result<(u64, oneshot::Receiver<Result<Value, ScriptError>>), ScriptError> {
        if let Some(ended) = &self.ended {
            return Err(ended.clone());
        }
        self.asked += 1;
        let (answer, answered) = oneshot::channel();
        self.open.insert(self.asked, answer);
        Ok((self.asked, answered))
    }

    fn answer(&mut self, Answer { number, ok, error }: Answer) {
        // Whoever asked may have gone away: the receiver is dropped then.
        let Some(asked) = self.open.remove(&number) else { return };
        let _ = asked.send(error.map_or_else(|| Ok(ok.unwrap_or_default()), Err));
    }

    fn end(&mut self, ended: &ScriptError) {
        self.ended = Some(ended.clone());
        for (_, asked) in self.open.drain() {
            let _ = asked.send(Err(ended.clone()));
        }
    }
}

/// Reads answers until the script ends. All who still wait then get an error with what the script wrote to stderr.
fn pass_on_answers(questions: &Mutex<Questions>, output: ChildStdout, name: &str, mut complaints: File) {
    let answers = BufReader::new(output).lines().map_while(Result::ok);
    for line in answers {
        match serde_json::from_str(&line) {
            Ok(answer) => lock(questions).answer(answer),
            Err(_) => eprintln!("{name} prints: {line}"),
        }
    }
    let mut said = String::new();
    let _ = complaints.rewind().and_then(|()| complaints.read_to_string(&mut said));
    lock(questions).end(&ScriptError { name: "Ended".to_owned(), message: format!("{name} has ended\n{said}") });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
