//! The key by which an organisation certifies its staff in one record. It signs `staff-join` and `staff-end`, reads nothing
//! and receives nothing. Like a device's keys it is made for one record: a relay cannot tell that two children have the same
//! station.

use crate::{
    cose::SigningKey,
    device::DevicePublic,
    id::{DeviceId, OperationId, RecordId},
    ledger::{
        OrganisationKey,
        operation::{Operation, UntilDate, sign_operation},
    },
    log::{EntryKind, LogEntry},
    time::UnixMillis,
};
use rand_core::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes that are no organisation's secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the secret key of an organisation")]
pub struct OrganisationSecretError;

/// An organisation's key in one record. Wiped when dropped; it has no `Clone`, and `Debug` shows only whose key it is.
pub struct OrganisationKeys(SigningKey);

impl OrganisationKeys {
    /// Length of [`OrganisationKeys::to_secret_bytes`].
    pub const LEN: usize = 32;

    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; Self::LEN]);
        rng.fill_bytes(seed.as_mut_slice());
        Self(SigningKey::from_seed(&seed))
    }

    /// The key that [`OrganisationKeys::to_secret_bytes`] gave away.
    ///
    /// # Errors
    /// [`OrganisationSecretError`] if these are not 32 bytes.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, OrganisationSecretError> {
        let seed: &[u8; Self::LEN] = bytes.try_into().map_err(|_| OrganisationSecretError)?;
        Ok(Self(SigningKey::from_seed(seed)))
    }

    /// The Ed25519 seed. For a [locker](crate::locker) or a sealed file, nothing else.
    pub fn to_secret_bytes(&self) -> Zeroizing<[u8; Self::LEN]> {
        Zeroizing::new(*self.0.seed())
    }

    /// Its public half, which is also its name in the ledger.
    pub fn public(&self) -> OrganisationKey {
        self.0.public()
    }

    /// Certifies somebody on a device that does not have the ledger yet, right after the grant that lets the organisation in:
    /// with this operation the device asks for the rest.
    pub fn join_after(
        &self,
        record: &RecordId,
        grant: OperationId,
        staff: &DevicePublic,
        until: Option<UntilDate>,
        now: UnixMillis,
    ) -> LogEntry {
        let staff = staff.clone();
        let join = Operation::StaffJoin { staff, until };
        self.sign(record, vec![grant], &join, now)
    }

    pub(crate) fn sign(
        &self,
        record: &RecordId,
        parents: Vec<OperationId>,
        operation: &Operation,
        now: UnixMillis,
    ) -> LogEntry {
        let name = DeviceId::new(self.public());
        let bytes = sign_operation(Some(record), parents, now, operation, &name, &self.0);
        LogEntry {
            kind: EntryKind::Operation,
            bytes,
        }
    }
}

impl fmt::Debug for OrganisationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrganisationKeys({}, ..)", DeviceId::new(self.public()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    #[test]
    fn an_organisation_comes_back_from_its_secret_and_shows_it_to_nobody() {
        let station = OrganisationKeys::generate(&mut Seeded::new(1));
        let secret = station.to_secret_bytes();
        let again = OrganisationKeys::from_secret_bytes(secret.as_slice()).unwrap();
        assert_eq!(again.public(), station.public());
        assert!(!format!("{station:?}").contains(&hex::encode(secret.as_slice())));
        assert!(OrganisationKeys::from_secret_bytes(&[1; 31]).is_err());
    }
}
