//! Organisations: their tablet's code, their staff, and what lies on the tablet for one person (see the core's
//! `pairing_organisation`, `organisation`, `locker`).

use crate::{
    codes,
    convert::{from_json, millis, produced, public_keys, record, rng, secret_keys, to_json},
    refusal::refusal,
    trust::Asked,
    vault::Child,
};
use js_sys::{Array, Uint8Array};
use omamori_core::{
    compartment::Compartment,
    device::DeviceKeys,
    id::{DeviceId, OperationId},
    ledger::rights::Right,
    locker,
    organisation::OrganisationKeys,
    pairing_organisation::{Application, OrganisationOffer},
    replica::{Agreed, Colleague, Member},
    screen::source::Role,
};
use serde::Serialize;
use wasm_bindgen::{JsCast, prelude::*};

/// Who applies, for the family to look at.
#[derive(Serialize)]
struct Applying {
    name: String,
    preset: String,
    staff: Vec<String>,
}

#[derive(Serialize)]
struct LetIn {
    record: String,
    grant: String,
}

/// On the tablet: new keys for a child to come, and what to show. `[organisation's secret, own secret, message, qr, mailbox]`.
///
/// # Errors
/// `malformed`: a name is too long.
#[wasm_bindgen]
pub fn station_apply(name: &str, preset: &str, person: &str) -> Result<Array, JsError> {
    let (organisation, own) = (
        OrganisationKeys::generate(&mut rng()),
        DeviceKeys::generate(&mut rng()),
    );
    let application = Application {
        organisation: organisation.public(),
        name: name.to_owned(),
        preset: preset.to_owned(),
        staff: vec![(own.public().clone(), person.to_owned())],
    };
    let message = application.to_bytes();
    let message = message.map_err(|error| refusal("malformed", &error))?;
    let offer = OrganisationOffer::new(&message, &mut rng());
    Ok(Array::of5(
        &bytes(organisation.to_secret_bytes().as_slice()),
        &bytes(own.to_secret_bytes().as_slice()),
        &bytes(&message),
        &offer.to_string().into(),
        &hex::encode(offer.mailbox()).into(),
    ))
}

/// The mailbox of a scanned code, as hex.
///
/// # Errors
/// `not-ours`.
#[wasm_bindgen]
pub fn station_mailbox(qr: &str) -> Result<String, JsError> {
    read(qr).map(|offer| hex::encode(offer.mailbox()))
}

/// On the family's phone: who applies, if the message is that of the tablet whose code was scanned. JSON `{name, preset, staff}`.
///
/// # Errors
/// `not-ours`, `newer`, `wrong-keys`, `malformed`.
#[wasm_bindgen]
pub fn station_accept(qr: &str, message: &[u8]) -> Result<String, JsError> {
    let application = read(qr)?.accept(message).map_err(codes::pairing)?;
    to_json(&Applying {
        name: application.name,
        preset: application.preset,
        staff: application
            .staff
            .into_iter()
            .map(|(_, name)| name)
            .collect(),
    })
}

/// On the family's phone: the answer to leave in the mailbox.
///
/// # Errors
/// `not-ours`, `not-a-record`, `not-an-operation`.
#[wasm_bindgen]
pub fn station_reply(qr: &str, record_hex: &str, grant_hex: &str) -> Result<Vec<u8>, JsError> {
    Ok(read(qr)?.reply(&record(record_hex)?, &grant(grant_hex)?))
}

/// On the tablet: JSON `{record, grant}`, as hex.
///
/// # Errors
/// `not-ours`, `newer`, `not-authentic`, `malformed`.
#[wasm_bindgen]
pub fn station_read_reply(qr: &str, answer: &[u8]) -> Result<String, JsError> {
    let (record, grant) = read(qr)?.read_reply(answer).map_err(codes::pairing)?;
    to_json(&LetIn {
        record: record.to_string(),
        grant: grant.to_string(),
    })
}

