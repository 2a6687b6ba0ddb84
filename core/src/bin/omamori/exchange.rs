//! The open JSON form, out and in.

use crate::{
    args::{Export, Import},
    failure::Failure,
    files::{self, OpenFile, random},
    output::Output,
};
use serde_json::json;

pub(crate) fn export(export: &Export, output: &mut Output) -> Result<(), Failure> {
    let file = OpenFile::open(&export.file)?;
    let mut record = if export.authors {
        file.replica.export_signed()
    } else {
        file.replica.export()
    };
    if !export.compartment.is_empty() {
        record = record.within(&export.compartment);
    }
    let text = record.to_json();
    match &export.out {
        None => output.line(text.trim_end()),
        Some(out) => {
            files::write(out, text.as_bytes())?;
            let facts = record.facts.len();
            output.answer(&json!({ "file": out, "facts": facts }), || {
                format!("{}: {facts} facts", out.display())
            })
        }
    }
}

pub(crate) fn import(import: &Import, output: &mut Output) -> Result<(), Failure> {
    let record = files::read_open_form(&import.from)?;
    let mut file = OpenFile::open(&import.file)?;
    file.replica
        .import(&record, &mut random())
        .map_err(|error| Failure::Import(error.to_string()))?;
    file.save(&import.file)?;
    let (facts, differences) = (
        record.facts.len(),
        file.replica.view().contradictions().count(),
    );
    output.answer(
        &json!({ "facts": facts, "differences": differences }),
        || format!("{facts} facts said anew; people disagree in {differences} places"),
    )
}
