//! One child's record on this device, for the family's app. Every method is a conversion and a call.

#[cfg(feature = "hostile")]
use crate::hostile;
use crate::{
    codes,
    convert::{
        self, entries, from_json, millis, produced, public_keys, record, rng, secret_keys, to_json,
    },
    refusal::refusal,
};
use jiff::civil::Date;
use js_sys::Array;
use omamori_core::{
    barrier::{self, Elsewhere},
    card,
    card_notice::CardNotice,
    compartment::Compartment,
    device::DeviceKeys,
    edit::Edit,
    ledger::rights::Right,
    log::LogEntry,
    open_json::OpenRecord,
    qr::Code,
    replica::{Member, Replica},
    screen::label::Language,
    statement::FactId,
    token::NONCE,
};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;

/// One child's record on this device.
#[wasm_bindgen]
pub struct Child {
    pub(crate) replica: Replica,
    /// Made here and not yet handed out to be stored and sent.
    pub(crate) made: Vec<LogEntry>,
}

#[wasm_bindgen]
impl Child {
    /// Begins a record.
    ///
    /// # Errors
    /// None with sound randomness.
    pub fn create(guardian: &str, now: f64) -> Result<Self, JsError> {
        let keys = DeviceKeys::generate(&mut rng());
        let (replica, made) =
            Replica::create(keys, guardian, millis(now), &mut rng()).map_err(codes::people)?;
        Ok(Self { replica, made })
    }

    /// New secret keys: 64 bytes for the vault.
    #[wasm_bindgen(js_name = generateKeys)]
    pub fn generate_keys() -> Vec<u8> {
        DeviceKeys::generate(&mut rng()).to_secret_bytes().to_vec()
    }

    /// The public half of secret keys.
    ///
    /// # Errors
    /// `bad-secret-keys`.
    #[wasm_bindgen(js_name = publicKeys)]
    pub fn public_keys(secret: &[u8]) -> Result<Vec<u8>, JsError> {
        Ok(secret_keys(secret)?.public().to_bytes())
    }

    /// Begins to follow a record that these keys were, or will be, let into.
    ///
    /// # Errors
    /// `bad-secret-keys`, `not-a-record`.
    pub fn join(secret: &[u8], record_hex: &str) -> Result<Self, JsError> {
        let replica = Replica::join(secret_keys(secret)?, record(record_hex)?);
        Ok(Self {
            replica,
            made: Vec::new(),
        })
    }

    /// Opens what the vault kept: `[kind, bytes][]`, in any order.
    ///
    /// # Errors
    /// `bad-secret-keys`, `not-a-record`, `not-an-entry`.
    pub fn open(secret: &[u8], record_hex: &str, kept: &Array) -> Result<Self, JsError> {
        let mut child = Self::join(secret, record_hex)?;
        child.replica.receive(entries(kept)?);
        Ok(child)
    }

    /// What was made here since the last call, to be stored and sent: `[kind, hash, bytes][]`.
    #[wasm_bindgen(js_name = takeEntries)]
    pub fn take_entries(&mut self) -> Array {
        std::mem::take(&mut self.made)
            .iter()
            .map(produced)
            .collect()
    }

    /// Takes in what others made: `[kind, bytes][]`. JSON of the core's `Received`.
    ///
    /// # Errors
    /// `not-an-entry`.
    pub fn receive(&mut self, received: &Array) -> Result<String, JsError> {
        to_json(&self.replica.receive(entries(received)?))
    }

    /// Takes in what others made, as far as it was tried elsewhere: `[kind, bytes][]`, and the verdicts so far,
    /// `[candidate, survived][]`. Returns `[JSON of Received, [candidate, document, changes[]][]]`: what is to be tried by
    /// [`try_on_scratch`] in a worker that may die. Call again without entries, with all verdicts, until nothing is asked.
    ///
    /// # Errors
    /// `not-an-entry`, `not-a-verdict`.
    #[wasm_bindgen(js_name = receiveTried)]
    pub fn receive_tried(&mut self, received: &Array, verdicts: &Array) -> Result<Array, JsError> {
        let mut trial = Elsewhere {
            verdicts: convert::verdicts(verdicts)?,
            questions: Vec::new(),
        };
        let received = self.replica.receive_with(entries(received)?, &mut trial);
        #[cfg(feature = "hostile")]
        if trial.questions.is_empty() {
            hostile::fall_if_met(&self.replica);
        }
        let questions: Array = trial.questions.iter().map(convert::question).collect();
        Ok(Array::of2(&to_json(&received)?.into(), &questions.into()))
    }

