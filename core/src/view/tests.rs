use super::*;
use crate::{
    barrier::Scratch,
    document::{CompartmentDocument, ForeignChange, OwnChange},
    edit::{Edit, EditError},
    id::{ChunkId, RecordId},
    statement::{Fields, Statement, Way},
};

const WHERE: Compartment = Compartment::Care;

/// A person with a phone: the actor's first byte is the device's.
struct Person {
    number: u8,
    document: CompartmentDocument,
    clock: i64,
}

/// 1 manages, 2 writes, 3 adds only, 4 is a doctor who may confirm, 5 is nobody.
struct Family;

impl Authority for Family {
    fn device(&self, _: Compartment, actor: &ActorId) -> Option<DeviceId> {
        let number = actor.as_bytes()[0];
        (1..=4)
            .contains(&number)
            .then(|| DeviceId::new([number; 32]))
    }

    fn right(&self, _: Compartment, device: &DeviceId) -> Option<Right> {
        match device.as_bytes()[0] {
            1 => Some(Right::Manage),
            2 => Some(Right::Write),
            3 => Some(Right::Append),
            4 => Some(Right::Confirm),
            _ => None,
        }
    }
}

impl Person {
    fn new(number: u8) -> Self {
        let document = CompartmentDocument::begin(&RecordId::new([1; 32]), WHERE).unwrap();
        Self {
            number,
            document,
            clock: 1_790_000_000_000,
        }
    }

    fn view(&self) -> View {
        View::build(&[(WHERE, self.document.statements())], &Family)
    }

    fn says(&mut self, edit: Edit) -> Told1 {
        self.clock += 1;
        let (_, new) = edit
            .into_statement(&self.view(), UnixMillis(self.clock))
            .unwrap();
        let actor = ActorId::new([self.number; 16]);
        Told1(actor, self.document.append(&actor, &[new]).unwrap())
    }

    fn hears(&mut self, told: &Told1) {
        let change = ForeignChange {
            from: ChunkId::new([0; 32]),
            actor: told.0,
            bytes: told.1.bytes.clone(),
        };
        let admission = self.document.admit(vec![change], &mut Scratch);
        assert!(admission.refused.is_empty() && admission.waiting.is_empty());
    }
}

struct Told1(ActorId, OwnChange);

fn medicine(dose: &str) -> Edit {
    Edit::Add {
        compartment: WHERE,
        kind: "medicine".to_owned(),
        fields: Fields::from([text("name", "ロラゼパム"), text("dose", dose)]),
        how: How::default(),
    }
}

fn text(field: &str, value: &str) -> (String, Value) {
    (field.to_owned(), Value::Text(value.to_owned()))
}

fn set(fact: &FactId, field: &str, value: &str) -> Edit {
    Edit::Set {
        compartment: WHERE,
        fact: fact.clone(),
        fields: Fields::from([text(field, value)]),
        clear: Vec::new(),
        how: How::default(),
    }
}

fn retract(fact: &FactId) -> Edit {
    Edit::Retract {
        compartment: WHERE,
        fact: fact.clone(),
        reason: "中止".to_owned(),
        how: How::default(),
    }
}

fn say_again(fact: &FactId) -> Edit {
    Edit::SayAgain {
        compartment: WHERE,
        fact: fact.clone(),
        how: How::default(),
    }
}

fn only_fact(view: &View) -> &FactView {
    assert_eq!(view.facts.len(), 1);
    &view.facts[0]
}

fn values(fact: &FactView, field: &str) -> Vec<String> {
    fact.fields[field]
        .values
        .iter()
        .map(|value| match &value.value {
            Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        })
        .collect()
}

/// A mother and a nurse who both know one medicine.
fn mother_and_nurse() -> (Person, Person, FactId) {
    let (mut mother, mut nurse) = (Person::new(1), Person::new(2));
    let told = mother.says(medicine("0.5"));
    nurse.hears(&told);
    let fact = FactId::Said(told.1.statements[0]);
    (mother, nurse, fact)
}

