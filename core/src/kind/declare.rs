//! How a kind is declared: once, giving the Rust type, the registry entry and, by the type, the JSON Schema.
//!
//! ```text
//! Weight "weight" [only] in [Emergency] ("体重", "Weight") {
//!     value: Decimal("体重", "Weight") [required];
//!     unit: Text("単位", "Unit") hint("kg", "kg");
//! }
//! ```

/// The Rust type that holds a field of a form.
macro_rules! rust_type {
    (Text) => { String };
    (LongText) => { String };
    (Choice) => { String };
    (List) => { Vec<String> };
    (Flag) => { bool };
    ($shaped:ident) => { $crate::kind::form::$shaped };
}

/// The [`Form`](super::Form) of a field.
macro_rules! form {
    (Choice $choices:expr) => {
        $crate::kind::Form::Choice { choices: $choices }
    };
    ($form:ident) => {
        $crate::kind::Form::$form
    };
}

macro_rules! given {
    () => {
        false
    };
    ($word:ident) => {
        true
    };
}

macro_rules! optional {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

macro_rules! kinds {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $kind:literal $([$only:ident])? in [$($compartment:ident),+] ($ja:literal, $en:literal) {
            $(
                $field:ident : $form:ident $({$choices:expr})? ($fja:literal, $fen:literal)
                $([$required:ident])? $(in $unit:literal)? $(hint($hja:literal, $hen:literal))? ;
            )+
        }
    )+) => {
        /// The kinds declared here.
        pub(super) const KINDS: &[$crate::kind::Kind] = &[$(<$name as $crate::kind::Typed>::KIND),+];

        /// Their JSON Schemas.
        pub(super) fn schemas(
            generator: &mut schemars::SchemaGenerator,
        ) -> Vec<(&'static str, schemars::Schema)> {
            vec![$(($kind, generator.subschema_for::<$name>())),+]
        }

        $(
            $(#[doc = $doc])*
            #[derive(
                Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
            )]
            #[schemars(title = $en)]
            pub struct $name {
                $(
                    #[doc = $fen]
                    #[serde(default, skip_serializing_if = "Option::is_none")]
                    $(#[schemars(extend("enum" = $crate::kind::form::values($choices)))])?
                    pub $field: Option<$crate::kind::declare::rust_type!($form)>,
                )+
                /// Fields that only a newer app knows.
                #[serde(flatten)]
                pub more: $crate::statement::Fields,
            }

            impl $crate::kind::Typed for $name {
                const KIND: $crate::kind::Kind = $crate::kind::Kind {
                    name: $kind,
                    compartments: &[$($crate::compartment::Compartment::$compartment),+],
                    only: $crate::kind::declare::given!($($only)?),
                    label_ja: $ja,
                    label_en: $en,
                    fields: &[$(
                        $crate::kind::FieldSpec {
                            name: stringify!($field),
                            label_ja: $fja,
                            label_en: $fen,
                            form: $crate::kind::declare::form!($form $($choices)?),
                            unit: $crate::kind::declare::optional!($($unit)?),
                            required: $crate::kind::declare::given!($($required)?),
                            hint_ja: $crate::kind::declare::optional!($($hja)?),
                            hint_en: $crate::kind::declare::optional!($($hen)?),
                        },
                    )+],
                };
            }
        )+
    };
}

pub(super) use {form, given, kinds, optional, rust_type};
