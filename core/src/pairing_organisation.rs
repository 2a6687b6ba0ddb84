//! Pairing an organisation's tablet: it shows a code, the family's phone scans it, and a mailbox on the relay carries two
//! messages. As [`crate::pairing`], but what is let in is an organisation, whose staff may change later.
//!
//! ```text
//! code on the tablet      omamori-pair:2: ‖ hex( SHA-256("omamori/1/pairing/organisation" ‖ message in slot 1): 32 ‖ nonce: 16 )
//! mailbox                 SHA-256("omamori/1/pairing" ‖ nonce)
//! slot 1, tablet → phone  [2, organisation: 32, name: tstr, preset: tstr, [1*2 [device-public, name: tstr]]]
//! slot 2, phone → tablet  [2, record: 32, grant: 32, mac: 32]
//!     mac = HMAC-SHA256(HKDF(nonce, "omamori/1/pairing/reply"), "organisation" ‖ hash in the code ‖ record ‖ grant)
//! ```
//!
//! Apps that know only the first version say that the code was made by a newer one. The names are the organisation's own words,
//! for the family to look at; the preset is a proposal.

use crate::{
    cbor::{self, CborError, Items},
    cose::sha256,
    device::DevicePublic,
    epoch::{expand, extract},
    id::{OperationId, RecordId},
    ledger::OrganisationKey,
    pairing::PairingError,
};
use ciborium::Value;
use rand_core::CryptoRng;
use ring::hmac;
use std::{fmt, str::FromStr};

const PREFIX: &str = "omamori-pair:2:";
const VERSION: u64 = 2;
/// Longest message: what a mailbox holds.
const MAX_MESSAGE: usize = 4096;
/// Most people an application names: those who hold the tablet while the family scans.
pub const MAX_MET: usize = 2;
/// Longest name, in bytes.
pub const MAX_NAME: usize = 192;

/// An organisation that asks to be let in, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its key in this record.
    pub organisation: OrganisationKey,
    /// What it is called.
    pub name: String,
    /// The [preset](crate::ledger::roles) it proposes.
    pub preset: String,
    /// Who is there: keys in this record, and name.
    pub staff: Vec<(DevicePublic, String)>,
}

/// What the tablet shows as a code. Secret until it was scanned, and worthless afterwards.
#[derive(Clone, PartialEq, Eq)]
pub struct OrganisationOffer {
    application: [u8; 32],
    nonce: [u8; 16],
}

impl Application {
    /// The message for slot 1.
    ///
    /// # Errors
    /// [`CborError`]: nobody or too many are named, or a name is too long.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CborError> {
        self.check()?;
        Ok(cbor::encode(&Value::Array(vec![
            cbor::uint(VERSION),
            cbor::bytes(self.organisation),
            Value::Text(self.name.clone()),
            Value::Text(self.preset.clone()),
            cbor::array(&self.staff, |(device, name)| {
                Value::Array(vec![device.to_value(), Value::Text(name.clone())])
            }),
        ])))
    }

    fn read(bytes: &[u8]) -> Result<Self, PairingError> {
        let mut items = Items::decode(bytes, MAX_MESSAGE)?;
        if items.uint()? != VERSION {
            return Err(PairingError::FutureVersion);
        }
        let application = Self {
            organisation: items.fixed()?,
            name: items.text()?,
            preset: items.text()?,
            staff: items.list(MAX_MET, |item| {
                let mut one = item.items()?;
                let read = (DevicePublic::read(one.items()?)?, one.text()?);
                one.finish()?;
                Ok(read)
            })?,
        };
        items.finish()?;
        application.check()?;
        Ok(application)
    }

    fn check(&self) -> Result<(), CborError> {
        let names = self.staff.iter().map(|(_, name)| name);
        let mut names = names.chain([&self.name, &self.preset]);
        if self.staff.is_empty() || self.staff.len() > MAX_MET {
            return Err(CborError::Unexpected("one or two persons"));
        }
        if names.all(|name| name.len() <= MAX_NAME) {
            Ok(())
        } else {
            Err(CborError::Unexpected("a shorter name"))
        }
    }
}

impl OrganisationOffer {
    /// A new offer for an application, as [`Application::to_bytes`] wrote it.
    pub fn new(application: &[u8], rng: &mut impl CryptoRng) -> Self {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        Self {
            application: hash(application),
            nonce,
        }
    }

    /// Where the two messages are left.
    pub fn mailbox(&self) -> [u8; 32] {
        sha256(&[b"omamori/1/pairing", &self.nonce])
    }

    /// On the family's phone: who applies, if it is the tablet whose code was scanned.
    ///
    /// # Errors
    /// [`PairingError::WrongKeys`], [`PairingError::FutureVersion`], [`PairingError::Malformed`].
    pub fn accept(&self, slot_1: &[u8]) -> Result<Application, PairingError> {
        if hash(slot_1) == self.application {
            Application::read(slot_1)
        } else {
            Err(PairingError::WrongKeys)
        }
    }

    /// On the family's phone: the answer for slot 2.
    pub fn reply(&self, record: &RecordId, grant: &OperationId) -> Vec<u8> {
        let mac = hmac::sign(&self.reply_key(), &self.reply_text(record, grant));
        cbor::encode(&Value::Array(vec![
            cbor::uint(VERSION),
            cbor::bytes(record.as_bytes()),
            cbor::bytes(grant.as_bytes()),
            cbor::bytes(mac.as_ref()),
        ]))
    }

