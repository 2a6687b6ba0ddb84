//! Break-glass: keys, lists, consents, and two officers who open together from files, without a network.

use crate::{
    args::{
        Glass, GlassAsk, GlassConsent, GlassHandOut, GlassKeys, GlassList, GlassOpen, GlassStatus,
        GlassWithdraw,
    },
    failure::Failure,
    files::{self, OpenFile, random, read_file},
    output::Output,
    record::now,
    show::text_of_screen,
};
use omamori_core::{
    barrier::Scratch,
    break_glass::{
        Officer, OfficersList, Reason, Release, Wish,
        municipality::{fingerprint, municipality},
        open::agree,
    },
    device::{DeviceKeys, DevicePublic},
    file::{Cost, File},
    id::{DeviceId, MunicipalityId},
    replica::{GlassOpening, Replica},
    time::UnixMillis,
};
use serde_json::json;
use std::path::Path;

pub(crate) fn glass(command: &Glass, output: &mut Output) -> Result<(), Failure> {
    match command {
        Glass::Keys(keys) => make_keys(keys, output),
        Glass::List(list) => make_list(list, output),
        Glass::Consent(consent) => give_consent(consent, output),
        Glass::Withdraw(withdraw) => take_back(withdraw, output),
        Glass::Status(status) => show_status(status, output),
        Glass::HandOut(hand_out) => write_hand_out(hand_out, output),
        Glass::Ask(asking) => ask(asking, output),
        Glass::Open(opening) => open(opening, output),
    }
}

fn make_keys(make: &GlassKeys, output: &mut Output) -> Result<(), Failure> {
    let keys = files::new_keys(&make.out)?;
    if let Some(public) = &make.public {
        files::write_new(public, &keys.public().to_bytes())?;
    }
    let town = municipality(&keys.municipality_key().public());
    let answer =
        json!({ "officer": keys.id(), "municipality": town, "fingerprint": fingerprint(&town) });
    output.answer(&answer, || {
        format!(
            "officer {}; as a municipality {}",
            keys.id(),
            fingerprint(&town)
        )
    })
}

fn make_list(make: &GlassList, output: &mut Output) -> Result<(), Failure> {
    let officers = make.officer.iter().map(|text| officer(text));
    let officers: Vec<Officer> = officers.collect::<Result<_, _>>()?;
    let key = files::read_keys(&make.keys)?.municipality_key();
    let list = OfficersList::sign(&key, make.generation, now(), &make.name, officers)?;
    files::write_new(&make.out, list.bytes())?;
    let town = list.municipality();
    let answer = json!({ "municipality": town, "fingerprint": fingerprint(&town), "officers": list.officers().len() });
    output.answer(&answer, || {
        format!("{} {}", list.name(), fingerprint(&town))
    })
}

fn officer(text: &str) -> Result<Officer, Failure> {
    let mut parts = text.splitn(3, ',').map(str::trim);
    let (Some(name), Some(office), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Failure::Asked(format!("{text:?} is not NAME,OFFICE,FILE")));
    };
    let keys = DevicePublic::from_bytes(&files::read(Path::new(path))?);
    Ok(Officer {
        keys: keys.map_err(|error| Failure::Asked(format!("{path}: {error}")))?,
        name: name.to_owned(),
        office: office.to_owned(),
    })
}

fn give_consent(consent: &GlassConsent, output: &mut Output) -> Result<(), Failure> {
    let list = OfficersList::read(&files::read(&consent.list)?)?;
    let mut file = OpenFile::open(&consent.file)?;
    file.replica
        .consent_to(&list, consent.until, now(), &mut random())?;
    file.save(&consent.file)?;
    output.answer(&file.replica.glass_consents(now()), || {
        format!(
            "any two of {} officers of {} can open together",
            list.officers().len(),
            list.name()
        )
    })
}

fn take_back(withdraw: &GlassWithdraw, output: &mut Output) -> Result<(), Failure> {
    let town = town(&withdraw.municipality)?;
    let mut file = OpenFile::open(&withdraw.file)?;
    file.replica
        .withdraw_from(&town, &withdraw.reason, now(), &mut random())?;
    file.save(&withdraw.file)?;
    output.answer(&file.replica.glass_consents(now()), || {
        "taken back, with new keys. What officers hold from before stays readable to two of them who kept it.".to_owned()
    })
}

fn town(text: &str) -> Result<MunicipalityId, Failure> {
    text.parse()
        .map_err(|_| Failure::Asked(format!("{text:?} is no municipality")))
}

