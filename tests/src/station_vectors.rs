//! The frozen bytes of an organisation's pairing and of the certificates that follow. All byte strings are hex.

use crate::{home::NOW, seeded::Seeded};
use omamori_core::{
    device::DeviceKeys,
    id::{OperationId, RecordId},
    organisation::OrganisationKeys,
    pairing_organisation::{Application, OrganisationOffer},
};
use serde_json::{Value, json};

/// What a station's tablet shows, leaves and gets, and the first certificate of its staff.
pub fn station() -> Value {
    let mut rng = Seeded::new(9);
    let (organisation, nurse) = (
        OrganisationKeys::generate(&mut rng),
        DeviceKeys::generate(&mut rng),
    );
    let application = Application {
        organisation: organisation.public(),
        name: "ひまわり訪問看護ステーション".to_owned(),
        preset: "nursing-station".to_owned(),
        staff: vec![(nurse.public().clone(), "佐藤".to_owned())],
    };
    let message = application.to_bytes().expect("a short application");
    let offer = OrganisationOffer::new(&message, &mut rng);
    let (record, grant) = (RecordId::new([7; 32]), OperationId::new([8; 32]));
    let join = organisation.join_after(&record, grant, nurse.public(), None, NOW);
    json!({
        "organisation": hex::encode(organisation.to_secret_bytes().as_slice()),
        "staff": hex::encode(nurse.to_secret_bytes().as_slice()),
        "application": hex::encode(&message),
        "code": offer.to_string(),
        "mailbox": hex::encode(offer.mailbox()),
        "record": record,
        "grant": grant,
        "reply": hex::encode(offer.reply(&record, &grant)),
        "joined-at": NOW.0,
        "join": hex::encode(&join.bytes),
    })
}
