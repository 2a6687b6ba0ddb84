//! `care`: daily care, medicines, devices and their settings, instruction sheets (指示書).

use super::{
    declare::kinds,
    form::{Choice, choice},
};

const IMPORTANCE: &[Choice] = &[
    choice("rescue", "頓用・緊急時", "Rescue"),
    choice("never-interrupt", "切らせない", "Never interrupt"),
    choice("routine", "ふだんの薬", "Routine"),
];

const YES_NO_ASK: &[Choice] = &[
    choice("no", "省略できない", "Cannot be left out"),
    choice("short", "短い間なら省略できる", "Can wait a short while"),
    choice("yes", "省略できる", "Can be left out"),
];

kinds! {
    /// One of the few things everybody must know, in full: the emergency screen holds it in short.
    KeyPoint "key-point" in [Care] ("いちばん大事なこと", "Key point") {
        text: LongText("大事なこと", "Key point") [required];
        reason: Text("なぜ", "Why");
        order: Decimal("並び順", "Order");
    }

    /// How the child is on a good day, in full.
    Usual "usual" in [Care] ("ふだんの様子", "Usual state") {
        what: Text("何", "What") [required] hint("体温、発作の回数、姿勢", "Temperature, number of seizures, posture");
        value: Text("ふだん", "Usual") [required];
        unlike: Text("いつもと違うサイン", "A sign that something is wrong");
        order: Decimal("並び順", "Order");
    }

    /// A medicine, exactly as a document or a doctor gave it. Nothing here is ever computed.
    Medicine "medicine" in [Care] ("薬", "Medicine") {
        name: Text("薬", "Medicine") [required];
        dose: Text("1回の量", "Dose") hint("80", "80");
        unit: Text("単位", "Unit") hint("mg、単位、本", "mg, units, doses");
        amount: Text("はかり取る量・本数", "As measured out") hint("0.45 mL、1本、シロップ5% 4.8 mL", "0.45 mL, 1 syringe");
        preparation: Text("剤形・濃度", "Preparation") hint("シロップ5%、0.5%液", "5 % syrup");
        route: Text("使い方", "Route") hint("胃瘻、皮下注、吸入、鼻、頬の内側", "Gastrostomy, under the skin, inhaled");
        times: List("時刻", "Times") hint("07:00", "07:00");
        frequency: Text("回数", "Frequency") hint("1日3回、月水金", "3 times a day");
        when: Text("使うとき", "When") hint("5分以上の発作", "Seizure longer than 5 minutes");
        importance: Choice{IMPORTANCE}("大切さ", "Importance");
        maximum: Text("上限", "Maximum") hint("1日2回まで、1回1本", "At most twice a day");
        cannot_take: Text("飲めないとき", "If it cannot be taken");
        storage: Text("保管", "Storage") hint("冷蔵2–8℃、遮光", "Refrigerated 2–8 °C");
        kept_at: Text("置き場所", "Kept at") hint("学校・家・ランドセル", "School, home, satchel");
        stock: Text("予備", "In reserve") hint("7日分", "7 days");
        last_given: DateTime("最後に使った日時", "Last given");
        started_on: PartialDate("開始日", "Started");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A device: what it is for and what to know when it fails. Its power is in the evacuation plan.
    Device "device" in [Care] ("機器", "Device") {
        name: Text("機器", "Device") [required];
        purpose: Text("何のため", "Purpose");
        model: Text("機種", "Model");
        serial: Text("製造番号", "Serial number");
        settings: LongText("設定", "Settings");
        supplies: Text("使う物品", "Supplies");
        alternatives: List("代わりになる物(順に)", "Alternatives, in order") hint("足踏み式→手動→50mLシリンジ", "Foot pump, hand pump, 50 mL syringe");
        alarm: LongText("アラームが鳴ったら", "If the alarm sounds");
        maker: Text("業者", "Supplier");
        maker_phone: Phone("業者の電話", "Supplier's number");
        maker_hours: Text("業者の受付", "Supplier's hours") hint("24h", "24h");
        installed_on: PartialDate("使い始め・植込み", "In use since");
        caution: LongText("注意", "Caution") hint("MRI・電気メスは機器カードを見てから", "Look at the device card before MRI");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A ventilator's settings, as the doctor ordered them.
    Ventilator "ventilator" in [Care] ("人工呼吸器の設定", "Ventilator settings") {
        mode: Text("モード", "Mode") [required] hint("PC-A/C(S/T)", "PC-A/C (S/T)");
        model: Text("機種", "Model");
        hours: Text("つける時間", "Worn") hint("24時間、夜間", "24 hours, nights");
        removable_for: Text("外せる時間", "Can be off for") hint("外せない(1分もたない)", "Cannot be off");
        ipap: Decimal("IPAP", "IPAP") in "cmH2O";
        epap: Decimal("EPAP・PEEP", "EPAP / PEEP") in "cmH2O";
        rate: Decimal("換気回数", "Rate") in "/min";
        inspiratory_time: Decimal("吸気時間", "Inspiratory time") in "s";
        tidal_volume: Decimal("一回換気量", "Tidal volume") in "mL";
        trigger: Text("トリガー", "Trigger");
        fio2: Decimal("FiO2", "FiO2");
        oxygen_when_worse: Text("悪いときの酸素", "Oxygen when worse") hint("0.5 L/min 追加", "add 0.5 L/min");
        alarm_low_pressure: Decimal("低圧アラーム", "Low pressure alarm") in "cmH2O";
        alarm_high_pressure: Decimal("高圧アラーム", "High pressure alarm") in "cmH2O";
        alarm_low_minute_volume: Decimal("低換気量アラーム", "Low minute volume alarm") in "L/min";
        circuit: Text("回路", "Circuit") hint("小児用 熱線あり", "Paediatric, heated wire");
        humidifier: Text("加湿", "Humidification") hint("加温加湿器、停電時は人工鼻", "Heated humidifier; HME in an outage");
        interface: Text("つなぎ方", "Interface") hint("気管切開、鼻マスク", "Tracheostomy, nasal mask");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// Oxygen, as the doctor ordered it.
    Oxygen "oxygen" in [Care] ("酸素", "Oxygen") {
        awake: Decimal("起きているとき", "Awake") in "L/min";
        asleep: Decimal("眠っているとき", "Asleep") in "L/min";
        feeding: Decimal("注入・食事のとき", "During feeds") in "L/min";
        target_spo2: Text("SpO2の目標", "SpO2 target") hint("93–97%", "93–97 %");
        step_up: LongText("上げるとき", "When to turn it up") hint("90%未満が5分→酸素を上げ、連絡", "Below 90 % for 5 minutes: turn up and call");
        maximum: Decimal("最大", "Maximum") in "L/min";
        interface: Text("つなぎ方", "Interface") hint("鼻カニュラ", "Nasal cannula");
        fire: Text("火気", "Fire") hint("火気厳禁 2m", "No open fire within 2 m");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A tube in the body: which, how big, when it is changed.
    Tube "tube" in [Care] ("管・カニューレ", "Tube") {
        name: Text("何の管", "Which tube") [required] hint("気管カニューレ、胃瘻ボタン、経鼻胃管", "Tracheostomy tube, gastrostomy button");
        size: Text("太さ", "Size") hint("内径4.0mm、14Fr", "inner 4.0 mm, 14 Fr");
        length: Text("長さ", "Length") hint("1.7cm、24cm", "1.7 cm, 24 cm");
        cuff: Text("カフ", "Cuff") hint("なし", "none");
        site: Text("場所", "Site") hint("右鼻", "right nostril");
        fixation: Text("固定", "Fixation");
        change_every: Text("交換の間隔", "Changed every") hint("2週ごと", "2 weeks");
        changed_on: Date("前回の交換", "Last changed");
        next_change: Date("次回の交換", "Next change");
        spare: Text("予備", "Spare");
        if_out: LongText("抜けたら", "If it comes out");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// Feeding by tube or by mouth.
    Feeding "feeding" in [Care] ("栄養・注入", "Feeding") {
        formula: Text("栄養剤・ミルク", "Formula") [required];
        amount: Decimal("1回の量", "Amount") in "mL";
        rate: Decimal("速さ", "Rate") in "mL/h";
        duration: Text("かかる時間", "Takes") hint("2時間、40分", "2 hours");
        times: List("時刻", "Times") hint("07:00", "07:00");
        frequency: Text("回数", "Frequency") hint("1日6回", "6 times a day");
        water: Text("白湯", "Water") hint("20 mL", "20 mL");
        method: Text("方法", "Method") hint("ポンプ、自然滴下", "Pump, gravity");
        route: Text("経路", "Route") hint("胃瘻、経鼻胃管、口から", "Gastrostomy, nasogastric, by mouth");
        preparation: Text("作り方", "Preparation") hint("濃度調整", "Concentration adjusted");
        posture: Text("姿勢", "Posture");
        stop_if: Text("止めるとき", "Stop if");
        never: Text("与えてはいけない物", "Never give");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// Insulin by pump: the doctor's numbers, copied.
    InsulinPump "insulin-pump" in [Care] ("インスリンポンプ", "Insulin pump") {
        insulin: Text("インスリン", "Insulin") [required];
        model: Text("機種", "Model");
        linked_to_cgm: Flag("CGMと連動", "Linked to the glucose sensor");
        basal_total: Decimal("基礎 1日の合計(単位)", "Basal per day (units)") hint("12.8", "12.8");
        basal: List("基礎(時間帯ごと)", "Basal by hour") hint("00:00–06:00 0.45単位/h", "00:00–06:00 0.45 units/h");
        carb_ratio: List("糖質比", "Carbohydrate ratio") hint("朝 1:10", "breakfast 1:10");
        correction: Text("補正", "Correction") hint("1単位で70下がる", "1 unit lowers by 70");
        target: Text("目標血糖", "Target") hint("120", "120");
        if_off: LongText("外れた・止まったとき", "If it is off or stops");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// Blood glucose: targets, and the last HbA1c.
    Glucose "glucose" [only] in [Care] ("血糖", "Blood glucose") {
        target: Text("目標", "Target") hint("70–180", "70–180");
        hba1c: Decimal("HbA1c", "HbA1c") in "%";
        hba1c_on: PartialDate("HbA1cの日付", "HbA1c measured");
        low: Text("低血糖", "Low") hint("70未満", "below 70");
        high: Text("高血糖", "High") hint("250より上が2時間", "above 250 for 2 hours");
        measured_by: Text("測り方", "Measured by") hint("CGM、指先", "Sensor, finger");
        note: LongText("メモ", "Note");
    }

    /// Seizures as they usually come.
    Seizure "seizure" in [Care] ("発作", "Seizures") {
        name: Text("発作の型", "Type") [required] hint("強直間代、欠神、ミオクロニー", "Tonic-clonic, absence, myoclonic");
        frequency: Text("回数", "How often") hint("月2回", "twice a month");
        triggers: List("誘因", "Triggers") hint("発熱、熱い湯、人混み", "Fever, hot bath, crowds");
        looks: LongText("様子", "What it looks like");
        lasts: Text("ふだんの長さ", "Usually lasts");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// A care: how, how often, why, and who may do it.
    CareTask "care-task" in [Care] ("ケア", "Care") {
        name: Text("ケア", "Care") [required] hint("気管内吸引、注入、入浴", "Tracheal suction, feed, bath");
        category: Text("医療的ケアの区分", "Category") hint("⑤吸引", "⑤ suction");
        frequency: Text("回数", "How often");
        duration: Text("かかる時間", "Takes");
        how: LongText("手順", "How");
        why: Text("なぜ", "Why") hint("入浴は排痰のため", "The bath loosens secretions");
        never: Text("してはいけないやり方", "Never this way");
        who: Text("できる人", "Who may do it");
        people: Text("必要な人数", "People needed") hint("2人", "2");
        supplies: Text("物品", "Supplies");
        can_wait: Choice{YES_NO_ASK}("省略できるか", "Can it be left out");
        alternative: Text("できないとき", "If it cannot be done");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// One line of the doctor's or the family's emergency table (急変表), in full.
    EmergencyPlan "emergency-plan" in [Care] ("急変表", "Emergency plan") {
        sign: Text("こうなったら", "If") [required];
        act: LongText("すること(順に)", "Do, in order") [required];
        suspect: Text("考えられること", "Suspect") hint("カニューレ詰まり、骨折", "Blocked tube, fracture");
        examine: Text("まずする検査", "Examine first");
        medicine: Text("使う薬", "Medicine");
        until: Text("119・受診の目安", "When to call 119");
        transport_to: Text("搬送先", "Take to");
        order: Decimal("並び順", "Order");
    }

    /// A hospital that knows the child, and what it has promised: where to take the child, in order.
    Hospital "hospital" in [Care] ("搬送先・かかりつけ", "Hospital to go to") {
        name: Text("病院", "Hospital") [required];
        department: Text("科・主治医", "Department and doctor");
        takes: Text("どんなとき", "For what") hint("発作が止まらないとき、骨折のとき", "Seizures that do not stop, fractures");
        agreed: Text("受け入れの約束", "Agreement") hint("夜間も受け入れ(2026-04 主治医)", "Takes the child at night too (doctor, 2026-04)");
        card_number: Text("診察券番号", "Hospital card number");
        number: Phone("電話番号", "Number");
        night_number: Phone("夜間・休日の電話", "Number at night");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// Something used up or kept ready.
    Supply "supply" in [Care, Evacuation] ("物品・備蓄", "Supplies") {
        name: Text("物", "Item") [required];
        size: Text("サイズ・型番", "Size or number");
        amount: Text("数・日数", "How many") hint("4本、7日分", "4, for 7 days");
        kept_at: Text("置き場所", "Kept at");
        storage: Text("保管", "Storage") hint("保冷ポーチ 36h", "Cooling pouch 36 h");
        borrowed_from: Text("借りた先", "Borrowed from");
        return_by: Date("返す日", "Return by");
        expires_on: PartialDate("使用期限", "Expires");
        note: LongText("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// What happens in a week, and so where the child is likely to be.
    Schedule "schedule" in [Care, Evacuation] ("週間予定", "Weekly schedule") {
        what: Text("何", "What") [required] hint("児童発達支援、訪問看護、入浴", "Day service, visiting nurse, bath");
        days: List("曜日", "Days") hint("月、第2水、毎日", "Mon, 2nd Wed, daily");
        time: Text("時間", "Time") hint("9:30–14:30", "9:30–14:30");
        place: Text("場所", "Where");
        who: Text("だれが", "Who") hint("看護師同乗送迎", "Nurse rides along");
        note: Text("メモ", "Note");
        order: Decimal("並び順", "Order");
    }

    /// An instruction or opinion of a doctor (指示書・意見書), and its copy.
    InstructionSheet "instruction-sheet" in [Care] ("指示書・書類", "Instruction sheet") {
        title: Text("書類", "Document") [required] hint("訪問看護指示書、人工呼吸器指示書", "Instructions for home nursing");
        issuer: Text("発行した人", "Issued by");
        institution: Text("医療機関", "Institution");
        issued_on: Date("発行日", "Issued on");
        valid_from: Date("有効期間の始め", "Valid from");
        valid_until: Date("有効期限", "Valid until");
        addressed_to: Text("宛先", "For whom") hint("訪問看護、学校", "Home nursing, school");
        contents: LongText("内容", "Contents");
        attachment: Attachment("写し", "Copy");
        order: Decimal("並び順", "Order");
    }

    /// The care score (医療的ケアスコア) for reference: a doctor decides.
    CareScore "care-score" in [Care] ("医療的ケアスコア(参考)", "Care score, for reference") {
        total: Text("合計", "Total") [required] hint("47", "47");
        category: Text("区分", "Category") hint("区分3", "category 3");
        items: List("内訳", "Items") hint("人工呼吸器 10+見守り高 2", "Ventilator 10 + watching 2");
        rules: List("加点しなかった規則", "Rules applied");
        rule_version: Text("表の版", "Version of the table") hint("令和3年度", "2021");
        condition: Text("条件", "Condition") hint("連動のとき、ペン運用のとき", "With linked sensor, with pens");
        judged_by: Text("判定した医師", "Judged by");
        judged_on: Date("判定日", "Judged on");
        order: Decimal("並び順", "Order");
    }
}
