//! Finds what is missing on this machine and installs it where it may; elsewhere prints the one line that does.

use crate::run::{Outcome, ask, at, command, is_there, run, spell};
use std::{env, fs, path::Path, process::Command};

/// Something a command needs.
#[derive(Clone, Copy)]
pub(crate) enum Need {
    /// `rustup target add`.
    RustTarget(&'static str),
    /// `rustup component add`; the program that comes with it.
    RustComponent(&'static str, &'static str),
    /// One of these programs, from a Debian package.
    Program(&'static [&'static str], &'static str),
    /// A file, from a Debian package.
    File(&'static str, &'static str),
    /// `npm ci` in a folder with a lock file.
    Npm(&'static str),
}

const CLANG: Need = Need::Program(&["clang"], "clang");
const NODE: Need = Need::Program(&["node"], "nodejs");
const NPM: Need = Need::Program(&["npm"], "npm");
const WASM_TARGET: Need = Need::RustTarget("wasm32-unknown-unknown");

/// The Chromium programs looked for, in this order.
pub(crate) const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// To build the wasm modules (clang compiles ring's C for wasm32).
pub(crate) const WASM: &[Need] = &[
    WASM_TARGET,
    CLANG,
    NODE,
    NPM,
    Need::Npm("xtask"),
    Need::Npm("web-demo"),
];
/// To build the app.
pub(crate) const APP: &[Need] = WASM;
/// To run every check.
pub(crate) const TEST: &[Need] = &[
    WASM_TARGET,
    Need::RustComponent("clippy", "cargo-clippy"),
    Need::RustComponent("rustfmt", "cargo-fmt"),
    CLANG,
    NODE,
    NPM,
    Need::Program(CHROMIUM, "chromium"),
    Need::File(
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "fonts-noto-cjk",
    ),
    Need::Program(&["WebKitWebDriver"], "webkit2gtk-driver"),
    Need::Program(&["Xvfb"], "xvfb"),
    Need::Program(&["pdftotext"], "poppler-utils"),
    Need::Npm("xtask"),
    Need::Npm("web-demo"),
    Need::Npm("tests/browser"),
];

/// The oldest Node that the tools run on.
const NODE_AT_LEAST: u32 = 20;

/// Makes sure that everything needed is there.
///
/// # Errors
/// What is missing and cannot be installed, with the one line to run.
pub(crate) fn prepare(needs: &[Need]) -> Outcome {
    let mut missing = Missing::default();
    for need in needs {
        missing.look_for(*need);
    }
    missing.install()?;
    node_is_new_enough()?;
    for need in needs {
        if let Need::Npm(folder) = need {
            npm_packages(folder)?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Missing {
    packages: Vec<&'static str>,
    rustup: Vec<[&'static str; 3]>,
}

impl Missing {
    fn look_for(&mut self, need: Need) {
        match need {
            Need::RustTarget(target) if !has_target(target) => {
                self.rustup.push(["target", "add", target])
            }
            Need::RustComponent(name, program) if !is_there(program) => {
                self.rustup.push(["component", "add", name])
            }
            Need::Program(names, package) if !names.iter().any(|name| is_there(name)) => {
                self.packages.push(package)
            }
            Need::File(path, package) if !Path::new(path).exists() => self.packages.push(package),
            _ => {}
        }
    }

    fn install(&self) -> Outcome {
        if self.packages.is_empty() && self.rustup.is_empty() {
            return Ok(());
        }
        let Some(mut commands) = self.commands() else {
            return Err(self.advice());
        };
        eprintln!("Installing what is missing: {}", self.line(""));
        commands
            .iter_mut()
            .try_for_each(|command| run(std::mem::replace(command, Command::new("true"))))
    }

    /// The commands that install everything; `None` if this user may not.
    fn commands(&self) -> Option<Vec<Command>> {
        let mut commands = Vec::new();
        if !self.packages.is_empty() {
            let sudo = sudo().filter(|_| is_there("apt-get"))?;
            commands.push(apt(sudo, &["update"]));
            commands.push(apt(
                sudo,
                &[
                    &["install", "-y", "--no-install-recommends"],
                    self.packages.as_slice(),
                ]
                .concat(),
            ));
        }
        if !self.rustup.is_empty() && !is_there("rustup") {
            return None;
        }
        commands.extend(self.rustup.iter().map(|words| command("rustup", words)));
        Some(commands)
    }

    fn advice(&self) -> String {
        format!(
            "some tools are missing and may not be installed from here. Run this line, then try again:\n\n  {}\n",
            self.line("sudo ")
        )
    }

    /// Everything in one line of shell.
    fn line(&self, sudo: &str) -> String {
        let mut parts = Vec::new();
        if !self.packages.is_empty() {
            let packages = self.packages.join(" ");
            parts.push(format!("{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {packages}"));
        }
        parts.extend(
            self.rustup
                .iter()
                .map(|words| spell(&command("rustup", words))),
        );
        parts.join(" && ")
    }
}

fn has_target(target: &str) -> bool {
    match ask("rustup", &["target", "list", "--installed"]) {
        Some(installed) => installed.lines().any(|line| line == target),
        // Rust without rustup (a distribution's): its sysroot tells.
        None => ask("rustc", &["--print", "sysroot"]).is_some_and(|sysroot| {
            Path::new(sysroot.trim())
                .join("lib/rustlib")
                .join(target)
                .exists()
        }),
    }
}

/// How to become root: `Some(None)` needs nothing, `Some(Some("sudo"))` works without a password.
#[expect(clippy::option_option, reason = "two questions: may we, and how")]
fn sudo() -> Option<Option<&'static str>> {
    if ask("id", &["-u"]).is_some_and(|id| id.trim() == "0") {
        return Some(None);
    }
    ask("sudo", &["-n", "true"]).map(|_| Some("sudo"))
}

fn apt(sudo: Option<&str>, arguments: &[&str]) -> Command {
    // Another installation may hold the lock: wait for it instead of failing.
    let waiting = [&["-o", "DPkg::Lock::Timeout=600"], arguments].concat();
    let mut apt = match sudo {
        Some(sudo) => command(
            sudo,
            &[
                &["DEBIAN_FRONTEND=noninteractive", "apt-get"],
                waiting.as_slice(),
            ]
            .concat(),
        ),
        None => command("apt-get", &waiting),
    };
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

fn node_is_new_enough() -> Outcome {
    let version = ask("node", &["--version"]).unwrap_or_default();
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|text| text.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_AT_LEAST => Ok(()),
        _ => Err(format!(
            "Node {NODE_AT_LEAST} or newer is needed, this is {:?}; see https://nodejs.org",
            version.trim()
        )),
    }
}

/// `npm ci`, unless the packages of this very lock file are installed.
fn npm_packages(folder: &str) -> Outcome {
    let lock = at(folder).join("package-lock.json");
    let wanted = fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    let stamp = at(folder).join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("npm ci in {folder} …");
    let mut npm = command(
        "npm",
        &["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    );
    npm.current_dir(at(folder));
    if env::var_os("CI").is_some() {
        npm.env("NO_UPDATE_NOTIFIER", "1");
    }
    run(npm)?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_not_install_gets_one_line_that_does() {
        let missing = Missing {
            packages: vec!["clang", "chromium"],
            rustup: vec![["target", "add", "wasm32-unknown-unknown"]],
        };
        assert_eq!(
            missing.line("sudo "),
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends clang chromium && \
             rustup target add wasm32-unknown-unknown"
        );
        assert!(missing.advice().contains(&missing.line("sudo ")));
    }

    #[test]
    fn a_program_that_exists_is_not_missing_and_one_that_does_not_is() {
        let mut missing = Missing::default();
        missing.look_for(Need::Program(&["no-such-program", "cargo"], "cargo"));
        missing.look_for(Need::Program(&["no-such-program"], "nowhere"));
        assert_eq!(missing.packages, ["nowhere"]);
    }
}
