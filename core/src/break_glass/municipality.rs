//! A municipality's officers: a list that the municipality signs, and that says by itself whose it is.

use crate::{
    cbor::{self, CborError, Items},
    cose::{Claimed, Context, EnvelopeError, SigningKey, sha256, sign},
    device::DevicePublic,
    id::{DeviceId, MunicipalityId},
    time::UnixMillis,
};
use ciborium::Value;

/// Most officers of a list. Every pair of them can open, so few are better than many.
pub const MAX_OFFICERS: usize = 16;
/// Longest name, in bytes.
pub const MAX_NAME: usize = 200;
/// Longest list, in bytes.
pub const MAX_LIST: usize = 32 * 1024;

/// Somebody who can open together with another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// Their keys.
    pub keys: DevicePublic,
    /// As called.
    pub name: String,
    /// What they are there.
    pub office: String,
}

/// What a list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficersList {
    municipality: MunicipalityId,
    key: [u8; 32],
    generation: u64,
    issued: UnixMillis,
    name: String,
    officers: Vec<Officer>,
    bytes: Vec<u8>,
}

/// Why a list is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Malformed, of a newer version, or not signed by the key that it names.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It takes two to open, and more than [`MAX_OFFICERS`] are too many.
    #[error("a list has 2 to {MAX_OFFICERS} officers, each of them once")]
    Officers,
    /// A name is missing, or too long, or not written in letters.
    #[error("a name is missing or too long")]
    Name,
}

impl From<CborError> for ListError {
    fn from(error: CborError) -> Self {
        Self::Envelope(error.into())
    }
}

/// The municipality that signs with this key: `SHA-256("omamori/1/municipality" ‖ key)`.
pub fn municipality(key: &[u8; 32]) -> MunicipalityId {
    MunicipalityId::new(sha256(&[b"omamori/1/municipality", key]))
}

/// What people compare: the first 8 bytes of a municipality's id, in four groups.
pub fn fingerprint(municipality: &MunicipalityId) -> String {
    let groups = municipality.as_bytes().chunks(2).take(4);
    let groups: Vec<String> = groups.map(hex::encode).collect();
    groups.join("-")
}

impl OfficersList {
    /// Signs a list. A later one has a larger generation.
    ///
    /// # Errors
    /// [`ListError::Officers`], [`ListError::Name`].
    pub fn sign(
        key: &SigningKey,
        generation: u64,
        issued: UnixMillis,
        name: &str,
        mut officers: Vec<Officer>,
    ) -> Result<Self, ListError> {
        officers.sort_by_key(|officer| officer.keys.id());
        check(name, &officers)?;
        let public = key.public();
        let municipality = municipality(&public);
        let header = vec![
            cbor::bytes(public),
            cbor::uint(generation),
            Value::Integer(issued.0.into()),
        ];
        let payload = cbor::encode(&Value::Array(vec![
            Value::Text(name.to_owned()),
            cbor::array(&officers, |officer| {
                Value::Array(vec![
                    officer.keys.to_value(),
                    Value::Text(officer.name.clone()),
                    Value::Text(officer.office.clone()),
                ])
            }),
        ]));
        let signer = DeviceId::new(*municipality.as_bytes());
        let bytes = sign(Context::Officers, &signer, key, header, payload);
        Ok(Self {
            municipality,
            key: public,
            generation,
            issued,
            name: name.to_owned(),
            officers,
            bytes,
        })
    }

    /// Reads a list and checks its signature. Whose it is, the id says; that the id is the town's, somebody must have said.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn read(bytes: &[u8]) -> Result<Self, ListError> {
        if bytes.len() > MAX_LIST {
            let (size, limit) = (bytes.len(), MAX_LIST);
            return Err(CborError::Oversized { size, limit }.into());
        }
        let claimed = Claimed::parse(Context::Officers, bytes)?;
        let mut header = claimed.header()?;
        let (key, generation) = (header.fixed()?, header.uint()?);
        let issued = UnixMillis(header.int()?);
        header.finish()?;
        let municipality = municipality(&key);
        if claimed.signer().as_bytes() != municipality.as_bytes() {
            return Err(EnvelopeError::NotAuthentic.into());
        }
        let mut payload = Items::decode(claimed.verify(&key)?, MAX_LIST)?;
        let name = payload.text_within(MAX_NAME)?;
        let officers = payload.list(MAX_OFFICERS, |item| read_officer(item.items()?))?;
        payload.finish()?;
        check(&name, &officers)?;
        Ok(Self {
            municipality,
            key,
            generation,
            issued,
            name,
            officers,
            bytes: bytes.to_vec(),
        })
    }

    /// Whose list.
    pub fn municipality(&self) -> MunicipalityId {
        self.municipality
    }

    /// The Ed25519 key that signed it.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Grows with every list of a municipality.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// When, as the municipality's clock claimed.
    pub fn issued(&self) -> UnixMillis {
        self.issued
    }

    /// What the municipality calls itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its officers, ascending by id.
    pub fn officers(&self) -> &[Officer] {
        &self.officers
    }

    /// The officer with this key.
    pub fn officer(&self, id: &DeviceId) -> Option<&Officer> {
        self.officers
            .iter()
            .find(|officer| officer.keys.id() == *id)
    }

    /// SHA-256 of the bytes.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[&self.bytes])
    }

    /// As signed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Is it a later one of the same municipality?
    pub fn follows(&self, before: &Self) -> bool {
        self.municipality == before.municipality && self.generation > before.generation
    }
}

fn read_officer(mut items: Items) -> Result<Officer, CborError> {
    let officer = Officer {
        keys: DevicePublic::read(items.items()?)?,
        name: items.text_within(MAX_NAME)?,
        office: items.text_within(MAX_NAME)?,
    };
    items.finish()?;
    Ok(officer)
}

fn check(name: &str, officers: &[Officer]) -> Result<(), ListError> {
    let ids: Vec<DeviceId> = officers.iter().map(|officer| officer.keys.id()).collect();
    if !(2..=MAX_OFFICERS).contains(&ids.len()) || cbor::ascending(&ids).is_err() {
        return Err(ListError::Officers);
    }
    let texts = officers
        .iter()
        .flat_map(|officer| [officer.name.as_str(), officer.office.as_str()]);
    let sound = |text: &str| {
        !text.trim().is_empty() && text.len() <= MAX_NAME && !text.contains(char::is_control)
    };
    if texts.chain([name]).all(sound) {
        Ok(())
    } else {
        Err(ListError::Name)
    }
}
