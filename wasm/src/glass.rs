//! Break-glass: the family's consent, and the officers who open together. Every method is a conversion and a call.

use crate::{
    codes,
    convert::{self, entries, millis, produced, record, rng, secret_keys, to_json},
    refusal::refusal,
    vault::Child,
};
use jiff::civil::Date;
use js_sys::{Array, Uint8Array};
use omamori_core::{
    barrier::Elsewhere,
    break_glass::{
        Officer, OfficersList, OpenError, Opened, Reason, Release, Wish,
        municipality::{self, fingerprint},
        open::agree,
    },
    device::{DeviceKeys, DevicePublic},
    id::{DeviceId, MunicipalityId},
    replica::{GlassError, Replica},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

fn glass(error: GlassError) -> JsError {
    match error {
        GlassError::People(error) => codes::people(error),
        GlassError::Editing(error) => codes::editing(error),
        GlassError::NoConsent => refusal("no-consent", &"there is no consent"),
        GlassError::OldList => refusal("old-list", &"a newer list is known"),
        GlassError::NotManager => refusal("no-right", &"this device does not manage"),
    }
}

fn shut(error: &OpenError) -> JsError {
    refusal(error.code(), error)
}

/// An officer, as shown: JSON `{id, name, office}`.
#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    name: &'a str,
    office: &'a str,
}

fn shown(officer: &Officer) -> Shown<'_> {
    Shown {
        id: officer.keys.id().to_string(),
        name: &officer.name,
        office: &officer.office,
    }
}

fn list_of(bytes: &[u8]) -> Result<OfficersList, JsError> {
    OfficersList::read(bytes).map_err(|error| refusal("not-a-list", &error))
}

/// Reads a municipality's list and checks its signature: JSON `{municipality, fingerprint, name, generation, issued, officers}`.
///
/// # Errors
/// `not-a-list`.
#[wasm_bindgen]
pub fn officers_list(bytes: &[u8]) -> Result<String, JsError> {
    let list = list_of(bytes)?;
    to_json(&serde_json::json!({
        "municipality": list.municipality(),
        "fingerprint": fingerprint(&list.municipality()),
        "name": list.name(),
        "generation": list.generation(),
        "issued": list.issued(),
        "officers": list.officers().iter().map(shown).collect::<Vec<_>>(),
    }))
}

/// Who these keys are: JSON `{officer, municipality, fingerprint}`.
///
/// # Errors
/// `bad-secret-keys`.
#[wasm_bindgen]
pub fn officer_keys(secret: &[u8]) -> Result<String, JsError> {
    let keys = secret_keys(secret)?;
    let town = municipality::municipality(&keys.municipality_key().public());
    to_json(&serde_json::json!({
        "officer": keys.id(),
        "municipality": town,
        "fingerprint": fingerprint(&town),
    }))
}

/// An officer who is to stand on a list.
#[derive(Deserialize)]
struct Named {
    name: String,
    office: String,
    /// Public keys, hex.
    keys: String,
}

/// Signs a list with a municipality's secret keys. `officers`: JSON `{name, office, keys}[]`.
///
/// # Errors
/// `bad-secret-keys`, `bad-json`, `bad-public-keys`, `not-a-list`.
#[wasm_bindgen]
pub fn sign_officers(
    secret: &[u8],
    generation: u32,
    name: &str,
    officers: &str,
    now: f64,
) -> Result<Vec<u8>, JsError> {
    let keys = secret_keys(secret)?;
    let named: Vec<Named> = crate::convert::from_json(officers)?;
    let officers = named.into_iter().map(|named| {
        let bytes = hex::decode(&named.keys).map_err(|error| refusal("bad-public-keys", &error))?;
        let keys = DevicePublic::from_bytes(&bytes);
        Ok(Officer {
            keys: keys.map_err(|error| refusal("bad-public-keys", &error))?,
            name: named.name,
            office: named.office,
        })
    });
    let officers = officers.collect::<Result<Vec<_>, JsError>>()?;
    let key = keys.municipality_key();
    OfficersList::sign(&key, generation.into(), millis(now), name, officers)
        .map(|list| list.bytes().to_vec())
        .map_err(|error| refusal("not-a-list", &error))
}

/// Signs a relay's challenge as an officer of a municipality.
///
/// # Errors
/// `bad-secret-keys`, `not-a-record`, `bad-nonce`.
#[wasm_bindgen]
pub fn sign_as_officer(secret: &[u8], municipality: &str, nonce: &str) -> Result<String, JsError> {
    let mut bytes = [0; omamori_core::token::NONCE];
    hex::decode_to_slice(nonce, &mut bytes).map_err(|error| refusal("bad-nonce", &error))?;
    let (keys, place) = (secret_keys(secret)?, record(municipality)?);
    Ok(hex::encode(omamori_core::token::sign(
        &place, &keys, &bytes,
    )))
}