    /// Says something: JSON of the core's `Edit[]`.
    ///
    /// # Errors
    /// `bad-json`, and the codes of `EditingError`.
    pub fn edit(&mut self, edits: &str, now: f64) -> Result<(), JsError> {
        let edits: Vec<Edit> = from_json(edits)?;
        let made = self
            .replica
            .edit(&edits, millis(now), &mut rng())
            .map_err(codes::editing)?;
        self.made.extend(made);
        Ok(())
    }

    /// Says everything in a document of the open form anew.
    ///
    /// # Errors
    /// `not-open-json`, and the codes of `EditingError`.
    #[wasm_bindgen(js_name = importJson)]
    pub fn import_json(&mut self, text: &str, _now: f64) -> Result<(), JsError> {
        let record = OpenRecord::parse(text).map_err(codes::open_json)?;
        let before = self.replica.entries().len();
        let result = self.replica.import(&record, &mut rng());
        // What was said before a refusal stays said, so it must be stored too.
        self.made
            .extend(self.replica.entries().iter().skip(before).cloned());
        result.map(|_| ()).map_err(codes::import)
    }

    /// Everything that this device can read, in the open form.
    #[wasm_bindgen(js_name = exportJson)]
    pub fn export_json(&self) -> String {
        self.replica.export().to_json()
    }

    /// JSON of the core's `View`.
    ///
    /// # Errors
    /// None.
    pub fn view(&self) -> Result<String, JsError> {
        to_json(self.replica.view())
    }

    /// JSON of the core's `FirstScreen`.
    ///
    /// # Errors
    /// `bad-date`: `today` is not `YYYY-MM-DD`.
    #[wasm_bindgen(js_name = firstScreen)]
    pub fn first_screen(&self, today: &str) -> Result<String, JsError> {
        date(today)?;
        to_json(&self.replica.first_screen())
    }

    /// What this device may do: JSON `{compartment: right}`.
    ///
    /// # Errors
    /// None.
    pub fn rights(&self) -> Result<String, JsError> {
        let right = |compartment| Some((compartment, self.replica.right(compartment)?));
        to_json(
            &Compartment::ALL
                .into_iter()
                .filter_map(right)
                .collect::<BTreeMap<Compartment, Right>>(),
        )
    }

    /// Every statement ever said about a fact: JSON of the core's `Told[]`.
    ///
    /// # Errors
    /// `unknown-compartment`, `not-a-fact`.
    pub fn history(&self, compartment: &str, fact: &str) -> Result<String, JsError> {
        let compartment: Compartment = compartment
            .parse()
            .map_err(|error| refusal("unknown-compartment", &error))?;
        let fact: FactId = fact
            .parse()
            .map_err(|error| refusal("not-a-fact", &error))?;
        to_json(&self.replica.history(compartment, &fact))
    }

    /// The card for the viewer at `https://HOST/c`: JSON of the core's `card::Made`.
    ///
    /// # Errors
    /// `bad-date`, `bad-address`, `card-too-much`.
    pub fn card(&self, host: &str, today: &str) -> Result<String, JsError> {
        let card = self
            .replica
            .card(&viewer(host), date(today)?)
            .map_err(codes::card)?;
        to_json(&card::Made::from(card))
    }

    /// What is said of this device's cards from now on: `[id, notice]` for the relay. Those recalled are withdrawn; if `stale`,
    /// those made before now no longer show what stands. `before`: the last notice, or empty.
    ///
    /// # Errors
    /// `bad-date`, `not-a-notice`.
    #[wasm_bindgen(js_name = cardNotice)]
    pub fn card_notice(&self, before: &[u8], stale: bool, today: &str) -> Result<Array, JsError> {
        let before = match before {
            [] => None,
            bytes => {
                Some(CardNotice::open(bytes).map_err(|error| refusal("not-a-notice", &error))?)
            }
        };
        let notice = self
            .replica
            .card_notice(before.as_ref(), stale, date(today)?);
        let bytes = js_sys::Uint8Array::from(notice.bytes());
        Ok(Array::of2(&hex::encode(notice.id()).into(), &bytes))
    }

    /// The sheet to print: JSON of the core's `Sheet`. `lang` is `ja` or `en`.
    ///
    /// # Errors
    /// `bad-date`, `unknown-language`. A record too long for a card is printed without one.
    pub fn sheet(&self, host: &str, today: &str, lang: &str) -> Result<String, JsError> {
        let language = match lang {
            "ja" => Language::Ja,
            "en" => Language::En,
            _ => return Err(refusal("unknown-language", &lang)),
        };
        to_json(&self.replica.sheet(&viewer(host), date(today)?, language))
    }

