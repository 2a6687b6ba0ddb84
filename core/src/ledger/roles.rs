//! What each actor around a child is offered: one table, so that a family agrees to what it can read at a glance.
//!
//! A preset is a proposal. The family may take compartments out of it before they agree, and a grant holds what they agreed
//! to, not the name of a preset.

use super::rights::Right;
use crate::compartment::Compartment;

/// A preset: what somebody is offered, and the part they play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its name in files and on the command line.
    pub name: &'static str,
    /// As families call them.
    pub ja: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// The part in the child's care that their name is shown with; a name of the kind `member`.
    pub role: &'static str,
    /// Given to an organisation, which certifies its staff.
    pub to_organisation: bool,
    /// Days the grant is proposed for, if it is to end.
    pub days: Option<u16>,
    rights: [Option<Right>; 9],
}

impl Preset {
    /// The preset with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// What it gives, in the order of the compartments.
    pub fn rights(&self) -> impl Iterator<Item = (Compartment, Right)> + '_ {
        let all = Compartment::ALL.into_iter().zip(self.rights);
        all.filter_map(|(compartment, right)| Some((compartment, right?)))
    }

    /// What it does not show.
    pub fn hidden(&self) -> impl Iterator<Item = Compartment> + '_ {
        let all = Compartment::ALL.into_iter().zip(self.rights);
        all.filter_map(|(compartment, right)| right.is_none().then_some(compartment))
    }
}

const O: Option<Right> = None;
const R: Option<Right> = Some(Right::Read);
const A: Option<Right> = Some(Right::Append);
const W: Option<Right> = Some(Right::Write);
const C: Option<Right> = Some(Right::Confirm);
const M: Option<Right> = Some(Right::Manage);

const YEAR: Option<u16> = Some(365);
const WEEK: Option<u16> = Some(7);
const SHIFT: Option<u16> = Some(3);
const PERSON: bool = false;
const STAFF: bool = true;

