//! Beginning records, and merging them.

use crate::{
    args::{Merge, New},
    failure::Failure,
    files::{self, OpenFile, random, read_file},
    output::Output,
};
use omamori_core::{device::DeviceKeys, replica::Replica, time::UnixMillis};
use serde_json::json;
use std::time::SystemTime;

/// This machine's clock.
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub(crate) fn new(new: &New, output: &mut Output) -> Result<(), Failure> {
    // Before anything is asked for or computed. Writing itself refuses too.
    if new.out.exists() {
        return Err(Failure::Exists(new.out.clone()));
    }
    let from = new.from.as_deref().map(files::read_open_form).transpose()?;
    let keys = DeviceKeys::generate(&mut random());
    let (mut replica, _) = Replica::create(keys, &new.guardian, now(), &mut random())
        .map_err(|error| Failure::Begin(error.to_string()))?;
    if let Some(from) = &from {
        replica
            .import(from, &mut random())
            .map_err(|error| Failure::Import(error.to_string()))?;
    }
    let file = OpenFile::begin(replica)?;
    files::write_new(&new.out, &file.to_bytes(&new.out)?)?;
    let (record, facts) = (
        file.replica.record(),
        from.map_or(0, |from| from.facts.len()),
    );
    output.answer(
        &json!({ "record": record, "facts": facts, "file": new.out }),
        || format!("{}: record {record}, {facts} facts", new.out.display()),
    )
}

pub(crate) fn merge(merge: &Merge, output: &mut Output) -> Result<(), Failure> {
    let other = read_file(&merge.other)?;
    let mut file = OpenFile::open(&merge.file)?;
    if other.record != file.replica.record() {
        return Err(Failure::OtherRecord);
    }
    let received = file.replica.receive(other.entries);
    file.save(merge.out.as_ref().unwrap_or(&merge.file))?;
    let differences = file.replica.view().contradictions().count();
    let (accepted, refused) = (received.accepted.len(), received.refused.len());
    let answer = json!({
        "accepted": accepted,
        "waiting": received.waiting,
        "refused": received.refused,
        "changed": received.changed,
        "differences": differences,
    });
    output.answer(&answer, || {
        format!(
            "{accepted} entries new, {refused} refused; people disagree in {differences} places"
        )
    })
}