/// On the tablet: certifies the first person, before the record has come. `[kind, hash, bytes]`.
///
/// # Errors
/// `bad-secret-keys`, `not-a-record`, `not-an-operation`.
#[wasm_bindgen]
pub fn station_first_join(
    organisation: &[u8],
    record_hex: &str,
    grant_hex: &str,
    secret: &[u8],
    now: f64,
) -> Result<JsValue, JsError> {
    let keys = secret_keys(secret)?;
    let (organisation, record, grant) = (
        organisation_keys(organisation)?,
        record(record_hex)?,
        grant(grant_hex)?,
    );
    let join = organisation.join_after(&record, grant, keys.public(), None, millis(now));
    Ok(produced(&join))
}

/// Puts a secret into somebody's locker.
///
/// # Errors
/// `bad-public-keys`.
#[wasm_bindgen]
pub fn locker_put(locker: &[u8], label: &str, secret: &[u8]) -> Result<Vec<u8>, JsError> {
    locker::put(&public_keys(locker)?, label, secret, &mut rng())
        .map_err(|error| refusal("bad-public-keys", &error))
}

/// Takes a secret out of one's locker.
///
/// # Errors
/// `bad-secret-keys`, `not-authentic`.
#[wasm_bindgen]
pub fn locker_take(secret: &[u8], label: &str, sealed: &[u8]) -> Result<Vec<u8>, JsError> {
    let taken = locker::take(&secret_keys(secret)?, label, sealed);
    let taken = taken.map_err(|error| refusal("not-authentic", &error))?;
    Ok(taken.to_vec())
}

#[wasm_bindgen]
impl Child {
    /// Lets the organisation in that applied, with the person its tablet named: what its staff do (a role), `[compartment,
    /// right][]`, and terms as in [`Child::grant_on`].
    ///
    /// # Errors
    /// `not-ours`, `wrong-keys`, `malformed`, `bad-json`, and the codes of `PeopleError`.
    #[wasm_bindgen(js_name = grantOrganisation)]
    pub fn grant_organisation(
        &mut self,
        qr: &str,
        message: &[u8],
        role: &str,
        rights: &str,
        terms: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let application = read(qr)?.accept(message).map_err(codes::pairing)?;
        let role = serde_json::from_value(role.into()).unwrap_or_default();
        let member = Member {
            name: String::new(),
            role,
            organisation: application.name,
        };
        let met = application.staff.into_iter().map(|(device, name)| {
            let member = Member {
                name,
                ..member.clone()
            };
            Colleague { device, member }
        });
        let met: Vec<Colleague> = met.collect();
        let (terms, consent) = from_json::<Asked>(terms)?.read();
        let (key, now) = (application.organisation, millis(now));
        let rights: Vec<(Compartment, Right)> = from_json(rights)?;
        let agreed = consent.map(|consent| Agreed {
            member,
            rights: rights.clone(),
            terms,
            consent,
        });
        let (replica, rng) = (&mut self.replica, &mut rng());
        let made = match agreed {
            None => replica.grant_organisation(terms, key, &met, &rights, now, rng),
            Some(agreed) => replica.grant_organisation_with_consent(key, &met, &agreed, now, rng),
        };
        self.made.extend(made.map_err(codes::people)?);
        Ok(())
    }