    /// On the tablet: the record its organisation was let into, and by which grant.
    ///
    /// # Errors
    /// [`PairingError::NotAuthentic`], [`PairingError::FutureVersion`], [`PairingError::Malformed`].
    pub fn read_reply(&self, slot_2: &[u8]) -> Result<(RecordId, OperationId), PairingError> {
        let mut items = Items::decode(slot_2, MAX_MESSAGE)?;
        if items.uint()? != VERSION {
            return Err(PairingError::FutureVersion);
        }
        let record = RecordId::new(items.fixed()?);
        let grant = OperationId::new(items.fixed()?);
        let mac = items.fixed::<32>()?;
        items.finish()?;
        hmac::verify(&self.reply_key(), &self.reply_text(&record, &grant), &mac)
            .map_err(|_| PairingError::NotAuthentic)?;
        Ok((record, grant))
    }

    fn reply_key(&self) -> hmac::Key {
        let key: [u8; 32] = expand(&extract(b"omamori/1/pairing/reply", &self.nonce), &[b"mac"]);
        hmac::Key::new(hmac::HMAC_SHA256, &key)
    }

    fn reply_text(&self, record: &RecordId, grant: &OperationId) -> Vec<u8> {
        let ids = [self.application, *record.as_bytes(), *grant.as_bytes()];
        [b"organisation".as_slice(), ids.as_flattened()].concat()
    }
}

fn hash(application: &[u8]) -> [u8; 32] {
    sha256(&[b"omamori/1/pairing/organisation", application])
}

impl fmt::Display for OrganisationOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (application, nonce) = (hex::encode(self.application), hex::encode(self.nonce));
        write!(f, "{PREFIX}{application}{nonce}")
    }
}

impl fmt::Debug for OrganisationOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "OrganisationOffer({}, ..)",
            hex::encode(self.application)
        )
    }
}

impl FromStr for OrganisationOffer {
    type Err = PairingError;

    fn from_str(text: &str) -> Result<Self, PairingError> {
        let digits = text.strip_prefix(PREFIX).ok_or(PairingError::NotOurs)?;
        let mut bytes = [0; 48];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| PairingError::NotOurs)?;
        let (application, nonce) = bytes
            .split_first_chunk::<32>()
            .ok_or(PairingError::NotOurs)?;
        let nonce = nonce.try_into().map_err(|_| PairingError::NotOurs)?;
        Ok(Self {
            application: *application,
            nonce,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{device::DeviceKeys, organisation::OrganisationKeys, pairing, seeded::Seeded};

    fn application(rng: &mut Seeded) -> Application {
        let nurse = DeviceKeys::generate(rng);
        Application {
            organisation: OrganisationKeys::generate(rng).public(),
            name: "ひまわり訪問看護ステーション".to_owned(),
            preset: "nursing-station".to_owned(),
            staff: vec![(nurse.public().clone(), "佐藤".to_owned())],
        }
    }

    #[test]
    fn a_family_reads_who_applies_and_the_station_learns_which_record() {
        let rng = &mut Seeded::new(1);
        let (asked, record) = (application(rng), RecordId::new([7; 32]));
        let slot_1 = asked.to_bytes().unwrap();
        let shown = OrganisationOffer::new(&slot_1, rng);
        let scanned: OrganisationOffer = shown.to_string().parse().unwrap();
        assert_eq!(scanned.mailbox(), shown.mailbox());
        assert_eq!(scanned.accept(&slot_1).unwrap(), asked);
        let grant = OperationId::new([9; 32]);
        let slot_2 = scanned.reply(&record, &grant);
        assert_eq!(shown.read_reply(&slot_2), Ok((record, grant)));
    }

    #[test]
    fn whoever_keeps_the_mailbox_changes_neither_message() {
        let rng = &mut Seeded::new(2);
        let slot_1 = application(rng).to_bytes().unwrap();
        let offer = OrganisationOffer::new(&slot_1, rng);
        let other = application(rng).to_bytes().unwrap();
        assert_eq!(offer.accept(&other), Err(PairingError::WrongKeys));
        let slot_2 = offer.reply(&RecordId::new([7; 32]), &OperationId::new([9; 32]));
        for place in [10, 50, slot_2.len() - 1] {
            let mut altered = slot_2.clone();
            altered[place] ^= 1;
            assert!(offer.read_reply(&altered).is_err());
        }
    }

    #[test]
    fn an_older_phone_says_that_the_code_is_newer_and_two_people_fit_into_a_mailbox() {
        let rng = &mut Seeded::new(3);
        let mut asked = application(rng);
        let long = "あ".repeat(MAX_NAME / 3);
        let second = DeviceKeys::generate(rng);
        asked.staff.push((second.public().clone(), long.clone()));
        asked.name = long.clone();
        let slot_1 = asked.to_bytes().unwrap();
        assert!(slot_1.len() <= MAX_MESSAGE);
        let code = OrganisationOffer::new(&slot_1, rng).to_string();
        assert_eq!(
            code.parse::<pairing::Offer>(),
            Err(PairingError::FutureVersion)
        );
        asked.name = format!("{long}あ");
        assert!(asked.to_bytes().is_err());
    }
}
