//! Saying something new.

use crate::{
    args,
    failure::Failure,
    files::{self, OpenFile, random},
    output::Output,
    path::{Setting, Which},
    record::now,
};
use omamori_core::{
    compartment::Compartment,
    edit::Edit,
    kind,
    statement::{Fields, How},
    view::View,
};
use serde_json::json;
use std::{collections::BTreeMap, path::Path};

pub(crate) fn edit(edit: args::Edit, output: &mut Output) -> Result<(), Failure> {
    let mut file = OpenFile::open(&edit.file)?;
    let edits = match &edit.patch {
        Some(patch) => read_patch(patch)?,
        None => {
            let how = How {
                way: edit.how.into(),
                by: edit.by,
                document: edit.document,
                date: edit.date,
            };
            from_settings(&edit.set, file.replica.view(), &how)?
        }
    };
    check(&edits, file.replica.view())?;
    let entries = file.replica.edit(&edits, now(), &mut random())?;
    file.save(&edit.file)?;
    let (said, differences) = (edits.len(), file.replica.view().contradictions().count());
    output.answer(
        &json!({ "edits": said, "entries": entries.len(), "differences": differences }),
        || format!("said; people disagree in {differences} places"),
    )
}

fn read_patch(patch: &Path) -> Result<Vec<Edit>, Failure> {
    serde_json::from_slice(&files::read(patch)?)
        .map_err(|error| Failure::Patch(patch.to_owned(), error))
}

/// Values for one fact become one edit.
fn from_settings(typed: &[String], view: &View, how: &How) -> Result<Vec<Edit>, Failure> {
    let mut facts: BTreeMap<(Compartment, String, Which), Fields> = BTreeMap::new();
    for typed in typed {
        let setting = Setting::parse(typed, view)?;
        let fields = facts
            .entry((setting.compartment, setting.kind, setting.which))
            .or_default();
        fields.insert(setting.field, setting.value);
    }
    let edit = |((compartment, kind, which), fields)| match which {
        Which::New => Edit::Add {
            compartment,
            kind,
            fields,
            how: how.clone(),
        },
        Which::Fact(fact) => Edit::Set {
            compartment,
            fact,
            fields,
            clear: Vec::new(),
            how: how.clone(),
        },
    };
    Ok(facts.into_iter().map(edit).collect())
}

/// What a person types has the shape that its kind declares.
fn check(edits: &[Edit], view: &View) -> Result<(), Failure> {
    for edit in edits {
        match edit {
            Edit::Add { kind, fields, .. } => kind::check(kind, fields)?,
            Edit::Set {
                compartment,
                fact,
                fields,
                ..
            } => {
                let known = view.find(*compartment, fact).map(|fact| fact.kind.as_str());
                let kind = match fact {
                    omamori_core::statement::FactId::Only(kind) => Some(kind.as_str()),
                    omamori_core::statement::FactId::Said(_) => known,
                };
                if let Some(kind) = kind {
                    kind::check_some(kind, fields)?;
                }
            }
            Edit::Retract { .. } | Edit::SayAgain { .. } | Edit::Confirm { .. } => {}
        }
    }
    Ok(())
}