/// All presets. `R` reads, `A` adds, `W` changes, `C` confirms as a professional, `M` decides who else; `O` sees nothing.
/// Columns: emergency, care, evacuation, history, life, restricted, people, log, consents.
#[rustfmt::skip]
pub const PRESETS: &[Preset] = &[
    //     name                   日本語                         English                          role            to      days   em ca ev hi li re pe lo co
    preset("guardian",            "保護者",                      "Guardian",                      "guardian",     PERSON, None,  [M, M, M, M, M, M, M, M, M]),
    preset("co-guardian",         "もう一人の保護者",            "Co-guardian",                   "guardian",     PERSON, None,  [M, M, M, M, M, M, M, M, M]),
    preset("recovery-kit",        "復旧キット（24の言葉）",      "Recovery kit (24 words)",       "guardian",     PERSON, None,  [M, M, M, M, M, M, M, M, M]),
    preset("child-grown",         "本人（おとなになって）",      "The child, grown up",           "child",        PERSON, None,  [M, M, M, M, M, M, M, M, M]),
    preset("child",               "本人",                        "The child",                     "child",        PERSON, None,  [R, R, R, R, A, O, R, A, O]),
    preset("sibling",             "きょうだい",                  "Sibling",                       "other",        PERSON, None,  [R, R, R, O, A, O, R, A, O]),
    preset("grandparent",         "祖父母など",                  "Grandparent or relative",       "other",        PERSON, None,  [R, R, R, O, R, O, R, A, O]),
    preset("neighbour",           "近隣・自主防災・民生委員",    "Neighbour, disaster group",     "other",        PERSON, YEAR,  [R, O, R, O, O, O, O, O, O]),
    preset("attending-doctor",    "主治医",                      "Attending doctor",              "doctor",       PERSON, YEAR,  [C, C, R, C, R, C, R, W, O]),
    preset("local-doctor",        "地域の医師・往診医",          "Local or visiting doctor",      "doctor",       PERSON, YEAR,  [C, C, R, A, R, O, R, W, O]),
    preset("hospital",            "病院",                        "Hospital",                      "doctor",       STAFF,  YEAR,  [C, C, R, A, R, O, R, W, O]),
    preset("dentist",             "訪問歯科",                    "Visiting dentist",              "doctor",       PERSON, YEAR,  [R, A, O, O, R, O, R, A, O]),
    preset("visiting-nurse",      "訪問看護師",                  "Visiting nurse",                "nurse",        PERSON, YEAR,  [C, C, W, R, R, O, R, W, O]),
    preset("nursing-station",     "訪問看護ステーション",        "Visiting nurses' station",      "nurse",        STAFF,  YEAR,  [C, C, W, R, R, O, R, W, O]),
    preset("therapist",           "リハビリ・療育",              "Therapist",                     "nurse",        PERSON, YEAR,  [R, W, R, R, W, O, R, W, O]),
    preset("rehabilitation-centre", "リハビリ・療育センター、重心施設", "Rehabilitation centre",     "nurse",        STAFF,  YEAR,  [R, W, R, R, W, O, R, W, O]),
    preset("school-nurse",        "学校看護師",                  "School nurse",                  "school",       PERSON, YEAR,  [R, A, R, O, R, O, R, W, O]),
    preset("teacher",             "担任・教員",                  "Teacher",                       "school",       PERSON, YEAR,  [R, R, R, O, R, O, O, A, O]),
    preset("education-coordinator", "教育相談コーディネーター",  "Education coordinator",         "school",       PERSON, YEAR,  [R, R, R, O, R, O, R, A, O]),
    preset("school-social-worker", "スクールソーシャルワーカー", "School social worker",          "school",       PERSON, YEAR,  [R, O, R, O, R, O, R, A, O]),
    preset("school",              "学校・特別支援学校",          "School",                        "school",       STAFF,  YEAR,  [R, R, R, O, R, O, O, A, O]),
    preset("nursery",             "保育園",                      "Nursery",                       "school",       STAFF,  YEAR,  [R, R, R, O, R, O, O, A, O]),
    preset("education-board",     "教育委員会・学務課",          "Board of education",            "municipality", PERSON, YEAR,  [R, R, R, O, O, O, O, O, O]),
    preset("day-service",         "児発・放デイ",                "Day service",                   "day-service",  STAFF,  YEAR,  [R, R, R, O, R, O, O, A, O]),
    preset("short-stay",          "短期入所・生活介護",          "Short stay",                    "day-service",  STAFF,  YEAR,  [R, A, R, O, R, O, R, W, O]),
    preset("home-helper",         "居宅介護（ヘルパー）",        "Home helper",                   "day-service",  STAFF,  YEAR,  [R, R, R, O, R, O, O, A, O]),
    preset("consultant",          "相談支援専門員",              "Consultation specialist",       "coordinator",  PERSON, YEAR,  [R, R, W, W, W, O, W, W, O]),
    preset("coordinator",         "医療的ケア児等コーディネーター", "Medical-care coordinator",   "coordinator",  PERSON, YEAR,  [R, R, W, W, W, O, W, W, O]),
    preset("support-centre",      "医療的ケア児支援・基幹相談支援センター", "Support centre",     "coordinator",  STAFF,  YEAR,  [R, R, R, O, R, O, R, A, O]),
    preset("public-health-nurse", "保健師",                      "Public health nurse",           "municipality", PERSON, YEAR,  [R, R, W, R, R, O, R, A, O]),
    preset("welfare-office",      "障害福祉課",                  "Disability welfare office",     "municipality", STAFF,  YEAR,  [R, O, W, O, O, O, R, O, O]),
    preset("child-office",        "こども家庭センター・児童相談所", "Child and family centre",    "municipality", PERSON, YEAR,  [R, O, R, O, R, O, R, A, O]),
    preset("pharmacy",            "訪問薬局",                    "Pharmacy",                      "pharmacy",     STAFF,  YEAR,  [R, C, O, O, O, O, O, A, O]),
    preset("device-maker",        "医療機器・用具の業者",        "Device supplier",               "other",        STAFF,  YEAR,  [R, A, A, O, O, O, O, O, O]),
    preset("shelter",             "避難所職員",                  "Shelter staff",                 "shelter",      STAFF,  WEEK,  [R, R, R, O, O, O, O, A, O]),
    preset("rescue",              "救急隊",                      "Ambulance crew",                "other",        PERSON, SHIFT, [R, O, O, O, O, O, O, O, O]),
];

const fn preset(
    name: &'static str,
    ja: &'static str,
    en: &'static str,
    role: &'static str,
    to_organisation: bool,
    days: Option<u16>,
    rights: [Option<Right>; 9],
) -> Preset {
    Preset {
        name,
        ja,
        en,
        role,
        to_organisation,
        days,
        rights,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_preset_has_a_name_of_its_own_and_shows_the_first_screen() {
        let names: BTreeSet<_> = PRESETS.iter().map(|preset| preset.name).collect();
        assert_eq!(names.len(), PRESETS.len());
        for preset in PRESETS {
            let shows = |of| preset.rights().any(|(compartment, _)| compartment == of);
            assert!(shows(Compartment::Emergency), "{}", preset.name);
        }
    }

    #[test]
    fn what_all_the_staff_of_a_school_see_is_what_a_teacher_sees() {
        let teacher: Vec<_> = named("teacher").rights().collect();
        assert_eq!(named("school").rights().collect::<Vec<_>>(), teacher);
        assert!(named("school").to_organisation);
    }

    fn named(name: &str) -> &'static Preset {
        Preset::named(name).unwrap()
    }

    #[test]
    fn only_guardians_and_a_grown_child_decide_who_else_and_see_the_consents() {
        for preset in PRESETS {
            let family = matches!(
                preset.name,
                "guardian" | "co-guardian" | "recovery-kit" | "child-grown"
            );
            let manages = preset.rights().any(|(_, right)| right == Right::Manage);
            let consents = preset.rights().any(|(of, _)| of == Compartment::Consents);
            assert_eq!((manages, consents), (family, family), "{}", preset.name);
            assert!(!(preset.to_organisation && manages), "{}", preset.name);
        }
    }
}