#[test]
fn two_doses_said_apart_both_stand_until_somebody_settles() {
    let (mut mother, mut nurse, fact) = mother_and_nurse();
    let by_mother = mother.says(set(&fact, "dose", "0.7"));
    let by_nurse = nurse.says(set(&fact, "dose", "10.0"));
    mother.hears(&by_nurse);
    nurse.hears(&by_mother);
    assert_eq!(mother.view(), nurse.view());
    assert_eq!(values(only_fact(&mother.view()), "dose"), ["0.7", "10.0"]);
    assert_eq!(mother.view().contradictions().count(), 1);
    assert_eq!(only_fact(&mother.view()).text("dose"), None);
    assert_eq!(only_fact(&mother.view()).text("name"), Some("ロラゼパム"));
    let settled = mother.says(set(&fact, "dose", "0.7"));
    nurse.hears(&settled);
    assert_eq!(values(only_fact(&nurse.view()), "dose"), ["0.7"]);
    let everything = [(WHERE, nurse.document.statements())];
    assert_eq!(history(&everything, &Family, WHERE, &fact).len(), 4);
}

#[test]
fn a_dose_is_said_with_its_unit_so_that_none_appears_which_nobody_said() {
    let (mut mother, mut nurse, fact) = mother_and_nurse();
    let unit = mother.says(set(&fact, "unit", "mg"));
    nurse.hears(&unit);
    let by_mother = mother.says(set(&fact, "dose", "7.5"));
    let by_nurse = nurse.says(Edit::Set {
        compartment: WHERE,
        fact,
        fields: Fields::from([text("dose", "0.5"), text("unit", "mL")]),
        clear: Vec::new(),
        how: How::default(),
    });
    mother.hears(&by_nurse);
    nurse.hears(&by_mother);
    let view = mother.view();
    assert_eq!(view, nurse.view());
    let by = |field: &str, value: &str| {
        let fields = &only_fact(&view).fields[field].values;
        let value = fields.iter().find(|v| v.value == text("", value).1);
        value.map(|value| value.said[0].statement)
    };
    assert!(by("dose", "7.5").is_some() && by("dose", "7.5") == by("unit", "mg"));
    assert!(by("dose", "0.5").is_some() && by("dose", "0.5") == by("unit", "mL"));
    mother.says(set(&only_fact(&view).id, "dose", "0.5"));
    let settled = mother.view();
    assert_eq!(
        only_fact(&settled).text("unit"),
        Some("mL"),
        "who chooses a dose chooses its unit"
    );
    assert_eq!(settled.contradictions().count(), 0);
}

#[test]
fn different_fields_of_one_fact_do_not_contradict_each_other() {
    let (mut mother, mut nurse, fact) = mother_and_nurse();
    let by_mother = mother.says(set(&fact, "note", "朝は粉で"));
    nurse.says(set(&fact, "dose", "0.6"));
    nurse.hears(&by_mother);
    let view = nurse.view();
    assert_eq!(only_fact(&view).text("dose"), Some("0.6"));
    assert_eq!(only_fact(&view).text("note"), Some("朝は粉で"));
    assert_eq!(view.contradictions().count(), 0);
}

#[test]
fn the_same_value_said_by_two_people_is_one_value_with_two_authors() {
    let (mut mother, mut nurse, fact) = mother_and_nurse();
    let by_mother = mother.says(set(&fact, "dose", "0.7"));
    nurse.says(set(&fact, "dose", "0.7"));
    nurse.hears(&by_mother);
    let view = nurse.view();
    assert_eq!(only_fact(&view).fields["dose"].values[0].said.len(), 2);
    assert!(!only_fact(&view).is_contradicted());
}

#[test]
fn a_retraction_and_a_concurrent_edit_are_shown_as_a_contradiction() {
    let (mut mother, mut nurse, fact) = mother_and_nurse();
    let retracted = mother.says(retract(&fact));
    assert!(matches!(
        only_fact(&mother.view()).presence,
        Presence::Retracted(_)
    ));
    let edited = nurse.says(set(&fact, "dose", "0.6"));
    mother.hears(&edited);
    nurse.hears(&retracted);
    assert_eq!(mother.view(), nurse.view());
    assert!(matches!(
        only_fact(&mother.view()).presence,
        Presence::Contested(_)
    ));
    assert_eq!(mother.view().contradictions().count(), 1);
}

