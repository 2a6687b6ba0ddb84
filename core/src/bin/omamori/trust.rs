//! Who may see the record: letting in, taking back, what was done and by whom, and what waits for a guardian's word.

use crate::{
    args::{Endorse, Grant, Log, Quarantine, Restart, Revoke},
    consent,
    failure::Failure,
    files::{self, OpenFile, random},
    output::Output,
    record::now,
    staff,
};
use jiff::civil::Date;
use omamori_core::{
    compartment::Compartment,
    device::{DeviceKeys, DevicePublic},
    id::{ChunkId, OperationId},
    ledger::{
        OrganisationKey,
        operation::{Operation, UntilDate},
        rights::Right,
        roles::{PRESETS, Preset},
    },
    replica::{Agreed, Colleague, Deed, Member, Quarantined, Replica, Terms},
    statement::{Body, Statement, Value},
    view::Names,
};
use serde::Serialize;
use serde_json::json;
use std::{collections::BTreeSet, str::FromStr};

pub(crate) fn grant(grant: &Grant, output: &mut Output) -> Result<(), Failure> {
    let preset = preset(&grant.role)?;
    let mut rights: Vec<(Compartment, Right)> = preset.rights().collect();
    rights.retain(|(compartment, _)| !grant.without.contains(compartment));
    let terms = Terms {
        until: grant.until.map(UntilDate::of),
        delegate: grant.delegate,
        consent: None,
    };
    let role = serde_json::from_value(preset.role.into()).unwrap_or_default();
    let member = Member {
        name: grant.name.clone(),
        role,
        organisation: grant.organisation.clone(),
    };
    if let Some(out) = grant.out.as_ref().filter(|out| out.exists()) {
        return Err(Failure::Exists(out.clone()));
    }
    let mut file = OpenFile::open(&grant.file)?;
    let (public, own) = newcomer(grant)?;
    let replica = &mut file.replica;
    let before = replica.ledger().map(|ledger| ledger.heads());
    let agreed = Agreed {
        member,
        rights: rights.clone(),
        terms,
        consent: consent::fields(grant, &rights, today()).unwrap_or_default(),
    };
    let organisation = grant.organisation_key.as_deref();
    let organisation = organisation.map(staff::public_key).transpose()?;
    let_in(replica, &public, organisation, &agreed)?;
    if let (Some(out), Some(keys)) = (&grant.out, own) {
        let mut theirs = Replica::join(keys, replica.record());
        theirs.receive(replica.entries().to_vec());
        let theirs = file.sibling(theirs);
        files::write_new(out, &theirs.to_bytes(out)?)?;
    }
    file.save(&grant.file)?;
    let granted = newest_grant(&file.replica, before.as_deref());
    let shown: Vec<_> = rights
        .iter()
        .map(|(of, right)| json!([of, right]))
        .collect();
    let answer = json!({
        "grant": granted, "device": public.id(), "name": grant.name, "rights": shown,
        "hidden": Compartment::ALL.into_iter().filter(|of| !rights.iter().any(|(shown, _)| shown == of)).collect::<Vec<_>>(),
    });
    output.answer(&answer, || {
        let sees: Vec<_> = rights.iter().map(|(of, _)| of.name()).collect();
        format!("{} may see: {}", grant.name, sees.join(", "))
    })
}

/// With the consent, if there is one.
fn let_in(
    replica: &mut Replica,
    public: &DevicePublic,
    organisation: Option<OrganisationKey>,
    agreed: &Agreed,
) -> Result<(), Failure> {
    let Agreed {
        member,
        rights,
        terms,
        consent,
    } = agreed;
    let met = [Colleague {
        device: public.clone(),
        member: member.clone(),
    }];
    let (now, rng) = (now(), &mut random());
    match organisation {
        Some(key) if consent.is_empty() => {
            replica.grant_organisation(*terms, key, &met, rights, now, rng)
        }
        Some(key) => replica.grant_organisation_with_consent(key, &met, agreed, now, rng),
        None if consent.is_empty() => replica.grant_on(*terms, public, member, rights, now, rng),
        None => replica.grant_with_consent(public, agreed, now, rng),
    }?;
    Ok(())
}

