//! wasm → the built web app.

use crate::{
    run::{Outcome, at, command, run},
    stamp,
};

/// What the app is built from. `generated` is named in parts, because the build itself writes the rest of it.
const INPUTS: &[&str] = &[
    "web-demo",
    "web-demo/src",
    "web-demo/src/generated/vault",
    "web-demo/src/generated/viewer",
];

/// What lies in these folders and is no input, or is one by its own name.
const EXCEPT: [&str; 6] = [
    "dist",
    "node_modules",
    "src",
    "generated",
    ".svelte-kit",
    "coverage",
];

/// Builds `web-demo/dist`, unless its inputs are unchanged.
pub(crate) fn build() -> Outcome {
    let inputs = inputs()?;
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    stamp::unless_done("app", &inputs, &at("web-demo/dist/index.html"), || {
        npm("web-demo", &["run", "--silent", "build"])
    })
}

/// Runs npm in a folder of the repository.
pub(crate) fn npm(folder: &str, arguments: &[&str]) -> Outcome {
    let mut npm = command("npm", arguments);
    npm.current_dir(at(folder));
    run(npm)
}

fn inputs() -> Outcome<Vec<String>> {
    let mut inputs = Vec::new();
    for folder in INPUTS {
        let entries =
            std::fs::read_dir(at(folder)).map_err(|error| format!("{folder}: {error}"))?;
        for entry in entries {
            let name = entry
                .map_err(|error| format!("{folder}: {error}"))?
                .file_name();
            let name = name.to_string_lossy();
            if !EXCEPT.contains(&&*name) {
                inputs.push(format!("{folder}/{name}"));
            }
        }
    }
    inputs.sort();
    Ok(inputs)
}