fn show_status(status: &GlassStatus, output: &mut Output) -> Result<(), Failure> {
    let file = OpenFile::open(&status.file)?;
    let (consents, openings) = (
        file.replica.glass_consents(now()),
        file.replica.glass_openings(),
    );
    let answer = json!({ "consents": consents, "openings": openings });
    output.answer(&answer, || {
        let consents = consents.iter().map(|consent| {
            let state = if consent.stands {
                "stands"
            } else {
                "does not stand"
            };
            format!("{} {} {state}", consent.name, consent.municipality)
        });
        consents
            .chain(openings.iter().map(opening_text))
            .collect::<Vec<_>>()
            .join("\n")
    })
}

fn opening_text(opening: &GlassOpening) -> String {
    let officers: Vec<String> = opening
        .officers
        .iter()
        .map(|(name, office)| format!("{office} {name}"))
        .collect();
    format!(
        "opened by {}: {}: {}, {} to {}",
        opening.name,
        officers.join(", "),
        opening.reason.as_deref().unwrap_or("?"),
        moment(opening.from),
        moment(opening.until),
    )
}

fn moment(at: UnixMillis) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0);
    at.map(|at| at.to_string()).unwrap_or_default()
}

fn write_hand_out(hand_out: &GlassHandOut, output: &mut Output) -> Result<(), Failure> {
    let town = town(&hand_out.municipality)?;
    let file = OpenFile::open(&hand_out.file)?;
    let entries = file.replica.for_officers(&town)?;
    write_entries(&hand_out.out, &file.replica, &entries)?;
    output.answer(&json!({ "entries": entries.len() }), || {
        format!(
            "{} sealed entries; two officers open them together",
            entries.len()
        )
    })
}

fn write_entries(
    path: &Path,
    replica: &Replica,
    entries: &[omamori_core::log::LogEntry],
) -> Result<(), Failure> {
    let bytes = File::write(
        &replica.record(),
        entries,
        None,
        Cost::default(),
        &mut random(),
    );
    let bytes = bytes.map_err(|error| Failure::File(path.to_owned(), error))?;
    files::write_new(path, &bytes)
}

/// What an officer's device holds beforehand.
fn held(path: &Path, keys: DeviceKeys) -> Result<Replica, Failure> {
    let file = read_file(path)?;
    let mut replica = Replica::join(keys, file.record);
    replica.receive(file.entries);
    Ok(replica)
}

fn ask(ask: &GlassAsk, output: &mut Output) -> Result<(), Failure> {
    let replica = held(&ask.file, files::read_keys(&ask.keys)?)?;
    let package = *replica
        .packages_for(&replica.device())
        .first()
        .ok_or(omamori_core::break_glass::OpenError::NotAnOfficer)?;
    let list = replica.officers_of(&package.id());
    let with = list.into_iter().flat_map(OfficersList::officers);
    let with: Vec<DeviceId> = with
        .filter(|officer| officer.name == ask.with)
        .map(|officer| officer.keys.id())
        .collect();
    let [with] = with.as_slice() else {
        return Err(Failure::Asked(format!(
            "no officer {:?} on the list, or several",
            ask.with
        )));
    };
    let from = now();
    let wish = Wish {
        reason: Reason::new(&ask.reason)?,
        from,
        until: UnixMillis(
            from.0
                .saturating_add(i64::from(ask.hours).saturating_mul(3_600_000)),
        ),
    };
    let release = agree(replica.keys(), package, with, &wish, from, &mut random())?;
    files::write_new(&ask.out, &release.to_bytes())?;
    output.answer(
        &json!({ "package": package.id(), "until": moment(wish.until) }),
        || format!("for {} alone; nothing is open yet", ask.with),
    )
}

fn open(opening: &GlassOpen, output: &mut Output) -> Result<(), Failure> {
    let keys = files::read_keys(&opening.keys)?;
    let release = Release::from_bytes(&files::read(&opening.release)?)?;
    let mut replica = held(&opening.file, keys)?;
    let package = replica
        .package(&release.package())
        .ok_or(omamori_core::break_glass::OpenError::NotForThis)?;
    let asked = release.look(replica.keys(), package)?;
    let opened = asked.open(replica.keys(), package, now(), &mut random())?;
    let entry = opened.entry.clone();
    let (wish, officers) = (opened.wish.clone(), opened.officers.clone());
    write_entries(&opening.out, &replica, &[entry])?;
    replica.read_opened(opened, &mut Scratch);
    let screen = replica.first_screen();
    let names: Vec<String> = officers
        .iter()
        .map(|officer| format!("{} {}", officer.office, officer.name))
        .collect();
    let answer = json!({
        "officers": names, "reason": wish.reason.text(), "from": moment(wish.from), "until": moment(wish.until),
        "first_screen": screen,
    });
    output.answer(&answer, || {
        format!(
            "opened by {} — {} — until {}\n\n{}\nThe family is told with {}. Shut again when this ends; whoever wrote it down or copied it still has that.",
            names.join(", "),
            wish.reason.text(),
            moment(wish.until),
            text_of_screen(&screen, opening.lang.into()),
            opening.out.display(),
        )
    })
}