#[test]
fn a_fact_retracted_twice_apart_and_said_again_by_one_who_saw_only_one_is_contested() {
    let (mut mother, mut nurse, fact) = mother_and_nurse();
    let by_mother = mother.says(retract(&fact));
    let by_nurse = nurse.says(retract(&fact));
    let again = mother.says(say_again(&fact));
    assert!(matches!(
        only_fact(&mother.view()).presence,
        Presence::Present
    ));
    nurse.hears(&by_mother);
    nurse.hears(&again);
    mother.hears(&by_nurse);
    assert_eq!(mother.view(), nurse.view());
    assert!(
        matches!(&only_fact(&mother.view()).presence, Presence::Contested(by) if by.len() == 1)
    );
    let settled = nurse.says(say_again(&fact));
    mother.hears(&settled);
    assert!(matches!(
        only_fact(&mother.view()).presence,
        Presence::Present
    ));
    mother.says(retract(&fact));
    assert!(matches!(
        only_fact(&mother.view()).presence,
        Presence::Retracted(_)
    ));
}

#[test]
fn whoever_may_only_add_replaces_their_own_words_and_nobody_elses() {
    let (mother, _, fact) = mother_and_nurse();
    let mut helper = Person::new(3);
    helper.document = mother.document.clone();
    helper.says(set(&fact, "dose", "9"));
    assert_eq!(values(only_fact(&helper.view()), "dose"), ["0.5", "9"]);
    helper.says(retract(&fact));
    assert_eq!(values(only_fact(&helper.view()), "dose"), ["0.5"]);
    assert_eq!(only_fact(&helper.view()).presence, Presence::Present);
    let told = helper.says(medicine("1"));
    let own = FactId::Said(told.1.statements[0]);
    helper.says(set(&own, "dose", "2"));
    let view = helper.view();
    assert_eq!(view.find(WHERE, &own).unwrap().text("dose"), Some("2"));
}

#[test]
fn words_of_nobody_known_do_not_count_but_are_not_lost() {
    let mut stranger = Person::new(5);
    let told = stranger.says(medicine("99"));
    assert_eq!(stranger.view(), View::default());
    let everything = [(WHERE, stranger.document.statements())];
    let history = history(
        &everything,
        &Family,
        WHERE,
        &FactId::Said(told.1.statements[0]),
    );
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].author, None);
}

#[test]
fn a_doctors_confirmation_stands_on_one_statement_and_lapses_with_any_part_of_it() {
    let (mut mother, _, fact) = mother_and_nurse();
    let FactId::Said(statement) = fact else {
        unreachable!()
    };
    let member = |number: u8, name: &str, role: &str| Edit::Add {
        compartment: WHERE,
        kind: "member".to_owned(),
        fields: Fields::from([
            text("device", &DeviceId::new([number; 32]).to_string()),
            text("name", name),
            text("role", role),
        ]),
        how: How::default(),
    };
    mother.says(member(4, "佐藤医師", "doctor"));
    mother.says(member(1, "母", "guardian"));
    let confirm = || Edit::Confirm {
        compartment: WHERE,
        statement,
        how: How::default(),
    };
    mother.says(confirm());
    let by_mother = mother.view();
    let said =
        |view: &View| view.find(WHERE, &fact).unwrap().fields["name"].values[0].said[0].clone();
    assert_eq!(
        (said(&by_mother).standing, said(&by_mother).author.name),
        (Standing::Plain, "母".to_owned())
    );
    let mut doctor = Person::new(4);
    doctor.document = mother.document.clone();
    doctor.says(confirm());
    assert_eq!(said(&doctor.view()).standing, Standing::Confirmed);
    assert_eq!(said(&doctor.view()).confirmed_by[0].0.name, "佐藤医師");
    doctor.says(set(&fact, "dose", "0.8"));
    assert_eq!(said(&doctor.view()).standing, Standing::Plain);
}

