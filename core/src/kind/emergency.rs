//! `emergency`: what a stranger must know in the first minute, short, in the family's words.

use super::{
    declare::kinds,
    form::{Choice, choice},
};

pub(super) const SEXES: &[Choice] = &[
    choice("女児", "女児", "Girl"),
    choice("男児", "男児", "Boy"),
    choice("その他", "その他", "Other"),
];

pub(super) const FIRST_AT: &[Choice] = &[
    choice("day", "昼にまず", "First by day"),
    choice("night", "夜にまず", "First at night"),
];

kinds! {
    /// Who the child is.
    Identity "identity" [only] in [Emergency] ("お子さん", "The child") {
        name: Text("名前", "Name") [required] hint("ふだん呼ばれている名前でも", "As called at home is fine");
        reading: Text("ふりがな", "Reading");
        birth_date: Date("生年月日", "Date of birth") [required];
        sex: Choice{SEXES}("性別", "Sex");
        blood_type: Text("血液型", "Blood type") hint("A型 Rh+", "A Rh+");
        gestation: Text("生まれた週数", "Weeks at birth") hint("24週3日(早産のとき。修正月齢の目安に)", "24 weeks 3 days (if born early: for the corrected age)");
        corrected_age: Text("修正月齢", "Corrected age") hint("修正1歳4か月(2026-11)", "1 year 4 months corrected (2026-11)");
        languages: List("ことば", "Languages") hint("日本語", "Japanese");
        photo: Attachment("写真", "Photo");
    }

    /// Weight, with the day it was measured: doses hang on it.
    Weight "weight" [only] in [Emergency] ("体重", "Weight") {
        value: Decimal("体重", "Weight") [required];
        unit: Text("単位", "Unit") hint("kg", "kg");
        measured_on: PartialDate("測った日", "Measured on") [required];
    }

    /// Height.
    Height "height" [only] in [Emergency] ("身長", "Height") {
        value: Decimal("身長", "Height") [required];
        unit: Text("単位", "Unit") hint("cm", "cm");
        measured_on: PartialDate("測った日", "Measured on");
    }

    /// What must never be done to this child.
    MustNever "must-never" in [Emergency] ("絶対にしないこと", "Must never") {
        text: Text("絶対にしないこと", "Must never") [required] hint("呼吸器を外さない(1分もたない)", "Never take off the ventilator (not one minute)");
        reason: Text("なぜ", "Why");
        order: Decimal("並び順", "Order");
    }

    /// A sign, and what to do at once.
    ActNow "act-now" in [Emergency] ("こうなったら、すぐ", "If this, do now") {
        sign: Text("こうなったら", "If") [required] hint("SpO2 90未満", "SpO2 below 90");
        act: Text("すること(順に)", "Do, in order") [required] hint("吸引→カニューレ交換→バッグ", "Suction → change the tube → bag");
        order: Decimal("並び順", "Order");
    }

    /// The airway and the tubes a life hangs on.
    Airway "airway" in [Emergency] ("気道・管", "Airway and tubes") {
        text: Text("気道・管", "Airway or tube") [required] hint("カニューレ 内径4.0 カフなし", "Tracheostomy tube 4.0 mm, no cuff");
        spare: Text("予備", "Spare") hint("4.0と3.5、ベッド横の赤い袋", "4.0 and 3.5, red bag by the bed");
        order: Decimal("並び順", "Order");
    }

    /// A device that keeps the child alive, with its settings.
    DeviceSetting "device-setting" in [Emergency] ("命を支える機器と設定", "Life-supporting device") {
        device: Text("機器", "Device") [required] hint("呼吸器、酸素、インスリンポンプ", "Ventilator, oxygen, insulin pump");
        settings: Text("設定", "Settings") [required] hint("PC-A/C 16/5 RR24 Ti0.70 FiO2 0.21", "PC-A/C 16/5 RR24 Ti0.70 FiO2 0.21");
        order: Decimal("並び順", "Order");
    }

    /// How this child is on a good day.
    Baseline "baseline" [only] in [Emergency] ("ふだんの値", "Usual values") {
        spo2: Text("SpO2", "SpO2") hint("96–99%", "96–99 %");
        pulse: Text("脈", "Pulse") hint("100–130", "100–130");
        respiration: Text("呼吸", "Breaths") hint("24(呼吸器)", "24 (ventilator)");
        temperature: Text("体温", "Temperature") hint("36.3–37.0℃", "36.3–37.0 °C");
        etco2: Text("EtCO2", "EtCO2") hint("38–45 mmHg", "38–45 mmHg");
        consciousness: Text("意識・反応", "Consciousness") hint("清明、目で返事", "Alert, answers with the eyes");
        other: Text("その他", "Other") hint("血糖の目標、姿勢、筋緊張", "Glucose target, posture, tone");
    }

    /// An allergy and what it did.
    Allergy "allergy" in [Emergency, Care] ("アレルギー", "Allergy") {
        substance: Text("何に", "Substance") [required];
        reaction: Text("どうなる", "Reaction") hint("全身発疹、アナフィラキシー", "Rash all over, anaphylaxis");
        since: PartialDate("いつ", "Since");
        instead: Text("代わりに", "Instead") hint("シリコンテープ、加水分解乳", "Silicone tape, hydrolysed formula");
        order: Decimal("並び順", "Order");
    }

    /// A procedure, a drug or a situation to avoid, and why.
    Avoid "avoid" in [Emergency, Care] ("避けること", "To avoid") {
        text: Text("避けること", "Avoid") [required] hint("胸を押す排痰", "Chest squeezing");
        reason: Text("なぜ", "Why");
        order: Decimal("並び順", "Order");
    }

    /// What the child has.
    Diagnosis "diagnosis" in [Emergency] ("病名", "Diagnosis") {
        name: Text("病名", "Diagnosis") [required];
        since: PartialDate("いつから", "Since");
        order: Decimal("並び順", "Order");
    }

    /// What the family wants for resuscitation and transport.
    Wish "wish" in [Emergency] ("家族の意向", "Family's wishes") {
        text: Text("意向", "Wish") [required] hint("骨折より蘇生を優先", "Resuscitation before fear of fractures");
        agreed_on: Date("話し合った日", "Agreed on");
        agreed_with: Text("だれと", "Agreed with") hint("家族・主治医", "Family and doctor");
        show_to_strangers: Flag("初めて会う医師にも見せる", "Show to a doctor we have never met");
        order: Decimal("並び順", "Order");
    }

    /// Whom to call.
    EmergencyPhone "phone" in [Emergency] ("緊急の電話", "Emergency call") {
        name: Text("だれに", "Whom") [required] hint("母、こども病院 救急", "Mother, children's hospital emergency");
        relation: Text("関係", "Relation") hint("母、主治医、訪看", "Mother, doctor, visiting nurse");
        number: Phone("電話番号", "Number") [required];
        hours: Text("つながる時間", "Answers") hint("24h、weekdays 8-18", "24h, weekdays 8-18");
        first_at: Choice{FIRST_AT}("まずここへ", "Call first");
        card_number: Text("診察券番号", "Hospital card number");
        order: Decimal("並び順", "Order");
    }
}
