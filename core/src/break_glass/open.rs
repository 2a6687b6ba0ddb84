//! Opening: the first officer says why and until when and hands over a half; the second one agrees to the same and joins the halves.
//!
//! ```text
//! release  ["omamori-opening", 1, first signature: bstr, sealed: bstr]      for the second officer alone, by QR or file
//!   sealed = HPKE, as in bundles; info = "omamori/1/glass-release" ‖ protected bytes of the first signature
//!            of [half: 32, salt: 32, reason: tstr]
//! ```

use super::{
    municipality::{ListError, Officer},
    opening::{First, Terms, header, is_sensible, reason_hash, reason_place},
    package::{PackageHeader, Purse, place},
    shares::{Half, half_for},
};
use crate::{
    bundle::{self, BundledKey, UnwrapError, WrapError},
    cbor::{self, CborError, Items},
    compartment::Compartment,
    content::{self, ContentError},
    cose::{Context, EnvelopeError, sign},
    device::DeviceKeys,
    id::{DeviceId, EpochId},
    ledger::operation::UntilDate,
    log::{EntryKind, LogEntry},
    sealed::Authentic,
    time::UnixMillis,
};
use ciborium::Value;
use rand_core::CryptoRng;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// Longest reason, in bytes. With it a release fits one QR code.
pub const MAX_REASON: usize = 400;
/// Longest release, in bytes.
const MAX_RELEASE: usize = 4096;
/// How far two officers' clocks may differ.
const CLOCKS: i64 = 15 * 60 * 1000;
const MAGIC: &str = "omamori-opening";
const VERSION: u64 = 1;

/// Why a record is opened, in an officer's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// What two officers agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Why.
    pub reason: Reason,
    /// From when.
    pub from: UnixMillis,
    /// Until when; 31 days at most.
    pub until: UnixMillis,
}

/// Why nothing opens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The same officer twice: one alone opens nothing.
    #[error("it takes two officers; one alone opens nothing")]
    Alone,
    /// Not on the list that the family agreed to.
    #[error("not an officer whom the family agreed to")]
    NotAnOfficer,
    /// The half is for another officer, or for another package.
    #[error("made for another officer or for another package")]
    NotForThis,
    /// No reason, or a longer one than [`MAX_REASON`].
    #[error("a reason is needed, of at most {MAX_REASON} bytes")]
    NoReason,
    /// It does not end, or it ends before it begins, or later than 31 days after.
    #[error("an end is needed, within 31 days")]
    NoEnd,
    /// What was agreed to begins later.
    #[error("what the officers agreed to has not begun")]
    NotYet,
    /// The end that was agreed to is past.
    #[error("what the officers agreed to has ended")]
    Ended,
    /// The family agreed until a day that is past.
    #[error("the family's consent has ended")]
    ConsentEnded,
    /// Malformed, of a newer version, or altered.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The package is not as packages are.
    #[error(transparent)]
    List(#[from] ListError),
    /// Altered, or for other keys.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// The other officer's keys can receive nothing.
    #[error(transparent)]
    Wrap(#[from] WrapError),
    /// The halves give no key that fits.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// What is inside is not what the package says.
    #[error("the package holds other keys than it says")]
    WrongKeys,
}

impl OpenError {
    /// A stable word for the app and for `--json`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::NotAnOfficer => "not-an-officer",
            Self::NotForThis => "not-for-this",
            Self::NoReason => "no-reason",
            Self::NoEnd => "no-end",
            Self::NotYet => "not-yet",
            Self::Ended => "ended",
            Self::ConsentEnded => "consent-ended",
            Self::Envelope(EnvelopeError::FutureVersion(_)) => "future-version",
            Self::Envelope(_) | Self::Unwrap(_) | Self::Content(_) => "not-authentic",
            Self::List(_) => "not-a-list",
            Self::Wrap(_) => "bad-public-keys",
            Self::WrongKeys => "wrong-keys",
        }
    }
}

impl From<CborError> for OpenError {
    fn from(error: CborError) -> Self {
        Self::Envelope(error.into())
    }
}

/// The first officer's word and half, on its way to the second one.
#[derive(Debug, Clone)]
pub struct Release {
    first: First,
    first_bytes: Vec<u8>,
    sealed: Vec<u8>,
}

/// What the second officer is asked. Built only by [`Release::look`].
#[derive(Debug)]
pub struct Asked {
    /// What the first officer wants to open, why, until when.
    pub wish: Wish,
    /// The first officer.
    pub by: Officer,
    first_bytes: Vec<u8>,
    half: Half,
    salt: [u8; 32],
    hash: [u8; 32],
}

