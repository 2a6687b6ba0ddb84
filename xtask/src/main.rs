//! The project's commands. On a fresh machine each of them first installs what it needs, or prints the one line that does.
//!
//! `cargo xtask demo` · `cargo xtask test` · `cargo xtask bench` · `cargo xtask wasm`

mod app;
mod bench;
mod counts;
mod demo;
mod run;
mod setup;
mod simulate;
mod stamp;
mod test;
mod wasm;

use std::{env, process::ExitCode};

const HELP: &str = "\
cargo xtask demo [--port N] [--lan]   build everything, start a relay with sample families, print the address
cargo xtask test [PART…]              every check there is; ends with `N passed, N failed`
                                      parts: rust lint docs simulation vectors app browser (default: all)
cargo xtask bench [NAME…]             measurements, each beside its reference
cargo xtask simulate [--histories N] [--seed S] [--steps L] [--threads T]
                                      people who let each other in and out; a failure is shrunk and printed with its seed
cargo xtask wasm                      only core → wasm → web-demo/src/generated
cargo xtask app                       wasm, then the built web app in web-demo/dist
cargo xtask help                      this";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", [].as_slice()),
    };
    let outcome = match command {
        "demo" => demo::demo(rest),
        "test" => test::test(rest),
        "bench" => bench::bench(rest),
        "simulate" => simulate::simulate(rest),
        "wasm" => setup::prepare(setup::WASM).and_then(|()| wasm::build()),
        "app" => setup::prepare(setup::APP)
            .and_then(|()| wasm::build())
            .and_then(|()| app::build()),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("no command is called {other:?}\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
