//! Every check there is. One that fails does not stop the others; the last line says how many passed and failed.

use crate::{
    app,
    counts::{self, Counts},
    run::{Outcome, at, cargo, command, minutes, run, run_and_keep, spell, target},
    setup, simulate, wasm,
};
use std::{fs, process::Command, time::Instant};

type Part = fn(&mut Checks) -> Outcome;

/// The parts, in the order in which they run: what fails fastest first, what needs most built last.
const PARTS: &[(&str, Part)] = &[
    ("lint", lint),
    ("rust", rust),
    ("docs", docs),
    ("simulation", simulation),
    ("vectors", vectors),
    ("app", web_app),
    ("browser", browser),
];

/// Runs the named parts, or all.
///
/// # Errors
/// A part that is not known, tools that are missing, or any failed check.
pub(crate) fn test(chosen: &[String]) -> Outcome {
    if let Some(unknown) = chosen
        .iter()
        .find(|name| PARTS.iter().all(|(part, _)| part != name))
    {
        return Err(format!("no part is called {unknown:?}"));
    }
    setup::prepare(setup::TEST)?;
    let mut checks = Checks {
        counts: Counts::default(),
        failures: Vec::new(),
        since: Instant::now(),
    };
    for (name, part) in PARTS
        .iter()
        .filter(|(name, _)| chosen.is_empty() || chosen.iter().any(|wanted| wanted == name))
    {
        eprintln!("\n=== {name} ({} so far)", minutes(checks.since));
        if let Err(message) = part(&mut checks) {
            checks.note(name, Counts::one(false));
            eprintln!("{message}");
        }
    }
    checks.conclude()
}

struct Checks {
    counts: Counts,
    failures: Vec<String>,
    since: Instant,
}

impl Checks {
    /// Runs a check that is one thing.
    fn check(&mut self, title: &str, command: Command) {
        eprintln!("\n--- {title}: {}", spell(&command));
        let begun = Instant::now();
        let outcome = run(command);
        eprintln!(
            "--- {title}: {} in {:.1} s",
            if outcome.is_ok() { "passed" } else { "FAILED" },
            begun.elapsed().as_secs_f64()
        );
        self.note(title, Counts::one(outcome.is_ok()));
    }

    /// Runs vitest in a folder and reads its report.
    fn vitest(&mut self, title: &str, folder: &str, arguments: &[&str]) {
        let report = target().join("reports").join(format!("{title}.json"));
        drop(fs::remove_file(&report));
        let to = format!("--outputFile.json={}", report.display());
        let runner = [
            "exec",
            "--",
            "vitest",
            "run",
            "--reporter=verbose",
            "--reporter=json",
            &to,
        ];
        let mut vitest = command("npm", &[&runner[..], arguments].concat());
        vitest
            .current_dir(at(folder))
            .env("CARGO_TARGET_DIR", target());
        eprintln!("\n--- {title}: {} in {folder}", spell(&vitest));
        let succeeded = run(vitest).is_ok();
        self.note(title, counts::of_vitest(&report).held_to(succeeded));
    }

    fn note(&mut self, title: &str, counts: Counts) {
        self.counts += counts;
        if counts.failed > 0 {
            self.failures
                .push(format!("{title} ({} failed)", counts.failed));
        }
    }

    fn conclude(self) -> Outcome {
        eprintln!("\nin {}", minutes(self.since));
        for failure in &self.failures {
            eprintln!("FAILED: {failure}");
        }
        println!(
            "{} passed, {} failed",
            self.counts.passed, self.counts.failed
        );
        if self.counts.failed == 0 {
            Ok(())
        } else {
            Err("there are failed checks".to_owned())
        }
    }
}

