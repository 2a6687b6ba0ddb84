//! A relay as a process of its own: it can be killed.

use super::Client;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread::JoinHandle,
};

/// The process. Killed when dropped.
pub struct RelayProcess {
    child: Child,
    base: String,
    log: Option<JoinHandle<String>>,
}

impl RelayProcess {
    /// Starts `binary` over a database file; `shell`: what a shell does first, such as setting a limit.
    pub fn start(binary: &str, data: &Path, shell: &str) -> Self {
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!(
                r#"{shell} exec "$0" --listen 127.0.0.1:0 --data "$1""#
            ))
            .arg(binary)
            .arg(data)
            .env("RUST_LOG", "info")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        // Read as it comes: a full pipe would stop the relay.
        let mut stderr = child.stderr.take().unwrap();
        let log = Some(std::thread::spawn(move || {
            let mut said = String::new();
            stderr.read_to_string(&mut said).unwrap();
            said
        }));
        let Some(base) = line.trim().strip_prefix("listening on ") else {
            let said = log.map(|log| log.join().unwrap());
            panic!("the relay did not start: {said:?}");
        };
        Self {
            base: base.trim_end_matches('/').to_owned(),
            child,
            log,
        }
    }

    /// Somebody who talks to it.
    pub fn client(&self) -> Client {
        Client::new(self.base.clone())
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.base
    }

    /// Its process id.
    pub fn id(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, waits, and returns how it ended and all it logged.
    pub fn terminate(mut self) -> (ExitStatus, String) {
        rustix::process::kill_process(self.id(), rustix::process::Signal::TERM).unwrap();
        let said = self.log.take().unwrap().join().unwrap();
        (self.child.wait().unwrap(), said)
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        // Fails when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
