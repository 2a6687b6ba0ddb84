//! The tests' attacks, where a panic cannot be caught: one that gets through stops the module.

use omamori_merging::siege;
use wasm_bindgen::prelude::wasm_bindgen;

/// Brings hostile changes and bent snapshots to a family's document among honest changes.
/// Returns `{"changes": [brought, refused, waiting, said], "snapshots": […]}`.
///
/// # Errors
/// What was altered, lost or could not go on, as a sentence.
#[wasm_bindgen]
pub fn besiege(seed: u32, changes: u32, snapshots: u32) -> Result<String, String> {
    let say = |error: Box<dyn std::error::Error>| error.to_string();
    let numbers =
        |report: siege::Report| [report.brought, report.refused, report.waiting, report.said];
    let report = serde_json::json!({
        "changes": numbers(siege::besiege(seed.into(), changes as usize).map_err(say)?),
        "snapshots": numbers(siege::besiege_with_snapshots(seed.into(), snapshots as usize).map_err(say)?),
    });
    Ok(report.to_string())
}