/// What two officers opened. The keys cannot be had without the entry that tells the family.
#[derive(Debug)]
pub struct Opened {
    /// The keys of the two compartments.
    pub keys: Vec<BundledKey>,
    /// The opening, signed by both: for the family and the relay.
    pub entry: LogEntry,
    /// What they agreed to.
    pub wish: Wish,
    /// Who asked, and who opened.
    pub officers: [Officer; 2],
}

impl Reason {
    /// A reason in somebody's words.
    ///
    /// # Errors
    /// [`OpenError::NoReason`].
    pub fn new(text: &str) -> Result<Self, OpenError> {
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= MAX_REASON && !text.contains(char::is_control);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(OpenError::NoReason)
        }
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// The day in Japan, where the families' calendar is kept.
pub fn day(now: UnixMillis) -> UntilDate {
    const DAY: i64 = 24 * 3600 * 1000;
    UntilDate(now.0.saturating_add(9 * 3600 * 1000).div_euclid(DAY))
}

/// The first officer agrees: signs, and gives their half to one other officer. `now` is this device's clock, whatever is wished.
///
/// # Errors
/// [`OpenError`].
pub fn agree(
    keys: &DeviceKeys,
    package: &Authentic<PackageHeader>,
    second: &DeviceId,
    wish: &Wish,
    now: UnixMillis,
    rng: &mut impl CryptoRng,
) -> Result<Release, OpenError> {
    let purse = Purse::of(package)?;
    if *second == keys.id() {
        return Err(OpenError::Alone);
    }
    let other = purse.list.officer(second).ok_or(OpenError::NotAnOfficer)?;
    purse
        .list
        .officer(&keys.id())
        .ok_or(OpenError::NotAnOfficer)?;
    check_times(package, wish, now)?;
    let half = half_for(
        keys,
        second,
        &purse.list,
        &purse.shares,
        package.protected(),
    )?;
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let terms = Terms {
        record: package.header().record,
        package: package.id(),
        second: *second,
        from: wish.from,
        until: wish.until,
        reason: reason_hash(&salt, wish.reason.text()),
    };
    let first_bytes = sign(
        Context::Opening,
        &keys.id(),
        keys.signing(),
        terms_header(&terms),
        Vec::new(),
    );
    let first = First::parse(&first_bytes)?;
    let plaintext = Zeroizing::new(cbor::encode(&Value::Array(vec![
        cbor::bytes(half.expose()),
        cbor::bytes(salt),
        Value::Text(wish.reason.text().to_owned()),
    ])));
    let sealed = bundle::seal_for(&other.keys, &info(&first), &plaintext, rng)?;
    Ok(Release {
        first,
        first_bytes,
        sealed,
    })
}

impl Release {
    /// As it travels.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(&Value::Array(vec![
            Value::Text(MAGIC.to_owned()),
            cbor::uint(VERSION),
            cbor::bytes(&self.first_bytes),
            cbor::bytes(&self.sealed),
        ]))
    }

    /// Reads what [`Release::to_bytes`] wrote, without believing it.
    ///
    /// # Errors
    /// [`OpenError::Envelope`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let mut items = Items::decode(bytes, MAX_RELEASE)?;
        if items.text_within(MAGIC.len())? != MAGIC {
            return Err(CborError::Unexpected("a release").into());
        }
        match items.uint()? {
            VERSION => {}
            newer if newer > VERSION => return Err(EnvelopeError::FutureVersion(newer).into()),
            _ => return Err(CborError::Unexpected("a version").into()),
        }
        let (first_bytes, sealed) = (items.blob()?, items.blob()?);
        items.finish()?;
        Ok(Self {
            first: First::parse(&first_bytes)?,
            first_bytes,
            sealed,
        })
    }

    /// The package that it is about.
    pub fn package(&self) -> crate::id::PackageId {
        self.first.terms.package
    }

    /// The record that it is about.
    pub fn record(&self) -> crate::id::RecordId {
        self.first.terms.record
    }

    /// The officer it is for.
    pub fn second(&self) -> DeviceId {
        self.first.terms.second
    }

    /// What the second officer is asked to agree to. Nothing is opened by looking.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn look(
        &self,
        keys: &DeviceKeys,
        package: &Authentic<PackageHeader>,
    ) -> Result<Asked, OpenError> {
        let terms = &self.first.terms;
        if self.first.signer() == keys.id() {
            return Err(OpenError::Alone);
        }
        if terms.package != package.id() || terms.second != keys.id() {
            return Err(OpenError::NotForThis);
        }
        let list = Purse::of(package)?.list;
        let by = list
            .officer(&self.first.signer())
            .ok_or(OpenError::NotAnOfficer)?;
        self.first.envelope.verify(by.keys.sign_key())?;
        let plaintext = bundle::open_for(keys, &info(&self.first), &self.sealed)?;
        let mut items = Items::decode(&plaintext, MAX_RELEASE)?;
        let half = Half::new(&Zeroizing::new(items.fixed()?));
        let salt = items.fixed()?;
        let reason = Reason::new(&items.text_within(MAX_REASON)?)?;
        items.finish()?;
        if reason_hash(&salt, reason.text()) != terms.reason {
            return Err(EnvelopeError::NotAuthentic.into());
        }
        Ok(Asked {
            wish: Wish {
                reason,
                from: terms.from,
                until: terms.until,
            },
            by: by.clone(),
            first_bytes: self.first_bytes.clone(),
            half,
            salt,
            hash: terms.reason,
        })
    }
}

