//! Measures the core: load, merge, view, append and bytes, each beside Automerge alone on the same document.

use omamori_merging::measure;
use serde_json::json;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    for figure in measure::document(10_000, 30)? {
        let (reference, reference_value) = figure.reference.unzip();
        let row = json!({
            "name": figure.name,
            "value": figure.value,
            "unit": figure.unit,
            "reference": reference,
            "reference_value": reference_value,
        });
        println!("{row}");
    }
    Ok(())
}
