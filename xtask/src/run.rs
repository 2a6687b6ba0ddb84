//! Child processes: started in the repository, shown while they run, and an error when they fail.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Instant,
};

/// What went wrong, in words for whoever typed the command.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// A path in the repository.
pub(crate) fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| at("target"), |folder| root().join(folder))
}

/// Steps of a long command, counted aloud.
pub(crate) struct Steps {
    total: usize,
    begun: usize,
    since: Instant,
}

impl Steps {
    /// So many steps will follow.
    pub(crate) fn new(total: usize) -> Self {
        Self {
            total,
            begun: 0,
            since: Instant::now(),
        }
    }

    /// Announces a step, carries it out and says how long it took.
    pub(crate) fn step<T>(&mut self, title: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        self.begun += 1;
        let label = format!("[{}/{}] {title}", self.begun, self.total);
        eprintln!("{label} …");
        let begun = Instant::now();
        let outcome = work();
        let verdict = if outcome.is_ok() { "done" } else { "FAILED" };
        eprintln!(
            "{label}: {verdict} in {:.1} s ({} in all)",
            begun.elapsed().as_secs_f64(),
            minutes(self.since)
        );
        outcome
    }
}

/// "2 min 05 s" since then.
pub(crate) fn minutes(since: Instant) -> String {
    let seconds = since.elapsed().as_secs();
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

/// A program, to be started in the repository's root.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Cargo, without the variables that the outer `cargo run` set: build scripts that watch them would rebuild for nothing.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command(
        &env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
        arguments,
    );
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command
}

/// Runs to the end, output shown. An exit code other than zero is an error.
pub(crate) fn run(mut command: Command) -> Outcome {
    let status = command
        .status()
        .map_err(|error| unstartable(&command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed ({status})", spell(&command)))
    }
}

/// Runs to the end, output shown and kept: (did it succeed, what it printed on stdout and stderr).
pub(crate) fn run_and_keep(mut command: Command) -> Outcome<(bool, String)> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| unstartable(&command, &error))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let errors = thread::spawn(move || err.map(echo).unwrap_or_default());
    let mut printed = out.map(echo).unwrap_or_default();
    printed.push_str(&errors.join().unwrap_or_default());
    let status = child
        .wait()
        .map_err(|error| unstartable(&command, &error))?;
    Ok((status.success(), printed))
}

/// Runs quietly and returns stdout, if it succeeds.
pub(crate) fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output = command(program, arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Is a program on the path?
pub(crate) fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// How a command is written in a shell, for messages.
pub(crate) fn spell(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

fn unstartable(command: &Command, error: &std::io::Error) -> String {
    format!("cannot run {}: {error}", spell(command))
}

fn echo(stream: impl Read) -> String {
    let mut kept = String::new();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        kept.push_str(&line);
        kept.push('\n');
    }
    kept
}
