//! From nothing to a running relay with four sample families, at an address a browser trusts.

use crate::{
    app,
    run::{Outcome, Steps, at, cargo, run, target},
    setup,
    wasm::{self, copy_folder},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::IpAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The port, unless another is asked for.
const PORT: u16 = 8443;

/// Sets up, builds, starts and stays until it is stopped.
///
/// # Errors
/// Words that are no options, missing tools, a build that fails, a relay that does not start.
pub(crate) fn demo(words: &[String]) -> Outcome {
    let options = Options::parse(words)?;
    let mut steps = Steps::new(6);
    steps.step("tools and npm packages", || setup::prepare(setup::APP))?;
    steps.step("core → wasm (the first time about 5 minutes)", wasm::build)?;
    steps.step("wasm → app", app::build)?;
    steps.step("relay (the first time about 4 minutes)", || {
        run(cargo(&[
            "build",
            "--locked",
            "--release",
            "-p",
            "omamori-relay",
        ]))
    })?;
    let folder = steps.step("sample families", prepare_folder)?;
    let mut relay = steps.step("start", || start(&folder, &options))?;
    let status = relay
        .wait()
        .map_err(|error| format!("the relay: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the relay stopped ({status})"))
    }
}

struct Options {
    port: u16,
    /// Reachable from other devices, with a certificate of our own making.
    lan: bool,
}

impl Options {
    fn parse(words: &[String]) -> Outcome<Self> {
        let mut options = Self {
            port: PORT,
            lan: false,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--lan" => options.lan = true,
                "--port" => {
                    let number = words.next().and_then(|text| text.parse().ok());
                    options.port = number.ok_or("--port needs a number from 0 to 65535")?;
                }
                other => {
                    return Err(format!(
                        "demo has no option {other:?}; it knows --port N and --lan"
                    ));
                }
            }
        }
        Ok(options)
    }
}

/// `target/demo/`: a copy of the built app, with the sample families beside it. The app itself never contains them.
fn prepare_folder() -> Outcome<PathBuf> {
    let folder = target().join("demo");
    let app = folder.join("app");
    drop(fs::remove_dir_all(&app));
    copy_folder(&at("web-demo/dist"), &app)
        .map_err(|error| format!("{}: {error}", app.display()))?;
    let families = sample_families()?;
    fs::create_dir_all(app.join("demo"))
        .and_then(|()| fs::write(app.join("demo/families.json"), families))
        .map_err(|error| format!("{}: {error}", app.display()))?;
    Ok(folder)
}

/// The documents of `tests/cases`, as one JSON array.
fn sample_families() -> Outcome<String> {
    let folder = at("tests/cases");
    let read = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect()
        })
        .map_err(read)?;
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    let documents = files
        .iter()
        .map(fs::read_to_string)
        .collect::<Result<Vec<_>, _>>()
        .map_err(read)?;
    let families = format!("[{}]", documents.join(","));
    let parsed: serde_json::Value =
        serde_json::from_str(&families).map_err(|error| format!("tests/cases: {error}"))?;
    eprintln!("  {} families", parsed.as_array().map_or(0, Vec::len));
    Ok(families)
}

fn start(folder: &Path, options: &Options) -> Outcome<std::process::Child> {
    let host = if options.lan { "0.0.0.0" } else { "127.0.0.1" };
    let mut relay = Command::new(target().join("release/omamori-relay"));
    relay.args(["--listen", &format!("{host}:{}", options.port)]);
    relay
        .arg("--data")
        .arg(folder.join("relay.db"))
        .arg("--app")
        .arg(folder.join("app"));
    if options.lan {
        relay.arg("--tls-self-signed").arg(folder.join("tls"));
    }
    let mut relay = relay
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start the relay: {error}"))?;
    let Some(stdout) = relay.stdout.take() else {
        return Err("the relay has no output".to_owned());
    };
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let Some(address) = lines.find_map(|line| {
        line.split_once("listening on ")
            .map(|(_, address)| address.trim().to_owned())
    }) else {
        let status = relay.wait().map_err(|error| error.to_string())?;
        return Err(format!(
            "the relay did not start ({status}); is port {} taken? Try --port N",
            options.port
        ));
    };
    // Keep reading, or the relay would block on a full pipe one day.
    std::thread::spawn(move || lines.for_each(|line| println!("{line}")));
    explain(&address, options, folder);
    Ok(relay)
}

fn explain(address: &str, options: &Options, folder: &Path) {
    let port = address
        .rsplit(':')
        .next()
        .unwrap_or_default()
        .trim_end_matches('/');
    let home = if options.lan {
        format!("https://{}:{port}", name_in_the_house(folder))
    } else {
        format!("http://localhost:{port}")
    };
    println!("\nOmamori runs at  {home}\n");
    if options.lan {
        println!(
            "  A phone must trust the certificate first: install {} on it.\n",
            folder.join("tls/ca.pem").display()
        );
    }
    println!(
        "  1. {home}/#/demo   見本を入れる: the four sample families come in, you are their guardian\n  \
         2. あおい → 医師に見せる: what an unfamiliar doctor sees (hold the button to come back);\n     \
            then her QR, 紙に印刷する, and 食い違いを決める: two people said different things\n  \
         3. {home}/c         what a stranger's phone opens; let its camera see the QR\n  \
         4. in a second browser profile: ほかのスマホの記録に加わる; in the first: あおい → 見られる人 → 見せる人をふやす;\n     \
            then edit the same field in both with the network off, and switch it on again\n\n\
         Everything is kept in {}. Stop with Ctrl-C.",
        folder.display()
    );
}

/// The address of this machine that the relay put into its certificate, or words that say what to type.
fn name_in_the_house(folder: &Path) -> String {
    let names = fs::read_to_string(folder.join("tls/names.txt")).unwrap_or_default();
    let addresses = names.lines().filter_map(|name| name.parse::<IpAddr>().ok());
    match addresses.into_iter().find(|address| !address.is_loopback()) {
        Some(IpAddr::V6(address)) => format!("[{address}]"),
        Some(address) => address.to_string(),
        None => "THIS-COMPUTER".to_owned(),
    }
}
