//! A consent (同意書) as it is given on the command line: what the grant says, in the fields of the kind `consent`.

use crate::args::Grant;
use jiff::civil::Date;
use omamori_core::{
    compartment::Compartment,
    ledger::rights::Right,
    statement::{Fields, Value},
};

/// As the app words a consent without an end.
const OPEN: &str = "期限なし。いつでもやめられます";

/// The fields of the consent that goes with a grant; `None`: nobody was said to have agreed.
pub(crate) fn fields(
    grant: &Grant,
    rights: &[(Compartment, Right)],
    today: Date,
) -> Option<Fields> {
    let by = grant.agreed_by.as_ref()?;
    let to = match grant.organisation.as_str() {
        "" => grant.name.clone(),
        organisation => format!("{}（{organisation}）", grant.name),
    };
    let shown = |of: &Compartment| rights.iter().any(|(shown, _)| shown == of);
    let hidden = Compartment::ALL.into_iter().filter(|of| !shown(of));
    let mut fields = Fields::from([
        text("to", &to),
        text("given_by", by),
        text("given_on", &today.to_string()),
        text("from", &today.to_string()),
        list("scope", rights.iter().map(|(of, _)| of.name())),
        list("excluded", hidden.map(Compartment::name)),
        match grant.until {
            Some(until) => text("until", &until.to_string()),
            None => text("until_text", OPEN),
        },
    ]);
    fields.extend(grant.purpose.iter().map(|purpose| text("purpose", purpose)));
    if let Some(by) = &grant.explained_by {
        fields.extend([
            text("explained_by", by),
            text("explained_on", &today.to_string()),
        ]);
    }
    fields.retain(|_, value| *value != Value::List(Vec::new()));
    Some(fields)
}

fn text(field: &str, value: &str) -> (String, Value) {
    (field.to_owned(), Value::Text(value.to_owned()))
}

fn list<'a>(field: &str, values: impl Iterator<Item = &'a str>) -> (String, Value) {
    let values = values.map(str::to_owned).collect();
    (field.to_owned(), Value::List(values))
}