fn today() -> Date {
    jiff::Zoned::now().date()
}

/// The keys of whoever is let in: given, or made here for a file of their own.
fn newcomer(grant: &Grant) -> Result<(DevicePublic, Option<DeviceKeys>), Failure> {
    let Some(path) = &grant.to else {
        let keys = DeviceKeys::generate(&mut random());
        return Ok((keys.public().clone(), Some(keys)));
    };
    let public = DevicePublic::from_bytes(&files::read(path)?);
    let public = public.map_err(|error| Failure::Asked(format!("{}: {error}", path.display())))?;
    Ok((public, None))
}

fn newest_grant(replica: &Replica, before: Option<&[OperationId]>) -> Option<OperationId> {
    let ledger = replica.ledger()?;
    let order = ledger.in_order();
    let granted = order.iter().rev().find(|signed| {
        matches!(signed.operation(), Operation::Grant(_))
            && before.is_none_or(|before| !before.contains(&signed.id()))
    });
    granted.map(|signed| signed.id())
}

fn preset(name: &str) -> Result<&'static Preset, Failure> {
    Preset::named(name).ok_or_else(|| {
        let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
        Failure::Asked(format!("no role {name:?}; there are: {}", names.join(", ")))
    })
}

pub(crate) fn revoke(revoke: &Revoke, output: &mut Output) -> Result<(), Failure> {
    let mut file = OpenFile::open(&revoke.file)?;
    let replica = &mut file.replica;
    let (time, rng) = (now(), &mut random());
    let entries = match (&revoke.grant, &revoke.device) {
        (Some(grant), _) if revoke.expired => replica.close(&id(grant)?, time, rng)?,
        (Some(grant), _) => replica.withdraw(&id(grant)?, today(), time, rng)?,
        (None, Some(device)) => replica.remove_device(&id(device)?, time, rng)?,
        (None, None) => return Err(Failure::Asked("name a grant or a device".to_owned())),
    };
    let owed = replica.owes();
    let until = revoke.grant.as_ref().and_then(|grant| {
        let deeds = replica.deeds().into_iter();
        deeds
            .filter(|deed| deed.id.to_string() == *grant)
            .find_map(|deed| deed.until)
    });
    file.save(&revoke.file)?;
    let entries = entries.len();
    let answer = json!({ "entries": entries, "owed": owed, "until": until });
    output.answer(&answer, || {
        let how = match until.filter(|_| revoke.expired) {
            Some(until) => format!("closed, its last day was {until};"),
            None => "taken back,".to_owned(),
        };
        format!("{how} with new keys; what was shared before cannot be called back")
    })
}

pub(crate) fn log(log: &Log, output: &mut Output) -> Result<(), Failure> {
    let replica = OpenFile::open(&log.file)?.replica;
    let (deeds, names) = (replica.deeds(), replica.names());
    let expired = expired(&deeds, today());
    let told: Vec<_> = deeds
        .iter()
        .map(|deed| Told {
            deed,
            whom: whom(deed, &deeds, &names),
            expired: expired.contains(&deed.id),
        })
        .collect();
    output.answer(&told, || {
        let lines: Vec<String> = told.iter().map(line).collect();
        lines.join("\n")
    })
}

/// One line of the log.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    deed: &'a Deed,
    /// What those are called whom it lets in or whose time it ends, as somebody said who may.
    whom: Vec<String>,
    /// Its last day is over, and nobody has closed it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    expired: bool,
}

/// Who ends with a grant stands in the grant.
fn whom(deed: &Deed, deeds: &[Deed], names: &Names) -> Vec<String> {
    let given = deeds.iter().find(|given| Some(given.id) == deed.grant);
    let devices = &given.unwrap_or(deed).devices;
    let names = devices.iter().map(|device| names.name(device));
    names.filter(|name| !name.is_empty()).collect()
}

fn expired(deeds: &[Deed], today: Date) -> BTreeSet<OperationId> {
    let in_force = || deeds.iter().filter(|deed| deed.in_force);
    let ended: BTreeSet<OperationId> = in_force().filter_map(|deed| deed.grant).collect();
    in_force()
        .filter(|deed| deed.what == "grant" && !ended.contains(&deed.id))
        .filter(|deed| deed.until.is_some_and(|until| until < today))
        .map(|deed| deed.id)
        .collect()
}

