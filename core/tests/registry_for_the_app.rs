//! The web app draws its forms and labels from a checked-in copy of the registry of kinds.

use omamori_core::kind::registry_json;
use std::{env, fs, path::Path};

#[test]
fn the_app_knows_every_kind_that_can_be_said() -> Result<(), Box<dyn std::error::Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-demo/src/ui/kinds.json");
    let kinds: serde_json::Value = serde_json::from_str(&registry_json())?;
    let current = format!("{}\n", serde_json::to_string_pretty(&kinds)?);
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &current)?;
    }
    assert!(
        fs::read_to_string(&file)? == current,
        "stale: run UPDATE=1 cargo test -p omamori-core --test registry_for_the_app"
    );
    Ok(())
}