#[wasm_bindgen]
impl Child {
    /// Agrees that two officers of this list may open together. `until`: `YYYY-MM-DD`, or empty.
    ///
    /// # Errors
    /// `not-a-list`, `bad-date`, `old-list`, `no-right`, and the codes of `PeopleError` and `EditingError`.
    #[wasm_bindgen(js_name = consentTo)]
    pub fn consent_to(&mut self, list: &[u8], until: &str, now: f64) -> Result<(), JsError> {
        let list = list_of(list)?;
        let until = match until {
            "" => None,
            day => Some(
                day.parse::<Date>()
                    .map_err(|error| refusal("bad-date", &error))?,
            ),
        };
        let made = self
            .replica
            .consent_to(&list, until, millis(now), &mut rng());
        self.made.extend(made.map_err(glass)?);
        Ok(())
    }

    /// Takes a consent back, with new keys.
    ///
    /// # Errors
    /// `not-a-record`, `no-consent`, `no-right`, and the codes of `PeopleError` and `EditingError`.
    #[wasm_bindgen(js_name = withdrawFrom)]
    pub fn withdraw_from(
        &mut self,
        municipality: &str,
        reason: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let town: MunicipalityId = municipality
            .parse()
            .map_err(|error| refusal("not-a-record", &error))?;
        let made = self
            .replica
            .withdraw_from(&town, reason, millis(now), &mut rng());
        self.made.extend(made.map_err(glass)?);
        Ok(())
    }

    /// To whom the family agreed, and what was opened: JSON `{consents, openings, officers}` of the core's
    /// `GlassConsent[]`, `GlassOpening[]` and `GlassOfficer[]`.
    ///
    /// # Errors
    /// None.
    #[wasm_bindgen(js_name = glass)]
    pub fn glass(&self, now: f64) -> Result<String, JsError> {
        to_json(&serde_json::json!({
            "consents": self.replica.glass_consents(millis(now)),
            "openings": self.replica.glass_openings(),
            "officers": self.replica.glass_officers(),
        }))
    }

    /// What officers of a municipality may hold beforehand: `[kind, hash, bytes][]`.
    ///
    /// # Errors
    /// `not-a-record`, `no-consent`.
    #[wasm_bindgen(js_name = forOfficers)]
    pub fn for_officers(&self, municipality: &str) -> Result<Array, JsError> {
        let town: MunicipalityId = municipality
            .parse()
            .map_err(|error| refusal("not-a-record", &error))?;
        let entries = self.replica.for_officers(&town).map_err(glass)?;
        Ok(entries.iter().map(produced).collect())
    }
}

/// One child's sealed pages on an officer's device.
#[wasm_bindgen]
pub struct Held {
    replica: Replica,
    /// Opened, and not yet read.
    opened: Option<Opened>,
}

#[wasm_bindgen]
impl Held {
    /// What was fetched or brought by file: `[kind, bytes][]`. Nothing of it is open.
    ///
    /// # Errors
    /// `bad-secret-keys`, `not-a-record`, `not-an-entry`.
    pub fn open(secret: &[u8], record_hex: &str, kept: &Array) -> Result<Self, JsError> {
        let mut replica = Replica::join(secret_keys(secret)?, record(record_hex)?);
        replica.receive(entries(kept)?);
        Ok(Self {
            replica,
            opened: None,
        })
    }

    /// What is known without opening: JSON `{record, package, town, fingerprint, until, officers}`; `null` if nothing here is for
    /// this officer.
    ///
    /// # Errors
    /// None.
    pub fn label(&self) -> Result<String, JsError> {
        let packages = self.replica.packages_for(&self.replica.device());
        let label = packages.first().and_then(|package| {
            let list = self.replica.officers_of(&package.id())?;
            Some(serde_json::json!({
                "record": self.replica.record(),
                "package": package.id(),
                "town": list.name(),
                "fingerprint": fingerprint(&list.municipality()),
                "until": package.header().until.map(|until| until.0),
                "officers": list.officers().iter().map(shown).collect::<Vec<_>>(),
            }))
        });
        to_json(&label)
    }

    /// The first officer agrees: bytes for the second one alone.
    ///
    /// # Errors
    /// `not-an-officer`, `alone`, and the other codes of `OpenError`.
    pub fn agree(
        &self,
        second: &str,
        reason: &str,
        from: f64,
        until: f64,
    ) -> Result<Vec<u8>, JsError> {
        let second: DeviceId = second
            .parse()
            .map_err(|error| refusal("not-an-officer", &error))?;
        let packages = self.replica.packages_for(&self.replica.device());
        let package = packages
            .first()
            .ok_or_else(|| shut(&OpenError::NotAnOfficer))?;
        let wish = Wish {
            reason: Reason::new(reason).map_err(|error| shut(&error))?,
            from: millis(from),
            until: millis(until),
        };
        let (keys, now) = (self.replica.keys(), millis(js_sys::Date::now()));
        agree(keys, package, &second, &wish, now, &mut rng())
            .map(|release| release.to_bytes())
            .map_err(|error| shut(&error))
    }

