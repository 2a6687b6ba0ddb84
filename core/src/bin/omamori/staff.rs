//! An organisation's staff: its key, who joins, who leaves.

use crate::{
    args::{StaffAct, StaffJoin},
    failure::Failure,
    files::{self, OpenFile, random},
    output::Output,
    record::now,
};
use omamori_core::{
    device::DeviceKeys,
    id::DeviceId,
    ledger::{OrganisationKey, operation::UntilDate},
    organisation::OrganisationKeys,
    pin::{self, Cost},
    replica::{Colleague, Member, Replica},
};
use serde_json::json;
use std::path::Path;

/// What the secret file is sealed for.
const PURPOSE: &str = "organisation key";

pub(crate) fn staff(act: &StaffAct, output: &mut Output) -> Result<(), Failure> {
    match act {
        StaffAct::Key { out, public } => make_key(out, public, output),
        StaffAct::Join(join_) => join(join_, output),
        StaffAct::End { file, key, device } => end(file, key, device, output),
    }
}

/// The half of an organisation's key that families grant to.
pub(crate) fn public_key(path: &Path) -> Result<OrganisationKey, Failure> {
    let bytes = files::read(path)?;
    let key = bytes.as_slice().try_into();
    key.map_err(|_| Failure::Asked(format!("{} is no organisation's key", path.display())))
}

fn make_key(out: &Path, public: &Path, output: &mut Output) -> Result<(), Failure> {
    for path in [out, public] {
        if path.exists() {
            return Err(Failure::Exists(path.to_owned()));
        }
    }
    let (keys, passphrase) = (
        OrganisationKeys::generate(&mut random()),
        files::passphrase(true)?,
    );
    let secret = keys.to_secret_bytes();
    let sealed = pin::seal(
        &passphrase,
        secret.as_slice(),
        PURPOSE,
        Cost::default(),
        &mut random(),
    );
    let sealed = sealed.map_err(|error| Failure::Encoding(error.to_string()))?;
    files::write_new(out, &sealed)?;
    files::write_new(public, &keys.public())?;
    let key = DeviceId::new(keys.public());
    output.answer(&json!({ "organisation": key }), || {
        format!("give {} to the family", public.display())
    })
}

fn secret_key(path: &Path, file: &OpenFile) -> Result<OrganisationKeys, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::Asked(format!("{}: {error}", path.display()));
    let sealed = files::read(path)?;
    let secret = pin::open(file.passphrase(), &sealed, PURPOSE).map_err(|error| failed(&error))?;
    OrganisationKeys::from_secret_bytes(&secret).map_err(|error| failed(&error))
}

fn join(join: &StaffJoin, output: &mut Output) -> Result<(), Failure> {
    if let Some(out) = join.out.as_ref().filter(|out| out.exists()) {
        return Err(Failure::Exists(out.clone()));
    }
    let mut file = OpenFile::open(&join.file)?;
    let keys = secret_key(&join.key, &file)?;
    let own = join.out.is_none();
    let newcomer = DeviceKeys::generate(&mut random());
    let replica = &mut file.replica;
    let device = if own {
        replica.keys().public().clone()
    } else {
        newcomer.public().clone()
    };
    let member = Member {
        name: join.name.clone().unwrap_or_default(),
        role: omamori_core::screen::source::Role::default(),
        organisation: join.organisation.clone(),
    };
    let id = device.id();
    let colleague = Colleague { device, member };
    let until = join.until.map(UntilDate::of);
    replica.staff_join(&keys, &colleague, until, now(), &mut random())?;
    if let Some(out) = &join.out {
        let mut theirs = Replica::join(newcomer, replica.record());
        theirs.receive(replica.entries().to_vec());
        let theirs = file.sibling(theirs);
        files::write_new(out, &theirs.to_bytes(out)?)?;
    }
    file.save(&join.file)?;
    output.answer(&json!({ "device": id }), || {
        format!("{id} works for the organisation now")
    })
}

fn end(path: &Path, key: &Path, device: &str, output: &mut Output) -> Result<(), Failure> {
    let mut file = OpenFile::open(path)?;
    let keys = secret_key(key, &file)?;
    let device: DeviceId = device
        .parse()
        .map_err(|_| Failure::Asked(format!("{device:?} is no device")))?;
    file.replica.staff_end(&keys, &device, now())?;
    file.save(path)?;
    output.answer(&json!({ "device": device }), || {
        "ended; what they wrote before stays, what they write from now on is kept apart".to_owned()
    })
}
