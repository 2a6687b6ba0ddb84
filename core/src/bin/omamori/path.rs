//! `COMPARTMENT.KIND[WHICH].FIELD=VALUE`, as typed after `--set`.

use crate::failure::Failure;
use omamori_core::{
    compartment::Compartment,
    kind::{self, Form},
    statement::{FactId, Value},
    view::{FactView, View},
};

/// Which fact of a kind is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// A new one.
    New,
    /// One that stands.
    Fact(FactId),
}

/// One value to set.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) compartment: Compartment,
    pub(crate) kind: String,
    pub(crate) which: Which,
    pub(crate) field: String,
    pub(crate) value: Value,
}

impl Setting {
    /// What was typed, in front of a view.
    pub(crate) fn parse(typed: &str, view: &View) -> Result<Self, Failure> {
        let refuse = |problem: &str| Failure::Path {
            path: typed.to_owned(),
            problem: problem.to_owned(),
        };
        let (path, value) = typed.split_once('=').ok_or_else(|| refuse("no = in it"))?;
        let (fact, field) = path
            .rsplit_once('.')
            .ok_or_else(|| refuse("expected COMPARTMENT.KIND.FIELD"))?;
        let (compartment, kind) = fact
            .split_once('.')
            .ok_or_else(|| refuse("expected COMPARTMENT.KIND.FIELD"))?;
        let compartment = compartment
            .parse::<Compartment>()
            .map_err(|error| refuse(&error.to_string()))?;
        let (kind, index) = match kind.split_once('[') {
            Some((kind, index)) => (
                kind,
                Some(
                    index
                        .strip_suffix(']')
                        .ok_or_else(|| refuse("no ] after ["))?,
                ),
            ),
            None => (kind, None),
        };
        if !kind::find(kind).is_some_and(|known| known.compartments.contains(&compartment)) {
            return Err(refuse(&format!(
                "nothing is called {kind} in {compartment}; it takes {}",
                kinds_of(compartment)
            )));
        }
        let which = which(view, compartment, kind, index).map_err(|problem| refuse(&problem))?;
        let value = valued(kind, field, value).map_err(|problem| refuse(&problem))?;
        Ok(Self {
            compartment,
            kind: kind.to_owned(),
            which,
            field: field.to_owned(),
            value,
        })
    }
}

fn kinds_of(compartment: Compartment) -> String {
    let kinds = kind::registry();
    let here = kinds.filter(|kind| kind.compartments.contains(&compartment));
    let names: Vec<&str> = here.map(|kind| kind.name).collect();
    names.join(", ")
}

fn fields_of(kind: &str) -> String {
    let fields = kind::find(kind).into_iter().flat_map(|kind| kind.fields);
    let names: Vec<&str> = fields.map(|field| field.name).collect();
    names.join(", ")
}

fn which(
    view: &View,
    compartment: Compartment,
    kind: &str,
    index: Option<&str>,
) -> Result<Which, String> {
    let standing: Vec<&FactView> = view
        .facts
        .iter()
        .filter(|f| f.compartment == compartment && f.kind == kind && f.stands())
        .collect();
    let only = kind::find(kind).is_some_and(|kind| kind.only);
    let fact = |fact: &&FactView| Which::Fact(fact.id.clone());
    match (index, standing.as_slice()) {
        (Some("+"), _) if !only => Ok(Which::New),
        (None, _) if only => Ok(Which::Fact(FactId::Only(kind.to_owned()))),
        (None, [one]) => Ok(fact(one)),
        (None, []) => Err(format!("there is no {kind}; {kind}[+] begins one")),
        (None, several) => Err(format!(
            "there are {}: say which, {kind}[1] to {kind}[{0}]",
            several.len()
        )),
        (Some(index), _) => match index.parse::<usize>() {
            Ok(number) => {
                let place = number.checked_sub(1).ok_or("counted from 1")?;
                standing
                    .get(place)
                    .map(fact)
                    .ok_or_else(|| format!("there are only {}", standing.len()))
            }
            Err(_) => {
                let id: FactId = index
                    .parse()
                    .map_err(|_| format!("[{index}] is no number and no fact"))?;
                standing
                    .iter()
                    .find(|f| f.id == id)
                    .map(fact)
                    .ok_or_else(|| format!("no such {kind}: {index}"))
            }
        },
    }
}

/// The value in the shape that the field has.
fn valued(kind: &str, field: &str, typed: &str) -> Result<Value, String> {
    let form = kind::find(kind)
        .and_then(|kind| kind.field(field))
        .map(|field| field.form);
    match form {
        None => Err(format!(
            "{kind} has no field {field}; it has {}",
            fields_of(kind)
        )),
        Some(Form::Flag) => typed
            .parse()
            .map(Value::Flag)
            .map_err(|_| "true or false".to_owned()),
        Some(Form::List) => serde_json::from_str(typed)
            .map(Value::List)
            .map_err(|_| "a list is a JSON array of texts".to_owned()),
        Some(_) => Ok(Value::Text(typed.to_owned())),
    }
}