    /// What the second officer is asked: JSON `{reason, from, until, by}`. Nothing is opened.
    ///
    /// # Errors
    /// The codes of `OpenError`.
    pub fn look(&self, release: &[u8]) -> Result<String, JsError> {
        let (release, asked) = self.asked(release)?;
        to_json(&serde_json::json!({
            "record": release.record(),
            "reason": asked.wish.reason.text(),
            "from": asked.wish.from,
            "until": asked.wish.until,
            "by": shown(&asked.by),
        }))
    }

    /// The second officer agrees and opens. The opening, to be stored before anything is read, and sent when there is a network: what
    /// was written with ill intent may end this program when it is read.
    ///
    /// # Errors
    /// The codes of `OpenError`.
    #[wasm_bindgen(js_name = openTogether)]
    pub fn open_together(&mut self, release: &[u8], now: f64) -> Result<Uint8Array, JsError> {
        let (release, asked) = self.asked(release)?;
        let package = self.replica.package(&release.package());
        let package = package.ok_or_else(|| shut(&OpenError::NotForThis))?;
        let opened = asked
            .open(self.replica.keys(), package, millis(now), &mut rng())
            .map_err(|error| shut(&error))?;
        let entry = Uint8Array::from(opened.entry.bytes.as_slice());
        self.opened = Some(opened);
        Ok(entry)
    }

    /// What two officers opened, as far as it was tried elsewhere: the verdicts so far, `[candidate, survived][]`. Returns
    /// `[JSON, [candidate, document, changes[]][]]`: JSON `{first, view}` of the core's `FirstScreen` and `View`, and what is to be
    /// tried by [`try_on_scratch`](crate::vault::try_on_scratch) in a worker that may die. Call again with all verdicts, until
    /// nothing is asked.
    ///
    /// # Errors
    /// `not-a-verdict`.
    #[wasm_bindgen(js_name = readTried)]
    pub fn read_tried(&mut self, verdicts: &Array) -> Result<Array, JsError> {
        let mut trial = Elsewhere {
            verdicts: convert::verdicts(verdicts)?,
            questions: Vec::new(),
        };
        match self.opened.take() {
            Some(opened) => self.replica.read_opened(opened, &mut trial),
            None => self.replica.receive_with(Vec::new(), &mut trial),
        };
        let shown = to_json(&serde_json::json!({
            "first": self.replica.first_screen(),
            "view": self.replica.view(),
        }))?;
        let questions: Array = trial.questions.iter().map(convert::question).collect();
        Ok(Array::of2(&shown.into(), &questions.into()))
    }
}

impl Held {
    fn asked(
        &self,
        bytes: &[u8],
    ) -> Result<(Release, omamori_core::break_glass::open::Asked), JsError> {
        let release = Release::from_bytes(bytes).map_err(|error| shut(&error))?;
        let package = self.replica.package(&release.package());
        let package = package.ok_or_else(|| shut(&OpenError::NotForThis))?;
        let asked = release.look(self.replica.keys(), package);
        Ok((release, asked.map_err(|error| shut(&error))?))
    }
}

/// New keys for an officer, or for a municipality: 64 bytes, to be sealed under a PIN.
#[wasm_bindgen]
pub fn new_officer() -> Vec<u8> {
    DeviceKeys::generate(&mut rng()).to_secret_bytes().to_vec()
}

/// What a release is about: JSON `{record, second}`.
///
/// # Errors
/// `not-authentic`, `future-version`.
#[wasm_bindgen]
pub fn release_about(release: &[u8]) -> Result<String, JsError> {
    let release = Release::from_bytes(release).map_err(|error| shut(&error))?;
    to_json(&serde_json::json!({ "record": release.record(), "second": release.second() }))
}

/// A file as families or the command line write it for officers: `[record, [kind, hash, bytes][]]`.
///
/// # Errors
/// `not-ours`.
#[wasm_bindgen]
pub fn carried(file: &[u8]) -> Result<Array, JsError> {
    let file = omamori_core::file::File::read(file).map_err(|error| refusal("not-ours", &error))?;
    let entries: Array = file.entries.iter().map(produced).collect();
    Ok(Array::of2(&file.record.to_string().into(), &entries.into()))
}

/// Entries as a file to carry, without keys.
///
/// # Errors
/// `not-a-record`, `not-an-entry`, `too-large`.
#[wasm_bindgen]
pub fn carry(record_hex: &str, kept: &Array) -> Result<Vec<u8>, JsError> {
    use omamori_core::file::{Cost, File};
    let (record, entries) = (record(record_hex)?, entries(kept)?);
    File::write(&record, &entries, None, Cost::default(), &mut rng())
        .map_err(|error| refusal("too-large", &error))
}