#[test]
fn a_member_named_by_somebody_who_does_not_manage_is_no_name() {
    let mut nurse = Person::new(2);
    nurse.says(Edit::Add {
        compartment: WHERE,
        kind: "member".to_owned(),
        fields: Fields::from([
            text("device", &DeviceId::new([2; 32]).to_string()),
            text("name", "主治医"),
            text("role", "doctor"),
        ]),
        how: How::default(),
    });
    assert_eq!(
        only_fact(&nurse.view()).fields["name"].values[0].said[0]
            .author
            .name,
        ""
    );
}

#[test]
fn two_phones_that_both_write_the_only_weight_speak_about_the_same_fact() {
    let (mut mother, mut nurse) = (Person::new(1), Person::new(2));
    let weight = |value: &str| Edit::Add {
        compartment: WHERE,
        kind: "weight".to_owned(),
        fields: Fields::from([text("value", value), text("unit", "kg")]),
        how: How {
            way: Way::Observed,
            ..How::default()
        },
    };
    let told = mother.says(weight("9.0"));
    nurse.says(weight("9.2"));
    nurse.hears(&told);
    let view = nurse.view();
    assert_eq!(values(only_fact(&view), "value"), ["9.0", "9.2"]);
    assert_eq!(values(only_fact(&view), "unit"), ["kg"]);
}

#[test]
fn facts_come_in_the_order_that_the_family_gave_them() {
    let mut mother = Person::new(1);
    for (order, name) in [("10", "third"), ("2", "first"), ("2.5", "second")] {
        mother.says(Edit::Add {
            compartment: WHERE,
            kind: "medicine".to_owned(),
            fields: Fields::from([text("name", name), text("order", order)]),
            how: How::default(),
        });
    }
    mother.says(medicine("no order"));
    let view = mother.view();
    let names: Vec<_> = view
        .of_kind(WHERE, "medicine")
        .filter_map(|fact| fact.text("name"))
        .collect();
    assert_eq!(names, ["first", "second", "third", "ロラゼパム"]);
}

#[test]
fn an_edit_that_says_nothing_is_an_error() {
    let (mother, _, fact) = mother_and_nurse();
    let try_it = |edit: Edit| {
        edit.into_statement(&mother.view(), UnixMillis(1))
            .unwrap_err()
    };
    assert_eq!(try_it(say_again(&fact)), EditError::NotRetracted);
    let unknown = FactId::Said(StatementId {
        counter: 99,
        actor: ActorId::new([9; 16]),
    });
    assert_eq!(
        try_it(retract(&unknown)),
        EditError::UnknownFact(unknown, WHERE)
    );
    assert_eq!(try_it(set(&fact, "", "x")), EditError::Name(String::new()));
    assert_eq!(
        try_it(set(&fact, "note", &"あ".repeat(30_000))),
        EditError::TooLong("note".to_owned())
    );
}

#[test]
fn an_edit_survives_its_json() {
    let (_, _, fact) = mother_and_nurse();
    for edit in [
        medicine("1"),
        set(&fact, "dose", "2"),
        retract(&fact),
        say_again(&fact),
    ] {
        let json = serde_json::to_string(&edit).unwrap();
        assert_eq!(serde_json::from_str::<Edit>(&json).unwrap(), edit);
    }
    let short =
        r#"{"do":"set","compartment":"care","fact":"only:weight","fields":{"value":"9.1"}}"#;
    assert!(serde_json::from_str::<Edit>(short).is_ok());
}

#[test]
fn a_view_survives_its_json() {
    let (mut mother, _, fact) = mother_and_nurse();
    mother.says(retract(&fact));
    let view = mother.view();
    let json = serde_json::to_string(&view).unwrap();
    assert_eq!(serde_json::from_str::<View>(&json).unwrap(), view);
    let statement: &Statement = &mother.document.statements()[0];
    assert!(serde_json::to_string(statement).is_ok());
}
