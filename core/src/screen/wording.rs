//! Sources, ages and hours in words: what screen, paper and command line say alike.

use super::{
    label::Language,
    source::{Role, Source, Standing},
};
use jiff::{Unit, civil::Date};

impl Source {
    /// 「母（保護者） 2026-11-20 ・ 人工呼吸器指示書 2026-09-12 から転記」. The three standings never read alike.
    pub fn text(&self, language: Language) -> String {
        let mut parts = vec![self.said_by(language)];
        match (self.standing, self.confirmed_by.as_deref()) {
            (Standing::Confirmed, by) => {
                let by = by.unwrap_or_default();
                parts.push(either(
                    language,
                    format!("✔{by} が署名で確認"),
                    format!("✔confirmed, signed {by}"),
                ));
            }
            (Standing::Transcribed, _) => {
                let from = spaced(&[
                    self.document.as_deref(),
                    self.told_by.as_deref(),
                    self.known_on.as_deref(),
                ]);
                parts.push(
                    either(
                        language,
                        format!("{from} から転記"),
                        format!("copied from {from}"),
                    )
                    .trim()
                    .to_owned(),
                );
            }
            (Standing::Plain, _) if self.told_by.is_some() || self.document.is_some() => {
                let from = spaced(&[
                    self.told_by.as_deref(),
                    self.document.as_deref(),
                    self.known_on.as_deref(),
                ]);
                parts.push(either(
                    language,
                    format!("{from} から聞く"),
                    format!("told by {from}"),
                ));
            }
            (Standing::Plain, _) => {}
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" ・ ")
    }

    fn said_by(&self, language: Language) -> String {
        let role = self.role.text(language);
        let by = match (self.by.as_str(), self.role) {
            ("", _) => role.to_owned(),
            (by, Role::Other) => by.to_owned(),
            (by, _) if by.contains(role) => by.to_owned(),
            (by, _) => either(
                language,
                format!("{by}（{role}）"),
                format!("{by} ({role})"),
            ),
        };
        spaced(&[Some(by.as_str()), Some(self.on.as_str())])
    }
}

fn either(language: Language, ja: String, en: String) -> String {
    match language {
        Language::Ja => ja,
        Language::En => en,
    }
}

fn spaced(parts: &[Option<&str>]) -> String {
    let parts: Vec<_> = parts
        .iter()
        .flatten()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" ")
}

/// 「4歳2か月」. `None` if the birth date is not a whole date, or lies later than `on`.
pub fn age(birth_date: &str, on: Date, language: Language) -> Option<String> {
    let born: Date = birth_date.parse().ok()?;
    let age = born.until((Unit::Year, on)).ok()?;
    let (years, months, days) = (age.get_years(), age.get_months(), age.get_days());
    if age.is_negative() {
        return None;
    }
    Some(match (years, months) {
        (0, 0) => either(language, format!("{days}日"), format!("{days} days")),
        (0, _) => either(
            language,
            format!("{months}か月"),
            format!("{months} months"),
        ),
        _ => either(
            language,
            format!("{years}歳{months}か月"),
            format!("{years} y {months} m"),
        ),
    })
}

/// `24h` and `weekdays 8-18` in words; anything else as it stands.
pub fn hours(hours: &str, language: Language) -> String {
    if hours == "24h" {
        return language.pick("24時間", "24 hours").to_owned();
    }
    let Some((days, times)) = hours.split_once(' ') else {
        return hours.to_owned();
    };
    let days = match days {
        "weekdays" => language.pick("平日", "weekdays"),
        "weekends" => language.pick("土日", "weekends"),
        "daily" => language.pick("毎日", "daily"),
        "mon-sat" => language.pick("月–土", "Mon–Sat"),
        other => other,
    };
    format!(
        "{days} {}{}",
        times.replace('-', "–"),
        language.pick("時", "")
    )
}

/// `day` and `night` in words; anything else is empty.
pub const fn first_at(first_at: &str, language: Language) -> &'static str {
    match first_at.as_bytes() {
        b"day" => language.pick("昼はまずここ", "first by day"),
        b"night" => language.pick("夜はまずここ", "first at night"),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(date: &str) -> Date {
        date.parse().unwrap()
    }

    #[test]
    fn a_child_is_as_old_as_its_parents_say() {
        assert_eq!(
            age("2022-09-03", on("2026-11-21"), Language::Ja).as_deref(),
            Some("4歳2か月")
        );
        assert_eq!(
            age("2026-05-21", on("2026-11-21"), Language::Ja).as_deref(),
            Some("6か月")
        );
        assert_eq!(
            age("2026-11-20", on("2026-11-21"), Language::En).as_deref(),
            Some("1 days")
        );
        assert_eq!(age("2026-11-22", on("2026-11-21"), Language::Ja), None);
        assert_eq!(age("2022", on("2026-11-21"), Language::Ja), None);
    }

    #[test]
    fn a_transcription_never_reads_like_a_signature() {
        let plain = Source {
            by: "母".into(),
            role: Role::Guardian,
            on: "2026-11-20".into(),
            ..Source::default()
        };
        let transcribed = Source {
            standing: Standing::Transcribed,
            document: Some("指示書".into()),
            known_on: Some("2026-09-12".into()),
            ..plain.clone()
        };
        let confirmed = Source {
            standing: Standing::Confirmed,
            confirmed_by: Some("田中医師".into()),
            ..plain.clone()
        };
        assert_eq!(plain.text(Language::Ja), "母（保護者） 2026-11-20");
        assert_eq!(
            transcribed.text(Language::Ja),
            "母（保護者） 2026-11-20 ・ 指示書 2026-09-12 から転記"
        );
        assert_eq!(
            confirmed.text(Language::Ja),
            "母（保護者） 2026-11-20 ・ ✔田中医師 が署名で確認"
        );
    }

    #[test]
    fn hours_read_as_hours() {
        assert_eq!(hours("weekdays 8-18", Language::Ja), "平日 8–18時");
        assert_eq!(hours("24h", Language::En), "24 hours");
        assert_eq!(hours("木曜の午後", Language::Ja), "木曜の午後");
    }
}
