//! The tests' attacks, where a panic cannot be caught: one that gets through stops the module.

use omamori_core::{
    compartment::Compartment, document::CompartmentDocument, replica::Replica, view::Authority,
};
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

/// Stands for whatever stops Automerge some day: in this build a change that says these words stops the module that tries it.
const DEADLY: &str = "この語で止まる";

/// The trial of a deadly change: the module aborts.
#[expect(clippy::panic, reason = "what the tests' worker has to die of")]
pub(crate) fn fall_over(changes: &[Vec<u8>]) {
    let deadly = |bytes: &Vec<u8>| {
        bytes
            .windows(DEADLY.len())
            .any(|part| part == DEADLY.as_bytes())
    };
    if changes.iter().any(deadly) {
        panic!("a deadly change was tried");
    }
}

/// A record that met somebody else's deadly change in spite of the barrier: the module aborts.
#[expect(clippy::panic, reason = "the live core must never get here")]
pub(crate) fn fall_if_met(replica: &Replica) {
    let authority = replica.authority();
    let met = Compartment::ALL.into_iter().any(|compartment| {
        let said = replica
            .document(compartment)
            .map(CompartmentDocument::statements);
        said.unwrap_or_default().iter().any(|statement| {
            let foreign =
                authority.device(compartment, &statement.id.actor) != Some(replica.device());
            foreign && format!("{statement:?}").contains(DEADLY)
        })
    });
    if met {
        panic!("the live document met a deadly change");
    }
}