    /// The organisation with this key (hex) goes on, with all its staff: `[compartment, right][]`, and terms with a consent as in
    /// [`Child::grant_on`]. What it held before ends by [`Child::withdraw`] or [`Child::close`].
    ///
    /// # Errors
    /// `not-an-organisation`, `no-consent`, `bad-json`, and the codes of `PeopleError`.
    #[wasm_bindgen(js_name = renewOrganisation)]
    pub fn renew_organisation(
        &mut self,
        organisation: &str,
        rights: &str,
        terms: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let mut key = [0; OrganisationKeys::LEN];
        hex::decode_to_slice(organisation, &mut key)
            .map_err(|error| refusal("not-an-organisation", &error))?;
        let (terms, consent) = from_json::<Asked>(terms)?.read();
        let consent = consent.ok_or_else(|| refusal("no-consent", &"nothing was agreed to"))?;
        let agreed = Agreed {
            member: Member {
                name: String::new(),
                role: Role::default(),
                organisation: String::new(),
            },
            rights: from_json(rights)?,
            terms,
            consent,
        };
        let (replica, rng) = (&mut self.replica, &mut rng());
        let made = replica.grant_organisation_with_consent(key, &[], &agreed, millis(now), rng);
        self.made.extend(made.map_err(codes::people)?);
        Ok(())
    }

    /// The newest grant to the organisation that applied, as hex; empty if there is none.
    ///
    /// # Errors
    /// `not-ours`, `wrong-keys`, `malformed`.
    #[wasm_bindgen(js_name = grantOfOrganisation)]
    pub fn grant_of_organisation(&self, qr: &str, message: &[u8]) -> Result<String, JsError> {
        let application = read(qr)?.accept(message).map_err(codes::pairing)?;
        let grants = self
            .replica
            .grants_of_organisation(&application.organisation);
        Ok(grants.last().map(ToString::to_string).unwrap_or_default())
    }

    /// What the tablet of an organisation that was let in needs to show the first screen, to be given without a network: `[kind,
    /// hash, bytes][]`.
    ///
    /// # Errors
    /// `not-ours`, `wrong-keys`, `malformed`.
    #[wasm_bindgen(js_name = forFirstScreenOfStaff)]
    pub fn for_first_screen_of_staff(&self, qr: &str, message: &[u8]) -> Result<Array, JsError> {
        let application = read(qr)?.accept(message).map_err(codes::pairing)?;
        let met = application.staff.iter().map(|(device, _)| device.id());
        let organisation = &application.organisation;
        let entries =
            self.replica
                .for_first_screen_of_staff(organisation, &met.collect(), &mut rng());
        Ok(entries.iter().map(produced).collect())
    }

    /// Certifies a colleague: JSON of the core's `Member`.
    ///
    /// # Errors
    /// `bad-secret-keys`, `bad-public-keys`, `bad-json`, and the codes of `PeopleError`.
    #[wasm_bindgen(js_name = staffJoin)]
    pub fn staff_join(
        &mut self,
        organisation: &[u8],
        public: &[u8],
        member: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let newcomer = Colleague {
            device: public_keys(public)?,
            member: from_json(member)?,
        };
        let organisation = organisation_keys(organisation)?;
        let made = self
            .replica
            .staff_join(&organisation, &newcomer, None, millis(now), &mut rng())
            .map_err(codes::people)?;
        self.made.extend(made);
        Ok(())
    }

    /// Ends a colleague, by their device in this record.
    ///
    /// # Errors
    /// `bad-secret-keys`, `not-a-device`, and the codes of `PeopleError`.
    #[wasm_bindgen(js_name = staffEnd)]
    pub fn staff_end(
        &mut self,
        organisation: &[u8],
        device: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let device: DeviceId = device
            .parse()
            .map_err(|error| refusal("not-a-device", &error))?;
        let organisation = organisation_keys(organisation)?;
        let made = self
            .replica
            .staff_end(&organisation, &device, millis(now))
            .map_err(codes::people)?;
        self.made.extend(made);
        Ok(())
    }
}

fn read(qr: &str) -> Result<OrganisationOffer, JsError> {
    qr.parse().map_err(codes::pairing)
}

fn grant(hex: &str) -> Result<OperationId, JsError> {
    hex.parse()
        .map_err(|error| refusal("not-an-operation", &error))
}

fn organisation_keys(secret: &[u8]) -> Result<OrganisationKeys, JsError> {
    OrganisationKeys::from_secret_bytes(secret).map_err(|error| refusal("bad-secret-keys", &error))
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).unchecked_into()
}
