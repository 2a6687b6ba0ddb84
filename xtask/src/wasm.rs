//! core → wasm: two modules from one crate, `vault` (the family's app) and `viewer` (what only opens a card).

use crate::{
    run::{Outcome, at, cargo, command, run, target},
    stamp,
};
use std::{fs, path::PathBuf};

/// What each module is built from: a change in any of these rebuilds it.
const INPUTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "core/Cargo.toml",
    "core/src",
    "core/data",
    "wasm",
    "xtask/bindgen",
    "xtask/package-lock.json",
];

/// The two builds of `omamori-wasm`.
const VARIANTS: [&str; 2] = ["vault", "viewer"];

/// Builds both modules into `web-demo/src/generated/{vault,viewer}/`, unless their inputs are unchanged.
pub(crate) fn build() -> Outcome {
    VARIANTS.into_iter().try_for_each(|variant| {
        let folder = at("web-demo/src/generated").join(variant);
        stamp::unless_done(
            &format!("wasm-{variant}"),
            INPUTS,
            &folder.join("omamori_wasm_bg.wasm"),
            || build_one(variant),
        )
    })
}

/// The module that attacks the vault's core in a browser, into `target/generated/hostile/`: for tests, never shipped.
pub(crate) fn build_hostile() -> Outcome {
    let folder = target().join("generated/hostile");
    let inputs = [INPUTS, &["tests/merging"]].concat();
    stamp::unless_done(
        "wasm-hostile",
        &inputs,
        &folder.join("omamori_wasm_bg.wasm"),
        || write_module("hostile").map(|_| ()),
    )
}

fn build_one(variant: &str) -> Outcome {
    let aside = write_module(variant)?;

    eprintln!("  {variant}: wasm-opt -Oz");
    let module = aside.join("omamori_wasm_bg.wasm");
    let module = module.to_string_lossy();
    run(command(
        "node",
        &[
            "xtask/node_modules/binaryen/bin/wasm-opt",
            "-Oz",
            &module,
            "-o",
            &module,
        ],
    ))?;

    let folder = at("web-demo/src/generated").join(variant);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(folder.parent().unwrap_or(&folder))
        .and_then(|()| copy_folder(&aside, &folder))
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    let bytes = fs::metadata(folder.join("omamori_wasm_bg.wasm")).map_or(0, |file| file.len());
    eprintln!("  {variant}: {bytes} bytes");
    Ok(())
}

/// Compiles a variant and writes its JavaScript to `target/generated/VARIANT`.
fn write_module(variant: &str) -> Outcome<PathBuf> {
    eprintln!("  {variant}: compiling to wasm");
    run(cargo(&[
        "build",
        "--locked",
        "--profile",
        "wasm",
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "omamori-wasm",
        "--no-default-features",
        "--features",
        variant,
    ]))?;
    let compiled = target().join("wasm32-unknown-unknown/wasm/omamori_wasm.wasm");

    // Written aside and moved at the end: an interrupted build never leaves half a module where the app looks.
    let aside = target().join("generated").join(variant);
    drop(fs::remove_dir_all(&aside));
    eprintln!("  {variant}: writing its JavaScript");
    let bindgen = [
        "run",
        "--locked",
        "--quiet",
        "--package",
        "xtask-bindgen",
        "--",
    ];
    run(cargo(
        &[
            &bindgen[..],
            &[&compiled.to_string_lossy(), &aside.to_string_lossy()],
        ]
        .concat(),
    ))?;
    Ok(aside)
}

/// Copies a folder whole.
pub(crate) fn copy_folder(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let destination = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &destination)?;
        } else {
            fs::copy(entry.path(), destination)?;
        }
    }
    Ok(())
}
