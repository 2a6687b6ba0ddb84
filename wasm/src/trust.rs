//! Who may see the record, for the family's app: offering, granting with a consent, listing, taking back.

use crate::{
    codes,
    convert::{from_json, millis, public_keys, rng, to_json},
    refusal::refusal,
    vault::{Child, date},
};
use jiff::civil::Date;
use omamori_core::{
    compartment::Compartment,
    device::DevicePublic,
    id::{DeviceId, OperationId},
    ledger::{operation::UntilDate, rights::Right, roles::PRESETS},
    log::LogEntry,
    replica::{Agreed, Member, PeopleError, Terms},
    statement::Fields,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// A row of the core's table of presets.
#[derive(Serialize)]
struct Offer {
    name: &'static str,
    ja: &'static str,
    en: &'static str,
    role: &'static str,
    to_organisation: bool,
    days: Option<u16>,
    rights: Vec<(Compartment, Right)>,
}

/// What each actor is offered: JSON `{name, ja, en, role, to_organisation, days, rights: [compartment, right][]}[]`.
///
/// # Errors
/// None.
#[wasm_bindgen]
pub fn presets() -> Result<String, JsError> {
    let offers: Vec<Offer> = PRESETS
        .iter()
        .map(|preset| Offer {
            name: preset.name,
            ja: preset.ja,
            en: preset.en,
            role: preset.role,
            to_organisation: preset.to_organisation,
            days: preset.days,
            rights: preset.rights().collect(),
        })
        .collect();
    to_json(&offers)
}

/// Terms as the app writes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Last day.
    until: Option<Date>,
    #[serde(default)]
    delegate: bool,
    /// The fields of the consent, without salt.
    consent: Option<Fields>,
}

impl Asked {
    pub(crate) fn read(self) -> (Terms, Option<Fields>) {
        let terms = Terms {
            until: self.until.map(UntilDate::of),
            delegate: self.delegate,
            consent: None,
        };
        (terms, self.consent)
    }
}

#[wasm_bindgen]
impl Child {
    /// Lets a person in on terms: JSON of the core's `Member`, `[compartment, right][]`, and
    /// `{until?: YYYY-MM-DD, delegate?, consent?: fields}`. A consent is written down first, and its salted hash stands in the
    /// grant.
    ///
    /// # Errors
    /// `bad-public-keys`, `bad-json`, and the codes of `PeopleError`.
    #[wasm_bindgen(js_name = grantOn)]
    pub fn grant_on(
        &mut self,
        public: &[u8],
        member: &str,
        rights: &str,
        terms: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let device = public_keys(public)?;
        self.let_in(&device, member, rights, terms, now)
    }

    /// As [`Child::grant_on`], for somebody whose device the record knows: a grant renewed, or another one.
    ///
    /// # Errors
    /// `not-a-device`, `unknown-device`, `bad-json`, and the codes of `PeopleError`.
    #[wasm_bindgen(js_name = grantAgain)]
    pub fn grant_again(
        &mut self,
        device: &str,
        member: &str,
        rights: &str,
        terms: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let id: DeviceId = device
            .parse()
            .map_err(|error| refusal("not-a-device", &error))?;
        let ledger = self.replica.ledger();
        let known = ledger.and_then(|ledger| ledger.state().known_device(&id).cloned());
        let device = known.ok_or_else(|| refusal("unknown-device", &id))?;
        self.let_in(&device, member, rights, terms, now)
    }

    fn let_in(
        &mut self,
        device: &DevicePublic,
        member: &str,
        rights: &str,
        terms: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let member: Member = from_json(member)?;
        let rights: Vec<(Compartment, Right)> = from_json(rights)?;
        let (terms, consent) = from_json::<Asked>(terms)?.read();
        let (replica, now, rng) = (&mut self.replica, millis(now), &mut rng());
        let made = match consent {
            None => replica.grant_on(terms, device, &member, &rights, now, rng),
            Some(consent) => {
                let agreed = Agreed {
                    member,
                    rights,
                    terms,
                    consent,
                };
                replica.grant_with_consent(device, &agreed, now, rng)
            }
        };
        self.keep(made)
    }

    /// Everybody who can see something: JSON of the core's `Reader[]`.
    ///
    /// # Errors
    /// `bad-date`.
    #[wasm_bindgen(js_name = accessList)]
    pub fn access_list(&self, today: &str) -> Result<String, JsError> {
        to_json(&self.replica.access_list(date(today)?))
    }

    /// Takes a grant back and marks its consent as withdrawn today. New keys follow.
    ///
    /// # Errors
    /// `not-a-grant`, `bad-date`, and the codes of `PeopleError`.
    pub fn withdraw(&mut self, grant: &str, today: &str, now: f64) -> Result<(), JsError> {
        let (grant, today) = (operation(grant)?, date(today)?);
        let made = self
            .replica
            .withdraw(&grant, today, millis(now), &mut rng());
        self.keep(made)
    }

    /// Takes a grant back. New keys follow.
    ///
    /// # Errors
    /// `not-a-grant`, and the codes of `PeopleError`.
    pub fn revoke(&mut self, grant: &str, now: f64) -> Result<(), JsError> {
        let grant = operation(grant)?;
        let made = self.replica.revoke(&grant, millis(now), &mut rng());
        self.keep(made)
    }

    /// Says that a grant with an end has ended. New keys follow.
    ///
    /// # Errors
    /// `not-a-grant`, and the codes of `PeopleError`.
    pub fn close(&mut self, grant: &str, now: f64) -> Result<(), JsError> {
        let grant = operation(grant)?;
        let made = self.replica.close(&grant, millis(now), &mut rng());
        self.keep(made)
    }

    /// Removes a device: lost, or retired. New keys follow.
    ///
    /// # Errors
    /// `not-a-device`, and the codes of `PeopleError`.
    #[wasm_bindgen(js_name = removeDevice)]
    pub fn remove_device(&mut self, device: &str, now: f64) -> Result<(), JsError> {
        let device: DeviceId = device
            .parse()
            .map_err(|error| refusal("not-a-device", &error))?;
        let made = self.replica.remove_device(&device, millis(now), &mut rng());
        self.keep(made)
    }

    fn keep(&mut self, made: Result<Vec<LogEntry>, PeopleError>) -> Result<(), JsError> {
        self.made.extend(made.map_err(codes::people)?);
        Ok(())
    }
}

fn operation(text: &str) -> Result<OperationId, JsError> {
    text.parse().map_err(|error| refusal("not-a-grant", &error))
}