    /// Lets in a further phone of this device's own person.
    ///
    /// # Errors
    /// `bad-public-keys`, and the codes of `PeopleError`.
    #[wasm_bindgen(js_name = addDevice)]
    pub fn add_device(&mut self, public: &[u8], name: &str, now: f64) -> Result<(), JsError> {
        let device = public_keys(public)?;
        let made = self
            .replica
            .add_device(&device, name, millis(now), &mut rng())
            .map_err(codes::people)?;
        self.made.extend(made);
        Ok(())
    }

    /// Lets a person read or write: JSON of the core's `Member`, and `[compartment, right][]`.
    ///
    /// # Errors
    /// `bad-public-keys`, `bad-json`, and the codes of `PeopleError`.
    pub fn grant(
        &mut self,
        public: &[u8],
        member: &str,
        rights: &str,
        now: f64,
    ) -> Result<(), JsError> {
        let device = public_keys(public)?;
        let member: Member = from_json(member)?;
        let rights: Vec<(Compartment, Right)> = from_json(rights)?;
        let made = self
            .replica
            .grant(&device, &member, &rights, millis(now), &mut rng())
            .map_err(codes::people)?;
        self.made.extend(made);
        Ok(())
    }

    /// Compacts a compartment.
    ///
    /// # Errors
    /// `unknown-compartment`, and the codes of `CompactingError`.
    pub fn snapshot(&mut self, compartment: &str) -> Result<(), JsError> {
        let compartment: Compartment = compartment
            .parse()
            .map_err(|error| refusal("unknown-compartment", &error))?;
        let made = self
            .replica
            .snapshot(compartment, &mut rng())
            .map_err(codes::compacting)?;
        self.made.push(made);
        Ok(())
    }

    /// Is the record intact? JSON of the core's `Integrity`.
    ///
    /// # Errors
    /// None.
    pub fn integrity(&self) -> Result<String, JsError> {
        to_json(&self.replica.integrity())
    }

    /// Whose record, as hex.
    pub fn record(&self) -> String {
        self.replica.record().to_string()
    }

    /// Which device this is, as hex.
    pub fn device(&self) -> String {
        self.replica.device().to_string()
    }

    /// This device's secret keys, for the vault and nothing else.
    #[wasm_bindgen(js_name = secretKeys)]
    pub fn secret_keys(&self) -> Vec<u8> {
        self.replica.keys().to_secret_bytes().to_vec()
    }

    /// Signs a relay's nonce. Both are hex.
    ///
    /// # Errors
    /// `bad-nonce`: not 32 bytes as hex.
    #[wasm_bindgen(js_name = signChallenge)]
    pub fn sign_challenge(&self, nonce: &str) -> Result<String, JsError> {
        let mut bytes = [0; NONCE];
        hex::decode_to_slice(nonce, &mut bytes).map_err(|error| refusal("bad-nonce", &error))?;
        Ok(hex::encode(self.replica.sign_challenge(&bytes)))
    }
}

/// Does a document survive these changes? For a worker that may die of it: then the answer is no.
///
/// # Errors
/// `not-changes`: `changes` is no list of byte arrays.
#[wasm_bindgen]
pub fn try_on_scratch(document: &[u8], changes: &Array) -> Result<bool, JsError> {
    let changes = convert::changes(changes)?;
    #[cfg(feature = "hostile")]
    hostile::fall_over(&changes);
    Ok(barrier::try_on_scratch(document, &changes).is_ok())
}

/// Any text as the dark modules of a QR code, row by row, without quiet zone: JSON `boolean[][]`.
///
/// # Errors
/// `too-long`.
#[wasm_bindgen]
pub fn qr_modules(text: &str) -> Result<String, JsError> {
    let code =
        Code::text(text).ok_or_else(|| refusal("too-long", &"longer than one code holds"))?;
    to_json(&modules(&code))
}

fn modules(code: &Code) -> Vec<Vec<bool>> {
    let side = 0..code.size();
    side.clone()
        .map(|y| side.clone().map(|x| code.is_dark(x, y)).collect())
        .collect()
}

fn viewer(host: &str) -> String {
    format!("https://{host}/c#")
}

pub(crate) fn date(text: &str) -> Result<Date, JsError> {
    text.parse().map_err(|error| refusal("bad-date", &error))
}