fn lint(checks: &mut Checks) -> Outcome {
    const DENY: [&str; 3] = ["--", "-D", "warnings"];
    const WASM32: [&str; 2] = ["--target", "wasm32-unknown-unknown"];
    let clippy = |arguments: &[&str]| cargo(&[&["clippy", "--locked"], arguments, &DENY].concat());

    checks.check("format", cargo(&["fmt", "--all", "--check"]));
    checks.check("clippy", clippy(&["--workspace", "--all-targets"]));
    checks.check(
        "clippy, the relay's part of the core",
        clippy(&["-p", "omamori-core", "--no-default-features"]),
    );
    checks.check(
        "clippy, the card's part of the core",
        clippy(&[
            "-p",
            "omamori-core",
            "--no-default-features",
            "--features",
            "card",
        ]),
    );
    for variant in ["vault", "viewer"] {
        let module = [
            "-p",
            "omamori-wasm",
            "-p",
            "omamori-core",
            "--no-default-features",
            "--features",
        ];
        let features = format!("omamori-wasm/{variant}");
        checks.check(
            &format!("clippy, wasm {variant}"),
            clippy(&[&module[..], &[&features], &WASM32].concat()),
        );
    }
    checks.note(
        "what the relay is linked with",
        Counts::one(relay_links_no_secrets()?),
    );
    Ok(())
}

/// The relay must not even contain what could read a record (DESIGN §7): no document, no content cipher.
fn relay_links_no_secrets() -> Outcome<bool> {
    const FORBIDDEN: [&str; 6] = [
        "automerge",
        "hpke",
        "chacha20poly1305",
        "ml-kem",
        "x-wing",
        "aes-gcm",
    ];
    let tree = [
        "tree",
        "--locked",
        "-p",
        "omamori-relay",
        "-e",
        "normal",
        "--prefix",
        "none",
        "-f",
        "{lib}",
    ];
    let (succeeded, printed) = run_and_keep_quietly(cargo(&tree))?;
    let found: Vec<_> = FORBIDDEN
        .iter()
        .filter(|name| printed.lines().any(|line| line.replace('_', "-") == **name))
        .collect();
    eprintln!(
        "\n--- the relay is linked with {} crates, forbidden among them: {found:?}",
        printed.lines().count()
    );
    // An empty tree would find nothing forbidden either: it must at least contain the relay's own core.
    Ok(succeeded && found.is_empty() && printed.lines().any(|line| line == "omamori_core"))
}

fn run_and_keep_quietly(mut command: Command) -> Outcome<(bool, String)> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", spell(&command)))?;
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}

fn rust(checks: &mut Checks) -> Outcome {
    let (succeeded, printed) = run_and_keep(cargo(&[
        "test",
        "--locked",
        "--workspace",
        "--no-fail-fast",
    ]))?;
    checks.note("rust tests", counts::of_cargo(&printed).held_to(succeeded));
    Ok(())
}

fn docs(checks: &mut Checks) -> Outcome {
    let mut doc = cargo(&["doc", "--locked", "--workspace", "--no-deps"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    checks.check("rustdoc", doc);
    Ok(())
}

/// Two thousand histories of people who let each other in and out.
fn simulation(checks: &mut Checks) -> Outcome {
    let histories = simulate::histories_from("2000", "1", "60", "2");
    checks.check("simulated histories", histories);
    Ok(())
}

/// The frozen bytes, read by the same core compiled to wasm.
fn vectors(checks: &mut Checks) -> Outcome {
    wasm::build()?;
    checks.vitest(
        "vectors in wasm",
        "tests/browser",
        &["--project", "vectors"],
    );
    Ok(())
}

fn web_app(checks: &mut Checks) -> Outcome {
    wasm::build()?;
    for script in ["check", "lint"] {
        let mut npm = command("npm", &["run", "--silent", script]);
        npm.current_dir(at("web-demo"));
        checks.check(&format!("web-demo {script}"), npm);
    }
    let mut types = command("npm", &["run", "--silent", "check"]);
    types.current_dir(at("tests/browser"));
    checks.check("types of the browser scenarios", types);
    checks.vitest("web-demo unit tests", "web-demo", &[]);
    Ok(())
}

/// The real app, served by the real relay, in real browsers.
fn browser(checks: &mut Checks) -> Outcome {
    wasm::build()?;
    wasm::build_hostile()?;
    app::build()?;
    // With the tests, though none is run: only so are the features those of `cargo test`, and nothing is compiled twice.
    run(cargo(&[
        "build",
        "--locked",
        "--workspace",
        "--bins",
        "--tests",
    ]))?;
    checks.vitest("browser", "tests/browser", &["--project", "browser"]);
    Ok(())
}