fn line(told: &Told<'_>) -> String {
    let deed = told.deed;
    let at = jiff::Timestamp::from_millisecond(deed.at.0).map(|at| at.to_string());
    let devices = deed.devices.iter().map(|device| format!(" {device}"));
    let what: String = match &deed.grant {
        Some(grant) => format!(" {grant}"),
        None => devices.collect(),
    };
    let whom = match told.whom.as_slice() {
        [] => String::new(),
        names => format!(" ({})", names.join(", ")),
    };
    let until = deed.until.map(|until| format!(" until {until}"));
    let void = if deed.in_force { "" } else { " (void)" };
    let expired = if told.expired {
        " (expired, not closed)"
    } else {
        ""
    };
    format!(
        "{} {} {}{what}{whom}{}{expired} by {}{void}",
        at.unwrap_or_default(),
        deed.id,
        deed.what,
        until.unwrap_or_default(),
        deed.name
    )
}

pub(crate) fn quarantine(quarantine: &Quarantine, output: &mut Output) -> Result<(), Failure> {
    let file = OpenFile::open(&quarantine.file)?;
    let waiting = file.replica.quarantine();
    output.answer(&waiting, || match waiting.as_slice() {
        [] => "nothing waits for your word".to_owned(),
        waiting => waiting.iter().map(waits).collect::<Vec<_>>().join("\n"),
    })
}

/// Which chunk, and what it says: nobody answers for words unread.
fn waits(found: &Quarantined) -> String {
    let (of, count) = (found.compartment.name(), found.statements.len());
    let head = format!("{} {of} {}: {count} statements", found.chunk, found.name);
    let said = found.statements.iter().flat_map(said);
    let lines = std::iter::once(head).chain(said.map(|line| format!("  {line}")));
    lines.collect::<Vec<_>>().join("\n")
}

fn said(statement: &Statement) -> Vec<String> {
    let kind = &statement.kind;
    match &statement.body {
        Body::Set { fields, .. } => {
            let fields = fields.iter();
            let set =
                |(field, value): (&String, &Value)| format!("{kind}.{field} = {}", shown(value));
            fields.map(set).collect()
        }
        Body::Retract { reason, .. } => vec![format!("{kind} no longer holds: {reason}")],
        Body::Confirm { target } => vec![format!("{kind} confirmed: {target}")],
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(texts) => texts.join(", "),
    }
}

pub(crate) fn endorse(endorse: &Endorse, output: &mut Output) -> Result<(), Failure> {
    let mut file = OpenFile::open(&endorse.file)?;
    let chunks: Vec<ChunkId> = endorse
        .chunk
        .iter()
        .map(|text| id(text))
        .collect::<Result<_, _>>()?;
    let entries = file.replica.endorse(&chunks, now(), &mut random())?;
    file.save(&endorse.file)?;
    let (entries, left) = (entries.len(), file.replica.quarantine().len());
    output.answer(&json!({ "entries": entries, "left": left }), || {
        format!("said again under your name; {left} left")
    })
}

pub(crate) fn restart(restart: &Restart, output: &mut Output) -> Result<(), Failure> {
    let mut file = OpenFile::open(&restart.file)?;
    let entries = file
        .replica
        .restart(restart.compartment, now(), &mut random())?;
    file.save(&restart.file)?;
    let (compartment, bytes) = (
        restart.compartment,
        entries.iter().map(|it| it.bytes.len()).sum::<usize>(),
    );
    output.answer(
        &json!({ "compartment": compartment, "bytes": bytes }),
        || {
            format!(
                "{} begins anew, in {bytes} bytes; nothing is hidden",
                compartment.name()
            )
        },
    )
}

fn id<T: FromStr<Err = omamori_core::id::IdError>>(text: &str) -> Result<T, Failure> {
    text.parse()
        .map_err(|error: omamori_core::id::IdError| Failure::Asked(error.to_string()))
}