impl Asked {
    /// The second officer agrees to the same, signs it, and opens.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        self,
        keys: &DeviceKeys,
        package: &Authentic<PackageHeader>,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Opened, OpenError> {
        check_times(package, &self.wish, now)?;
        if now.0.saturating_add(CLOCKS) < self.wish.from.0 {
            return Err(OpenError::NotYet);
        }
        let purse = Purse::of(package)?;
        let own = purse
            .list
            .officer(&keys.id())
            .ok_or(OpenError::NotAnOfficer)?;
        let half = half_for(
            keys,
            &self.by.keys.id(),
            &purse.list,
            &purse.shares,
            package.protected(),
        )?;
        let package_key = half.join(&self.half);
        let plaintext = content::open(&package_key, &place(package.protected()), &purse.content)?;
        let bundled = bundle::decode_keys(&plaintext)?;
        let epoch = check_keys(package.header(), &bundled)?;
        let salted = Zeroizing::new([&self.salt, self.wish.reason.text().as_bytes()].concat());
        let reason = content::seal(
            &epoch.key,
            &reason_place(&package.id(), &self.hash),
            &salted,
            rng,
        );
        let payload = cbor::encode(&Value::Array(vec![
            cbor::bytes(package.bytes()),
            cbor::bytes(&self.first_bytes),
            Value::Bytes(reason),
        ]));
        let header = header(package, &epoch.epoch);
        let entry = LogEntry {
            kind: EntryKind::Opening,
            bytes: sign(
                Context::OpeningSecond,
                &keys.id(),
                keys.signing(),
                header,
                payload,
            ),
        };
        Ok(Opened {
            entry,
            wish: self.wish,
            officers: [self.by, own.clone()],
            keys: bundled,
        })
    }
}

fn check_times(
    package: &Authentic<PackageHeader>,
    wish: &Wish,
    now: UnixMillis,
) -> Result<(), OpenError> {
    if !is_sensible(wish.from, wish.until) {
        Err(OpenError::NoEnd)
    } else if now > wish.until {
        Err(OpenError::Ended)
    } else if !package.header().holds_on(day(now)) {
        Err(OpenError::ConsentEnded)
    } else {
        Ok(())
    }
}

/// Exactly the keys that the header names. The first of the emergency pages is the newest: the reason is sealed under it.
fn check_keys<'a>(
    header: &PackageHeader,
    bundled: &'a [BundledKey],
) -> Result<&'a BundledKey, OpenError> {
    let named = header
        .epochs
        .iter()
        .flat_map(|(tag, ids)| ids.iter().map(move |id| (*tag, *id)));
    let named: BTreeSet<_> = named.collect();
    let held: BTreeSet<(_, EpochId)> = bundled.iter().map(|key| (key.tag, key.epoch)).collect();
    let emergency = bundled
        .iter()
        .find(|key| key.compartment == Compartment::Emergency);
    match emergency {
        Some(first) if named == held => Ok(first),
        _ => Err(OpenError::WrongKeys),
    }
}

fn terms_header(terms: &Terms) -> Vec<Value> {
    vec![
        cbor::bytes(terms.record.as_bytes()),
        cbor::bytes(terms.package.as_bytes()),
        cbor::bytes(terms.second.as_bytes()),
        Value::Integer(terms.from.0.into()),
        Value::Integer(terms.until.0.into()),
        cbor::bytes(terms.reason),
    ]
}

fn info(first: &First) -> Vec<u8> {
    [b"omamori/1/glass-release", first.envelope.protected()].concat()
}
